/*
 * IAM Identity Center: reads the login that `aws sso login` cached in ~/.aws/sso/cache, refreshes it where
 * possible, and requests credentials for the profile's account and role from the portal. Supports both forms
 * of a profile: one that refers to an [sso-session], and the older one with the start URL itself, whose
 * logins cannot be refreshed.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "base/token.h"
#include "config/home_path.h"
#include "scanner/aws/endpoint.h"
#include "scanner/aws/secrets.h"
#include "scanner/aws/sigv4.h"
#include "scanner/credentials/fetch.h"
#include "scanner/credentials/sources.h"

enum {
	REFRESH_BEFORE_S = 900 /* seconds; botocore's */,
	MAX_LOGIN_S = 366 * 86400, /* upper bound for the lifetime in a response */
	PATH_SIZE = 700,
	URL_SIZE = 1200
};

/* The settings of the profile. The context owns the texts. */
struct login {
	struct credentials_context *context;
	const char *session, *start_url, *region, *account, *role;
	char path[PATH_SIZE]; /* of the cached login */
	char command[200];    /* that the user runs to log in */
	json_t *cached;
	int64_t expires;
	char refresh_problem[300]; /* empty: it was refreshed, or cannot be */
};

/* ---- the profile ---- */

static const char *session_setting(const struct login *login, const char *key)
{
	const struct profile_entry *entry =
		profiles_entry(login->context->profiles, PROFILE_SSO_SESSION, login->session, key);

	return entry && entry->value.length > 0 ? arena_copy_span(login->context->arena, entry->value) : NULL;
}

/* A setting in both the profile and its session must be equal (botocore 1.43 SSOProvider). */
static bool check_twice(const struct login *login, const char *key, struct error *error)
{
	const struct credentials_context *context = login->context;
	const char *in_profile = credentials_setting(context, key), *in_session = session_setting(login, key);

	return !in_profile || !in_session || strcmp(in_profile, in_session) == 0 ||
	       error_set(error, ERROR_CREDENTIALS,
			 "profile %s has %s %s, and its [sso-session %s] has %s\n  Fix: keep one",
			 context->profile, key, in_profile, login->session, in_session);
}

static bool read_profile(struct login *login, struct error *error)
{
	const struct credentials_context *context = login->context;
	const char *missing;

	login->account = credentials_setting(context, "sso_account_id");
	login->role = credentials_setting(context, "sso_role_name");
	login->start_url = login->session ? session_setting(login, "sso_start_url")
					  : credentials_setting(context, "sso_start_url");
	login->region = login->session ? session_setting(login, "sso_region")
				       : credentials_setting(context, "sso_region");
	if (login->session && !login->start_url && !login->region)
		return error_set(error, ERROR_CREDENTIALS,
				 "profile %s names the sso-session %s, but %s has no [sso-session %s] with "
				 "sso_start_url and sso_region",
				 context->profile, login->session, context->profiles->settings.path,
				 login->session);
	if (login->session &&
	    (!check_twice(login, "sso_region", error) || !check_twice(login, "sso_start_url", error)))
		return false;
	missing = !login->start_url ? "sso_start_url"
		  : !login->region  ? "sso_region"
		  : !login->account ? "sso_account_id"
		  : !login->role    ? "sso_role_name"
				    : NULL;
	return !missing ||
	       error_set(error, ERROR_CREDENTIALS, "profile %s uses IAM Identity Center, but lacks %s",
			 context->profile, missing);
}

