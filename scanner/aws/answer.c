#include "scanner/aws/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "scanner/aws/secrets.h"

enum {
	SKEW_SECONDS = 240, /* servers accept a difference of about 5 minutes */
};

static const struct {
	const char *code;
	enum answer_class class;
} codes[] = {
	{"Throttling", ANSWER_THROTTLE},
	{"ThrottlingException", ANSWER_THROTTLE},
	{"ThrottledException", ANSWER_THROTTLE},
	{"RequestThrottledException", ANSWER_THROTTLE},
	{"TooManyRequestsException", ANSWER_THROTTLE},
	{"RequestLimitExceeded", ANSWER_THROTTLE},
	{"BandwidthLimitExceeded", ANSWER_THROTTLE},
	{"LimitExceededException", ANSWER_THROTTLE},
	{"RequestThrottled", ANSWER_THROTTLE},
	{"SlowDown", ANSWER_THROTTLE},
	{"EC2ThrottledException", ANSWER_THROTTLE},
	{"PriorRequestNotComplete", ANSWER_THROTTLE},
	{"ProvisionedThroughputExceededException", ANSWER_THROTTLE},
	{"TransactionInProgressException", ANSWER_THROTTLE},

	{"RequestTimeout", ANSWER_TRANSIENT},
	{"RequestTimeoutException", ANSWER_TRANSIENT},
	{"RequestAbortedException", ANSWER_TRANSIENT},
	{"ConcurrentModificationException", ANSWER_TRANSIENT},
	{"InternalFailure", ANSWER_TRANSIENT},
	{"InternalError", ANSWER_TRANSIENT},
	{"InternalServerException", ANSWER_TRANSIENT},
	{"InternalServerError", ANSWER_TRANSIENT},
	{"ServiceUnavailable", ANSWER_TRANSIENT},
	{"Unavailable", ANSWER_TRANSIENT},
	{"KMSInternalException", ANSWER_TRANSIENT},
	{"DependencyTimeoutException", ANSWER_TRANSIENT},
	{"ServiceException", ANSWER_TRANSIENT},
	{"IDPCommunicationError", ANSWER_TRANSIENT},

	{"AccessDenied", ANSWER_ACCESS_DENIED},
	{"AccessDeniedException", ANSWER_ACCESS_DENIED},
	{"AccessDeniedForDependencyException", ANSWER_ACCESS_DENIED},
	{"UnauthorizedOperation", ANSWER_ACCESS_DENIED},
	{"NotAuthorized", ANSWER_ACCESS_DENIED},
	{"AuthorizationError", ANSWER_ACCESS_DENIED},

	{"ExpiredToken", ANSWER_EXPIRED_CREDENTIALS},
	{"ExpiredTokenException", ANSWER_EXPIRED_CREDENTIALS},
	{"TokenRefreshRequired", ANSWER_EXPIRED_CREDENTIALS},

	{"RequestTimeTooSkewed", ANSWER_CLOCK_SKEW},
	{"RequestInTheFuture", ANSWER_CLOCK_SKEW},
	{"RequestExpired", ANSWER_SKEW_OR_EXPIRED},

	{"SignatureDoesNotMatch", ANSWER_BAD_SIGNATURE},
	{"InvalidSignatureException", ANSWER_BAD_SIGNATURE},
	{"IncompleteSignature", ANSWER_BAD_SIGNATURE},
	{"IncompleteSignatureException", ANSWER_BAD_SIGNATURE},

	{"InvalidClientTokenId", ANSWER_DISABLED_OR_CREDENTIALS},
	{"UnrecognizedClientException", ANSWER_DISABLED_OR_CREDENTIALS},
	{"AuthFailure", ANSWER_DISABLED_OR_CREDENTIALS},
	{"InvalidAccessKeyId", ANSWER_DISABLED_OR_CREDENTIALS},

	{"OptInRequired", ANSWER_REGION_DISABLED},
	{"RegionDisabledException", ANSWER_REGION_DISABLED},
	{"SubscriptionRequiredException", ANSWER_REGION_DISABLED},

	{"NotFoundException", ANSWER_NOT_FOUND},
	{"NoSuchBucket", ANSWER_NOT_FOUND},
	{"NoSuchKey", ANSWER_NOT_FOUND},
	{"NoSuchUpload", ANSWER_NOT_FOUND},
	{"ResourceNotFoundException", ANSWER_NOT_FOUND},
	{"TargetNotFoundException", ANSWER_NOT_FOUND},
	{"ParentNotFoundException", ANSWER_NOT_FOUND},
	{"AccountNotFoundException", ANSWER_NOT_FOUND},

	{"AWSOrganizationsNotInUseException", ANSWER_NOT_IN_ORGANIZATION},

	{"InvalidAction", ANSWER_UNSUPPORTED},
	{"UnknownOperationException", ANSWER_UNSUPPORTED},
	{"UnsupportedOperationException", ANSWER_UNSUPPORTED},
	{"UnsupportedAPIEndpointException", ANSWER_UNSUPPORTED},

	{"ValidationError", ANSWER_BAD_REQUEST},
	{"ValidationException", ANSWER_BAD_REQUEST},
	{"InvalidParameterValue", ANSWER_BAD_REQUEST},
	{"InvalidParameterCombination", ANSWER_BAD_REQUEST},
	{"MissingParameter", ANSWER_BAD_REQUEST},
	{"InvalidArnException", ANSWER_BAD_REQUEST},
	{"InvalidMarkerException", ANSWER_BAD_REQUEST},
	{"MalformedPolicyDocument", ANSWER_BAD_REQUEST},
	{"PackedPolicyTooLarge", ANSWER_BAD_REQUEST},
	{"InvalidInputException", ANSWER_BAD_REQUEST},
	{"MalformedQueryString", ANSWER_BAD_REQUEST},
	{"MalformedHttpRequestException", ANSWER_BAD_REQUEST},
	{"RequestEntityTooLargeException", ANSWER_BAD_REQUEST},
	{"SerializationException", ANSWER_BAD_REQUEST},
};

