/*
 * neptune.c, sts.c, kms.c and organizations.c: reading responses.
 */
#include "scanner/aws/graphs.h"
#include "scanner/aws/kms.h"
#include "scanner/aws/neptune.h"
#include "scanner/aws/organizations.h"
#include "scanner/aws/sts.h"
#include "tests/unit.h"

static bool read(const char *document, const struct xml_handler *handler)
{
	struct xml_parser *parser = xml_parser_new();
	bool good = xml_read(parser, span_of(document), handler);

	xml_parser_free(parser);
	return good;
}

static const char page[] =
	"<DescribeDBClustersResponse><DescribeDBClustersResult><Marker> a/b+c== </Marker><DBClusters>\n"
	"<DBCluster><DBClusterIdentifier>one</DBClusterIdentifier><Engine>neptune</Engine><Status>available</"
	"Status>"
	"<StorageEncrypted>true</StorageEncrypted><KmsKeyId>arn:k</KmsKeyId><DBClusterArn>arn:1</DBClusterArn>"
	"<DBClusterMembers><DBClusterMember><Status>other</Status><StorageEncrypted>false</StorageEncrypted>"
	"</DBClusterMember></DBClusterMembers><TagList><Tag><Key>k</Key><Value>&lt;v&gt;</Value></Tag>"
	"<Tag><Key>empty</Key></Tag></TagList><EnabledCloudwatchLogsExports><member> audit </member>"
	"<member>slowquery</member></EnabledCloudwatchLogsExports></DBCluster>"
	"<DBCluster><DBClusterIdentifier>two</DBClusterIdentifier><Engine>docdb</Engine></DBCluster>"
	"<DBCluster><DBClusterIdentifier>three</DBClusterIdentifier><Engine>neptune</Engine>"
	"<EnabledCloudwatchLogsExports/><StorageEncryptionType>sse-rds</"
	"StorageEncryptionType><StorageEncrypted></StorageEncrypted></"
	"DBCluster>"
	"<DBCluster><DBClusterIdentifier>four</DBClusterIdentifier></DBCluster>"
	"</DBClusters></DescribeDBClustersResult></DescribeDBClustersResponse>";

static void test_clusters(void **state)
{
	struct listing listing;
	struct arena arena = {0};
	const struct resource *cluster;

	(void)state;
	listing_init(&listing, &listing_clusters, &arena);
	for (int round = 0; round < 2;
	     round++) { /* the second time as after a retry, which must not duplicate items */
		assert_true(read(page, &listing.handler));
		cluster = listing.first;
		assert_string_equal(cluster->id, "one");
		assert_int_equal(cluster->kind, RESOURCE_CLUSTER);
		/* Its own status, not a member's. */
		assert_string_equal(cluster->values[ATTRIBUTE_STATUS], "available");
		assert_string_equal(cluster->values[ATTRIBUTE_STORAGE_ENCRYPTED], "true");
		assert_null(cluster->values[ATTRIBUTE_STORAGE_ENCRYPTION_TYPE]);
		assert_string_equal(cluster->values[ATTRIBUTE_LOG_EXPORTS], "audit,slowquery");
		assert_true(cluster->has_tag_list);
		assert_string_equal(cluster->tags->next->value, "<v>");
		assert_string_equal(cluster->tags->value, "");
		cluster = cluster->next;
		assert_string_equal(cluster->id, "three"); /* "two" is of another engine */
		assert_string_equal(cluster->values[ATTRIBUTE_STORAGE_ENCRYPTED], "");
		assert_string_equal(cluster->values[ATTRIBUTE_STORAGE_ENCRYPTION_TYPE], "sse-rds");
		assert_string_equal(cluster->values[ATTRIBUTE_LOG_EXPORTS], "");
		assert_false(cluster->has_tag_list);
		cluster = cluster->next;
		assert_string_equal(cluster->id, "four");
		assert_null(cluster->values[ATTRIBUTE_ENGINE]);
		assert_null(cluster->values[ATTRIBUTE_LOG_EXPORTS]);
		assert_null(cluster->next);
		assert_int_equal(listing.other_engines, 1);
		assert_string_equal(listing.marker, "a/b+c==");
	}
	arena_deinit(&arena);
}

