#include "scanner/matrix/conclusion.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "scanner/matrix/exceptions.h"
#include "scanner/matrix/gap_cells.h"

enum { LIST_SIZE = 200, MAX_GAPS_NAMED = 4 };

#define COUNT(number) (text_count(number).text)

const char *conclusion_word_name(enum conclusion_word word)
{
	static const char *const names[CONCLUSION_WORDS] = {
		[CONCLUSION_PART] = "PART",
		[CONCLUSION_FAIL] = "FAIL",
		[CONCLUSION_INCOMPLETE] = "INCOMPLETE",
		[CONCLUSION_PASS] = "PASS",
	};

	return names[word];
}

size_t cells_in_scope(const struct totals *totals)
{
	return totals->cells - totals->by_state[CELL_SKIPPED];
}

size_t cells_missing(const struct totals *totals)
{
	return totals->blind - totals->accepted;
}

size_t cells_missing_in(const struct totals *totals, enum cell_state state)
{
	return totals->by_state[state] - totals->accepted_by_state[state];
}

__attribute__((format(printf, 3, 4))) static void say(struct conclusion *conclusion, enum conclusion_word word,
						      const char *format, ...)
{
	struct sentence *sentence = &conclusion->sentences[conclusion->sentence_count];
	va_list arguments;

	if (conclusion->sentence_count == MAX_SENTENCES)
		return;
	sentence->word = word;
	va_start(arguments, format);
	text_print_list(sentence->text, sizeof sentence->text, format, arguments);
	va_end(arguments);
	conclusion->sentence_count++;
}

/* ---- PART ---- */

static void say_part(const struct matrix *matrix, struct conclusion *conclusion)
{
	const struct totals *totals = &conclusion->totals;
	size_t scope = cells_in_scope(totals);

	say(conclusion, CONCLUSION_PART, "%s, no verdict on the organization.", matrix->run.shard);
	if (totals->is_assessed && scope == 1)
		say(conclusion, CONCLUSION_PART, "The one cell of this part in scope was assessed.");
	else if (totals->is_assessed && scope > 1)
		say(conclusion, CONCLUSION_PART, "All %s cells of this part in scope were assessed.",
		    COUNT(scope));
	if (totals->is_assessed && totals->failing == 0)
		say(conclusion, CONCLUSION_PART, "No resource of this part fails a control.");
	say(conclusion, CONCLUSION_PART, "Join the parts with neptune-scan merge.");
}

/* ---- FAIL ---- */

static bool fails_at_level(const struct matrix *matrix)
{
	for (size_t row = 0; row < matrix->row_count; row++)
		for (size_t column = 0; column < matrix->column_count; column++)
			if (matrix_cell(matrix, row, column).worst > matrix->run.fail_on)
				return true;
	return false;
}

/* "2 medium, 1 low, below --fail-on high" */
static void list_severities(const struct matrix *matrix, const struct tally *tally, char text[static LIST_SIZE])
{
	size_t length = 0;

	for (size_t severity = SEVERITY_COUNT; severity-- > 0;)
		if (tally->failing[severity] > 0)
			length += (size_t)snprintf(text + length, LIST_SIZE - length, "%s %s, ",
						   COUNT(tally->failing[severity]),
						   severity_name((enum severity)severity));
	snprintf(text + length, LIST_SIZE - length, "below --fail-on %s", severity_name(matrix->run.fail_on));
}

static void say_unencrypted(struct conclusion *conclusion)
{
	const struct tally *tally = &conclusion->tally;
	char more[LIST_SIZE] = "";

	if (tally->unencrypted == 0)
		return;
	if (tally->exempt_unencrypted > 0)
		snprintf(more, sizeof more, ", %s more by exception", COUNT(tally->exempt_unencrypted));
	say(conclusion, CONCLUSION_FAIL, "%s of %s cluster%s %s not encrypted%s.", COUNT(tally->unencrypted),
	    COUNT(tally->clusters), text_plural(tally->clusters), tally->unencrypted == 1 ? "is" : "are", more);
}

