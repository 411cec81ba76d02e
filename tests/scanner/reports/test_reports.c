/*
 * Every format of a fixed matrix, compared with the files of tests/data/reports. After an intended change:
 * UPDATE_GOLDEN=1 ctest -R reports, and review the difference.
 */
#include <locale.h>
#include <unistd.h>

#include "base/utf8.h"
#include "scanner/reports/csv_field.h"
#include "scanner/reports/destination.h"
#include "scanner/reports/html_text.h"
#include "scanner/reports/reports.h"
#include "scanner/reports/terminal_text.h"
#include "tests/unit.h"

static const char *const references[] = {"Some Benchmark 1", NULL};
static const struct control control = {.id = "a-control",
				       .title = "Things are so",
				       .group = "encryption",
				       .severity = SEVERITY_HIGH,
				       .rationale = "They should be.",
				       .remediation = "Make them so.",
				       .references = references};
static const struct control *selected[] = {&control, NULL};

/* Hostile untrusted text. */
static const char hostile[] = "=cmd()|\"<script>alert(1)</script>\" \033[31mred\r\n\xe2\x80\xaegnp.exe é 漢字";

static const char partly[] =
	"rds:DescribeDBClusterAutomatedBackups: AccessDenied: no; rds:DescribeDBInstances: AccessDenied: no";

/* A failing cell with a reason was assessed only in part: the rest is denied. */
static void record(struct matrix *matrix, size_t row, const char *region, enum cell_state state,
		   const char *reason, enum verdict verdict, const char *arn)
{
	struct cell_record cell = {.state = state,
				   .state_without_failures = state != CELL_FAIL ? state
							     : reason           ? CELL_DENIED
										: CELL_EMPTY,
				   .complete = cell_state_facts(state)->looked_at && !reason,
				   .reason = reason,
				   .request_id = "req-1",
				   .at = 1795495582};
	size_t column = matrix_add_column(matrix, region);
	struct arena arena = {0};

	matrix->columns[column].shown = true;
	if (arn) {
		struct finding *finding = arena_take(&arena, sizeof *finding);
		struct resource *resource = arena_take(&arena, sizeof *resource);
		struct pair *pair = arena_take(&arena, sizeof *pair),
			    *absent = arena_take(&arena, sizeof *absent);

		*absent = (struct pair){.name = "KmsKeyId"};
		*pair = (struct pair){.next = absent, .name = "StorageEncrypted", .value = "false"};
		*finding = (struct finding){.control = &control,
					    .resource = resource,
					    .verdict = verdict,
					    .reason = "StorageEncrypted is false",
					    .evidence = pair,
					    .request_id = "req-1",
					    .at = 1795495582};
		resource->id = arena_copy(&arena, arn + 4);
		resource->arn = arena_copy(&arena, arn);
		resource->tags = arena_take(&arena, sizeof *resource->tags);
		*resource->tags = (struct pair){.name = "owner", .value = hostile};
		cell.findings = finding;
		cell.resources = 1;
		cell.failing = verdict == VERDICT_FAIL;
	}
	matrix_record(matrix, row, column, &cell, &arena);
	arena_deinit(&arena);
}

