/* cell.c, region_check.c and queries/: from scripted responses to a record, step by step, without a network. */
#include "scanner/engine/cell.h"

#include "tests/scanner/engine/scene.h"

#define ACCOUNT "111122223333"
#define REGION "eu-west-1"
#define HOME "us-east-1"

#define CLUSTERS(items)                                                                                        \
	"<DescribeDBClustersResponse><DescribeDBClustersResult><DBClusters>" items                             \
	"</DBClusters></DescribeDBClustersResult></DescribeDBClustersResponse>"
#define CLUSTERS_PAGE(items, marker)                                                                           \
	"<DescribeDBClustersResponse><DescribeDBClustersResult><Marker>" marker "</Marker><DBClusters>" items  \
	"</DBClusters></DescribeDBClustersResult></DescribeDBClustersResponse>"
#define CLUSTER(id, encrypted, more)                                                                           \
	"<DBCluster><DBClusterIdentifier>" id "</DBClusterIdentifier><Engine>neptune</Engine>"                 \
	"<Status>available</Status><StorageEncrypted>" encrypted "</StorageEncrypted>"                         \
	"<DBClusterArn>arn:aws:rds:" REGION ":" ACCOUNT ":cluster:" id "</DBClusterArn>" more "</DBCluster>"
#define SNAPSHOTS(items)                                                                                       \
	"<DescribeDBClusterSnapshotsResponse><DescribeDBClusterSnapshotsResult><DBClusterSnapshots>" items     \
	"</DBClusterSnapshots></DescribeDBClusterSnapshotsResult></DescribeDBClusterSnapshotsResponse>"
#define SNAPSHOT(id, encrypted)                                                                                \
	"<DBClusterSnapshot><DBClusterSnapshotIdentifier>" id "</DBClusterSnapshotIdentifier>"                 \
	"<Engine>neptune</Engine><StorageEncrypted>" encrypted "</StorageEncrypted>"                           \
	"<DBClusterSnapshotArn>arn:aws:rds:" REGION ":" ACCOUNT ":cluster-snapshot:" id                        \
	"</DBClusterSnapshotArn><SnapshotType>manual</SnapshotType></DBClusterSnapshot>"
#define SHARING(id, accounts)                                                                                  \
	"<DescribeDBClusterSnapshotAttributesResponse><DescribeDBClusterSnapshotAttributesResult>"             \
	"<DBClusterSnapshotAttributesResult><DBClusterSnapshotIdentifier>" id "</DBClusterSnapshotIdentifier>" \
	"<DBClusterSnapshotAttributes><DBClusterSnapshotAttribute><AttributeName>restore</AttributeName>"      \
	"<AttributeValues>" accounts "</AttributeValues></DBClusterSnapshotAttribute>"                         \
	"</DBClusterSnapshotAttributes></DBClusterSnapshotAttributesResult>"                                   \
	"</DescribeDBClusterSnapshotAttributesResult></DescribeDBClusterSnapshotAttributesResponse>"
#define REGIONS(items)                                                                                         \
	"<DescribeRegionsResponse><requestId>r</requestId><regionInfo>" items                                  \
	"</regionInfo></DescribeRegionsResponse>"
#define ENABLED(name)                                                                                          \
	"<item><regionName>" name "</regionName><optInStatus>opt-in-not-required</optInStatus></item>"

/* One cell, alone. */
struct cell_scene {
	struct scene scene;
	const struct control *selected[8];
	struct account_session *account_session;
	struct session *session;
	struct cell *cell;
	int returned;
};

static struct cell_scene *current;

static void on_returned(struct job *job, void *coordinator)
{
	(void)job, (void)coordinator;
	current->returned++;
}

/* `ids`: of controls, separated by blanks; `flag`: one more setting without a value, or NULL. */
static void open_cell_with(struct cell_scene *cell, const char *ids, const char *flag)
{
	const char *const arguments[] = {"--region", HOME, "--max-attempts", "2", flag};
	struct span rest = span_of(ids), id;
	size_t count = 0;
	char name[80];

	memset(cell, 0, sizeof *cell);
	current = cell;
	while (span_split(&rest, ' ', &id)) {
		snprintf(name, sizeof name, SPAN_FORMAT, SPAN_ARGUMENTS(id));
		cell->selected[count++] = scene_control(name);
	}
	scene_open(&cell->scene, cell->selected, arguments, flag ? 5 : 4);
	cell->account_session =
		account_session_new(&cell->scene.scan, ACCOUNT, "Audit", cell->scene.caller, on_returned);
	cell->session = scene_session("AKIAMEMBER0000000001", true, HOUR);
	cell->cell = cell_new(&cell->scene.scan, ACCOUNT, REGION, cell->session, on_returned);
	cell_set_place(cell->cell, cell->account_session, 0);
}

static void open_cell(struct cell_scene *cell, const char *ids)
{
	open_cell_with(cell, ids, NULL);
}

static void run(struct cell_scene *cell)
{
	cell_send(cell->cell);
	script_run();
	scene_deliver(&cell->scene, NULL);
}

static void close_cell(struct cell_scene *cell)
{
	cell_free(cell->cell);
	account_session_free(cell->account_session);
	session_free(cell->session);
	scene_close(&cell->scene);
}