static void say_failing(const struct matrix *matrix, struct conclusion *conclusion, bool is_below)
{
	const struct totals *totals = &conclusion->totals;
	char below[LIST_SIZE], fails[LIST_SIZE];

	list_severities(matrix, &conclusion->tally, below);
	text_print(fails, sizeof fails, "%s of %s resource%s %s a control", COUNT(totals->failing),
		   COUNT(totals->resources), text_plural(totals->resources),
		   totals->failing == 1 ? "fails" : "fail");
	say_unencrypted(conclusion);
	if (is_below)
		say(conclusion, CONCLUSION_FAIL, "%s (%s: exit code %d).", fails, below, conclusion->exit_code);
	else
		say(conclusion, CONCLUSION_FAIL, "%s.", fails);
	if (totals->unknown > 0)
		say(conclusion, CONCLUSION_FAIL, "%s finding%s unknown.", COUNT(totals->unknown),
		    totals->unknown == 1 ? " is" : "s are");
	text_print(conclusion->brief, SENTENCE_SIZE, "%s%s%s", fails, is_below ? ", " : "",
		   is_below ? below : "");
}

/* ---- INCOMPLETE ---- */

/* Why the run is not complete, without the full stop. */
static void print_gap(const struct totals *totals, char text[static SENTENCE_SIZE])
{
	size_t scope = cells_in_scope(totals), missing = cells_missing(totals);
	size_t accepted = totals->accounts_accepted;

	if (missing > 0 && totals->partly > 0)
		text_print(text, SENTENCE_SIZE,
			   "%s of %s cell%s in scope could not be assessed, %s more only in part",
			   COUNT(missing), COUNT(scope), text_plural(scope), COUNT(totals->partly));
	else if (missing > 0)
		text_print(text, SENTENCE_SIZE, "%s of %s cell%s in scope could not be assessed",
			   COUNT(missing), COUNT(scope), text_plural(scope));
	else if (totals->partly > 0)
		text_print(text, SENTENCE_SIZE, "%s of %s cell%s in scope %s assessed only in part",
			   COUNT(totals->partly), COUNT(scope), text_plural(scope),
			   totals->partly == 1 ? "was" : "were");
	else if (cells_examined(totals) > 0 && gaps_leave_too_little(totals))
		text_print(text, SENTENCE_SIZE,
			   "Accepted gaps cover every cell of %s of %s accounts in scope: nothing of %s was "
			   "assessed",
			   COUNT(accepted), COUNT(totals->accounts_in_scope), accepted == 1 ? "it" : "them");
	else
		text_print(text, SENTENCE_SIZE, "%s",
			   totals->accounts == 0  ? "No account was assessed"
			   : totals->regions == 0 ? "No region of any account was assessed"
			   : totals->accepted > 0 && cells_examined(totals) == 0
				   ? "Accepted gaps leave no cell in which resources could be listed"
				   : "The run did not finish");
}

static void print_gap_briefly(const struct totals *totals, char text[static SENTENCE_SIZE])
{
	size_t missing = cells_missing(totals);

	if (missing > 0)
		text_print(text, SENTENCE_SIZE, "%s cell%s could not be assessed", COUNT(missing),
			   text_plural(missing));
	else if (totals->partly > 0)
		text_print(text, SENTENCE_SIZE, "%s cell%s assessed only in part", COUNT(totals->partly),
			   totals->partly == 1 ? " was" : "s were");
	else
		print_gap(totals, text);
}

static void say_incomplete(struct conclusion *conclusion)
{
	const struct totals *totals = &conclusion->totals;
	size_t others = cells_in_scope(totals) - totals->blind;
	char gap[SENTENCE_SIZE];

	print_gap(totals, gap);
	say(conclusion, CONCLUSION_INCOMPLETE, "%s.", gap);
	if (totals->resources == 0 && totals->blind > 0 && others > 0)
		say(conclusion, CONCLUSION_INCOMPLETE, "No Neptune resources in the %s%s%s.",
		    totals->accepted > 0 ? "" : "other ", others == 1 ? "one" : COUNT(others),
		    totals->accepted > 0 ? " that could" : "");
	else if (totals->resources > 0 && totals->failing == 0)
		say(conclusion, CONCLUSION_INCOMPLETE, "Resources found: %s. None is known to fail a control.",
		    COUNT(totals->resources));
	say(conclusion, CONCLUSION_INCOMPLETE, "This report does not prove compliance.");
	print_gap_briefly(totals, conclusion->brief);
}

