/*
 * The paging of every service: valid pages, ends of lists, and invalid pages.
 */
#include "scanner/aws/graphs.h"
#include "scanner/aws/kms.h"
#include "scanner/aws/neptune.h"
#include "scanner/aws/organizations.h"
#include "scanner/aws/regions.h"
#include "tests/unit.h"

/* Both NULL, or `expected` is a part of `found`. */
static void assert_problem(const char *found, const char *expected, const char *of)
{
	if (found && expected)
		assert_contains(found, expected);
	else if (found || expected)
		fail_msg("%s: %s", of, found ? found : "there is no problem");
}

/* ---- JSON ---- */

static bool read_accounts(struct json_page *page, const json_t *answer)
{
	struct listed_account account;
	bool good = organizations_read_page(page, answer, "Accounts");

	for (size_t i = 0; good && i < json_array_size(page->items); i++)
		good = organizations_read_account(page, i, &account);
	return good;
}

static bool read_roots(struct json_page *page, const json_t *answer)
{
	struct listed_unit unit;
	bool good = organizations_read_page(page, answer, "Roots");

	for (size_t i = 0; good && i < json_array_size(page->items); i++)
		good = organizations_read_unit(page, i, &unit);
	return good;
}

static bool read_graphs(struct json_page *page, const json_t *answer)
{
	struct arena arena = {0};
	struct resource *first = NULL, **last = &first;
	bool good = graphs_read(page, answer, &(struct graphs_request){.kind = RESOURCE_GRAPH}, &arena, &last);

	arena_deinit(&arena);
	return good;
}

/* For account 000000000042 in us-east-1. */
static bool read_expected_graphs(struct json_page *page, const json_t *answer)
{
	static const struct graphs_request request = {RESOURCE_GRAPH, "000000000042", "us-east-1"};
	struct arena arena = {0};
	struct resource *first = NULL, **last = &first;
	bool good = graphs_read(page, answer, &request, &arena, &last);

	assert_int_equal(first != NULL, good); /* nothing is appended from the response to another request */
	arena_deinit(&arena);
	return good;
}

static bool read_aliases(struct json_page *page, const json_t *answer)
{
	struct resource key = {.kind = RESOURCE_KEY, .id = "k"};

	return kms_read_aliases(page, answer, &key);
}

#define GRAPHS(of)                                                                                             \
	"{\"graphs\":[{\"id\":\"g-1\",\"arn\":\"arn:aws:neptune-graph:us-east-1:000000000042:graph/g-1\"},"    \
	"{\"id\":\"g-2\",\"arn\":\"arn:aws:" of ":graph/g-2\"}]}"

