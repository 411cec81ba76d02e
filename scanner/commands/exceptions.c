/*
 * Applies a file of exceptions and accepted gaps to a stored run: what each covers, which are expired, which
 * cover nothing.
 */
#include "scanner/matrix/exceptions.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_oom_guard.h"
#include "base/text.h"
#include "base/visible.h"
#include "scanner/commands/gap_check.h"
#include "scanner/commands/stored.h"
#include "scanner/reports/json_objects.h"
#include "scanner/reports/terminal_text.h"
#include "scanner/reports/walk.h"

static const char *const formats[] = {"table", "json", NULL};

/* An account with findings that an exception covers, or would cover if it were not expired. */
struct covered_account {
	struct covered_account *next;
	const struct row *row;
	size_t findings;
};

struct covered_accounts {
	struct covered_account *first, *last;
};

struct matching {
	struct exceptions *exceptions;
	struct covered_accounts *accounts; /* by exception */
	struct arena arena;
	size_t failing, covered;
};

/* Findings arrive account by account. */
static void add_account(struct matching *matching, size_t exception, const struct row *row, size_t findings)
{
	struct covered_accounts *accounts = &matching->accounts[exception];
	struct covered_account *account;

	if (accounts->last && accounts->last->row == row) {
		accounts->last->findings += findings;
		return;
	}
	account = arena_take(&matching->arena, sizeof *account);
	if (!account)
		return;
	*account = (struct covered_account){.row = row, .findings = findings};
	if (accounts->last)
		accounts->last->next = account;
	else
		accounts->first = account;
	accounts->last = account;
}

static void match(void *context, const struct found *found)
{
	struct matching *matching = context;

	if (found->finding->verdict != VERDICT_FAIL)
		return;
	matching->failing++;
	for (size_t i = 0; i < matching->exceptions->count; i++)
		if (exception_covers(&matching->exceptions->items[i], found->account, found->region,
				     found->finding))
			add_account(matching, i, found->account, 1);
	if (exceptions_match(matching->exceptions, found->account, found->region, found->finding))
		matching->covered++;
}

/* Lists accounts that exceptions name, also without failures. */
static void add_named_accounts(struct matching *matching, const struct matrix *matrix)
{
	for (size_t i = 0; i < matching->exceptions->count; i++) {
		size_t row;

		if (!matching->accounts[i].first &&
		    matrix_rows_named(matrix, matching->exceptions->items[i].account, &row) > 0)
			add_account(matching, i, &matrix->rows[row], 0);
	}
}

static bool match_all(const struct matrix *matrix, struct matching *matching)
{
	const struct report_output all = {0};

	matching->accounts =
		arena_take(&matching->arena, (matching->exceptions->count + 1) * sizeof *matching->accounts);
	if (!matching->accounts)
		return false;
	walk_findings(matrix, &all, match, matching);
	add_named_accounts(matching, matrix);
	return !matching->arena.failed;
}

static void print_accounts(const struct exception *exception, const struct covered_accounts *accounts)
{
	enum { MAX_PRINTED = 8 };
	size_t printed = 0, more = 0;

	fputs("\n           accounts: ", stdout);
	for (const struct covered_account *account = accounts->first; account; account = account->next) {
		if (printed == MAX_PRINTED) {
			more++;
			continue;
		}
		printf("%s%s", printed++ ? ", " : "", account->row->id);
		if (!account->row->name)
			continue;
		fputs(" (", stdout);
		terminal_text_write(stdout, account->row->name);
		putchar(')');
	}
	if (more > 0)
		printf(" and %zu more (--format json lists them)", more);
	if (printed == 0)
		fputs(strcmp(exception->account, "*") == 0 ? "none"
							   : "none: no account of the run has that name",
		      stdout);
}

