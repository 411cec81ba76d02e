#include <jansson.h>

#include "config/partition.h"
#include "scanner/aws/endpoint.h"
#include "tests/unit.h"

static const struct {
	const struct service *service;
	const char *region, *url, *host, *signing_region;
} cases[] = {
	{&service_sts, "us-east-1", "https://sts.us-east-1.amazonaws.com/", "sts.us-east-1.amazonaws.com",
	 "us-east-1"},
	{&service_neptune, "eu-west-1", "https://rds.eu-west-1.amazonaws.com/", "rds.eu-west-1.amazonaws.com",
	 "eu-west-1"},
	{&service_neptune, "cn-north-1", "https://rds.cn-north-1.amazonaws.com.cn/",
	 "rds.cn-north-1.amazonaws.com.cn", "cn-north-1"},
	{&service_organizations, "eu-west-1", "https://organizations.us-east-1.amazonaws.com/",
	 "organizations.us-east-1.amazonaws.com", "us-east-1"},
	{&service_organizations, "us-gov-east-1", "https://organizations.us-gov-west-1.amazonaws.com/",
	 "organizations.us-gov-west-1.amazonaws.com", "us-gov-west-1"},
	{&service_organizations, "cn-north-1", "https://organizations.cn-northwest-1.amazonaws.com.cn/",
	 "organizations.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1"},
	{&service_ec2, "eusc-de-east-1", "https://ec2.eusc-de-east-1.amazonaws.eu/",
	 "ec2.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"},
};

static void test_partitions(void **state)
{
	const struct config config = {0};
	struct endpoint endpoint;
	struct error error;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_true(endpoint_resolve(&endpoint, &config, cases[i].service, cases[i].region, &error));
		assert_string_equal(endpoint.url, cases[i].url);
		assert_string_equal(endpoint.host, cases[i].host);
		assert_string_equal(endpoint.signing_region, cases[i].signing_region);
		assert_string_equal(endpoint.path, "/");
	}
	assert_false(endpoint_resolve(&endpoint, &config, &service_sts, "moon-1", &error));
}

static void test_custom(void **state)
{
	static const struct {
		const char *custom, *url, *host, *path;
	} urls[] = {
		{"http://127.0.0.1:5000", "http://127.0.0.1:5000/", "127.0.0.1:5000", "/"},
		{"http://127.0.0.1:5000/", "http://127.0.0.1:5000/", "127.0.0.1:5000", "/"},
		{"http://Example.COM:80", "http://Example.COM:80/", "example.com", "/"},
		{"https://example.com:443", "https://example.com:443/", "example.com", "/"},
		{"https://example.com:80/a/b/", "https://example.com:80/a/b/", "example.com:80", "/a/b/"},
	};
	struct endpoint endpoint;
	struct error error;

	(void)state;
	for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
		const struct config config = {.endpoint_url = urls[i].custom};

		assert_true(endpoint_resolve(&endpoint, &config, &service_neptune, "eu-west-1", &error));
		assert_string_equal(endpoint.url, urls[i].url);
		assert_string_equal(endpoint.host, urls[i].host);
		assert_string_equal(endpoint.path, urls[i].path);
		assert_string_equal(endpoint.signing_region, "eu-west-1"); /* stays the logical one */
	}
}

static void test_one_service_wins(void **state)
{
	const struct config config = {.endpoint_url = "http://all:1", .endpoint_url_sts = "http://sts:2"};
	struct endpoint endpoint;
	struct error error;

	(void)state;
	assert_true(endpoint_resolve(&endpoint, &config, &service_sts, "eu-west-1", &error));
	assert_string_equal(endpoint.host, "sts:2");
	assert_true(endpoint_resolve(&endpoint, &config, &service_ec2, "eu-west-1", &error));
	assert_string_equal(endpoint.host, "all:1");
}

/* Every region that AWS's own rules were evaluated for, where those facts are at hand. */
static void test_facts(void **state)
{
	static const struct {
		const char *name;
		const struct service *service;
	} services[] = {{"sts", &service_sts},
			{"organizations", &service_organizations},
			{"ec2", &service_ec2},
			{"neptune", &service_neptune}};
	json_t *facts = json_load_file(AWS_FACTS "/endpoints-resolved.json", 0, NULL);
	json_t *partitions = json_object_get(facts, "endpoints"), *regions, *found;
	const char *partition, *region;
	const struct config config = {0};
	size_t count = 0;

	(void)state;
	if (!facts) {
		print_message("skipped: ../shared/aws/endpoints-resolved.json is not there\n");
		skip();
	}
	json_object_foreach(partitions, partition, regions)
	{
		json_object_foreach(regions, region, found)
		{
			for (size_t i = 0; i < 4; i++) {
				const char *url = json_string_value(json_object_get(
					json_object_get(json_object_get(found, services[i].name), "default"),
					"url"));
				struct endpoint endpoint;
				char expected[ENDPOINT_URL_SIZE];

				/* "aws-global" and its kin are no regions, but names for an endpoint. */
				if (!url || strstr(region, "-global"))
					continue;
				assert_true(endpoint_resolve(&endpoint, &config, services[i].service, region,
							     NULL));
				snprintf(expected, sizeof expected, "%s/", url);
				assert_string_equal(endpoint.url, expected);
				count++;
			}
		}
	}
	print_message("%zu endpoints agree\n", count);
	assert_true(count > 100);
	json_decref(facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_partitions),
		cmocka_unit_test(test_custom),
		cmocka_unit_test(test_one_service_wins),
		cmocka_unit_test(test_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
