/* sts_endpoints.c: which STS endpoint an account is entered through. */
#include "scanner/engine/sts_endpoints.h"

#include "config/config.h"

#include "tests/unit.h"

struct fixture {
	struct config config;
	struct log log;
	char *logged;
	size_t length;
	struct sts_endpoints endpoints;
};

static void begin(struct fixture *fixture, const char *const *arguments, int count, int64_t sharing)
{
	const struct config_sources sources = {.argument_count = count, .arguments = arguments};
	struct diagnostics diagnostics = {0};

	memset(fixture, 0, sizeof *fixture);
	assert_true(config_load(&fixture->config, &sources, &diagnostics));
	diagnostics_deinit(&diagnostics);
	fixture->log =
		(struct log){.stream = open_memstream(&fixture->logged, &fixture->length), .level = LOG_INFO};
	sts_endpoints_init(&fixture->endpoints, &fixture->config, sharing, &fixture->log);
}

static void end(struct fixture *fixture)
{
	fclose(fixture->log.stream);
	free(fixture->logged);
	config_deinit(&fixture->config);
}

#define BEGIN(fixture, ...)                                                                                    \
	do {                                                                                                   \
		const char *const arguments[] = {__VA_ARGS__};                                                 \
		begin(fixture, arguments, sizeof arguments / sizeof arguments[0], 1);                          \
	} while (0)

static void assert_regions(const struct fixture *fixture, const char *const *expected)
{
	size_t count = 0;

	for (; expected[count]; count++)
		assert_string_equal(fixture->endpoints.items[count].region, expected[count]);
	assert_int_equal(fixture->endpoints.count, count);
}

#define ASSERT_REGIONS(fixture, ...) assert_regions(fixture, (const char *const[]){__VA_ARGS__, NULL})

/* Takes so many accounts, of which none returns. */
static void take(struct fixture *fixture, size_t accounts, size_t waiting)
{
	for (size_t i = 0; i < accounts; i++)
		sts_endpoint_take(sts_endpoints_choose(&fixture->endpoints, waiting));
}

static void test_regions_near_home(void **state)
{
	struct fixture fixture;

	(void)state;
	BEGIN(&fixture, "--region", "us-east-1");
	ASSERT_REGIONS(&fixture, "us-east-1", "us-east-2", "us-west-1", "us-west-2");
	end(&fixture);
	BEGIN(&fixture, "--region", "eu-west-1");
	ASSERT_REGIONS(&fixture, "eu-west-1", "eu-central-1", "eu-north-1", "eu-west-2");
	end(&fixture);
	BEGIN(&fixture, "--region", "eu-south-2"); /* opt-in itself: the others are not */
	ASSERT_REGIONS(&fixture, "eu-south-2", "eu-central-1", "eu-north-1", "eu-west-1");
	end(&fixture);
	BEGIN(&fixture, "--region", "ca-central-1");
	ASSERT_REGIONS(&fixture, "ca-central-1", "us-east-1", "us-east-2", "us-west-1");
	end(&fixture);
	BEGIN(&fixture, "--region", "us-gov-east-1");
	ASSERT_REGIONS(&fixture, "us-gov-east-1", "us-gov-west-1");
	end(&fixture);
	BEGIN(&fixture, "--region", "cn-north-1");
	ASSERT_REGIONS(&fixture, "cn-north-1", "cn-northwest-1");
	end(&fixture);
}

static void test_regions_that_are_named(void **state)
{
	struct fixture fixture;

	(void)state;
	BEGIN(&fixture, "--region", "us-east-1", "--sts-regions", "eu-west-1,us-east-1");
	ASSERT_REGIONS(&fixture, "us-east-1", "eu-west-1");
	assert_string_equal(sts_endpoints_choose(&fixture.endpoints, 1)->region, "eu-west-1");
	end(&fixture);
	BEGIN(&fixture, "--region", "us-east-1", "--sts-regions", "us-east-1");
	ASSERT_REGIONS(&fixture, "us-east-1");
	end(&fixture);
}

