#include "scanner/roster.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "scanner/aws/organizations.h"

void roster_begin(struct roster *roster)
{
	const struct config *config = roster->config;

	roster->first_row = roster->matrix->row_count;
	roster->waits_for_places =
		config->accounts.count == 0 && (config->ous.count > 0 || config->exclude_ous.count > 0);
}

void roster_end(struct roster *roster)
{
	free(roster->rows);
}

/* ---- who gets into the line ---- */

static void skip(struct roster *roster, size_t row, const char *reason)
{
	matrix_set_rest(roster->matrix, row, CELL_SKIPPED, reason, NULL);
}

static void leave_to_shard(struct roster *roster, size_t row)
{
	int64_t count = roster->shard.count;
	char reason[64];

	snprintf(reason, sizeof reason, LEFT_TO_SHARD "%" PRId64 "/%" PRId64,
		 shard_of(roster->matrix->rows[row].id, count), count);
	skip(roster, row, reason);
	roster->elsewhere++;
}

static void enqueue(struct roster *roster, size_t row)
{
	if (!shard_has(&roster->shard, roster->matrix->rows[row].id)) {
		leave_to_shard(roster, row);
		return;
	}
	if (roster->is_done && roster->is_done(roster->owner, row)) {
		roster->elsewhere++;
		return;
	}
	if (roster->count == roster->capacity) {
		size_t capacity = roster->capacity ? roster->capacity * 2 : 64;
		size_t *grown = realloc(roster->rows, capacity * sizeof *grown);

		if (!grown) {
			roster->matrix->failed = true;
			return;
		}
		roster->rows = grown;
		roster->capacity = capacity;
	}
	roster->rows[roster->count++] = row;
}

/* Does "/Prod", "ou-ab12-cd34" or "r-ab12" name the place, or one above it? */
static bool is_below(const struct text_list *units, const char *path, const char *ids)
{
	for (size_t i = 0; i < units->count; i++) {
		const char *unit = units->items[i];
		size_t length = strlen(unit);
		struct span rest = span_of(ids), id;

		while (length > 1 && unit[length - 1] == '/')
			length--;
		if (unit[0] == '/' && (length == 1 || (strncmp(path, unit, length) == 0 &&
						       (!path[length] || path[length] == '/'))))
			return true;
		while (span_split(&rest, '/', &id))
			if (span_equals(id, unit))
				return true;
	}
	return false;
}

/* ---- what discovery tells ---- */

void roster_take_identity(struct roster *roster, const struct identity *identity)
{
	const struct text_list *accounts = &roster->config->accounts;
	struct run *run = &roster->matrix->run;

	roster->identity = *identity;
	run->caller = matrix_join(roster->matrix, run->caller, identity->arn);
	for (size_t i = 0; i < accounts->count; i++)
		roster_take_account(roster, &(struct discovered_account){.id = accounts->items[i]});
}

void roster_take_organization(struct roster *roster, const char *id, const char *management_account)
{
	struct matrix *matrix = roster->matrix;
	struct run *run = &matrix->run;

	roster->organization = arena_copy(&matrix->arena, id);
	run->organization = matrix_join(matrix, run->organization, id);
	run->management_account = matrix_join(matrix, run->management_account, management_account);
	if (id)
		return;
	roster->waits_for_places = false;
	matrix_note_run(matrix, "this account is in no AWS organization: it alone was scanned");
	log_line(roster->log, LOG_WARNING, "organization.none",
		 "account %s is in no AWS organization: it alone is scanned", roster->identity.account);
}

