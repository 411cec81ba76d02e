#include "bench/estate/request.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum protocol request_protocol(const struct request *request)
{
	static const struct {
		const char *service;
		enum protocol protocol;
	} protocols[] = {
		{"sts", PROTOCOL_QUERY},          {"rds", PROTOCOL_QUERY}, {"ec2", PROTOCOL_EC2},
		{"organizations", PROTOCOL_JSON}, {"kms", PROTOCOL_JSON},  {"account", PROTOCOL_REST},
		{"neptune-graph", PROTOCOL_REST},
	};

	for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++)
		if (strcmp(protocols[i].service, request->service) == 0)
			return protocols[i].protocol;
	return PROTOCOL_QUERY;
}

struct place request_place(const struct request *request)
{
	return (struct place){&request->estate->world, request->account, request->region_number};
}

const char *role_name(const char *role)
{
	const char *slash = strrchr(role, '/');

	return slash ? slash + 1 : role;
}

void request_caller_arn(const struct request *request, char *arn, size_t size)
{
	char account[WORLD_ID];

	world_account_id(&request->estate->world, request->account, account);
	if (request->caller == CALLER_USER)
		snprintf(arn, size, "arn:aws:iam::%s:user/auditor", account);
	else if (request->caller == CALLER_HOST)
		snprintf(arn, size, "arn:aws:sts::%s:assumed-role/%s/i-0e57a7e", account,
			 role_name(request->estate->hub));
	else
		snprintf(arn, size, "arn:aws:sts::%s:assumed-role/%s/estate", account,
			 role_name(request->estate->role));
}

/* ---- parameters ---- */

static int from_hex(char digit)
{
	return digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}

static bool decode(struct span text, char *value, size_t size)
{
	size_t length = 0;

	for (size_t i = 0; i < text.length; i++) {
		char c = text.at[i];

		if (length + 1 >= size)
			return false;
		if (c == '%' && i + 2 < text.length && isxdigit((unsigned char)text.at[i + 1]) &&
		    isxdigit((unsigned char)text.at[i + 2])) {
			c = (char)(from_hex(text.at[i + 1]) * 16 + from_hex(text.at[i + 2]));
			i += 2;
		} else if (c == '+') {
			c = ' ';
		}
		value[length++] = c;
	}
	value[length] = '\0';
	return true;
}

/* `value`: as it was sent. */
static bool find_parameter(const struct request *request, const char *name, struct span *value)
{
	struct span rest = request->query.length > 0 ? request->query : request->body;

	while (span_split(&rest, '&', value)) {
		struct span key;

		if (span_split(value, '=', &key) && span_equals(key, name) && value->at)
			return true;
	}
	return false;
}

bool request_has_parameter(const struct request *request, const char *name)
{
	struct span value;

	return find_parameter(request, name, &value);
}

bool request_parameter(const struct request *request, const char *name, char *value, size_t size)
{
	struct span text;

	value[0] = '\0';
	return find_parameter(request, name, &text) && decode(text, value, size);
}

/* RoleSessionName differs in each run, so it is left out: equal requests of two runs have equal hashes. */
uint64_t request_hash(const struct request *request)
{
	uint64_t hash = HASH64_OF_NOTHING;
	struct span parts[] = {request->path, request->query, request->body}, pair;

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		while (span_split(&parts[i], '&', &pair)) {
			if (span_starts_with(pair, "RoleSessionName="))
				continue;
			for (size_t j = 0; j < pair.length; j++)
				hash = hash64_byte(hash, pair.at[j]);
		}
	}
	return hash;
}

size_t request_position(const struct request *request)
{
	static const char *const tokens[] = {"page/+=", "page%2F%2B%3D"};
	struct span text = request->query.length > 0 ? request->query : request->body;

	for (size_t i = 0; text.length > 0 && i < sizeof tokens / sizeof tokens[0]; i++) {
		const char *found = memmem(text.at, text.length, tokens[i], strlen(tokens[i]));

		if (found)
			return strtoul(found + strlen(tokens[i]), NULL, 10);
	}
	return 0;
}

