#include "workers/proxy.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

const char *proxy_setting(const char *configured, const char *url)
{
	static const char *const of_https[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};
	static const char *const of_http[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL};
	const char *const *variable = strncmp(url, "https:", 6) == 0 ? of_https : of_http;

	if (configured && *configured)
		return configured;
	for (; *variable; variable++) {
		const char *value = getenv(*variable);

		if (value && *value)
			return value;
	}
	return NULL;
}

bool proxy_name(const char *configured, const char *url, char name[static PROXY_NAME_SIZE])
{
	const char *proxy = proxy_setting(configured, url), *after;

	if (!proxy)
		return false;
	after = strstr(proxy, "://");
	proxy = after ? after + 3 : proxy;
	after = strrchr(proxy, '@');
	proxy = after ? after + 1 : proxy;
	text_copy(name, PROXY_NAME_SIZE, (struct span){proxy, strcspn(proxy, "/")});
	return true;
}

/* ---- a name that does not exist ---- */

enum { NEAR = 200 /* bytes between the wording and the host's name */ };

/*
 * Wordings that a proxy uses for a name that does not exist, and for no other failure of its resolver. Wordings
 * for any failure ("could not resolve host", "DNS lookup failure", "unable to determine IP address",
 * X-Squid-Error: ERR_DNS_FAIL, Privoxy's "No such domain") are no evidence. test_proxy.c names the sources.
 */
static const char *const wordings[] = {
	"The domain name does not exist", /* Squid, for the response code 3 */
	"could not be resolved by DNS",   /* ProxySG, whose page for dns_server_failure differs */
	"dns_unresolved_hostname",        /* ProxySG's id of that page */
	"NXDOMAIN",
	"name or service not known", /* EAI_NONAME of glibc */
	"nodename nor servname",     /* EAI_NONAME of BSD */
	"no such host",              /* Go's DNSError.IsNotFound; Windows: "No such host is known" */
	"ENOTFOUND",                 /* Node.js */
	"(11001)",                   /* WSAHOST_NOT_FOUND: Forefront, ISA */
};

/* Beside one of these wordings the lookup may have been incomplete, or for another name than the host's. */
static const char *const doubts[] = {"temporar", "timeout",   "timed out",   "try again",   "server failure",
				     "servfail", "EAI_AGAIN", "misbehaving", "parent proxy"};

/* Case-insensitive; NULL: not found. */
static const char *find(struct span text, const char *words)
{
	size_t length = strlen(words);

	for (; text.length >= length; text.at++, text.length--)
		if (strncasecmp(text.at, words, length) == 0)
			return text.at;
	return NULL;
}

static bool is_doubtful(struct span text)
{
	for (size_t i = 0; i < sizeof doubts / sizeof doubts[0]; i++)
		if (find(text, doubts[i]))
			return true;
	return false;
}

static bool is_name_byte(char byte)
{
	return isalnum((unsigned char)byte) || byte == '-' || byte == '_';
}

/* Whole names only, not a name that begins or ends with the host's. */
static bool names_host(struct span text, const char *host)
{
	const char *end = text.at + text.length, *at;

	while ((at = find(text, host))) {
		const char *after = at + strlen(host);
		bool begins = at == text.at || !(is_name_byte(at[-1]) || at[-1] == '.');
		bool ends = after == end || !(is_name_byte(*after) ||
					      (*after == '.' && after + 1 < end && is_name_byte(after[1])));

		if (begins && ends)
			return true;
		text = (struct span){after, (size_t)(end - after)};
	}
	return false;
}

static struct span around(struct span text, const char *at)
{
	const char *end = text.at + text.length;
	const char *from = at - text.at > NEAR ? at - NEAR : text.at;
	const char *to = end - at > NEAR ? at + NEAR : end;

	return (struct span){from, (size_t)(to - from)};
}

static bool denies_name(struct span text, const char *host)
{
	for (size_t i = 0; i < sizeof wordings / sizeof wordings[0]; i++) {
		const char *at = find(text, wordings[i]);

		if (at && names_host(around(text, at), host))
			return true;
	}
	return false;
}

/* Proxy-Status: NAME; error=dns_error; rcode="NXDOMAIN" (RFC 9209, section 2.3.2). */
static bool is_proxy_status(struct span line)
{
	static const char name[] = "Proxy-Status:";

	return line.length >= sizeof name && strncasecmp(line.at, name, sizeof name - 1) == 0 &&
	       find(line, "error=dns_error") && find(line, "rcode=\"NXDOMAIN\"");
}

/*
 * Gateways send 502, 503 and 504; Forefront sends 500. Statuses about the client (401, 403, 407, 429),
 * successes and redirects never mean that the name does not exist, whatever the wording.
 */
static bool is_gateway_status(long status)
{
	return status == 500 || (status >= 502 && status <= 504);
}

bool proxy_denies_name(long status, struct span headers, struct span body, const char *host)
{
	struct span line;
	bool denies = false;

	if (!is_gateway_status(status) || is_doubtful(body))
		return false;
	while (span_split(&headers, '\n', &line)) {
		if (find(line, "Keep-Alive:") == line.at)
			continue; /* its "timeout" parameter is no failure */
		if (is_doubtful(line))
			return false;
		denies = denies || is_proxy_status(line) || denies_name(line, host);
	}
	return denies || denies_name(body, host);
}
