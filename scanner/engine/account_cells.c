/*
 * From an account to its cells, and from its cells back to the matrix. An account session that returns READY
 * becomes a cell for each of the account's regions; when the last of them is recorded, the account's row is
 * closed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "config/partition.h"
#include "scanner/engine/coordinator_internal.h"
#include "scanner/engine/global_databases.h"
#include "scanner/matrix/exceptions.h"

enum { MAX_REJECTIONS = 3 }; /* regions that reject an account's keys before the others are left out */

static void on_account_session(struct job *job, void *owner);
static void on_cell(struct job *job, void *owner);

/* ---- regions ---- */

void account_cells_prepare(struct coordinator *coordinator)
{
	const struct config *config = coordinator->config;

	for (size_t i = 0; !config_asks_for_enabled_regions(config) && i < config->regions.count; i++) {
		const char *region = config->regions.items[i];

		if (!text_list_contains(config->exclude_regions, region))
			matrix_show_column(coordinator->matrix, matrix_add_column(coordinator->matrix, region));
	}
}

/* For the counter of the column. */
static bool make_room(struct coordinator *coordinator, size_t column)
{
	size_t capacity = coordinator->column_capacity, *grown;

	while (coordinator->column_capacity <= column) {
		grown = array_grow(coordinator->out_in_column, capacity, &coordinator->column_capacity,
				   sizeof *grown);
		if (!grown)
			return false;
		memset(grown + capacity, 0, (coordinator->column_capacity - capacity) * sizeof *grown);
		coordinator->out_in_column = grown;
		capacity = coordinator->column_capacity;
	}
	return true;
}

static bool is_excluded(const struct coordinator *coordinator, const char *region)
{
	return text_list_contains(coordinator->config->exclude_regions, region);
}

/* `blind`: why the cell is not complete, whatever its queries find; NULL: it may be. */
static void send_cell(struct coordinator *coordinator, struct account_session *account_session,
		      const char *region, const char *blind)
{
	struct matrix *matrix = coordinator->matrix;
	struct cell *cell;
	size_t column;

	if (is_excluded(coordinator, region))
		return;
	column = matrix_add_column(matrix, region);
	matrix_show_column(matrix, column);
	matrix->failed = matrix->failed || !make_room(coordinator, column);
	if (matrix->failed || matrix_is_recorded(matrix, account_session->row, column))
		return;
	cell = cell_new(&coordinator->scan, account_session->account, matrix->columns[column].region,
			account_session->session, on_cell);
	if (!cell) {
		matrix->failed = true;
		return;
	}
	if (blind)
		cell_set_blind(cell, blind);
	cell_set_place(cell, account_session, column);
	if (!coordinator->listing)
		cell_set_accounts(cell, coordinator->accounts, coordinator->account_count);
	account_session->cells_out++;
	coordinator->cells_out++;
	coordinator->cells_sent++;
	coordinator->out_in_column[column]++;
	cell_send_quiet(cell);
}

/*
 * The account's list of regions is not known. Each region of the built-in list has a cell, as has each other
 * region that the response names, and the row has a note. A region that only other accounts list cannot be
 * counted as disabled. Where the response was not a list of regions, the account may have a region that is in
 * no list: then the home cell is not complete, because a complete run must not depend on such a response.
 */
static void send_built_in_cells(struct coordinator *coordinator, struct account_session *account_session)
{
	const char *home = coordinator->config->region;
	const char *const *regions = partition_of_home(home)->regions;
	const char *blind =
		account_session->region_list == REGIONS_MALFORMED ? account_session->regions_reason : NULL;
	char text[760];
	size_t count = 0;

	while (regions[count])
		count++;
	text_print(text, sizeof text, "regions taken from the built-in list of %zu regions: %s", count,
		   account_session->regions_reason);
	matrix_note_row(coordinator->matrix, account_session->row, text);
	text_print(text, sizeof text, "whether the account has this region is not known: %s",
		   account_session->regions_reason);
	matrix_set_default(coordinator->matrix, account_session->row, account_session->regions_state, text,
			   account_session->request_id);
	log_line(coordinator->options->log, LOG_WARNING, "regions.unknown",
		 "%s: the list of enabled regions could not be read, all known regions are tried: %s",
		 account_session->account, account_session->regions_reason);
	for (size_t i = 0; is_excluded(coordinator, home) && i < count; i++)
		home = regions[i];
	send_cell(coordinator, account_session, home, blind);
	for (size_t i = 0; i < count; i++)
		if (strcmp(regions[i], home) != 0)
			send_cell(coordinator, account_session, regions[i], NULL);
	for (size_t i = 0; i < account_session->regions.count; i++)
		if (!partition_knows_region(account_session->regions.enabled[i]))
			send_cell(coordinator, account_session, account_session->regions.enabled[i], NULL);
}

