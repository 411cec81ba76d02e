/* For a ticket or a chat: the table report without the matrix, as lists and tables. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_oom_guard.h"
#include "base/text.h"
#include "scanner/matrix/conclusion.h"
#include "scanner/reports/causes.h"
#include "scanner/reports/failing.h"
#include "scanner/reports/markdown_text.h"
#include "scanner/reports/scope.h"

enum { MAX_LISTED = 50, OF_ACCOUNT = 10, MAX_PLACES = 10 };

/* Below a list that is longer than what is shown of it. */
static void write_rest(const struct matrix *matrix, size_t count, const char *command, FILE *stream)
{
	if (count == 0)
		return;
	fprintf(stream, "\n... and %zu more: `", count);
	if (matrix->run.is_not_stored)
		fputs("neptune-scan scan --report csv=FILE`\n", stream);
	else
		fprintf(stream, "neptune-scan %s%s`\n", command, matrix->run.flags ? matrix->run.flags : "");
}

static void write_account(const struct row *account, FILE *stream)
{
	fprintf(stream, "%s ", account->id);
	markdown_text_write(stream, account->name);
}

/* ---- head ---- */

static void write_run_note(void *userdata, const struct note *note)
{
	FILE *stream = userdata;

	if (note->gap)
		return; /* in a list of their own */
	fprintf(stream, "\n**%s:** ", note_title(note));
	markdown_text_write(stream, note->text);
	fputc('\n', stream);
}

static void write_head(const struct matrix *matrix, FILE *stream)
{
	char started[CLOCK_DAY_SIZE], title[RUN_TITLE_SIZE];

	clock_format_day(matrix->run.started, started);
	run_title(&matrix->run, title);
	fputs("# ", stream);
	markdown_text_write(stream, title);
	fprintf(stream, ", %s\n\n", started);
}

static void write_conclusion(const struct conclusion *conclusion, FILE *stream)
{
	for (enum conclusion_word word = 0; word < CONCLUSION_WORDS; word++) {
		if (!conclusion->holds[word])
			continue;
		fprintf(stream, "**%s:**", conclusion_word_name(word));
		for (size_t i = 0; i < conclusion->sentence_count; i++)
			if (conclusion->sentences[i].word == word)
				fprintf(stream, " %s", conclusion->sentences[i].text);
		fputs("\n\n", stream);
	}
	if (conclusion->totals.exempt > 0 && !conclusion->holds[CONCLUSION_PASS])
		fprintf(stream, "**EXEMPT:** Exceptions cover every failure of %zu resource%s.\n\n",
			conclusion->totals.exempt, text_plural(conclusion->totals.exempt));
}

static void write_scope(const struct run *run, FILE *stream)
{
	struct buffer scope = {0};

	scope_say(run, &scope);
	if (scope.failed)
		json_oom_guard_fail();
	else
		markdown_text_write(stream, scope.at);
	fputs(".\n", stream);
	buffer_deinit(&scope);
}

static void write_filter(const struct run *run, FILE *stream)
{
	struct buffer filter = {0};

	scope_say_filter(run, &filter);
	if (filter.failed)
		json_oom_guard_fail();
	if (filter.length > 0) {
		fputs("\n**Filtered:** ", stream);
		markdown_text_write(stream, filter.at);
		fputc('\n', stream);
	}
	buffer_deinit(&filter);
}

static void write_run(const struct matrix *matrix, const struct totals *totals, FILE *stream)
{
	static const struct walk_callbacks run_notes = {.note = write_run_note};
	const struct run *run = &matrix->run;

	fprintf(stream, "Run %s", run->id);
	if (run->organization)
		fprintf(stream, ", organization %s", run->organization);
	fprintf(stream, ", %zu account%s x %zu region%s.\n", totals->accounts, text_plural(totals->accounts),
		totals->regions, text_plural(totals->regions));
	write_scope(run, stream);
	write_filter(run, stream);
	walk_run(matrix, &run_notes, stream);
}

/* ---- totals ---- */

