/*
 * listing.c: the list must be the requested one, and each item must be consistent.
 */
#include "scanner/aws/listing.h"
#include "tests/unit.h"

#define ARN(service, region, account) "arn:aws:" service ":" region ":" account ":cluster:one"
#define CLUSTER(arn, more)                                                                                     \
	"<DBCluster><DBClusterIdentifier>one</DBClusterIdentifier><Engine>neptune</Engine><DBClusterArn>" arn  \
	"</DBClusterArn>" more "</DBCluster>"

/* The problem of a page of clusters, requested for account 111111111111 in eu-west-1; NULL: none. */
static char *problem_of_page(const struct listing_shape *shape, const char *page)
{
	struct xml_parser *parser = xml_parser_new();
	struct listing listing;
	struct arena arena = {0};
	const char *problem;
	char *copy;

	listing_init(&listing, shape, &arena);
	listing_expect(&listing, "111111111111", "eu-west-1");
	assert_true(xml_read(parser, span_of(page), &listing.handler));
	problem = listing.handler.problem(listing.handler.user);
	copy = problem ? strdup(problem) : NULL;
	arena_deinit(&arena);
	xml_parser_free(parser);
	return copy;
}

static void expect(const char *cluster, const char *problem)
{
	char page[2048];
	char *told;

	snprintf(page, sizeof page, "<R><S><DBClusters>%s</DBClusters></S></R>", cluster);
	told = problem_of_page(&listing_clusters, page);
	if (!problem)
		assert_null(told);
	else if (!told || !strstr(told, problem))
		fail_msg("\"%s\" does not say \"%s\"", told ? told : "(nothing)", problem);
	free(told);
}

static void test_whose_list_it_is(void **state)
{
	(void)state;
	expect(CLUSTER(ARN("rds", "eu-west-1", "111111111111"), ""), NULL);
	expect(CLUSTER(ARN("rds", "eu-west-1", "222222222222"), ""),
	       "222222222222:cluster:one, but the request was for");
	expect(CLUSTER(ARN("rds", "us-east-1", "111111111111"), ""), "account 111111111111 in eu-west-1");
	expect(CLUSTER(ARN("kms", "eu-west-1", "111111111111"), ""), "arn:aws:kms:");
	expect(CLUSTER(ARN("rds", "eu-west-1", ""), ""), "rds:eu-west-1::");
	expect(CLUSTER("one", ""), "it lists one");
	/* Resources of other engines are dropped, but also prove a wrong response. */
	expect("<DBCluster><Engine>docdb</Engine><DBClusterArn>" ARN(
		       "rds", "eu-west-1", "222222222222") "</DBClusterArn></DBCluster>",
	       "222222222222");
	/* AWS omits the ARN while it creates a cluster. */
	expect("<DBCluster><DBClusterIdentifier>one</DBClusterIdentifier></DBCluster>", NULL);
}

/* A global database belongs to an account, in no region. */
static void test_global_databases(void **state)
{
	static const char page[] =
		"<R><S><GlobalClusters><GlobalClusterMember><GlobalClusterArn>arn:aws:rds::%s:"
		"global-cluster:g</GlobalClusterArn></GlobalClusterMember></GlobalClusters></S></R>";
	static const char *const accounts[] = {"111111111111", "222222222222"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char text[512];
		char *told;

		snprintf(text, sizeof text, page, accounts[i]);
		told = problem_of_page(&listing_global_databases, text);
		assert_int_equal(told != NULL, i == 1);
		free(told);
	}
}

