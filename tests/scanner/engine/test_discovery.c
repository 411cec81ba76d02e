/* discovery.c: identity, organization, accounts and units from scripted responses. */
#include "scanner/engine/discovery.h"

#include <unistd.h>

#include "tests/scanner/engine/scene.h"

#define IDENTITY                                                                                               \
	"<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::111122223333:assumed-role/Hub/" \
	"x"                                                                                                    \
	"</Arn><UserId>U</UserId><Account>111122223333</Account></GetCallerIdentityResult>"                    \
	"</GetCallerIdentityResponse>"
#define ORGANIZATION "{\"Organization\":{\"Id\":\"o-scene12345\",\"MasterAccountId\":\"111122223333\"}}"
#define ACCOUNT(id, path)                                                                                      \
	"{\"Id\":\"" id "\",\"Name\":\"n" id "\",\"Status\":\"ACTIVE\",\"State\":\"ACTIVE\"" path "}"
#define PATH(of) ",\"Paths\":[\"o-scene12345/r-ab12/" of "\"]"

struct discovery_scene {
	struct scene scene;
	struct discovery *discovery;
	char told[2048];
	struct error error;
	bool failed;
};

__attribute__((format(printf, 2, 3))) static void tell(struct discovery_scene *scene, const char *format, ...)
{
	size_t length = strlen(scene->told);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(scene->told + length, sizeof scene->told - length, format, arguments);
	va_end(arguments);
}

static void on_identity(void *owner, const struct identity *identity)
{
	tell(owner, "identity %s; ", identity->account);
}

static void on_organization(void *owner, const char *id, const char *management_account)
{
	tell(owner, "organization %s %s; ", id ? id : "none", management_account ? management_account : "none");
}

static void on_account(void *owner, const struct discovered_account *account)
{
	tell(owner, "account %s; ", account->id);
}

static void on_units(void *owner, const struct units *units)
{
	(void)units;
	tell(owner, "units; ");
}

static void on_place(void *owner, const char *account, const struct unit *unit)
{
	tell(owner, "%s in %s; ", account, unit->id);
}

static void on_listed(void *owner)
{
	tell(owner, "listed; ");
}

static void on_finished(void *owner, bool tree_known)
{
	tell(owner, "finished %s", tree_known ? "with tree" : "without tree");
}

static void on_failed(void *owner, const struct error *error)
{
	struct discovery_scene *scene = owner;

	assert_false(scene->failed); /* once */
	scene->failed = true;
	scene->error = *error;
}

static void open_discovery(struct discovery_scene *scene, bool organization)
{
	static const char *const arguments[] = {"--region", "us-east-1", "--max-attempts", "2"};
	static const struct control *const none[] = {NULL};
	const struct discovery_listener listener = {on_identity, on_organization, on_account,
						    on_units,    on_place,        on_listed,
						    on_finished, on_failed,       scene};

	memset(scene, 0, sizeof *scene);
	scene_open(&scene->scene, none, arguments, 4);
	scene->discovery = discovery_new(&scene->scene.scan, scene->scene.caller,
					 &(struct discovery_options){.organization = organization}, &listener);
}

static void run(struct discovery_scene *scene)
{
	discovery_start(scene->discovery);
	scene_run(&scene->scene, NULL);
}

/* One round of the coordinator's loop, with the thread of a refresh. */
static void refresh_caller(struct discovery_scene *scene)
{
	caller_session_tick(scene->scene.caller, &scene->scene.scan);
	for (int i = 0; i < 5000 && caller_session_is_refreshing(scene->scene.caller); i++) {
		scene_deliver(&scene->scene, NULL);
		usleep(1000);
	}
	scene_run(&scene->scene, NULL);
}

static void close_discovery(struct discovery_scene *scene)
{
	discovery_free(scene->discovery);
	scene_close(&scene->scene);
}