static void build(struct matrix *matrix)
{
	matrix_init(matrix);
	matrix->run = (struct run){.id = "01J0000000000000000000TEST",
				   .started = 1795495580,
				   .finished = 1795495590,
				   .partition = "aws",
				   .organization = "o-test",
				   .management_account = "000000000001",
				   .caller = "arn:aws:iam::000000000001:user/x",
				   .note = "what limits the run & <all> of it",
				   .sent = 10};
	matrix->selected = selected;
	for (size_t i = 0; i < 5; i++) {
		static const char *const names[] = {"management", hostile, "graph é", "漢字データベース基盤",
						    NULL};
		char id[16];

		snprintf(id, sizeof id, "%012zu", i + 1);
		matrix_add_row(matrix, id);
		matrix->rows[i].name = arena_copy(&matrix->arena, names[i]);
		matrix->rows[i].ou = i == 1 ? hostile : "/Prod";
		matrix->rows[i].status = "ACTIVE";
		matrix_set_default(matrix, i, CELL_DISABLED, "not enabled", "req-0");
		matrix->rows[i].at = 1795495581;
	}
	record(matrix, 0, "us-east-1", CELL_EMPTY, NULL, VERDICT_PASS, NULL);
	record(matrix, 0, "ap-northeast-1", CELL_EMPTY, NULL, VERDICT_PASS, NULL);
	record(matrix, 1, "us-east-1", CELL_FAIL, NULL, VERDICT_FAIL, "arn:two");
	record(matrix, 2, "us-gov-west-1", CELL_FAIL, partly, VERDICT_FAIL, "arn:five");
	record(matrix, 2, "us-east-1", CELL_PASS, NULL, VERDICT_PASS, "arn:three");
	record(matrix, 2, "eu-central-1", CELL_DENIED, "rds:DescribeDBClusters: AccessDenied: no", VERDICT_PASS,
	       NULL);
	record(matrix, 3, "us-gov-west-1", CELL_UNKNOWN, "AWS did not say", VERDICT_UNKNOWN, "arn:four");
	matrix_set_default(matrix, 4, CELL_UNREACHED, "cannot assume R: AccessDenied: no", "req-2");
	matrix->rows[4].at = 1795495581;
	matrix->rows[1].note = hostile;
	matrix->rows[4].note = "regions are the built-in list";
	matrix_finish(matrix);
}

static void begin_one_account(struct matrix *matrix)
{
	matrix_init(matrix);
	matrix->run = (struct run){.id = "01J0000000000000000000TEST", .started = 1795495580};
	matrix->selected = selected;
	matrix_add_row(matrix, "000000000001");
}

static char *write_matrix(const struct matrix *matrix, const char *format, bool only_failing, bool color,
			  size_t width)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	struct conclusion conclusion;
	const struct report_output output = {.stream = stream,
					     .only_failing = only_failing,
					     .color = color,
					     .width = width,
					     .conclusion = &conclusion};

	conclusion_draw(matrix, &conclusion);
	report_format_by_name(format)->write(matrix, &output);
	fclose(stream);
	return text;
}

static char *write_report(const char *format, bool only_failing, bool color, size_t width)
{
	struct matrix matrix;
	char *text;

	build(&matrix);
	text = write_matrix(&matrix, format, only_failing, color, width);
	matrix_deinit(&matrix);
	return text;
}

static void compare(const char *name, char *found)
{
	char path[512], *expected;

	snprintf(path, sizeof path, SOURCE_FOLDER "/tests/data/reports/%s", name);
	if (getenv("UPDATE_GOLDEN")) {
		FILE *file = fopen(path, "w");

		fputs(found, file);
		fclose(file);
	}
	expected = read_file(path);
	assert_non_null(expected);
	assert_string_equal(found, expected);
	free(expected);
	free(found);
}

static void test_golden(void **state)
{
	(void)state;
	compare("json", write_report("json", false, false, 0));
	compare("json-only-failing", write_report("json", true, false, 0));
	compare("jsonl", write_report("jsonl", false, false, 0));
	compare("csv", write_report("csv", false, false, 0));
	compare("csv-matrix", write_report("csv-matrix", false, false, 0));
	compare("markdown", write_report("markdown", false, false, 0));
	compare("junit", write_report("junit", false, false, 0));
	compare("sarif", write_report("sarif", false, false, 0));
	compare("asff", write_report("asff", false, false, 0));
	compare("ocsf", write_report("ocsf", false, false, 0));
	compare("prometheus", write_report("prometheus", false, false, 0));
	compare("table-80", write_report("table", false, false, 80));
	compare("table-200", write_report("table", false, false, 200));
	compare("table-40", write_report("table", false, false, 40));
	compare("table-color", write_report("table", false, true, 80));
}