static const struct {
	const char *answer;
	bool (*read)(struct json_page *, const json_t *);
	const char *problem; /* NULL: valid */
	const char *token;   /* of the next page; NULL: the last page */
} pages[] = {
	{"{\"Accounts\":[]}", read_accounts, NULL, NULL},
	{"{\"Accounts\":[],\"NextToken\":null}", read_accounts, NULL, NULL},
	{"{\"Accounts\":[],\"NextToken\":\"\"}", read_accounts, NULL, NULL},
	{"{\"Accounts\":[{\"Id\":\"000000000001\"}],\"NextToken\":\"t\"}", read_accounts, NULL, "t"},
	{"{\"Accounts\":[],\"NextToken\":7}", read_accounts, "NextToken is a number", NULL},
	{"{\"Accounts\":[],\"NextToken\":0}", read_accounts, "NextToken is a number", NULL},
	{"{\"Accounts\":[],\"NextToken\":{}}", read_accounts, "NextToken is an object", NULL},
	{"{\"Accounts\":[],\"NextToken\":[\"t\"]}", read_accounts, "NextToken is an array", NULL},
	{"{\"Accounts\":[],\"NextToken\":false}", read_accounts, "NextToken is a boolean", NULL},
	{"{}", read_accounts, "Accounts is absent", NULL},
	{"{\"Accounts\":null}", read_accounts, "Accounts is null", NULL},
	{"{\"Accounts\":{}}", read_accounts, "Accounts is an object", NULL},
	{"{\"Accounts\":\"none\"}", read_accounts, "Accounts is a text", NULL},
	{"{\"Accounts\":[null]}", read_accounts, "an item of Accounts is null", NULL},
	{"{\"Accounts\":[\"000000000001\"]}", read_accounts, "an item of Accounts is a text", NULL},
	{"{\"Accounts\":[{\"Id\":1}]}", read_accounts, "without a 12-digit id", NULL},
	{"{\"Accounts\":[{\"Id\":\"12345\"}]}", read_accounts, "without a 12-digit id", NULL},
	{"{\"Accounts\":[{}]}", read_accounts, "without a 12-digit id", NULL},
	{"{\"Roots\":[{\"Id\":\"r-1\",\"Name\":7}],\"NextToken\":\"t\"}", read_roots, NULL, "t"},
	{"{\"Roots\":7}", read_roots, "Roots is a number", NULL},
	{"{\"Roots\":[{}]}", read_roots, "Id of an item is absent", NULL},
	{"{\"Roots\":[{\"Id\":\"\"}]}", read_roots, "Id of an item is empty", NULL},
	{"{\"Roots\":[{\"Id\":{}}]}", read_roots, "Id of an item is an object", NULL},
	{"{\"graphs\":[{\"id\":\"g-1\"}],\"nextToken\":\"t\"}", read_graphs, NULL, "t"},
	{"{\"graphs\":[],\"nextToken\":1.5}", read_graphs, "nextToken is a number", NULL},
	{"{\"graphs\":null}", read_graphs, "graphs is null", NULL},
	{"{\"graphs\":[true]}", read_graphs, "an item of graphs is a boolean", NULL},
	{"{\"graphs\":[{\"id\":[]}]}", read_graphs, "id of an item is an array", NULL},
	{GRAPHS("neptune-graph:us-east-1:000000000042"), read_expected_graphs, NULL, NULL},
	{GRAPHS("neptune-graph:us-west-2:000000000042"), read_expected_graphs,
	 "it lists arn:aws:neptune-graph:us-west-2:000000000042:graph/g-2, but the request was for account "
	 "000000000042 in us-east-1",
	 NULL},
	{GRAPHS("neptune-graph:us-east-1:000000000099"), read_expected_graphs, "but the request was for", NULL},
	{"{\"graphs\":[{\"id\":\"g-1\",\"kmsKeyIdentifier\":\"a\"},{\"id\":\"g-2\"},"
	 "{\"id\":\"g-1\",\"kmsKeyIdentifier\":\"b\"}]}",
	 read_expected_graphs, "it lists g-1 twice, with different values", NULL},
	{"{\"graphs\":[{\"id\":\"g-1\",\"status\":\"a\"},{\"id\":\"g-2\"},{\"id\":\"g-1\",\"status\":\"a\"}]}",
	 read_expected_graphs, NULL, NULL},
	{GRAPHS("rds:us-east-1:000000000042"), read_expected_graphs, "but the request was for", NULL},
	{"{\"graphs\":[{\"id\":\"g-1\",\"arn\":\"g-1\"}]}", read_expected_graphs, "it lists g-1", NULL},
	{"{\"Aliases\":[],\"Truncated\":false}", read_aliases, NULL, NULL},
	{"{\"Aliases\":[],\"Truncated\":null,\"NextMarker\":null}", read_aliases, NULL, NULL},
	{"{\"Aliases\":[{\"AliasName\":\"alias/a\"}],\"Truncated\":true,\"NextMarker\":\"m\"}", read_aliases,
	 NULL, "m"},
	{"{\"Aliases\":[],\"NextMarker\":\"m\"}", read_aliases, NULL, "m"},
	{"{\"Aliases\":[],\"Truncated\":true}", read_aliases, "NextMarker is absent", NULL},
	{"{\"Aliases\":[],\"Truncated\":true,\"NextMarker\":\"\"}", read_aliases, "NextMarker is absent", NULL},
	{"{\"Aliases\":[],\"Truncated\":true,\"NextMarker\":5}", read_aliases, "NextMarker is a number", NULL},
	{"{\"Aliases\":[],\"Truncated\":\"false\"}", read_aliases, "Truncated is a text", NULL},
	{"{\"Aliases\":{}}", read_aliases, "Aliases is an object", NULL},
	{"{\"Aliases\":[{\"AliasName\":7}]}", read_aliases, "AliasName of an item is a number", NULL},
};

static void test_json_pages(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
		json_t *answer = json_loads(pages[i].answer, JSON_REJECT_DUPLICATES, NULL);
		struct json_page page;
		bool good = pages[i].read(&page, answer);

		assert_non_null(answer);
		if (good != !pages[i].problem)
			fail_msg("%s is %s page", pages[i].answer, good ? "a" : "no");
		if (pages[i].problem)
			assert_contains(page.problem, pages[i].problem);
		else if (pages[i].token)
			assert_string_equal(page.token, pages[i].token);
		else
			assert_null(page.token);
		json_decref(answer);
	}
}

