/*
 * address.c, no_proxy.c, home_path.c: settings and variables of the network.
 */
#include <pwd.h>
#include <unistd.h>

#include "config/address.h"
#include "config/home_path.h"
#include "config/no_proxy.h"
#include "tests/unit.h"

static const struct {
	enum address_kind kind;
	const char *text, *url, *host, *shown; /* url NULL: refused */
} addresses[] = {
	{ADDRESS_ENDPOINT, "http://127.0.0.1:5000", "http://127.0.0.1:5000", "127.0.0.1", "127.0.0.1:5000"},
	{ADDRESS_ENDPOINT, "https://vpce.example.com/", "https://vpce.example.com", "vpce.example.com",
	 "https://vpce.example.com"},
	{ADDRESS_ENDPOINT, "HTTPS://Example.COM:443/a/b/", "https://example.com/a/b/", "example.com", NULL},
	{ADDRESS_ENDPOINT, "http://h:080/a/../b/./c", "http://h/b/c", "h", NULL},
	{ADDRESS_ENDPOINT, "http://h/%7Euser/p@q:r", "http://h/%7Euser/p@q:r", "h", NULL},
	{ADDRESS_ENDPOINT, "http://127.1", "http://127.0.0.1", "127.0.0.1", NULL},
	{ADDRESS_ENDPOINT, "http://[FD00:0EC2::0023]:8080", "http://[fd00:ec2::23]:8080", "[fd00:ec2::23]",
	 NULL},
	{ADDRESS_ENDPOINT, "http://h:", "http://h", "h", NULL},
	/* A user and a password before the host, even empty ones. */
	{ADDRESS_ENDPOINT, "https://me:s3cret@h/", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "https://me@h/", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "https://:@h/", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "https://@h/", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "http://169.254.170.2:80@h/", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "http://127.0.0.1\\@h/", NULL, NULL, NULL},
	/* Invalid ports. */
	{ADDRESS_ENDPOINT, "http://h:0", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "http://h:65536", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "http://h:99999999999999999999", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "http://h:-1", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "http://h:+80", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "http://h:80x/", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "http://h:80:80", NULL, NULL, NULL},
	/* Invalid hosts. */
	{ADDRESS_ENDPOINT, "http://", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "http:///x", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "http:/h/x", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "http://:80/", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "http://[::1", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "http://[::1%25lo]/", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "http://ex%20ample/", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "http://m\xc3\xbcller/", NULL, NULL, NULL},
	/* Invalid characters in and after the path. */
	{ADDRESS_ENDPOINT, "http://h/a b", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "http://h/\xc3\xa4", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "http://h/a%2", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "http://h/<x>", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "http://h/a\\b", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "http://h/?x=1", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "http://h/#x", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "http://h/\r\nX: y", NULL, NULL, NULL},
	/* Other schemes, and none. */
	{ADDRESS_ENDPOINT, "ftp://h/", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "file:///etc/passwd", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "socks5://h:1080", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "h:80", NULL, NULL, NULL},
	{ADDRESS_ENDPOINT, "", NULL, NULL, NULL},
	{ADDRESS_PAGE, "http://localhost/get?x=1", "http://localhost/get?x=1", "localhost", NULL},
	{ADDRESS_PAGE, "http://localhost?x=1", "http://localhost/?x=1", "localhost", NULL},
	{ADDRESS_PAGE, "http://localhost/?x=/", "http://localhost/?x=/", "localhost", NULL},
	{ADDRESS_PAGE, "http://localhost/get#x", NULL, NULL, NULL},
	{ADDRESS_PROXY, "proxy.corp:3128", "", "proxy.corp", "proxy.corp:3128"},
	{ADDRESS_PROXY, "http://me:p%40ss@proxy.corp:3128/", "", "proxy.corp", "proxy.corp:3128"},
	{ADDRESS_PROXY, "http://proxy.corp:80/", "", "proxy.corp", "proxy.corp:80"},
	{ADDRESS_PROXY, "http://me:a%25b%2Fc@proxy.corp:3128", "", "proxy.corp", "proxy.corp:3128"},
	{ADDRESS_PROXY, "me:s3cret@proxy.corp:3128", "", "proxy.corp", "proxy.corp:3128"},
	{ADDRESS_PROXY, "socks5h://me:x@proxy.corp:1080", NULL, "proxy.corp", "socks5h://proxy.corp:1080"},
	{ADDRESS_PROXY, "https://proxy.corp", NULL, "proxy.corp", "https://proxy.corp"},
};