/* A session of this partition is not valid there. The note says that the list is not complete. */
static void note_foreign_regions(struct coordinator *coordinator, const struct account_session *account_session)
{
	const char *foreign = account_session->regions.foreign;
	const char *text = foreign ? arena_format(&coordinator->matrix->arena,
						  "regions of other partitions in the account's list were not "
						  "scanned: %s",
						  foreign)
				   : NULL;

	if (text)
		matrix_note_row(coordinator->matrix, account_session->row, text);
}

static void send_cells(struct coordinator *coordinator, struct account_session *account_session)
{
	const struct text_list *named = &coordinator->config->regions;

	switch (account_session->region_list) {
	case REGIONS_NAMED:
		for (size_t i = 0; i < named->count; i++)
			send_cell(coordinator, account_session, named->items[i], NULL);
		break;
	case REGIONS_LISTED:
		note_foreign_regions(coordinator, account_session);
		matrix_set_default(coordinator->matrix, account_session->row, CELL_DISABLED,
				   "region not enabled in this account (ec2:DescribeRegions)",
				   account_session->request_id);
		for (size_t i = 0; i < account_session->regions.count; i++)
			send_cell(coordinator, account_session, account_session->regions.enabled[i], NULL);
		break;
	default:
		send_built_in_cells(coordinator, account_session);
	}
}

/* ---- entering ---- */

void account_cells_enter(struct coordinator *coordinator, size_t row)
{
	const char *account = coordinator->matrix->rows[row].id;
	const char *role = account_queue_is_own(&coordinator->queue, account)
				   ? coordinator->config->management_role
				   : coordinator->config->role_name;
	struct account_session *account_session = account_session_new(
		&coordinator->scan, account, role, coordinator->organization->caller, on_account_session);

	if (!account_session) {
		matrix_set_default(coordinator->matrix, row, CELL_ERROR, "out of memory", NULL);
		return;
	}
	account_session->row = row;
	coordinator->account_sessions_out++;
	account_session_enter(account_session, account_queue_waiting(&coordinator->queue));
}

/* ---- recording ---- */

/* The account's last cell is recorded, or it has none. */
static void close_account(struct coordinator *coordinator, struct account_session *account_session)
{
	bool entered = account_session->has_cells || account_session->cell_state != CELL_PENDING;
	struct error error;

	if (entered &&
	    !store_close_row(coordinator->options->store, coordinator->matrix, account_session->row, &error))
		coordinator_fail(coordinator, &error);
	coordinator->rows_done++;
	account_session_free(account_session);
}

/* An account whose keys are rejected everywhere is not queried in all of its regions. */
static void count_rejection(struct coordinator *coordinator, struct account_session *account_session,
			    struct cell *cell)
{
	if (!cell_credentials_rejected(cell) || cell_state_facts(cell_record(cell)->state)->looked_at ||
	    ++account_session->rejections != MAX_REJECTIONS)
		return;
	atomic_store_explicit(&account_session->credentials_rejected, true, memory_order_relaxed);
	log_about(coordinator->options->log, LOG_WARNING, "account.hopeless",
		  &(struct log_fields){.account = account_session->account},
		  "%s: credentials rejected in %d regions and in the home region; its other regions are not "
		  "scanned",
		  account_session->account, MAX_REJECTIONS);
}

static void record_cell(struct coordinator *coordinator, struct cell *cell)
{
	struct account_session *account_session = cell_account_session(cell);
	struct cell_record *record = cell_record(cell);
	size_t column = cell_column(cell);

	exceptions_apply(coordinator->options->exceptions, &coordinator->matrix->rows[account_session->row],
			 coordinator->matrix->columns[column].region, record);
	coordinator->cells_done++;
	coordinator->failing += record->failing;
	coordinator->blind += !cell_state_facts(record->state)->looked_at;
	count_rejection(coordinator, account_session, cell);
	matrix_record(coordinator->matrix, account_session->row, column, record, cell_arena(cell));
	if (coordinator->options->cell_recorded)
		coordinator->options->cell_recorded(coordinator->options->owner, coordinator->matrix,
						    account_session->row, column);
	coordinator->matrix->current_record = NULL;
	cell_free(cell);
	coordinator->cells_out--;
	account_session->cells_out--;
}

static bool is_reported(void *owner, const struct cell *cell, const char *database)
{
	struct coordinator *coordinator = owner;

	return matrix_reports(coordinator->matrix, cell_account_session(cell)->row, database);
}

/* All other cells of the account are recorded. */
static void record_held(struct coordinator *coordinator, struct account_session *account_session)
{
	struct cell *held = account_session->held;

	cells_report_global_databases(held, is_reported, coordinator);
	account_session->held = NULL;
	account_session->held_count = 0;
	while (held) {
		struct cell *cell = held;

		held = *cell_next(cell);
		record_cell(coordinator, cell);
	}
}