/* ---- XML ---- */

static bool parse(const char *document, const struct xml_handler *handler)
{
	struct xml_parser *parser = xml_parser_new();
	bool good = xml_read(parser, span_of(document), handler);

	xml_parser_free(parser);
	return good;
}

static const struct {
	const char *result;  /* the contents of DescribeDBClustersResult */
	const char *problem; /* NULL: valid */
	const char *marker;
} listings[] = {
	{"<DBClusters/>", NULL, NULL},
	{"<DBClusters/><Marker/>", NULL, NULL},
	{"<DBClusters> \n </DBClusters><Marker> m </Marker>", NULL, "m"},
	{"<DBClusters/><Other><Marker>x</Marker></Other>", NULL, NULL},
	{"<DBClusters/><Marker>m</Marker><Marker>m</Marker>", "Marker occurs twice", NULL},
	{"<DBClusters/><Marker>m</Marker><Marker/>", "Marker occurs twice", NULL},
	{"<DBClusters/><Marker><Value>m</Value></Marker>", "Marker holds elements", NULL},
	{"<DBClusters/><Marker>m<b/></Marker>", "Marker holds elements", NULL},
	{"<DBClusters><member><Engine>neptune</Engine></member></DBClusters>", "unknown name", NULL},
	{"<DBClusters>none</DBClusters>", "holds a text", NULL},
};

static void test_xml_pages(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof listings / sizeof listings[0]; i++) {
		struct arena arena = {0};
		struct listing listing;
		char document[400];

		snprintf(document, sizeof document,
			 "<DescribeDBClustersResponse><DescribeDBClustersResult>%s</DescribeDBClustersResult>"
			 "</DescribeDBClustersResponse>",
			 listings[i].result);
		listing_init(&listing, &listing_clusters, &arena);
		assert_true(parse(document, &listing.handler));
		assert_problem(listing.problem, listings[i].problem, listings[i].result);
		if (!listing.problem && listings[i].marker)
			assert_string_equal(listing.marker, listings[i].marker);
		else if (!listing.problem)
			assert_null(listing.marker);
		arena_deinit(&arena);
	}
}

static void test_pages_of_parameters(void **state)
{
	struct arena arena = {0};
	struct neptune_reading reading;

	(void)state;
	neptune_reading_of_parameters(&reading, &arena);
	assert_true(parse("<R><S><Parameters/><Marker>m</Marker><Marker>n</Marker></S></R>", &reading.handler));
	assert_non_null(reading.problem);
	assert_true(parse("<R><S><Parameters/><Marker><x>m</x></Marker></S></R>", &reading.handler));
	assert_non_null(reading.problem);
	assert_true(parse("<R><S><Parameters/><Marker>m</Marker></S></R>", &reading.handler));
	assert_null(reading.problem);
	arena_deinit(&arena);
}

/* ---- regions ---- */

#define ITEM(name) "<item><regionName>" name "</regionName></item>"
#define HOME ITEM("us-east-1")