/*
 * A denial names the kind of policy after one of these phrases: "because no KIND allows the ACTION action",
 * "with an explicit deny in a KIND". If two kinds are named, the one after "transitively through" caused the
 * denial. The ARN of the policy, an authorization id or an encoded message may follow (IAM user guide,
 * "Troubleshoot access denied error messages"). The first phrase that a message contains decides.
 */
static const struct {
	const char *phrase;
	bool explicitly;
} denials[] = {
	{"transitively through", true},
	{"explicit deny in", true},
	{"explicit deny", true},
	{"because no", false},
};

static const struct {
	const char *name;
	enum policy_kind policy;
} policy_kinds[] = {
	{"identity-based policy", POLICY_IDENTITY},
	{"service control policy", POLICY_SCP},
	{"resource control policy", POLICY_RCP},
	{"permissions boundary", POLICY_BOUNDARY},
	{"session", POLICY_SESSION}, /* "session policy"; the user guide also prints "sessions policy" */
	{"VPC endpoint policy", POLICY_VPC_ENDPOINT},
	{"resource-based policy", POLICY_RESOURCE},
	{"role trust policy", POLICY_TRUST},
};

static const struct {
	const char *id;
	const char *for_people;
} policy_names[] = {
	[POLICY_UNSPECIFIED] = {"unspecified", NULL},
	[POLICY_IDENTITY] = {"identity", "the role's own policy"},
	[POLICY_SCP] = {"scp", "a service control policy"},
	[POLICY_RCP] = {"rcp", "a resource control policy"},
	[POLICY_BOUNDARY] = {"boundary", "the role's permissions boundary"},
	[POLICY_SESSION] = {"session", "the session policy"},
	[POLICY_VPC_ENDPOINT] = {"vpc-endpoint", "the VPC endpoint's policy"},
	[POLICY_RESOURCE] = {"resource", "the resource's policy"},
	[POLICY_TRUST] = {"trust", "the role's trust policy"},
};

