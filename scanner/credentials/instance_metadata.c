/*
 * Credentials of the role of an EC2 instance, by IMDSv2 only: a token, the role's name, its credentials. An
 * instance with only version 1 is reported as such, and not used.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/token.h"
#include "config/address.h"
#include "scanner/aws/secrets.h"
#include "scanner/credentials/fetch.h"
#include "scanner/credentials/sources.h"

enum {
	DEFAULT_TIMEOUT = 1000,
	MAX_SECONDS = 600,
	MAX_ATTEMPTS = 100,
	MIN_ATTEMPTS_HEARD = 3, /* IMDS throttles by a status of 503 or a connection reset */
	URL_SIZE = 1024,
	MAX_BASE = 600,
	MAX_NAME = 200,
	MAX_TOKEN = 4096,
	MAX_SHOWN = 400
};

static const char roles_path[] = "latest/meta-data/iam/security-credentials/";

struct metadata {
	struct credentials_context *context;
	struct sync_client *client;
	const char *base; /* ends in a slash */
	struct fetch_rules rules;
	struct buffer token;
	struct sync_page page;
	char url[URL_SIZE];
};

static long number(const char *variable, long otherwise, long max)
{
	const char *text = credentials_variable(variable);
	long value = text ? strtol(text, NULL, 10) : 0;

	return value > 0 && value <= max ? value : otherwise;
}

static bool set_base(char base[static URL_SIZE], struct error *error)
{
	const char *endpoint = credentials_variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	const char *mode = credentials_variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
	char shown[ADDRESS_SIZE];
	struct address address;
	const char *wrong;

	if (!endpoint && mode && strcasecmp(mode, "ipv4") != 0 && strcasecmp(mode, "ipv6") != 0)
		return error_set(error, ERROR_CREDENTIALS,
				 "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE is \"%s\", allowed are IPv4 and IPv6",
				 mode);
	if (!endpoint)
		endpoint = mode && strcasecmp(mode, "ipv6") == 0 ? "http://[fd00:ec2::254]"
								 : "http://169.254.169.254";
	wrong = address_parse(&address, ADDRESS_ENDPOINT, endpoint);
	if (!wrong && strlen(address.url) > MAX_BASE)
		wrong = "it is too long";
	if (wrong)
		return error_set(error, ERROR_CREDENTIALS,
				 "AWS_EC2_METADATA_SERVICE_ENDPOINT is \"%s\", not an address with http://: %s",
				 text_brief(address_show(endpoint, shown, sizeof shown), MAX_SHOWN).text,
				 wrong);
	snprintf(base, URL_SIZE, "%s%s", address.url, address.url[strlen(address.url) - 1] == '/' ? "" : "/");
	return true;
}

/* The response is in `metadata->page`. */
static bool request_path(struct metadata *metadata, const char *method, const char *path,
			 struct page_header header)
{
	snprintf(metadata->url, sizeof metadata->url, "%s%s", metadata->base, path);
	metadata->page.method = method;
	metadata->page.url = metadata->url;
	metadata->page.headers[0] = header;
	return fetch_page(metadata->client, metadata->context->log, &metadata->rules, &metadata->page);
}

/* A token is one line of letters, unlike the page of a proxy or a captive portal. */
static bool is_token(const struct buffer *text)
{
	return text->length > 0 && text->length <= MAX_TOKEN && !memchr(text->at, '<', text->length) &&
	       !token_flaw(buffer_span(text));
}

static enum credentials_result take_token(struct metadata *metadata, struct error *error)
{
	const struct page_header role = {"X-aws-ec2-metadata-token-ttl-seconds", "21600"};
	const struct sync_page *page = &metadata->page;

	if (!request_path(metadata, "PUT", "latest/api/token", role)) {
		if (page->outcome == EXCHANGE_TIMED_OUT &&
		    credentials_variable("AWS_EC2_METADATA_SERVICE_ENDPOINT"))
			error_set(error, ERROR_CREDENTIALS, "%s does not respond: %s", metadata->base,
				  page->problem);
		else if (page->outcome == EXCHANGE_TIMED_OUT)
			error_set(error, ERROR_CREDENTIALS,
				  "no response from %s: this is not an EC2 instance, or a container on one "
				  "whose hop "
				  "limit "
				  "is 1 (aws ec2 modify-instance-metadata-options "
				  "--http-put-response-hop-limit 2)",
				  metadata->base);
		else
			error_set(error, ERROR_CREDENTIALS, "no instance metadata at %s: %s", metadata->base,
				  page->problem);
		return CREDENTIALS_ABSENT;
	}
	if (page->status != 200) {
		error_set(error, ERROR_CREDENTIALS, "%s returned HTTP %ld for a token%s", metadata->base,
			  page->status,
			  fetch_is_final(page) ? ": its IMDSv2 is switched off, or it is not an EC2 instance; "
						 "version 1 is not used"
					       : ", repeatedly");
		return CREDENTIALS_ABSENT;
	}
	if (!is_token(&page->text)) {
		error_set(error, ERROR_CREDENTIALS,
			  "%s returned no token: a proxy or a portal intercepts the request (NO_PROXY?)",
			  metadata->base);
		return CREDENTIALS_BROKEN;
	}
	buffer_append(&metadata->token, page->text.at, page->text.length);
	return CREDENTIALS_FOUND;
}

