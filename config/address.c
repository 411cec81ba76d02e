#include "config/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const char no_memory[] = "out of memory";

/* ---- checks before libcurl ---- */

static bool is_plain(const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		if (*c <= ' ' || *c == 0x7f)
			return false;
	return true;
}

/* libcurl also accepts one slash or three. */
static bool has_two_slashes(const char *text)
{
	const char *slashes = strstr(text, "://");

	return slashes && slashes[3] != '/';
}

/* A proxy's scheme is optional, but "://" without a scheme is an error. */
static bool begins_well(enum address_kind kind, const char *text)
{
	return (kind == ADDRESS_PROXY && !strstr(text, ":/")) || has_two_slashes(text);
}

/* ---- parts ---- */

/* Copies the part, or an empty text, to `part`. NULL, or the problem. */
static const char *take(CURLU *parsed, CURLUPart which, unsigned int flags, char *part, size_t size)
{
	char *text = NULL;
	CURLUcode code = curl_url_get(parsed, which, &text, flags);
	bool fits = text_copy(part, size, span_of(code == CURLUE_OK ? text : ""));

	curl_free(text);
	return code == CURLUE_OUT_OF_MEMORY ? no_memory : fits ? NULL : "it is too long";
}

/* True also without memory, so that the caller does not take the part as missing. */
static bool has(CURLU *parsed, CURLUPart which)
{
	char *text = NULL;
	CURLUcode code = curl_url_get(parsed, which, &text, 0);

	curl_free(text);
	return code == CURLUE_OK || code == CURLUE_OUT_OF_MEMORY;
}

static bool is_scheme(enum address_kind kind, const char *scheme)
{
	static const char *const proxies[] = {"http", "https", "socks4", "socks4a", "socks5", "socks5h", NULL};
	size_t count = kind == ADDRESS_PROXY ? 6 : 2;

	for (size_t i = 0; i < count; i++)
		if (strcmp(scheme, proxies[i]) == 0)
			return true;
	return false;
}

static bool is_escape(const char *text)
{
	return *text == '%' && isxdigit((unsigned char)text[1]) && isxdigit((unsigned char)text[2]);
}

static bool is_path(const char *path)
{
	static const char extra[] = "/-._~!$&'()*+,;=:@";

	for (const char *c = path; *c; c++) {
		if (is_escape(c))
			c += 2;
		else if (!isalnum((unsigned char)*c) && !strchr(extra, *c))
			return false;
	}
	return true;
}

