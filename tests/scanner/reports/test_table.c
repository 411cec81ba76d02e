/*
 * The table of organizations of 40 and 1,000 accounts, at the widths of terminals, against tests/data/reports.
 * After a wanted change: UPDATE_GOLDEN=1 ctest -R table, and read the difference before it is committed.
 */
#include <locale.h>

#include "scanner/matrix/exceptions.h"
#include "scanner/reports/reports.h"
#include "scanner/reports/terminal_text.h"
#include "tests/unit.h"

enum {
	REGIONS = 33,
	MAX_LINES = 142 /* of 150; the end of a scan has eight */,
	CONTROLS = 16,
	EXCEPTIONS = 12
};

static const char *const regions[REGIONS] = {
	"af-south-1",     "ap-east-1",      "ap-east-2",      "ap-northeast-1", "ap-northeast-2",
	"ap-northeast-3", "ap-south-1",     "ap-south-2",     "ap-southeast-1", "ap-southeast-2",
	"ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
	"ca-central-1",   "ca-west-1",      "eu-central-1",   "eu-central-2",   "eu-north-1",
	"eu-south-1",     "eu-south-2",     "eu-west-1",      "eu-west-2",      "eu-west-3",
	"il-central-1",   "me-central-1",   "me-south-1",     "sa-east-1",      "us-east-1",
	"us-east-2",      "us-west-1",      "us-west-2"};

static const char *const references[] = {NULL};
static const struct control at_rest = {.id = "neptune-encryption-at-rest",
				       .group = "encryption",
				       .severity = SEVERITY_HIGH,
				       .references = references};
static const struct control rotation = {.id = "neptune-key-rotation",
					.group = "encryption",
					.severity = SEVERITY_LOW,
					.references = references};
static const struct control *selected[] = {&at_rest, &rotation, NULL};

/* A bad night: each cluster that is not encrypted fails many more controls, and there are exceptions and gaps.
 */
static const struct control usable = {.id = "neptune-key-usable",
				      .group = "encryption",
				      .severity = SEVERITY_CRITICAL,
				      .references = references};
static struct control hardening[CONTROLS];
static char hardening_ids[CONTROLS][32];
static const struct control *selected_at_night[CONTROLS + 4] = {&at_rest, &usable, &rotation};
static bool is_bad_night, lists_only_keys;
static size_t control_count = CONTROLS;

static struct exceptions *prepare_bad_night(struct arena *arena)
{
	static struct exceptions exceptions;

	exceptions = (struct exceptions){0};
	selected_at_night[3 + control_count] = NULL;
	for (size_t i = 0; i < control_count; i++) {
		snprintf(hardening_ids[i], sizeof hardening_ids[i], "neptune-hardening-of-clusters-%02zu", i);
		hardening[i] = (struct control){.id = hardening_ids[i],
						.group = "hardening",
						.severity = i % 4,
						.references = references};
		selected_at_night[3 + i] = &hardening[i];
	}
	for (size_t i = 0; i < EXCEPTIONS; i++) {
		struct exception *exception = exceptions_add(&exceptions, arena);
		struct gap *gap = gaps_add(&exceptions.gaps, arena);

		*exception = (struct exception){.name = arena_format(arena, "approved-laboratory-%zu", i),
						.control = "neptune-retained-backup-encryption",
						.owner = "graph-team@example.com",
						.expires = "2027-03-31"};
		*gap = (struct gap){.name = arena_format(arena, "closed-region-of-the-organization-%02zu", i),
				    .regions = regions[i],
				    .accounts = "*",
				    .state = "denied",
				    .cell_state = CELL_DENIED,
				    .expires = "2027-03-31"};
	}
	return &exceptions;
}

static struct finding *make_finding(struct arena *arena, const struct control *control, const char *id,
				    enum verdict verdict)
{
	struct finding *finding = arena_take(arena, sizeof *finding);
	struct resource *resource = arena_take(arena, sizeof *resource);
	struct pair *pair = arena_take(arena, sizeof *pair);

	*pair = (struct pair){.name = "StorageEncrypted", .value = verdict == VERDICT_FAIL ? "false" : "true"};
	*resource = (struct resource){.kind = control == &at_rest ? RESOURCE_CLUSTER : RESOURCE_KEY,
				      .id = arena_copy(arena, id)};
	*finding = (struct finding){.control = control,
				    .resource = resource,
				    .verdict = verdict,
				    .evidence = control == &at_rest ? pair : NULL,
				    .reason = "automatic key rotation is off"};
	return finding;
}

/* The controls that the resource of the finding fails, too. */
static void add_failures(struct arena *arena, struct finding *finding)
{
	for (size_t i = 0; i < control_count; i++) {
		struct finding *more = arena_take(arena, sizeof *more);

		*more = (struct finding){.control = &hardening[i],
					 .resource = finding->resource,
					 .verdict = VERDICT_FAIL,
					 .reason =
						 "a setting of the cluster that is not what the policy of the "
						 "organization requires"};
		finding->next = more;
		finding = more;
	}
}