static const char *const bad_proxies[] = {
	"http://me:p@ss@proxy.corp:3128",
	"http://me:p/ss@proxy.corp:3128",
	"http://me:p#ss@proxy.corp:3128",
	"http://me:p@secretpart/w0rd@proxy.corp:3128",
	"http://me:p%zzs3cret@proxy.corp:3128",
	"http://m%e:s3cret@proxy.corp:3128",
	"http://me:s3cret%4@proxy.corp:3128",
	"http:/me:s3cret@proxy.corp:3128",
	"http:///me:s3cret@proxy.corp:3128",
	"http://me:s3cret@proxy.corp:3128/path",
	"http://proxy.corp:3128//",
	"proxy.corp:3128/path",
	"http://me:p ss@proxy.corp:3128",
	"http://me:p%0ass@proxy.corp:3128",
	"http://proxy.corp:port",
	"http://proxy.corp:0",
	"ftp://proxy.corp:21",
	"ftp.corp:3128",
	"http://me:s3cret",
	"gopher://me:x@proxy",
	"http://me:x@",
	"http://[proxy.corp]:3128",
};

static void test_addresses(void **state)
{
	struct address address;

	(void)state;
	for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
		const char *wrong = address_parse(&address, addresses[i].kind, addresses[i].text);

		if (!wrong != (addresses[i].host != NULL))
			fail_msg("\"%s\": %s", addresses[i].text, wrong ? wrong : "accepted");
		if (addresses[i].host)
			assert_string_equal(address.host, addresses[i].host);
		if (addresses[i].url)
			assert_string_equal(address.url, addresses[i].url);
		if (addresses[i].shown)
			assert_string_equal(address.shown, addresses[i].shown);
	}
}

/* A message contains no part of the address, because any part may be the password. */
static void test_bad_proxies(void **state)
{
	static const char *const parts[] = {"s3cret", "ss@", "corp", "me:"};
	struct address address;

	(void)state;
	for (size_t i = 0; i < sizeof bad_proxies / sizeof bad_proxies[0]; i++) {
		const char *wrong = address_parse(&address, ADDRESS_PROXY, bad_proxies[i]);

		if (!wrong)
			fail_msg("\"%s\" is accepted", bad_proxies[i]);
		for (size_t j = 0; wrong && j < sizeof parts / sizeof parts[0]; j++)
			assert_null(strstr(wrong, parts[j]));
	}
}

static void test_a_long_address(void **state)
{
	char text[3000] = "http://h/";
	struct address address;

	(void)state;
	memset(text + strlen(text), 'a', sizeof text - strlen(text) - 1);
	assert_non_null(address_parse(&address, ADDRESS_ENDPOINT, text));
	memset(text + 7, 'h', 300);
	assert_non_null(address_parse(&address, ADDRESS_ENDPOINT, text));
}

static void test_what_is_shown(void **state)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{"http://h:1/x", "http://h:1/x"},
		{"http://me:s3cret@h", "http://(hidden)@h"},
		{"me:s3cret@h", "(hidden)@h"},
		{"http://me:s3/cr@et@h", "http://(hidden)@h"},
		{"http:/me:s3cret@h", "(hidden)@h"},
		{"me:x://y@h", "(hidden)@h"},
		{"", ""},
	};
	char shown[100];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(address_show(cases[i].text, shown, sizeof shown), cases[i].shown);
}

