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
}

/* A region whose area no pattern has belongs to the partition of the home region. */
static void test_regions_of_a_new_area(void **state)
{
	static const struct {
		const char *home, *host;
	} homes[] = {{NULL, "rds.nz-north-1.amazonaws.com"},
		     {"eu-west-1", "rds.nz-north-1.amazonaws.com"},
		     {"nz-north-1", "rds.nz-north-1.amazonaws.com"},
		     {"cn-north-1", "rds.nz-north-1.amazonaws.com.cn"}};
	static const char *const no_labels[] = {"evil.com/", "us-east-1.attacker", "us-east-1@a", "", "-a",
						"a-",        "US-EAST-1"};
	static const char longest[] = "a23456789b123456789c123456789d123456789e123456789f123456789-123";
	struct endpoint endpoint;
	struct error error;

	(void)state;
	for (size_t i = 0; i < sizeof homes / sizeof homes[0]; i++) {
		const struct config config = {.region = homes[i].home};

		assert_true(endpoint_resolve(&endpoint, &config, &service_neptune, "nz-north-1", &error));
		assert_string_equal(endpoint.host, homes[i].host);
		assert_string_equal(endpoint.signing_region, "nz-north-1");
	}
	for (size_t i = 0; i < sizeof no_labels / sizeof no_labels[0]; i++)
		assert_false(
			endpoint_resolve(&endpoint, &(struct config){0}, &service_sts, no_labels[i], &error));
	assert_true(endpoint_resolve(&endpoint, &(struct config){0}, &service_neptune, longest, &error));
	assert_string_equal(endpoint.signing_region, longest);
}

static void test_custom(void **state)
{
	static const struct {
		const char *custom, *url, *host, *path;
	} urls[] = {
		{"http://127.0.0.1:5000", "http://127.0.0.1:5000/", "127.0.0.1:5000", "/"},
		{"http://127.0.0.1:5000/", "http://127.0.0.1:5000/", "127.0.0.1:5000", "/"},
		{"https://example.com", "https://example.com/", "example.com", "/"},
		{"https://example.com:80/a/b/", "https://example.com:80/a/b/", "example.com:80", "/a/b/"},
		{"https://example.com/a//", "https://example.com/a/", "example.com", "/a/"},
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
		assert_string_equal(endpoint.signing_region,
				    "eu-west-1"); /* unchanged by the custom endpoint */
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

static void test_variants(void **state)
{
	static const struct {
		const struct service *service;
		const char *region, *fips, *dualstack, *both;
	} hosts[] = {
		{&service_neptune, "eu-west-1", "rds-fips.eu-west-1.amazonaws.com", "rds.eu-west-1.api.aws",
		 "rds-fips.eu-west-1.api.aws"},
		{&service_sts, "us-gov-west-1", "sts.us-gov-west-1.amazonaws.com", "sts.us-gov-west-1.api.aws",
		 "sts-fips.us-gov-west-1.api.aws"},
		{&service_kms, "us-gov-west-1", "kms-fips.us-gov-west-1.amazonaws.com",
		 "kms.us-gov-west-1.api.aws", "kms-fips.us-gov-west-1.api.aws"},
		{&service_ec2, "cn-north-1", "ec2-fips.cn-north-1.amazonaws.com.cn",
		 "ec2.cn-north-1.api.amazonwebservices.com.cn",
		 "ec2-fips.cn-north-1.api.amazonwebservices.com.cn"},
		/* Always the home region, also where botocore's rules omit it. */
		{&service_organizations, "eu-west-1", "organizations-fips.us-east-1.amazonaws.com",
		 "organizations.us-east-1.api.aws", "organizations-fips.us-east-1.api.aws"},
	};
	struct endpoint endpoint;

	(void)state;
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		const struct config fips = {.use_fips = true}, dualstack = {.use_dualstack = true};
		const struct config both = {.use_fips = true, .use_dualstack = true};

		assert_true(endpoint_resolve(&endpoint, &fips, hosts[i].service, hosts[i].region, NULL));
		assert_string_equal(endpoint.host, hosts[i].fips);
		assert_true(endpoint_resolve(&endpoint, &dualstack, hosts[i].service, hosts[i].region, NULL));
		assert_string_equal(endpoint.host, hosts[i].dualstack);
		assert_true(endpoint_resolve(&endpoint, &both, hosts[i].service, hosts[i].region, NULL));
		assert_string_equal(endpoint.host, hosts[i].both);
	}
}

/* As botocore's rules of S3 have them. */
static void test_buckets(void **state)
{
	static const struct {
		const char *bucket, *region;
		struct config config;
		const char *url, *path;
	} rows[] = {
		{"runs", "eu-west-1", {0}, "https://runs.s3.eu-west-1.amazonaws.com/", "/"},
		{"our.runs", "eu-west-1", {0}, "https://s3.eu-west-1.amazonaws.com/our.runs/", "/our.runs/"},
		{"runs", "cn-north-1", {0}, "https://runs.s3.cn-north-1.amazonaws.com.cn/", "/"},
		{"runs", "us-east-1", {.use_fips = true}, "https://runs.s3-fips.us-east-1.amazonaws.com/", "/"},
		{"runs",
		 "us-gov-west-1",
		 {.use_fips = true},
		 "https://runs.s3-fips.us-gov-west-1.amazonaws.com/",
		 "/"},
		{"runs",
		 "eu-west-1",
		 {.use_dualstack = true},
		 "https://runs.s3.dualstack.eu-west-1.amazonaws.com/",
		 "/"},
		{"runs",
		 "us-east-1",
		 {.use_fips = true, .use_dualstack = true},
		 "https://runs.s3-fips.dualstack.us-east-1.amazonaws.com/",
		 "/"},
		{"runs",
		 "eu-west-1",
		 {.endpoint_url_s3 = "http://127.0.0.1:5000/a"},
		 "http://127.0.0.1:5000/a/runs/",
		 "/a/runs/"},
	};
	struct endpoint endpoint;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *host = strstr(rows[i].url, "//") + 2;

		assert_true(endpoint_resolve(&endpoint, &rows[i].config, &service_s3, rows[i].region, NULL));
		assert_true(endpoint_add_bucket(&endpoint, &rows[i].config, rows[i].bucket));
		assert_string_equal(endpoint.url, rows[i].url);
		assert_memory_equal(endpoint.host, host, strcspn(host, "/"));
		assert_int_equal(strlen(endpoint.host), strcspn(host, "/"));
		assert_string_equal(endpoint.path, rows[i].path);
		assert_string_equal(endpoint.signing_region, rows[i].region);
	}
}