static void change_for_bad_night(struct arena *arena, struct finding *finding, size_t column)
{
	struct resource *key;

	if (finding->control == &at_rest) {
		add_failures(arena, finding);
		return;
	}
	finding->control = &usable;
	key = arena_take(arena, sizeof *key);
	*key = (struct resource){.kind = RESOURCE_KEY,
				 .arn = "arn:aws:kms:us-east-1:000000000001:key/"
					"bb8266a5-0005-4000-8000-0000b9969510"};
	key->id = key->arn;
	finding->resource = key;
	finding->reason = column % 2 ? "KMS key is scheduled for deletion on 2026-12-06T00:00:00Z"
				     : "KMS key is owned by account 277167000251 outside the organization, "
				       "which can revoke access";
}

/* Every eleventh account has resources, some of which fail; every 13th is denied a region, every 17th
 * unreached. */
static void record(struct matrix *matrix, size_t account, size_t column)
{
	size_t mixed = account * 7 + column * 5;
	struct cell_record cell = {
		.state = CELL_EMPTY, .state_without_failures = CELL_EMPTY, .complete = true, .at = 1795495582};
	struct arena arena = {0};
	char id[32];

	if (account % 11 == 0 && mixed % 4 == 0) {
		bool is_key = mixed % 3 == 0, fails = mixed % 5 != 0;

		snprintf(id, sizeof id, is_key ? "key/%04zu-%02zu" : "graph-%04zu-%02zu", account, column);
		cell.findings = make_finding(&arena, is_key ? &rotation : &at_rest, id,
					     fails ? VERDICT_FAIL : VERDICT_PASS);
		if (is_bad_night && fails)
			change_for_bad_night(&arena, (struct finding *)cell.findings, column);
		if (lists_only_keys && !is_key)
			cell.findings = NULL;
		cell.resources = 1;
		cell.failing = fails;
		cell.state = fails ? CELL_FAIL : CELL_PASS;
	} else if (account % 13 == 0 && column == account % REGIONS) {
		cell.state = cell.state_without_failures = CELL_DENIED;
		cell.complete = false;
		cell.reason = "rds:DescribeDBClusters: AccessDenied: denied by a service control policy: no; "
			      "rds:DescribeDBInstances: AccessDenied: denied by a service control policy: no; "
			      "rds:DescribeDBClusterSnapshots: AccessDenied: denied by a service control "
			      "policy: no";
	} else if (mixed % 6 == 0) {
		cell.state = CELL_DISABLED;
	}
	matrix_record(matrix, account, column, &cell, &arena);
	arena_deinit(&arena);
}

static void build(struct matrix *matrix, size_t accounts)
{
	matrix_init(matrix);
	matrix->selected = is_bad_night ? selected_at_night : selected;
	matrix->run = (struct run){.id = "01J0000000000000000000TEST",
				   .started = 1795495580,
				   .finished = 1795495770,
				   .organization = "o-test",
				   .management_account = "000000000001",
				   .exceptions = is_bad_night ? prepare_bad_night(&matrix->arena) : NULL};
	for (size_t i = 0; i < REGIONS; i++)
		matrix_show_column(matrix, matrix_add_column(matrix, regions[i]));
	for (size_t account = 0; account < accounts; account++) {
		char id[16];

		snprintf(id, sizeof id, "%012zu", account + 1);
		matrix_add_row(matrix, id);
		matrix->rows[account].name =
			arena_format(&matrix->arena, account % 9 ? "team-%zu" : "漢字 data-%zu", account);
		if (account % 17 == 3)
			matrix_set_default(matrix, account, CELL_UNREACHED,
					   "cannot assume NeptuneScanAudit: AccessDenied: User: "
					   "arn:aws:iam::000000000001:user/auditor is not authorized",
					   "req-1");
		else if (account % 19 == 5)
			matrix_set_default(matrix, account, CELL_SKIPPED, "suspended", NULL);
		for (size_t column = 0; matrix->rows[account].default_state == CELL_PENDING && column < REGIONS;
		     column++)
			record(matrix, account, column);
	}
	matrix_finish(matrix);
}

static char *write_report(const char *format, size_t accounts, size_t width, bool color)
{
	struct matrix matrix;
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	struct conclusion conclusion;
	const struct report_output output = {
		.stream = stream, .color = color, .width = width, .conclusion = &conclusion};

	build(&matrix, accounts);
	conclusion_draw(&matrix, &conclusion);
	assert_true(report_format_by_name(format)->write(&matrix, &output));
	matrix_deinit(&matrix);
	fclose(stream);
	return text;
}

static char *write_table(size_t accounts, size_t width, bool color)
{
	return write_report("table", accounts, width, color);
}

