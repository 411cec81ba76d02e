/*
 * exceptions.c: valid and invalid files, and what exceptions cover.
 */
#include "scanner/matrix/exceptions.h"
#include "tests/unit.h"

#include <unistd.h>

enum { DAY = 86400 };
static const int64_t now = 1795478400; /* 2026-11-24 00:00 */

static const char good[] = "[exception lab]\n"
			   "control = neptune-encryption-at-rest\n"
			   "account = 000000000001\n"
			   "region = us-east-1\n"
			   "resource = lab-*\n"
			   "owner = graph-team@example.com\n"
			   "reason = synthetic data,\n"
			   "   no personal records\n"
			   "ticket = SEC-1\n"
			   "expires = 2027-03-31 ; a comment\n"
			   "[exception tagged]\n"
			   "control=neptune-encryption-at-rest\naccount=*\nresource=*\ntag=stage=test=1\n"
			   "owner=o\nreason=r\nexpires=2026-11-24\n"
			   "[exception old]\n"
			   "control=neptune-encryption-at-rest\naccount=payments\nresource=p?\n"
			   "owner=o\nreason=r\nexpires=2026-11-23\n";

struct loaded {
	struct exceptions exceptions;
	struct diagnostics diagnostics;
	bool good;
};

static void load(struct loaded *loaded, const char *text)
{
	char path[] = "/tmp/test-exceptions-XXXXXX";
	int descriptor = mkstemp(path);
	FILE *file = fdopen(descriptor, "w");

	*loaded = (struct loaded){.good = false};
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	loaded->good = exceptions_load(&loaded->exceptions, path, now, 366, &loaded->diagnostics);
	assert_int_equal(loaded->good, loaded->diagnostics.count == 0);
	unlink(path);
}

static void unload(struct loaded *loaded)
{
	exceptions_deinit(&loaded->exceptions);
	diagnostics_deinit(&loaded->diagnostics);
}

static void test_good(void **state)
{
	const struct exception *exception;
	struct loaded loaded;

	(void)state;
	load(&loaded, good);
	for (const struct diagnostic *problem = loaded.diagnostics.first; problem; problem = problem->next)
		puts(problem->text);
	assert_true(loaded.good);
	assert_int_equal(loaded.exceptions.count, 3);
	assert_true(loaded.exceptions.by_tag);
	exception = &loaded.exceptions.items[0];
	assert_string_equal(exception->name, "lab");
	assert_string_equal(exception->reason, "synthetic data, no personal records");
	assert_string_equal(exception->expires, "2027-03-31");
	assert_int_equal(exception->ends, 1806451200 + DAY);
	assert_false(exception->is_expired);
	exception = &loaded.exceptions.items[1];
	assert_string_equal(exception->region, "*");
	assert_string_equal(exception->tag_name, "stage");
	assert_string_equal(exception->tag_value, "test=1");
	assert_false(exception->is_expired); /* valid until the end of the day */
	assert_true(loaded.exceptions.items[2].is_expired);
	unload(&loaded);
}