static void write_controls(const struct matrix *matrix, const struct tally *tally, FILE *stream)
{
	bool any = false;

	for (size_t severity = SEVERITY_COUNT; severity-- > 0;)
		for (size_t i = 0; i < MAX_TALLIED && matrix->selected[i]; i++) {
			const struct control *control = matrix->selected[i];
			const struct control_tally *one = &tally->controls[i];

			if (control->severity != severity ||
			    one->fail + one->unknown + one->exempt + one->pass == 0)
				continue;
			if (!any)
				fputs("\n| control | severity | fail | unknown | exempt | pass |\n"
				      "|---|---|---:|---:|---:|---:|\n",
				      stream);
			any = true;
			fprintf(stream, "| %s | %s | %zu | %zu | %zu | %zu |\n", control->id,
				severity_name(control->severity), one->fail, one->unknown, one->exempt,
				one->pass);
		}
}

static void write_states(const struct totals *totals, FILE *stream)
{
	static const char *const groups[] = {
		[CELL_ASSESSED] = "", [CELL_NOT_ASSESSED] = " (not assessed)", [CELL_OUT_OF_SCOPE] = ""};
	size_t skipped = totals->by_state[CELL_SKIPPED];
	char accepted[48] = "";

	if (totals->accepted > 0)
		snprintf(accepted, sizeof accepted, " (%s accepted)", text_count(totals->accepted).text);
	fprintf(stream, "\n%s cell%s (one account in one region): %s assessed, %s not%s, %s out of scope.\n",
		text_count(totals->cells).text, text_plural(totals->cells),
		text_count(totals->cells - skipped - totals->blind).text, text_count(totals->blind).text,
		accepted, text_count(skipped).text);
	fputs("\n| state | cells | |\n|---|---:|---|\n", stream);
	for (size_t i = 0; i < CELL_STATE_COUNT; i++) {
		enum cell_state state = cell_states_listed[i];

		if (totals->by_state[state] > 0)
			fprintf(stream, "| %s%s | %zu | %s |\n", cell_state_name(state),
				groups[cell_state_group(state)], totals->by_state[state],
				cell_state_facts(state)->meaning);
	}
}

/* ---- what fails ---- */

static void write_item(const struct matrix *matrix, const struct failing_item *item, FILE *stream)
{
	fputs("| ", stream);
	write_account(&matrix->rows[item->row], stream);
	if (item->rest > 0) {
		fprintf(stream, " | | ... and %zu more | |\n", item->rest);
		return;
	}
	fprintf(stream, " | %s | ", matrix->columns[item->column].region);
	markdown_text_write(stream, item->name);
	fputs(" | ", stream);
	markdown_text_write(stream, item->detail);
	fputs(" |\n", stream);
}

static void write_section(const struct matrix *matrix, const struct failing_section *section, FILE *stream)
{
	char command[160];
	size_t told = 0;

	fprintf(stream,
		"\n**%s, %s:** %s in %zu account%s\n\n| account | region | resource | %s "
		"|\n|---|---|---|---|\n",
		severity_name(section->severity), failing_title(section), section->summary, section->accounts,
		text_plural(section->accounts), section->control ? "reason" : "with");
	for (size_t i = 0; i < section->item_count; i++) {
		write_item(matrix, &section->items[i], stream);
		told += section->items[i].rest ? section->items[i].rest : 1;
	}
	snprintf(command, sizeof command, "report --controls %s", failing_selector(section));
	write_rest(matrix, section->units - told, command, stream);
}

static void write_failing(const struct matrix *matrix, FILE *stream)
{
	const struct failing_limits limits =
		matrix->run.filter ? (struct failing_limits){SIZE_MAX, SIZE_MAX, SIZE_MAX}
				   : (struct failing_limits){MAX_LISTED, OF_ACCOUNT, OF_ACCOUNT};
	struct failing failing;

	failing_collect(matrix, &limits, &failing);
	if (failing.failed)
		json_oom_guard_fail();
	if (failing.section_count > 0)
		fprintf(stream, "\n## Failing: %zu resource%s in %zu account%s\n", failing.resources,
			text_plural(failing.resources), failing.accounts, text_plural(failing.accounts));
	for (size_t i = 0; i < failing.section_count; i++)
		write_section(matrix, &failing.sections[i], stream);
	failing_deinit(&failing);
}

/* ---- what could not be assessed ---- */

