/* account_session.c and caller_session.c: a role, its regions, and sessions that expire, without a network. */
#include "scanner/engine/account_session.h"

#include <unistd.h>

#include "tests/scanner/engine/scene.h"

#define ACCOUNT "111122223333"
#define HOME "us-east-1"
#define ASSUMED_IN(account)                                                                                    \
	"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAMEMBER00000000001</AccessKeyId>"  \
	"<SecretAccessKey>bWVtYmVyLXNlY3JldA</SecretAccessKey><SessionToken>member-token-0123456789"           \
	"</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser>"          \
	"<Arn>arn:aws:sts::" account ":assumed-role/Audit/scene</Arn></AssumedRoleUser></AssumeRoleResult>"    \
	"</AssumeRoleResponse>"
#define ASSUMED ASSUMED_IN(ACCOUNT)
#define REGIONS                                                                                                \
	"<DescribeRegionsResponse><regionInfo><item><regionName>" HOME "</regionName><optInStatus>"            \
	"opt-in-not-required</optInStatus></item><item><regionName>eu-west-1</regionName><optInStatus>"        \
	"opted-in</optInStatus></item></regionInfo></DescribeRegionsResponse>"

struct account_scene {
	struct scene scene;
	struct account_session *account;
	int returned;  /* for good */
	int continues; /* for the caller's session */
};

static void on_returned(struct job *job, void *coordinator)
{
	struct account_scene *scene = coordinator;

	if (account_session_continues(account_session_of_job(job)))
		scene->continues++;
	else
		scene->returned++;
}

static void open_account(struct account_scene *scene, const char *role, const char *regions)
{
	const char *const arguments[] = {"--region", HOME, "--max-attempts", "2", "--regions", regions};
	static const struct control *const none[] = {NULL};

	memset(scene, 0, sizeof *scene);
	scene_open(&scene->scene, none, arguments, 6);
	scene->account =
		account_session_new(&scene->scene.scan, ACCOUNT, role, scene->scene.caller, on_returned);
}

static void run(struct account_scene *scene)
{
	scene_run(&scene->scene, scene);
}

static void enter(struct account_scene *scene)
{
	account_session_enter(scene->account, 0);
	run(scene);
}

static void close_account(struct account_scene *scene)
{
	account_session_free(scene->account);
	scene_close(&scene->scene);
}

/* The credential source gives these keys next; NULL: it fails. */
static void offer_keys(const char *key)
{
	if (key) {
		setenv("AWS_ACCESS_KEY_ID", key, 1);
		setenv("AWS_SECRET_ACCESS_KEY", "bmV3LXNlY3JldA", 1);
		setenv("AWS_SESSION_TOKEN", "new-token-of-the-caller-0123456789", 1);
	} else {
		unsetenv("AWS_ACCESS_KEY_ID");
		unsetenv("AWS_SECRET_ACCESS_KEY");
		unsetenv("AWS_SESSION_TOKEN");
	}
}

/* One round of the coordinator's loop, with the thread of a refresh. */
static void tick(struct account_scene *scene)
{
	caller_session_tick(scene->scene.caller, &scene->scene.scan);
	for (int i = 0; i < 5000 && caller_session_is_refreshing(scene->scene.caller); i++) {
		scene_deliver(&scene->scene, scene);
		usleep(1000);
	}
	run(scene);
}

#define assert_state(of, expected) assert_int_equal((of)->account->state, ACCOUNT_SESSION_##expected)

/* ---- entering ---- */

static void test_ready(void **state)
{
	struct account_scene scene;

	(void)state;
	open_account(&scene, "Audit", "enabled");
	script_good("AssumeRole", ASSUMED);
	script_good("DescribeRegions", REGIONS);
	enter(&scene);
	assert_state(&scene, READY);
	assert_int_equal(scene.returned, 1);
	assert_string_equal(scene.account->session->access_key_id, "ASIAMEMBER00000000001");
	assert_int_equal(scene.account->region_list, REGIONS_LISTED);
	assert_int_equal(scene.account->regions.count, 2);
	assert_int_equal(script_sent_with("AssumeRole", "role%2FAudit"), 1);
	close_account(&scene);
}