/* Texts of AWS must not inject control sequences or formulas. */
static void test_hostile_text(void **state)
{
	char *table = write_report("table", false, false, 80), *csv = write_report("csv", false, false, 0);

	(void)state;
	assert_null(strchr(table, '\033'));
	assert_null(strchr(table, '\r'));
	assert_null(strstr(table, "\xe2\x80\xae"));
	assert_contains(csv, "\"'=cmd()|\"\"<script>");
	free(table);
	free(csv);
}

/* --only-failing does not leave out cells that could not be assessed. */
static void test_only_failing(void **state)
{
	static const char *const formats[] = {"csv", "ocsf", "asff", "sarif", "junit", "markdown", NULL};

	(void)state;
	for (const char *const *format = formats; *format; format++) {
		char *text = write_report(*format, true, false, 80);

		assert_null(strstr(text, "arn:three"));
		assert_contains(text, "cannot assume R: AccessDenied: no");
		assert_contains(text, "rds:DescribeDBInstances: AccessDenied: no");
		free(text);
	}
}

/* A run whose only gap is a part of a failing cell is incomplete, and names the part and the reason. */
static void test_only_in_part(void **state)
{
	static const char *const formats[] = {"table", "markdown", "html", NULL};

	(void)state;
	for (const char *const *format = formats; *format; format++) {
		struct matrix matrix;
		char *text;

		begin_one_account(&matrix);
		record(&matrix, 0, "us-east-1", CELL_FAIL, partly, VERDICT_FAIL, "arn:one");
		matrix_finish(&matrix);
		text = write_matrix(&matrix, *format, false, false, 80);
		assert_contains(text, "INCOMPLETE");
		assert_contains(text, "1 of 1 cell in scope was assessed only in part.");
		assert_contains(text, "denied, assessed only in part");
		assert_contains(
			text,
			strcmp(*format, "table") == 0
				? "AccessDenied on\n             rds:DescribeDBClusterAutomatedBackups and rds:"
				: "rds:DescribeDBInstances: AccessDenied: no");
		assert_contains(text, "rds:DescribeDBInstances");
		free(text);
		matrix_deinit(&matrix);
	}
}

static void test_no_pass_of_an_incomplete_run(void **state)
{
	static const char *const formats[] = {"table", "markdown", "html", NULL};

	(void)state;
	for (const char *const *format = formats; *format; format++) {
		struct matrix matrix;
		char *text;

		begin_one_account(&matrix);
		record(&matrix, 0, "us-east-1", CELL_PASS, NULL, VERDICT_PASS, "arn:one");
		record(&matrix, 0, "us-east-2", CELL_DENIED, "rds:DescribeDBClusters: no", VERDICT_PASS, NULL);
		matrix_finish(&matrix);
		text = write_matrix(&matrix, *format, false, false, 80);
		assert_null(strstr(text, "\nPASS ")); /* PASS is a column of the controls, too */
		assert_null(strstr(text, "**PASS"));
		assert_null(strstr(text, "<strong>PASS"));
		assert_contains(text, "INCOMPLETE");
		assert_contains(text, "1 of 2 cells in scope could not be assessed.");
		free(text);
		matrix_deinit(&matrix);
	}
}

/* Interrupted before any account listed its regions: no cell, and every account is unassessed. */
static void test_no_regions(void **state)
{
	(void)state;
	for (const struct report_format *const *format = report_formats; *format; format++) {
		struct matrix matrix;
		char *text;

		matrix_init(&matrix);
		matrix.run = (struct run){.id = "01J0000000000000000000TEST",
					  .started = 1795495580,
					  .partition = "aws-cn",
					  .interrupted = "interrupted by SIGINT"};
		matrix.selected = selected;
		matrix_add_row(&matrix, "000000000001");
		matrix_finish(&matrix);
		text = write_matrix(&matrix, (*format)->name, false, false, 80);
		assert_contains(text, strcmp((*format)->name, "prometheus") == 0
					      ? "neptune_scan_complete{organization=\"\"} 0"
					      : "000000000001");
		if (strcmp((*format)->name, "asff") == 0)
			assert_contains(text, "arn:aws-cn:securityhub:cn-northwest-1:000000000001:product/");
		if (strcmp((*format)->name, "json") != 0 && strcmp((*format)->name, "jsonl") != 0 &&
		    strcmp((*format)->name, "csv-matrix") != 0 && strcmp((*format)->name, "prometheus") != 0)
			assert_contains(text, "not scanned yet");
		free(text);
		matrix_deinit(&matrix);
	}
}