/* ---- refusals ---- */

struct words {
	unsigned status;
	const char *code;
};

static const struct words refusals[REFUSALS][PROTOCOLS] = {
	[REFUSAL_NO_TOKEN] = {{403, "MissingAuthenticationToken"},
			      {401, "AuthFailure"},
			      {400, "MissingAuthenticationTokenException"},
			      {403, "MissingAuthenticationTokenException"}},
	[REFUSAL_KEY] = {{403, "InvalidClientTokenId"},
			 {401, "AuthFailure"},
			 {400, "UnrecognizedClientException"},
			 {403, "UnrecognizedClientException"}},
	[REFUSAL_SIGNATURE] = {{403, "SignatureDoesNotMatch"},
			       {403, "SignatureDoesNotMatch"},
			       {400, "InvalidSignatureException"},
			       {403, "InvalidSignatureException"}},
	[REFUSAL_EXPIRED] = {{403, "ExpiredToken"},
			     {400, "RequestExpired"},
			     {400, "ExpiredTokenException"},
			     {403, "ExpiredTokenException"}},
	[REFUSAL_DENIED] = {{403, "AccessDenied"},
			    {403, "UnauthorizedOperation"},
			    {400, "AccessDeniedException"},
			    {403, "AccessDeniedException"}},
	[REFUSAL_THROTTLED] = {{400, "Throttling"},
			       {503, "RequestLimitExceeded"},
			       {400, "ThrottlingException"},
			       {429, "TooManyRequestsException"}},
	[REFUSAL_INTERNAL] = {{500, "InternalFailure"},
			      {500, "InternalError"},
			      {500, "KMSInternalException"},
			      {500, "InternalServerException"}},
	[REFUSAL_INVALID] = {{400, "InvalidParameterValue"},
			     {400, "InvalidParameterValue"},
			     {400, "ValidationException"},
			     {400, "ValidationException"}},
	[REFUSAL_OPERATION] = {{400, "InvalidAction"},
			       {400, "InvalidAction"},
			       {400, "UnknownOperationException"},
			       {404, "UnknownOperationException"}},
};

/* Error codes differ between services. */
static struct words words_of(const struct request *request, enum refusal refusal)
{
	static const struct {
		const char *service;
		enum refusal refusal;
		struct words words;
	} own[] = {
		{"organizations", REFUSAL_THROTTLED, {400, "TooManyRequestsException"}},
		{"organizations", REFUSAL_INTERNAL, {500, "ServiceException"}},
		{"organizations", REFUSAL_INVALID, {400, "InvalidInputException"}},
		{"neptune-graph", REFUSAL_THROTTLED, {429, "ThrottlingException"}},
		{"sts", REFUSAL_INVALID, {400, "ValidationError"}},
	};

	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if (own[i].refusal == refusal && strcmp(own[i].service, request->service) == 0)
			return own[i].words;
	return refusals[refusal][request_protocol(request)];
}

static void append_json_error(struct request *request, const char *code, const char *message)
{
	json_t *body =
		request_protocol(request) == PROTOCOL_REST
			? json_pack("{s:s}", "message", message)
			: json_pack("{s:s,s:s}", "__type", code,
				    strcmp(request->service, "organizations") == 0 ? "Message" : "message",
				    message);

	answer_json(request, body);
}

static const char *xml_namespace(const struct request *request)
{
	return strcmp(request->service, "sts") == 0 ? "https://sts.amazonaws.com/doc/2011-06-15/"
						    : "http://rds.amazonaws.com/doc/2014-10-31/";
}

static void append_xml_error(struct request *request, const char *code, const char *message)
{
	struct buffer *answer = &request->answer;

	request->content_type = "text/xml";
	if (request_protocol(request) == PROTOCOL_EC2) {
		buffer_print(
			answer,
			"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>%s</Code>"
			"<Message>",
			code);
		append_xml(answer, message);
		buffer_print(answer, "</Message></Error></Errors><RequestID>%s</RequestID></Response>",
			     request->request_id);
		return;
	}
	buffer_print(answer, "<ErrorResponse xmlns=\"%s\"><Error><Type>%s</Type><Code>%s</Code><Message>",
		     xml_namespace(request), request->status < 500 ? "Sender" : "Receiver", code);
	append_xml(answer, message);
	buffer_print(answer, "</Message></Error><RequestId>%s</RequestId></ErrorResponse>",
		     request->request_id);
}