static void test_regions_that_are_named(void **state)
{
	struct account_scene scene;

	(void)state;
	open_account(&scene, "Audit", "eu-west-1");
	script_good("AssumeRole", ASSUMED);
	enter(&scene);
	assert_state(&scene, READY);
	assert_int_equal(scene.account->region_list, REGIONS_NAMED);
	close_account(&scene);
}

static void test_without_a_role(void **state)
{
	struct account_scene scene;

	(void)state;
	open_account(&scene, NULL, "enabled");
	script_good("DescribeRegions", REGIONS);
	enter(&scene);
	assert_state(&scene, READY);
	assert_ptr_equal(scene.account->session, caller_session_current(scene.scene.caller));
	close_account(&scene);
}

static void test_the_role_is_refused(void **state)
{
	struct account_scene scene;

	(void)state;
	open_account(&scene, "Audit", "enabled");
	script_refuse("AssumeRole", 403, "AccessDenied");
	enter(&scene);
	assert_state(&scene, FAILED);
	assert_int_equal(scene.account->cell_state, CELL_UNREACHED);
	assert_contains(scene.account->reason, "cannot assume Audit: AccessDenied");
	assert_string_equal(scene.account->request_id, "request-1");
	close_account(&scene);
}

/* A template that names another account's role: never another identity than was meant. */
static void test_a_session_in_another_account(void **state)
{
	struct account_scene scene;

	(void)state;
	open_account(&scene, "Audit", "enabled");
	script_good("AssumeRole", ASSUMED_IN("999999999999"));
	enter(&scene);
	assert_state(&scene, FAILED);
	assert_int_equal(scene.account->cell_state, CELL_UNREACHED);
	assert_contains(scene.account->reason, "session of account \"999999999999\"");
	assert_null(scene.account->session);
	close_account(&scene);
}

/* ---- other STS endpoints ---- */

/* At another endpoint than home's, which the settings name. */
static void open_account_elsewhere(struct account_scene *scene)
{
	open_account(scene, "Audit", "eu-west-1");
	scene->scene.sts.items[1] = (struct sts_endpoint){.region = "us-west-2", .number = 1};
	scene->scene.sts.count = 2;
	scene->scene.sts.are_named = true;
}

static void enter_elsewhere(struct account_scene *scene)
{
	account_session_enter(scene->account, 1);
	assert_string_equal(scene->account->sts_endpoint->region, "us-west-2");
	run(scene);
}

static void test_another_endpoint(void **state)
{
	struct account_scene scene;

	(void)state;
	open_account_elsewhere(&scene);
	script_add((struct scripted_response){
		.operation = "AssumeRole", .region = "us-west-2", .status = 200, .body = ASSUMED});
	enter_elsewhere(&scene);
	assert_state(&scene, READY);
	assert_int_equal(scene.scene.sts.items[1].state, STS_OPEN);
	assert_int_equal(scene.scene.sts.items[1].out, 0);
	close_account(&scene);
}