/* The writer is the member whose flag is true, wherever the flag stands; other lists are not affected. */
static void test_writer(void **state)
{
	struct listing listing;
	struct arena arena = {0};

	(void)state;
	listing_init(&listing, &listing_clusters, &arena);
	assert_true(
		read("<DescribeDBClustersResponse><DescribeDBClustersResult><DBClusters><DBCluster>"
		     "<DBClusterIdentifier>one</DBClusterIdentifier><DBClusterMembers><DBClusterMember>"
		     "<IsClusterWriter>false</IsClusterWriter><DBInstanceIdentifier>a</DBInstanceIdentifier>"
		     "</DBClusterMember><DBClusterMember><DBInstanceIdentifier>b</DBInstanceIdentifier>"
		     "<IsClusterWriter>true</IsClusterWriter></DBClusterMember></DBClusterMembers>"
		     "<VpcSecurityGroups><VpcSecurityGroupMembership><VpcSecurityGroupId>sg-1"
		     "</VpcSecurityGroupId></VpcSecurityGroupMembership></VpcSecurityGroups></DBCluster>"
		     "</DBClusters></DescribeDBClustersResult></DescribeDBClustersResponse>",
		     &listing.handler));
	assert_string_equal(listing.first->values[ATTRIBUTE_WRITER], "b");
	assert_null(listing.first->relations);
	assert_string_equal(listing.first->values[ATTRIBUTE_SECURITY_GROUPS], "sg-1");
	arena_deinit(&arena);
}

static void test_last_page(void **state)
{
	struct listing listing;
	struct arena arena = {0};

	(void)state;
	listing_init(&listing, &listing_clusters, &arena);
	assert_true(read("<DescribeDBClustersResponse><DescribeDBClustersResult><DBClusters/><Marker/>"
			 "</DescribeDBClustersResult></DescribeDBClustersResponse>",
			 &listing.handler));
	assert_null(listing.first);
	assert_null(listing.marker);
	arena_deinit(&arena);
}

/* The reader finds members by the length of their names. */
static void test_shapes_are_sorted(void **state)
{
	const struct listing_shape *const shapes[] = {&listing_clusters, &listing_snapshots, &listing_instances,
						      &listing_backups, &listing_global_databases};

	(void)state;
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
		for (size_t j = 1; j < shapes[i]->member_count; j++)
			assert_true(shapes[i]->members[j - 1].element.length <=
				    shapes[i]->members[j].element.length);
}

static void test_global_database(void **state)
{
	struct listing listing;
	struct arena arena = {0};
	const struct relation *relation;

	(void)state;
	listing_init(&listing, &listing_global_databases, &arena);
	assert_true(
		read("<DescribeGlobalClustersResponse><DescribeGlobalClustersResult><GlobalClusters>"
		     "<GlobalClusterMember><GlobalClusterIdentifier>g</"
		     "GlobalClusterIdentifier><Engine>neptune</Engine>"
		     "<GlobalClusterArn>arn:g</GlobalClusterArn><StorageEncrypted>true</StorageEncrypted>"
		     "<GlobalClusterMembers><GlobalClusterMember><DBClusterArn>arn:one</DBClusterArn><Readers>"
		     "<member>arn:two</member></Readers><IsWriter>true</IsWriter></GlobalClusterMember>"
		     "<GlobalClusterMember><IsWriter>false</IsWriter><DBClusterArn>arn:two</DBClusterArn>"
		     "</GlobalClusterMember><GlobalClusterMember/></GlobalClusterMembers></GlobalClusterMember>"
		     "<GlobalClusterMember><Engine>aurora</Engine></GlobalClusterMember></GlobalClusters>"
		     "</DescribeGlobalClustersResult></DescribeGlobalClustersResponse>",
		     &listing.handler));
	assert_string_equal(listing.first->id, "g");
	assert_string_equal(listing.first->arn, "arn:g");
	relation = listing.first->relations;
	assert_string_equal(relation->role, "writer");
	assert_string_equal(relation->target, "arn:one");
	assert_string_equal(relation->next->role, "member");
	assert_string_equal(relation->next->target, "arn:two");
	assert_null(relation->next->next);
	assert_null(listing.first->next);
	arena_deinit(&arena);
}