#define assert_record(of, expected_state, expected_complete, expected_reason)                                  \
	do {                                                                                                   \
		const struct cell_record *record = cell_record((of)->cell);                                    \
		const char *wanted = expected_reason;                                                          \
		assert_int_equal(cell_status((of)->cell), CELL_DONE);                                          \
		assert_string_equal(cell_state_name(record->state), cell_state_name(expected_state));          \
		assert_int_equal(record->complete, expected_complete);                                         \
		if (wanted)                                                                                    \
			assert_contains(record->reason ? record->reason : "(no reason)", wanted);              \
		else                                                                                           \
			assert_null(record->reason);                                                           \
		assert_int_equal(script_left(), 0);                                                            \
	} while (0)

#define AT_REST "neptune-encryption-at-rest"
#define BOTH AT_REST " neptune-snapshot-encryption"

/* ---- lists ---- */

static void test_empty(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, AT_REST);
	script_good("DescribeDBClusters", CLUSTERS(""));
	run(&cell);
	assert_record(&cell, CELL_EMPTY, true, NULL);
	assert_string_equal(cell_record(cell.cell)->request_id, "request-1");
	assert_int_equal(cell.returned, 1);
	close_cell(&cell);
}

static void test_pass_and_fail(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, AT_REST);
	script_good("DescribeDBClusters", CLUSTERS(CLUSTER("good", "true", "") CLUSTER("bad", "false", "")));
	run(&cell);
	assert_record(&cell, CELL_FAIL, true, NULL);
	assert_int_equal(cell_record(cell.cell)->resources, 2);
	assert_int_equal(cell_record(cell.cell)->failing, 1);
	assert_int_equal(cell_record(cell.cell)->state_without_failures, CELL_PASS);
	assert_string_equal(cell_record(cell.cell)->findings->resource->id, "good");
	assert_int_equal(cell_record(cell.cell)->findings->next->verdict, VERDICT_FAIL);
	close_cell(&cell);
}

static void test_all_pages(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, AT_REST);
	script_add((struct scripted_response){.operation = "DescribeDBClusters",
					      .with = "Marker=next",
					      .status = 200,
					      .body = CLUSTERS(CLUSTER("two", "false", ""))});
	script_good("DescribeDBClusters", CLUSTERS_PAGE(CLUSTER("one", "true", ""), "next"));
	run(&cell);
	assert_record(&cell, CELL_FAIL, true, NULL);
	assert_int_equal(script_sent("DescribeDBClusters"), 2);
	assert_string_equal(cell_record(cell.cell)->request_id, "request-1");
	close_cell(&cell);
}

/* A list without end is not whole, and what it named is evaluated all the same. */
static void test_a_marker_that_repeats(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, AT_REST);
	script_good("DescribeDBClusters", CLUSTERS_PAGE(CLUSTER("one", "true", ""), "same"));
	script_good("DescribeDBClusters", CLUSTERS_PAGE(CLUSTER("two", "false", ""), "same"));
	run(&cell);
	assert_record(&cell, CELL_FAIL, false, "page 2 repeats the marker");
	close_cell(&cell);
}

static void test_a_later_page_is_refused(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, AT_REST);
	script_good("DescribeDBClusters", CLUSTERS_PAGE(CLUSTER("one", "true", ""), "next"));
	script_refuse("DescribeDBClusters", 403, "AccessDenied");
	run(&cell);
	assert_record(&cell, CELL_DENIED, false, "rds:DescribeDBClusters: AccessDenied");
	assert_int_equal(cell_record(cell.cell)->resources, 1);
	assert_string_equal(cell_record(cell.cell)->request_id, "request-2"); /* the refusal decides */
	close_cell(&cell);
}

/* One resource on two pages is one resource, as the later page has it. */
static void test_a_resource_on_two_pages(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, AT_REST);
	script_good("DescribeDBClusters", CLUSTERS_PAGE(CLUSTER("one", "false", ""), "next"));
	script_good("DescribeDBClusters", CLUSTERS(CLUSTER("one", "true", "")));
	run(&cell);
	assert_record(&cell, CELL_PASS, true, NULL);
	assert_int_equal(cell_record(cell.cell)->resources, 1);
	close_cell(&cell);
}

static void test_a_filter_that_is_not_accepted(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, AT_REST);
	script_refuse("DescribeDBClusters", 400, "InvalidParameterValue");
	script_good("DescribeDBClusters", CLUSTERS(CLUSTER("one", "true", "")));
	run(&cell);
	assert_record(&cell, CELL_PASS, true, NULL);
	assert_int_equal(script_sent_with("DescribeDBClusters", "Filters"), 1);
	close_cell(&cell);
}

/* Without its filter it is refused as well: that is said, and not tried for ever. */
static void test_a_request_that_is_not_accepted(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, AT_REST);
	script_refuse("DescribeDBClusters", 400, "InvalidParameterValue");
	script_refuse("DescribeDBClusters", 400, "InvalidParameterValue");
	run(&cell);
	assert_record(&cell, CELL_ERROR, false, "InvalidParameterValue");
	close_cell(&cell);
}

/* ---- refusals ---- */