/* Whatever it is that keeps an account out there, home decides, and the endpoint is dropped. */
static void test_another_endpoint_refuses(void **state)
{
	static const struct scripted_response refusals[] = {
		{.status = 403,
		 .body = "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"},
		{.status = 403,
		 .body = "<ErrorResponse><Error><Code>RegionDisabledException</Code></Error></ErrorResponse>"},
		{.status = 403,
		 .body = "<ErrorResponse><Error><Code>InvalidClientTokenId</Code></Error></ErrorResponse>"},
		{.status = 500, .body = ""}, /* once */
		{.status = 200, .body = ASSUMED_IN("999999999999")},
		{.outcome = EXCHANGE_UNREACHED},
		{.outcome = EXCHANGE_UNRESOLVED},
		{.outcome = EXCHANGE_TIMED_OUT},
		{.outcome = EXCHANGE_UNTRUSTED},
		{.outcome = EXCHANGE_PROXY},
	};

	(void)state;
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
		struct scripted_response refusal = refusals[i];
		struct account_scene scene;

		open_account_elsewhere(&scene);
		refusal.operation = "AssumeRole";
		refusal.region = "us-west-2";
		script_add(refusal);
		script_add((struct scripted_response){
			.operation = "AssumeRole", .region = HOME, .status = 200, .body = ASSUMED});
		enter_elsewhere(&scene);
		assert_state(&scene, READY);
		assert_int_equal(scene.scene.sts.items[1].state, STS_DROPPED);
		assert_int_equal(scene.scene.sts.items[0].out + scene.scene.sts.items[1].out, 0);
		fflush(scene.scene.log.stream);
		assert_contains(scene.scene.logged, "STS in us-west-2 is not used");
		assert_null(strstr(scene.scene.logged, "role.refused"));
		close_account(&scene);
	}
}

/* The account keeps everybody out, which says nothing about the endpoint. */
static void test_both_endpoints_refuse(void **state)
{
	struct account_scene scene;

	(void)state;
	open_account_elsewhere(&scene);
	script_refuse("AssumeRole", 403, "AccessDenied");
	script_refuse("AssumeRole", 403, "AccessDenied");
	enter_elsewhere(&scene);
	assert_state(&scene, FAILED);
	assert_int_equal(scene.account->cell_state, CELL_UNREACHED);
	assert_int_equal(scene.scene.sts.items[1].state, STS_UNUSED);
	close_account(&scene);
}

/* A refresh does not go back to an endpoint that was dropped meanwhile. */
static void test_refresh_after_a_drop(void **state)
{
	struct account_scene scene;

	(void)state;
	open_account_elsewhere(&scene);
	script_good("AssumeRole", ASSUMED);
	enter_elsewhere(&scene);
	sts_endpoints_drop(&scene.scene.sts, &scene.scene.sts.items[1], "another account");
	script_add((struct scripted_response){
		.operation = "AssumeRole", .region = HOME, .status = 200, .body = ASSUMED});
	account_session_refresh(scene.account);
	run(&scene);
	assert_state(&scene, READY);
	assert_int_equal(scene.scene.sts.items[0].out, 0);
	close_account(&scene);
}

/* ---- regions ---- */

static void test_regions_are_denied(void **state)
{
	struct account_scene scene;

	(void)state;
	open_account(&scene, "Audit", "enabled");
	script_good("AssumeRole", ASSUMED);
	script_refuse("DescribeRegions", 403, "UnauthorizedOperation");
	enter(&scene);
	assert_state(&scene, READY);
	assert_int_equal(scene.account->region_list, REGIONS_REFUSED);
	assert_int_equal(scene.account->regions_state, CELL_DENIED);
	close_account(&scene);
}

static void test_regions_that_are_no_list(void **state)
{
	struct account_scene scene;

	(void)state;
	open_account(&scene, "Audit", "enabled");
	script_good("AssumeRole", ASSUMED);
	script_good("DescribeRegions", "<DescribeRegionsResponse><regionInfo/></DescribeRegionsResponse>");
	enter(&scene);
	assert_state(&scene, READY);
	assert_int_equal(scene.account->region_list, REGIONS_MALFORMED);
	assert_int_equal(scene.account->regions_state, CELL_ERROR);
	close_account(&scene);
}

static void test_stopped(void **state)
{
	struct account_scene scene;

	(void)state;
	open_account(&scene, "Audit", "enabled");
	script_good("AssumeRole", ASSUMED);
	account_session_enter(scene.account, 0);
	script_step(1);
	script_cancel();
	run(&scene);
	assert_state(&scene, FAILED);
	assert_int_equal(scene.account->cell_state, CELL_PENDING);
	assert_int_equal(scene.returned, 1);
	close_account(&scene);
}

/* ---- sessions that expire ---- */