static void test_whole_organization(void **state)
{
	struct discovery_scene scene;

	(void)state;
	open_discovery(&scene, true);
	script_good("GetCallerIdentity", IDENTITY);
	script_good("DescribeOrganization", ORGANIZATION);
	script_good("ListAccounts",
		    "{\"Accounts\":[" ACCOUNT("000000000001", PATH("000000000001/")) "],\"NextToken\":\"t\"}");
	script_good("ListAccounts",
		    "{\"Accounts\":[" ACCOUNT("000000000002", PATH("ou-ab12-x/000000000002/")) "]}");
	script_good("ListRoots", "{\"Roots\":[{\"Id\":\"r-ab12\"}]}");
	script_good("ListOrganizationalUnitsForParent",
		    "{\"OrganizationalUnits\":[{\"Id\":\"ou-ab12-x\",\"Name\":\"X\"}]}");
	script_good("ListOrganizationalUnitsForParent", "{\"OrganizationalUnits\":[]}");
	run(&scene);
	assert_string_equal(scene.told,
			    "identity 111122223333; organization o-scene12345 111122223333; account "
			    "000000000001; account 000000000002; listed; units; 000000000002 in "
			    "ou-ab12-x; 000000000001 in r-ab12; finished with tree");
	assert_int_equal(script_left(), 0);
	close_discovery(&scene);
}

/* AWS did not give the accounts' paths: the tree is walked once more, for its members. */
static void test_accounts_without_paths(void **state)
{
	struct discovery_scene scene;

	(void)state;
	open_discovery(&scene, true);
	script_good("GetCallerIdentity", IDENTITY);
	script_good("DescribeOrganization", ORGANIZATION);
	script_good("ListAccounts", "{\"Accounts\":[" ACCOUNT("000000000001", "") "]}");
	script_good("ListRoots", "{\"Roots\":[{\"Id\":\"r-ab12\"}]}");
	script_good("ListOrganizationalUnitsForParent", "{\"OrganizationalUnits\":[]}");
	script_good("ListAccountsForParent", "{\"Accounts\":[" ACCOUNT("000000000001", "") "]}");
	run(&scene);
	assert_contains(scene.told, "units; 000000000001 in r-ab12; finished with tree");
	close_discovery(&scene);
}

/* A path that ends in a unit which the tree does not have, because it was moved meanwhile. */
static void test_a_path_out_of_the_tree(void **state)
{
	struct discovery_scene scene;

	(void)state;
	open_discovery(&scene, true);
	script_good("GetCallerIdentity", IDENTITY);
	script_good("DescribeOrganization", ORGANIZATION);
	script_good("ListAccounts",
		    "{\"Accounts\":[" ACCOUNT("000000000001", PATH("ou-ab12-gone/000000000001/")) "]}");
	script_good("ListRoots", "{\"Roots\":[{\"Id\":\"r-ab12\"}]}");
	script_good("ListOrganizationalUnitsForParent", "{\"OrganizationalUnits\":[]}");
	script_good("ListAccountsForParent", "{\"Accounts\":[" ACCOUNT("000000000001", "") "]}");
	run(&scene);
	assert_contains(scene.told, "units; 000000000001 in r-ab12; finished with tree");
	assert_int_equal(script_left(), 0);
	close_discovery(&scene);
}

static void test_identity_alone(void **state)
{
	struct discovery_scene scene;

	(void)state;
	open_discovery(&scene, false);
	script_good("GetCallerIdentity", IDENTITY);
	run(&scene);
	assert_string_equal(scene.told, "identity 111122223333; listed; finished without tree");
	close_discovery(&scene);
}

static void test_in_no_organization(void **state)
{
	struct discovery_scene scene;

	(void)state;
	open_discovery(&scene, true);
	script_good("GetCallerIdentity", IDENTITY);
	script_refuse("DescribeOrganization", 400, "AWSOrganizationsNotInUseException");
	run(&scene);
	assert_string_equal(scene.told, "identity 111122223333; organization none none; account 111122223333; "
					"listed; finished without tree");
	close_discovery(&scene);
}

