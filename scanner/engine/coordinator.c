#include "scanner/engine/coordinator.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/container_of.h"
#include "base/text.h"
#include "config/partition.h"
#include "scanner/engine/account_queue.h"
#include "scanner/engine/account_session.h"
#include "scanner/engine/cell.h"
#include "scanner/engine/coordinator_internal.h"
#include "scanner/engine/discovery.h"
#include "scanner/engine/global_databases.h"
#include "scanner/engine/session_refresh.h"
#include "scanner/matrix/exceptions.h"

enum {
	CELLS_PER_EXCHANGE = 16, /* waiting for each one in flight: enough work for every connection */
	REGIONS_TO_EXPECT = 34,  /* of an account, as long as none has said how many there are */
	TICK = 100,              /* milliseconds between looks at the clock */
	CELL_LASTS = 16,         /* microseconds: two cores need no less, with a server that costs nothing */
	MIN_GATHERING = 1000,    /* microseconds */
	MAX_GATHERING = 4000,
	MAX_REFUSALS = 3, /* regions in which an account's keys may be refused before the others are spared */
	DESCRIPTORS = 40, /* for files, events, names and workers */
	FIRST_COLUMNS = 64,
};

struct coordinator {
	struct session_refresh refresh; /* first member */
	const struct coordinator_options *options;
	const struct config *config;
	struct matrix *matrix;
	struct scan scan;
	struct whole_run *whole;
	struct account_queue queue;
	struct mailbox mailbox;
	struct pool *pool;
	struct discovery *discovery;
	int signals;

	bool recalls;           /* what an earlier program of the run stored of this organization */
	bool waits_for_listing; /* the names of all accounts decide what exceptions cover */
	bool listing, discovering;
	/* Once they are listed; NULL: the whole organization is not. */
	const char *const *accounts;
	size_t account_count;
	struct cell *undecided; /* whose verdicts rest on that list */
	size_t account_sessions_out, cells_out;
	size_t *out_in_column, column_capacity; /* cells that are out, for the progress line */

	size_t rows_done, cells_done, failing, blind;
	int64_t cancel_at; /* monotonic milliseconds */
	bool stopping, cancelled;
	struct error *error;
	bool failed;
};

static void account_session_returned(struct job *job, void *owner);
static void cell_returned(struct job *job, void *owner);

static void fail(struct coordinator *coordinator, const struct error *error)
{
	if (coordinator->failed)
		return;
	coordinator->failed = true;
	*coordinator->error = *error;
}

/* For the account queue: what an earlier program did. */
static bool recall(void *owner, size_t row)
{
	struct coordinator *coordinator = owner;
	struct matrix *matrix = coordinator->matrix;
	bool is_done = false;
	struct error error;

	if (!coordinator->recalls)
		return false;
	if (!store_recall(coordinator->options->store, matrix, row, coordinator->config->retry_blind, &is_done,
			  &error))
		fail(coordinator, &error);
	for (size_t column = 0; column < matrix->column_count; column++)
		coordinator->cells_done += matrix_is_recorded(matrix, row, column);
	coordinator->rows_done += is_done;
	return is_done;
}

/* ---- entering accounts ---- */

static void prepare_columns(struct coordinator *coordinator)
{
	const struct config *config = coordinator->config;

	for (size_t i = 0; !config_asks_for_enabled_regions(config) && i < config->regions.count; i++) {
		const char *region = config->regions.items[i];

		if (!text_list_contains(config->exclude_regions, region))
			matrix_show_column(coordinator->matrix, matrix_add_column(coordinator->matrix, region));
	}
}

static void enter(struct coordinator *coordinator, size_t row)
{
	const char *account = coordinator->matrix->rows[row].id;
	const char *role = account_queue_is_own(&coordinator->queue, account)
				   ? coordinator->config->management_role
				   : coordinator->config->role_name;
	struct account_session *account_session = account_session_open(
		&coordinator->scan, account, role, caller_session_current(coordinator->options->source),
		account_session_returned);

	if (!account_session) {
		matrix_set_default(coordinator->matrix, row, CELL_ERROR, "out of memory", NULL);
		return;
	}
	account_session->row = row;
	coordinator->account_sessions_out++;
	pool_send_quiet(coordinator->pool, 0, &account_session->job.task);
}

