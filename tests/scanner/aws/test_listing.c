/* listing.c: a list must be the one that was asked for, and each item must say one thing. */
#include "scanner/aws/listing.h"
#include "tests/unit.h"

#define ARN(service, region, account) "arn:aws:" service ":" region ":" account ":cluster:one"
#define CLUSTER(arn, more)                                                                                     \
	"<DBCluster><DBClusterIdentifier>one</DBClusterIdentifier><Engine>neptune</Engine><DBClusterArn>" arn  \
	"</DBClusterArn>" more "</DBCluster>"

/* The problem of a page of clusters that account 111111111111 was asked for in eu-west-1; NULL: none. */
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
	arena_free(&arena);
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
	/* Other engines' resources are dropped, but they tell as well. */
	expect("<DBCluster><Engine>docdb</Engine><DBClusterArn>" ARN(
		       "rds", "eu-west-1", "222222222222") "</DBClusterArn></DBCluster>",
	       "222222222222");
	/* AWS leaves it out while a cluster is being created. */
	expect("<DBCluster><DBClusterIdentifier>one</DBClusterIdentifier></DBCluster>", NULL);
}

/* A global database belongs to an account alone. */
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

/* So do its members, each in a region of its own. */
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
	       "StorageEncrypted stands twice");
	expect(SAYS("<StorageEncrypted>true</StorageEncrypted><StorageEncrypted/>"),
	       "StorageEncrypted stands twice");
	expect(SAYS("<StorageEncrypted>true</StorageEncrypted><StorageEncrypted> true </StorageEncrypted>"),
	       NULL);
	expect(SAYS("<DBClusterIdentifier>two</DBClusterIdentifier>"), "DBClusterIdentifier stands twice");
	expect(SAYS("<EnabledCloudwatchLogsExports><member>audit</member></EnabledCloudwatchLogsExports>"
		    "<EnabledCloudwatchLogsExports><member>slowquery</member></EnabledCloudwatchLogsExports>"),
	       "EnabledCloudwatchLogsExports stands twice");
	expect(SAYS("<EnabledCloudwatchLogsExports><member>audit</member><member>slowquery</member>"
		    "</EnabledCloudwatchLogsExports>"),
	       NULL);
	expect(SAYS("<EnabledCloudwatchLogsExports/>"), NULL);
	expect(SAYS("<TagList><Tag><Key>a</Key><Value>1</Value><Value>2</Value></Tag></TagList>"),
	       "Value stands twice");
	expect(SAYS("<TagList><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>a</Key><Value>2</Value></Tag>"
		    "</TagList>"),
	       "the tag a stands twice");
	expect(SAYS("<TagList><Tag><Key>a</Key><Value>1</Value></Tag></TagList>"
		    "<TagList><Tag><Key>a</Key></Tag></TagList>"),
	       "the tag a stands twice");
	expect(SAYS("<TagList><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>a</Key><Value>1</Value></Tag>"
		    "<Tag><Key>b</Key><Value>2</Value></Tag></TagList>"),
	       NULL);
	expect(SAYS("<DBClusterMembers><DBClusterMember><DBInstanceIdentifier>a</DBInstanceIdentifier>"
		    "<IsClusterWriter>true</IsClusterWriter><IsClusterWriter>false</IsClusterWriter>"
		    "</DBClusterMember></DBClusterMembers>"),
	       "IsClusterWriter stands twice");
	expect(SAYS("<DBClusterMembers><DBClusterMember><DBInstanceIdentifier>a</DBInstanceIdentifier>"
		    "<DBInstanceIdentifier>b</DBInstanceIdentifier></DBClusterMember></DBClusterMembers>"),
	       "DBInstanceIdentifier stands twice");
	/* What holds elements is no text, and what holds a text is no list. */
	expect(SAYS("<StorageEncrypted><a>true</a></StorageEncrypted>"),
	       "StorageEncrypted holds elements instead of a text");
	expect(SAYS("<StorageEncrypted>false<StorageEncrypted>true</StorageEncrypted></StorageEncrypted>"),
	       "StorageEncrypted holds elements instead of a text");
	expect(SAYS("<KmsKeyId>arn:aws:kms:eu-west-1:111111111111:key/k<b/></KmsKeyId>"),
	       "KmsKeyId holds elements instead of a text");
	expect(SAYS("<EnabledCloudwatchLogsExports>audit</EnabledCloudwatchLogsExports>"),
	       "EnabledCloudwatchLogsExports holds a text instead of elements");
	/* A member of a member is not the cluster's own. */
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

/* A page is of one moment: it cannot say two things of one resource. */
static void test_one_description_each(void **state)
{
	(void)state;
	expect(SAYS(ENCRYPTED) SAYS(PLAIN), "it lists " ONE " twice, with other values");
	expect(SAYS(ENCRYPTED) SAYS(ENCRYPTED), NULL);
	expect(SAYS(ENCRYPTED) SAYS(""), "twice");
	expect(SAYS(ENCRYPTED) LISTED("two", ONE "2", PLAIN) SAYS(PLAIN), "twice");
	expect(SAYS(ENCRYPTED) LISTED("two", ONE "2", PLAIN), NULL);
	expect(SAYS("<Status>available</Status>") SAYS("<Status>creating</Status>"), "twice");
	expect(SAYS("<TagList><Tag><Key>a</Key></Tag></TagList>") SAYS(""), "twice");
	/* Two ids of one ARN, two ARNs of one id, an id with and without ARN. */
	expect(LISTED("one", ONE, "") LISTED("two", ONE, ""), NULL);
	expect(LISTED("one", ONE, "") LISTED("one", ONE "2", ""), "it lists one twice");
	expect(LISTED("one", ONE, "") "<DBCluster><DBClusterIdentifier>one</DBClusterIdentifier></DBCluster>",
	       "twice");
	expect("<DBCluster><DBClusterIdentifier>one</DBClusterIdentifier>" ENCRYPTED
	       "</DBCluster><DBCluster><DBClusterIdentifier>one</DBClusterIdentifier>" PLAIN "</DBCluster>",
	       "it lists one twice");
	/* What has no name is no other's. */
	expect("<DBCluster>" ENCRYPTED "</DBCluster><DBCluster>" PLAIN "</DBCluster>", NULL);
	/* Of one engine and of another. */
	expect(SAYS(ENCRYPTED) LISTED("one", ONE, "<Engine>docdb</Engine>" ENCRYPTED), "twice");
}

/* Each document is read anew: what was wrong with the one before does not stay. */
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
	arena_free(&arena);
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
