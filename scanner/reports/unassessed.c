#include "scanner/reports/unassessed.h"

#include <stdio.h>
#include <string.h>

enum { MAX_REGIONS_NAMED = 6 };

/* ---- texts ---- */

const char *unassessed_label(const struct unassessed *unassessed)
{
	return unassessed->is_part ? "partly-assessed" : "not-assessed";
}

const char *unassessed_title(const struct unassessed *unassessed)
{
	if (!unassessed->region)
		return "No region of this account could be assessed";
	return unassessed->is_part ? "This account was assessed only in part in this region"
				   : "This account could not be assessed in this region";
}

const char *note_title(const struct note *note)
{
	return note->is_interruption ? "The run did not finish"
	       : note->account       ? "Note on this account"
				     : "Note on this run";
}

const char *unassessed_advice(enum cell_state state)
{
	switch (state) {
	case CELL_UNKNOWN:
		return "Check the resource in the console. Raw values and request id: neptune-scan show "
		       "ACCOUNT "
		       "REGION";
	case CELL_DENIED:
		return "Add the action to the role's policy (neptune-scan iam-policy); where an SCP denies it, "
		       "exempt the "
		       "scan role in that region.";
	case CELL_UNREACHED:
		return "Create the scan role in the account (--role-name), or correct its trust policy or "
		       "external id: neptune-scan iam-policy trust";
	case CELL_PENDING:
		return "Continue the run: neptune-scan scan --resume";
	default:
		return "Scan again; --verbose logs every attempt.";
	}
}

void unassessed_write_id(const struct unassessed *unassessed, char *text, size_t size)
{
	snprintf(text, size, "neptune-scan/not-assessed/%s%s%s", unassessed->account->id,
		 unassessed->region ? "/" : "", unassessed->region ? unassessed->region : "");
}

void note_write_id(const struct note *note, char *text, size_t size)
{
	snprintf(text, size, "neptune-scan/%s/%s", note->is_interruption ? "interrupted" : NOTE_LABEL,
		 note->account ? note->account->id : "run");
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

void unassessed_write_conclusion(const struct totals *totals, FILE *stream)
{
	size_t scope = totals->cells - totals->by_state[CELL_SKIPPED];

	if (totals->blind > 0)
		fprintf(stream, "%zu of %zu cell%s in scope could not be assessed", totals->blind, scope,
			plural(scope));
	if (totals->blind > 0 && totals->partly > 0)
		fprintf(stream, ", %zu more only in part", totals->partly);
	else if (totals->partly > 0)
		fprintf(stream, "%zu of %zu cell%s in scope %s assessed only in part", totals->partly, scope,
			plural(scope), totals->partly == 1 ? "was" : "were");
	else if (totals->accounts == 0)
		fputs("No account was assessed", stream);
	else if (totals->regions == 0)
		fputs("No region of any account was assessed", stream);
	else if (totals->blind == 0)
		fputs("The run did not finish", stream);
	fputc('.', stream);
}

/* ---- causes ---- */

static bool has_same_cause(const struct unassessed *a, const struct unassessed *b)
{
	return a->state == b->state && a->is_part == b->is_part && strcmp(a->reason, b->reason) == 0;
}

/* How many regions before `column` have the same cause. */
static size_t count_regions(const struct cause *cause, size_t column)
{
	size_t count = 0;

	for (size_t i = 0; i < column; i++) {
		struct unassessed other;

		count += walk_unassessed(cause->first.matrix, cause->row, i, &other) &&
			 has_same_cause(&other, &cause->first);
	}
	return count;
}

void walk_causes(const struct matrix *matrix, void (*take)(void *userdata, const struct cause *cause),
		 void *userdata)
{
	size_t columns = matrix->column_count ? matrix->column_count : 1;

	for (size_t row = 0; row < matrix->row_count; row++) {
		for (size_t column = 0; column < columns; column++) {
			struct cause cause = {.row = row};

			if (!walk_unassessed(matrix, row, column, &cause.first) ||
			    count_regions(&cause, column) > 0)
				continue;
			cause.regions = count_regions(&cause, matrix->column_count);
			take(userdata, &cause);
		}
	}
}

static void write_names(const struct cause *cause, FILE *stream)
{
	const struct matrix *matrix = cause->first.matrix;
	size_t named = 0;

	for (size_t i = 0; i < matrix->column_count && named < MAX_REGIONS_NAMED; i++) {
		struct unassessed other;

		if (walk_unassessed(matrix, cause->row, i, &other) && has_same_cause(&other, &cause->first))
			fprintf(stream, "%s%s", named++ ? ", " : "", other.region);
	}
	if (cause->regions > MAX_REGIONS_NAMED)
		fprintf(stream, " and %zu more", cause->regions - MAX_REGIONS_NAMED);
}

void cause_write_regions(const struct cause *cause, FILE *stream)
{
	const struct matrix *matrix = cause->first.matrix;

	if (matrix->column_count == 0)
		fputs("all regions", stream);
	else if (cause->regions == matrix->column_count && cause->regions > 1)
		fprintf(stream, "all %zu regions", cause->regions);
	else
		write_names(cause, stream);
}

void cause_write_state(const struct cause *cause, FILE *stream)
{
	fprintf(stream, "%s%s", cell_state_name(cause->first.state),
		cause->first.is_part ? ", assessed only in part" : "");
}