/* Denied the first list, a cell still requests the others. */
static void test_one_list_is_denied(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, BOTH);
	script_refuse("DescribeDBClusters", 403, "AccessDenied");
	script_good("DescribeDBClusterSnapshots", SNAPSHOTS(SNAPSHOT("s", "true")));
	run(&cell);
	assert_record(&cell, CELL_DENIED, false, "rds:DescribeDBClusters");
	assert_int_equal(cell_record(cell.cell)->resources, 1);
	close_cell(&cell);
}

static void test_both_lists_are_denied(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, BOTH);
	script_refuse("DescribeDBClusters", 403, "AccessDenied");
	script_refuse("DescribeDBClusterSnapshots", 403, "AccessDenied");
	run(&cell);
	assert_record(
		&cell, CELL_DENIED, false,
		"rds:DescribeDBClusters: AccessDenied: scripted; rds:DescribeDBClusterSnapshots: AccessDenied");
	close_cell(&cell);
}

static void test_neptune_is_not_offered(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, BOTH);
	script_refuse("DescribeDBClusters", 400, "InvalidAction");
	run(&cell);
	assert_record(&cell, CELL_UNSUPPORTED, true, "InvalidAction");
	assert_int_equal(script_sent("DescribeDBClusterSnapshots"), 0);
	close_cell(&cell);
}

/* After all attempts the other lists would fail the same way, and are not requested. */
static void test_an_endpoint_that_is_down(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, BOTH);
	script_add((struct scripted_response){
		.operation = "DescribeDBClusters", .outcome = EXCHANGE_UNREACHED, .stays = true});
	run(&cell);
	assert_record(&cell, CELL_ERROR, false, "rds:DescribeDBClusters");
	assert_int_equal(script_sent("DescribeDBClusters"), 2);
	assert_int_equal(script_sent("DescribeDBClusterSnapshots"), 0);
	close_cell(&cell);
}

static void test_throttled_once(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, AT_REST);
	script_refuse("DescribeDBClusters", 400, "Throttling");
	script_good("DescribeDBClusters", CLUSTERS(""));
	run(&cell);
	assert_record(&cell, CELL_EMPTY, true, NULL);
	close_cell(&cell);
}

/* A second list fails when the region has answered already: the first one's findings stay. */
static void test_the_second_list_fails(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, BOTH);
	script_good("DescribeDBClusters", CLUSTERS(CLUSTER("one", "false", "")));
	script_add((struct scripted_response){
		.operation = "DescribeDBClusterSnapshots", .status = 500, .body = "", .stays = true});
	run(&cell);
	assert_record(&cell, CELL_FAIL, false, "rds:DescribeDBClusterSnapshots");
	assert_int_equal(cell_record(cell.cell)->state_without_failures, CELL_ERROR);
	close_cell(&cell);
}

/* ---- is the region disabled? ---- */

static void refuse_session(void)
{
	script_refuse("DescribeDBClusters", 403, "InvalidClientTokenId");
}

static void test_a_disabled_region(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, BOTH);
	refuse_session();
	script_add((struct scripted_response){
		.operation = "DescribeRegions", .region = HOME, .status = 200, .body = REGIONS(ENABLED(HOME))});
	run(&cell);
	assert_record(&cell, CELL_DISABLED, true, "region not enabled in this account");
	assert_string_equal(cell_record(cell.cell)->request_id, "request-1"); /* the refusal is the evidence */
	assert_int_equal(script_sent("DescribeDBClusterSnapshots"), 0);
	close_cell(&cell);
}

static void test_an_enabled_region_that_refuses(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, AT_REST);
	refuse_session();
	script_good("DescribeRegions", REGIONS(ENABLED(HOME) ENABLED(REGION)));
	run(&cell);
	assert_record(&cell, CELL_ERROR, false, "but the account's list has the region as enabled");
	close_cell(&cell);
}

static void test_the_list_of_regions_is_denied(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, AT_REST);
	refuse_session();
	script_refuse("DescribeRegions", 403, "UnauthorizedOperation");
	run(&cell);
	assert_record(&cell, CELL_ERROR, false, "ec2:DescribeRegions would tell");
	close_cell(&cell);
}

/* A list that lacks the region that it was requested from is none: nothing follows from it. */
static void test_no_list_of_regions(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, AT_REST);
	refuse_session();
	script_good("DescribeRegions", REGIONS(ENABLED("us-west-2")));
	run(&cell);
	assert_record(&cell, CELL_ERROR, false, "could not be read");
	close_cell(&cell);
}

static void test_a_region_that_says_so(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, AT_REST);
	cell_free(cell.cell);
	cell.cell = cell_new(&cell.scene.scan, ACCOUNT, "af-south-1", cell.session, on_returned);
	cell_set_place(cell.cell, cell.account_session, 0);
	script_refuse("DescribeDBClusters", 403, "OptInRequired");
	script_refuse("DescribeRegions", 403, "UnauthorizedOperation");
	run(&cell);
	assert_record(&cell, CELL_DISABLED, true, "the response of the region is that it is not enabled");
	close_cell(&cell);
}

/* A region that the account has listed is known to be enabled: no request, and the reason says so. */
static void test_a_listed_region_needs_no_check(void **state)
{
	struct cell_scene cell;
	static const char *listed[] = {REGION};

	(void)state;
	open_cell(&cell, AT_REST);
	cell.account_session->region_list = REGIONS_LISTED;
	cell.account_session->regions.enabled = listed;
	cell.account_session->regions.count = 1;
	script_refuse("DescribeDBClusters", 403, "OptInRequired");
	run(&cell);
	assert_record(&cell, CELL_ERROR, false, "but the account's list has the region as enabled");
	assert_int_equal(script_sent("DescribeRegions"), 0);
	cell.account_session->regions.enabled = NULL;
	close_cell(&cell);
}

