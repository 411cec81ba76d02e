#include "scanner/commands/outcome.h"

#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "base/process.h"
#include "base/text.h"
#include "base/visible.h"

static void write_scanned(const struct outcome_facts *facts)
{
	const struct run *run = &facts->matrix->run;
	size_t accounts = facts->conclusion->totals.accounts;
	char duration[CLOCK_DURATION_SIZE];

	clock_format_duration(facts->milliseconds, duration);
	fprintf(stderr, "Scanned %s account%s in %s: %s request%s, %s retried\n", text_count(accounts).text,
		text_plural(accounts), duration, text_count(run->sent).text, text_plural(run->sent),
		text_count(run->retried).text);
}

static void write_stored(const struct outcome_facts *facts)
{
	if (!facts->matrix->run.is_not_stored)
		visible_print(stderr, "Stored  run %s in %s", facts->matrix->run.id,
			      facts->reports->config->store_path);
}

static void write_reports(const struct outcome_facts *facts)
{
	for (size_t i = 0, written = 0; i < facts->reports->count; i++) {
		const struct wanted_report *report = &facts->reports->items[i];

		if (report->destination.path)
			visible_print(stderr, "%-7s %s (%s)", written++ ? "" : "Wrote",
				      report->destination.path, report->format->name);
	}
}

static bool has_report_on_output(const struct report_set *reports)
{
	for (size_t i = 0; i < reports->count; i++)
		if (!reports->items[i].destination.path)
			return true;
	return false;
}

/* ---- what to do next ---- */

enum { MAX_STEPS = 4, COMMAND_SIZE = 256, PURPOSE_SIZE = 64 };

struct step {
	char command[COMMAND_SIZE], purpose[PURPOSE_SIZE];
};

struct steps {
	const char *flags; /* with which a command reads the run */
	struct step items[MAX_STEPS];
	size_t count;
};

__attribute__((format(printf, 3, 4))) static void add_step(struct steps *steps, const char *command,
							   const char *purpose, ...)
{
	struct step *step = &steps->items[steps->count++];
	va_list arguments;

	text_join(step->command, sizeof step->command, process_command(), " ", command,
		  steps->flags ? steps->flags : "", NULL);
	va_start(arguments, purpose);
	text_print_list(step->purpose, sizeof step->purpose, purpose, arguments);
	va_end(arguments);
}

static void write_steps(const struct steps *steps)
{
	size_t widest = 0;

	for (size_t i = 0; i < steps->count; i++)
		if (strlen(steps->items[i].command) > widest)
			widest = strlen(steps->items[i].command);
	for (size_t i = 0; i < steps->count; i++)
		visible_print(stderr, "%-7s %-*s  %s", i ? "" : "Next", (int)widest, steps->items[i].command,
			      steps->items[i].purpose);
}

/* matrix->row_count: nothing fails in any. */
static size_t most_failing_account(const struct matrix *matrix, size_t *failing)
{
	size_t most = matrix->row_count;

	*failing = 0;
	for (size_t row = 0; row < matrix->row_count; row++) {
		size_t count = matrix_row_totals(matrix, row).failing;

		if (count > *failing) {
			*failing = count;
			most = row;
		}
	}
	return most;
}

static void write_next(const struct outcome_facts *facts)
{
	const struct matrix *matrix = facts->matrix;
	const struct totals *totals = &facts->conclusion->totals;
	struct steps steps = {.flags = matrix->run.flags};
	size_t failing, account = most_failing_account(matrix, &failing);
	char show[32];

	if (failing > 0) {
		text_join(show, sizeof show, "show ", matrix->rows[account].id, NULL);
		add_step(&steps, "plan", "scripts and runbooks for failing resources");
		add_step(&steps, show, "most failing resources (%s)", text_count(failing).text);
	}
	if (totals->by_state[CELL_PENDING] > 0)
		add_step(&steps, "scan --resume", "scan the cells that are pending");
	if (cells_missing_in(totals, CELL_UNREACHED) + cells_missing_in(totals, CELL_DENIED) > 0)
		add_step(&steps, "doctor", "check the role and its permissions");
	if (!matrix->run.is_not_stored)
		write_steps(&steps);
}

void outcome_write(const struct outcome_facts *facts)
{
	if (facts->log->json) {
		log_line(facts->log, LOG_INFO, "scan.finished", "%s", facts->conclusion->brief);
		return;
	}
	if (has_report_on_output(facts->reports))
		fputc('\n', stderr);
	write_scanned(facts);
	write_stored(facts);
	write_reports(facts);
	write_next(facts);
	fprintf(stderr, "Result  %s\n", facts->conclusion->brief);
}

void outcome_write_failure(const struct log *log, const char *why, enum exit_code code)
{
	if (!log->json)
		fprintf(stderr, "Result  %s (exit code %d)\n", why, (int)code);
}