/* The new session expires while the regions are listed: the role is assumed again, and no more than that. */
static void test_expires_while_regions_are_listed(void **state)
{
	struct account_scene scene;

	(void)state;
	open_account(&scene, "Audit", "enabled");
	script_good("AssumeRole", ASSUMED);
	script_refuse("DescribeRegions", 401, "ExpiredToken");
	script_good("AssumeRole", ASSUMED);
	script_good("DescribeRegions", REGIONS);
	enter(&scene);
	assert_state(&scene, READY);
	assert_int_equal(script_sent("AssumeRole"), 2);
	close_account(&scene);
}

static void test_refresh(void **state)
{
	const struct session *before;
	struct account_scene scene;

	(void)state;
	open_account(&scene, "Audit", "enabled");
	script_good("AssumeRole", ASSUMED);
	script_good("DescribeRegions", REGIONS);
	enter(&scene);
	before = scene.account->session;
	script_good("AssumeRole", ASSUMED);
	account_session_refresh(scene.account);
	assert_state(&scene, REFRESHING);
	run(&scene);
	assert_state(&scene, READY);
	assert_int_equal(scene.returned, 2);
	assert_ptr_not_equal(scene.account->session, before);
	assert_string_equal(before->access_key_id,
			    "ASIAMEMBER00000000001");        /* still there, for cells that use it */
	assert_int_equal(script_sent("DescribeRegions"), 1); /* when it was entered */
	close_account(&scene);
}

static void test_refresh_is_refused(void **state)
{
	struct account_scene scene;

	(void)state;
	open_account(&scene, "Audit", "eu-west-1");
	script_good("AssumeRole", ASSUMED);
	enter(&scene);
	script_refuse("AssumeRole", 403, "AccessDenied");
	account_session_refresh(scene.account);
	run(&scene);
	assert_state(&scene, FAILED);
	assert_int_equal(scene.account->cell_state, CELL_UNREACHED);
	assert_null(scene.account->session);
	close_account(&scene);
}

/* The caller's own session expired: it waits for a new one, and assumes the role with that. */
static void test_the_caller_expires(void **state)
{
	struct account_scene scene;

	(void)state;
	offer_keys("AKIACALLER0000000002");
	open_account(&scene, "Audit", "eu-west-1");
	script_refuse("AssumeRole", 403, "ExpiredToken");
	enter(&scene);
	assert_int_equal(scene.continues, 1);
	assert_int_equal(scene.returned, 0);
	script_good("AssumeRole", ASSUMED);
	tick(&scene);
	assert_state(&scene, READY);
	assert_int_equal(scene.returned, 1);
	assert_string_equal(caller_session_current(scene.scene.caller)->access_key_id, "AKIACALLER0000000002");
	close_account(&scene);
	offer_keys(NULL);
}

/* No new keys: what AWS refused with the present session, it would refuse again. */
static void test_the_caller_cannot_be_refreshed(void **state)
{
	struct account_scene scene;

	(void)state;
	offer_keys("AKIACALLER0000000001"); /* the same */
	setenv("AWS_SESSION_TOKEN", "token-of-the-scene-0123456789", 1);
	open_account(&scene, "Audit", "eu-west-1");
	script_refuse("AssumeRole", 403, "ExpiredToken");
	enter(&scene);
	tick(&scene);
	assert_state(&scene, FAILED);
	assert_int_equal(scene.account->cell_state, CELL_UNREACHED);
	assert_contains(scene.account->reason, "credentials from environment variables are unchanged");
	/* Another account session that needs it is told so at once: no second attempt within the minute. */
	account_session_free(scene.account);
	scene.account =
		account_session_new(&scene.scene.scan, ACCOUNT, "Audit", scene.scene.caller, on_returned);
	script_refuse("AssumeRole", 403, "ExpiredToken");
	enter(&scene);
	caller_session_tick(scene.scene.caller, &scene.scene.scan);
	assert_false(caller_session_is_refreshing(scene.scene.caller));
	run(&scene);
	assert_state(&scene, FAILED);
	close_account(&scene);
	offer_keys(NULL);
}