/* An endpoint for STS alone is one of a VPC, or a test's; FIPS endpoints are known by name. */
static void test_regions_that_cannot_be(void **state)
{
	const char *const fips[] = {"--region", "eu-west-1"};
	struct fixture fixture;

	(void)state;
	begin(&fixture, fips, 2, 1);
	fixture.config.use_fips = true;
	sts_endpoints_init(&fixture.endpoints, &fixture.config, 1, &fixture.log);
	ASSERT_REGIONS(&fixture, "eu-west-1");
	fixture.config.use_fips = false;
	fixture.config.endpoint_url_sts = "https://vpce.example";
	sts_endpoints_init(&fixture.endpoints, &fixture.config, 1, &fixture.log);
	ASSERT_REGIONS(&fixture, "eu-west-1");
	end(&fixture);
}

static void test_a_short_list_goes_home(void **state)
{
	struct fixture fixture;

	(void)state;
	BEGIN(&fixture, "--region", "us-east-1");
	take(&fixture, 1000, 200); /* 1,200 are two seconds */
	assert_int_equal(fixture.endpoints.items[0].out, 1000);
	end(&fixture);
}

static void test_a_long_list_is_shared(void **state)
{
	struct sts_endpoint *items;
	struct fixture fixture;

	(void)state;
	BEGIN(&fixture, "--region", "us-east-1");
	items = fixture.endpoints.items;
	take(&fixture, 1, 2000);
	assert_int_equal(items[1].state, STS_TRIED); /* one account tries it */
	take(&fixture, 100, 2000);
	assert_int_equal(items[1].out, 1);
	assert_int_equal(items[0].out, 100);
	sts_endpoint_return(&items[1], true);
	assert_int_equal(items[1].state, STS_OPEN);
	take(&fixture, 300, 2000);
	assert_int_equal(items[0].out, items[1].out); /* the shorter queue is chosen */
	assert_int_equal(items[2].out, 0);            /* 2,400 are two seconds of two endpoints */
	take(&fixture, 1, 6000);
	assert_int_equal(items[2].state, STS_TRIED);
	end(&fixture);
}

/* Programs that share a limit have their share of it at each endpoint, so that fewer accounts take longer. */
static void test_shards(void **state)
{
	const char *const arguments[] = {"--region", "us-east-1"};
	struct fixture fixture;

	(void)state;
	begin(&fixture, arguments, 2, 4);
	assert_int_equal(sts_endpoints_choose(&fixture.endpoints, 250)->number, 0);
	assert_int_equal(sts_endpoints_choose(&fixture.endpoints, 350)->number, 1);
	end(&fixture);
}

static void test_refused(void **state)
{
	struct sts_endpoint *items;
	struct fixture fixture;

	(void)state;
	BEGIN(&fixture, "--region", "us-east-1");
	items = fixture.endpoints.items;
	take(&fixture, 1, 2000);
	sts_endpoint_return(&items[1], false);
	assert_int_equal(items[1].state, STS_UNUSED); /* home may refuse as well: another account tries it */
	take(&fixture, 1, 2000);
	assert_int_equal(items[1].state, STS_TRIED);
	sts_endpoint_return(&items[1], false);
	sts_endpoints_drop(&fixture.endpoints, &items[1], "AccessDenied: by a policy");
	sts_endpoints_drop(&fixture.endpoints, &items[1], "again");
	fflush(fixture.log.stream);
	assert_contains(fixture.logged, "us-east-2");
	assert_contains(fixture.logged, "AccessDenied: by a policy");
	assert_null(strstr(fixture.logged, "again"));
	assert_int_equal(sts_endpoints_choose(&fixture.endpoints, 2000)->number, 2); /* the next one */
	for (size_t i = 2; i < fixture.endpoints.count; i++)
		sts_endpoints_drop(&fixture.endpoints, &items[i], "as well");
	assert_int_equal(sts_endpoints_choose(&fixture.endpoints, 2000)->number, 0);
	end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_regions_near_home),
		cmocka_unit_test(test_regions_that_are_named),
		cmocka_unit_test(test_regions_that_cannot_be),
		cmocka_unit_test(test_a_short_list_goes_home),
		cmocka_unit_test(test_a_long_list_is_shared),
		cmocka_unit_test(test_shards),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
