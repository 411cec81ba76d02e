/* account_cells.c: an account and its cells, from the first request to the closed row, as the coordinator sees
 * them. */
#include <unistd.h>

#include "scanner/engine/coordinator_internal.h"
#include "tests/scanner/engine/scene.h"

#define ACCOUNT "111122223333"
#define ASSUMED                                                                                                \
	"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAMEMBER00000000001</AccessKeyId>"  \
	"<SecretAccessKey>bWVtYmVyLXNlY3JldA</SecretAccessKey><SessionToken>member-token-0123456789"           \
	"</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser>"          \
	"<Arn>arn:aws:sts::" ACCOUNT ":assumed-role/Audit/scene</Arn></AssumedRoleUser></AssumeRoleResult>"    \
	"</AssumeRoleResponse>"
#define NO_CLUSTERS                                                                                            \
	"<DescribeDBClustersResponse><DescribeDBClustersResult><DBClusters/></DescribeDBClustersResult>"       \
	"</DescribeDBClustersResponse>"

/* An account with two regions, of a coordinator without discovery. */
struct account_scene {
	struct scene scene;
	const struct control *selected[2];
	struct run_options options;
	struct organization organization;
	struct matrix matrix;
	struct error error;
	struct coordinator coordinator;
};

static void open_account(struct account_scene *scene)
{
	static const char *const arguments[] = {"--region", "us-east-1", "--max-attempts",
						"2",        "--regions", "us-east-1,eu-west-1"};
	struct coordinator *coordinator = &scene->coordinator;

	memset(scene, 0, sizeof *scene);
	scene->selected[0] = scene_control("neptune-encryption-at-rest");
	scene_open(&scene->scene, scene->selected, arguments, 6);
	scene->scene.config.role_name = "Audit";
	matrix_init(&scene->matrix);
	scene->matrix.selected = scene->selected;
	scene->options.log = &scene->scene.log;
	scene->organization =
		(struct organization){.config = &scene->scene.config, .caller = scene->scene.caller};
	*coordinator = (struct coordinator){.options = &scene->options,
					    .organization = &scene->organization,
					    .config = &scene->scene.config,
					    .matrix = &scene->matrix,
					    .scan = scene->scene.scan,
					    .queue = {.config = &scene->scene.config, .matrix = &scene->matrix},
					    .error = &scene->error};
	script_good("AssumeRole", ASSUMED);
	account_cells_enter(coordinator, matrix_add_row(&scene->matrix, ACCOUNT));
	script_step(1);
	scene_deliver(&scene->scene, coordinator);
	assert_int_equal(coordinator->cells_out, 2);
	assert_int_equal(coordinator->account_sessions_out, 0);
}

/* Each cell is recorded once, in this state, and nothing is out any more. */
static void expect(struct account_scene *scene, enum cell_state state)
{
	const struct coordinator *coordinator = &scene->coordinator;

	assert_int_equal(coordinator->cells_out, 0);
	assert_int_equal(coordinator->account_sessions_out, 0);
	assert_int_equal(coordinator->rows_done, 1);
	for (size_t column = 0; column < 2; column++)
		assert_string_equal(
			cell_state_name((enum cell_state)matrix_cell(&scene->matrix, 0, column).state),
			cell_state_name(state));
	assert_int_equal(script_left(), 0);
}

static void close_account(struct account_scene *scene)
{
	free(scene->coordinator.out_in_column);
	matrix_deinit(&scene->matrix);
	scene_close(&scene->scene);
	unsetenv("AWS_ACCESS_KEY_ID");
	unsetenv("AWS_SECRET_ACCESS_KEY");
	unsetenv("AWS_SESSION_TOKEN");
}

static void offer_keys(const char *key, const char *token)
{
	setenv("AWS_ACCESS_KEY_ID", key, 1);
	setenv("AWS_SECRET_ACCESS_KEY", "bmV3LXNlY3JldA", 1);
	setenv("AWS_SESSION_TOKEN", token, 1);
}

static void run(struct account_scene *scene)
{
	scene_run(&scene->scene, &scene->coordinator);
}

/* The thread of a caller's refresh has returned its job; it is not delivered. */
static void wait_for_refresh(struct account_scene *scene)
{
	caller_session_tick(scene->scene.caller, &scene->coordinator.scan);
	for (int i = 0; i < 5000 && !atomic_load(&scene->scene.mailbox.newest); i++)
		usleep(1000);
}