/* The organization could not be read: the report has only the reason. */
static void test_no_accounts(void **state)
{
	static const char *const formats[] = {"table", "html", "markdown", "json",  "jsonl", "csv",
					      "ocsf",  "asff", "sarif",    "junit", NULL};

	(void)state;
	for (const char *const *format = formats; *format; format++) {
		struct matrix matrix;
		char *text;

		matrix_init(&matrix);
		matrix.run = (struct run){.id = "01J0000000000000000000TEST",
					  .started = 1795495580,
					  .caller = "arn:aws:sts::000000000009:assumed-role/R/s",
					  .interrupted = "organizations:ListAccounts: AccessDenied"};
		matrix.selected = selected;
		matrix_finish(&matrix);
		text = write_matrix(&matrix, *format, false, false, 80);
		assert_contains(text, "organizations:ListAccounts: AccessDenied");
		free(text);
		matrix_deinit(&matrix);
	}
}

/* One cause in many regions, whose names are in AWS's messages, is one row with one advice. */
static void test_one_cause(void **state)
{
	static const char *const formats[] = {"table", "markdown", "html"};
	static const char *const reasons[] = {
		"rds:DescribeDBClusters: InvalidClientTokenId: no; but it is enabled -> Was it enabled just "
		"now?",
		"rds:DescribeDBClusters: AccessDenied: on arn:aws:rds:%s:000000000001:cluster:*",
	};

	(void)state;
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
		for (size_t j = 0; j < sizeof formats / sizeof formats[0]; j++) {
			struct matrix matrix;
			char *text;

			matrix_init(&matrix);
			matrix.selected = selected;
			matrix_add_row(&matrix, "000000000001");
			for (size_t region = 0; region < 20; region++) {
				char name[32], reason[160];

				snprintf(name, sizeof name, "xx-north-%02zu", region);
				snprintf(reason, sizeof reason, reasons[i], name);
				record(&matrix, 0, name, region < 1 ? CELL_EMPTY : CELL_ERROR,
				       region < 1 ? NULL : reason, VERDICT_PASS, NULL);
			}
			matrix_finish(&matrix);
			text = write_matrix(&matrix, formats[j], false, false, 200);
			assert_contains(text,
					"xx-north-01, xx-north-02, xx-north-03, xx-north-04, xx-north-05, "
					"xx-north-06 and 13 more");
			if (j == 0 && i == 0) {
				assert_contains(text, "    but it is enabled\n");
				assert_contains(text, "    Fix: Was it enabled just now?\n");
			}
			free(text);
			matrix_deinit(&matrix);
		}
	}
}

/* Advice of a reason appears with the other advice. */
static void test_advice_of_a_reason(void **state)
{
	static const char *const formats[] = {"ocsf", "asff"};

	(void)state;
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		struct matrix matrix;
		char *text;

		build(&matrix);
		matrix_set_default(&matrix, 4, CELL_ERROR, "one: no -> Do this.; two: no", "req-2");
		text = write_matrix(&matrix, formats[i], false, false, 80);
		assert_contains(text, "\"Do this.\"");
		free(text);
		matrix_deinit(&matrix);
	}
}

static bool is_utf8(const char *text)
{
	while (*text) {
		uint32_t code;
		size_t length = utf8_read(text, UTF8_MAX_BYTES, &code);

		if (length == 0)
			return false;
		text += length;
	}
	return true;
}