static size_t columns_of_a_row(const struct coordinator *coordinator)
{
	return coordinator->matrix->column_count ? coordinator->matrix->column_count : REGIONS_TO_EXPECT;
}

/* Out now, or will be when the accounts are in that are being entered. */
static size_t work_out(const struct coordinator *coordinator)
{
	return coordinator->cells_out + coordinator->account_sessions_out * columns_of_a_row(coordinator);
}

static void enter_some(struct coordinator *coordinator)
{
	size_t most = (size_t)coordinator->config->concurrency * CELLS_PER_EXCHANGE, row;

	if ((coordinator->waits_for_listing && coordinator->listing) ||
	    session_refresh_holds(&coordinator->refresh))
		return;
	while (!coordinator->stopping &&
	       (coordinator->account_sessions_out == 0 || work_out(coordinator) < most) &&
	       account_queue_next(&coordinator->queue, &row))
		enter(coordinator, row);
}

/* One counter for each column. */
static bool make_room(struct coordinator *coordinator, size_t column)
{
	size_t capacity = FIRST_COLUMNS, *grown;

	if (column < coordinator->column_capacity)
		return true;
	while (capacity <= column)
		capacity *= 2;
	grown = realloc(coordinator->out_in_column, capacity * sizeof *grown);
	if (!grown)
		return false;
	memset(grown + coordinator->column_capacity, 0,
	       (capacity - coordinator->column_capacity) * sizeof *grown);
	coordinator->out_in_column = grown;
	coordinator->column_capacity = capacity;
	return true;
}

static bool is_excluded(const struct coordinator *coordinator, const char *region)
{
	return text_list_contains(coordinator->config->exclude_regions, region);
}

/* `blind`: why the cell cannot be assessed as a whole, whatever comes of it; NULL: it can. */
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
	cell = cell_open(&coordinator->scan, account_session->account, matrix->columns[column].region,
			 account_session->session, cell_returned);
	if (!cell) {
		matrix->failed = true;
		return;
	}
	if (blind)
		cell_mark_blind(cell, blind);
	cell_set_place(cell, account_session, column);
	if (!coordinator->listing)
		cell_take_accounts(cell, coordinator->accounts, coordinator->account_count);
	account_session->cells_out++;
	coordinator->cells_out++;
	coordinator->out_in_column[column]++;
	pool_send_quiet(coordinator->pool, cell_pool_place(cell), cell_task(cell));
}

/*
 * The account did not say which regions it has. Each one of the built-in list has a cell, as has each other one
 * that its response names, and the row says so.
 * A region that only other accounts list cannot be left out as disabled. Where the response was no list of
 * regions, the account may have one that is not in the list: then its home cell is not assessed as a whole,
 * since a complete run must not rest on such a response.
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
		 "%s: cannot ask which regions are enabled, every known region is tried: %s",
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

/* No session of this partition is good there; a reader must not take the list for complete all the same. */
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
				   "not among the account's regions (ec2:DescribeRegions)",
				   account_session->request_id);
		for (size_t i = 0; i < account_session->regions.count; i++)
			send_cell(coordinator, account_session, account_session->regions.enabled[i], NULL);
		break;
	default:
		send_built_in_cells(coordinator, account_session);
	}
}

static void leave(struct coordinator *coordinator, struct account_session *account_session)
{
	bool entered = account_session->session || account_session->state != CELL_PENDING;
	struct error error;

	if (entered &&
	    !store_close_row(coordinator->options->store, coordinator->matrix, account_session->row, &error))
		fail(coordinator, &error);
	coordinator->rows_done++;
	account_session_close(account_session);
}

static void take_account_session(struct coordinator *coordinator, struct account_session *account_session)
{
	coordinator->account_sessions_out--;
	if (account_session->is_refreshing) {
		session_refresh_end(&coordinator->refresh, account_session);
		return;
	}
	if (account_session->session) {
		send_cells(coordinator, account_session);
	} else {
		matrix_set_default(coordinator->matrix, account_session->row, account_session->state,
				   account_session->reason, account_session->request_id);
		coordinator->blind++;
	}
	if (account_session->cells_out == 0)
		leave(coordinator, account_session);
}