static void test_where_fips_may_lack(void **state)
{
	const struct config fips = {.use_fips = true}, plain = {0};

	(void)state;
	assert_true(endpoint_may_lack_fips(&fips, &service_neptune, "eu-west-1"));
	assert_false(endpoint_may_lack_fips(&plain, &service_neptune, "eu-west-1"));
	assert_false(endpoint_may_lack_fips(&fips, &service_neptune, "us-east-1"));
	assert_false(endpoint_may_lack_fips(&fips, &service_neptune, "us-gov-east-1"));
	assert_false(endpoint_may_lack_fips(&fips, &service_kms, "eu-west-1"));
	assert_true(endpoint_may_lack_fips(&fips, &service_sts, "ca-central-1"));
}

/* ---- comparison with AWS's own endpoint rules, where those facts are available ---- */

static const struct {
	const char *name;
	const struct service *service;
} services[] = {{"sts", &service_sts},
		{"organizations", &service_organizations},
		{"ec2", &service_ec2},
		{"neptune", &service_neptune},
		{"rds", &service_neptune},
		{"kms", &service_kms},
		{"neptune-graph", &service_graphs}};

static const struct {
	const char *name;
	struct config config;
} variants[] = {{"default", {0}},
		{"fips", {.use_fips = true}},
		{"dualstack", {.use_dualstack = true}},
		{"fips+dualstack", {.use_fips = true, .use_dualstack = true}}};

struct tally {
	size_t agree, pinned, not_ours, not_regions;
};

/* For variants, the rules often keep Organizations in the requested region, where it does not exist. */
static bool is_pinned(const char *service, const char *variant, const char *region, char *url)
{
	const struct partition *partition = partition_of_region(span_of(region));
	char *at = strstr(url, region), rest[ENDPOINT_URL_SIZE];

	if (strcmp(service, "organizations") != 0 || strcmp(variant, "default") == 0 || !at ||
	    strcmp(region, partition->home_region) == 0)
		return false;
	snprintf(rest, sizeof rest, "%s", at + strlen(region));
	sprintf(at, "%s%s", partition->home_region, rest);
	return true;
}

static void hold(const char *service, const struct service *ours, const char *region, json_t *found,
		 struct tally *tally)
{
	for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
		json_t *fact = json_object_get(found, variants[i].name);
		const char *url = json_string_value(json_object_get(fact, "url"));
		const char *signing =
			json_string_value(json_object_get(json_object_get(fact, "auth"), "signingRegion"));
		char expected[ENDPOINT_URL_SIZE];
		struct endpoint endpoint;

		if (!url)
			continue;
		snprintf(expected, sizeof expected, "%s/", url);
		tally->pinned += is_pinned(service, variants[i].name, region, expected);
		assert_true(endpoint_resolve(&endpoint, &variants[i].config, ours, region, NULL));
		if (strcmp(endpoint.url, expected) != 0)
			fail_msg("%s %s %s: %s, not %s", service, region, variants[i].name, endpoint.url,
				 expected);
		if (signing)
			assert_string_equal(endpoint.signing_region, signing);
		tally->agree++;
	}
}

static const struct service *service_named(const char *name)
{
	for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
		if (strcmp(services[i].name, name) == 0)
			return services[i].service;
	return NULL;
}

/* The whole file; rows that are not compared are counted by reason. */
static void test_facts(void **state)
{
	json_t *facts = json_load_file(AWS_FACTS "/endpoints-resolved.json", 0, NULL), *regions, *region,
	       *found;
	const char *partition, *name, *service;
	struct tally tally = {0};

	(void)state;
	if (!facts) {
		print_message("skipped: ../shared/aws/endpoints-resolved.json is not there\n");
		skip();
	}
	json_object_foreach(json_object_get(facts, "endpoints"), partition, regions)
		json_object_foreach(regions, name, region) json_object_foreach(region, service, found)
	{
		const struct service *ours = service_named(service);

		if (strstr(name, "-global")) /* not a region, but a pseudo-region of an endpoint */
			tally.not_regions += json_object_size(found);
		else if (!ours) /* account, and the global STS, which this program does not use */
			tally.not_ours += json_object_size(found);
		else
			hold(service, ours, name, found, &tally);
	}
	print_message("%zu endpoints agree, %zu of them with Organizations put back into its home region; "
		      "passed over: "
		      "%zu of services that are not asked, %zu of names that are no regions\n",
		      tally.agree, tally.pinned, tally.not_ours, tally.not_regions);
	assert_true(tally.agree > 1000);
	json_decref(facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_partitions),
		cmocka_unit_test(test_regions_of_a_new_area),
		cmocka_unit_test(test_custom),
		cmocka_unit_test(test_one_service_wins),
		cmocka_unit_test(test_variants),
		cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_where_fips_may_lack),
		cmocka_unit_test(test_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
