/* neptune.c, sts.c, regions.c and organizations.c: from AWS's words to ours. */
#include "scanner/aws/neptune.h"
#include "scanner/aws/organizations.h"
#include "scanner/aws/regions.h"
#include "scanner/aws/sts.h"
#include "tests/unit.h"

static bool read(const char *document, const struct xml_handler *handler)
{
	struct xml_parser *parser = xml_open();
	bool good = xml_read(parser, span_of(document), handler);

	xml_close(parser);
	return good;
}

static const char page[] =
	"<DescribeDBClustersResponse><DescribeDBClustersResult><Marker> a/b+c== </Marker><DBClusters>\n"
	"<DBCluster><DBClusterIdentifier>one</DBClusterIdentifier><Engine>neptune</Engine><Status>available</"
	"Status>"
	"<StorageEncrypted>true</StorageEncrypted><KmsKeyId>arn:k</KmsKeyId><DBClusterArn>arn:1</DBClusterArn>"
	"<DBClusterMembers><DBClusterMember><Status>other</Status><StorageEncrypted>false</StorageEncrypted>"
	"</DBClusterMember></DBClusterMembers><TagList><Tag><Key>k</Key><Value>&lt;v&gt;</Value></Tag>"
	"<Tag><Key>empty</Key></Tag></TagList></DBCluster>"
	"<DBCluster><DBClusterIdentifier>two</DBClusterIdentifier><Engine>docdb</Engine></DBCluster>"
	"<DBCluster><DBClusterIdentifier>three</DBClusterIdentifier><Engine>neptune</Engine>"
	"<StorageEncryptionType>sse-rds</StorageEncryptionType><StorageEncrypted></StorageEncrypted></"
	"DBCluster>"
	"<DBCluster><DBClusterIdentifier>four</DBClusterIdentifier></DBCluster>"
	"</DBClusters></DescribeDBClustersResult></DescribeDBClustersResponse>";

static void test_clusters(void **state)
{
	struct clusters_reading reading;
	struct arena arena = {0};
	const struct cluster *cluster;

	(void)state;
	clusters_reading_init(&reading, &arena);
	for (int round = 0; round < 2;
	     round++) { /* the second time as after a retry: nothing is listed twice */
		assert_true(read(page, &reading.handler));
		cluster = reading.clusters;
		assert_string_equal(cluster->id, "one");
		assert_string_equal(cluster->status, "available"); /* its own, not its member's */
		assert_string_equal(cluster->storage_encrypted, "true");
		assert_null(cluster->storage_encryption_type);
		assert_string_equal(cluster->tags->next->value, "<v>");
		assert_null(cluster->tags->value);
		cluster = cluster->next;
		assert_string_equal(cluster->id, "three"); /* two is of another engine */
		assert_string_equal(cluster->storage_encrypted, "");
		assert_string_equal(cluster->storage_encryption_type, "sse-rds");
		cluster = cluster->next;
		assert_string_equal(cluster->id, "four");
		assert_null(cluster->engine);
		assert_null(cluster->next);
		assert_int_equal(reading.other_engines, 1);
		assert_string_equal(reading.marker, "a/b+c==");
	}
	arena_free(&arena);
}

static void test_last_page(void **state)
{
	struct clusters_reading reading;
	struct arena arena = {0};

	(void)state;
	clusters_reading_init(&reading, &arena);
	assert_true(read("<DescribeDBClustersResponse><DescribeDBClustersResult><DBClusters/><Marker/>"
			 "</DescribeDBClustersResult></DescribeDBClustersResponse>",
			 &reading.handler));
	assert_null(reading.clusters);
	assert_null(reading.marker);
	arena_free(&arena);
}

static const char assumed[] =
	"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s"
	"</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2026-11-24T05:46:22.944925Z</Expiration>"
	"</Credentials><AssumedRoleUser><AssumedRoleId>AROA:x</AssumedRoleId>"
	"<Arn>arn:aws:sts::000000000012:assumed-role/R/x</Arn></AssumedRoleUser></AssumeRoleResult></"
	"AssumeRoleResponse>";