static void account_session_returned(struct job *job, void *owner)
{
	struct account_session *account_session = container_of(job, struct account_session, job);
	struct coordinator *coordinator = owner;

	if (account_session->wants_caller_session)
		session_refresh_of_account_session(&coordinator->refresh, account_session);
	else
		take_account_session(coordinator, account_session);
}

/* An account whose keys are no good anywhere is not hammered in all of its regions. */
static void judge_keys(struct coordinator *coordinator, struct account_session *account_session,
		       struct cell *cell)
{
	if (!cell_keys_refused(cell) || cell_state_facts(cell_record(cell)->state)->looked_at ||
	    ++account_session->refusals != MAX_REFUSALS)
		return;
	atomic_store_explicit(&account_session->is_hopeless, true, memory_order_relaxed);
	log_about(coordinator->options->log, LOG_WARNING, "account.hopeless",
		  &(struct log_fields){.account = account_session->account},
		  "%s: its keys were refused in %d regions and at home; the others are not asked",
		  account_session->account, MAX_REFUSALS);
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
	judge_keys(coordinator, account_session, cell);
	matrix_record(coordinator->matrix, account_session->row, column, record, cell_arena(cell));
	if (coordinator->options->cell_recorded)
		coordinator->options->cell_recorded(coordinator->options->owner, coordinator->matrix,
						    account_session->row, column);
	coordinator->matrix->current_record = NULL;
	cell_close(cell);
	coordinator->cells_out--;
	account_session->cells_out--;
}

static bool is_reported(void *owner, const struct cell *cell, const char *database)
{
	return matrix_reports(((struct coordinator *)owner)->matrix, cell_account_session(cell)->row, database);
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

/* It is back for good. */
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
		leave(coordinator, account_session);
}

/* ---- cells whose verdicts rest on the list of accounts ---- */

/* Until the accounts are listed, or it is known that they will not be; all others go on meanwhile. */
static void suspend_cell(struct coordinator *coordinator, struct cell *cell)
{
	*cell_next(cell) = coordinator->undecided;
	coordinator->undecided = cell;
}

static struct cell *next_undecided(struct coordinator *coordinator)
{
	struct cell *cell = coordinator->undecided;

	if (cell)
		coordinator->undecided = *cell_next(cell);
	return cell;
}

static void release_undecided(struct coordinator *coordinator)
{
	struct cell *cell;

	while ((cell = next_undecided(coordinator))) {
		cell_take_accounts(cell, coordinator->accounts, coordinator->account_count);
		pool_send(coordinator->pool, cell_pool_place(cell), cell_task(cell));
	}
}

/* The scan stops before the accounts are listed: what rests on them is not decided. */
static void drop_undecided(struct coordinator *coordinator)
{
	struct cell *cell;

	while ((cell = next_undecided(coordinator))) {
		cell_give_up(cell, CELL_PENDING, "the scan was stopped");
		take_cell(coordinator, cell);
	}
}

static void resolve_undecided(struct coordinator *coordinator)
{
	if (coordinator->stopping)
		drop_undecided(coordinator);
	else if (!coordinator->listing)
		release_undecided(coordinator);
}

static void cell_returned(struct job *job, void *owner)
{
	struct coordinator *coordinator = owner;
	struct cell *cell = (struct cell *)job;

	if (cell_wants_session(cell)) {
		session_refresh_of_cell(&coordinator->refresh, cell);
	} else if (cell_wants_accounts(cell)) {
		suspend_cell(coordinator, cell);
		resolve_undecided(coordinator);
	} else {
		take_cell(coordinator, cell);
	}
}

/* ---- what discovery tells ---- */

/* As soon as it is known whose accounts come: before any of them does. False: it failed, and was noted. */
static bool confirm(struct coordinator *coordinator, const char *caller, const char *organization)
{
	struct error error;

	if (run_confirm(coordinator->whole, coordinator->matrix, caller, organization, &coordinator->recalls,
			&error))
		return true;
	fail(coordinator, &error);
	return false;
}