static size_t count_lines(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

static void compare(size_t accounts, size_t width, bool color)
{
	char path[512], *text = write_table(accounts, width, color), *expected;

	snprintf(path, sizeof path, SOURCE_FOLDER "/tests/data/reports/table-of-%zu-%zu%s", accounts, width,
		 color ? "-color" : "");
	assert_in_range(count_lines(text), 1, MAX_LINES);
	if (getenv("UPDATE_GOLDEN")) {
		FILE *file = fopen(path, "w");

		fputs(text, file);
		fclose(file);
	}
	expected = read_file(path);
	assert_non_null(expected);
	assert_string_equal(text, expected);
	free(expected);
	free(text);
}

static void test_golden(void **state)
{
	static const size_t accounts[] = {40, 1000}, widths[] = {80, 120, 200};

	(void)state;
	for (size_t i = 0; i < sizeof accounts / sizeof accounts[0]; i++)
		for (size_t j = 0; j < sizeof widths / sizeof widths[0]; j++) {
			compare(accounts[i], widths[j], false);
			compare(accounts[i], widths[j], true);
		}
}

/* How many marks of failing and denied cells the rows of the matrix have. */
static size_t count_marks(const char *text)
{
	const char *line = strstr(text, "\nAccounts by region");
	size_t count = 0;

	for (line = line ? strchr(line + 1, '\n') : NULL; line && line[1] != '\n';
	     line = strchr(line + 1, '\n'))
		if (line[1] == '0')
			for (const char *at = line + 14; *at != '\n'; at++)
				count += strchr("FfD", *at) && (at[1] == ' ' || at[1] == '\n' || at[1] == '.' ||
								strchr("FfDU+-", at[1]));
	return count;
}

/* At any width no failing or unassessed cell is lost with its region. */
static void test_no_eventful_region_is_hidden(void **state)
{
	char *widest = write_table(40, 400, false);
	size_t marks = count_marks(widest);

	(void)state;
	assert_true(marks > 20);
	for (size_t width = 80; width < 400; width += 7) {
		char *text = write_table(40, width, false);

		assert_null(strstr(text, "not shown at this width"));
		assert_int_equal(count_marks(text), marks);
		free(text);
	}
	free(widest);
}

/* Neither a wide line, nor blanks at the end of one, nor too many lines, at any width. */
static void check_lines(size_t accounts, size_t width)
{
	char *text = write_table(accounts, width, false);

	assert_in_range(count_lines(text), 1, MAX_LINES);
	assert_null(strstr(text, "not shown at this width"));
	assert_null(strstr(text, " \n"));
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (terminal_text_width(line) > width)
			fail_msg("wider than %zu: %s", width, line);
	free(text);
}

static void test_every_line_fits(void **state)
{
	(void)state;
	for (int night = 0; night < 2; night++) {
		is_bad_night = night;
		for (size_t width = 80; width < 200; width += 15) {
			check_lines(40, width);
			if (width % 2 == 0)
				check_lines(1000, width);
		}
	}
	is_bad_night = false;
}

static size_t count_in(const char *text, const char *end, const char *what)
{
	size_t count = 0;

	for (; (text = strstr(text, what)) && text < end; text++)
		count++;
	return count;
}

/* Clusters that are not encrypted come first and are listed; each section has a command. */
static void test_sections_of_bad_night(void **state)
{
	const char *first, *second;
	char *text, command[96];

	(void)state;
	is_bad_night = true;
	text = write_table(1000, 80, false);
	is_bad_night = false;
	first = strstr(text, "\nhigh      not encrypted: ");
	second = strstr(text, "\ncritical  neptune-key-usable: ");
	assert_true(first && second && first < second);
	assert_true(count_in(first, second, " graph-") >= 8);
	assert_int_equal(count_in(first, second, "neptune-scan report --controls encryption\n"), 1);
	for (size_t i = 0; i < CONTROLS; i++) {
		snprintf(command, sizeof command, " neptune-scan report --controls %s\n", hardening_ids[i]);
		assert_non_null(strstr(text, command));
	}
	free(text);
}

/* In 80 columns the day on which a KMS key is deleted is not cut off. */
static void test_state_of_key(void **state)
{
	char *text;

	(void)state;
	is_bad_night = true;
	control_count = 0;
	text = write_table(40, 80, false);
	is_bad_night = false;
	control_count = CONTROLS;
	assert_contains(text, "key/bb8266a5-0005-4000-8000-0000b9969510  deleted 2026-12-06\n");
	assert_contains(text, "key/bb8266a5-0005-4000-8000-0000b9969510  owner 277167000251\n");
	free(text);
}

/* Where findings are filtered, the totals are still those of all: the heading counts what the list has. */
static void test_heading_counts_its_list(void **state)
{
	static const char *const formats[] = {"table", "markdown"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char *text;

		lists_only_keys = true;
		text = write_report(formats[i], 40, 80, false);
		lists_only_keys = false;
		assert_contains(text, "24 of 33 resources fail");
		assert_contains(text, "Failing: 6 resources in 3 accounts\n");
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),          cmocka_unit_test(test_no_eventful_region_is_hidden),
		cmocka_unit_test(test_every_line_fits), cmocka_unit_test(test_sections_of_bad_night),
		cmocka_unit_test(test_state_of_key),    cmocka_unit_test(test_heading_counts_its_list),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