static const char *sharing_of(const char *attributes, struct arena *arena)
{
	struct neptune_reading reading;
	char document[1024];

	neptune_reading_of_sharing(&reading, arena, NULL);
	snprintf(document, sizeof document,
		 "<DescribeDBClusterSnapshotAttributesResponse><DescribeDBClusterSnapshotAttributesResult>"
		 "<DBClusterSnapshotAttributesResult><DBClusterSnapshotAttributes>%s"
		 "</DBClusterSnapshotAttributes></DBClusterSnapshotAttributesResult>"
		 "</DescribeDBClusterSnapshotAttributesResult></DescribeDBClusterSnapshotAttributesResponse>",
		 attributes);
	assert_true(read(document, &reading.handler));
	return reading.shared_with;
}

static void test_sharing(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_null(sharing_of("", &arena));
	assert_null(sharing_of(
		"<DBClusterSnapshotAttribute><AttributeName>other</AttributeName><AttributeValues>"
		"<AttributeValue>all</AttributeValue></AttributeValues></DBClusterSnapshotAttribute>",
		&arena));
	assert_string_equal(sharing_of("<DBClusterSnapshotAttribute><AttributeName>restore</AttributeName>"
				       "<AttributeValues/></DBClusterSnapshotAttribute>",
				       &arena),
			    "");
	assert_string_equal(
		sharing_of("<DBClusterSnapshotAttribute><AttributeValues><AttributeValue>1</AttributeValue>"
			   "<AttributeValue>2</AttributeValue></AttributeValues>"
			   "<AttributeName>restore</AttributeName></DBClusterSnapshotAttribute>"
			   "<DBClusterSnapshotAttribute><AttributeName>x</AttributeName></"
			   "DBClusterSnapshotAttribute>",
			   &arena),
		"1,2");
	arena_deinit(&arena);
}

static void test_parameters_and_tags(void **state)
{
	struct neptune_reading reading;
	struct arena arena = {0};

	(void)state;
	neptune_reading_of_parameters(&reading, &arena);
	assert_true(read(
		"<R><S><Parameters><Parameter><ParameterName>neptune_streams</ParameterName>"
		"<ParameterValue>1</ParameterValue></Parameter><Parameter><ParameterValue>0</ParameterValue>"
		"<ParameterName>neptune_enforce_ssl</ParameterName></Parameter></Parameters>"
		"<Marker>m</Marker></S></R>",
		&reading.handler));
	assert_string_equal(reading.parameters[0], "0");
	assert_null(reading.parameters[1]);
	assert_string_equal(reading.marker, "m");
	/* The next page: values of the previous one are reset, and a parameter without a value has none. */
	assert_true(read("<R><S><Parameters><Parameter><ParameterName>neptune_enable_audit_log</ParameterName>"
			 "<ParameterValue> 1 </ParameterValue></Parameter><Parameter>"
			 "<ParameterName>neptune_enforce_ssl</ParameterName></Parameter></Parameters></S></R>",
			 &reading.handler));
	assert_null(reading.parameters[0]);
	assert_string_equal(reading.parameters[1], "1");
	assert_null(reading.marker);
	neptune_reading_of_tags(&reading, &arena);
	assert_true(read("<R><S><TagList><Tag><Key>a</Key><Value>b</Value></Tag><Tag><Key>c</Key></Tag>"
			 "<Tag><Value>d</Value></Tag></TagList></S></R>",
			 &reading.handler));
	assert_string_equal(reading.tags->name, "c");
	assert_string_equal(reading.tags->value, "");
	assert_string_equal(reading.tags->next->value, "b");
	assert_null(reading.tags->next->next);
	/* An exact duplicate of a tag counts once. */
	assert_true(read("<R><S><TagList><Tag><Key>a</Key><Value>b</Value></Tag><Tag><Key>c</Key></Tag>"
			 "<Tag><Key>a</Key><Value>b</Value></Tag></TagList></S></R>",
			 &reading.handler));
	assert_non_null(reading.tags->next);
	assert_null(reading.tags->next->next);
	arena_deinit(&arena);
}