static void identify(struct coordinator *coordinator)
{
	struct error error;

	if (!store_identify(coordinator->options->store, coordinator->matrix, &error))
		fail(coordinator, &error);
}

static void on_identity(void *owner, const struct identity *identity)
{
	struct coordinator *coordinator = owner;

	if (coordinator->config->accounts.count > 0 && !confirm(coordinator, identity->arn, NULL))
		return;
	account_queue_take_identity(&coordinator->queue, identity);
	identify(coordinator);
}

static void on_organization(void *owner, const char *id, const char *management_account)
{
	struct coordinator *coordinator = owner;
	struct error error;

	if (!confirm(coordinator, coordinator->queue.identity.arn, id))
		return;
	if (!account_queue_take_organization(&coordinator->queue, id, management_account, &error))
		fail(coordinator, &error);
	identify(coordinator);
}

static void on_account(void *owner, const struct discovered_account *account)
{
	account_queue_take_account(&((struct coordinator *)owner)->queue, account);
}

static void on_units(void *owner, const struct units *units)
{
	struct coordinator *coordinator = owner;
	struct error error;

	if (!account_queue_take_units(&coordinator->queue, units, &error))
		fail(coordinator, &error);
}

static void on_place(void *owner, const char *account, const struct unit *unit)
{
	account_queue_take_place(&((struct coordinator *)owner)->queue, account, unit);
}

/* For controls that ask whether an account is one of ours. With --accounts, the others of it are not known. */
static void take_accounts(struct coordinator *coordinator)
{
	if (coordinator->config->accounts.count > 0 || !coordinator->queue.organization)
		return;
	coordinator->accounts = account_queue_ids(&coordinator->queue, &coordinator->account_count);
	if (!coordinator->accounts)
		coordinator->matrix->failed = true;
}

/* Now that the names of all accounts are known, and before anything is judged. */
static void check_exceptions(struct coordinator *coordinator)
{
	struct diagnostics diagnostics = {0};
	struct error error;

	if (!exceptions_check_names(coordinator->options->exceptions, coordinator->matrix, &diagnostics)) {
		error_set(&error, ERROR_USAGE, "%s; no account of the organization was entered",
			  text_brief(diagnostics.first->text, 500).text);
		fail(coordinator, &error);
	}
	diagnostics_free(&diagnostics);
}

static void on_listed(void *owner)
{
	struct coordinator *coordinator = owner;

	coordinator->listing = false;
	coordinator->whole->listed++;
	check_exceptions(coordinator);
	take_accounts(coordinator);
	resolve_undecided(coordinator);
	account_queue_listed(&coordinator->queue);
}

static void stop(struct coordinator *coordinator, const char *why)
{
	if (coordinator->stopping)
		return;
	coordinator->stopping = true;
	coordinator->matrix->run.interrupted = arena_copy(&coordinator->matrix->arena, why);
	coordinator->cancel_at = clock_monotonic_milliseconds() + coordinator->config->grace;
	pool_cancel_waiting(coordinator->pool);
	session_refresh_stop(&coordinator->refresh);
	resolve_undecided(coordinator);
}

static void end_discovery(struct coordinator *coordinator, const struct error *error)
{
	coordinator->listing = coordinator->discovering = false;
	resolve_undecided(coordinator);
	if (coordinator->stopping)
		return; /* by a signal or the deadline: what there is will be reported */
	if (account_queue_has_begun(&coordinator->queue)) {
		/* What was scanned is not thrown away, but it is not the whole organization. */
		log_line(coordinator->options->log, LOG_ERROR, "accounts.incomplete", "%s", error->text);
		coordinator->matrix->run.interrupted = arena_copy(&coordinator->matrix->arena, error->text);
		return;
	}
	fail(coordinator, error);
}

static void on_failed(void *owner, const struct error *error)
{
	end_discovery(owner, error);
}

static bool on_expired(void *owner)
{
	struct coordinator *coordinator = owner;

	return session_refresh_of_discovery(&coordinator->refresh);
}

