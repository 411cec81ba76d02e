#include "scanner/engine/account_queue.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buffer.h"
#include "base/text.h"
#include "scanner/aws/organizations.h"

void account_queue_begin(struct account_queue *queue)
{
	const struct config *config = queue->config;

	queue->first_row = queue->matrix->row_count;
	queue->waits_for_places = config->ous.count > 0 || config->exclude_ous.count > 0;
}

void account_queue_end(struct account_queue *queue)
{
	free(queue->rows);
}

/* ---- queueing ---- */

static void skip(struct account_queue *queue, size_t row, const char *reason)
{
	matrix_set_default(queue->matrix, row, CELL_SKIPPED, reason, NULL);
}

static void leave_to_shard(struct account_queue *queue, size_t row)
{
	int64_t count = queue->shard.count;
	char reason[64];

	snprintf(reason, sizeof reason, LEFT_TO_SHARD "%" PRId64 "/%" PRId64,
		 shard_of(queue->matrix->rows[row].id, count), count);
	skip(queue, row, reason);
	queue->elsewhere++;
}

static void enqueue(struct account_queue *queue, size_t row)
{
	size_t *grown;

	if (!shard_has(&queue->shard, queue->matrix->rows[row].id)) {
		leave_to_shard(queue, row);
		return;
	}
	if (queue->is_done && queue->is_done(queue->owner, row)) {
		queue->elsewhere++;
		return;
	}
	grown = array_grow(queue->rows, queue->count, &queue->capacity, sizeof *grown);
	if (!grown) {
		queue->matrix->failed = true;
		return;
	}
	queue->rows = grown;
	queue->rows[queue->count++] = row;
}

static bool is_in(const struct named_units *units, const struct unit *unit)
{
	for (size_t i = 0; i < units->count; i++)
		if (unit_is_in(unit, units->items[i]))
			return true;
	return false;
}

/* Names without a unit are left out. */
static void find_units(struct account_queue *queue, const struct units *units, const struct text_list *names,
		       struct named_units *found)
{
	found->items = arena_take(&queue->matrix->arena, (names->count + 1) * sizeof *found->items);
	for (size_t i = 0; found->items && i < names->count; i++) {
		const struct unit *unit = units_named(units, names->items[i]);

		if (unit)
			found->items[found->count++] = unit;
	}
}

/* The scan is wider than the settings intend: the report must say so. */
static void note_unknown_exclusions(struct account_queue *queue, const struct units *units)
{
	const struct text_list *names = &queue->config->exclude_ous;
	struct matrix *matrix = queue->matrix;
	char suggestion[SUGGESTION_SIZE];

	for (size_t i = 0; i < names->count; i++) {
		const char *text;

		if (units_named(units, names->items[i]))
			continue;
		text = arena_format(
			&matrix->arena,
			"organization.exclude_ous has no effect for \"%s\", which is not a unit of the "
			"organization%s",
			names->items[i], units_suggest(units, names->items[i], suggestion));
		if (!text)
			return;
		log_line(queue->log, LOG_WARNING, "unit.unknown", "%s", text);
		matrix_note_run(matrix, text);
	}
}

static bool refuse_units(const struct account_queue *queue, const struct units *units, struct error *error)
{
	const struct text_list *names = &queue->config->ous;
	struct buffer text = {0};
	char suggestion[SUGGESTION_SIZE];

	for (size_t i = 0; i < names->count; i++)
		if (!units_named(units, names->items[i]))
			buffer_print(&text, "%s\"%s\"%s", text.length ? " " : "", names->items[i],
				     units_suggest(units, names->items[i], suggestion));
	error_set(error, ERROR_USAGE,
		  "nothing was scanned: organization.ous names no unit of %s: %s\n  Fix: correct --ous, or "
		  "name the unit by its id",
		  queue->organization ? queue->organization : "an account in no organization",
		  text_brief(text.at, 500).text);
	buffer_deinit(&text);
	return false;
}

/* ---- discovery ---- */

void account_queue_take_identity(struct account_queue *queue, const struct identity *identity)
{
	const struct text_list *accounts = &queue->config->accounts;
	struct run *run = &queue->matrix->run;

	queue->identity = *identity;
	run->caller = matrix_join(queue->matrix, run->caller, identity->arn);
	for (size_t i = 0; i < accounts->count; i++)
		account_queue_take_account(queue, &(struct discovered_account){.id = accounts->items[i]});
}

bool account_queue_take_organization(struct account_queue *queue, const char *id,
				     const char *management_account, struct error *error)
{
	struct matrix *matrix = queue->matrix;
	struct run *run = &matrix->run;
	bool good;

	queue->organization = arena_copy(&matrix->arena, id);
	run->organization = matrix_join(matrix, run->organization, id);
	run->management_account = matrix_join(matrix, run->management_account, management_account);
	if (id)
		return true;
	matrix_note_run(matrix, "this account is in no AWS organization: only this account was scanned");
	log_line(queue->log, LOG_WARNING, "organization.none",
		 "account %s is in no AWS organization: only this account is scanned", queue->identity.account);
	good = account_queue_take_units(queue, &units_alone, error);
	queue->waits_for_places = false;
	return good;
}

