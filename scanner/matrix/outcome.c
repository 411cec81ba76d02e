#include "scanner/matrix/outcome.h"

#include <string.h>

#include "base/buffer.h"
#include "base/text.h"

enum {
	MAX_REASONS = 12,     /* of a cell; more than it has lists */
	ENOUGH_REASONS = 600, /* bytes; of later reasons only the beginning is kept */
	MAX_REASON = 700,     /* bytes of a reason */
	BRIEF_REASON = 80,
};

struct outcome_reason {
	const char *text;
	struct outcome_reason *next;
};

void outcome_init(struct outcome *outcome, struct arena *arena)
{
	*outcome = (struct outcome){.arena = arena};
	outcome->record.complete = true;
	/* The lowest rank, which any part replaces. */
	outcome->record.state = outcome->record.state_without_failures = CELL_SKIPPED;
	outcome->last_finding = &outcome->record.findings;
}

/*
 * The most useful first: an action without which nothing is known of the cell comes before one that lists the
 * cluster's parts. Reasons of other actions, or of none, come last.
 */
static size_t reason_rank(const char *reason)
{
	static const char *const actions[] = {
		"sts:AssumeRole",
		"ec2:DescribeRegions",
		"rds:DescribeDBClusters",
		"rds:DescribeDBInstances",
		"rds:DescribeDBClusterSnapshots",
		"rds:DescribeGlobalClusters",
		"kms:DescribeKey",
		"neptune-graph:ListGraphs",
		"rds:DescribeDBClusterAutomatedBackups",
	};
	size_t rank = 0, length = strcspn(reason, ": ");

	length += reason[length] == ':' ? 1 + strcspn(reason + length + 1, ": ") : 0;
	while (rank < sizeof actions / sizeof actions[0] &&
	       !(strlen(actions[rank]) == length && strncmp(actions[rank], reason, length) == 0))
		rank++;
	return rank;
}

static int compare_reasons(const char *a, const char *b)
{
	size_t left = reason_rank(a), right = reason_rank(b);

	return left != right ? (left > right) - (left < right) : strcmp(a, b);
}

/* Joins the sorted reasons: the first in full, of the others the beginning, which names the operation. */
static void join_reasons(struct outcome *outcome)
{
	struct buffer text = {0};

	for (const struct outcome_reason *reason = outcome->reasons; reason; reason = reason->next)
		buffer_print(&text, "%s%s", text.length ? "; " : "",
			     text_brief(reason->text, text.length < ENOUGH_REASONS ? MAX_REASON : BRIEF_REASON)
				     .text);
	if (outcome->has_more_reasons)
		buffer_text(&text, "; and others");
	outcome->record.reason = text.failed ? "out of memory" : arena_copy(outcome->arena, text.at);
	buffer_deinit(&text);
}

/* Keeps the first MAX_REASONS of the sorted list. */
static void drop_last_reason(struct outcome *outcome)
{
	struct outcome_reason *last = outcome->reasons;

	for (size_t i = 1; last && i < MAX_REASONS; i++)
		last = last->next;
	if (!last || !last->next)
		return;
	last->next = NULL;
	outcome->has_more_reasons = true;
}

static void add_reason(struct outcome *outcome, const char *text)
{
	struct outcome_reason **place = &outcome->reasons, *reason;

	while (*place && compare_reasons((*place)->text, text) < 0)
		place = &(*place)->next;
	if (*place && strcmp((*place)->text, text) == 0)
		return;
	reason = arena_take(outcome->arena, sizeof *reason);
	if (!reason)
		return;
	*reason = (struct outcome_reason){arena_copy(outcome->arena, text), *place};
	if (!reason->text)
		return;
	*place = reason;
	drop_last_reason(outcome);
	join_reasons(outcome);
}

void outcome_add(struct outcome *outcome, enum cell_state state, const char *reason)
{
	struct cell_record *record = &outcome->record;
	enum cell_state worse;

	if (state == CELL_FAIL) {
		record->state = CELL_FAIL; /* the reason stays that of the part that could not be assessed */
		return;
	}
	worse = cell_state_worse(record->state_without_failures, state);
	if (worse != record->state_without_failures) {
		outcome->reasons = NULL;
		outcome->has_more_reasons = false;
		record->reason = NULL;
	}
	record->state_without_failures = worse;
	if (record->state != CELL_FAIL)
		record->state = worse;
	if (worse == state && reason)
		add_reason(outcome, reason);
	if (!cell_state_facts(state)->looked_at)
		record->complete = false;
}

void outcome_add_finding(struct outcome *outcome, struct finding *finding)
{
	*outcome->last_finding = finding;
	outcome->last_finding = &finding->next;
}

void outcome_set_pending(struct outcome *outcome)
{
	struct cell_record *record = &outcome->record;

	record->state_without_failures = CELL_PENDING;
	record->state = record->failing ? CELL_FAIL : CELL_PENDING;
	record->complete = false;
}