/* A reason that was truncated inside a character must not drop its record. */
static void test_malformed_text(void **state)
{
	(void)state;
	for (const struct report_format *const *format = report_formats; *format; format++) {
		struct matrix matrix;
		char *text;

		build(&matrix);
		matrix_set_default(&matrix, 4, CELL_UNREACHED, "half of an \xc3", "req-2");
		matrix.rows[1].note = "half of an \xc3";
		text = write_matrix(&matrix, (*format)->name, false, false, 80);
		assert_true(is_utf8(text));
		if (strcmp((*format)->name, "prometheus") != 0)
			assert_contains(text, "half of an ");
		free(text);
		matrix_deinit(&matrix);
	}
}

/* Marks that change the writing direction, and line ends that only some readers know. */
static void test_what_is_not_shown(void **state)
{
	static const char *const formats[] = {"table", "markdown", "html", "csv", "csv-matrix", "junit"};
	static const char *const hidden[] = {"\u202e", "\u2028", "\u2066", "\u200b", "\x1b", "\xc2\x85"};

	(void)state;
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		for (size_t j = 0; j < sizeof hidden / sizeof hidden[0]; j++) {
			struct matrix matrix;
			char *text, name[32];

			build(&matrix);
			snprintf(name, sizeof name, "a%sb", hidden[j]);
			matrix.rows[0].name = matrix.rows[0].note = name;
			matrix.rows[1].name = matrix.rows[1].ou = matrix.rows[1].note = NULL;
			matrix_set_default(&matrix, 4, CELL_UNREACHED, name, "req-2");
			record(&matrix, 3, "us-east-1", CELL_FAIL, NULL, VERDICT_FAIL, "arn:a\u202eb\u2028c");
			text = write_matrix(&matrix, formats[i], false, false, 80);
			assert_contains(text, "a?b");
			for (size_t k = 0; k < sizeof hidden / sizeof hidden[0]; k++)
				assert_null(strstr(text, hidden[k]));
			free(text);
			matrix_deinit(&matrix);
		}
	}
}

static void test_every_format_writes(void **state)
{
	(void)state;
	for (const struct report_format *const *format = report_formats; *format; format++) {
		char *text = write_report((*format)->name, false, false, 80);

		assert_true(text[0]);
		free(text);
	}
	assert_null(report_format_by_name("no-such"));
}