/* It gave a good response to this session before: whatever it refuses later, it is enabled. */
static void test_a_region_that_answered_needs_no_check(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, BOTH);
	script_good("DescribeDBClusters", CLUSTERS(CLUSTER("one", "true", "")));
	script_refuse("DescribeDBClusterSnapshots", 403, "InvalidClientTokenId");
	run(&cell);
	assert_record(&cell, CELL_ERROR, false,
		      "the region is enabled: other responses to this session show it");
	assert_int_equal(script_sent("DescribeRegions"), 0);
	close_cell(&cell);
}

/* ---- sessions ---- */

/* Rejected here and at home: a new session, and the first list again. */
static void test_keys_that_are_rejected(void **state)
{
	struct cell_scene cell;
	struct session *fresh;

	(void)state;
	open_cell(&cell, AT_REST);
	refuse_session();
	script_refuse("DescribeRegions", 401, "AuthFailure");
	run(&cell);
	assert_int_equal(cell_status(cell.cell), CELL_NEEDS_SESSION);
	assert_true(cell_credentials_rejected(cell.cell));
	fresh = scene_session("AKIAMEMBER0000000002", true, HOUR);
	cell_resume(cell.cell, fresh);
	script_good("DescribeDBClusters", CLUSTERS(CLUSTER("one", "true", "")));
	run(&cell);
	assert_record(&cell, CELL_PASS, true, NULL);
	close_cell(&cell);
	session_free(fresh);
}

/* In the middle of a list: it continues with the page that was refused. */
static void test_a_session_expires_between_pages(void **state)
{
	struct cell_scene cell;
	struct session *fresh;

	(void)state;
	open_cell(&cell, BOTH);
	script_good("DescribeDBClusters", CLUSTERS_PAGE(CLUSTER("one", "true", ""), "next"));
	script_refuse("DescribeDBClusters", 403, "ExpiredToken");
	run(&cell);
	assert_int_equal(cell_status(cell.cell), CELL_NEEDS_SESSION);
	fresh = scene_session("AKIAMEMBER0000000002", true, HOUR);
	cell_resume(cell.cell, fresh);
	script_add((struct scripted_response){
		.operation = "DescribeDBClusters", .with = "Marker=next", .status = 200, .body = CLUSTERS("")});
	script_good("DescribeDBClusterSnapshots", SNAPSHOTS(""));
	run(&cell);
	assert_record(&cell, CELL_PASS, true, NULL);
	assert_int_equal(cell_record(cell.cell)->resources, 1);
	close_cell(&cell);
	session_free(fresh);
}

/* One that ends soon is not used any more, and no request is spent on it. */
static void test_a_session_that_ends_soon(void **state)
{
	struct session *fresh = scene_session("AKIAMEMBER0000000002", true, HOUR), *old;
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, AT_REST);
	old = scene_session("AKIAMEMBER0000000003", true, -1);
	cell_resume(cell.cell, old);
	run(&cell);
	assert_int_equal(cell_status(cell.cell), CELL_NEEDS_SESSION);
	assert_int_equal(script_sent("DescribeDBClusters"), 0);
	cell_resume(cell.cell, fresh);
	script_good("DescribeDBClusters", CLUSTERS(""));
	run(&cell);
	assert_record(&cell, CELL_EMPTY, true, NULL);
	close_cell(&cell);
	session_free(fresh);
	session_free(old);
}

/* One response does not get any number of sessions. */
static void test_sessions_that_always_expire(void **state)
{
	struct cell_scene cell;
	int sessions = 0;

	(void)state;
	open_cell(&cell, AT_REST);
	script_refuse("DescribeDBClusters", 403, "ExpiredToken");
	for (int i = 0; i < 20; i++)
		script_refuse("DescribeDBClusters", 403, "ExpiredToken");
	run(&cell);
	while (cell_status(cell.cell) == CELL_NEEDS_SESSION && sessions++ < 20) {
		cell_resume(cell.cell, cell.session);
		run(&cell);
	}
	assert_int_equal(sessions, 8);
	assert_int_equal(cell_status(cell.cell), CELL_DONE);
	assert_int_equal(cell_record(cell.cell)->state, CELL_ERROR);
	assert_contains(cell_record(cell.cell)->reason, "ExpiredToken");
	close_cell(&cell);
}

static void let_it_expire(struct cell_scene *cell, int sessions)
{
	for (int i = 0; i < sessions; i++) {
		script_refuse("DescribeDBClusters", 403, "ExpiredToken");
		run(cell);
		assert_int_equal(cell_status(cell->cell), CELL_NEEDS_SESSION);
		cell_resume(cell->cell, cell->session);
	}
}

