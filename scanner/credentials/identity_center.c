/*
 * IAM Identity Center: the login that `aws sso login` left in ~/.aws/sso/cache, renewed where it can be, then
 * keys of the profile's account and role from the portal. Both forms of a profile: one that names an
 * [sso-session], and the older one that holds the start page itself, whose logins cannot be renewed.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "scanner/aws/endpoint.h"
#include "scanner/aws/sigv4.h"
#include "scanner/credentials/sources.h"

enum { RENEW_BEFORE = 900 /* seconds; botocore's */, PATH_SIZE = 700, URL_SIZE = 1200 };

/* What the profile says. Texts belong to the context. */
struct login {
	struct credentials_context *context;
	const char *session, *start_url, *region, *account, *role;
	char path[PATH_SIZE]; /* of the login in the cache */
	char command[200];    /* that makes a new one */
	json_t *cached;
	int64_t expires;
};

/* ---- the profile ---- */

static const char *session_setting(const struct login *login, const char *key)
{
	return arena_copy_span(login->context->arena, profiles_value(login->context->profiles,
								     PROFILE_SSO_SESSION, login->session, key));
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
				 context->profile, login->session, context->profiles->settings_path,
				 login->session);
	missing = !login->start_url ? "sso_start_url"
		  : !login->region  ? "sso_region"
		  : !login->account ? "sso_account_id"
		  : !login->role    ? "sso_role_name"
				    : NULL;
	return !missing ||
	       error_set(error, ERROR_CREDENTIALS, "profile %s uses IAM Identity Center, but lacks %s",
			 context->profile, missing);
}

/* The login's file is named by the SHA-1 of the session's name, or of the start page. */
static bool find_file(struct login *login, struct error *error)
{
	const char *name = login->session ? login->session : login->start_url;
	const char *home = credentials_variable("HOME");
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int length = 0;
	char hex[2 * EVP_MAX_MD_SIZE + 1] = "";

	if (!EVP_Digest(name, strlen(name), digest, &length, EVP_sha1(), NULL))
		return error_out_of_memory(error);
	for (unsigned int i = 0; i < length; i++)
		snprintf(hex + (size_t)i * 2, 3, "%02x", digest[i]);
	snprintf(login->path, sizeof login->path, "%s/.aws/sso/cache/%s.json", home ? home : "", hex);
	if (login->session)
		snprintf(login->command, sizeof login->command, "aws sso login --sso-session %.150s",
			 login->session);
	else
		snprintf(login->command, sizeof login->command, "aws sso login --profile %.150s",
			 login->context->profile);
	return true;
}

/* ---- the login ---- */

static const char *cached(const struct login *login, const char *key)
{
	const char *text = json_string_value(json_object_get(login->cached, key));

	return text && *text ? text : NULL;
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
	if (access(login->path, R_OK) != 0)
		return error_set(error, ERROR_CREDENTIALS, "profile %s: nobody is logged in (no %s): run `%s`",
				 login->context->profile, login->path, login->command);
	credentials_warn_of_readers(login->context, login->path);
	login->cached = json_load_file(login->path, 0, NULL);
	if (!cached(login, "accessToken") || !parse_time(cached(login, "expiresAt"), &login->expires))
		return error_set(error, ERROR_CREDENTIALS,
				 "profile %s: %s holds no accessToken with expiresAt: run `%s`",
				 login->context->profile, login->path, login->command);
	return true;
}

/* Beside the old one, then in its place, so that nobody ever finds a half. */
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
		 "the renewed login cannot be kept in %s (%s): others will have to renew it again", login->path,
		 strerror(errno));
}

