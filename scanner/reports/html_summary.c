#include "scanner/reports/html_summary.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/version.h"
#include "scanner/matrix/exceptions.h"
#include "scanner/reports/html_scope.h"
#include "scanner/reports/html_text.h"
#include "scanner/reports/html_trend.h"
#include "scanner/reports/unassessed.h"
#include "scanner/reports/xml_text.h"

#define COUNT(number) (text_count(number).text)

/* ---- title and conclusion ---- */

static void write_run(const struct run *run, FILE *stream)
{
	char started[CLOCK_ISO_SIZE], duration[CLOCK_DURATION_SIZE], title[RUN_TITLE_SIZE];

	clock_format_iso(run->started, started);
	clock_format_seconds(run_seconds(run), duration);
	run_title(run, title);
	fputs("<h1>", stream);
	xml_text_write(stream, title);
	fputs("</h1>\n<p class=\"quiet\">", stream);
	if (run->organization) {
		fputs("Organization ", stream);
		xml_text_write(stream, run->organization);
		fputs(", ", stream);
	}
	fprintf(stream, "started <time id=\"started\" datetime=\"%s\">%s</time>", started, started);
	if (run->finished > 0)
		fprintf(stream, ", took %s", duration);
	fprintf(stream, "</p>\n<p class=\"quiet\">Run %s by neptune-scan " NEPTUNE_SCAN_VERSION, run->id);
	if (run->caller) {
		fputs(", caller ", stream);
		xml_text_write(stream, run->caller);
	}
	fputs("</p>\n", stream);
}

static void write_run_note(void *userdata, const struct note *note)
{
	FILE *stream = userdata;

	if (note->gap)
		return; /* in a list of their own */
	fprintf(stream, "<p><strong>%s:</strong> ", note_title(note));
	xml_text_write(stream, note->text);
	fputs("</p>\n", stream);
}

/* The word with its most important sentence; the others follow in smaller letters. */
static void write_word(const struct conclusion *conclusion, enum conclusion_word word, FILE *stream)
{
	static const char *const classes[CONCLUSION_WORDS] = {
		[CONCLUSION_PART] = "verdict part",
		[CONCLUSION_FAIL] = "verdict",
		[CONCLUSION_INCOMPLETE] = "verdict part",
		[CONCLUSION_PASS] = "verdict good",
	};
	bool first = true;

	fprintf(stream, "<p class=\"%s\"><strong>%s</strong>", classes[word], conclusion_word_name(word));
	for (size_t i = 0; i < conclusion->sentence_count; i++) {
		if (conclusion->sentences[i].word != word)
			continue;
		fprintf(stream, first ? " <b>%s</b>" : " %s", conclusion->sentences[i].text);
		first = false;
	}
	fputs("</p>\n", stream);
}

/* ---- figures ---- */

enum { DETAIL_SIZE = 160 };

struct figure {
	const char *name;
	const char *target;            /* the section that lists what is counted */
	const char *filter;            /* of that list; NULL: all of it */
	char value[HTML_PERCENT_SIZE]; /* a count or a percentage */
	char detail[DETAIL_SIZE];
	char change[DETAIL_SIZE]; /* since the previous run */
};

static void write_figure(const struct figure *figure, FILE *stream)
{
	fprintf(stream, "<li><a href=\"#%s\"", figure->target);
	if (figure->filter)
		fprintf(stream, " data-filter=\"%s\"", figure->filter);
	fprintf(stream, "><b>%s</b> <span>%s</span>", figure->value, figure->name);
	if (*figure->detail) {
		fputs(" <small>", stream);
		xml_text_write(stream, figure->detail);
		fputs("</small>", stream);
	}
	if (*figure->change)
		fprintf(stream, " <small class=\"change\">%s</small>", figure->change);
	fputs("</a></li>\n", stream);
}

static void set_count(struct figure *figure, size_t count)
{
	snprintf(figure->value, sizeof figure->value, "%s", COUNT(count));
}

static void set_change(struct figure *figure, size_t now, int64_t before)
{
	int64_t change = (int64_t)now - before;

	if (change == 0)
		snprintf(figure->change, DETAIL_SIZE, "unchanged since the previous run");
	else
		snprintf(figure->change, DETAIL_SIZE, "%s%s since the previous run", change > 0 ? "+" : "−",
			 COUNT((size_t)(change > 0 ? change : -change)));
}