static void on_finished(void *owner, bool tree_known)
{
	struct coordinator *coordinator = owner;
	struct error error;

	coordinator->discovering = false;
	if (!coordinator->stopping && !account_queue_finish(&coordinator->queue, tree_known, &error))
		fail(coordinator, &error);
}

/* ---- what the refresh tells ---- */

static void on_account_session_left(struct session_refresh *refresh)
{
	((struct coordinator *)refresh)->account_sessions_out++;
}

static void on_account_session_ready(struct session_refresh *refresh, struct account_session *account_session)
{
	take_account_session((struct coordinator *)refresh, account_session);
}

static void on_cell_ended(struct session_refresh *refresh, struct cell *cell)
{
	take_cell((struct coordinator *)refresh, cell);
}

static void on_discovery_ended(struct session_refresh *refresh, const struct error *error)
{
	end_discovery((struct coordinator *)refresh, error);
}

/* ---- the loop ---- */

static void take_returned_jobs(struct coordinator *coordinator)
{
	struct message *message = mailbox_drain(&coordinator->mailbox);

	while (message) {
		struct job *job = container_of(message, struct job, task.message);

		message = message->next;
		job->returned(job, coordinator);
	}
}

static void take_signal(struct coordinator *coordinator)
{
	struct signalfd_siginfo signal;
	char why[64];

	if (read(coordinator->signals, &signal, sizeof signal) != sizeof signal)
		return;
	if (coordinator->stopping) {
		static const char text[] = "\nneptune-scan: second signal, leaving at once\n";
		ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);

		(void)written;
		_exit(3);
	}
	snprintf(why, sizeof why, "interrupted by %s",
		 signal.ssi_signo == SIGINT   ? "SIGINT"
		 : signal.ssi_signo == SIGHUP ? "SIGHUP"
					      : "SIGTERM");
	log_line(coordinator->options->log, LOG_WARNING, "scan.interrupted",
		 "%s: waiting for answers in flight; again to leave at once", why);
	coordinator->whole->stopped = true;
	stop(coordinator, why);
}

static void watch_time(struct coordinator *coordinator)
{
	int64_t now = clock_monotonic_milliseconds();

	if (coordinator->whole->stop_at >= 0 && now >= coordinator->whole->stop_at && !coordinator->stopping) {
		log_line(coordinator->options->log, LOG_WARNING, "scan.deadline",
			 "the deadline has passed: what is not scanned is pending");
		coordinator->whole->stopped = true;
		stop(coordinator, "the deadline has passed");
	}
	if (coordinator->stopping && !coordinator->cancelled && now >= coordinator->cancel_at) {
		coordinator->cancelled = true;
		pool_cancel_all(coordinator->pool);
	}
}

/* The region that most cells wait for, when that is most of all; NULL otherwise. */
static const char *slowest_region(const struct coordinator *coordinator, size_t *cells)
{
	size_t slowest = 0;

	if (coordinator->cells_out == 0)
		return NULL;
	for (size_t i = 1; i < coordinator->column_capacity; i++)
		if (coordinator->out_in_column[i] > coordinator->out_in_column[slowest])
			slowest = i;
	*cells = coordinator->out_in_column[slowest];
	return *cells * 2 > coordinator->cells_out ? coordinator->matrix->columns[slowest].region : NULL;
}

static void show_progress(const struct coordinator *coordinator)
{
	size_t columns = coordinator->matrix->column_count;
	struct progress_counts counts = {
		.accounts = coordinator->queue.count,
		.accounts_done = coordinator->rows_done,
		.listing = coordinator->listing,
		.cells_done = coordinator->cells_done,
		.failing = coordinator->failing,
		.blind = coordinator->blind,
	};

	counts.slowest = slowest_region(coordinator, &counts.waiting_there);
	/* Cells that are under way are known; accounts still to be entered will have about as many. */
	counts.cells =
		coordinator->cells_done + coordinator->cells_out +
		(account_queue_waiting(&coordinator->queue) + coordinator->account_sessions_out) * columns;
	progress_update(coordinator->options->progress, &counts);
}