/* The name of the login's file is the SHA-1 of the session's name, or of the start URL. */
static bool find_file(struct login *login, struct error *error)
{
	const char *name = login->session ? login->session : login->start_url;
	struct buffer folder = {0};
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int length = 0;
	char hex[2 * EVP_MAX_MD_SIZE + 1] = "";

	if (!EVP_Digest(name, strlen(name), digest, &length, EVP_sha1(), NULL))
		return error_out_of_memory(error);
	for (unsigned int i = 0; i < length; i++)
		snprintf(hex + (size_t)i * 2, 3, "%02x", digest[i]);
	home_path_expand(&folder, "~/.aws/sso/cache", credentials_variable);
	snprintf(login->path, sizeof login->path, "%s/%s.json", folder.at ? folder.at : "", hex);
	buffer_deinit(&folder);
	if (login->session)
		text_print(login->command, sizeof login->command, "aws sso login --sso-session %s",
			   login->session);
	else
		text_print(login->command, sizeof login->command, "aws sso login --profile %s",
			   login->context->profile);
	return true;
}

/* ---- the login ---- */

static const char *cached(const struct login *login, const char *key)
{
	const char *text = json_string_value(json_object_get(login->cached, key));

	return text && *text ? text : NULL;
}

/* Registers its secrets for masking. False: out of memory. */
static bool mask_login(const struct login *login)
{
	return secrets_remember(cached(login, "accessToken")) &&
	       secrets_remember(cached(login, "refreshToken")) &&
	       secrets_remember(cached(login, "clientSecret"));
}

/* "2026-11-24T02:00:00Z", or the older "...UTC". */
static bool parse_time(const char *text, int64_t *seconds)
{
	struct span span = span_of(text);
	char plain[40];

	if (!text)
		return false;
	if (span.length > 3 && strcmp(text + span.length - 3, "UTC") == 0) {
		snprintf(plain, sizeof plain, "%.*sZ", (int)(span.length - 3), text);
		span = span_of(plain);
	}
	return clock_parse_iso(span, seconds);
}

static bool read_login(struct login *login, struct error *error)
{
	const char *problem;
	FILE *file = files_open_regular(login->path, &problem);

	if (!file)
		return error_set(error, ERROR_CREDENTIALS, "profile %s: no login in %s (%s)\n  Fix: %s",
				 login->context->profile, login->path, problem, login->command);
	credentials_warn_of_readers(login->context, login->path);
	login->cached = json_loadf(file, JSON_REJECT_DUPLICATES, NULL);
	fclose(file);
	if (!cached(login, "accessToken") || !parse_time(cached(login, "expiresAt"), &login->expires))
		return error_set(error, ERROR_CREDENTIALS,
				 "profile %s: %s holds no accessToken with expiresAt\n  Fix: %s",
				 login->context->profile, login->path, login->command);
	if (!mask_login(login))
		return error_out_of_memory(error);
	return credentials_check_token(login->path, "accessToken", span_of(cached(login, "accessToken")),
				       error);
}

/* Writes a temporary file and renames it, so that readers never see a part. */
static void write_login(const struct login *login)
{
	char beside[PATH_SIZE + 8];
	int file;
	bool good;

	snprintf(beside, sizeof beside, "%s.XXXXXX", login->path);
	file = mkostemp(beside, O_CLOEXEC);
	good = file >= 0 && json_dumpfd(login->cached, file, JSON_COMPACT) == 0;
	if (file >= 0 && close(file) != 0)
		good = false;
	if (good && rename(beside, login->path) == 0)
		return;
	if (file >= 0)
		unlink(beside);
	log_line(login->context->log, LOG_WARNING, "credentials.login-not-kept",
		 "the refreshed login could not be saved in %s (%s): other programs must refresh it again",
		 login->path, strerror(errno));
}

static bool take_refreshed_login(struct login *login, const struct sync_page *page)
{
	json_t *answer = sync_page_json(page);
	const char *token = json_string_value(json_object_get(answer, "accessToken"));
	json_int_t seconds = json_integer_value(json_object_get(answer, "expiresIn"));
	json_t *next = json_object_get(answer, "refreshToken");
	char when[CLOCK_ISO_SIZE];
	bool good = page->status == 200 && token && *token && !token_flaw(span_of(token)) && seconds > 0;

	if (good) {
		login->expires = clock_wall_seconds() + (seconds < MAX_LOGIN_S ? seconds : MAX_LOGIN_S);
		clock_format_iso(login->expires, when);
		json_object_set(login->cached, "accessToken", json_object_get(answer, "accessToken"));
		json_object_set_new(login->cached, "expiresAt", json_string(when));
		if (json_is_string(next))
			json_object_set(login->cached, "refreshToken", next);
		good = mask_login(login);
	}
	json_decref(answer);
	return good;
}