static bool is_host(const char *host)
{
	for (const char *c = host; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-._[]:", *c))
			return false;
	return true;
}

/* True: two hex digits follow each %; libcurl would pass on anything else unchanged. */
static bool has_whole_escapes(const char *text)
{
	while ((text = strchr(text, '%')) && is_escape(text))
		text++;
	return !text;
}

/*
 * libcurl decodes user and password when it connects, and refuses control characters then. NULL, or the
 * problem.
 */
static const char *check_login_part(CURLU *parsed, CURLUPart part)
{
	char *text = NULL, *decoded = NULL;
	const char *wrong = NULL;

	if (!has(parsed, part))
		return NULL;
	if (curl_url_get(parsed, part, &text, 0) != CURLUE_OK)
		wrong = no_memory;
	else if (!has_whole_escapes(text))
		wrong = "its user or password holds a % that is not followed by two hexadecimal digits (a % "
			"itself "
			"is %25)";
	else if (curl_url_get(parsed, part, &decoded, CURLU_URLDECODE) != CURLUE_OK)
		wrong = "its user or password holds a control character";
	curl_free(text);
	curl_free(decoded);
	return wrong;
}

/* ---- addresses ---- */

static const char *check_login(const struct address *address, enum address_kind kind, CURLU *parsed)
{
	const char *wrong;

	if (kind != ADDRESS_PROXY && address->has_user)
		return "a user or a password stands before the host, and none may";
	wrong = check_login_part(parsed, CURLUPART_USER);
	return wrong ? wrong : check_login_part(parsed, CURLUPART_PASSWORD);
}

struct parts {
	char scheme[16], port[8], path[ADDRESS_SIZE];
};

static const char *take_parts(struct parts *parts, struct address *address, CURLU *parsed)
{
	const char *wrong = take(parsed, CURLUPART_SCHEME, 0, parts->scheme, sizeof parts->scheme);

	if (!wrong)
		wrong = take(parsed, CURLUPART_HOST, 0, address->host, sizeof address->host);
	if (!wrong)
		wrong = take(parsed, CURLUPART_PORT, 0, parts->port, sizeof parts->port);
	if (!wrong)
		wrong = take(parsed, CURLUPART_PATH, 0, parts->path, sizeof parts->path);
	for (char *c = address->host; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return wrong;
}

static const char *check_parts(const struct parts *parts, const struct address *address, enum address_kind kind,
			       CURLU *parsed)
{
	if (!is_scheme(kind, parts->scheme))
		return kind == ADDRESS_PROXY ? "its scheme is none of a proxy"
					     : "its scheme is neither http nor https";
	if (!is_host(address->host) || has(parsed, CURLUPART_ZONEID))
		return "its host is no name and no IP address";
	if (strcmp(parts->port, "0") == 0)
		return "port 0 is none";
	/* Also rejects a password with an unescaped slash, which would make a part of it the host. */
	if (kind == ADDRESS_PROXY && *parts->path && strcmp(parts->path, "/") != 0)
		return "a path stands behind its host, and none may (a / in a user or password is %2F)";
	if (!is_path(parts->path))
		return "its path holds a character that a path cannot hold as it is";
	if (has(parsed, CURLUPART_FRAGMENT) || (kind != ADDRESS_PAGE && has(parsed, CURLUPART_QUERY)))
		return "something stands behind its path";
	return check_login(address, kind, parsed);
}

static void describe(struct address *address, const struct parts *parts)
{
	bool is_usual = strcmp(parts->scheme, "http") == 0;

	snprintf(address->shown, sizeof address->shown, "%s%s%s%s%s", is_usual ? "" : parts->scheme,
		 is_usual ? "" : "://", address->host, *parts->port ? ":" : "", parts->port);
}

static const char *write_url(struct address *address, const struct parts *parts, CURLU *parsed)
{
	const char *wrong;
	size_t length;

	if (curl_url_set(parsed, CURLUPART_HOST, address->host, 0) != CURLUE_OK)
		return no_memory;
	wrong = take(parsed, CURLUPART_URL, CURLU_NO_DEFAULT_PORT, address->url, sizeof address->url);
	length = strlen(address->url);
	if (strcmp(parts->path, "/") == 0 && !has(parsed, CURLUPART_QUERY) && length > 0 &&
	    address->url[length - 1] == '/')
		address->url[length - 1] = '\0';
	return wrong;
}

/* A proxy's address goes to libcurl unchanged, with its password. */
static const char *read_parsed(struct address *address, enum address_kind kind, CURLU *parsed)
{
	struct parts parts;
	const char *wrong = take_parts(&parts, address, parsed);

	if (wrong)
		return wrong;
	address->is_tls = strcmp(parts.scheme, "https") == 0;
	address->has_user = has(parsed, CURLUPART_USER) || has(parsed, CURLUPART_PASSWORD);
	describe(address, &parts);
	wrong = check_parts(&parts, address, kind, parsed);
	return wrong || kind == ADDRESS_PROXY ? wrong : write_url(address, &parts, parsed);
}

const char *address_parse(struct address *address, enum address_kind kind, const char *text)
{
	CURLU *parsed;
	CURLUcode code;
	const char *wrong;

	*address = (struct address){0};
	if (!is_plain(text))
		return "it holds a blank or a control character";
	if (!begins_well(kind, text))
		return kind == ADDRESS_PROXY ? "its scheme is not followed by // and a host"
					     : "it does not begin with http:// or https:// and a host";
	parsed = curl_url();
	if (!parsed)
		return no_memory;
	code = curl_url_set(parsed, CURLUPART_URL, text,
			    kind == ADDRESS_PROXY ? CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME : 0);
	wrong = code == CURLUE_OK ? read_parsed(address, kind, parsed) : curl_url_strerror(code);
	curl_url_cleanup(parsed);
	return wrong;
}

const char *address_show(const char *text, char *shown, size_t size)
{
	const char *at = strrchr(text, '@');
	size_t scheme = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

	if (at)
		snprintf(shown, size, "%.*s(hidden)%s",
			 strncmp(text + scheme, "://", 3) == 0 ? (int)scheme + 3 : 0, text, at);
	else
		snprintf(shown, size, "%s", text);
	return shown;
}

/* ---- IP addresses ---- */

static int family_of(const char *ip, unsigned char bytes[static 16])
{
	if (inet_pton(AF_INET, ip, bytes) == 1)
		return AF_INET;
	return inet_pton(AF_INET6, ip, bytes) == 1 ? AF_INET6 : AF_UNSPEC;
}

static int family_of_host(const struct address *address, unsigned char bytes[static 16])
{
	char ip[sizeof address->host];
	struct span host = span_of(address->host);

	if (host.length > 2 && host.at[0] == '[')
		host = (struct span){host.at + 1, host.length - 2};
	text_copy(ip, sizeof ip, host);
	return family_of(ip, bytes);
}

bool address_is_ip(const struct address *address, const char *ip)
{
	unsigned char ours[16] = {0}, theirs[16] = {0};
	int family = family_of_host(address, ours);

	return family != AF_UNSPEC && family == family_of(ip, theirs) && memcmp(ours, theirs, sizeof ours) == 0;
}

bool address_is_loopback(const struct address *address)
{
	unsigned char bytes[16] = {0};

	return (family_of_host(address, bytes) == AF_INET && bytes[0] == 127) || address_is_ip(address, "::1");
}
