/* What proxies are called, and how they say that a host has no address. */
#include "workers/proxy.h"

#include "tests/unit.h"

/* One line for each wording, and whose it is. */
static const struct {
	const char *response;
	bool finds_none;
} responses[] = {
	/* Squid: X-Squid-Error, and the text of errors/templates/ERR_DNS_FAIL */
	{"HTTP/1.1 503 Service Unavailable\r\nServer: squid/5.7\r\nX-Squid-Error: ERR_DNS_FAIL 0\r\n", true},
	{"<p>Unable to determine IP address from host name <q>a.example</q></p>", true},
	/* RFC 9209 (Proxy-Status), 2.3.2 */
	{"HTTP/1.1 502 Bad Gateway\r\nProxy-Status: p.example; error=dns_error; rcode=\"NXDOMAIN\"\r\n", true},
	/* Privoxy: the status line of its template no-such-domain */
	{"HTTP/1.1 404 No such domain\r\nProxy-Agent: Privoxy 3.0.34\r\n", true},
	/* Apache mod_proxy: its error page */
	{"<p>The proxy server could not handle the request<p>Reason: <strong>DNS lookup failure for: "
	 "a</strong>",
	 true},
	/* Symantec ProxySG: exception id dns_unresolved_hostname */
	{"HTTP/1.1 503 Service Unavailable\r\nX-Exception: dns_unresolved_hostname\r\n", true},
	/* Envoy: the response flag's details */
	{"upstream connect error: dns_resolution_failure", true},
	/* glibc and BSD (EAI_NONAME), Go (net.DNSError), Java (UnknownHostException), Node.js (dns.NOTFOUND),
	   curl */
	{"HTTP/1.1 502 [Errno -2] Name or service not known\r\n", true},
	{"HTTP/1.1 502 nodename nor servname provided, or not known\r\n", true},
	{"X-Error: lookup a.example: no such host\r\n", true},
	{"HTTP/1.1 502 Unknown Host\r\n", true},
	{"getaddrinfo ENOTFOUND a.example", true},
	{"HTTP/1.0 504 Could not resolve host\r\n", true},
	{"HTTP/1.1 502 Bad Gateway (cannot resolve a.example)\r\n", true},
	/* Nothing of the kind. */
	{"HTTP/1.1 503 Service Unavailable\r\nX-Squid-Error: ERR_CONNECT_FAIL 110\r\n", false},
	{"HTTP/1.1 403 Forbidden\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\n", false},
	{"HTTP/1.1 502 Bad Gateway\r\nProxy-Status: p; error=connection_timeout\r\n", false},
	{"HTTP/1.1 200 Connection established\r\n", false},
	{"", false},
};

static void test_wordings(void **state)
{
	const char *wording;

	(void)state;
	for (size_t i = 0; i < sizeof responses / sizeof responses[0]; i++)
		if (proxy_finds_no_address(span_of(responses[i].response), &wording) != responses[i].finds_none)
			fail_msg("%s", responses[i].response);
}

static void test_names(void **state)
{
	static const struct {
		const char *configured, *variable, *value, *url, *name; /* NULL: none */
	} cases[] = {
		{"http://me:s3cret@proxy.example:3128/", NULL, NULL, "https://a/", "proxy.example:3128"},
		{"proxy.example:3128", NULL, NULL, "http://a/", "proxy.example:3128"},
		{"http://a:b@c@proxy:1", "HTTPS_PROXY", "http://other:2", "https://a/", "proxy:1"},
		{NULL, "HTTPS_PROXY", "http://me:s3cret@proxy:1", "https://a/", "proxy:1"},
		{"", "https_proxy", "proxy:1", "https://a/", "proxy:1"},
		{NULL, "HTTPS_PROXY", "http://proxy:1", "http://a/", NULL},
		{NULL, "http_proxy", "http://proxy:1", "http://a/", "proxy:1"},
		{NULL, "HTTP_PROXY", "http://proxy:1", "http://a/", NULL}, /* a CGI's header, not a setting */
		{NULL, "ALL_PROXY", "socks5://proxy:1", "https://a/", "proxy:1"},
		{NULL, "HTTPS_PROXY", "", "https://a/", NULL},
		{NULL, NULL, NULL, "https://a/", NULL},
	};
	static const char *const variables[] = {"http_proxy", "https_proxy", "HTTPS_PROXY",
						"HTTP_PROXY", "all_proxy",   "ALL_PROXY"};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char name[PROXY_NAME_SIZE] = "";

		for (size_t j = 0; j < sizeof variables / sizeof variables[0]; j++)
			unsetenv(variables[j]);
		if (cases[i].variable)
			setenv(cases[i].variable, cases[i].value, 1);
		assert_int_equal(proxy_name(cases[i].configured, cases[i].url, name), cases[i].name != NULL);
		if (cases[i].name)
			assert_string_equal(name, cases[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wordings),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
