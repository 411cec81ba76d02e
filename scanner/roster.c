#include "scanner/roster.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buffer.h"
#include "base/text.h"
#include "scanner/aws/organizations.h"

void roster_begin(struct roster *roster)
{
	const struct config *config = roster->config;

	roster->first_row = roster->matrix->row_count;
	roster->waits_for_places = config->ous.count > 0 || config->exclude_ous.count > 0;
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
	size_t *grown;

	if (!shard_has(&roster->shard, roster->matrix->rows[row].id)) {
		leave_to_shard(roster, row);
		return;
	}
	if (roster->is_done && roster->is_done(roster->owner, row)) {
		roster->elsewhere++;
		return;
	}
	grown = array_grow(roster->rows, roster->count, &roster->capacity, sizeof *grown);
	if (!grown) {
		roster->matrix->failed = true;
		return;
	}
	roster->rows = grown;
	roster->rows[roster->count++] = row;
}

static bool is_in(const struct named_units *units, const struct unit *unit)
{
	for (size_t i = 0; i < units->count; i++)
		if (unit_is_in(unit, units->items[i]))
			return true;
	return false;
}

/* Those that exist. */
static void find_units(struct roster *roster, const struct units *units, const struct text_list *names,
		       struct named_units *found)
{
	found->items = arena_take(&roster->matrix->arena, (names->count + 1) * sizeof *found->items);
	for (size_t i = 0; found->items && i < names->count; i++) {
		const struct unit *unit = units_named(units, names->items[i]);

		if (unit)
			found->items[found->count++] = unit;
	}
}

/* More is scanned than was wanted: the reader of the report must know. */
static void tell_not_excluded(struct roster *roster, const struct units *units)
{
	const struct text_list *names = &roster->config->exclude_ous;
	struct matrix *matrix = roster->matrix;
	char suggestion[NEAREST_SUGGESTION];

	for (size_t i = 0; i < names->count; i++) {
		const char *text;

		if (units_named(units, names->items[i]))
			continue;
		text = arena_format(
			&matrix->arena,
			"organization.exclude_ous excludes nothing by \"%s\", which is no unit of the "
			"organization%s",
			names->items[i], units_suggest(units, names->items[i], suggestion));
		if (!text)
			return;
		log_line(roster->log, LOG_WARNING, "unit.unknown", "%s", text);
		matrix_note_run(matrix, text);
	}
}

static bool refuse_units(const struct roster *roster, const struct units *units, struct error *error)
{
	const struct text_list *names = &roster->config->ous;
	struct buffer text = {0};
	char suggestion[NEAREST_SUGGESTION];

	for (size_t i = 0; i < names->count; i++)
		if (!units_named(units, names->items[i]))
			buffer_print(&text, "%s\"%s\"%s", text.length ? ", and " : "", names->items[i],
				     units_suggest(units, names->items[i], suggestion));
	error_set(error, ERROR_USAGE,
		  "nothing was scanned: organization.ous names no unit of %s: %s; correct it, or name "
		  "the unit by its id",
		  roster->organization ? roster->organization : "an account in no organization",
		  text_brief(text.at, 500).text);
	buffer_free(&text);
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

bool roster_take_organization(struct roster *roster, const char *id, const char *management_account,
			      struct error *error)
{
	struct matrix *matrix = roster->matrix;
	struct run *run = &matrix->run;
	bool good;

	roster->organization = arena_copy(&matrix->arena, id);
	run->organization = matrix_join(matrix, run->organization, id);
	run->management_account = matrix_join(matrix, run->management_account, management_account);
	if (id)
		return true;
	matrix_note_run(matrix, "this account is in no AWS organization: it alone was scanned");
	log_line(roster->log, LOG_WARNING, "organization.none",
		 "account %s is in no AWS organization: it alone is scanned", roster->identity.account);
	good = roster_take_units(roster, &units_alone, error);
	roster->waits_for_places = false;
	return good;
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
		text_print(reason, sizeof reason, "the account is %s", text_brief(account->status, 60).text);
		skip(roster, row, reason);
	} else if (!roster->waits_for_places) {
		enqueue(roster, row);
	}
}

bool roster_take_units(struct roster *roster, const struct units *units, struct error *error)
{
	const struct config *config = roster->config;

	if (!roster->waits_for_places)
		return true;
	find_units(roster, units, &config->ous, &roster->included);
	find_units(roster, units, &config->exclude_ous, &roster->excluded);
	tell_not_excluded(roster, units);
	return roster->included.count == config->ous.count || refuse_units(roster, units, error);
}

void roster_take_place(struct roster *roster, const char *account, const struct unit *unit)
{
	struct matrix *matrix = roster->matrix;
	size_t row;

	if (!matrix_has_row(matrix, account)) /* moved into sight while the accounts were listed */
		roster_take_account(roster, &(struct discovered_account){.id = account});
	row = matrix_add_row(matrix, account);
	if (matrix->failed || matrix->rows[row].ou)
		return;
	matrix->rows[row].ou = arena_copy(&matrix->arena, unit->path);
	if (!roster->waits_for_places || matrix->rows[row].rest == CELL_SKIPPED)
		return;
	if (roster->config->ous.count > 0 && !is_in(&roster->included, unit))
		skip(roster, row, "not below organization.ous");
	else if (is_in(&roster->excluded, unit))
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