static void test_names_of_keys(void **state)
{
	struct key_name name = kms_read_name("arn:aws:kms:eu-west-1:000000000012:key/abc-1");

	(void)state;
	assert_span_equal(name.region, "eu-west-1");
	assert_span_equal(name.account, "000000000012");
	assert_span_equal(name.id, "abc-1");
	assert_false(name.is_alias);
	name = kms_read_name("arn:aws-cn:kms:cn-north-1:000000000012:alias/aws/rds");
	assert_span_equal(name.id, "alias/aws/rds");
	assert_true(name.is_alias && name.is_aws_alias);
	name = kms_read_name("alias/own");
	assert_true(name.is_alias && !name.is_aws_alias);
	assert_int_equal(name.region.length, 0);
	assert_span_equal(kms_read_name("abc-1").id, "abc-1");
	assert_span_equal(kms_read_name("mrk-1").id, "mrk-1");
	kms_read_name("");
	kms_read_name("arn:");
	kms_read_name("arn:aws:kms");
	kms_read_name("arn:aws:kms:::");
}

static void test_keys(void **state)
{
	struct arena arena = {0};
	struct resource key = {.kind = RESOURCE_KEY, .id = "k"};
	struct json_page list;
	json_t *answer = json_loads(
		"{\"KeyMetadata\":{\"AWSAccountId\":\"000000000012\",\"KeyState\":\"PendingDeletion\","
		"\"KeyManager\":\"CUSTOMER\",\"Origin\":\"EXTERNAL\",\"DeletionDate\":1.7964288E9,"
		"\"ValidTo\":1796428800,\"MultiRegion\":null,\"Arn\":\"arn:k\"}}",
		0, NULL);
	json_t *aliases =
		json_loads("{\"Aliases\":[{\"AliasName\":\"alias/aws/rds\",\"TargetKeyId\":\"other\"},"
			   "{\"AliasName\":\"alias/mine\",\"TargetKeyId\":\"k\"},"
			   "{\"AliasName\":\"alias/aws/ebs\"}],\"Truncated\":true,\"NextMarker\":\"n\"}",
			   0, NULL);

	(void)state;
	kms_read_key(answer, &key, &arena);
	assert_string_equal(key.values[ATTRIBUTE_KEY_STATE], "PendingDeletion");
	assert_string_equal(key.values[ATTRIBUTE_KEY_DELETION], "2026-12-05T00:00:00Z");
	assert_string_equal(key.values[ATTRIBUTE_KEY_VALID_TO], "2026-12-05T00:00:00Z");
	assert_null(key.values[ATTRIBUTE_KEY_SPEC]);
	assert_string_equal(key.arn, "arn:k");
	key.values[ATTRIBUTE_KEY_MANAGER] = NULL;
	assert_true(kms_read_aliases(&list, aliases, &key));
	assert_string_equal(list.token, "n");
	assert_null(key.values[ATTRIBUTE_KEY_MANAGER]); /* an alias of the account does not tell the manager */
	key.id = "other";
	assert_true(kms_read_aliases(&list, aliases, &key));
	assert_string_equal(key.values[ATTRIBUTE_KEY_MANAGER], "AWS");
	json_decref(answer);
	json_decref(aliases);
	arena_deinit(&arena);
}