/* Its members are in the same account, each in its own region. */
static void test_members_of_global_databases(void **state)
{
	static const struct {
		const char *member;
		bool good;
	} rows[] = {
		{ARN("rds", "us-east-1", "111111111111"), true},
		{"", true},
		{ARN("rds", "us-east-1", "222222222222"), false},
		{ARN("kms", "us-east-1", "111111111111"), false},
		{"one", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[1024];
		char *told;

		snprintf(text, sizeof text,
			 "<R><S><GlobalClusters><GlobalClusterMember><GlobalClusterArn>arn:aws:rds::"
			 "111111111111:"
			 "global-cluster:g</GlobalClusterArn><GlobalClusterMembers><GlobalClusterMember>"
			 "<DBClusterArn>" ARN(
				 "rds", "eu-west-1",
				 "111111111111") "</DBClusterArn>"
						 "</GlobalClusterMember><GlobalClusterMember><DBClusterArn>%s</"
						 "DBClusterArn>"
						 "</GlobalClusterMember></GlobalClusterMembers></"
						 "GlobalClusterMember></GlobalClusters></S></R>",
			 rows[i].member);
		told = problem_of_page(&listing_global_databases, text);
		if (rows[i].good != !told)
			fail_msg("%s: %s", rows[i].member, told ? told : "no problem");
		free(told);
	}
}

#define SAYS(text) CLUSTER(ARN("rds", "eu-west-1", "111111111111"), text)

static void test_one_value_each(void **state)
{
	(void)state;
	expect(SAYS("<StorageEncrypted>false</StorageEncrypted><StorageEncrypted>true</StorageEncrypted>"),
	       "StorageEncrypted occurs twice");
	expect(SAYS("<StorageEncrypted>true</StorageEncrypted><StorageEncrypted/>"),
	       "StorageEncrypted occurs twice");
	expect(SAYS("<StorageEncrypted>true</StorageEncrypted><StorageEncrypted> true </StorageEncrypted>"),
	       NULL);
	expect(SAYS("<DBClusterIdentifier>two</DBClusterIdentifier>"), "DBClusterIdentifier occurs twice");
	expect(SAYS("<EnabledCloudwatchLogsExports><member>audit</member></EnabledCloudwatchLogsExports>"
		    "<EnabledCloudwatchLogsExports><member>slowquery</member></EnabledCloudwatchLogsExports>"),
	       "EnabledCloudwatchLogsExports occurs twice");
	expect(SAYS("<EnabledCloudwatchLogsExports><member>audit</member><member>slowquery</member>"
		    "</EnabledCloudwatchLogsExports>"),
	       NULL);
	expect(SAYS("<EnabledCloudwatchLogsExports/>"), NULL);
	expect(SAYS("<TagList><Tag><Key>a</Key><Value>1</Value><Value>2</Value></Tag></TagList>"),
	       "Value occurs twice");
	expect(SAYS("<TagList><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>a</Key><Value>2</Value></Tag>"
		    "</TagList>"),
	       "the tag a occurs twice");
	expect(SAYS("<TagList><Tag><Key>a</Key><Value>1</Value></Tag></TagList>"
		    "<TagList><Tag><Key>a</Key></Tag></TagList>"),
	       "the tag a occurs twice");
	expect(SAYS("<TagList><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>a</Key><Value>1</Value></Tag>"
		    "<Tag><Key>b</Key><Value>2</Value></Tag></TagList>"),
	       NULL);
	expect(SAYS("<DBClusterMembers><DBClusterMember><DBInstanceIdentifier>a</DBInstanceIdentifier>"
		    "<IsClusterWriter>true</IsClusterWriter><IsClusterWriter>false</IsClusterWriter>"
		    "</DBClusterMember></DBClusterMembers>"),
	       "IsClusterWriter occurs twice");
	expect(SAYS("<DBClusterMembers><DBClusterMember><DBInstanceIdentifier>a</DBInstanceIdentifier>"
		    "<DBInstanceIdentifier>b</DBInstanceIdentifier></DBClusterMember></DBClusterMembers>"),
	       "DBInstanceIdentifier occurs twice");
	/* An element with children is not a text, and a text is not a list. */
	expect(SAYS("<StorageEncrypted><a>true</a></StorageEncrypted>"),
	       "StorageEncrypted holds elements instead of a text");
	expect(SAYS("<StorageEncrypted>false<StorageEncrypted>true</StorageEncrypted></StorageEncrypted>"),
	       "StorageEncrypted holds elements instead of a text");
	expect(SAYS("<KmsKeyId>arn:aws:kms:eu-west-1:111111111111:key/k<b/></KmsKeyId>"),
	       "KmsKeyId holds elements instead of a text");
	expect(SAYS("<EnabledCloudwatchLogsExports>audit</EnabledCloudwatchLogsExports>"),
	       "EnabledCloudwatchLogsExports holds a text instead of elements");
	/* A nested member is not the cluster's own. */
	expect(SAYS("<StorageEncrypted>true</"
		    "StorageEncrypted><DBClusterMembers><DBClusterMember><StorageEncrypted>false"
		    "</StorageEncrypted></DBClusterMember></DBClusterMembers>"),
	       NULL);
}

#define ONE ARN("rds", "eu-west-1", "111111111111")
#define LISTED(id, arn, more)                                                                                  \
	"<DBCluster><DBClusterIdentifier>" id "</DBClusterIdentifier><DBClusterArn>" arn                       \
	"</DBClusterArn>" more "</DBCluster>"
#define PLAIN "<StorageEncrypted>false</StorageEncrypted>"
#define ENCRYPTED "<StorageEncrypted>true</StorageEncrypted>"

/* A page is of one moment, so a resource has one description. */
static void test_one_description_each(void **state)
{
	(void)state;
	expect(SAYS(ENCRYPTED) SAYS(PLAIN), "it lists " ONE " twice, with different values");
	expect(SAYS(ENCRYPTED) SAYS(ENCRYPTED), NULL);
	expect(SAYS(ENCRYPTED) SAYS(""), "twice");
	expect(SAYS(ENCRYPTED) LISTED("two", ONE "2", PLAIN) SAYS(PLAIN), "twice");
	expect(SAYS(ENCRYPTED) LISTED("two", ONE "2", PLAIN), NULL);
	expect(SAYS("<Status>available</Status>") SAYS("<Status>creating</Status>"), "twice");
	expect(SAYS("<TagList><Tag><Key>a</Key></Tag></TagList>") SAYS(""), "twice");
	/* Two ids for one ARN, two ARNs for one id, an id with and without an ARN. */
	expect(LISTED("one", ONE, "") LISTED("two", ONE, ""), NULL);
	expect(LISTED("one", ONE, "") LISTED("one", ONE "2", ""), "it lists one twice");
	expect(LISTED("one", ONE, "") "<DBCluster><DBClusterIdentifier>one</DBClusterIdentifier></DBCluster>",
	       "twice");
	expect("<DBCluster><DBClusterIdentifier>one</DBClusterIdentifier>" ENCRYPTED
	       "</DBCluster><DBCluster><DBClusterIdentifier>one</DBClusterIdentifier>" PLAIN "</DBCluster>",
	       "it lists one twice");
	/* A resource without a name equals no other. */
	expect("<DBCluster>" ENCRYPTED "</DBCluster><DBCluster>" PLAIN "</DBCluster>", NULL);
	/* The duplicate is of another engine. */
	expect(SAYS(ENCRYPTED) LISTED("one", ONE, "<Engine>docdb</Engine>" ENCRYPTED), "twice");
}

/* A problem of the previous document is forgotten. */
static void test_problem_is_forgotten(void **state)
{
	struct xml_parser *parser = xml_parser_new();
	struct listing listing;
	struct arena arena = {0};

	(void)state;
	listing_init(&listing, &listing_clusters, &arena);
	listing_expect(&listing, "111111111111", "eu-west-1");
	for (int round = 0; round < 2; round++) {
		assert_true(xml_read(
			parser,
			span_of(round == 0 ? "<R><S><DBClusters>" CLUSTER("other", "") "</DBClusters></S></R>"
					   : "<R><S><DBClusters/></S></R>"),
			&listing.handler));
		assert_int_equal(listing.handler.problem(listing.handler.user) != NULL, round == 0);
	}
	arena_deinit(&arena);
	xml_parser_free(parser);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whose_list_it_is),
		cmocka_unit_test(test_global_databases),
		cmocka_unit_test(test_members_of_global_databases),
		cmocka_unit_test(test_one_value_each),
		cmocka_unit_test(test_one_description_each),
		cmocka_unit_test(test_problem_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