static bool is_busy(const struct coordinator *coordinator)
{
	return coordinator->discovering || coordinator->account_sessions_out > 0 ||
	       coordinator->cells_out > 0 || caller_session_is_refreshing(coordinator->options->source) ||
	       (!coordinator->stopping && !coordinator->failed &&
		account_queue_waiting(&coordinator->queue) > 0);
}

/*
 * Each time this thread wakes costs as much as a cell, so results may gather while there are cells that others
 * work on. Not while accounts are listed, whose pages come one by one and through here, unless the workers have
 * plenty to do.
 */
static bool may_gather(const struct coordinator *coordinator)
{
	return coordinator->cells_out > (coordinator->listing ? (size_t)coordinator->config->concurrency : 0);
}

/* No longer than the work lasts that is out: with few exchanges in flight that is little. */
static void gather(const struct coordinator *coordinator)
{
	size_t lasts = work_out(coordinator) * CELL_LASTS;

	lasts = lasts < MIN_GATHERING ? MIN_GATHERING : lasts;
	lasts = lasts > MAX_GATHERING ? MAX_GATHERING : lasts;
	nanosleep(&(struct timespec){.tv_nsec = (long)lasts * 1000}, NULL);
}

static void hear(struct coordinator *coordinator)
{
	if (may_gather(coordinator))
		gather(coordinator);
	mailbox_clear_wakeup(&coordinator->mailbox);
}

static void keep(struct coordinator *coordinator)
{
	struct error error;

	if (!store_flush(coordinator->options->store, false, &error))
		fail(coordinator, &error);
}

static void loop(struct coordinator *coordinator)
{
	struct pollfd watched[] = {
		{.fd = coordinator->mailbox.wakeup, .events = POLLIN},
		{.fd = coordinator->signals, .events = POLLIN},
	};

	while (is_busy(coordinator)) {
		enter_some(coordinator);
		pool_wake(coordinator->pool);
		poll(watched, 2, TICK);
		if (watched[0].revents)
			hear(coordinator);
		if (watched[1].revents)
			take_signal(coordinator);
		take_returned_jobs(coordinator);
		keep(coordinator);
		watch_time(coordinator);
		session_refresh_watch(&coordinator->refresh);
		show_progress(coordinator);
		if (coordinator->failed && !coordinator->stopping)
			stop(coordinator, coordinator->error->text);
	}
}

/* ---- opening and closing ---- */

static bool open_signals(struct coordinator *coordinator, struct error *error)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	coordinator->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (coordinator->signals < 0)
		return error_set(error, ERROR_SYSTEM, "cannot watch for signals: %s", strerror(errno));
	return true;
}

/* Each exchange has a socket, and as many again may be kept open for later. Lowered to what descriptors allow.
 */
static size_t affordable_concurrency(const struct coordinator *coordinator)
{
	size_t wanted = (size_t)coordinator->config->concurrency, least = 1, affordable;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return wanted;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	affordable = limit.rlim_max == RLIM_INFINITY            ? wanted
		     : limit.rlim_max < 2 * least + DESCRIPTORS ? least
								: (limit.rlim_max - DESCRIPTORS) / 2;
	if (affordable >= wanted)
		return wanted;
	log_line(coordinator->options->log, LOG_WARNING, "scan.narrowed",
		 "%llu file descriptors are too few for %zu exchanges in flight: %zu it is; raise the limit "
		 "(ulimit -n) "
		 "for more",
		 (unsigned long long)limit.rlim_max, wanted, affordable);
	return affordable;
}

static bool open_pool(struct coordinator *coordinator, struct error *error)
{
	const struct config *config = coordinator->config;
	const struct pool_options options =
		aws_pool_options(config, (size_t)config->workers, affordable_concurrency(coordinator));

	coordinator->pool = pool_open(&options, error);
	return coordinator->pool != NULL;
}

static bool open_discovery(struct coordinator *coordinator, struct error *error)
{
	const struct discovery_listener listener = {
		.identity = on_identity,
		.organization = on_organization,
		.account = on_account,
		.units = on_units,
		.place = on_place,
		.listed = on_listed,
		.finished = on_finished,
		.failed = on_failed,
		.expired = on_expired,
		.owner = coordinator,
	};

	coordinator->discovery =
		discovery_open(&coordinator->scan, coordinator->pool, coordinator->options->source,
			       coordinator->config->accounts.count == 0, &listener);
	return coordinator->discovery || error_out_of_memory(error);
}