/* Two that wait are served by one refresh. */
static void test_two_wait_for_the_caller(void **state)
{
	struct account_session *other;
	struct account_scene scene;

	(void)state;
	offer_keys("AKIACALLER0000000002");
	open_account(&scene, "Audit", "eu-west-1");
	other = account_session_new(&scene.scene.scan, ACCOUNT, "Audit", scene.scene.caller, on_returned);
	script_refuse("AssumeRole", 403, "ExpiredToken");
	script_refuse("AssumeRole", 403, "ExpiredToken");
	account_session_enter(other, 0);
	enter(&scene);
	assert_int_equal(scene.continues, 2);
	script_good("AssumeRole", ASSUMED);
	script_good("AssumeRole", ASSUMED);
	tick(&scene);
	assert_state(&scene, READY);
	assert_int_equal(other->state, ACCOUNT_SESSION_READY);
	assert_int_equal(scene.returned, 2);
	account_session_free(other);
	close_account(&scene);
	offer_keys(NULL);
}

static void test_stopped_while_it_waits_for_the_caller(void **state)
{
	struct account_scene scene;

	(void)state;
	open_account(&scene, "Audit", "eu-west-1");
	script_refuse("AssumeRole", 403, "ExpiredToken");
	enter(&scene);
	assert_int_equal(scene.continues, 1);
	caller_session_cancel(scene.scene.caller);
	tick(&scene);
	assert_state(&scene, FAILED);
	assert_int_equal(scene.account->cell_state, CELL_PENDING);
	assert_int_equal(scene.returned, 1);
	close_account(&scene);
}

/* Without a role the caller's session is the account's: a refresh takes the new one. */
static void test_refresh_without_a_role(void **state)
{
	struct account_scene scene;

	(void)state;
	offer_keys("AKIACALLER0000000002");
	open_account(&scene, NULL, "eu-west-1");
	enter(&scene);
	assert_state(&scene, READY);
	account_session_refresh(scene.account);
	assert_state(&scene, REFRESHING);
	tick(&scene);
	assert_state(&scene, READY);
	assert_string_equal(scene.account->session->access_key_id, "AKIACALLER0000000002");
	assert_int_equal(scene.returned, 2);
	close_account(&scene);
	offer_keys(NULL);
}

/* A session that is due is refreshed before any request needs it. */
static void test_the_caller_is_refreshed_in_time(void **state)
{
	struct credentials found = {.session = scene_session("AKIACALLER0000000003", true, -1)};
	struct account_scene scene;

	(void)state;
	offer_keys("AKIACALLER0000000004");
	open_account(&scene, "Audit", "eu-west-1");
	caller_session_free(scene.scene.caller);
	scene.scene.caller = caller_session_new(&scene.scene.config, &scene.scene.log, &found);
	scene.account->caller = scene.scene.caller;
	tick(&scene);
	assert_string_equal(caller_session_current(scene.scene.caller)->access_key_id, "AKIACALLER0000000004");
	assert_false(caller_session_is_awaited(scene.scene.caller));
	close_account(&scene);
	offer_keys(NULL);
}

/* ---- how often, and with which keys ---- */

/* An account whose every session has expired at once gives up after three more. */
static void test_sessions_that_always_expire(void **state)
{
	struct account_scene scene;

	(void)state;
	open_account(&scene, "Audit", "enabled");
	for (int i = 0; i < 4; i++) {
		script_good("AssumeRole", ASSUMED);
		script_refuse("DescribeRegions", 401, "ExpiredToken");
	}
	enter(&scene);
	assert_state(&scene, READY);
	assert_int_equal(scene.account->region_list, REGIONS_REFUSED);
	assert_int_equal(script_sent("AssumeRole"), 4);
	assert_int_equal(script_sent("DescribeRegions"), 4);
	close_account(&scene);
}

/* The source gives these keys, with which AWS refuses to assume the role, too. */
static void expire_again(struct account_scene *scene, const char *key)
{
	offer_keys(key);
	script_refuse("AssumeRole", 403, "ExpiredToken");
	tick(scene);
}