static bool refuse_in_words(struct request *request, unsigned status, const char *code, const char *message)
{
	request->status = status;
	snprintf(request->error, sizeof request->error, "%s", code);
	buffer_clear(&request->answer);
	if (request_protocol(request) >= PROTOCOL_JSON)
		append_json_error(request, code, message);
	else
		append_xml_error(request, code, message);
	return false;
}

bool refuse_with(struct request *request, unsigned status, const char *code, const char *format, ...)
{
	char message[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof message, format, arguments);
	va_end(arguments);
	return refuse_in_words(request, status, code, message);
}

bool refuse(struct request *request, enum refusal refusal, const char *format, ...)
{
	struct words words = words_of(request, refusal);
	char message[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof message, format, arguments);
	va_end(arguments);
	return refuse_in_words(request, words.status, words.code, message);
}

bool refuse_permission(struct request *request, const char *resource, const char *because)
{
	char action[2 * ESTATE_NAME + 2];

	snprintf(action, sizeof action, "%s:%s", request->service, request->operation);
	return refuse_action(request, action, resource, because);
}

bool refuse_action(struct request *request, const char *action, const char *resource, const char *because)
{
	char caller[200];

	request_caller_arn(request, caller, sizeof caller);
	return refuse(
		request, REFUSAL_DENIED, "%sUser: %s is not authorized to perform: %s on resource: %.300s%s%s",
		strcmp(request->service, "ec2") == 0 ? "You are not authorized to perform this operation. "
						     : "",
		caller, action, resource, *because ? " " : "", because);
}

/* ---- XML ---- */

void append_xml(struct buffer *into, const char *text)
{
	static const char special[] = "&<>\"";
	static const char *const escapes[] = {"&amp;", "&lt;", "&gt;", "&quot;"};

	while (*text) {
		size_t plain = strcspn(text, special);

		buffer_append(into, text, plain);
		text += plain;
		if (*text)
			buffer_text(into, escapes[strchr(special, *text++) - special]);
	}
}

void append_element(struct buffer *into, const char *name, const char *value)
{
	if (!value)
		return;
	buffer_text(into, "<");
	buffer_text(into, name);
	buffer_text(into, ">");
	append_xml(into, value);
	buffer_text(into, "</");
	buffer_text(into, name);
	buffer_text(into, ">");
}

void append_flag(struct buffer *into, const char *name, bool value)
{
	append_element(into, name, value ? "true" : "false");
}

void open_result(struct request *request)
{
	request->content_type = "text/xml";
	buffer_print(&request->answer, "<%sResponse xmlns=\"%s\">\n  <%sResult>\n    ", request->operation,
		     xml_namespace(request), request->operation);
}

void close_result(struct request *request)
{
	buffer_print(&request->answer,
		     "\n  </%sResult>\n  <ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata>\n"
		     "</%sResponse>\n",
		     request->operation, request->request_id, request->operation);
}

/* ---- JSON ---- */

void answer_json(struct request *request, json_t *answer)
{
	char *text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;

	request->content_type =
		request_protocol(request) == PROTOCOL_JSON ? "application/x-amz-json-1.1" : "application/json";
	if (text)
		buffer_text(&request->answer, text);
	else
		request->answer.failed = true;
	free(text);
	json_decref(answer);
}

json_t *read_json(struct request *request)
{
	json_t *body = request->body.length == 0 ? json_object()
						 : json_loadb(request->body.at, request->body.length, 0, NULL);

	if (json_is_object(body))
		return body;
	json_decref(body);
	refuse_with(request, 400, "SerializationException", "%s", "");
	return NULL;
}