static void copy_text(char *into, size_t size, struct span text)
{
	struct buffer masked = {0};

	text_copy(into, size, span_trim(secrets_mask(text, &masked)));
	buffer_deinit(&masked);
}

/* ---- denials ---- */

/* The text after the first `phrase` and an article; absent if the phrase is not there. */
static struct span text_after(struct span text, const char *phrase)
{
	static const char *const articles[] = {"a ", "an ", "the "};
	const char *found = text.length > 0 ? memmem(text.at, text.length, phrase, strlen(phrase)) : NULL;
	struct span rest = {NULL, 0};

	if (!found)
		return rest;
	rest.at = found + strlen(phrase);
	rest.length = (size_t)(text.at + text.length - rest.at);
	rest = span_trim(rest);
	for (size_t i = 0; i < sizeof articles / sizeof articles[0]; i++) {
		if (!span_starts_with(rest, articles[i]))
			continue;
		rest.at += strlen(articles[i]);
		rest.length -= strlen(articles[i]);
		break;
	}
	return rest;
}

static enum policy_kind policy_kind_of(struct span text)
{
	for (size_t i = 0; i < sizeof policy_kinds / sizeof policy_kinds[0]; i++)
		if (span_starts_with(text, policy_kinds[i].name))
			return policy_kinds[i].policy;
	return POLICY_UNSPECIFIED;
}

static void read_denial(struct answer *answer, struct span message)
{
	for (size_t i = 0; i < sizeof denials / sizeof denials[0]; i++) {
		struct span kind = text_after(message, denials[i].phrase);

		if (!kind.at)
			continue;
		answer->policy = policy_kind_of(kind);
		answer->explicitly = denials[i].explicitly;
		return;
	}
}

/* ---- error envelopes ---- */

/* Reads the denial before the text is cut, because the cause follows two ARNs, which can be long. */
static void set_message(struct answer *answer, struct span text)
{
	copy_text(answer->message, sizeof answer->message, text);
	read_denial(answer, text);
}

struct error_reading {
	struct answer *answer;
	struct buffer masked;
	bool is_contradictory;
};

static void on_error_begin(void *user)
{
	struct error_reading *reading = user;

	reading->is_contradictory = false;
	reading->answer->code[0] = reading->answer->message[0] = '\0';
}

/* Finds <Code>, <Message> and the request's id at any depth, because services and simulators differ. */
static void on_error_element(void *user, const struct xml_path *path, struct span text)
{
	struct error_reading *reading = user;
	struct answer *answer = reading->answer;
	struct span name = xml_name(path, 0), parent = xml_name(path, 1);

	text = secrets_mask(text, &reading->masked);
	if (span_equals(parent, "Error") && span_equals(name, "Code")) {
		reading->is_contradictory = reading->is_contradictory ||
					    (answer->code[0] && !span_equals(span_trim(text), answer->code));
		copy_text(answer->code, sizeof answer->code, text);
	} else if (span_equals(parent, "Error") && span_equals(name, "Message")) {
		set_message(answer, text);
	} else if (!answer->request_id[0] && span_equals_ignoring_case(name, "RequestId")) {
		copy_text(answer->request_id, sizeof answer->request_id, text);
	}
}

static void read_xml_error(struct answer *answer, struct span body, struct xml_parser *parser)
{
	struct error_reading reading = {.answer = answer};
	const struct xml_handler handler = {
		.begin = on_error_begin, .close = on_error_element, .user = &reading};

	/* A page that is not well-formed, or has two codes, is not from AWS, so its texts do not count. */
	if (!xml_read(parser, body, &handler) || reading.is_contradictory)
		answer->code[0] = answer->message[0] = '\0';
	buffer_deinit(&reading.masked);
}

/* "com.amazonaws.kms#NotFoundException:http://..." is NotFoundException. */
static void set_code(struct answer *answer, struct span text)
{
	struct buffer masked = {0};
	struct span code;

	text = secrets_mask(text, &masked); /* a secret may contain a separator */
	if (span_split(&text, ':', &code)) {
		for (size_t i = code.length; i-- > 0;) {
			if (code.at[i] == '#') {
				code.length -= i + 1;
				code.at += i + 1;
				break;
			}
		}
		copy_text(answer->code, sizeof answer->code, code);
	}
	buffer_deinit(&masked);
}