/* The bound is for one response: a long list may outlive many sessions. */
static void test_a_response_starts_the_count_of_sessions_again(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, AT_REST);
	let_it_expire(&cell, 6);
	script_good("DescribeDBClusters", CLUSTERS_PAGE(CLUSTER("one", "true", ""), "next"));
	let_it_expire(&cell, 6);
	script_good("DescribeDBClusters", CLUSTERS(CLUSTER("two", "true", "")));
	run(&cell);
	assert_record(&cell, CELL_PASS, true, NULL);
	assert_int_equal(cell_record(cell.cell)->resources, 2);
	close_cell(&cell);
}

/* New keys that the region refuses, too, are checked anew: then the account's list decides. */
static void test_new_keys_are_checked_again(void **state)
{
	struct session *fresh = scene_session("AKIAMEMBER0000000002", true, HOUR);
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, AT_REST);
	refuse_session();
	script_refuse("DescribeRegions", 401, "AuthFailure");
	run(&cell);
	cell_resume(cell.cell, fresh);
	refuse_session();
	script_good("DescribeRegions", REGIONS(ENABLED(HOME)));
	run(&cell);
	assert_record(&cell, CELL_DISABLED, true, "region not enabled in this account");
	assert_int_equal(script_sent("DescribeRegions"), 2);
	close_cell(&cell);
	session_free(fresh);
}

/* Keys without a token cannot expire: who says so fails like a server in trouble. */
static void test_long_term_keys_do_not_expire(void **state)
{
	struct session *keys = scene_session("AKIAMEMBER0000000009", false, 0);
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, AT_REST);
	cell_resume(cell.cell, keys);
	script_refuse("DescribeDBClusters", 403, "ExpiredToken");
	script_refuse("DescribeDBClusters", 403, "ExpiredToken");
	run(&cell);
	assert_record(&cell, CELL_ERROR, false, "ExpiredToken");
	close_cell(&cell);
	session_free(keys);
}

static void test_the_session_cannot_be_refreshed(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, AT_REST);
	script_good("DescribeDBClusters", CLUSTERS_PAGE(CLUSTER("one", "false", ""), "next"));
	script_refuse("DescribeDBClusters", 403, "ExpiredToken");
	run(&cell);
	cell_give_up(cell.cell, CELL_UNREACHED, "cannot assume Audit: AccessDenied");
	assert_record(&cell, CELL_FAIL, false, "cannot assume Audit");
	assert_int_equal(cell_record(cell.cell)->state_without_failures, CELL_UNREACHED);
	close_cell(&cell);
}

/* Other regions and home rejected the account's keys: nothing is requested here. */
static void test_rejected_elsewhere(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, AT_REST);
	atomic_store(&cell.account_session->credentials_rejected, true);
	run(&cell);
	assert_record(&cell, CELL_ERROR, false, "not scanned: credentials rejected in other regions");
	assert_int_equal(script_sent("DescribeDBClusters"), 0);
	close_cell(&cell);
}

/* ---- single resources ---- */

#define PUBLIC_SNAPSHOTS "neptune-snapshot-not-public"

static void test_a_snapshot_is_shared_with_all(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, PUBLIC_SNAPSHOTS);
	cell_set_accounts(cell.cell, NULL, 0);
	script_good("DescribeDBClusterSnapshots", SNAPSHOTS(SNAPSHOT("s", "true")));
	script_good("DescribeDBClusterSnapshotAttributes",
		    SHARING("s", "<AttributeValue>all</AttributeValue>"));
	run(&cell);
	assert_record(&cell, CELL_FAIL, true, NULL);
	close_cell(&cell);
}

/* Deleted since it was listed: that is an answer of its own. */
static void test_a_snapshot_is_gone(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, PUBLIC_SNAPSHOTS);
	script_good("DescribeDBClusterSnapshots", SNAPSHOTS(SNAPSHOT("s", "true")));
	script_refuse("DescribeDBClusterSnapshotAttributes", 404, "DBClusterSnapshotNotFoundFault");
	run(&cell);
	assert_true(cell_record(cell.cell)->complete);
	assert_int_not_equal(cell_record(cell.cell)->state, CELL_FAIL);
	close_cell(&cell);
}

/* The verdict depends on which accounts are the organization's: the cell asks the coordinator. */
static void test_a_share_with_our_own_account(void **state)
{
	static const char *const accounts[] = {"222222222222"};
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, PUBLIC_SNAPSHOTS);
	script_good("DescribeDBClusterSnapshots", SNAPSHOTS(SNAPSHOT("s", "true")));
	script_good("DescribeDBClusterSnapshotAttributes",
		    SHARING("s", "<AttributeValue>222222222222</AttributeValue>"));
	run(&cell);
	assert_int_equal(cell_status(cell.cell), CELL_NEEDS_ACCOUNTS);
	cell_set_accounts(cell.cell, accounts, 1);
	run(&cell);
	assert_record(&cell, CELL_PASS, true, NULL);
	close_cell(&cell);
}

static void test_a_share_with_a_stranger(void **state)
{
	static const char *const accounts[] = {"333333333333"};
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, PUBLIC_SNAPSHOTS);
	cell_set_accounts(cell.cell, accounts, 1);
	script_good("DescribeDBClusterSnapshots", SNAPSHOTS(SNAPSHOT("s", "true")));
	script_good("DescribeDBClusterSnapshotAttributes",
		    SHARING("s", "<AttributeValue>222222222222</AttributeValue>"));
	run(&cell);
	assert_int_equal(cell_record(cell.cell)->state, CELL_FAIL);
	close_cell(&cell);
}