static bool take_new_login(struct login *login, const struct asked_page *page)
{
	json_t *answer = asked_page_json(page);
	const char *token = json_string_value(json_object_get(answer, "accessToken"));
	json_int_t seconds = json_integer_value(json_object_get(answer, "expiresIn"));
	json_t *next = json_object_get(answer, "refreshToken");
	char when[CLOCK_ISO_SIZE];
	bool good = page->status == 200 && token && *token && seconds > 0;

	if (good) {
		login->expires = clock_wall_seconds() + seconds;
		clock_format_iso(login->expires, when);
		json_object_set(login->cached, "accessToken", json_object_get(answer, "accessToken"));
		json_object_set_new(login->cached, "expiresAt", json_string(when));
		if (json_is_string(next))
			json_object_set(login->cached, "refreshToken", next);
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

/* Only a login of an [sso-session] can be renewed, and only while the client's registration lasts. */
static bool renew(struct login *login, struct asker *asker)
{
	struct asked_page page = {.method = "POST", .headers = {{"Content-Type", "application/json"}}};
	char url[URL_SIZE], *body = NULL;
	int64_t registered_until;
	json_t *question;
	bool good = false;

	if (!login->session || !cached(login, "refreshToken") || !cached(login, "clientId") ||
	    !cached(login, "clientSecret") ||
	    (parse_time(cached(login, "registrationExpiresAt"), &registered_until) &&
	     registered_until <= clock_wall_seconds()))
		return false;
	question = json_pack("{s:s,s:s,s:s,s:s}", "clientId", cached(login, "clientId"), "clientSecret",
			     cached(login, "clientSecret"), "grantType", "refresh_token", "refreshToken",
			     cached(login, "refreshToken"));
	body = question ? json_dumps(question, JSON_COMPACT) : NULL;
	json_decref(question);
	if (body && service_url(login, &service_sso_oidc, "token", url, NULL)) {
		page.url = url;
		page.body = span_of(body);
		good = asker_fetch(asker, &page) && take_new_login(login, &page);
	}
	if (good)
		write_login(login);
	if (body)
		explicit_bzero(body, strlen(body));
	free(body);
	asked_page_free(&page);
	return good;
}

/* A login near its end is renewed; if it cannot be, it serves until then. */
static bool keep_login(struct login *login, struct asker *asker, struct error *error)
{
	int64_t now = clock_wall_seconds();
	char when[CLOCK_ISO_SIZE];

	if (login->expires - now > RENEW_BEFORE || renew(login, asker) || login->expires > now)
		return true;
	clock_format_iso(login->expires, when);
	return error_set(error, ERROR_CREDENTIALS, "profile %s: the login has expired at %s: run `%s`",
			 login->context->profile, when, login->command);
}

/* ---- the portal ---- */

static enum credentials_result read_answer(const struct login *login, const struct asked_page *page,
					   struct session **session, struct error *error)
{
	static const struct key_names names = {"accessKeyId", "secretAccessKey", "sessionToken", "expiration",
					       true};
	json_t *answer = asked_page_json(page);
	const json_t *keys = json_object_get(answer, "roleCredentials");
	const char *message = json_string_value(json_object_get(answer, "message"));
	enum credentials_result result = CREDENTIALS_BROKEN;

	if (page->status == 401)
		error_set(error, ERROR_CREDENTIALS,
			  "profile %s: the portal does not know the login any more: run `%s`",
			  login->context->profile, login->command);
	else if (page->status == 403)
		error_set(error, ERROR_CREDENTIALS,
			  "profile %s: who is logged in may not use the role %s in account %s: ask whoever "
			  "assigns "
			  "permission sets",
			  login->context->profile, login->role, login->account);
	else if (page->status != 200 || !json_is_object(keys))
		error_set(error, ERROR_CREDENTIALS, "profile %s: the portal answered HTTP %ld%s%.200s",
			  login->context->profile, page->status, message ? ": " : " and no keys",
			  message ? message : "");
	else
		result = credentials_read_json(keys, &names, "IAM Identity Center", 0, session, error);
	json_decref(answer);
	return result;
}

static enum credentials_result ask_portal(struct login *login, struct asker *asker, struct session **session,
					  struct error *error)
{
	struct asked_page page = {.method = "GET",
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
		if (asker_fetch(asker, &page))
			result = read_answer(login, &page, session, error);
		else
			error_set(error, ERROR_CREDENTIALS, "profile %s: the portal does not answer: %s",
				  login->context->profile, page.problem);
	}
	buffer_free(&path);
	asked_page_free(&page);
	return result;
}

static enum credentials_result log_in(struct login *login, struct session **session, struct error *error)
{
	enum credentials_result result = CREDENTIALS_BROKEN;
	struct asker *asker;

	if (!read_profile(login, error) || !find_file(login, error) || !read_login(login, error))
		return CREDENTIALS_BROKEN;
	asker = asker_open(login->context->config, login->context->log, 0, 1, error);
	if (asker && keep_login(login, asker, error))
		result = ask_portal(login, asker, session, error);
	asker_close(asker);
	return result;
}

static enum credentials_result find(struct credentials_context *context, struct session **session,
				    struct error *error)
{
	struct login login = {.context = context, .session = credentials_setting(context, "sso_session")};
	enum credentials_result result;

	if (!login.session && !credentials_setting(context, "sso_start_url")) {
		error_set(error, ERROR_CREDENTIALS, "no sso_session in the profile %s", context->profile);
		return CREDENTIALS_ABSENT;
	}
	result = log_in(&login, session, error);
	json_decref(login.cached);
	snprintf(context->where, sizeof context->where, "profile %.90s, role %.90s", context->profile,
		 login.role ? login.role : "");
	return result;
}

const struct credentials_source credentials_identity_center = {"IAM Identity Center", SOURCE_OF_PROFILE, find};