static struct span json_text(const json_t *object, const char *name)
{
	const json_t *member = json_object_get(object, name);

	return json_is_string(member) ? (struct span){json_string_value(member), json_string_length(member)}
				      : (struct span){NULL, 0};
}

static void read_json_error(struct answer *answer, struct span body)
{
	json_t *root = json_loadb(body.at, body.length, JSON_REJECT_DUPLICATES, NULL);
	static const char *const code_names[] = {"__type", "code", "Code"};
	static const char *const message_names[] = {"message", "Message"};

	for (size_t i = 0; i < 3 && !answer->code[0]; i++)
		set_code(answer, json_text(root, code_names[i]));
	for (size_t i = 0; i < 2 && !answer->message[0]; i++)
		set_message(answer, json_text(root, message_names[i]));
	json_decref(root);
}

static void read_error(struct answer *answer, const struct response *response, struct xml_parser *parser)
{
	struct span body = span_trim(buffer_span(&response->body));

	set_code(answer, response_header(response, "x-amzn-errortype"));
	if (span_starts_with(body, "<"))
		read_xml_error(answer, body, parser);
	else if (span_starts_with(body, "{"))
		read_json_error(answer, body);
}

/* ---- classes ---- */

static bool is_skewed(const struct answer *answer)
{
	return strstr(answer->message, "Signature expired") ||
	       strstr(answer->message, "Signature not yet current") ||
	       (answer->dated && llabs(answer->ahead_s) > SKEW_SECONDS);
}

/* Codes that a wrong clock may also cause. */
static bool may_be_skew(const struct answer *answer)
{
	return answer->class == ANSWER_BAD_SIGNATURE || answer->class == ANSWER_DISABLED_OR_CREDENTIALS ||
	       answer->class == ANSWER_SKEW_OR_EXPIRED;
}

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

static enum answer_class class_of_code(const char *code)
{
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (strcmp(code, codes[i].code) == 0)
			return codes[i].class;
	return ends_in(code, "NotFoundFault") || ends_in(code, "NotFound") ? ANSWER_NOT_FOUND : ANSWER_REFUSED;
}

/*
 * Statuses that allow a retry of the same request: a timeout of the server, a connection to the wrong server,
 * an unfinished handshake (RFC 9110, sections 15.5.9 and 15.5.20; RFC 8470).
 */
static bool is_transient_status(long status)
{
	return status >= 500 || status == 408 || status == 421 || status == 425;
}

/* S3's header has a name of its own. */
static struct span request_id_of(const struct response *response)
{
	struct span id = response_header(response, "x-amzn-requestid");

	return id.at ? id : response_header(response, "x-amz-request-id");
}

static void note_proxy(struct answer *answer, const struct response *response)
{
	copy_text(answer->proxy, sizeof answer->proxy, span_of(response->proxy));
}

static void classify_error(struct answer *answer, const struct response *response)
{
	bool from_aws = answer->code[0] || request_id_of(response).at;

	answer->class = answer->code[0] ? class_of_code(answer->code) : ANSWER_REFUSED;
	if (answer->class == ANSWER_REFUSED && answer->status == 429)
		answer->class = ANSWER_THROTTLE;
	else if (answer->class == ANSWER_REFUSED && is_transient_status(answer->status))
		answer->class = ANSWER_TRANSIENT;
	else if (!from_aws || answer->status == 407)
		answer->class = is_transient_status(answer->status) ? ANSWER_TRANSIENT : ANSWER_PROXY;
	if (!from_aws && response->name_denied) {
		answer->class = ANSWER_TRANSIENT;
		answer->unresolved = true;
	}
	if (!from_aws)
		note_proxy(answer, response);
	if (may_be_skew(answer) && is_skewed(answer))
		answer->class = ANSWER_CLOCK_SKEW;
	if (answer->class != ANSWER_ACCESS_DENIED) {
		answer->policy = POLICY_UNSPECIFIED;
		answer->explicitly = false;
	}
	answer->about_duration =
		answer->class == ANSWER_BAD_REQUEST && strstr(answer->message, "DurationSeconds");
}