static void write_clusters(const struct tally *tally, FILE *stream)
{
	struct figure figure = {
		.name = "clusters not encrypted", .target = "failing", .filter = "neptune-encryption-at-rest"};

	set_count(&figure, tally->unencrypted);
	snprintf(figure.detail, DETAIL_SIZE, "of %s%s", COUNT(tally->clusters),
		 tally->exempt_unencrypted ? ", without those that an exception covers" : "");
	write_figure(&figure, stream);
}

static void write_failing(const struct conclusion *conclusion, const struct history_entry *before, FILE *stream)
{
	const struct tally *tally = &conclusion->tally;
	struct figure figure = {.name = "failing resources", .target = "failing"};
	size_t length = 0;

	set_count(&figure, conclusion->totals.failing);
	for (size_t severity = SEVERITY_COUNT; severity-- > 0;)
		if (tally->failing[severity] > 0)
			length += (size_t)snprintf(figure.detail + length, DETAIL_SIZE - length, "%s%s %s",
						   length ? ", " : "", COUNT(tally->failing[severity]),
						   severity_name((enum severity)severity));
	if (before)
		set_change(&figure, conclusion->totals.failing, before->failing);
	write_figure(&figure, stream);
}

static void write_blind(const struct totals *totals, const struct history_entry *before, FILE *stream)
{
	struct figure figure = {.name = "cells not assessed", .target = "not-assessed"};
	size_t length = 0;

	set_count(&figure, totals->blind);
	if (totals->accepted > 0)
		length = (size_t)snprintf(figure.detail, DETAIL_SIZE, "%s in accepted gaps%s",
					  COUNT(totals->accepted), totals->partly ? ", " : "");
	if (totals->partly > 0)
		snprintf(figure.detail + length, DETAIL_SIZE - length, "%s more only in part",
			 COUNT(totals->partly));
	if (before)
		set_change(&figure, totals->blind, before->blind);
	write_figure(&figure, stream);
}

/* The next one that no longer covers anything; NULL: none. */
static const struct exception *next_to_expire(const struct exceptions *exceptions)
{
	const struct exception *next = NULL;

	for (size_t i = 0; exceptions && i < exceptions->count; i++) {
		const struct exception *exception = &exceptions->items[i];

		if (!exception->is_expired && exception->findings > 0 &&
		    (!next || exception->ends < next->ends))
			next = exception;
	}
	return next;
}

static void write_exempt(const struct matrix *matrix, const struct totals *totals, FILE *stream)
{
	const struct exception *next = next_to_expire(matrix->run.exceptions);
	struct figure figure = {.name = "exempt resources", .target = "exceptions"};

	set_count(&figure, totals->exempt);
	if (next)
		snprintf(figure.detail, DETAIL_SIZE, "next expiry %s", next->expires);
	write_figure(&figure, stream);
}

static void write_coverage(const struct totals *totals, FILE *stream)
{
	struct figure figure = {.name = "coverage", .target = "ous"};
	size_t in_scope = cells_in_scope(totals);

	html_format_coverage(in_scope, totals->blind, totals->complete, figure.value);
	snprintf(figure.detail, DETAIL_SIZE, "%s of %s cells in scope", COUNT(in_scope - totals->blind),
		 COUNT(in_scope));
	write_figure(&figure, stream);
}

static void write_figures(const struct matrix *matrix, const struct conclusion *conclusion, FILE *stream)
{
	const struct history_entry *before = html_previous_run(&matrix->run);

	fputs("<ul class=\"figures\">\n", stream);
	write_clusters(&conclusion->tally, stream);
	write_failing(conclusion, before, stream);
	write_blind(&conclusion->totals, before, stream);
	write_exempt(matrix, &conclusion->totals, stream);
	write_coverage(&conclusion->totals, stream);
	fputs("</ul>\n", stream);
}

void html_write_header(const struct matrix *matrix, const struct conclusion *conclusion, FILE *stream)
{
	static const struct walk_callbacks run_notes = {.note = write_run_note};

	fputs("<header>\n", stream);
	write_run(&matrix->run, stream);
	for (enum conclusion_word word = 0; word < CONCLUSION_WORDS; word++)
		if (conclusion->holds[word])
			write_word(conclusion, word, stream);
	walk_run(matrix, &run_notes, stream);
	html_write_scope_line(&matrix->run, stream);
	fputs("<p class=\"quiet\">A cell is one account in one region.</p>\n", stream);
	write_figures(matrix, conclusion, stream);
	fputs("</header>\n", stream);
}