static void print_one(const struct exception *exception, const struct covered_accounts *accounts)
{
	const char *state = exception_state(exception);

	printf("  %-8s ", strcmp(state, "expired") == 0 ? "EXPIRED" : state);
	terminal_text_write(stdout, exception->name);
	printf("\n           %s, account ", exception->control);
	terminal_text_write(stdout, exception->account);
	printf(", region %s, resource ", exception->region);
	terminal_text_write(stdout, exception->resource);
	if (exception->tag) {
		fputs(", tag ", stdout);
		terminal_text_write(stdout, exception->tag);
	}
	fputs("\n           ", stdout);
	if (exception->is_expired)
		printf("expired %s; %zu failing finding%s would be covered", exception->expires,
		       exception->findings, text_plural(exception->findings));
	else if (exception->findings == 0)
		printf("covers no failing finding; expires %s", exception->expires);
	else
		printf("covers %zu failing finding%s; expires %s", exception->findings,
		       text_plural(exception->findings), exception->expires);
	print_accounts(exception, accounts);
	fputs("\n           ", stdout);
	terminal_text_write(stdout, exception->owner);
	fputs(": ", stdout);
	terminal_text_write(stdout, exception->reason);
	if (exception->ticket) {
		fputs(" (", stdout);
		terminal_text_write(stdout, exception->ticket);
		putchar(')');
	}
	putchar('\n');
}

static void print_table(const struct stored *stored, const struct matching *matching)
{
	const struct totals totals = matrix_totals(&stored->matrix);
	char started[CLOCK_ISO_SIZE];

	clock_format_iso(stored->matrix.run.started, started);
	if (!visible_print(stdout, "%s, against run %s of %s%s", stored->arguments.words[1],
			   stored->matrix.run.id, started,
			   stored->matrix.run.is_unfinished ? ", which is not finished" : ""))
		json_oom_guard_fail(); /* the exit code then reports it */
	putchar('\n');
	for (size_t i = 0; i < matching->exceptions->count; i++)
		print_one(&matching->exceptions->items[i], &matching->accounts[i]);
	if (exceptions_are_none(matching->exceptions))
		puts("  It contains no exceptions.");
	gap_check_print(&stored->matrix);
	printf("\nExceptions cover %zu of %zu failing findings.\n", matching->covered, matching->failing);
	if (matching->exceptions->gaps.count > 0)
		printf("%zu of %zu cells that could not be assessed are in accepted gaps.\n", totals.accepted,
		       totals.blind);
	if (gaps_leave_too_little(&totals))
		printf("The gaps cover every cell of %zu of %zu account%s in scope: a scan is INCOMPLETE, "
		       "because "
		       "it proves\nnothing about the organization. Fix: name fewer regions or accounts, or "
		       "give "
		       "the scan role access\n(neptune-scan doctor).\n",
		       totals.accounts_accepted, totals.accounts_in_scope,
		       text_plural(totals.accounts_in_scope));
}

static json_t *json_of_accounts(const struct covered_accounts *accounts)
{
	json_t *list = json_array();

	for (const struct covered_account *account = accounts->first; account; account = account->next)
		json_array_append_new(list, json_pack("{s:s,s:o,s:I}", "id", account->row->id, "name",
						      json_text(account->row->name), "findings",
						      (json_int_t)account->findings));
	return list;
}

static void print_json(const struct stored *stored, const struct matching *matching)
{
	json_t *list = json_array(), *object;

	for (size_t i = 0; i < matching->exceptions->count; i++) {
		object = json_object_of_exception(&matching->exceptions->items[i]);
		json_object_set_new(object, "accounts", json_of_accounts(&matching->accounts[i]));
		json_array_append_new(list, object);
	}
	object = json_pack("{s:s,s:I,s:I,s:o,s:o}", "run", stored->matrix.run.id, "failing",
			   (json_int_t)matching->failing, "covered", (json_int_t)matching->covered,
			   "exceptions", list, "gaps", gap_check_json(&stored->matrix));
	json_print(object);
}