/* ---- PASS ---- */

static void say_assessed(struct conclusion *conclusion)
{
	const struct totals *totals = &conclusion->totals;
	size_t scope = cells_in_scope(totals);

	if (totals->accepted > 0)
		say(conclusion, CONCLUSION_PASS, "%s of %s cells in scope %s assessed.",
		    COUNT(scope - totals->accepted), COUNT(scope),
		    scope - totals->accepted == 1 ? "was" : "were");
	else if (scope == 1)
		say(conclusion, CONCLUSION_PASS, "The one cell in scope was assessed.");
	else
		say(conclusion, CONCLUSION_PASS, "All %s cells in scope were assessed.", COUNT(scope));
}

static void say_no_resource(struct conclusion *conclusion)
{
	const struct totals *totals = &conclusion->totals;
	size_t assessed = cells_in_scope(totals) - totals->accepted;
	const char *which = totals->accepted > 0 ? "that were assessed" : "in scope";

	if (assessed == 1)
		say(conclusion, CONCLUSION_PASS, "No Neptune resources in the one cell %s.",
		    totals->accepted > 0 ? "that was assessed" : which);
	else
		say(conclusion, CONCLUSION_PASS, "No Neptune resources in any of the %s cells %s.",
		    COUNT(assessed), which);
}

static void say_pass(struct conclusion *conclusion)
{
	const struct totals *totals = &conclusion->totals;
	char exempt[LIST_SIZE] = "";

	if (totals->exempt > 0)
		snprintf(exempt, sizeof exempt, ", %s of them by exception", COUNT(totals->exempt));
	if (totals->resources == 0)
		say_no_resource(conclusion);
	else if (totals->resources == 1)
		say(conclusion, CONCLUSION_PASS, "The only resource complies%s.",
		    totals->exempt ? " by exception" : "");
	else
		say(conclusion, CONCLUSION_PASS, "All %s resources comply%s.", COUNT(totals->resources),
		    exempt);
	text_copy(conclusion->brief, SENTENCE_SIZE, span_of(conclusion->sentences[0].text));
	conclusion->brief[strlen(conclusion->brief) - 1] = '\0'; /* the full stop */
	if (totals->resources > 0)
		say_assessed(conclusion);
}

/* ---- accepted gaps ---- */

static void say_gap(struct conclusion *conclusion, enum conclusion_word word, const struct gap *gap,
		    const struct gap_tally *tally)
{
	struct buffer accounts = {0};

	gap_describe_accounts(tally, &accounts);
	say(conclusion, word, "Accepted gap %s: %s cell%s not assessed (%s), until %s%s%s.", gap->name,
	    COUNT(tally->covered), tally->covered == 1 ? " was" : "s were", cell_state_name(gap->cell_state),
	    gap->expires, accounts.length > 0 ? "; " : "", accounts.length > 0 ? accounts.at : "");
	buffer_deinit(&accounts);
}

/* One sentence for each gap that covers cells, and one for the rest of many. */
static void say_gaps(const struct matrix *matrix, struct conclusion *conclusion)
{
	const struct exceptions *exceptions = matrix->run.exceptions;
	enum conclusion_word word = CONCLUSION_PASS;
	size_t named = 0, more = 0, cells = 0;

	while (word > 0 && !conclusion->holds[word])
		word--;
	for (size_t i = 0; exceptions && i < exceptions->gaps.count; i++) {
		const struct gap *gap = &exceptions->gaps.items[i];
		struct gap_tally tally;

		gap_count(matrix, gap, &tally);
		if (gap->is_expired || tally.covered == 0)
			continue;
		if (named++ < MAX_GAPS_NAMED)
			say_gap(conclusion, word, gap, &tally);
		more += named > MAX_GAPS_NAMED;
		cells += named > MAX_GAPS_NAMED ? tally.covered : 0;
	}
	if (more > 0)
		say(conclusion, word, "%s more accepted gap%s: %s cell%s not assessed.", COUNT(more),
		    text_plural(more), COUNT(cells), cells == 1 ? " was" : "s were");
}