/* The characters that IAM allows, because the name becomes a part of the next URL. */
static bool is_role_name(struct span name)
{
	static const char extra[] = "+=,.@_-";

	for (size_t i = 0; i < name.length; i++)
		if (!isalnum((unsigned char)name.at[i]) && !memchr(extra, name.at[i], sizeof extra - 1))
			return false;
	return name.length <= MAX_NAME;
}

static enum credentials_result take_role(struct metadata *metadata, char role[static MAX_NAME + 1],
					 struct error *error)
{
	const struct sync_page *page = &metadata->page;
	struct span name;

	if (!request_path(metadata, "GET", roles_path,
			  (struct page_header){"X-aws-ec2-metadata-token", metadata->token.at})) {
		error_set(error, ERROR_CREDENTIALS, "%s does not respond: %s", page->url, page->problem);
		return CREDENTIALS_BROKEN;
	}
	name = span_trim(buffer_span(&page->text));
	if (page->status == 404 || (page->status == 200 && name.length == 0)) {
		error_set(error, ERROR_CREDENTIALS,
			  "this instance has no role: attach an instance profile (aws ec2 "
			  "associate-iam-instance-profile)");
		return CREDENTIALS_ABSENT;
	}
	if (page->status != 200 || !is_role_name(name)) {
		error_set(error, ERROR_CREDENTIALS, "%s returned HTTP %ld and no role name", page->url,
			  page->status);
		return CREDENTIALS_BROKEN;
	}
	snprintf(role, MAX_NAME + 1, SPAN_FORMAT, SPAN_ARGUMENTS(name));
	return CREDENTIALS_FOUND;
}

static enum credentials_result take_keys(struct metadata *metadata, const char *role, struct session **session,
					 struct error *error)
{
	const struct sync_page *page = &metadata->page;
	enum credentials_result result = CREDENTIALS_BROKEN;
	char path[URL_SIZE];
	struct buffer masked = {0};
	const char *code;
	json_t *object;

	snprintf(path, sizeof path, "%s%s", roles_path, role);
	if (!request_path(metadata, "GET", path,
			  (struct page_header){"X-aws-ec2-metadata-token", metadata->token.at})) {
		error_set(error, ERROR_CREDENTIALS, "%s does not respond: %s", page->url, page->problem);
		return CREDENTIALS_BROKEN;
	}
	object = sync_page_json(page);
	code = json_string_value(json_object_get(object, "Code"));
	if (page->status != 200 || !json_is_object(object))
		error_set(error, ERROR_CREDENTIALS, "%s returned HTTP %ld and no credentials", page->url,
			  page->status);
	else if (code && strcmp(code, "Success") != 0)
		error_set(error, ERROR_CREDENTIALS, "%s: the role of the instance has no credentials: %s",
			  page->url, secrets_mask(span_of(code), &masked).at);
	else
		result = credentials_read_page(object, page, session, error);
	buffer_deinit(&masked);
	json_decref(object);
	return result;
}

static enum credentials_result request_credentials(struct metadata *metadata, struct session **session,
						   struct error *error)
{
	char role[MAX_NAME + 1];
	enum credentials_result result = take_token(metadata, error);

	if (result == CREDENTIALS_FOUND)
		result = take_role(metadata, role, error);
	if (result != CREDENTIALS_FOUND)
		return result;
	text_print(metadata->context->where, sizeof metadata->context->where, "role %s", role);
	return take_keys(metadata, role, session, error);
}

static struct fetch_rules read_rules(void)
{
	long attempts = number("AWS_METADATA_SERVICE_NUM_ATTEMPTS", 1, MAX_ATTEMPTS);

	return (struct fetch_rules){
		.max_attempts = attempts > MIN_ATTEMPTS_HEARD ? attempts : MIN_ATTEMPTS_HEARD,
		.max_attempts_without_response = attempts,
		.is_final = fetch_is_final,
	};
}

static enum credentials_result find(struct credentials_context *context, struct session **session,
				    struct error *error)
{
	const char *off = credentials_variable("AWS_EC2_METADATA_DISABLED");
	struct metadata metadata = {.context = context};
	enum credentials_result result;
	char base[URL_SIZE];

	if (off && strcasecmp(off, "true") == 0) {
		error_set(error, ERROR_CREDENTIALS, "switched off by AWS_EC2_METADATA_DISABLED");
		return CREDENTIALS_ABSENT;
	}
	if (!set_base(base, error))
		return CREDENTIALS_BROKEN;
	metadata.base = base;
	metadata.rules = read_rules();
	metadata.client =
		sync_client_open(context->config, context->log,
				 number("AWS_METADATA_SERVICE_TIMEOUT", 0, MAX_SECONDS)
					 ? number("AWS_METADATA_SERVICE_TIMEOUT", 0, MAX_SECONDS) * 1000
					 : DEFAULT_TIMEOUT,
				 1, error);
	if (!metadata.client)
		return CREDENTIALS_BROKEN;
	result = request_credentials(&metadata, session, error);
	buffer_wipe(&metadata.token);
	sync_page_deinit(&metadata.page);
	sync_client_close(metadata.client);
	return result;
}

const struct credentials_source credentials_instance_metadata = {"instance metadata", SOURCE_OF_PROCESS, find};