/* The scan stops before the accounts are listed. */
static void test_stopped_while_it_needs_accounts(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, PUBLIC_SNAPSHOTS);
	script_good("DescribeDBClusterSnapshots", SNAPSHOTS(SNAPSHOT("s", "true")));
	script_good("DescribeDBClusterSnapshotAttributes",
		    SHARING("s", "<AttributeValue>222222222222</AttributeValue>"));
	run(&cell);
	cell_give_up(cell.cell, CELL_PENDING, "not scanned: the scan stopped before this cell finished");
	assert_record(&cell, CELL_PENDING, false, "not scanned: the scan stopped before this cell finished");
	close_cell(&cell);
}

/* Three resources fail after all attempts: the others are left out, and each says so. */
static void test_resources_that_fail_one_after_the_other(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, PUBLIC_SNAPSHOTS);
	script_good("DescribeDBClusterSnapshots",
		    SNAPSHOTS(SNAPSHOT("a", "true") SNAPSHOT("b", "true") SNAPSHOT("c", "true")
				      SNAPSHOT("d", "true") SNAPSHOT("e", "true") SNAPSHOT("f", "true")
					      SNAPSHOT("g", "true") SNAPSHOT("h", "true") SNAPSHOT("i", "true")
						      SNAPSHOT("j", "true") SNAPSHOT("k", "true")
							      SNAPSHOT("l", "true") SNAPSHOT("m", "true")));
	script_add((struct scripted_response){
		.operation = "DescribeDBClusterSnapshotAttributes", .status = 500, .body = "", .stays = true});
	run(&cell);
	assert_int_equal(cell_record(cell.cell)->state, CELL_ERROR);
	assert_contains(cell_record(cell.cell)->reason,
			"not sent, because it failed for 3 other resources of this cell");
	assert_int_equal(script_sent("DescribeDBClusterSnapshotAttributes"),
			 2 * 10); /* 13 snapshots, 8 at once */
	close_cell(&cell);
}

/* ---- keys ---- */

#define KEY_ARN(id) "arn:aws:kms:" REGION ":" ACCOUNT ":key/" id
#define KEY(id, state)                                                                                         \
	"{\"KeyMetadata\":{\"KeyId\":\"" id                                                                    \
	"\",\"Arn\":\"" KEY_ARN(id) "\",\"KeyState\":\"" state                                                 \
				    "\",\"KeyManager\":\"CUSTOMER\",\"Origin\":\"AWS_KMS\",\"KeySpec\":"       \
				    "\"SYMMETRIC_DEFAULT\"}}"

/* All lists but the clusters'. */
static void add_empty_lists(void)
{
	script_add((struct scripted_response){.operation = "DescribeDBClusterSnapshots",
					      .status = 200,
					      .body = SNAPSHOTS(""),
					      .stays = true});
	script_add((struct scripted_response){.operation = "DescribeDBClusterAutomatedBackups",
					      .status = 200,
					      .body = "<DescribeDBClusterAutomatedBackupsResponse>"
						      "<DescribeDBClusterAutomatedBackupsResult>"
						      "<DBClusterAutomatedBackups/>"
						      "</DescribeDBClusterAutomatedBackupsResult>"
						      "</DescribeDBClusterAutomatedBackupsResponse>",
					      .stays = true});
	script_add((struct scripted_response){
		.operation = "/graphs", .status = 200, .body = "{\"graphs\":[]}", .stays = true});
	script_add((struct scripted_response){
		.operation = "/snapshots", .status = 200, .body = "{\"graphSnapshots\":[]}", .stays = true});
}

/* A cell whose clusters name one key; all other lists are empty. */
static void open_cell_with_a_key(struct cell_scene *cell)
{
	open_cell(cell, "neptune-key-usable");
	script_good("DescribeDBClusters",
		    CLUSTERS(CLUSTER("one", "true", "<KmsKeyId>" KEY_ARN("k-1") "</KmsKeyId>")
				     CLUSTER("two", "true", "<KmsKeyId>" KEY_ARN("k-1") "</KmsKeyId>")));
	add_empty_lists();
}

static void test_a_key_of_two_clusters_is_queried_once(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell_with_a_key(&cell);
	script_add((struct scripted_response){
		.operation = "DescribeKey", .status = 200, .body = KEY("k-1", "Enabled"), .stays = true});
	run(&cell);
	assert_int_equal(script_sent("DescribeKey"), 1);
	assert_int_equal(cell_record(cell.cell)->state, CELL_PASS);
	assert_int_equal(cell_record(cell.cell)->resources, 1);
	close_cell(&cell);
}

/* That KMS has no such key is the key's state, and fails. */
static void test_a_key_that_does_not_exist(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell_with_a_key(&cell);
	script_add((struct scripted_response){
		.operation = "DescribeKey",
		.status = 400,
		.body = "{\"__type\":\"NotFoundException\",\"message\":\"Key '" KEY_ARN(
			"k-1") "' does not exist\"}"});
	run(&cell);
	assert_record(&cell, CELL_FAIL, true, NULL);
	assert_int_equal(cell_record(cell.cell)->findings->verdict, VERDICT_FAIL);
	close_cell(&cell);
}