static void test_callers_that_always_expire(void **state)
{
	struct account_scene scene;

	(void)state;
	open_account(&scene, "Audit", "eu-west-1");
	script_refuse("AssumeRole", 403, "ExpiredToken");
	enter(&scene);
	expire_again(&scene, "AKIACALLER0000000002");
	expire_again(&scene, "AKIACALLER0000000003");
	assert_int_equal(scene.returned, 0);
	expire_again(&scene, "AKIACALLER0000000004");
	assert_int_equal(scene.continues, 3);
	assert_state(&scene, FAILED);
	assert_int_equal(scene.account->cell_state, CELL_UNREACHED);
	assert_contains(scene.account->reason, "cannot assume Audit");
	close_account(&scene);
	offer_keys(NULL);
}

/* A role that was assumed starts the count again: a scan of many hours outlives many sessions of its caller. */
static void test_a_role_that_was_assumed_starts_the_count_again(void **state)
{
	struct account_scene scene;

	(void)state;
	open_account(&scene, "Audit", "eu-west-1");
	script_refuse("AssumeRole", 403, "ExpiredToken");
	enter(&scene);
	expire_again(&scene, "AKIACALLER0000000002");
	offer_keys("AKIACALLER0000000003");
	script_good("AssumeRole", ASSUMED);
	tick(&scene);
	assert_state(&scene, READY);
	script_refuse("AssumeRole", 403, "ExpiredToken");
	account_session_refresh(scene.account);
	run(&scene);
	expire_again(&scene, "AKIACALLER0000000004");
	offer_keys("AKIACALLER0000000005");
	script_good("AssumeRole", ASSUMED);
	tick(&scene);
	assert_state(&scene, READY);
	close_account(&scene);
	offer_keys(NULL);
}

/* As `scene_session`, instead of the scene's. */
static void replace_caller(struct account_scene *scene, const char *key, bool with_token, int64_t lasts)
{
	struct credentials found = {.session = scene_session(key, with_token, lasts)};

	caller_session_free(scene->scene.caller);
	scene->scene.caller = caller_session_new(&scene->scene.config, &scene->scene.log, &found);
	scene->account->caller = scene->scene.caller;
}

/* Keys without a token do not expire, whatever AWS calls the refusal. */
static void test_keys_without_a_token_are_not_refreshed(void **state)
{
	struct account_scene scene;

	(void)state;
	open_account(&scene, "Audit", "eu-west-1");
	replace_caller(&scene, "AKIACALLER0000000001", false, 0);
	script_refuse("AssumeRole", 403, "ExpiredToken");
	script_refuse("AssumeRole", 403, "ExpiredToken"); /* by the corrected clock */
	enter(&scene);
	assert_state(&scene, FAILED);
	assert_int_equal(scene.continues, 0);
	close_account(&scene);

	open_account(&scene, NULL, "enabled");
	replace_caller(&scene, "AKIACALLER0000000001", false, 0);
	script_refuse("DescribeRegions", 401, "ExpiredToken");
	script_refuse("DescribeRegions", 401, "ExpiredToken");
	enter(&scene);
	assert_state(&scene, READY);
	assert_int_equal(scene.account->region_list, REGIONS_REFUSED);
	assert_int_equal(scene.continues, 0);
	close_account(&scene);
}

/* The source credentials from environment variables are unchanged: they serve an account without a role until
 * they expire. */
static void test_the_same_keys_without_a_role(void **state)
{
	const struct {
		int64_t lasts; /* seconds; 0: it is not known when they expire */
		enum account_session_state state;
	} cases[] = {{HOUR, ACCOUNT_SESSION_READY}, {-1, ACCOUNT_SESSION_FAILED}, {0, ACCOUNT_SESSION_FAILED}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct account_scene scene;

		offer_keys("AKIACALLER0000000001");
		setenv("AWS_SESSION_TOKEN", "token-of-the-scene-0123456789", 1);
		open_account(&scene, NULL, "eu-west-1");
		replace_caller(&scene, "AKIACALLER0000000001", true, cases[i].lasts);
		enter(&scene);
		account_session_refresh(scene.account);
		tick(&scene);
		assert_int_equal(scene.account->state, cases[i].state);
		assert_int_equal(scene.returned, 2);
		if (cases[i].state == ACCOUNT_SESSION_FAILED)
			assert_int_equal(scene.account->cell_state, CELL_ERROR);
		close_account(&scene);
	}
	offer_keys(NULL);
}