static void test_the_identity_is_refused(void **state)
{
	struct discovery_scene scene;

	(void)state;
	open_discovery(&scene, true);
	script_refuse("GetCallerIdentity", 403, "InvalidClientTokenId");
	run(&scene);
	assert_true(scene.failed);
	assert_contains(scene.error.text, "InvalidClientTokenId");
	assert_string_equal(scene.told, "");
	close_discovery(&scene);
}

static void test_the_organization_is_denied(void **state)
{
	struct discovery_scene scene;

	(void)state;
	open_discovery(&scene, true);
	script_good("GetCallerIdentity", IDENTITY);
	script_refuse("DescribeOrganization", 400, "AccessDeniedException");
	run(&scene);
	assert_true(scene.failed);
	assert_contains(scene.error.text,
			"organizations:DescribeOrganization: AccessDeniedException: scripted");
	close_discovery(&scene);
}

/* What was listed before stays told; that it is not all, is said. */
static void test_a_later_page_is_denied(void **state)
{
	struct discovery_scene scene;

	(void)state;
	open_discovery(&scene, true);
	script_good("GetCallerIdentity", IDENTITY);
	script_good("DescribeOrganization", ORGANIZATION);
	script_good("ListAccounts", "{\"Accounts\":[" ACCOUNT("000000000001", "") "],\"NextToken\":\"t\"}");
	script_refuse("ListAccounts", 400, "AccessDeniedException");
	run(&scene);
	assert_true(scene.failed);
	assert_contains(scene.told, "account 000000000001; ");
	assert_null(strstr(scene.told, "listed"));
	close_discovery(&scene);
}

static void test_a_token_that_repeats(void **state)
{
	struct discovery_scene scene;

	(void)state;
	open_discovery(&scene, true);
	script_good("GetCallerIdentity", IDENTITY);
	script_good("DescribeOrganization", ORGANIZATION);
	script_add((struct scripted_response){
		.operation = "ListAccounts",
		.status = 200,
		.body = "{\"Accounts\":[" ACCOUNT("000000000001", "") "],\"NextToken\":\"t\"}",
		.stays = true});
	run(&scene);
	assert_true(scene.failed);
	assert_contains(scene.error.text, "the list does not end");
	assert_int_equal(script_sent("ListAccounts"), 2);
	close_discovery(&scene);
}

static void test_no_account(void **state)
{
	struct discovery_scene scene;

	(void)state;
	open_discovery(&scene, true);
	script_good("GetCallerIdentity", IDENTITY);
	script_good("DescribeOrganization", ORGANIZATION);
	script_good("ListAccounts", "{\"Accounts\":[]}");
	run(&scene);
	assert_true(scene.failed);
	assert_contains(scene.error.text, "returned no account");
	close_discovery(&scene);
}

static void test_a_page_that_is_no_list(void **state)
{
	struct discovery_scene scene;

	(void)state;
	open_discovery(&scene, true);
	script_good("GetCallerIdentity", IDENTITY);
	script_good("DescribeOrganization", ORGANIZATION);
	script_good("ListAccounts", "{\"Accounts\":{}}");
	run(&scene);
	assert_true(scene.failed);
	close_discovery(&scene);
}

/* Units are only names: without them the scan goes on. */
static void test_the_tree_is_denied(void **state)
{
	struct discovery_scene scene;

	(void)state;
	open_discovery(&scene, true);
	script_good("GetCallerIdentity", IDENTITY);
	script_good("DescribeOrganization", ORGANIZATION);
	script_good("ListAccounts", "{\"Accounts\":[" ACCOUNT("000000000001", "") "]}");
	script_refuse("ListRoots", 400, "AccessDeniedException");
	run(&scene);
	assert_false(scene.failed);
	assert_contains(scene.told, "listed; finished without tree");
	close_discovery(&scene);
}