/* ---- controls ---- */

static void write_control(const struct control *control, const struct control_tally *tally, FILE *stream)
{
	const size_t counts[] = {tally->fail, tally->unknown, tally->exempt, tally->pass};

	fputs("<tr><td>", stream);
	fprintf(stream, "<a href=\"#control=%s\">", control->id);
	xml_text_write(stream, control->title);
	fprintf(stream, "</a><br><span class=\"quiet\">%s</span></td>", control->id);
	fprintf(stream, "<td><span class=\"severity %s\">%s</span></td>", severity_name(control->severity),
		severity_name(control->severity));
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		html_write_count_cell(stream, counts[i]);
	fputs("</tr>\n", stream);
}

static bool has_findings(const struct control_tally *tally)
{
	return tally->fail + tally->unknown + tally->exempt + tally->pass > 0;
}

void html_write_controls(const struct matrix *matrix, const struct tally *tally, FILE *stream)
{
	static const char *const columns[] = {"Control", "Severity", "#Fail", "#Unknown",
					      "#Exempt", "#Pass",    NULL};
	static const struct html_table table = {NULL, "Findings by control", columns};
	size_t without = 0;

	html_open_section(stream, "by-control", "Findings by control");
	html_open_table(stream, &table);
	for (size_t severity = SEVERITY_COUNT; severity-- > 0;)
		for (size_t i = 0; matrix->selected[i] && i < MAX_TALLIED; i++)
			if (matrix->selected[i]->severity == severity && has_findings(&tally->controls[i]))
				write_control(matrix->selected[i], &tally->controls[i], stream);
	html_close_table(stream);
	for (size_t i = 0; matrix->selected[i] && i < MAX_TALLIED; i++)
		without += !has_findings(&tally->controls[i]);
	if (without > 0)
		fprintf(stream,
			"<p class=\"quiet\">%zu more control%s without a finding: no resource of the kind "
			"exists.</p>\n",
			without, text_plural(without));
	html_close_section(stream);
}

/* ---- first steps ---- */

enum { MAX_STEPS = 5, SOON = 30 * 24 * 3600 /* seconds */ };

struct step {
	size_t count;
	const char *one, *many; /* what is counted: "cluster to encrypt", "clusters to encrypt" */
	const char *target;     /* the section that lists it */
	const char *command;    /* NULL: none */
	const char *advice;     /* NULL: none */
};

static void write_step(const struct step *step, FILE *stream)
{
	fprintf(stream, "<li><a href=\"#%s\">%s %s</a>", step->target, COUNT(step->count),
		step->count == 1 ? step->one : step->many);
	if (step->command)
		fprintf(stream, ": <code>neptune-scan %s</code>", step->command);
	xml_text_write(stream, step->advice);
	fputs("</li>\n", stream);
}

static size_t count_unreached_accounts(const struct matrix *matrix)
{
	size_t count = 0;

	for (size_t row = 0; row < matrix->row_count; row++)
		count += matrix->rows[row].default_state == CELL_UNREACHED &&
			 matrix_row_totals(matrix, row).accepted == 0;
	return count;
}

static size_t count_exceptions(const struct exceptions *exceptions, bool expired, int64_t until)
{
	size_t count = 0;

	for (size_t i = 0; exceptions && i < exceptions->count; i++) {
		const struct exception *exception = &exceptions->items[i];

		count += exception->findings > 0 && exception->is_expired == expired &&
			 (expired || exception->ends < until);
	}
	return count;
}

static size_t count_gaps(const struct exceptions *exceptions, bool expired, int64_t until)
{
	size_t count = 0;

	for (size_t i = 0; exceptions && i < exceptions->gaps.count; i++) {
		const struct gap *gap = &exceptions->gaps.items[i];

		count += gap->is_expired == expired && (expired || gap->ends < until);
	}
	return count;
}