static const struct {
	const char *items;
	const char *problem; /* NULL: valid */
	const char *enabled;
} lists[] = {
	{HOME "<item><regionName>eu-west-1</regionName><optInStatus>opt-in-not-required</optInStatus></item>"
	      "<item><optInStatus>not-opted-in</optInStatus><regionName>ap-east-1</regionName></item>"
	      "<item><regionName>af-south-1</regionName><optInStatus>opted-in</optInStatus></item>",
	 NULL, "us-east-1 eu-west-1 af-south-1"},
	/* Regions that are not known, also in an unknown area. */
	{HOME ITEM("mx-central-9") ITEM("nz-north-1") ITEM("moon"), NULL,
	 "us-east-1 mx-central-9 nz-north-1 moon"},
	{HOME ITEM("us-gov-west-1") ITEM("cn-north-1") ITEM("eusc-de-east-1"), NULL, "us-east-1"},
	{HOME ITEM("eu-west-1") ITEM("eu-west-1") HOME, NULL, "us-east-1 eu-west-1"},
	{HOME "<item><regionName>eu-west-1</regionName><optInStatus>brand-new</optInStatus></item>", NULL,
	 "us-east-1 eu-west-1"},
	{HOME "<item><regionName> "
	      "eu-west-1\n</regionName><tags><item><regionName>x</regionName></item></tags></item>",
	 NULL, "us-east-1 eu-west-1"},
	{"", "lists no enabled region", NULL},
	{"<item><regionName>us-east-1</regionName><optInStatus>not-opted-in</optInStatus></item>",
	 "lists no enabled region", NULL},
	{ITEM("cn-north-1"), "lists no enabled region", NULL},
	{ITEM("eu-west-1"), "is not in it", NULL},
	{HOME ITEM("evil.com/"), "\"evil.com/\" cannot be a region", NULL},
	{HOME ITEM("us-east-1.attacker"), "\"us-east-1.attacker\" cannot be", NULL},
	{HOME ITEM("US-EAST-2"), "cannot be a region", NULL},
	{HOME ITEM("-a"), "cannot be a region", NULL},
	{HOME ITEM("a b"), "cannot be a region", NULL},
	{HOME ITEM(""), "cannot be a region", NULL},
	{HOME "<item><optInStatus>opted-in</optInStatus></item>", "without a name", NULL},
	{HOME "<item><regionName>eu-west-1</regionName><regionName>eu-west-2</regionName></item>",
	 "regionName occurs twice", NULL},
	{HOME "<region><regionName>eu-west-1</regionName></region>", "unknown name", NULL},
};

static void test_regions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		struct regions_reading reading;
		char document[600], enabled[200] = "";
		const char *problem;

		snprintf(document, sizeof document,
			 "<DescribeRegionsResponse><regionInfo>%s</regionInfo></DescribeRegionsResponse>",
			 lists[i].items);
		regions_reading_init(&reading, "us-east-1");
		for (int round = 0; round < 2; round++) /* the second time as after a retry */
			assert_true(parse(document, &reading.handler));
		problem = regions_problem(&reading);
		assert_problem(problem, lists[i].problem, lists[i].items);
		for (size_t j = 0; !problem && j < reading.count; j++)
			snprintf(enabled + strlen(enabled), sizeof enabled - strlen(enabled), "%s%s",
				 j ? " " : "", reading.enabled[j]);
		if (!problem)
			assert_string_equal(enabled, lists[i].enabled);
		regions_reading_deinit(&reading);
	}
}

static void test_regions_of_other_partitions_are_told(void **state)
{
	struct regions_reading reading;

	(void)state;
	regions_reading_init(&reading, "cn-north-1");
	assert_true(parse("<DescribeRegionsResponse><regionInfo>" HOME ITEM("cn-north-1") ITEM("eu-west-1")
				  ITEM("nz-north-1") "</regionInfo></DescribeRegionsResponse>",
			  &reading.handler));
	assert_null(regions_problem(&reading));
	assert_string_equal(reading.foreign, "us-east-1, eu-west-1");
	assert_true(regions_enable(&reading, "cn-north-1") && regions_enable(&reading, "nz-north-1"));
	assert_false(regions_enable(&reading, "eu-west-1"));
	regions_reading_deinit(&reading);
}

/* The maximum, which no partition reaches. */
static void test_many_regions(void **state)
{
	static const size_t counts[] = {300, MAX_REGIONS, MAX_REGIONS + 1};
	size_t size = (size_t)(MAX_REGIONS + 2) * 64;
	char *document = malloc(size);

	(void)state;
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		struct regions_reading reading;
		size_t length = (size_t)sprintf(document, "<DescribeRegionsResponse><regionInfo>" HOME);

		for (size_t j = 1; j < counts[i]; j++)
			length += (size_t)sprintf(document + length,
						  "<item><regionName>zz-x-%zu</regionName></item>", j);
		strcpy(document + length, "</regionInfo></DescribeRegionsResponse>");
		regions_reading_init(&reading, "us-east-1");
		assert_true(parse(document, &reading.handler));
		if (counts[i] > MAX_REGIONS) {
			assert_contains(regions_problem(&reading), "more than");
		} else {
			assert_null(regions_problem(&reading));
			assert_int_equal(reading.count, counts[i]);
		}
		regions_reading_deinit(&reading);
	}
	free(document);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_pages),
		cmocka_unit_test(test_xml_pages),
		cmocka_unit_test(test_pages_of_parameters),
		cmocka_unit_test(test_regions),
		cmocka_unit_test(test_regions_of_other_partitions_are_told),
		cmocka_unit_test(test_many_regions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