/* The cell is DONE. */
static void take_cell(struct coordinator *coordinator, struct cell *cell)
{
	struct account_session *account_session = cell_account_session(cell);

	coordinator->out_in_column[cell_column(cell)]--;
	if (cell_has_global_databases(cell)) {
		*cell_next(cell) = account_session->held;
		account_session->held = cell;
		account_session->held_count++;
	} else {
		record_cell(coordinator, cell);
	}
	if (account_session->held_count > 0 && account_session->held_count == account_session->cells_out)
		record_held(coordinator, account_session);
	if (account_session->cells_out == 0)
		close_account(coordinator, account_session);
}

/* ---- cells that need a session ---- */

static void resume_cell(struct cell *cell)
{
	cell_resume(cell, cell_account_session(cell)->session);
	cell_send(cell);
}

/* The account session is READY again, or FAILED. The last cell that ends frees it. */
static void resume_waiting(struct coordinator *coordinator, struct account_session *account_session)
{
	struct cell *waiting = account_session->waiting;
	bool is_ready = account_session->state == ACCOUNT_SESSION_READY;

	account_session->waiting = NULL;
	while (waiting) {
		struct cell *cell = waiting;

		waiting = *cell_next(cell);
		if (is_ready) {
			resume_cell(cell);
		} else {
			cell_give_up(cell, account_session->cell_state, account_session->reason);
			take_cell(coordinator, cell);
		}
	}
}

/* Once for all cells that wait for it. */
static void refresh(struct coordinator *coordinator, struct account_session *account_session)
{
	if (coordinator->stopping) {
		account_session_fail(account_session, CELL_PENDING,
				     "not scanned: the scan stopped before this cell finished");
		resume_waiting(coordinator, account_session);
		return;
	}
	coordinator->account_sessions_out++;
	account_session_refresh(account_session);
}

static void wait_for_session(struct coordinator *coordinator, struct cell *cell)
{
	struct account_session *account_session = cell_account_session(cell);

	if (account_session->state == ACCOUNT_SESSION_READY && cell_session(cell) != account_session->session) {
		resume_cell(cell); /* it was refreshed for another cell */
		return;
	}
	*cell_next(cell) = account_session->waiting;
	account_session->waiting = cell;
	if (account_session->state == ACCOUNT_SESSION_READY)
		refresh(coordinator, account_session);
	else if (account_session->state == ACCOUNT_SESSION_FAILED)
		resume_waiting(coordinator, account_session);
}

/* ---- cells that need the organization's accounts ---- */

static void suspend_cell(struct coordinator *coordinator, struct cell *cell)
{
	*cell_next(cell) = coordinator->suspended;
	coordinator->suspended = cell;
}

void account_cells_resume_suspended(struct coordinator *coordinator)
{
	while (coordinator->suspended && (coordinator->stopping || !coordinator->listing)) {
		struct cell *cell = coordinator->suspended;

		coordinator->suspended = *cell_next(cell);
		if (coordinator->stopping) {
			cell_give_up(cell, CELL_PENDING,
				     "not scanned: the scan stopped before this cell finished");
			take_cell(coordinator, cell);
		} else {
			cell_set_accounts(cell, coordinator->accounts, coordinator->account_count);
			cell_send(cell);
		}
	}
}

/* ---- jobs that return ---- */

static void on_cell(struct job *job, void *owner)
{
	struct coordinator *coordinator = owner;
	struct cell *cell = cell_of_job(job);

	switch (cell_status(cell)) {
	case CELL_NEEDS_SESSION:
		wait_for_session(coordinator, cell);
		break;
	case CELL_NEEDS_ACCOUNTS:
		suspend_cell(coordinator, cell);
		account_cells_resume_suspended(coordinator);
		break;
	default:
		take_cell(coordinator, cell);
	}
}

static void on_account_session(struct job *job, void *owner)
{
	struct account_session *account_session = account_session_of_job(job);
	struct coordinator *coordinator = owner;

	if (account_session_continues(account_session))
		return;
	coordinator->account_sessions_out--;
	if (account_session->has_cells) {
		resume_waiting(coordinator, account_session);
		return;
	}
	account_session->has_cells = account_session->state == ACCOUNT_SESSION_READY;
	if (account_session->has_cells) {
		send_cells(coordinator, account_session);
	} else {
		matrix_set_default(coordinator->matrix, account_session->row, account_session->cell_state,
				   account_session->reason, account_session->request_id);
		coordinator->blind++;
	}
	if (account_session->cells_out == 0)
		close_account(coordinator, account_session);
}