static bool service_url(const struct login *login, const struct service *service, const char *path,
			char url[static URL_SIZE], struct error *error)
{
	struct endpoint endpoint;

	if (!endpoint_resolve(&endpoint, login->context->config, service, login->region, error))
		return false;
	snprintf(url, URL_SIZE, "%s%s", endpoint.url, path);
	return true;
}

/* Retries like an AWS operation. */
static bool fetch(const struct login *login, struct sync_client *client, struct sync_page *page)
{
	const struct credentials_context *context = login->context;
	const struct fetch_rules rules = {context->config->max_attempts, context->config->max_attempts, 0,
					  fetch_is_final};

	return fetch_page(client, context->log, &rules, page);
}

static bool request_refresh(struct login *login, struct sync_client *client, struct sync_page *page)
{
	if (!fetch(login, client, page)) {
		text_print(login->refresh_problem, sizeof login->refresh_problem, "%s does not respond: %s",
			   page->url, page->problem);
		return false;
	}
	if (take_refreshed_login(login, page))
		return true;
	text_print(login->refresh_problem, sizeof login->refresh_problem,
		   "%s returned HTTP %ld and no usable login", page->url, page->status);
	return false;
}

/* Only a login of an [sso-session] can be refreshed, and only while the client's registration is valid. */
static bool can_refresh(const struct login *login)
{
	int64_t registered_until;

	return login->session && cached(login, "refreshToken") && cached(login, "clientId") &&
	       cached(login, "clientSecret") &&
	       !(parse_time(cached(login, "registrationExpiresAt"), &registered_until) &&
		 registered_until <= clock_wall_seconds());
}

static void put_refresh_request(struct json_writer *json, const struct login *login)
{
	json_open_object(json, NULL);
	json_put_text(json, "clientId", cached(login, "clientId"));
	json_put_text(json, "clientSecret", cached(login, "clientSecret"));
	json_put_text(json, "grantType", "refresh_token");
	json_put_text(json, "refreshToken", cached(login, "refreshToken"));
	json_close_object(json);
}

static bool refresh(struct login *login, struct sync_client *client)
{
	struct sync_page page = {.method = "POST", .headers = {{"Content-Type", "application/json"}}};
	struct buffer body = {0};
	struct json_writer json = json_writer_into(&body);
	char url[URL_SIZE];
	bool good = false;

	if (!can_refresh(login))
		return false;
	put_refresh_request(&json, login);
	if (!body.failed && service_url(login, &service_sso_oidc, "token", url, NULL)) {
		page.url = url;
		page.body = buffer_span(&body);
		good = request_refresh(login, client, &page);
	}
	if (good)
		write_login(login);
	buffer_wipe(&body);
	sync_page_deinit(&page);
	return good;
}

/* Refreshes a login that expires soon; if that fails, the login is used until it expires. */
static bool ensure_login(struct login *login, struct sync_client *client, struct error *error)
{
	int64_t now = clock_wall_seconds();
	char when[CLOCK_ISO_SIZE];

	if (login->expires - now > REFRESH_BEFORE_S || refresh(login, client) || login->expires > now)
		return true;
	clock_format_iso(login->expires, when);
	return error_set(error, ERROR_CREDENTIALS, "profile %s: the login has expired at %s%s%s\n  Fix: %s",
			 login->context->profile, when,
			 *login->refresh_problem ? " and could not be refreshed: " : "", login->refresh_problem,
			 login->command);
}

/* ---- the portal ---- */