/* Rounded down, and 100 % only when everything was assessed. */
static void test_html_coverage(void **state)
{
	static const struct {
		size_t in_scope, unassessed;
		bool is_complete;
		const char *wanted;
	} cases[] = {
		{33000, 1, false, "99.9 %"}, {33000, 0, true, "100.0 %"}, {33000, 0, false, "99.9 %"},
		{612, 49, false, "91.9 %"},  {3, 3, false, "0.0 %"},      {0, 0, true, "100.0 %"},
		{0, 0, false, "0.0 %"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[HTML_PERCENT_SIZE];

		html_format_coverage(cases[i].in_scope, cases[i].unassessed, cases[i].is_complete, text);
		assert_string_equal(text, cases[i].wanted);
	}
}

/* Values that do not change, runs of one second, and no run before this one. */
static void test_html_trend(void **state)
{
	static const struct history_entry history[] = {{"A", 1000, 10, 0, 4, 8, 1, 1, 0},
						       {"B", 1000, 10, 0, 4, 8, 1, 1, 0},
						       {"C", 1000, 10, 2, 0, 0, 1, 1, 0}};
	struct matrix matrix;
	char *text;

	(void)state;
	build(&matrix);
	matrix.run.history = history;
	for (matrix.run.history_length = 0; matrix.run.history_length <= 3; matrix.run.history_length++) {
		text = write_matrix(&matrix, "html", false, false, 80);
		assert_null(strstr(text, "nan"));
		assert_null(strstr(text, "inf,"));
		if (matrix.run.history_length < 2)
			assert_contains(text, "no earlier run");
		else
			assert_contains(text, "50.0 %");
		assert_true(!strstr(text, "since the previous run") == (matrix.run.history_length < 2));
		free(text);
	}
	matrix.run.history_length = 3;
	matrix.run.filter = "1 of 5 accounts";
	text = write_matrix(&matrix, "html", false, false, 80);
	assert_contains(text, "1 of 5 accounts");
	assert_null(strstr(text, "since the previous run"));
	free(text);
	matrix_deinit(&matrix);
}

static void test_csv_fields(void **state)
{
	static const struct {
		const char *text, *field;
	} fields[] = {
		{"plain", "plain"},
		{NULL, ""},
		{"", ""},
		{"a,b", "\"a,b\""},
		{"a\"b", "\"a\"\"b\""},
		{"a\r\nb", "\"a\r\nb\""},
		{"=1", "\"'=1\""},
		{"+1", "\"'+1\""},
		{"-1", "\"'-1\""},
		{"@x", "\"'@x\""},
		{"\tx", "\"'\tx\""},
		{"a=1", "a=1"},
		{"\xc3", "?"},
		{"a\u202eb\u2028c\033", "a?b?c?"},
		{"é\"\xff\"", "\"é\"\"?\"\"\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		char *text = NULL;
		size_t size;
		FILE *stream = open_memstream(&text, &size);

		csv_write_field(stream, fields[i].text);
		fclose(stream);
		assert_string_equal(text, fields[i].field);
		free(text);
	}
}

static void test_terminal_widths(void **state)
{
	static const struct {
		const char *text;
		size_t width;
		const char *cut; /* truncated to 4 columns */
	} texts[] = {
		{"abc", 3, "abc"},     {"abcd", 4, "abcd"},        {"abcde", 5, "abc~"},
		{"漢字", 4, "漢字"},   {"漢字x", 5, "漢~"},        {"e\xcc\x81", 1, "e\xcc\x81"},
		{"a\033b", 3, "a?b"},  {"\xff\xfe", 2, "??"},      {"\xed\xa0\x80", 3, "???"},
		{"\xc0\x80", 2, "??"}, {"a\xe2\x80\xae", 2, "a?"}, {"\xf0\x9f\x98\x80", 2, "\xf0\x9f\x98\x80"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		char *text = NULL;
		size_t size;
		FILE *stream = open_memstream(&text, &size);

		assert_int_equal(terminal_text_width(texts[i].text), texts[i].width);
		terminal_text_cut(stream, texts[i].text, 4);
		fclose(stream);
		assert_string_equal(text, texts[i].cut);
		free(text);
	}
}

static void test_destination(void **state)
{
	struct destination destination;
	struct error error;
	char *text;

	(void)state;
	assert_false(destination_open(&destination, "/nonexistent/folder/x", &error));
	assert_contains(error.text, "/nonexistent/folder/x");
	assert_false(destination_open(&destination, "/", &error));
	assert_contains(error.text, "not a regular file");
	/* The old file stays until the new one is complete. */
	assert_true(destination_open(&destination, "test_destination", &error));
	fputs("first", destination.stream);
	assert_true(destination_commit(&destination, &error));
	destination_close(&destination);
	assert_true(destination_open(&destination, "test_destination", &error));
	fputs("second", destination.stream);
	destination_close(&destination);
	text = read_file("test_destination");
	assert_string_equal(text, "first");
	free(text);
	unlink("test_destination");
	assert_int_equal(system("ls test_destination* 2>/dev/null | grep -q ."), 256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_hostile_text),
		cmocka_unit_test(test_only_failing),
		cmocka_unit_test(test_only_in_part),
		cmocka_unit_test(test_no_pass_of_an_incomplete_run),
		cmocka_unit_test(test_no_regions),
		cmocka_unit_test(test_one_cause),
		cmocka_unit_test(test_what_is_not_shown),
		cmocka_unit_test(test_advice_of_a_reason),
		cmocka_unit_test(test_no_accounts),
		cmocka_unit_test(test_malformed_text),
		cmocka_unit_test(test_every_format_writes),
		cmocka_unit_test(test_html_coverage),
		cmocka_unit_test(test_html_trend),
		cmocka_unit_test(test_csv_fields),
		cmocka_unit_test(test_terminal_widths),
		cmocka_unit_test(test_destination),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