/* ---- successes ---- */

static const char not_complete[] = "a part is missing";

/* A handler between the parser and the caller's handler, which checks that the answer is complete. */
struct success {
	struct answer *answer;
	const struct operation *operation;
	const struct xml_handler *inner;
	bool root, result;
	bool has_keys; /* the answer contains a session: texts are not masked here; its reader masks what is
			  shown */
	struct buffer masked;
};

static bool is_named(struct span name, const char *operation, const char *suffix)
{
	size_t length = strlen(operation);

	return name.length == length + strlen(suffix) && memcmp(name.at, operation, length) == 0 &&
	       memcmp(name.at + length, suffix, strlen(suffix)) == 0;
}

static void on_success_begin(void *user)
{
	struct success *success = user;

	success->root = success->result = false;
	if (success->inner && success->inner->begin)
		success->inner->begin(success->inner->user);
}

/* Only the first levels of answers differ between protocols. */
static void look_for_result(struct success *success, const struct xml_path *path)
{
	const struct operation *operation = success->operation;
	enum protocol protocol = operation->service->protocol;
	size_t level = protocol == PROTOCOL_EC2 ? 2 : 3;
	struct span name = xml_name(path, 0);

	if (path->depth == 1 && protocol == PROTOCOL_OBJECT)
		success->root = success->result = span_equals(name, operation->result);
	else if (path->depth == 1)
		success->root = is_named(name, operation->name, "Response");
	else if (!operation->result && path->depth == 2)
		success->result = success->result || level == 2 || is_named(name, operation->name, "Result");
	else if (operation->result && path->depth == level && span_equals(name, operation->result))
		success->result = level == 2 || is_named(xml_name(path, 1), operation->name, "Result");
}

static void on_success_open(void *user, const struct xml_path *path)
{
	struct success *success = user;

	if (path->depth <= 3)
		look_for_result(success, path);
	if (success->inner && success->inner->open)
		success->inner->open(success->inner->user, path);
}

static void on_success_close(void *user, const struct xml_path *path, struct span text)
{
	struct success *success = user;
	struct answer *answer = success->answer;

	if (!success->has_keys)
		text = secrets_mask(text, &success->masked);
	if (!answer->request_id[0] && path->depth <= 3 &&
	    span_equals_ignoring_case(xml_name(path, 0), "RequestId"))
		copy_text(answer->request_id, sizeof answer->request_id, text);
	if (success->inner)
		success->inner->close(success->inner->user, path, text);
}

static bool gives_keys(const struct operation *operation)
{
	return operation == &operations[STS_ASSUME_ROLE] ||
	       operation == &operations[STS_ASSUME_ROLE_WITH_WEB_IDENTITY];
}

/* The problem of the document; NULL: none. */
static const char *read_xml_success(struct answer *answer, const struct operation *operation, struct span body,
				    struct xml_parser *parser, const struct xml_handler *inner)
{
	struct success success = {
		.answer = answer, .operation = operation, .inner = inner, .has_keys = gives_keys(operation)};
	const struct xml_handler handler = {.begin = on_success_begin,
					    .open = on_success_open,
					    .close = on_success_close,
					    .user = &success};

	bool good = xml_read(parser, body, &handler) && success.root && success.result;

	buffer_deinit(&success.masked);
	if (!good)
		return not_complete;
	return inner && inner->problem ? inner->problem(inner->user) : NULL;
}

static bool mask_json_text(json_t *text)
{
	struct buffer masked = {0};
	const struct span whole = {json_string_value(text), json_string_length(text)};
	struct span clean = secrets_mask(whole, &masked);
	bool good = clean.at == whole.at || json_string_setn(text, clean.at, clean.length) == 0;

	buffer_deinit(&masked);
	return good;
}