/* EXIT_FAILING: an exception or a gap needs attention. */
static enum exit_code evaluate(const struct matrix *matrix, const struct exceptions *exceptions)
{
	for (size_t i = 0; i < exceptions->count; i++)
		if (strcmp(exception_state(&exceptions->items[i]), "used") != 0)
			return EXIT_FAILING;
	return gap_check_finds_problem(matrix) ? EXIT_FAILING : EXIT_COMPLIANT;
}

static enum exit_code write_exceptions(const struct stored *stored, struct exceptions *exceptions)
{
	struct matching matching = {.exceptions = exceptions};
	struct error error;
	enum exit_code code = EXIT_IMPOSSIBLE;

	if (!match_all(&stored->matrix, &matching)) {
		error_out_of_memory(&error);
		stored_fail(&error);
	} else if (stored_is_whole(&stored->matrix)) {
		if (strcmp(stored->format, "json") == 0)
			print_json(stored, &matching);
		else
			print_table(stored, &matching);
		code = evaluate(&stored->matrix, exceptions);
	}
	arena_deinit(&matching.arena);
	return code;
}

/* False: the problems of the file were printed. */
static bool is_good(struct stored *stored)
{
	diagnostics_print(&stored->diagnostics, stderr, "neptune-scan: error");
	return stored->diagnostics.count == 0;
}

static enum exit_code check(struct stored *stored, struct exceptions *exceptions)
{
	enum exit_code code;

	exceptions_load(exceptions, stored->arguments.words[1], clock_wall_seconds(),
			stored->config.max_exception_days, &stored->diagnostics);
	if (!is_good(stored))
		return EXIT_USAGE;
	code = stored_load(stored);
	if (code == EXIT_COMPLIANT)
		code = stored_outcome(stored, &stored->matrix.run);
	if (code != EXIT_COMPLIANT)
		return code;
	exceptions_check_names(exceptions, &stored->matrix, &stored->diagnostics);
	stored->matrix.run.exceptions = exceptions; /* in place of those that the run had */
	return is_good(stored) ? write_exceptions(stored, exceptions) : EXIT_USAGE;
}

static enum exit_code run(int argument_count, const char *const *arguments)
{
	static const char *const words[] = {"check", NULL};
	struct exceptions exceptions = {0};
	struct stored stored;
	enum exit_code code = EXIT_USAGE;

	if (!stored_read(&stored, "exceptions", STORED_FORMAT | STORED_RUN, formats, 2, argument_count,
			 arguments))
		code = EXIT_USAGE;
	else if (stored.arguments.word_count > 0 && strcmp(stored.arguments.words[0], words[0]) != 0)
		arguments_refuse_word("exceptions", stored.arguments.words[0], words);
	else if (stored.arguments.word_count != 2)
		fputs("neptune-scan: error: exceptions: expected `exceptions check FILE`\n  Fix: neptune-scan "
		      "help "
		      "exceptions\n",
		      stderr);
	else
		code = check(&stored, &exceptions);
	exceptions_deinit(&exceptions);
	stored_close(&stored);
	return code;
}

static void help(void)
{
	puts("usage: neptune-scan exceptions check FILE [--run ID] [--db FILE] [--format table|json]\n\n"
	     "Examples:\n"
	     "  neptune-scan exceptions check exceptions.ini\n\n"
	     "Checks an exceptions file against a stored run (default: the latest): prints all errors of the\n"
	     "file, the findings and accounts that each exception covers, and the cells that each accepted "
	     "gap\n"
	     "covers; which are expired or unused; and regions and accounts that a gap no longer needs. An\n"
	     "account name that several accounts have is an error.\n\n"
	     "Exit codes: 0 each is used; 1 one is expired, unused or partly no longer needed, or gaps leave\n"
	     "nothing of more than half of the accounts; 2 the file has errors; 3 or 4, as the scan, if no\n"
	     "cell of the run was assessed.");
}

const struct command command_exceptions = {
	.name = "exceptions",
	.summary = "check an exceptions file against a run",
	.run = run,
	.help = help,
};