/* The names of units are not missing because AWS refused them: the user stopped the scan. */
static void test_interrupted_in_the_tree(void **state)
{
	struct discovery_scene scene;

	(void)state;
	open_discovery(&scene, true);
	script_good("GetCallerIdentity", IDENTITY);
	script_good("DescribeOrganization", ORGANIZATION);
	script_good("ListAccounts", "{\"Accounts\":[" ACCOUNT("000000000001", "") "]}");
	script_add((struct scripted_response){.operation = "ListRoots", .outcome = EXCHANGE_CANCELLED});
	run(&scene);
	assert_false(scene.failed);
	assert_contains(scene.told, "listed; finished without tree");
	fflush(scene.scene.log.stream);
	assert_null(strstr(scene.scene.logged, "units are not known"));
	close_discovery(&scene);
}

static void test_interrupted(void **state)
{
	struct discovery_scene scene;

	(void)state;
	open_discovery(&scene, true);
	script_cancel();
	run(&scene);
	assert_true(scene.failed);
	assert_contains(scene.error.text, "interrupted before the accounts were listed");
	close_discovery(&scene);
}

/* The caller's session expires in the middle: the same step is sent again with a new one. */
static void test_the_caller_expires(void **state)
{
	struct discovery_scene scene;

	(void)state;
	setenv("AWS_ACCESS_KEY_ID", "AKIACALLER0000000002", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "bmV3LXNlY3JldA", 1);
	setenv("AWS_SESSION_TOKEN", "new-token-of-the-caller-0123456789", 1);
	open_discovery(&scene, true);
	script_good("GetCallerIdentity", IDENTITY);
	script_refuse("DescribeOrganization", 400, "ExpiredTokenException");
	run(&scene);
	assert_string_equal(scene.told, "identity 111122223333; ");
	script_refuse("DescribeOrganization", 400, "AWSOrganizationsNotInUseException");
	refresh_caller(&scene);
	assert_contains(scene.told, "finished without tree");
	close_discovery(&scene);
}

/* Every session expires at once: that is no reason to go on for ever. */
static void test_every_session_expires(void **state)
{
	struct discovery_scene scene;
	char key[32];

	(void)state;
	open_discovery(&scene, true);
	script_add((struct scripted_response){.operation = "GetCallerIdentity",
					      .status = 403,
					      .body = "<ErrorResponse><Error><Code>ExpiredToken</Code>"
						      "<Message>scripted</Message></Error></ErrorResponse>",
					      .stays = true});
	run(&scene);
	for (int round = 0; round < 10 && !scene.failed; round++) {
		snprintf(key, sizeof key, "AKIACALLER00000001%02d", round);
		setenv("AWS_ACCESS_KEY_ID", key, 1);
		refresh_caller(&scene);
	}
	assert_true(scene.failed);
	assert_int_equal(script_sent("GetCallerIdentity"), 4);
	close_discovery(&scene);
}

/* The scan stops while discovery waits for a session. */
static void test_interrupted_while_it_waits(void **state)
{
	struct discovery_scene scene;

	(void)state;
	open_discovery(&scene, true);
	script_refuse("GetCallerIdentity", 403, "ExpiredToken");
	run(&scene);
	assert_false(scene.failed);
	caller_session_cancel(scene.scene.caller);
	caller_session_tick(scene.scene.caller, &scene.scene.scan);
	assert_true(scene.failed);
	assert_contains(scene.error.text, "interrupted");
	close_discovery(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_organization),
		cmocka_unit_test(test_accounts_without_paths),
		cmocka_unit_test(test_a_path_out_of_the_tree),
		cmocka_unit_test(test_interrupted_in_the_tree),
		cmocka_unit_test(test_identity_alone),
		cmocka_unit_test(test_in_no_organization),
		cmocka_unit_test(test_the_identity_is_refused),
		cmocka_unit_test(test_the_organization_is_denied),
		cmocka_unit_test(test_a_later_page_is_denied),
		cmocka_unit_test(test_a_token_that_repeats),
		cmocka_unit_test(test_no_account),
		cmocka_unit_test(test_a_page_that_is_no_list),
		cmocka_unit_test(test_the_tree_is_denied),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_the_caller_expires),
		cmocka_unit_test(test_every_session_expires),
		cmocka_unit_test(test_interrupted_while_it_waits),
	};

	setenv("AWS_CONFIG_FILE", "/dev/null", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