/* False: out of memory. */
static bool mask_json(json_t *value)
{
	bool good = !json_is_string(value) || mask_json_text(value);
	json_t *member;
	const char *name;
	size_t index;

	json_object_foreach(value, name, member) good = mask_json(member) && good;
	json_array_foreach(value, index, member) good = mask_json(member) && good;
	return good;
}

static const char *read_json_success(struct answer *answer, const struct operation *operation, struct span body)
{
	answer->json = json_loadb(body.at, body.length, JSON_REJECT_DUPLICATES, NULL);
	return json_is_object(answer->json) && mask_json(answer->json) &&
			       (!operation->result || json_object_get(answer->json, operation->result))
		       ? NULL
		       : not_complete;
}

/* ---- objects ---- */

/* "bytes 0-99/1234" */
static int64_t read_total(struct span range)
{
	const char *slash = range.at ? memrchr(range.at, '/', range.length) : NULL;
	int64_t total = 0;

	if (!slash || slash + 1 == range.at + range.length)
		return -1;
	for (const char *digit = slash + 1; digit < range.at + range.length; digit++) {
		if (*digit < '0' || *digit > '9' || total > INT64_MAX / 10 - 1)
			return -1;
		total = total * 10 + (*digit - '0');
	}
	return total;
}

/* It is sent back in headers and XML. */
static bool is_etag(const char *text)
{
	for (const char *c = text; *c; c++)
		if (*c < '!' || *c > '~' || strchr("<>&", *c))
			return false;
	return *text;
}

static void read_object_headers(struct answer_object *object, const struct response *response)
{
	if (!text_copy(object->etag, sizeof object->etag, response_header(response, "etag")) ||
	    !is_etag(object->etag))
		object->etag[0] = '\0';
	text_copy(object->mark, sizeof object->mark,
		  response_header(response, "x-amz-meta-neptune-scan-upload"));
	text_copy(object->region, sizeof object->region, response_header(response, "x-amz-bucket-region"));
	object->total_bytes = read_total(response_header(response, "content-range"));
}

/* A body of bytes: what was read or written has an ETag; a deletion has none. */
static const char *read_bytes_success(struct answer *answer, const struct operation *operation,
				      struct response *response)
{
	bool has_tag = strcmp(operation->method, "DELETE") == 0 || answer->object.etag[0];

	if (!has_tag || (answer->status == 206 && answer->object.total_bytes < 0))
		return not_complete;
	answer->object.body = response->body; /* moved */
	response->body = (struct buffer){0};
	return NULL;
}

/* ---- one success ---- */

static void read_success(struct answer *answer, const struct operation *operation, struct response *response,
			 struct xml_parser *parser, const struct xml_handler *handler)
{
	enum protocol protocol = operation->service->protocol;
	bool is_object = protocol == PROTOCOL_OBJECT;
	struct span body = buffer_span(&response->body);
	const char *problem;

	if (is_object && !operation->result)
		problem = read_bytes_success(answer, operation, response);
	else if (is_object || protocol == PROTOCOL_QUERY || protocol == PROTOCOL_EC2)
		problem = read_xml_success(answer, operation, body, parser, handler);
	else
		problem = read_json_success(answer, operation, body);
	if (!problem)
		return;
	answer->class = ANSWER_TRANSIENT;
	note_proxy(answer, response);
	if (problem == not_complete)
		text_print(answer->message, sizeof answer->message,
			   "HTTP %ld, but the response to %s is incomplete", answer->status, operation->name);
	else
		text_print(answer->message, sizeof answer->message,
			   "HTTP %ld, but the response to %s is not valid: %s", answer->status, operation->name,
			   problem);
}

/* S3 sends a status before it knows how the completion of an upload ends. */
static bool is_error_despite_status(const struct operation *operation, const struct response *response,
				    struct xml_parser *parser)
{
	struct answer error = {.code = ""};

	if (operation->service->protocol != PROTOCOL_OBJECT || !operation->result)
		return false;
	read_error(&error, response, parser);
	return error.code[0];
}