static const struct {
	const char *text;    /* appended to a valid beginning */
	const char *problem; /* a part of the message */
} bad[] = {
	{"[exception a]\nowner=o\n", "control is missing"},
	{"[exception a]\nowner=o\n", "account is missing"},
	{"[exception a]\nowner=o\n", "resource is missing"},
	{"[exception a]\nowner=o\n", "reason is missing"},
	{"[exception a]\nowner=o\n", "expires is missing"},
	{"[exception a]\nreason=\nexpires=2027-01-01\n", "owner is missing"},
	{"[exception a]\nowner=\n", "owner is missing"},
	{"[exception a]\ncontrol=neptune-encryption-at-rst\n", "Did you mean \"neptune-encryption-at-rest\"?"},
	{"[exception a]\ncontrol=encryption\n", "unknown control"},
	{"[exception a]\nexpires=2028-01-01\n", "more than 366 days ahead"},
	{"[exception a]\nexpires=2027-02-30\n", "must be a day"},
	{"[exception a]\nexpires=tomorrow\n", "must be a day"},
	{"[exception a]\nexpires=2027-1-1\n", "must be a day"},
	{"[exception a]\naccount=*\nresource=*\n", "matches every resource\n  Fix: set account"},
	{"[exception a]\naccount=*\nresource=**\nregion=us-east-1\n",
	 "matches every resource\n  Fix: set account"},
	{"[exception a]\ntag=environment\n", "tag is not name=value"},
	{"[exception a]\ntag==x\n", "tag is not name=value"},
	{"[exception a]\nowners=o\n", "Did you mean \"owner\"?"},
	{"[exception a]\nowner=o\nowner=p\n", "a second time"},
	{"[exceptions a]\nowner=o\n", "is not an exception"},
	{"[exception ]\nowner=o\n", "is not an exception"},
	{"owner=o\n", "is not an exception"},
	{"[exception a]\nowner=o\n[exception b]\nowner=o\n[exception a]\nreason=r\n", "same name"},
	{"[exception a\n", "not an INI line"},
	{"[exception a]\n", "exception a: control is missing"},
	{"[exception a]\n[exception b]\nowner=o\n", "exception a: owner is missing"},
	{"[exception a]\nowner=o\n[exception a]\nreason=r\n", "same name"},
	{"\t[exception a]\nowner=o\n", "exception a: control is missing"},
	{"owner=o\n", "[] is not an exception"},
};

static bool tells(const struct diagnostics *diagnostics, const char *part)
{
	for (const struct diagnostic *problem = diagnostics->first; problem; problem = problem->next)
		if (strstr(problem->text, part))
			return true;
	return false;
}

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct loaded loaded;

		load(&loaded, bad[i].text);
		if (!tells(&loaded.diagnostics, bad[i].problem))
			fail_msg("%s: nobody says \"%s\" but \"%s\"", bad[i].text, bad[i].problem,
				 loaded.diagnostics.first ? loaded.diagnostics.first->text : "nothing");
		unload(&loaded);
	}
}

static void test_all_are_told(void **state)
{
	struct loaded loaded;

	(void)state;
	load(&loaded, "[exception a]\ncontrol=x\nexpires=never\n[exception b]\naccount=*\nresource=*\n");
	/*
	 * a lacks control, account, resource, owner, reason, expires; b has invalid control, owner, reason,
	 * expires and others
	 */
	assert_int_equal(loaded.diagnostics.count, 11);
	unload(&loaded);
}

/* The last exception was removed. */
static void test_none(void **state)
{
	static const char *const none[] = {"", "\n", "; nothing\n", "# nothing\n\n; at all"};

	(void)state;
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
		struct loaded loaded;

		load(&loaded, none[i]);
		assert_true(loaded.good);
		assert_int_equal(loaded.exceptions.count, 0);
		unload(&loaded);
	}
}

/* inih truncates the names of sections. */
static void test_long_names(void **state)
{
	struct loaded loaded;

	(void)state;
	load(&loaded, "[exception a-name-that-is-longer-than-fifty-characters-and-ends-in-one]\n"
		      "control=neptune-multi-az\naccount=000000000001\nresource=*\nowner=o\nreason=r\n"
		      "expires=2027-01-01\n"
		      "[exception a-name-that-is-longer-than-fifty-characters-and-ends-in-two]\n"
		      "control=neptune-multi-az\naccount=lab\nresource=*\nowner=o\nreason=r\n"
		      "expires=2027-01-01\n");
	assert_true(loaded.good);
	assert_int_equal(loaded.exceptions.count, 2);
	assert_string_equal(loaded.exceptions.items[1].name,
			    "a-name-that-is-longer-than-fifty-characters-and-ends-in-two");
	assert_false(loaded.exceptions.items[0].by_name);
	assert_true(loaded.exceptions.items[1].by_name);
	unload(&loaded);
}