void roster_take_account(struct roster *roster, const struct discovered_account *account)
{
	struct matrix *matrix = roster->matrix;
	size_t rows = matrix->row_count, row = matrix_add_row(matrix, account->id);
	char reason[96];

	if (row < roster->first_row)
		log_line(roster->log, LOG_WARNING, "account.twice",
			 "account %s is listed by %s, too: it was scanned already", account->id,
			 roster->organization ? roster->organization : "other settings");
	if (matrix->failed || matrix->row_count == rows)
		return; /* listed twice */
	matrix->rows[row].organization = roster->organization;
	matrix->rows[row].name = arena_copy(&matrix->arena, account->name);
	matrix->rows[row].status = arena_copy(&matrix->arena, account->status);
	if (text_list_contains(roster->config->exclude_accounts, account->id)) {
		skip(roster, row, "excluded by organization.exclude_accounts");
	} else if (!organizations_is_scanned(account->status)) {
		snprintf(reason, sizeof reason, "the account is %.60s", account->status);
		skip(roster, row, reason);
	} else if (!roster->waits_for_places) {
		enqueue(roster, row);
	}
}

void roster_take_place(struct roster *roster, const char *account, const char *path, const char *ids)
{
	const struct config *config = roster->config;
	struct matrix *matrix = roster->matrix;
	size_t row;

	if (!matrix_has_row(matrix, account)) /* moved into sight while the accounts were listed */
		roster_take_account(roster, &(struct discovered_account){.id = account});
	row = matrix_add_row(matrix, account);
	if (matrix->failed || matrix->rows[row].ou)
		return;
	matrix->rows[row].ou = arena_copy(&matrix->arena, path);
	if (!roster->waits_for_places || matrix->rows[row].rest == CELL_SKIPPED)
		return;
	if (config->ous.count > 0 && !is_below(&config->ous, path, ids))
		skip(roster, row, "not below organization.ous");
	else if (is_below(&config->exclude_ous, path, ids))
		skip(roster, row, "below organization.exclude_ous");
	else
		enqueue(roster, row);
}

void roster_listed(struct roster *roster)
{
	const struct text_list *excluded = &roster->config->exclude_accounts;

	for (size_t i = 0; i < excluded->count; i++) {
		if (!matrix_has_row(roster->matrix, excluded->items[i]))
			log_line(roster->log, LOG_WARNING, "account.unknown",
				 "organization.exclude_accounts names %s, which is not among the accounts",
				 excluded->items[i]);
	}
}

/* Accounts that were listed, and hang in no unit that was: the tree changed between the two. */
static void explain_unplaced(struct roster *roster)
{
	struct matrix *matrix = roster->matrix;

	for (size_t row = roster->first_row; row < matrix->row_count; row++)
		if (matrix->rows[row].rest == CELL_PENDING && !matrix->rows[row].ou)
			matrix_set_rest(matrix, row, CELL_PENDING,
					"the organizational unit of the account is not known: the tree changed "
					"while it was listed; scan again",
					NULL);
}

bool roster_finish(struct roster *roster, bool tree_known, struct error *error)
{
	if (!roster->waits_for_places)
		return true;
	if (!tree_known)
		return error_set(
			error, ERROR_ACCESS,
			"organizational units were named, but the tree of the organization cannot be read");
	roster->waits_for_places = false;
	explain_unplaced(roster);
	if (roster->count == 0 && roster->elsewhere == 0)
		return error_set(error, ERROR_USAGE,
				 "organization.ous and exclude_ous leave no account to scan");
	return true;
}

/* ---- the line ---- */

size_t roster_waiting(const struct roster *roster)
{
	return roster->count - roster->entered;
}

bool roster_next(struct roster *roster, size_t *row)
{
	if (roster_waiting(roster) == 0)
		return false;
	*row = roster->rows[roster->entered++];
	return true;
}

bool roster_has_begun(const struct roster *roster)
{
	return roster->matrix->row_count > roster->first_row && !roster->waits_for_places;
}

bool roster_is_own(const struct roster *roster, const char *account)
{
	return strcmp(account, roster->identity.account) == 0;
}

const char *const *roster_ids(struct roster *roster, size_t *count)
{
	struct matrix *matrix = roster->matrix;
	const char **ids;

	*count = matrix->row_count - roster->first_row;
	ids = arena_take(&matrix->arena, (*count + 1) * sizeof *ids);
	if (!ids)
		return NULL;
	for (size_t i = 0; i < *count; i++)
		ids[i] = matrix->rows[roster->first_row + i].id;
	qsort(ids, *count, sizeof *ids, text_compare);
	return ids;
}
