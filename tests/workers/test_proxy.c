/*
 * The names of proxies, and their error responses for a host without an address.
 */
#include "workers/proxy.h"

#include "tests/unit.h"

#define HOST "neptune-graph.us-east-1.amazonaws.com"
#define SQUID "HTTP/1.1 503 Service Unavailable\r\nServer: squid/5.7\r\nX-Squid-Error: ERR_DNS_FAIL 0\r\n"
#define SQUID_PAGE                                                                                             \
	"<p><b>Unable to determine IP address from host name <q>" HOST "</q></b></p>\n<p>The DNS server "      \
	"returned:</p>\n<pre>"

/* The error pages of proxies for a name that does not exist, and for other failures. */
static const struct {
	long status;
	const char *head, *page;
	bool denies;
} responses[] = {
	/* Squid: errors/templates/ERR_DNS_FAIL, with the texts of rfc1035Strerror for codes 3, 2 and 5 */
	{503, SQUID, SQUID_PAGE "Name Error: The domain name does not exist.</pre>", true},
	{503, SQUID, SQUID_PAGE "Server Failure: The name server was unable to process this query.</pre>",
	 false},
	{503, SQUID, SQUID_PAGE "Refused: The name server refuses to perform the operation.</pre>", false},
	{503, SQUID, SQUID_PAGE "Timeout</pre>", false},
	/* Squid's page for CONNECT is not available, and may have any of these causes. */
	{503, SQUID, "", false},
	/*
	 * RFC 9209 (Proxy-Status), 2.3.2; destination_not_found (2.3.4) concerns the gateway's configuration
	 */
	{502, "HTTP/1.1 502 Bad Gateway\r\nProxy-Status: p.example; error=dns_error; rcode=\"NXDOMAIN\"\r\n",
	 "", true},
	{502, "HTTP/1.1 502 Bad Gateway\r\nProxy-Status: p; error=dns_error; rcode=\"SERVFAIL\"\r\n", "",
	 false},
	{502, "HTTP/1.1 502 Bad Gateway\r\nProxy-Status: p; error=dns_error\r\n", "", false},
	{504, "HTTP/1.1 504 Gateway Timeout\r\nProxy-Status: p; error=dns_timeout\r\n", "", false},
	{500, "HTTP/1.1 500 No\r\nProxy-Status: p; error=destination_not_found\r\n", "", false},
	{502, "HTTP/1.1 502 Bad Gateway\r\nX-Cache: p; error=dns_error; rcode=\"NXDOMAIN\"\r\n", "", false},
	/* ProxySG: exceptions dns_unresolved_hostname and dns_server_failure */
	{503, "HTTP/1.1 503 No\r\n", "<p>Your requested host \"" HOST "\" could not be resolved by DNS.</p>",
	 true},
	{503, "HTTP/1.1 503 No\r\n", "<p>Your requested host could not be resolved by DNS.</p>", false},
	{503, "HTTP/1.1 503 No\r\n", "Your request for " HOST " could not be resolved by DNS: server failure",
	 false},
	/* Forefront, ISA: WSAHOST_NOT_FOUND, WSATRY_AGAIN */
	{502, "HTTP/1.1 502 Proxy Error\r\n", "http://" HOST "/graphs: Host was not found. (11001)", true},
	{502, "HTTP/1.1 502 Proxy Error\r\n", "Host was not found. (11001)", false},
	{502, "HTTP/1.1 502 Proxy Error\r\n", "http://" HOST "/graphs: Host was not found. (11002)", false},
	/* Go (net.DNSError), Node.js, glibc (EAI_NONAME, EAI_AGAIN), BSD */
	{503, "HTTP/1.1 503 No\r\nX-Error: lookup " HOST " on 10.0.0.2:53: no such host\r\n", "", true},
	{503, "HTTP/1.1 503 No\r\nX-Error: lookup " HOST " on 10.0.0.2:53: server misbehaving\r\n", "", false},
	{502, "HTTP/1.1 502 No\r\n", "getaddrinfo ENOTFOUND " HOST, true},
	{502, "HTTP/1.1 502 No\r\n", "getaddrinfo EAI_AGAIN " HOST, false},
	{502, "HTTP/1.1 502 " HOST ": Name or service not known\r\n", "", true},
	{502, "HTTP/1.1 502 [Errno -2] Name or service not known\r\n", "", false},
	{502, "HTTP/1.1 502 Could not resolve host: Temporary failure in name resolution\r\n", "", false},
	{502, "HTTP/1.1 502 " HOST ": nodename nor servname provided, or not known\r\n", "", true},
	/* Any failure of the resolver: curl, Apache, Envoy, Privoxy */
	{504, "HTTP/1.0 504 Could not resolve host " HOST "\r\n", "", false},
	{502, "HTTP/1.1 502 Proxy Error\r\n", "DNS lookup failure for: " HOST, false},
	{503, "HTTP/1.1 503 No\r\n", "upstream connect error: " HOST " dns_resolution_failure", false},
	{404, "HTTP/1.1 404 No such domain\r\nProxy-Agent: Privoxy 3.0.34\r\n", HOST, false},
	/* Another name, or none */
	{502, "HTTP/1.1 502 parent proxy: no such host\r\n", "", false},
	{502, "HTTP/1.1 502 No\r\nX-Error: lookup p.example: no such host\r\n", "<p>" HOST "</p>", false},
	{502, "HTTP/1.1 502 No\r\n", "lookup my-" HOST ": no such host", false},
	{502, "HTTP/1.1 502 No\r\n", "lookup a." HOST ": no such host", false},
	{502, "HTTP/1.1 502 No\r\n", "lookup " HOST ".example: no such host", false},
	{502, "HTTP/1.1 502 No\r\n", "lookup " HOST ".: no such host", true},
	/* Statuses about the client, and successes */
	{407, "HTTP/1.1 407 No\r\nX-Info: auth backend host not found\r\n", "lookup " HOST ": no such host",
	 false},
	{403, "HTTP/1.1 403 No\r\n", "lookup " HOST ": no such host", false},
	{401, "HTTP/1.1 401 No\r\n", "lookup " HOST ": no such host", false},
	{429, "HTTP/1.1 429 No\r\n", "lookup " HOST ": no such host", false},
	{404, "HTTP/1.1 404 No\r\n", "lookup " HOST ": no such host", false},
	{200, "HTTP/1.1 200 OK\r\n", "lookup " HOST ": no such host", false},
	/* The connection's timeout parameter is not a failure of the resolver. */
	{502, "HTTP/1.1 502 No\r\nKeep-Alive: timeout=5\r\n", "lookup " HOST ": no such host", true},
	/* Unrelated */
	{403, "HTTP/1.1 403 Forbidden\r\n",
	 "Access Denied by policy. If you cannot resolve this problem, call.", false},
	{503, "HTTP/1.1 503 No\r\n", "Service overloaded. If we are unable to resolve the problem, call.",
	 false},
	{503, "HTTP/1.1 503 Service Unavailable\r\nX-Squid-Error: ERR_CONNECT_FAIL 110\r\n", "", false},
	{502, "", "", false},
};

static void test_names_that_do_not_exist(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof responses / sizeof responses[0]; i++)
		if (proxy_denies_name(responses[i].status, span_of(responses[i].head),
				      span_of(responses[i].page), HOST) != responses[i].denies)
			fail_msg("%ld %s%s", responses[i].status, responses[i].head, responses[i].page);
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
		{NULL, "HTTP_PROXY", "http://proxy:1", "http://a/",
		 NULL}, /* the variable of a CGI header, not a setting */
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
		cmocka_unit_test(test_names_that_do_not_exist),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
