/*
 * Keys of a task in ECS, or of a pod in EKS (Pod Identity): an HTTP address that only the container can reach.
 * The token is read from its file each time, since the agent changes it.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "scanner/credentials/sources.h"

enum { TIME_LIMIT = 2000, ATTEMPTS = 3, PAUSE = 1 /* seconds */, URL_SIZE = 2048 };

/* Plain HTTP is for addresses that never leave the machine. */
static bool is_near(struct span authority)
{
	static const char *const hosts[] = {"localhost",      "169.254.170.2", "169.254.170.23",
					    "[fd00:ec2::23]", "[::1]",         NULL};
	struct span host = authority;
	const char *port = NULL;

	for (size_t i = 0; i < authority.length; i++)
		if (authority.at[i] == ':' && !memchr(authority.at + i, ']', authority.length - i)) {
			port = authority.at + i;
			break;
		}
	if (port)
		host.length = (size_t)(port - host.at);
	for (size_t i = 0; hosts[i]; i++)
		if (span_equals_ignoring_case(host, hosts[i]))
			return true;
	return span_starts_with(host, "127.") && !memchr(host.at, '@', host.length) &&
	       strspn(host.at, "0123456789.") >= host.length;
}

static bool check_url(const char *url, struct error *error)
{
	struct span rest, authority;

	if (strncmp(url, "https://", 8) == 0)
		return true;
	if (strncmp(url, "http://", 7) != 0)
		return error_set(error, ERROR_CREDENTIALS,
				 "AWS_CONTAINER_CREDENTIALS_FULL_URI is \"%s\", not an address with http:// or "
				 "https://",
				 url);
	rest = span_of(url + 7);
	authority = (struct span){rest.at, strcspn(rest.at, "/?#")};
	return is_near(authority) ||
	       error_set(error, ERROR_CREDENTIALS,
			 "AWS_CONTAINER_CREDENTIALS_FULL_URI is %s: plain http is only for loopback, "
			 "169.254.170.2, 169.254.170.23 and fd00:ec2::23; use https",
			 url);
}

static bool read_token(const struct credentials_context *context, struct buffer *token, struct error *error)
{
	const char *path = credentials_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char *text = credentials_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");

	if (path &&
	    !credentials_read_file(context, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path, token, error))
		return false;
	if (!path && text)
		buffer_text(token, text);
	if (token->failed)
		return error_out_of_memory(error);
	return token->length == 0 || strcspn(token->at, "\r\n") == token->length ||
	       error_set(error, ERROR_CREDENTIALS,
			 "the container's authorization token has more than one line");
}

static enum credentials_result read_answer(const struct asked_page *page, struct session **session,
					   struct error *error)
{
	json_t *object = asked_page_json(page);
	enum credentials_result result = CREDENTIALS_BROKEN;

	if (page->status != 200)
		error_set(error, ERROR_CREDENTIALS, "%s answered HTTP %ld; has the task or pod a role?",
			  page->url, page->status);
	else if (!json_is_object(object))
		error_set(error, ERROR_CREDENTIALS, "%s answered, but no JSON object", page->url);
	else
		result = credentials_read_page(object, page, session, error);
	json_decref(object);
	return result;
}

static enum credentials_result fetch(struct credentials_context *context, const char *url, const char *token,
				     struct session **session, struct error *error)
{
	struct asker *asker = asker_open(context->config, context->log, TIME_LIMIT, 1, error);
	struct asked_page page = {.method = "GET", .url = url, .headers = {{"Accept", "application/json"}}};
	enum credentials_result result = CREDENTIALS_BROKEN;
	bool answered = false;

	if (!asker)
		return CREDENTIALS_BROKEN;
	if (token)
		page.headers[1] = (struct page_header){"Authorization", token};
	for (int attempt = 0; attempt < ATTEMPTS && !(answered && page.status < 500); attempt++) {
		if (attempt > 0)
			sleep(PAUSE);
		answered = asker_fetch(asker, &page);
	}
	if (answered)
		result = read_answer(&page, session, error);
	else
		error_set(error, ERROR_CREDENTIALS, "%s does not answer: %s", url, page.problem);
	asked_page_free(&page);
	asker_close(asker);
	return result;
}

static enum credentials_result find(struct credentials_context *context, struct session **session,
				    struct error *error)
{
	const char *relative = credentials_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full = credentials_variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	struct buffer token = {0};
	enum credentials_result result = CREDENTIALS_BROKEN;
	char url[URL_SIZE];

	if (!relative && !full) {
		error_set(error, ERROR_CREDENTIALS,
			  "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor "
			  "AWS_CONTAINER_CREDENTIALS_FULL_URI is set");
		return CREDENTIALS_ABSENT;
	}
	snprintf(url, sizeof url, "%s%s", relative ? "http://169.254.170.2" : full, relative ? relative : "");
	if (relative && relative[0] != '/')
		error_set(error, ERROR_CREDENTIALS,
			  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is \"%s\"; it must start with a slash",
			  relative);
	else if (check_url(url, error) && read_token(context, &token, error))
		result = fetch(context, url, token.length > 0 ? token.at : NULL, session, error);
	buffer_wipe(&token);
	snprintf(context->where, sizeof context->where, "%.200s", url);
	return result;
}

const struct credentials_source credentials_container = {"container", SOURCE_OF_PROCESS, find};