static void test_no_file(void **state)
{
	struct exceptions exceptions;
	struct diagnostics diagnostics = {0};

	(void)state;
	assert_false(exceptions_load(&exceptions, "/nonexistent/exceptions.ini", now, 366, &diagnostics));
	assert_contains(diagnostics.first->text, "/nonexistent/exceptions.ini: cannot read it");
	assert_false(exceptions_load(&exceptions, "/tmp", now, 366, &diagnostics));
	exceptions_deinit(&exceptions);
	diagnostics_deinit(&diagnostics);
}

/* One resource with a failure and a pass, another with a failure; the cell may be blind in part. */
struct fixture {
	struct resource first, second;
	struct pair tag;
	struct finding findings[3];
	struct cell_record record;
	struct row account;
};

static void make(struct fixture *fixture, const char *first, const char *second)
{
	*fixture = (struct fixture){
		.first = {.id = first, .tags = &fixture->tag},
		.second = {.id = second},
		.tag = {NULL, "stage", "test=1"},
		.findings = {{.next = &fixture->findings[1],
			      .control = controls[0],
			      .resource = &fixture->first,
			      .verdict = VERDICT_FAIL},
			     {.next = &fixture->findings[2],
			      .control = controls[1],
			      .resource = &fixture->first,
			      .verdict = VERDICT_PASS},
			     {.control = controls[0], .resource = &fixture->second, .verdict = VERDICT_FAIL}},
		.record = {.state = CELL_FAIL,
			   .state_without_failures = CELL_PASS,
			   .complete = true,
			   .resources = 2,
			   .failing = 2,
			   .findings = fixture->findings},
		.account = {.id = "000000000001", .name = "payments"},
	};
}

static void test_covering(void **state)
{
	struct fixture fixture;
	struct loaded loaded;

	(void)state;
	load(&loaded, good);
	make(&fixture, "lab-1", "prod");
	fixture.first.tags = NULL;
	exceptions_apply(&loaded.exceptions, &fixture.account, "us-east-1", &fixture.record);
	assert_string_equal(fixture.findings[0].exception, "lab");
	assert_int_equal(fixture.findings[0].verdict, VERDICT_FAIL); /* the verdict stays a failure */
	assert_null(fixture.findings[2].exception);
	assert_int_equal(fixture.record.state, CELL_FAIL);
	assert_int_equal(fixture.record.failing, 1);
	assert_int_equal(fixture.record.exempt, 1);

	make(&fixture, "lab-1", "lab-2");
	exceptions_apply(&loaded.exceptions, &fixture.account, "us-east-1", &fixture.record);
	assert_int_equal(fixture.record.state, CELL_EXEMPT);
	assert_int_equal(fixture.record.failing, 0);
	assert_int_equal(fixture.record.exempt, 2);
	assert_int_equal(loaded.exceptions.items[0].findings, 3);
	assert_string_equal(exception_state(&loaded.exceptions.items[0]), "used");

	/* The blind part stays blind. */
	make(&fixture, "lab-1", "lab-2");
	fixture.record.state_without_failures = CELL_DENIED;
	exceptions_apply(&loaded.exceptions, &fixture.account, "us-east-1", &fixture.record);
	assert_int_equal(fixture.record.state, CELL_DENIED);

	/* Another region, another account. */
	make(&fixture, "lab-1", "lab-2");
	fixture.first.tags = NULL;
	exceptions_apply(&loaded.exceptions, &fixture.account, "eu-west-1", &fixture.record);
	assert_int_equal(fixture.record.state, CELL_FAIL);
	assert_int_equal(fixture.record.failing, 2);
	fixture.account.id = "000000000002";
	exceptions_apply(&loaded.exceptions, &fixture.account, "us-east-1", &fixture.record);
	assert_int_equal(fixture.record.failing, 2);
	unload(&loaded);
}