/* ---- one organization ---- */

/*
 * Regions of another organization's partition, or settings, are no part of this one. What is pending for a
 * reason stays so.
 */
static void leave_out_the_rest(struct coordinator *coordinator)
{
	struct matrix *matrix = coordinator->matrix;

	for (size_t row = coordinator->queue.first_row; row < matrix->row_count; row++)
		if (matrix->rows[row].default_state == CELL_PENDING && !matrix->rows[row].reason)
			matrix_set_default(matrix, row, CELL_SKIPPED,
					   "not among the regions of its organization's settings", NULL);
}

static void finish_pass(struct coordinator *coordinator, bool is_alone)
{
	struct pool_statistics statistics = pool_statistics(coordinator->pool);
	struct pool_statistics *all = &coordinator->whole->statistics;
	size_t row;

	all->sent += statistics.sent;
	all->connections += statistics.connections;
	all->bytes_received += statistics.bytes_received;
	while (coordinator->stopping && account_queue_next(&coordinator->queue, &row))
		matrix_set_default(coordinator->matrix, row, CELL_PENDING, coordinator->matrix->run.interrupted,
				   NULL);
	if (!is_alone && !coordinator->stopping)
		leave_out_the_rest(coordinator);
}

static bool pass(struct coordinator *coordinator, bool is_alone, struct error *error)
{
	if (!mailbox_open(&coordinator->mailbox, error) || !open_signals(coordinator, error) ||
	    !open_pool(coordinator, error) || !open_discovery(coordinator, error))
		return false;
	coordinator->refresh.pool = coordinator->pool;
	coordinator->refresh.discovery = coordinator->discovery;
	prepare_columns(coordinator);
	coordinator->discovering = true;
	coordinator->listing = true;
	discovery_start(coordinator->discovery);
	loop(coordinator);
	progress_clear(coordinator->options->progress);
	if (coordinator->failed)
		return false;
	finish_pass(coordinator, is_alone);
	return true;
}

bool coordinator_scan(const struct coordinator_options *options, struct whole_run *whole, bool is_alone,
		      struct matrix *matrix, struct error *error)
{
	const struct config *config = options->config;
	struct coordinator coordinator = {
		.options = options,
		.config = config,
		.matrix = matrix,
		.whole = whole,
		.queue = {.config = config,
			  .log = options->log,
			  .matrix = matrix,
			  .shard = options->shard,
			  .is_done = recall,
			  .owner = &coordinator},
		.mailbox = {.wakeup = -1},
		.signals = -1,
		.error = error,
	};
	bool good;

	coordinator.scan = (struct scan){
		.client = {.config = config,
			   .log = options->log,
			   .counts = &whole->counts,
			   .sharing = options->shard.count},
		.config = config,
		.partition = partition_of_home(config->region)->id,
		.session_name = whole->session_name,
		.selected = options->selected,
		.needs = options->needs,
		.policy = options->policy,
		.mailbox = &coordinator.mailbox,
	};
	coordinator.refresh = (struct session_refresh){
		.log = options->log,
		.scan = &coordinator.scan,
		.source = options->source,
		.account_session_left = on_account_session_left,
		.account_session_ready = on_account_session_ready,
		.cell_ended = on_cell_ended,
		.discovery_ended = on_discovery_ended,
	};
	coordinator.scan.policy.partition = coordinator.scan.partition;
	coordinator.waits_for_listing =
		config->accounts.count == 0 && exceptions_go_by_name(options->exceptions);
	account_queue_begin(&coordinator.queue);
	good = pass(&coordinator, is_alone, error);
	pool_close(coordinator.pool);
	discovery_close(coordinator.discovery);
	mailbox_close(&coordinator.mailbox);
	if (coordinator.signals >= 0)
		close(coordinator.signals);
	account_queue_end(&coordinator.queue);
	free(coordinator.out_in_column);
	return good;
}