/* "us-east-1" of one account; of more, the accounts. */
static void write_places(const struct matrix *matrix, const struct cause_group *group, FILE *stream)
{
	for (size_t i = 0; i < group->place_count; i++) {
		fputs(i ? "; " : "", stream);
		write_account(&matrix->rows[group->places[i].row], stream);
		fprintf(stream, ": %s", group->places[i].regions ? group->places[i].regions : "all regions");
	}
	if (group->accounts > group->place_count)
		fprintf(stream, "; and %zu more accounts", group->accounts - group->place_count);
}

static void write_cause(const struct matrix *matrix, const struct cause_group *group, FILE *stream)
{
	fprintf(stream, "| %s%s%s%s | %zu | ", cell_state_name(group->state),
		group->is_part ? ", assessed only in part" : "", group->gap ? ", accepted gap " : "",
		group->gap ? group->gap->name : "", group->cells);
	markdown_text_write(stream, group->accounts == 1 ? group->reason : group->brief);
	fputs(" | ", stream);
	write_places(matrix, group, stream);
	fputs(" | ", stream);
	markdown_text_write(stream, group->advice);
	fputs(" |\n", stream);
}

static void write_unassessed(const struct matrix *matrix, const struct totals *totals, FILE *stream)
{
	struct causes causes;

	causes_collect(matrix, matrix->run.filter ? SIZE_MAX : MAX_PLACES, &causes);
	if (causes.failed)
		json_oom_guard_fail();
	if (causes.count > 0)
		fprintf(stream,
			"\n## Not assessed: %zu cell%s, %zu more only in part\n\n"
			"| state | cells | cause | accounts | fix |\n|---|---:|---|---|---|\n",
			totals->blind, text_plural(totals->blind), totals->partly);
	for (size_t i = 0; i < causes.count; i++)
		write_cause(matrix, &causes.groups[i], stream);
	causes_deinit(&causes);
}

struct listing {
	FILE *stream;
	size_t count;
};

/* ---- gaps ---- */

static void write_gap(void *userdata, const struct note *note)
{
	struct listing *listing = userdata;

	if (!note->gap || listing->count++ >= MAX_LISTED)
		return;
	if (listing->count == 1)
		fputs("\n## Accepted gaps\n\n", listing->stream);
	fputs("- ", listing->stream);
	markdown_text_write(listing->stream, note->text);
	fputc('\n', listing->stream);
}

static void write_gaps(const struct matrix *matrix, FILE *stream)
{
	static const struct walk_callbacks callbacks = {.note = write_gap};
	struct listing listing = {.stream = stream};

	walk_run(matrix, &callbacks, &listing);
	write_rest(matrix, listing.count > MAX_LISTED ? listing.count - MAX_LISTED : 0,
		   "report --report html=FILE", stream);
}

/* ---- notes ---- */

static void write_account_note(void *userdata, const struct note *note)
{
	struct listing *listing = userdata;

	if (!note->account || listing->count++ >= MAX_LISTED)
		return;
	if (listing->count == 1)
		fputs("\n## Notes on accounts\n\n", listing->stream);
	fputs("- ", listing->stream);
	write_account(note->account, listing->stream);
	fputs(": ", listing->stream);
	markdown_text_write(listing->stream, note->text);
	fputc('\n', listing->stream);
}

static void write_account_notes(const struct matrix *matrix, const struct report_output *output)
{
	static const struct walk_callbacks callbacks = {.note = write_account_note};
	struct listing listing = {.stream = output->stream};

	walk_records(matrix, output, &callbacks, &listing);
	write_rest(matrix, listing.count > MAX_LISTED ? listing.count - MAX_LISTED : 0,
		   "report --report csv=FILE", output->stream);
}

/* ---- the whole ---- */

static bool write(const struct matrix *matrix, const struct report_output *output)
{
	FILE *stream = output->stream;
	const struct conclusion *conclusion = output->conclusion;

	write_head(matrix, stream);
	write_conclusion(conclusion, stream);
	write_run(matrix, &conclusion->totals, stream);
	write_controls(matrix, &conclusion->tally, stream);
	write_states(&conclusion->totals, stream);
	write_failing(matrix, stream);
	write_gaps(matrix, stream);
	write_unassessed(matrix, &conclusion->totals, stream);
	write_account_notes(matrix, output);
	return !json_oom_guard_failed();
}

const struct report_format report_markdown = {
	.name = "markdown",
	.description = "short, for a ticket or a chat",
	.needs = REPORT_NEEDS_CONCLUSION,
	.write = write,
};