static void test_recorded(void **state)
{
	struct account_scene scene;

	(void)state;
	open_account(&scene);
	script_good("DescribeDBClusters", NO_CLUSTERS);
	script_good("DescribeDBClusters", NO_CLUSTERS);
	run(&scene);
	expect(&scene, CELL_EMPTY);
	close_account(&scene);
}

/* Both cells find their session expired: the role is assumed once more for the two of them. */
static void test_one_refresh_for_two_cells(void **state)
{
	struct account_scene scene;

	(void)state;
	open_account(&scene);
	script_refuse("DescribeDBClusters", 403, "ExpiredToken");
	script_refuse("DescribeDBClusters", 403, "ExpiredToken");
	script_good("AssumeRole", ASSUMED);
	script_good("DescribeDBClusters", NO_CLUSTERS);
	script_good("DescribeDBClusters", NO_CLUSTERS);
	run(&scene);
	expect(&scene, CELL_EMPTY);
	assert_int_equal(script_sent("AssumeRole"), 2);
	close_account(&scene);
}

/* The role is refused while the last cell returns: the account session is freed once, after its own return. */
static void test_a_role_that_is_withdrawn(void **state)
{
	struct account_scene scene;

	(void)state;
	open_account(&scene);
	script_refuse("DescribeDBClusters", 403, "ExpiredToken");
	script_refuse("DescribeDBClusters", 403, "ExpiredToken");
	script_step(1);
	scene_deliver(&scene.scene, &scene.coordinator); /* the account session is sent for a new session */
	script_refuse("AssumeRole", 403, "AccessDenied");
	script_step(2); /* the second cell, and the account session: one batch */
	assert_int_equal(scene.coordinator.cells_out, 2);
	run(&scene);
	expect(&scene, CELL_UNREACHED);
	close_account(&scene);
}

/* The same, when the caller's session cannot be refreshed, and a cell returns behind that. */
static void test_a_caller_that_is_withdrawn(void **state)
{
	struct account_scene scene;
	struct message *cell;
	struct job *account;

	(void)state;
	open_account(&scene);
	offer_keys("AKIACALLER0000000001", "token-of-the-scene-0123456789"); /* the same as before */
	script_refuse("DescribeDBClusters", 403, "ExpiredToken");
	script_refuse("DescribeDBClusters", 403, "ExpiredToken");
	script_step(1);
	scene_deliver(&scene.scene, &scene.coordinator);
	script_refuse("AssumeRole", 403, "ExpiredToken");
	script_step(2);
	cell = mailbox_drain(&scene.scene.mailbox);
	account = container_of(cell->next, struct job, task.message);
	account->returned(account, &scene.coordinator); /* waits for the caller's session */
	wait_for_refresh(&scene);
	mailbox_push(&scene.scene.mailbox, cell); /* behind the refresh that failed */
	run(&scene);
	expect(&scene, CELL_UNREACHED);
	close_account(&scene);
}

/* The scan stops while the caller's session is refreshed, and the refresh fails: pending, not unreached. */
static void test_stopped_while_the_caller_is_refreshed(void **state)
{
	struct account_scene scene;

	(void)state;
	open_account(&scene);
	offer_keys("AKIACALLER0000000001", "token-of-the-scene-0123456789");
	script_refuse("DescribeDBClusters", 403, "ExpiredToken");
	script_refuse("DescribeDBClusters", 403, "ExpiredToken");
	script_refuse("AssumeRole", 403, "ExpiredToken");
	run(&scene);
	assert_int_equal(scene.coordinator.account_sessions_out, 1);
	wait_for_refresh(&scene);
	scene.coordinator.stopping = true;
	caller_session_cancel(scene.scene.caller);
	run(&scene);
	expect(&scene, CELL_PENDING);
	close_account(&scene);
}

/* A cell returns for a session when the scan stops already: nothing is requested any more. */
static void test_stopped_before_the_refresh(void **state)
{
	struct account_scene scene;

	(void)state;
	open_account(&scene);
	script_refuse("DescribeDBClusters", 403, "ExpiredToken");
	script_refuse("DescribeDBClusters", 403, "ExpiredToken");
	script_step(2);
	scene.coordinator.stopping = true;
	run(&scene);
	expect(&scene, CELL_PENDING);
	assert_int_equal(script_sent("AssumeRole"), 1);
	close_account(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_one_refresh_for_two_cells),
		cmocka_unit_test(test_a_role_that_is_withdrawn),
		cmocka_unit_test(test_a_caller_that_is_withdrawn),
		cmocka_unit_test(test_stopped_while_the_caller_is_refreshed),
		cmocka_unit_test(test_stopped_before_the_refresh),
	};

	setenv("AWS_CONFIG_FILE", "/dev/null", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