static bool is_success(const struct operation *operation, long status)
{
	return status == 200 ||
	       (operation->service->protocol == PROTOCOL_OBJECT && (status == 204 || status == 206));
}

/* ---- reading ---- */

static void read_outcome(struct answer *answer, struct response *response)
{
	static const enum answer_class classes[] = {
		[EXCHANGE_UNRESOLVED] = ANSWER_TRANSIENT, [EXCHANGE_UNREACHED] = ANSWER_TRANSIENT,
		[EXCHANGE_TIMED_OUT] = ANSWER_TRANSIENT,  [EXCHANGE_BROKEN] = ANSWER_TRANSIENT,
		[EXCHANGE_UNTRUSTED] = ANSWER_UNTRUSTED,  [EXCHANGE_TOO_LARGE] = ANSWER_REFUSED,
		[EXCHANGE_CANCELLED] = ANSWER_CANCELLED,  [EXCHANGE_NOT_PREPARED] = ANSWER_BROKEN,
		[EXCHANGE_PROXY] = ANSWER_PROXY,
	};

	secrets_mask_text(response->problem);
	answer->class = classes[response->outcome];
	answer->unresolved = response->outcome == EXCHANGE_UNRESOLVED;
	if (answer->class == ANSWER_PROXY)
		text_print(answer->message, sizeof answer->message, "the proxy refuses%s: %s",
			   response->connect_status == 407 ? ", it requires a user and a password" : "",
			   response->problem);
	else
		text_print(answer->message, sizeof answer->message, "%s", response->problem);
}

/* x-amz-retry-after is in milliseconds, Retry-After in seconds (its date form is not used by AWS). */
static int64_t read_retry_after(const struct response *response)
{
	static const struct {
		const char *header;
		int64_t milliseconds;
	} forms[] = {{"x-amz-retry-after", 1}, {"retry-after", 1000}};

	for (size_t i = 0; i < 2; i++) {
		struct span text = response_header(response, forms[i].header);
		int64_t number = 0;
		size_t digits = 0;

		while (digits < text.length && digits < 9 && text.at[digits] >= '0' && text.at[digits] <= '9')
			number = number * 10 + (text.at[digits++] - '0');
		if (digits > 0 && digits == text.length)
			return number * forms[i].milliseconds;
	}
	return -1;
}

/* True: the body is no text. */
static bool is_bytes(const struct operation *operation, const struct response *response)
{
	return operation->service->protocol == PROTOCOL_OBJECT && !operation->result &&
	       is_success(operation, response->status);
}

/* Invalid UTF-8 would make the whole document unparseable, including the error code. */
static void repair(struct buffer *text)
{
	if (text->at)
		text_repair_bytes(text->at, text->length);
}

void answer_read(struct answer *answer, const struct operation *operation, struct response *response,
		 int64_t now, struct xml_parser *parser, const struct xml_handler *handler)
{
	*answer = (struct answer){.status = response->status, .retry_after_ms = -1};
	repair(&response->headers);
	if (!is_bytes(operation, response))
		repair(&response->body);
	if (response->outcome != EXCHANGE_ANSWERED) {
		read_outcome(answer, response);
		return;
	}
	copy_text(answer->request_id, sizeof answer->request_id, request_id_of(response));
	answer->dated = clock_parse_http(response_header(response, "date"), &answer->ahead_s);
	answer->ahead_s -= answer->dated ? now : 0;
	if (operation->service->protocol == PROTOCOL_OBJECT)
		read_object_headers(&answer->object, response);
	if (is_success(operation, answer->status) && !is_error_despite_status(operation, response, parser)) {
		read_success(answer, operation, response, parser, handler);
		return;
	}
	answer->retry_after_ms = read_retry_after(response);
	read_error(answer, response, parser);
	classify_error(answer, response);
}

void answer_deinit(struct answer *answer)
{
	json_decref(answer->json);
	answer->json = NULL;
	buffer_deinit(&answer->object.body);
}