void html_write_steps(const struct matrix *matrix, const struct conclusion *conclusion,
		      const struct html_failing *failing, FILE *stream)
{
	const size_t *states = conclusion->totals.by_state;
	const struct exceptions *exceptions = matrix->run.exceptions;
	char deletion[80];
	const struct step steps[] = {
		{failing->deleted_keys, "KMS key will be deleted", "KMS keys will be deleted", "failing", NULL,
		 deletion},
		{conclusion->tally.unencrypted, "cluster to encrypt", "clusters to encrypt", "failing", "plan",
		 NULL},
		{states[CELL_PENDING], "cell not scanned", "cells not scanned", "not-assessed", "scan --resume",
		 NULL},
		{count_unreached_accounts(matrix), "account without the scan role",
		 "accounts without the scan role", "not-assessed", "iam-policy trust", NULL},
		{cells_missing_in(&conclusion->totals, CELL_DENIED), "cell denied", "cells denied",
		 "not-assessed", "iam-policy member", ", or exempt the scan role from the SCP"},
		{count_exceptions(exceptions, true, 0), "exception has expired", "exceptions have expired",
		 "exceptions", NULL, ": fix the resources, or renew it"},
		{count_gaps(exceptions, true, 0), "accepted gap has expired", "accepted gaps have expired",
		 "accepted-gaps", NULL, ": open the region, or renew it"},
		{count_gaps(exceptions, false, matrix->run.started + SOON),
		 "accepted gap expires within 30 days", "accepted gaps expire within 30 days", "accepted-gaps",
		 NULL, NULL},
		{count_exceptions(exceptions, false, matrix->run.started + SOON),
		 "exception expires within 30 days", "exceptions expire within 30 days", "exceptions", NULL,
		 NULL},
	};
	size_t written = 0;

	text_print(deletion, sizeof deletion, ", the first on %s: cancel the deletion before that day",
		   failing->first_deletion);
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		if (steps[i].count == 0 || written == MAX_STEPS)
			continue;
		if (written++ == 0) {
			html_open_section(stream, "steps", "First steps");
			fputs("<ol>\n", stream);
		}
		write_step(&steps[i], stream);
	}
	if (written > 0) {
		fputs("</ol>\n", stream);
		html_close_section(stream);
	}
}

/* ---- accounts ---- */

enum { MAX_ACCOUNTS = 10 };

struct worst_account {
	size_t row, failing, unassessed;
};

static bool is_worse(const struct worst_account *a, const struct worst_account *b)
{
	return a->failing != b->failing ? a->failing > b->failing : a->unassessed > b->unassessed;
}

/* Into a sorted list of at most MAX_ACCOUNTS; returns its new length. */
static size_t insert_account(struct worst_account *list, size_t count, const struct worst_account *one)
{
	size_t at = count;

	while (at > 0 && is_worse(one, &list[at - 1]))
		at--;
	if (at == MAX_ACCOUNTS)
		return count;
	count += count < MAX_ACCOUNTS;
	memmove(&list[at + 1], &list[at], (count - at - 1) * sizeof *list);
	list[at] = *one;
	return count;
}

/* Of its failing resources, the first that has one; NULL: none. */
static const char *owner_of(const struct matrix *matrix, size_t row)
{
	for (size_t column = 0; column < matrix->column_count; column++) {
		const struct finding *finding = NULL;

		if (matrix_cell(matrix, row, column).failing > 0)
			finding = matrix_findings(matrix, row, column);
		for (; finding; finding = finding->next)
			for (const struct pair *tag = finding->resource->tags; tag; tag = tag->next)
				if (finding->verdict == VERDICT_FAIL && strcasecmp(tag->name, "owner") == 0)
					return tag->value;
	}
	return NULL;
}

void html_write_worst_accounts(const struct matrix *matrix, FILE *stream)
{
	static const char *const columns[] = {"Account", "OU", "Owner tag", "#Failing", "#Not assessed", NULL};
	static const struct html_table table = {NULL, "Accounts with most failing resources", columns};
	struct worst_account list[MAX_ACCOUNTS];
	size_t count = 0;

	for (size_t row = 0; row < matrix->row_count; row++) {
		struct totals totals = matrix_row_totals(matrix, row);
		struct worst_account one = {row, totals.failing, totals.blind};

		if (totals.failing > 0)
			count = insert_account(list, count, &one);
	}
	if (count == 0)
		return;
	html_open_section(stream, "worst", "Accounts with most failing resources");
	html_open_table(stream, &table);
	for (size_t i = 0; i < count; i++) {
		const struct row *account = &matrix->rows[list[i].row];

		fputs("<tr>", stream);
		html_write_account_link(stream, account);
		html_write_cell(stream, account->ou);
		html_write_cell(stream, owner_of(matrix, list[i].row));
		html_write_count_cell(stream, list[i].failing);
		html_write_count_cell(stream, list[i].unassessed);
		fputs("</tr>\n", stream);
	}
	html_close_table(stream);
	html_close_section(stream);
}