/* An account session whose refusal arrives after the refresh goes on with the new session at once. */
static void test_the_caller_was_refreshed_meanwhile(void **state)
{
	struct account_session *other;
	struct account_scene scene;

	(void)state;
	offer_keys("AKIACALLER0000000002");
	open_account(&scene, "Audit", "eu-west-1");
	other = account_session_new(&scene.scene.scan, ACCOUNT, "Audit", scene.scene.caller, on_returned);
	script_refuse("AssumeRole", 403, "ExpiredToken");
	enter(&scene);
	account_session_enter(other, 0); /* with the old session; its request is sent after the refresh */
	script_refuse("AssumeRole", 403, "ExpiredToken");
	script_good("AssumeRole", ASSUMED);
	script_good("AssumeRole", ASSUMED);
	tick(&scene);
	assert_state(&scene, READY);
	assert_int_equal(other->state, ACCOUNT_SESSION_READY);
	assert_int_equal(scene.continues, 2);
	account_session_free(other);
	close_account(&scene);
	offer_keys(NULL);
}

/* A source that failed is left alone for a minute, also when the session is due. */
static void test_a_source_that_failed_is_left_alone(void **state)
{
	struct account_scene scene;

	(void)state;
	offer_keys("AKIACALLER0000000001");
	setenv("AWS_SESSION_TOKEN", "token-of-the-scene-0123456789", 1);
	open_account(&scene, "Audit", "eu-west-1");
	replace_caller(&scene, "AKIACALLER0000000001", true, -1);
	tick(&scene);
	assert_contains(caller_session_problem(scene.scene.caller),
			"credentials from environment variables are unchanged");
	caller_session_tick(scene.scene.caller, &scene.scene.scan);
	assert_false(caller_session_is_refreshing(scene.scene.caller));
	close_account(&scene);
	offer_keys(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ready),
		cmocka_unit_test(test_regions_that_are_named),
		cmocka_unit_test(test_without_a_role),
		cmocka_unit_test(test_the_role_is_refused),
		cmocka_unit_test(test_a_session_in_another_account),
		cmocka_unit_test(test_another_endpoint),
		cmocka_unit_test(test_another_endpoint_refuses),
		cmocka_unit_test(test_both_endpoints_refuse),
		cmocka_unit_test(test_refresh_after_a_drop),
		cmocka_unit_test(test_regions_are_denied),
		cmocka_unit_test(test_regions_that_are_no_list),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_expires_while_regions_are_listed),
		cmocka_unit_test(test_refresh),
		cmocka_unit_test(test_refresh_is_refused),
		cmocka_unit_test(test_the_caller_expires),
		cmocka_unit_test(test_the_caller_cannot_be_refreshed),
		cmocka_unit_test(test_two_wait_for_the_caller),
		cmocka_unit_test(test_stopped_while_it_waits_for_the_caller),
		cmocka_unit_test(test_refresh_without_a_role),
		cmocka_unit_test(test_the_caller_is_refreshed_in_time),
		cmocka_unit_test(test_sessions_that_always_expire),
		cmocka_unit_test(test_callers_that_always_expire),
		cmocka_unit_test(test_a_role_that_was_assumed_starts_the_count_again),
		cmocka_unit_test(test_keys_without_a_token_are_not_refreshed),
		cmocka_unit_test(test_the_same_keys_without_a_role),
		cmocka_unit_test(test_the_caller_was_refreshed_meanwhile),
		cmocka_unit_test(test_a_source_that_failed_is_left_alone),
	};

	setenv("AWS_CONFIG_FILE", "/dev/null", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