bool answer_is_expired(const struct answer *answer)
{
	return answer->class == ANSWER_EXPIRED_CREDENTIALS || answer->class == ANSWER_SKEW_OR_EXPIRED;
}

const char *answer_class_name(const struct answer *answer)
{
	static const char *const names[] = {
		[ANSWER_OK] = "ok",
		[ANSWER_THROTTLE] = "throttle",
		[ANSWER_TRANSIENT] = "transient",
		[ANSWER_ACCESS_DENIED] = "access-denied",
		[ANSWER_EXPIRED_CREDENTIALS] = "expired-credentials",
		[ANSWER_CLOCK_SKEW] = "clock-skew",
		[ANSWER_SKEW_OR_EXPIRED] = "clock-skew-or-expired-credentials",
		[ANSWER_BAD_SIGNATURE] = "bad-signature",
		[ANSWER_DISABLED_OR_CREDENTIALS] = "region-disabled-or-bad-credentials",
		[ANSWER_REGION_DISABLED] = "region-disabled",
		[ANSWER_NOT_FOUND] = "not-found",
		[ANSWER_NOT_IN_ORGANIZATION] = "not-in-organization",
		[ANSWER_UNSUPPORTED] = "unsupported",
		[ANSWER_BAD_REQUEST] = "bad-request",
		[ANSWER_REFUSED] = "refused",
		[ANSWER_PROXY] = "proxy-or-unparsable",
		[ANSWER_UNTRUSTED] = "untrusted",
		[ANSWER_CANCELLED] = "cancelled",
		[ANSWER_BROKEN] = "broken",
	};
	return names[answer->class];
}

const char *answer_policy_name(const struct answer *answer)
{
	return policy_names[answer->policy].id;
}

static void describe(const struct answer *answer, char *text, size_t size)
{
	const char *policy = policy_names[answer->policy].for_people;

	if (answer->class == ANSWER_ACCESS_DENIED && policy)
		text_print(text, size, "%s: %s %s: %s", answer->code,
			   answer->explicitly ? "denied by" : "not allowed by", policy,
			   text_brief(answer->message, 300).text);
	else if (answer->class == ANSWER_PROXY && answer->status == 407)
		snprintf(text, size, "HTTP 407: the proxy requires a user and a password");
	else if (answer->class == ANSWER_PROXY && answer->status)
		snprintf(text, size, "HTTP %ld, but not from AWS: a proxy or gateway responded",
			 answer->status);
	else if (answer->code[0])
		text_print(text, size, "%s: %s", answer->code,
			   text_brief(answer->message[0] ? answer->message : "no message", 400).text);
	else if (answer->message[0])
		text_print(text, size, "%s", answer->message);
	else
		snprintf(text, size, "HTTP %ld without an AWS error code", answer->status);
}

void answer_describe(const struct answer *answer, char *text, size_t size)
{
	size_t length;

	describe(answer, text, size);
	length = strlen(text);
	if (answer->proxy[0])
		snprintf(text + length, size - length, " (through the proxy %s)", answer->proxy);
}

const char *answer_advice(const struct answer *answer)
{
	switch (answer->class) {
	case ANSWER_UNTRUSTED:
		return "if it is your own certificate authority, name its file with --ca-bundle or "
		       "AWS_CA_BUNDLE";
	case ANSWER_PROXY:
		return "check HTTPS_PROXY (with http://USER:PASSWORD@HOST:PORT if the proxy requires one), "
		       "NO_PROXY, and what the proxy allows";
	case ANSWER_TRANSIENT:
	case ANSWER_THROTTLE:
		return "check the network, name resolution, the proxy and the endpoint";
	case ANSWER_DISABLED_OR_CREDENTIALS:
	case ANSWER_BAD_SIGNATURE:
		return "obtain new credentials: the access key is invalid or incomplete";
	case ANSWER_EXPIRED_CREDENTIALS:
		return "obtain new credentials: the session has expired";
	case ANSWER_CLOCK_SKEW:
		return "set this machine's clock (timedatectl set-ntp true)";
	default:
		return NULL;
	}
}