void account_queue_take_account(struct account_queue *queue, const struct discovered_account *account)
{
	struct matrix *matrix = queue->matrix;
	size_t rows = matrix->row_count, row = matrix_add_row(matrix, account->id);
	char reason[96];

	if (row < queue->first_row)
		log_line(queue->log, LOG_WARNING, "account.twice",
			 "account %s is also listed by %s: it was scanned already", account->id,
			 queue->organization ? queue->organization : "other settings");
	if (matrix->failed || matrix->row_count == rows)
		return; /* listed twice */
	matrix->rows[row].organization = queue->organization;
	matrix->rows[row].name = arena_copy(&matrix->arena, account->name);
	matrix->rows[row].status = arena_copy(&matrix->arena, account->status);
	if (text_list_contains(queue->config->exclude_accounts, account->id)) {
		skip(queue, row, "excluded by organization.exclude_accounts");
	} else if (!organizations_is_scanned(account->status)) {
		text_print(reason, sizeof reason, "the account is %s", text_brief(account->status, 60).text);
		skip(queue, row, reason);
	} else if (!queue->waits_for_places) {
		enqueue(queue, row);
	}
}

bool account_queue_take_units(struct account_queue *queue, const struct units *units, struct error *error)
{
	const struct config *config = queue->config;

	if (!queue->waits_for_places)
		return true;
	find_units(queue, units, &config->ous, &queue->included);
	find_units(queue, units, &config->exclude_ous, &queue->excluded);
	note_unknown_exclusions(queue, units);
	return queue->included.count == config->ous.count || refuse_units(queue, units, error);
}

void account_queue_take_place(struct account_queue *queue, const char *account, const struct unit *unit)
{
	struct matrix *matrix = queue->matrix;
	size_t row;

	if (!matrix_has_row(matrix, account)) /* it joined while the accounts were listed */
		account_queue_take_account(queue, &(struct discovered_account){.id = account});
	row = matrix_add_row(matrix, account);
	if (matrix->failed || matrix->rows[row].ou)
		return;
	matrix->rows[row].ou = arena_copy(&matrix->arena, unit->path);
	if (!queue->waits_for_places || matrix->rows[row].default_state == CELL_SKIPPED)
		return;
	if (queue->config->ous.count > 0 && !is_in(&queue->included, unit))
		skip(queue, row, "not below organization.ous");
	else if (is_in(&queue->excluded, unit))
		skip(queue, row, "below organization.exclude_ous");
	else
		enqueue(queue, row);
}

void account_queue_listed(struct account_queue *queue)
{
	const struct text_list *excluded = &queue->config->exclude_accounts;

	for (size_t i = 0; i < excluded->count; i++) {
		if (!matrix_has_row(queue->matrix, excluded->items[i]))
			log_line(queue->log, LOG_WARNING, "account.unknown",
				 "organization.exclude_accounts names %s, which is not among the accounts",
				 excluded->items[i]);
	}
}

/* Accounts that are in none of the listed units: the tree changed while it was read. */
static void explain_unplaced(struct account_queue *queue)
{
	struct matrix *matrix = queue->matrix;

	for (size_t row = queue->first_row; row < matrix->row_count; row++)
		if (matrix->rows[row].default_state == CELL_PENDING && !matrix->rows[row].ou)
			matrix_set_default(
				matrix, row, CELL_PENDING,
				"the organizational unit of the account is not known: the tree changed "
				"while it was listed. Fix: scan again",
				NULL);
}

bool account_queue_finish(struct account_queue *queue, bool tree_known, struct error *error)
{
	if (!queue->waits_for_places)
		return true;
	if (!tree_known)
		return error_set(
			error, ERROR_ACCESS,
			"organizational units were named, but the tree of the organization cannot be read");
	queue->waits_for_places = false;
	explain_unplaced(queue);
	if (queue->count == 0 && queue->elsewhere == 0)
		return error_set(error, ERROR_USAGE,
				 "organization.ous and exclude_ous leave no account to scan");
	return true;
}

/* ---- the queue ---- */

size_t account_queue_waiting(const struct account_queue *queue)
{
	return queue->count - queue->entered;
}

bool account_queue_next(struct account_queue *queue, size_t *row)
{
	if (account_queue_waiting(queue) == 0)
		return false;
	*row = queue->rows[queue->entered++];
	return true;
}

bool account_queue_has_begun(const struct account_queue *queue)
{
	return queue->matrix->row_count > queue->first_row && !queue->waits_for_places;
}

bool account_queue_is_own(const struct account_queue *queue, const char *account)
{
	return strcmp(account, queue->identity.account) == 0;
}

const char *const *account_queue_ids(struct account_queue *queue, size_t *count)
{
	struct matrix *matrix = queue->matrix;
	const char **ids;

	*count = matrix->row_count - queue->first_row;
	ids = arena_take(&matrix->arena, (*count + 1) * sizeof *ids);
	if (!ids)
		return NULL;
	for (size_t i = 0; i < *count; i++)
		ids[i] = matrix->rows[queue->first_row + i].id;
	qsort(ids, *count, sizeof *ids, text_compare);
	return ids;
}