/* Older servers send only the older name of the spec; where both are present, they are equal. */
static void test_spec_by_either_name(void **state)
{
	static const struct {
		const char *json, *spec;
	} rows[] = {
		{"{\"KeyMetadata\":{\"CustomerMasterKeySpec\":\"SYMMETRIC_DEFAULT\"}}", "SYMMETRIC_DEFAULT"},
		{"{\"KeyMetadata\":{\"KeySpec\":null,\"CustomerMasterKeySpec\":\"RSA_2048\"}}", "RSA_2048"},
		{"{\"KeyMetadata\":{\"KeySpec\":\"HMAC_256\",\"CustomerMasterKeySpec\":\"HMAC_256\"}}",
		 "HMAC_256"},
		{"{\"KeyMetadata\":{\"KeySpec\":7,\"CustomerMasterKeySpec\":{}}}", NULL},
		{"{\"KeyMetadata\":{}}", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct resource key = {.kind = RESOURCE_KEY, .id = "k"};
		json_t *answer = json_loads(rows[i].json, 0, NULL);
		struct arena arena = {0};

		kms_read_key(answer, &key, &arena);
		if (rows[i].spec)
			assert_string_equal(key.values[ATTRIBUTE_KEY_SPEC], rows[i].spec);
		else
			assert_null(key.values[ATTRIBUTE_KEY_SPEC]);
		json_decref(answer);
		arena_deinit(&arena);
	}
}

/* The ARN of a key that was named by an alias: the alias serves only to describe it. */
static void test_key_behind_an_alias(void **state)
{
	static const char alias[] = "arn:aws:kms:eu-west-1:000000000012:alias/graph";
	struct resource by_alias = {.id = "alias/graph", .arn = alias}, by_id = {.id = "k", .arn = "arn:k"};
	json_t *answer = json_loads("{\"KeyMetadata\":{\"Arn\":\"arn:real\"}}", 0, NULL);
	struct arena arena = {0};

	(void)state;
	kms_read_key(answer, &by_alias, &arena);
	assert_string_equal(by_alias.arn, alias);
	assert_string_equal(by_alias.values[ATTRIBUTE_KEY_ARN], "arn:real");
	kms_read_key(answer, &by_id, &arena);
	assert_null(by_id.values[ATTRIBUTE_KEY_ARN]);
	json_decref(answer);
	arena_deinit(&arena);
}

static void test_rotations(void **state)
{
	static const struct {
		const char *json, *rotated, *marker; /* NULL: none */
		bool good;
	} rows[] = {
		{"{\"Rotations\":[],\"Truncated\":false}", NULL, NULL, true},
		{"{\"Rotations\":[]}", NULL, NULL, true},
		{"{\"Rotations\":[{\"RotationType\":\"ON_DEMAND\",\"RotationDate\":1.7964288E9},"
		 "{\"RotationType\":\"ON_DEMAND\",\"RotationDate\":1740787200},"
		 "{\"RotationType\":\"AUTOMATIC\",\"RotationDate\":1800000000}]}",
		 "2026-12-05T00:00:00Z", NULL, true},
		/* Not on demand, or not completed: initial material, and pending rotation. */
		{"{\"Rotations\":[{\"RotationType\":\"AUTOMATIC\",\"RotationDate\":1740787200},"
		 "{\"KeyMaterialState\":\"PENDING_ROTATION\"},{\"RotationType\":\"ON_DEMAND\"}]}",
		 NULL, NULL, true},
		{"{\"Rotations\":[],\"Truncated\":true,\"NextMarker\":\"m\"}", NULL, "m", true},
		{"{\"Rotations\":[],\"Truncated\":true}", NULL, NULL, false},
		{"{\"Rotations\":[],\"Truncated\":true,\"NextMarker\":\"\"}", NULL, NULL, false},
		{"{\"Rotations\":[],\"Truncated\":true,\"NextMarker\":{}}", NULL, NULL, false},
		{"{\"Rotations\":[7]}", NULL, NULL, false},
		/* An unreadable rotation does not prove that there is none. */
		{"{\"Rotations\":[{\"RotationType\":\"ON_DEMAND\",\"RotationDate\":\"2026-01-01T00:00:00Z\"}]}",
		 NULL, NULL, false},
		{"{\"Rotations\":[{\"RotationType\":7,\"RotationDate\":1740787200}]}", NULL, NULL, false},
		{"{\"Rotations\":{}}", NULL, NULL, false},
		{"{\"Rotations\":null}", NULL, NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct resource key = {.kind = RESOURCE_KEY, .id = "k"};
		json_t *answer = json_loads(rows[i].json, 0, NULL);
		struct arena arena = {0};
		struct json_page list;

		assert_int_equal(kms_read_rotations(&list, answer, &key, &arena), rows[i].good);
		if (rows[i].rotated)
			assert_string_equal(key.values[ATTRIBUTE_KEY_ROTATED], rows[i].rotated);
		else
			assert_null(key.values[ATTRIBUTE_KEY_ROTATED]);
		if (rows[i].good && rows[i].marker)
			assert_string_equal(list.token, rows[i].marker);
		else if (rows[i].good)
			assert_null(list.token);
		json_decref(answer);
		arena_deinit(&arena);
	}
}

/* One error code with several meanings, of which only one is that the key does not exist. */
static void test_a_key_that_is_denied(void **state)
{
	static const char *const denied[] = {
		"Key 'arn:aws:kms:eu-west-1:000000000012:key/abc-1' does not exist",
		"Key 'arn:aws-us-gov:kms:us-gov-west-1:000000000012:key/mrk-1' does not exist.",
		"Key 'abc-1' does not exist",
	};
	static const char *const not_resolved[] = {
		"Invalid arn eu-west-1",
		"Invalid keyId abc-1",
		"Alias arn:aws:kms:eu-west-1:000000000012:alias/graph is not found.",
		"Key 'abc-1' does not exist or you may not see it",
		"The custom key store of Key abc-1 does not exist",
		"Account 000000000012 does not exist",
		" does not exist",
		"Key ",
		"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof denied / sizeof denied[0]; i++)
		assert_true(kms_denies_key(denied[i]));
	for (size_t i = 0; i < sizeof not_resolved / sizeof not_resolved[0]; i++)
		assert_false(kms_denies_key(not_resolved[i]));
}

static void test_graphs(void **state)
{
	struct arena arena = {0};
	struct resource *first = NULL, **last = &first;
	struct json_page list;
	json_t *answer =
		json_loads("{\"graphs\":[{\"id\":\"g-1\",\"arn\":\"arn:g\",\"kmsKeyIdentifier\":\"K\"},"
			   "{\"id\":\"g-2\",\"status\":7}],\"nextToken\":\"t\"}",
			   0, NULL);

	(void)state;
	assert_true(
		graphs_read(&list, answer, &(struct graphs_request){.kind = RESOURCE_GRAPH}, &arena, &last));
	assert_string_equal(list.token, "t");
	assert_string_equal(first->values[ATTRIBUTE_ANALYTICS_KEY_ID], "K");
	assert_string_equal(first->next->id, "g-2");
	assert_null(first->next->values[ATTRIBUTE_STATUS]);
	assert_null(first->next->next);
	json_decref(answer);
	arena_deinit(&arena);
}

static const char assumed[] =
	"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s"
	"</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2026-11-24T05:46:22.944925Z</Expiration>"
	"</Credentials><AssumedRoleUser><AssumedRoleId>AROA:x</AssumedRoleId>"
	"<Arn>arn:aws:sts::000000000012:assumed-role/R/x</Arn></AssumedRoleUser></AssumeRoleResult></"
	"AssumeRoleResponse>";

static void test_assume_role(void **state)
{
	static const char *const unusable[] = {"t\n", "t&#13;&#10;X: y", " t", "t\tu", "\xc3\xa4", ""};
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
	assert_null(sts_take_session(&reading, 0)); /* taken and wiped */
	session_free(session);
	assert_true(read(
		"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId></Credentials>"
		"</AssumeRoleResult></AssumeRoleResponse>",
		&reading.handler));
	assert_string_equal(reading.identity.account, "");
	assert_null(sts_take_session(&reading, 0)); /* incomplete keys are refused */
	for (size_t i = 0; i < sizeof unusable / sizeof unusable[0]; i++) {
		char answer[sizeof assumed + 20];
		const char *behind = strstr(assumed, "t</SessionToken>");

		snprintf(answer, sizeof answer, "%.*s%s%s", (int)(behind - assumed), assumed, unusable[i],
			 behind + 1);
		assert_true(read(answer, &reading.handler));
		assert_null(sts_take_session(&reading, 0)); /* would inject a header */
	}
	sts_reading_deinit(&reading);
}

static void test_accounts(void **state)
{
	json_t *answer = json_loads(
		"{\"Accounts\":[{\"Id\":\"000000000001\",\"Name\":\"a\",\"State\":\"CLOSED\",\"Status\":"
		"\"SUSPENDED\","
		"\"Paths\":[\"o/r/ou-1/000000000001/\"]},{\"Id\":\"000000000002\",\"Status\":\"ACTIVE\"}],"
		"\"NextToken\":null}",
		0, NULL);
	struct listed_account account;
	struct json_page list;

	(void)state;
	assert_true(organizations_read_page(&list, answer, "Accounts"));
	assert_null(list.token);
	assert_int_equal(json_array_size(list.items), 2);
	assert_true(organizations_read_account(&list, 0, &account));
	assert_string_equal(account.state, "CLOSED"); /* State takes precedence over Status */
	assert_string_equal(account.path, "o/r/ou-1/000000000001/");
	assert_true(organizations_read_account(&list, 1, &account));
	assert_string_equal(account.state, "ACTIVE"); /* an endpoint that sends only Status */
	assert_null(account.name);
	assert_null(account.path);
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

static void reading_of_snapshot(struct neptune_reading *reading, struct arena *arena)
{
	neptune_reading_of_sharing(reading, arena, "rds:one-2026");
}

/* An element with two different texts is invalid, in either order; an exact duplicate counts once. */
static const char *problem_of_neptune(void (*init)(struct neptune_reading *, struct arena *), const char *body)
{
	struct neptune_reading reading;
	struct arena arena = {0};
	const char *problem;

	init(&reading, &arena);
	assert_true(read(body, &reading.handler));
	problem = reading.handler.problem(&reading);
	problem = problem ? strdup(problem) : NULL;
	arena_deinit(&arena);
	return problem;
}

static void test_contradictions(void **state)
{
	static const struct {
		void (*init)(struct neptune_reading *, struct arena *);
		const char *body, *problem;
	} cases[] = {
		{neptune_reading_of_tags, "<R><Tag><Key>a</Key><Value>1</Value><Value>2</Value></Tag></R>",
		 "Value occurs twice, with different values"},
		{neptune_reading_of_tags, "<R><Tag><Key>a</Key><Key>b</Key></Tag></R>",
		 "Key occurs twice, with different values"},
		{neptune_reading_of_tags, "<R><Tag><Key>a</Key><Key>a</Key></Tag><Tag><Key>b</Key></Tag></R>",
		 NULL},
		{neptune_reading_of_tags,
		 "<R><TagList><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key><Value>1</Value></Tag>"
		 "<Tag><Key>a</Key><Value>2</Value></Tag></TagList></R>",
		 "the tag a occurs twice, with different values"},
		{neptune_reading_of_tags,
		 "<R><TagList><Tag><Key>a</Key><Value>1</Value></Tag></TagList><TagList><Tag><Key>a</Key></Tag>"
		 "</TagList></R>",
		 "the tag a occurs twice, with different values"},
		{neptune_reading_of_tags,
		 "<R><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>A</Key><Value>2</Value></Tag>"
		 "<Tag><Key>a</Key><Value>1</Value></Tag></R>",
		 NULL},
		{neptune_reading_of_parameters,
		 "<R><Parameter><ParameterName>neptune_enforce_ssl</ParameterName>"
		 "<ParameterValue>0</ParameterValue><ParameterValue>1</ParameterValue></Parameter></R>",
		 "ParameterValue occurs twice, with different values"},
		{neptune_reading_of_parameters,
		 "<R><Parameter><ParameterName>neptune_enforce_ssl</ParameterName>"
		 "<ParameterValue>0</ParameterValue></Parameter><Parameter><ParameterName>neptune_enforce_ssl"
		 "</ParameterName><ParameterValue>1</ParameterValue></Parameter></R>",
		 "a parameter occurs twice, with different values"},
		{reading_of_snapshot,
		 "<R><DBClusterSnapshotIdentifier> RDS:one-2026 </DBClusterSnapshotIdentifier></R>", NULL},
		{reading_of_snapshot, "<R><DBClusterSnapshotIdentifier>two</DBClusterSnapshotIdentifier></R>",
		 "it is about two instead of rds:one-2026"},
		{reading_of_snapshot,
		 "<R><DBClusterSnapshotIdentifier>rds:one-2026</DBClusterSnapshotIdentifier>"
		 "<DBClusterSnapshotIdentifier>two</DBClusterSnapshotIdentifier></R>",
		 "DBClusterSnapshotIdentifier occurs twice, with different values"},
		{reading_of_snapshot,
		 "<R><DBClusterSnapshotAttribute><AttributeName>restore</AttributeName><AttributeName>other"
		 "</AttributeName></DBClusterSnapshotAttribute></R>",
		 "AttributeName occurs twice, with different values"},
		{reading_of_snapshot,
		 "<R><DBClusterSnapshotAttribute><AttributeName>restore</AttributeName><AttributeValues>"
		 "<AttributeValue>all</AttributeValue></AttributeValues></DBClusterSnapshotAttribute>"
		 "<DBClusterSnapshotAttribute><AttributeName>restore</AttributeName>"
		 "</DBClusterSnapshotAttribute></R>",
		 "the attribute restore occurs twice"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *problem = problem_of_neptune(cases[i].init, cases[i].body);

		if (cases[i].problem)
			assert_string_equal(problem, cases[i].problem);
		else
			assert_null(problem);
		free((char *)problem);
	}
}

/* The keys of one session with the token of another. */
static void test_contradictory_sessions(void **state)
{
	static const char *const twice[] = {
		"<AccessKeyId>A</AccessKeyId><AccessKeyId>B</AccessKeyId>",
		"<SecretAccessKey>A</SecretAccessKey><SecretAccessKey>B</SecretAccessKey>",
		"<SessionToken>A</SessionToken><SessionToken/>",
		"<Expiration>2026-11-24T05:46:22Z</Expiration><Expiration>2036-11-24T05:46:22Z</Expiration>",
		"<Expiration>2026-11-24T05:46:22Z</Expiration><Expiration/>",
		"<Arn>arn:aws:sts::111111111111:assumed-role/a/b</Arn>"
		"<Arn>arn:aws:sts::222222222222:assumed-role/a/b</Arn>",
	};
	struct sts_reading reading;
	char document[512];

	(void)state;
	sts_reading_init(&reading);
	for (size_t i = 0; i < sizeof twice / sizeof twice[0]; i++) {
		snprintf(document, sizeof document, "<R><Credentials>%s</Credentials></R>", twice[i]);
		assert_true(read(document, &reading.handler));
		assert_non_null(strstr(reading.handler.problem(&reading), "occurs twice"));
	}
	/* The next document starts without problems. */
	assert_true(read("<R><Arn>arn:aws:sts::111111111111:user/a</Arn></R>", &reading.handler));
	assert_null(reading.handler.problem(&reading));
	sts_reading_deinit(&reading);
}

static void test_caller_identity(void **state)
{
	static const struct {
		const char *body, *problem;
	} rows[] = {
		{"<Arn>arn:aws:iam::111111111111:user/a</Arn><Account> 111111111111 </Account>", NULL},
		{"<Account>111111111111</Account><Arn>arn:aws:iam::111111111111:root</Arn>", NULL},
		{"<Arn>arn:aws:iam::111111111111:user/a</Arn>", NULL},
		{"<Arn>arn:aws:iam::111111111111:user/a</Arn><Account>222222222222</Account>",
		 "Account is another one"},
		{"<Account>222222222222</Account><Arn>arn:aws:iam::111111111111:user/a</Arn>",
		 "Account is another one"},
		{"<Arn>arn:aws:iam::111111111111:user/a</Arn><Account>1111111111112</Account>",
		 "Account is another one"},
		{"<Arn>arn:aws:iam::1111111111112:user/a</Arn><Account>111111111111</Account>",
		 "Account is another one"},
		{"<Arn>arn:aws:iam::111111111111:user/a</Arn><Account>111111111111</"
		 "Account><Account>222222222222"
		 "</Account>",
		 "Account occurs twice"},
	};
	struct sts_reading reading;
	char document[512];

	(void)state;
	sts_reading_init(&reading);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *problem;

		snprintf(document, sizeof document, "<R><S>%s</S></R>", rows[i].body);
		assert_true(read(document, &reading.handler));
		problem = reading.handler.problem(&reading);
		if (!rows[i].problem)
			assert_null(problem);
		else if (!problem || !strstr(problem, rows[i].problem))
			fail_msg("%s: %s", rows[i].body, problem ? problem : "no problem");
	}
	sts_reading_deinit(&reading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clusters),
		cmocka_unit_test(test_writer),
		cmocka_unit_test(test_last_page),
		cmocka_unit_test(test_shapes_are_sorted),
		cmocka_unit_test(test_global_database),
		cmocka_unit_test(test_sharing),
		cmocka_unit_test(test_parameters_and_tags),
		cmocka_unit_test(test_names_of_keys),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_spec_by_either_name),
		cmocka_unit_test(test_key_behind_an_alias),
		cmocka_unit_test(test_rotations),
		cmocka_unit_test(test_a_key_that_is_denied),
		cmocka_unit_test(test_graphs),
		cmocka_unit_test(test_assume_role),
		cmocka_unit_test(test_accounts),
		cmocka_unit_test(test_which_accounts_are_scanned),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_contradictory_sessions),
		cmocka_unit_test(test_caller_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