/* A key is described in the region of its ARN. */
static void test_a_key_of_another_region(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, "neptune-key-usable");
	script_good("DescribeDBClusters",
		    CLUSTERS(CLUSTER("one", "true",
				     "<KmsKeyId>arn:aws:kms:us-west-2:" ACCOUNT ":key/k-2</KmsKeyId>")));
	add_empty_lists();
	script_add((struct scripted_response){.operation = "DescribeKey",
					      .region = "us-west-2",
					      .status = 200,
					      .body = KEY("k-2", "Enabled")});
	run(&cell);
	assert_int_equal(script_sent("DescribeKey"), 1);
	assert_int_equal(cell_record(cell.cell)->state, CELL_PASS);
	close_cell(&cell);
}

static void test_a_key_that_may_not_be_described(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell_with_a_key(&cell);
	script_refuse("DescribeKey", 400, "AccessDeniedException");
	run(&cell);
	assert_record(&cell, CELL_DENIED, false, "kms:DescribeKey");
	assert_int_equal(cell_record(cell.cell)->findings->verdict, VERDICT_UNKNOWN);
	close_cell(&cell);
}

/* ---- stopping, and no memory ---- */

static void test_stopped_in_the_middle(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, BOTH);
	script_good("DescribeDBClusters", CLUSTERS(CLUSTER("one", "false", "")));
	cell_send(cell.cell);
	script_step(1);
	script_cancel();
	script_run();
	scene_deliver(&cell.scene, NULL);
	assert_record(&cell, CELL_FAIL, false, "not scanned: the scan stopped before this cell finished");
	assert_int_equal(cell_record(cell.cell)->state_without_failures, CELL_PENDING);
	close_cell(&cell);
}

static void test_stopped_at_once(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, BOTH);
	script_cancel();
	run(&cell);
	assert_record(&cell, CELL_PENDING, false, "not scanned: the scan stopped before this cell finished");
	close_cell(&cell);
}

/* A request that fails before it is queued is reported later, and the cell ends once. */
static void test_a_send_that_fails_at_once(void **state)
{
	struct cell_scene cell;

	(void)state;
	for (size_t n = 0; n < 3; n++) {
		open_cell(&cell, BOTH);
		script_add((struct scripted_response){.operation = "DescribeDBClusters",
						      .status = 200,
						      .body = CLUSTERS(CLUSTER("one", "true", "")),
						      .stays = true});
		script_add((struct scripted_response){.operation = "DescribeDBClusterSnapshots",
						      .status = 200,
						      .body = SNAPSHOTS(""),
						      .stays = true});
		script_fail_send(n);
		run(&cell);
		assert_int_equal(cell.returned, 1);
		assert_int_equal(cell_status(cell.cell), CELL_DONE);
		assert_int_equal(cell_record(cell.cell)->complete, n == 2);
		close_cell(&cell);
	}
}

/* Whatever was refused before: what is stopped must be scanned again. */
static void test_stopped_after_a_refusal(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, BOTH);
	script_refuse("DescribeDBClusters", 403, "AccessDenied");
	cell_send(cell.cell);
	script_step(1);
	script_cancel();
	script_run();
	scene_deliver(&cell.scene, NULL);
	assert_int_equal(cell_record(cell.cell)->state, CELL_PENDING);
	close_cell(&cell);
}

/* Whether the region is enabled is not known then: the cell is pending, not disabled or in error. */
static void test_stopped_during_the_region_check(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, BOTH);
	refuse_session();
	cell_send(cell.cell);
	script_step(1);
	script_cancel();
	script_run();
	scene_deliver(&cell.scene, NULL);
	assert_record(&cell, CELL_PENDING, false, "not scanned: the scan stopped before this cell finished");
	close_cell(&cell);
}

static void test_out_of_memory(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, AT_REST);
	script_good("DescribeDBClusters", CLUSTERS(CLUSTER("one", "true", "")));
	cell_arena(cell.cell)->failed = true;
	run(&cell);
	assert_record(&cell, CELL_ERROR, false, "out of memory");
	assert_int_equal(cell_record(cell.cell)->state_without_failures, CELL_ERROR);
	close_cell(&cell);
}

/* ---- services that a region may lack ---- */

#define ANALYTICS "neptune-analytics-key"
#define WITHOUT_ADDRESS(what)                                                                                  \
	((struct scripted_response){                                                                           \
		.operation = (what), .outcome = EXCHANGE_UNRESOLVED, .name_denied = true, .stays = true})

/* Of both controls, in a region where the names of Neptune Analytics have no address. */
static void run_without_analytics(struct cell_scene *cell, const char *region)
{
	open_cell(cell, AT_REST " " ANALYTICS);
	cell_free(cell->cell);
	cell->cell = cell_new(&cell->scene.scan, ACCOUNT, region, cell->session, on_returned);
	cell_set_place(cell->cell, cell->account_session, 0);
	script_good("DescribeDBClusters", CLUSTERS(""));
	script_add(WITHOUT_ADDRESS("neptune-graph"));
	run(cell);
}

static void test_a_service_that_the_region_lacks(void **state)
{
	struct cell_scene cell;

	(void)state;
	run_without_analytics(&cell, "eu-south-1");
	assert_record(&cell, CELL_EMPTY, true, NULL);
	close_cell(&cell);
}