static enum credentials_result read_answer(const struct login *login, const struct sync_page *page,
					   struct session **session, struct error *error)
{
	static const struct key_names names = {"accessKeyId", "secretAccessKey", "sessionToken", "expiration",
					       true};
	json_t *answer = sync_page_json(page);
	const json_t *keys = json_object_get(answer, "roleCredentials");
	const char *message = json_string_value(json_object_get(answer, "message"));
	enum credentials_result result = CREDENTIALS_BROKEN;
	struct buffer masked = {0};

	if (page->status == 401)
		error_set(error, ERROR_CREDENTIALS, "profile %s: the portal rejects the login\n  Fix: %s",
			  login->context->profile, login->command);
	else if (page->status == 403)
		error_set(error, ERROR_CREDENTIALS,
			  "profile %s: the logged-in user has no permission set for the role %s in account "
			  "%s\n  Fix: contact the administrator of IAM Identity Center",
			  login->context->profile, login->role, login->account);
	else if (page->status != 200 || !json_is_object(keys))
		error_set(error, ERROR_CREDENTIALS, "profile %s: the portal returned HTTP %ld%s%s",
			  login->context->profile, page->status, message ? ": " : " and no credentials",
			  message ? text_brief(secrets_mask(span_of(message), &masked).at, 200).text : "");
	else
		result = credentials_read_json(keys, &names, "IAM Identity Center", 0, session, error);
	buffer_deinit(&masked);
	json_decref(answer);
	return result;
}

static enum credentials_result request_credentials(struct login *login, struct sync_client *client,
						   struct session **session, struct error *error)
{
	struct sync_page page = {.method = "GET",
				 .headers = {{"x-amz-sso_bearer_token", cached(login, "accessToken")}}};
	enum credentials_result result = CREDENTIALS_BROKEN;
	struct buffer path = {0};
	char url[URL_SIZE];

	buffer_text(&path, "federation/credentials?role_name=");
	sigv4_encode(&path, span_of(login->role), false);
	buffer_text(&path, "&account_id=");
	sigv4_encode(&path, span_of(login->account), false);
	if (path.failed) {
		error_out_of_memory(error);
	} else if (service_url(login, &service_sso, path.at, url, error)) {
		page.url = url;
		if (fetch(login, client, &page))
			result = read_answer(login, &page, session, error);
		else
			error_set(error, ERROR_CREDENTIALS, "profile %s: the portal does not respond: %s",
				  login->context->profile, page.problem);
	}
	buffer_deinit(&path);
	sync_page_deinit(&page);
	return result;
}

static enum credentials_result log_in(struct login *login, struct session **session, struct error *error)
{
	enum credentials_result result = CREDENTIALS_BROKEN;
	struct sync_client *client;

	if (!read_profile(login, error) || !find_file(login, error) || !read_login(login, error))
		return CREDENTIALS_BROKEN;
	client = sync_client_open(login->context->config, login->context->log, 0, 1, error);
	if (client && ensure_login(login, client, error))
		result = request_credentials(login, client, session, error);
	sync_client_close(client);
	return result;
}

/* A profile with only a part of the settings is an error, not a reason to try other sources. */
static bool is_meant(const struct credentials_context *context)
{
	static const char *const keys[] = {"sso_session", "sso_start_url", "sso_account_id", "sso_role_name"};

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (credentials_setting(context, keys[i]))
			return true;
	return false;
}

static enum credentials_result find(struct credentials_context *context, struct session **session,
				    struct error *error)
{
	struct login login = {.context = context, .session = credentials_setting(context, "sso_session")};
	enum credentials_result result;

	if (!is_meant(context)) {
		error_set(error, ERROR_CREDENTIALS, "no sso_session in the profile %s", context->profile);
		return CREDENTIALS_ABSENT;
	}
	result = log_in(&login, session, error);
	json_decref(login.cached);
	text_print(context->where, sizeof context->where, "profile %s, role %s", context->profile,
		   login.role ? login.role : "");
	return result;
}

const struct credentials_source credentials_identity_center = {"IAM Identity Center", SOURCE_OF_PROFILE, find};
