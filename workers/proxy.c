#include "workers/proxy.h"

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

static bool contains(struct span text, const char *words)
{
	size_t length = strlen(words);

	for (; text.length >= length; text.at++, text.length--)
		if (strncasecmp(text.at, words, length) == 0)
			return true;
	return false;
}

/* tests/workers/test_proxy.c says whose words these are. */
bool proxy_finds_no_address(struct span response, const char **wording)
{
	static const char *const wordings[] = {
		"ERR_DNS_FAIL",
		"unable to determine IP address",
		"dns_error",
		"dns_unresolved_hostname",
		"dns_resolution_failure",
		"DNS resolution fail",
		"DNS lookup fail",
		"NXDOMAIN",
		"not resolve",
		"n't resolve",
		"cannot resolve",
		"unable to resolve",
		"failed to resolve",
		"name or service not known",
		"nodename nor servname",
		"no such host",
		"no such domain",
		"unknown host",
		"host not found",
		"ENOTFOUND",
	};

	for (size_t i = 0; i < sizeof wordings / sizeof wordings[0]; i++) {
		if (contains(response, wordings[i])) {
			*wording = wordings[i];
			return true;
		}
	}
	return false;
}
