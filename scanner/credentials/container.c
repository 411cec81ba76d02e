/*
 * Credentials of an ECS task or an EKS pod (Pod Identity), from an HTTP endpoint that only the container can
 * reach. The token's file is read for each request, because the agent replaces it.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/token.h"
#include "config/address.h"
#include "scanner/credentials/fetch.h"
#include "scanner/credentials/sources.h"

enum { TIME_LIMIT_MS = 2000, MAX_ATTEMPTS = 3, PAUSE_MS = 1000, MAX_SHOWN = 400 };

static const char relative_variable[] = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
static const char full_variable[] = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

/* ---- the endpoint ---- */

/* Plain HTTP only to addresses that never leave the machine (botocore 1.43 ContainerMetadataFetcher). */
static bool is_near(const struct address *address)
{
	static const char *const ips[] = {"169.254.170.2", "169.254.170.23", "fd00:ec2::23"};

	for (size_t i = 0; i < sizeof ips / sizeof ips[0]; i++)
		if (address_is_ip(address, ips[i]))
			return true;
	return address_is_loopback(address) || strcmp(address->host, "localhost") == 0;
}

static bool check_url(const char *variable, const char *text, const char *url, struct address *address,
		      struct error *error)
{
	const char *wrong = address_parse(address, ADDRESS_PAGE, url);
	char shown[ADDRESS_SIZE];

	if (wrong)
		return error_set(error, ERROR_CREDENTIALS,
				 "%s is \"%s\", not an address with http:// or https://: %s", variable,
				 text_brief(address_show(text, shown, sizeof shown), MAX_SHOWN).text, wrong);
	return address->is_tls || is_near(address) ||
	       error_set(error, ERROR_CREDENTIALS,
			 "%s is %s: plain http is only for loopback, 169.254.170.2, 169.254.170.23 and "
			 "fd00:ec2::23\n  Fix: use https",
			 variable, text_brief(address->url, MAX_SHOWN).text);
}

/* The relative URI takes precedence, as in botocore. */
static bool find_url(struct address *address, struct error *error)
{
	const char *relative = credentials_variable(relative_variable);
	const char *full = credentials_variable(full_variable);
	char url[ADDRESS_SIZE];

	if (!relative)
		return check_url(full_variable, full, full, address, error);
	if (relative[0] != '/')
		return error_set(error, ERROR_CREDENTIALS, "%s \"%s\": must start with a slash",
				 relative_variable, text_brief(relative, MAX_SHOWN).text);
	if (snprintf(url, sizeof url, "http://169.254.170.2%s", relative) >= (int)sizeof url)
		return error_set(error, ERROR_CREDENTIALS, "%s is longer than %d characters", relative_variable,
				 ADDRESS_SIZE);
	return check_url(relative_variable, relative, url, address, error);
}

/* ---- the token ---- */

/* Other AWS tools refuse a line end as well, even at the end. */
static bool check_token(const char *variable, const struct buffer *token, struct error *error)
{
	for (size_t i = 0; i < token->length; i++)
		if ((unsigned char)token->at[i] < ' ' || token->at[i] == 0x7f)
			return error_set(
				error, ERROR_CREDENTIALS,
				"%s holds %s, and the AWS tools refuse it, too: write the token alone, "
				"without a line end behind it",
				variable, token_flaw((struct span){token->at + i, 1}));
	return true;
}

static bool read_token(const struct credentials_context *context, struct buffer *token, struct error *error)
{
	static const char file_variable[] = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
	static const char variable[] = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
	const char *path = credentials_variable(file_variable);
	const char *text = credentials_variable(variable);

	if (path && !credentials_read_file(context, file_variable, path, token, error))
		return false;
	if (!path && text)
		buffer_text(token, text);
	if (token->failed)
		return error_out_of_memory(error);
	return check_token(path ? file_variable : variable, token, error);
}

/* ---- the response ---- */

static bool has_credentials(const struct sync_page *page)
{
	json_t *object = page->status == 200 ? sync_page_json(page) : NULL;
	bool found = json_is_object(object);

	json_decref(object);
	return found;
}

static enum credentials_result read_answer(const struct sync_page *page, struct session **session,
					   struct error *error)
{
	json_t *object = sync_page_json(page);
	enum credentials_result result = CREDENTIALS_BROKEN;

	if (page->status != 200)
		error_set(error, ERROR_CREDENTIALS,
			  "%s returned HTTP %ld. Check that the task or pod has a role",
			  text_brief(page->url, MAX_SHOWN).text, page->status);
	else if (!json_is_object(object))
		error_set(error, ERROR_CREDENTIALS, "%s did not return a JSON object",
			  text_brief(page->url, MAX_SHOWN).text);
	else
		result = credentials_read_page(object, page, session, error);
	json_decref(object);
	return result;
}

static enum credentials_result fetch(struct credentials_context *context, const char *url, const char *token,
				     struct session **session, struct error *error)
{
	static const struct fetch_rules rules = {MAX_ATTEMPTS, MAX_ATTEMPTS, PAUSE_MS, has_credentials};
	struct sync_client *client = sync_client_open(context->config, context->log, TIME_LIMIT_MS, 1, error);
	struct sync_page page = {.method = "GET", .url = url, .headers = {{"Accept", "application/json"}}};
	enum credentials_result result = CREDENTIALS_BROKEN;

	if (!client)
		return CREDENTIALS_BROKEN;
	if (token)
		page.headers[1] = (struct page_header){"Authorization", token};
	if (fetch_page(client, context->log, &rules, &page))
		result = read_answer(&page, session, error);
	else
		error_set(error, ERROR_CREDENTIALS, "%s does not respond: %s", text_brief(url, MAX_SHOWN).text,
			  page.problem);
	sync_page_deinit(&page);
	sync_client_close(client);
	return result;
}

static enum credentials_result find(struct credentials_context *context, struct session **session,
				    struct error *error)
{
	struct buffer token = {0};
	enum credentials_result result = CREDENTIALS_BROKEN;
	struct address address = {0};

	if (!credentials_variable(relative_variable) && !credentials_variable(full_variable)) {
		error_set(error, ERROR_CREDENTIALS, "neither %s nor %s is set", relative_variable,
			  full_variable);
		return CREDENTIALS_ABSENT;
	}
	if (find_url(&address, error) && read_token(context, &token, error))
		result = fetch(context, address.url, token.length > 0 ? token.at : NULL, session, error);
	buffer_wipe(&token);
	text_print(context->where, sizeof context->where, "%s", address.url);
	return result;
}

const struct credentials_source credentials_container = {"container", SOURCE_OF_PROCESS, find};