static void test_tags_and_expiry(void **state)
{
	struct fixture fixture;
	struct loaded loaded;

	(void)state;
	load(&loaded, good);
	make(&fixture, "x", "p1");
	exceptions_apply(&loaded.exceptions, &fixture.account, "eu-west-1", &fixture.record);
	assert_string_equal(fixture.findings[0].exception, "tagged");
	assert_null(fixture.findings[2].exception); /* [old] would cover it, by the account's name */
	assert_int_equal(fixture.record.failing, 1);
	assert_int_equal(loaded.exceptions.items[2].findings, 1);
	assert_string_equal(exception_state(&loaded.exceptions.items[2]), "expired");
	assert_string_equal(exception_state(&loaded.exceptions.items[0]), "unused");
	unload(&loaded);
}

static void test_unknown_is_never_covered(void **state)
{
	struct fixture fixture;
	struct loaded loaded;

	(void)state;
	load(&loaded, good);
	make(&fixture, "lab-1", "lab-2");
	fixture.findings[0].verdict = fixture.findings[2].verdict = VERDICT_UNKNOWN;
	fixture.record.failing = 0;
	fixture.record.state = fixture.record.state_without_failures = CELL_UNKNOWN;
	exceptions_apply(&loaded.exceptions, &fixture.account, "us-east-1", &fixture.record);
	assert_int_equal(fixture.record.state, CELL_UNKNOWN);
	assert_null(fixture.findings[0].exception);
	exceptions_apply(NULL, &fixture.account, "us-east-1", &fixture.record);
	unload(&loaded);
}

/* Two accounts with one name, and one whose name is the id of another. */
static void test_accounts_by_name(void **state)
{
	static const char text[] = "[exception by-name]\ncontrol=neptune-encryption-at-rest\naccount=%s\n"
				   "resource=*\nowner=o\nreason=r\nexpires=2027-01-01\n";
	static const struct {
		const char *account;
		const char *covered; /* accounts 1 to 4 */
		const char *problem;
	} cases[] = {
		{"search", "0001", NULL},
		{"000000000001", "1000", NULL},
		{"000000000003", "0010", NULL},
		{"nobody", "0000", NULL},
		{"payments", NULL,
		 "exception by-name: 2 accounts bear the name \"payments\" (000000000001, 000000000002)\n  "
		 "Fix: name "
		 "one"},
	};
	static const char *const names[] = {"payments", "payments", "000000000001", "search"};
	struct matrix matrix;

	(void)state;
	matrix_init(&matrix);
	for (size_t i = 0; i < 4; i++) {
		char id[16];
		size_t row;

		snprintf(id, sizeof id, "%012zu", i + 1);
		row = matrix_add_row(&matrix, id);
		matrix.rows[row].name = names[i];
	}
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char with[400];
		struct loaded loaded;
		struct fixture fixture;

		snprintf(with, sizeof with, text, cases[i].account);
		load(&loaded, with);
		assert_true(loaded.good);
		assert_int_equal(exceptions_check_names(&loaded.exceptions, &matrix, &loaded.diagnostics),
				 !cases[i].problem);
		if (cases[i].problem)
			assert_contains(loaded.diagnostics.first->text, cases[i].problem);
		for (size_t row = 0; cases[i].covered && row < 4; row++) {
			make(&fixture, "a", "b");
			exceptions_apply(&loaded.exceptions, &matrix.rows[row], "us-east-1", &fixture.record);
			assert_int_equal(fixture.record.state == CELL_EXEMPT, cases[i].covered[row] == '1');
		}
		unload(&loaded);
	}
	matrix_deinit(&matrix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_all_are_told),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_covering),
		cmocka_unit_test(test_tags_and_expiry),
		cmocka_unit_test(test_unknown_is_never_covered),
		cmocka_unit_test(test_accounts_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
