/* What a cell is made of: its state, put together from its parts, and the queries that wait to be asked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "scanner/aws/kms.h"
#include "scanner/engine/cell_internal.h"

enum {
	MAX_PAGES = 10000,    /* of one list: a million clusters; beyond it the server is playing */
	MAX_REASONS = 12,     /* of one cell, which is more than it has lists */
	ENOUGH_REASONS = 600, /* bytes: then the others are only named */
	MAX_REASON = 700,     /* bytes of one */
	BRIEF_REASON = 80,
};

/* ---- states ---- */

/* In their order: the first in full, then only how each begins, which names what was asked for. */
static void join_reasons(struct cell *cell)
{
	struct buffer text = {0};

	for (const struct reason *reason = cell->reasons; reason; reason = reason->next)
		buffer_print(&text, "%s%s", text.length ? "; " : "",
			     text_brief(reason->text, text.length < ENOUGH_REASONS ? MAX_REASON : BRIEF_REASON)
				     .text);
	if (cell->has_more_reasons)
		buffer_text(&text, "; and others");
	cell->record.reason = text.failed ? "out of memory" : arena_copy(&cell->arena, text.at);
	buffer_free(&text);
}

/* The first MAX_REASONS of a sorted list are kept. */
static void drop_last_reason(struct cell *cell)
{
	struct reason *last = cell->reasons;

	for (size_t i = 1; last && i < MAX_REASONS; i++)
		last = last->next;
	if (!last || !last->next)
		return;
	last->next = NULL;
	cell->has_more_reasons = true;
}

/*
 * Several parts may be blind for the same reason, or for others; answers come in any order. A cell of thousands
 * of resources may have as many reasons.
 */
static void add_reason(struct cell *cell, const char *text)
{
	struct reason **place = &cell->reasons, *reason;

	while (*place && strcmp((*place)->text, text) < 0)
		place = &(*place)->next;
	if (*place && strcmp((*place)->text, text) == 0)
		return;
	reason = arena_take(&cell->arena, sizeof *reason);
	if (!reason)
		return;
	*reason = (struct reason){arena_copy(&cell->arena, text), *place};
	if (!reason->text)
		return;
	*place = reason;
	drop_last_reason(cell);
	join_reasons(cell);
}

void cell_set_state(struct cell *cell, enum cell_state state, const char *reason)
{
	struct cell_record *record = &cell->record;
	enum cell_state worse;

	if (state == CELL_FAIL) {
		record->state = CELL_FAIL; /* its reason stays that of what could not be seen beside it */
		return;
	}
	worse = cell_state_worse(record->state_without_failures, state);
	if (worse != record->state_without_failures) {
		cell->reasons = NULL;
		cell->has_more_reasons = false;
		record->reason = NULL;
	}
	record->state_without_failures = worse;
	if (record->state != CELL_FAIL)
		record->state = worse;
	if (worse == state && reason)
		add_reason(cell, reason);
	if (!cell_state_facts(state)->looked_at)
		record->complete = false;
}

/* ---- queries ---- */

bool cell_needs(const struct cell *cell, enum query_kind query)
{
	return cell->job.scan->needs >> query & 1;
}

static struct rate_limiter *bucket_of(struct cell *cell, const struct query_spec *facts)
{
	const struct service *service = operations[facts->operation].service;

	if (facts->is_sent_home)
		return NULL; /* once */
	return &cell->buckets[service == &service_kms ? 1 : service == &service_graphs ? 2 : 0];
}

static const char *region_of(struct cell *cell, const struct query_spec *facts, const struct resource *subject)
{
	struct span region = {NULL, 0};

	if (facts->is_sent_home)
		return cell->job.scan->config->region;
	if (subject && subject->kind == RESOURCE_KEY && subject->arn)
		region = kms_read_name(subject->arn).region;
	return region.length == 0 || span_equals(region, cell->region) ? cell->region
								       : arena_copy_span(&cell->arena, region);
}

static struct query *take_query(struct cell *cell)
{
	struct query *query = cell->spare;

	if (query) {
		cell->spare = query->next;
		return query;
	}
	query = calloc(1, sizeof *query);
	if (query)
		query->is_spare = true;
	else
		cell->arena.failed = true;
	return query;
}

void cell_release_query(struct query *query)
{
	query->next = query->cell->spare;
	query->cell->spare = query;
}

void cell_add_query(struct cell *cell, const struct query_spec *facts, struct resource *subject)
{
	struct query *query = take_query(cell);

	if (!query)
		return;
	query->next = NULL;
	query->cell = cell;
	query->facts = facts;
	query->subject = subject;
	query->marker = NULL;
	query->pages = 0;
	query->without_filter = false;
	query->region = region_of(cell, facts, subject);
	query->call.client = &cell->job.scan->client;
	query->call.account = cell->account;
	query->call.bucket = bucket_of(cell, facts);
	*cell->last_waiting = query;
	cell->last_waiting = &query->next;
}

void cell_end_list(struct query *query, const char *reason)
{
	cell_set_state(query->cell, CELL_ERROR, reason);
	if (query->subject)
		query->subject->refusals[query->facts->kind] = arena_copy(&query->cell->arena, reason);
}

bool cell_marker_moves(struct query *query, const char *marker)
{
	char reason[160];

	if (query->marker && strcmp(query->marker, marker) == 0)
		snprintf(reason, sizeof reason, "%s: page %zu repeats the marker of the page before",
			 query->call.operation->permission, query->pages);
	else if (query->pages >= MAX_PAGES)
		snprintf(reason, sizeof reason, "%s: no end after %d pages", query->call.operation->permission,
			 MAX_PAGES);
	else
		return true;
	cell_end_list(query, reason);
	return false;
}