/* By AWS's list the region has the service, so its name should have an address. */
static void test_a_service_that_the_region_has(void **state)
{
	struct cell_scene cell;

	(void)state;
	run_without_analytics(&cell, HOME);
	assert_record(&cell, CELL_ERROR, false, "neptune-graph:ListGraphs");
	close_cell(&cell);
}

static void test_a_region_without_fips_endpoints(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell_with(&cell, BOTH, "--fips");
	script_add(WITHOUT_ADDRESS("DescribeDBClusters"));
	run(&cell);
	assert_record(&cell, CELL_SKIPPED, true, "this region has no FIPS endpoint of neptune");
	assert_int_equal(script_sent("DescribeDBClusterSnapshots"), 0);
	close_cell(&cell);
}

/* Without the setting, the same name without an address is an error. */
static void test_a_region_without_address(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, BOTH);
	script_add(WITHOUT_ADDRESS("DescribeDBClusters"));
	run(&cell);
	assert_record(&cell, CELL_ERROR, false, "rds:DescribeDBClusters");
	close_cell(&cell);
}

/* Otherwise all cells would begin before one is done. */
static void test_requests_that_continue_go_first(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, BOTH);
	script_good("DescribeDBClusters", CLUSTERS_PAGE(CLUSTER("a", "true", ""), "next"));
	script_good("DescribeDBClusters", CLUSTERS(""));
	script_good("DescribeDBClusterSnapshots", SNAPSHOTS(""));
	run(&cell);
	assert_int_equal(script_sent("DescribeDBClusters"), 2);
	assert_int_equal(script_sent_first("DescribeDBClusters"), 1);
	assert_int_equal(script_sent_first("DescribeDBClusterSnapshots"), 1);
	close_cell(&cell);
}

static void test_blind_from_the_start(void **state)
{
	struct cell_scene cell;

	(void)state;
	open_cell(&cell, AT_REST);
	cell_set_blind(cell.cell, "the list of regions is no list");
	script_good("DescribeDBClusters", CLUSTERS(""));
	run(&cell);
	assert_record(&cell, CELL_ERROR, false, "the list of regions is no list");
	close_cell(&cell);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_pass_and_fail),
		cmocka_unit_test(test_all_pages),
		cmocka_unit_test(test_a_marker_that_repeats),
		cmocka_unit_test(test_a_later_page_is_refused),
		cmocka_unit_test(test_a_resource_on_two_pages),
		cmocka_unit_test(test_a_filter_that_is_not_accepted),
		cmocka_unit_test(test_a_request_that_is_not_accepted),
		cmocka_unit_test(test_one_list_is_denied),
		cmocka_unit_test(test_both_lists_are_denied),
		cmocka_unit_test(test_neptune_is_not_offered),
		cmocka_unit_test(test_an_endpoint_that_is_down),
		cmocka_unit_test(test_throttled_once),
		cmocka_unit_test(test_the_second_list_fails),
		cmocka_unit_test(test_a_disabled_region),
		cmocka_unit_test(test_an_enabled_region_that_refuses),
		cmocka_unit_test(test_the_list_of_regions_is_denied),
		cmocka_unit_test(test_no_list_of_regions),
		cmocka_unit_test(test_a_region_that_says_so),
		cmocka_unit_test(test_a_listed_region_needs_no_check),
		cmocka_unit_test(test_keys_that_are_rejected),
		cmocka_unit_test(test_a_session_expires_between_pages),
		cmocka_unit_test(test_a_session_that_ends_soon),
		cmocka_unit_test(test_sessions_that_always_expire),
		cmocka_unit_test(test_long_term_keys_do_not_expire),
		cmocka_unit_test(test_the_session_cannot_be_refreshed),
		cmocka_unit_test(test_rejected_elsewhere),
		cmocka_unit_test(test_a_snapshot_is_shared_with_all),
		cmocka_unit_test(test_a_snapshot_is_gone),
		cmocka_unit_test(test_a_share_with_our_own_account),
		cmocka_unit_test(test_a_share_with_a_stranger),
		cmocka_unit_test(test_stopped_while_it_needs_accounts),
		cmocka_unit_test(test_resources_that_fail_one_after_the_other),
		cmocka_unit_test(test_a_key_of_two_clusters_is_queried_once),
		cmocka_unit_test(test_stopped_in_the_middle),
		cmocka_unit_test(test_stopped_at_once),
		cmocka_unit_test(test_a_send_that_fails_at_once),
		cmocka_unit_test(test_stopped_after_a_refusal),
		cmocka_unit_test(test_a_service_that_the_region_lacks),
		cmocka_unit_test(test_a_service_that_the_region_has),
		cmocka_unit_test(test_a_region_without_fips_endpoints),
		cmocka_unit_test(test_a_region_without_address),
		cmocka_unit_test(test_requests_that_continue_go_first),
		cmocka_unit_test(test_blind_from_the_start),
		cmocka_unit_test(test_a_region_that_answered_needs_no_check),
		cmocka_unit_test(test_a_key_that_does_not_exist),
		cmocka_unit_test(test_a_key_that_may_not_be_described),
		cmocka_unit_test(test_a_response_starts_the_count_of_sessions_again),
		cmocka_unit_test(test_new_keys_are_checked_again),
		cmocka_unit_test(test_stopped_during_the_region_check),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_a_key_of_another_region),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