static void test_assume_role(void **state)
{
	struct sts_reading reading;
	struct session *session;

	(void)state;
	sts_reading_init(&reading);
	assert_true(read(assumed, &reading.handler));
	assert_string_equal(reading.identity.account, "000000000012");
	session = sts_take_session(&reading, 0);
	assert_non_null(session);
	assert_string_equal(session->access_key_id, "ASIA1");
	assert_string_equal(session->token, "t");
	assert_int_equal(session->expires, 1795499182);
	assert_null(sts_take_session(&reading, 0)); /* it was taken, and wiped */
	session_close(session);
	assert_true(read(
		"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId></Credentials>"
		"</AssumeRoleResult></AssumeRoleResponse>",
		&reading.handler));
	assert_string_equal(reading.identity.account, "");
	assert_null(sts_take_session(&reading, 0)); /* half a key is none */
	sts_reading_free(&reading);
}

static void test_regions(void **state)
{
	struct regions_reading reading;

	(void)state;
	regions_reading_init(&reading, partition_of_region(span_of("us-east-1")));
	assert_true(read(
		"<DescribeRegionsResponse><regionInfo>"
		"<item><regionName>eu-west-1</regionName><optInStatus>opt-in-not-required</optInStatus></item>"
		"<item><optInStatus>not-opted-in</optInStatus><regionName>ap-east-1</regionName></item>"
		"<item><regionName>af-south-1</regionName><optInStatus>opted-in</optInStatus></item>"
		"<item><regionName>us-gov-west-1</regionName></item>"
		"<item><regionName>cn-north-1</regionName></item>"
		"<item><regionName>eu-west-1/../x</regionName></item>"
		"<item><optInStatus>opted-in</optInStatus></item>"
		"<item><regionName>mx-central-9</regionName></item></regionInfo></DescribeRegionsResponse>",
		&reading.handler));
	assert_int_equal(reading.count, 3);
	assert_string_equal(reading.enabled[0], "eu-west-1");
	assert_string_equal(reading.enabled[1], "af-south-1");
	assert_string_equal(reading.enabled[2], "mx-central-9");
	regions_reading_free(&reading);
}

static void test_accounts(void **state)
{
	json_t *answer = json_loads(
		"{\"Accounts\":[{\"Id\":\"000000000001\",\"Name\":\"a\",\"State\":\"CLOSED\",\"Status\":"
		"\"SUSPENDED\","
		"\"Paths\":[\"o/r/ou-1/000000000001/\"]},{\"Id\":\"000000000002\",\"Status\":\"ACTIVE\"},"
		"{\"Id\":\"12345\"},{\"Name\":\"no id\"},{\"Id\":7}],\"NextToken\":null}",
		0, NULL);
	struct listed_account account;

	(void)state;
	assert_true(organizations_read_account(answer, 0, &account));
	assert_string_equal(account.state, "CLOSED"); /* State before Status */
	assert_string_equal(account.path, "o/r/ou-1/000000000001/");
	assert_true(organizations_read_account(answer, 1, &account));
	assert_string_equal(account.state, "ACTIVE"); /* an endpoint that knows Status only */
	assert_null(account.name);
	assert_null(account.path);
	for (size_t i = 2; i < 5; i++) {
		assert_true(organizations_read_account(answer, i, &account));
		assert_string_equal(account.id, "");
	}
	assert_false(organizations_read_account(answer, 5, &account));
	assert_null(organizations_next_token(answer));
	json_decref(answer);
}

static void test_which_accounts_are_scanned(void **state)
{
	(void)state;
	assert_true(organizations_is_scanned("ACTIVE"));
	assert_true(organizations_is_scanned(NULL));
	assert_true(organizations_is_scanned("SOMETHING_NEW"));
	assert_false(organizations_is_scanned("SUSPENDED"));
	assert_false(organizations_is_scanned("CLOSED"));
	assert_false(organizations_is_scanned("PENDING_CLOSURE"));
	assert_false(organizations_is_scanned("PENDING_ACTIVATION"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clusters),    cmocka_unit_test(test_last_page),
		cmocka_unit_test(test_assume_role), cmocka_unit_test(test_regions),
		cmocka_unit_test(test_accounts),    cmocka_unit_test(test_which_accounts_are_scanned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
