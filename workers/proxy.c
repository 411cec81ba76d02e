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

enum { NEAR = 200 /* bytes between the host and what a page says of it */ };

/*
 * Each is what its software says of a name that does not exist, and of no other failure of its resolver. What
 * stands for any failure ("could not resolve host", "DNS lookup failure", "unable to determine IP address",
 * X-Squid-Error: ERR_DNS_FAIL, Privoxy's "No such domain") proves nothing. test_proxy.c has the sources.
 */
static const char *const wordings[] = {
	"The domain name does not exist", /* Squid, of a response code of 3 */
	"could not be resolved by DNS",   /* ProxySG: dns_server_failure is another page */
	"dns_unresolved_hostname",        /* the same by its id */
	"NXDOMAIN",
	"name or service not known", /* EAI_NONAME: glibc, */
	"nodename nor servname",     /* BSD */
	"no such host",              /* Go's DNSError.IsNotFound; Windows: "No such host is known" */
	"ENOTFOUND",                 /* Node.js */
	"(11001)",                   /* WSAHOST_NOT_FOUND: Forefront, ISA */
};

/* Beside one of these, it is not certain that the name was looked up to the end, or that it is the host's. */
static const char *const doubts[] = {"temporar", "timeout",   "timed out",   "try again",   "server failure",
				     "servfail", "EAI_AGAIN", "misbehaving", "parent proxy"};

/* Where the words begin, in any case; NULL: nowhere. */
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

static bool is_of_name(char byte)
{
	return isalnum((unsigned char)byte) || byte == '-' || byte == '_';
}

/* The very host, not one whose name begins or ends with the same. */
static bool names_host(struct span text, const char *host)
{
	const char *end = text.at + text.length, *at;

	while ((at = find(text, host))) {
		const char *after = at + strlen(host);
		bool begins = at == text.at || !(is_of_name(at[-1]) || at[-1] == '.');
		bool ends = after == end ||
			    !(is_of_name(*after) || (*after == '.' && after + 1 < end && is_of_name(after[1])));

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

static bool says_so(struct span text, const char *host)
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
 * 502, 503 and 504 are a gateway's; 500 is Forefront's. Those that speak of the client (401, 403, 407, 429), of
 * success or of another address never say it, whatever their words.
 */
static bool is_status_of_gateway(long status)
{
	return status == 500 || (status >= 502 && status <= 504);
}

bool proxy_denies_name(long status, struct span head, struct span page, const char *host)
{
	struct span line;
	bool denies = false;

	if (!is_status_of_gateway(status) || is_doubtful(page))
		return false;
	while (span_split(&head, '\n', &line)) {
		if (find(line, "Keep-Alive:") == line.at)
			continue; /* its timeout is the connection's */
		if (is_doubtful(line))
			return false;
		denies = denies || is_proxy_status(line) || says_so(line, host);
	}
	return denies || says_so(page, host);
}
