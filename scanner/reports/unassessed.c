#include "scanner/reports/unassessed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_oom_guard.h"
#include "base/text.h"

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
	return note->gap               ? note->gap->is_expired ? "Expired gap" : "Accepted gap"
	       : note->is_interruption ? "The run did not finish"
	       : note->is_scope        ? "Scope of this run"
	       : note->account         ? "Note on this account"
				       : "Note on this run";
}

const char *unassessed_advice_on_state(enum cell_state state)
{
	switch (state) {
	case CELL_UNKNOWN:
		return "Check the resource in the console. Raw values and request id: neptune-scan show "
		       "ACCOUNT REGION";
	case CELL_DENIED:
		return "Add the action to the role's policy (neptune-scan iam-policy); where an SCP denies it, "
		       "exempt the scan role in that region.";
	case CELL_UNREACHED:
		return "Create the scan role in the account (--role-name), or correct its trust policy or "
		       "external id: neptune-scan iam-policy trust";
	case CELL_PENDING:
		return "Continue the run: neptune-scan scan --resume";
	default:
		return "Scan again; --verbose logs every attempt.";
	}
}

void unassessed_write_advice(const struct unassessed *unassessed, char text[static MAX_ADVICE])
{
	const char *rest = unassessed->reason;
	struct reason_part part;

	if (unassessed->gap) {
		text_print(text, MAX_ADVICE, "Accepted gap %s, until %s: review it before then",
			   unassessed->gap->name, unassessed->gap->expires);
		return;
	}
	text_copy(text, MAX_ADVICE, span_of(unassessed_advice_on_state(unassessed->state)));
	while (reason_split(&rest, &part))
		if (part.advice.at) {
			text_copy(text, MAX_ADVICE, part.advice);
			return;
		}
}

void unassessed_append_id(const struct unassessed *unassessed, struct buffer *id)
{
	buffer_texts(id, "neptune-scan/not-assessed/", unassessed->account->id, unassessed->region ? "/" : "",
		     unassessed->region ? unassessed->region : "", NULL);
}

void note_append_id(const struct note *note, struct buffer *id)
{
	buffer_texts(id, "neptune-scan/",
		     note->gap               ? "gap"
		     : note->is_interruption ? "interrupted"
		     : note->is_scope        ? "scope"
					     : NOTE_LABEL,
		     "/",
		     note->gap       ? note->gap->name
		     : note->account ? note->account->id
				     : "run",
		     NULL);
}

/* ---- causes ---- */

static bool is_same_but_for_region(const struct unassessed *a, const struct unassessed *b)
{
	const struct span regions[][2] = {
		{span_of(a->region ? a->region : ""), span_of(b->region ? b->region : "")}};

	return text_is_same_but_for(a->reason, b->reason, regions, 1);
}

static bool has_same_cause(const struct unassessed *a, const struct unassessed *b)
{
	return a->state == b->state && a->is_part == b->is_part && a->gap == b->gap &&
	       is_same_but_for_region(a, b);
}

static void add_region(struct cause *cause, const char *region)
{
	if (region && cause->regions < MAX_REGIONS_NAMED)
		cause->named[cause->regions] = region;
	cause->regions += region != NULL;
}

/* The causes of one account. Returns their number. */
static size_t list_causes(const struct matrix *matrix, size_t row, size_t columns, struct cause *causes)
{
	size_t count = 0;

	for (size_t column = 0; column < columns; column++) {
		struct unassessed unassessed;
		size_t i = 0;

		if (!walk_unassessed(matrix, row, column, &unassessed))
			continue;
		while (i < count && !has_same_cause(&causes[i].first, &unassessed))
			i++;
		if (i == count)
			causes[count++] = (struct cause){.first = unassessed};
		add_region(&causes[i], unassessed.region);
	}
	return count;
}

void walk_causes(const struct matrix *matrix, void (*take)(void *userdata, const struct cause *cause),
		 void *userdata)
{
	size_t columns = matrix->column_count ? matrix->column_count : 1;
	struct cause *causes = json_oom_guard_calloc(columns, sizeof *causes);

	for (size_t row = 0; causes && row < matrix->row_count; row++) {
		size_t count = list_causes(matrix, row, columns, causes);

		for (size_t i = 0; i < count; i++)
			take(userdata, &causes[i]);
	}
	free(causes);
}

static void write_names(const struct cause *cause, FILE *stream)
{
	for (size_t i = 0; i < cause->regions && i < MAX_REGIONS_NAMED; i++)
		fprintf(stream, "%s%s", i ? ", " : "", cause->named[i]);
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
	if (cause->first.gap)
		fprintf(stream, ", accepted gap %s", cause->first.gap->name);
}