/* ---- the whole ---- */

/* "PART 3/8, no verdict on the organization; FAIL: " or "FAIL, INCOMPLETE: " and the reason. */
static void finish_brief(const struct matrix *matrix, struct conclusion *conclusion)
{
	char why[SENTENCE_SIZE], words[LIST_SIZE] = "", part[LIST_SIZE] = "", gaps[LIST_SIZE] = "";
	size_t length = 0, accepted = conclusion->totals.accepted;

	if (accepted > 0)
		snprintf(gaps, sizeof gaps, ", %s cell%s in accepted gaps", COUNT(accepted),
			 text_plural(accepted));
	text_copy(why, sizeof why, span_of(conclusion->brief));
	if (conclusion->holds[CONCLUSION_PART])
		text_print(part, sizeof part, "PART %s, no verdict on the organization", matrix->run.shard);
	for (enum conclusion_word word = CONCLUSION_FAIL; word < CONCLUSION_WORDS; word++)
		if (conclusion->holds[word])
			length += (size_t)snprintf(words + length, sizeof words - length, "%s%s",
						   length ? ", " : "", conclusion_word_name(word));
	text_print(conclusion->brief, SENTENCE_SIZE, "%s%s%s%s%s%s (exit code %d%s)", part,
		   part[0] && words[0] ? "; " : "", words, words[0] ? ": " : "", why, gaps,
		   conclusion->exit_code,
		   !conclusion->exit_means_done              ? ""
		   : conclusion->exit_code == EXIT_COMPLIANT ? ": finished"
							     : ": to be resumed");
}

static bool is_done(const struct matrix *matrix, const struct totals *totals)
{
	return !matrix->run.interrupted && totals->by_state[CELL_PENDING] == 0;
}

static enum exit_code code_of_verdict(const struct matrix *matrix, const struct totals *totals)
{
	if (!totals->complete)
		return EXIT_INCOMPLETE;
	return fails_at_level(matrix) ? EXIT_FAILING : EXIT_COMPLIANT;
}

static bool exit_means_done(const struct run *run)
{
	return run->exit_meaning == EXIT_MEANS_DONE || (run->exit_meaning == EXIT_MEANS_DEFAULT && run->shard);
}

void conclusion_draw(const struct matrix *matrix, struct conclusion *conclusion)
{
	const struct totals totals = matrix_totals(matrix);
	bool fails = totals.failing > 0;

	*conclusion = (struct conclusion){
		.totals = totals,
		.holds = {[CONCLUSION_PART] = matrix->run.shard != NULL,
			  [CONCLUSION_FAIL] = fails,
			  [CONCLUSION_INCOMPLETE] = !totals.is_assessed,
			  [CONCLUSION_PASS] = totals.complete && !fails},
		.exit_means_done = exit_means_done(&matrix->run),
		.exit_code = code_of_verdict(matrix, &totals),
	};
	if (conclusion->exit_means_done)
		conclusion->exit_code = is_done(matrix, &totals) ? EXIT_COMPLIANT : EXIT_INCOMPLETE;
	conclusion->tally = matrix_tally(matrix);
	if (conclusion->holds[CONCLUSION_PART])
		say_part(matrix, conclusion);
	if (fails)
		say_failing(matrix, conclusion, !fails_at_level(matrix));
	if (conclusion->holds[CONCLUSION_INCOMPLETE])
		say_incomplete(conclusion);
	if (conclusion->holds[CONCLUSION_PASS])
		say_pass(conclusion);
	say_gaps(matrix, conclusion);
	finish_brief(matrix, conclusion);
}