static void test_ip_addresses(void **state)
{
	static const struct {
		const char *url;
		bool is_loopback;
	} cases[] = {
		{"http://127.0.0.1/", true},
		{"http://127.255.1.2:80/", true},
		{"http://[::1]/", true},
		{"http://[0:0::1]/", true},
		{"http://0x7f000001/", true},
		{"http://localhost/", false},
		{"http://127.0.0.1.example/", false},
		{"http://[::ffff:127.0.0.1]/", false},
		{"http://128.0.0.1/", false},
	};
	struct address address;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_null(address_parse(&address, ADDRESS_PAGE, cases[i].url));
		assert_int_equal(address_is_loopback(&address), cases[i].is_loopback);
	}
	assert_null(address_parse(&address, ADDRESS_PAGE, "http://[fd00:ec2:0::0:23]/"));
	assert_true(address_is_ip(&address, "fd00:ec2::23"));
	assert_false(address_is_ip(&address, "fd00:ec2::24"));
	assert_false(address_is_ip(&address, "169.254.170.2"));
}

/* ---- hosts that bypass the proxy ---- */

/* As measured with libcurl 7.88.1. */
static void test_hosts_without_a_proxy(void **state)
{
	static const struct {
		const char *list, *ignored;
	} cases[] = {
		{"*", ""},
		{"", ""},
		{"localhost,.example.com, example.org example.net.,10.0.0.1", ""},
		{"10.0.0.0/8,::1,fd00:ec2::23,a_b,1password.com", ""},
		{"*.example.com", "*.example.com"},
		{"a,*", "*"},
		{"a,*.b.c,,d:443, [::1]", "*.b.c, d:443, [::1]"},
		{"10.*,10.,10.1,10.0.0.1:80", "10.*, 10., 10.1, 10.0.0.1:80"},
		{"10.0.0.0/33,10.0.0.0/,10.0.0.0/8x,10.0.0.0/255.0.0.0",
		 "10.0.0.0/33, 10.0.0.0/, 10.0.0.0/8x, 10.0.0.0/255.0.0.0"},
		{"fd00::/8", "fd00::/8"},
		{"http://a,<local>,a;b,..a", "http://a, <local>, a;b, ..a"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buffer ignored = {0};

		no_proxy_find_ignored(cases[i].list, &ignored);
		assert_string_equal(ignored.at ? ignored.at : "", cases[i].ignored);
		buffer_deinit(&ignored);
	}
}

/* ---- paths ---- */

static const char *home = "/home/me";

static const char *environment(const char *name)
{
	if (strcmp(name, "HOME") == 0)
		return home;
	if (strcmp(name, "FOLDER") == 0)
		return "/srv/$HOME";
	return strcmp(name, "EMPTY") == 0 ? "" : NULL;
}

static void expect_path(const char *path, const char *expected)
{
	struct buffer expanded = {0};

	home_path_expand(&expanded, path, environment);
	assert_string_equal(expanded.at ? expanded.at : "", expected);
	buffer_deinit(&expanded);
}

static void test_paths(void **state)
{
	const struct passwd *root = getpwnam("root"), *me = getpwuid(getuid());
	char expected[600];

	(void)state;
	expect_path("", "");
	expect_path("/a/~/b", "/a/~/b");
	expect_path("~", "/home/me");
	expect_path("~/x", "/home/me/x");
	expect_path("$HOME/x", "/home/me/x");
	expect_path("${HOME}x", "/home/mex");
	expect_path("$HOMEx/${NOTHING}/$/${/$-", "$HOMEx/${NOTHING}/$/${/$-");
	expect_path("$FOLDER/x", "/srv/$HOME/x"); /* expanded only once */
	expect_path("a$EMPTY/b", "a/b");
	expect_path("~nobody-of-this-name/x", "~nobody-of-this-name/x");
	if (root) {
		snprintf(expected, sizeof expected, "%s/x", root->pw_dir);
		expect_path("~root/x", expected);
	}
	home = "/home/me/";
	expect_path("~/x", "/home/me/x");
	home = NULL; /* from the user database */
	if (me) {
		snprintf(expected, sizeof expected, "%s/.aws/config", me->pw_dir);
		expect_path("~/.aws/config", expected);
	}
	home = "/home/me";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),      cmocka_unit_test(test_bad_proxies),
		cmocka_unit_test(test_a_long_address), cmocka_unit_test(test_what_is_shown),
		cmocka_unit_test(test_ip_addresses),   cmocka_unit_test(test_hosts_without_a_proxy),
		cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
