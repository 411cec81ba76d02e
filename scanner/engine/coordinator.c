#include "scanner/engine/coordinator.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/container_of.h"
#include "base/interruption.h"
#include "base/text.h"
#include "config/partition.h"
#include "scanner/engine/accounts_file.h"
#include "scanner/engine/coordinator_internal.h"
#include "scanner/engine/discovery.h"
#include "scanner/matrix/exceptions.h"
#include "scanner/queries/permission.h"
#include "workers/capacity.h"

enum {
	CELLS_PER_EXCHANGE = 2, /* sent to the workers for each one in flight; more only wait, in memory */
	REGIONS_TO_EXPECT = 34, /* of an account, until the first one is known */
	TICK_MS = 100,          /* the longest wait between two looks at the clock */
	CELL_LASTS_US = 16,     /* the least that two cores need for one, with a server that costs nothing */
	MIN_GATHERING_US = 1000,
	MAX_GATHERING_US = 4000,
	FIRST_IN_FLIGHT = 256, /* with --concurrency auto */
	MAX_IN_FLIGHT = 2560,
};

/* For the account queue: takes over an earlier program's results. True: the row is finished. */
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
		coordinator_fail(coordinator, &error);
	for (size_t column = 0; column < matrix->column_count; column++)
		coordinator->cells_done += matrix_is_recorded(matrix, row, column);
	coordinator->rows_done += is_done;
	return is_done;
}

/* ---- entering accounts ---- */

static size_t columns_of_a_row(const struct coordinator *coordinator)
{
	return coordinator->matrix->column_count ? coordinator->matrix->column_count : REGIONS_TO_EXPECT;
}

/* Cells that are out, and those of the accounts that are being entered. */
static size_t work_out(const struct coordinator *coordinator)
{
	return coordinator->cells_out + coordinator->account_sessions_out * columns_of_a_row(coordinator);
}

static void enter_some(struct coordinator *coordinator)
{
	size_t most = pool_concurrency(coordinator->scan.pool) * CELLS_PER_EXCHANGE, row;

	if ((coordinator->waits_for_listing && coordinator->listing) ||
	    caller_session_is_awaited(coordinator->organization->caller))
		return;
	while (!coordinator->stopping &&
	       (coordinator->account_sessions_out == 0 || work_out(coordinator) < most) &&
	       account_queue_next(&coordinator->queue, &row))
		account_cells_enter(coordinator, row);
}

/* ---- discovery ---- */

/* Before any account is taken. False: it failed, and the scan ends. */
static bool confirm(struct coordinator *coordinator, const char *caller, const char *organization)
{
	struct error error;

	if (run_confirm(coordinator->run, caller, organization, &coordinator->recalls, &error))
		return true;
	coordinator_fail(coordinator, &error);
	return false;
}

static void identify(struct coordinator *coordinator)
{
	struct error error;

	if (!store_identify(coordinator->options->store, coordinator->matrix, &error))
		coordinator_fail(coordinator, &error);
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
		coordinator_fail(coordinator, &error);
	identify(coordinator);
}

static void on_account(void *owner, const struct discovered_account *account)
{
	struct coordinator *coordinator = owner;

	account_queue_take_account(&coordinator->queue, account);
}

static void on_units(void *owner, const struct units *units)
{
	struct coordinator *coordinator = owner;
	struct error error;

	if (!account_queue_take_units(&coordinator->queue, units, &error))
		coordinator_fail(coordinator, &error);
}

static void on_place(void *owner, const char *account, const struct unit *unit)
{
	struct coordinator *coordinator = owner;

	account_queue_take_place(&coordinator->queue, account, unit);
}

/* For controls that compare accounts with the organization's. With --accounts, the others are not known. */
static void take_accounts(struct coordinator *coordinator)
{
	if (coordinator->config->accounts.count > 0 || !coordinator->queue.organization)
		return;
	coordinator->accounts = account_queue_ids(&coordinator->queue, &coordinator->account_count);
	if (!coordinator->accounts)
		coordinator->matrix->failed = true;
}

/* The names of all accounts are known now, and nothing is evaluated yet. */
static void check_exceptions(struct coordinator *coordinator)
{
	struct diagnostics diagnostics = {0};
	struct error error;

	if (!exceptions_check_names(coordinator->options->exceptions, coordinator->matrix, &diagnostics)) {
		error_set(&error, ERROR_USAGE, "no account of the organization was entered: %s",
			  text_brief(diagnostics.first->text, 500).text);
		coordinator_fail(coordinator, &error);
	}
	diagnostics_deinit(&diagnostics);
}

static void on_listed(void *owner)
{
	struct coordinator *coordinator = owner;

	coordinator->listing = false;
	coordinator->run->listed++;
	check_exceptions(coordinator);
	take_accounts(coordinator);
	account_cells_resume_suspended(coordinator);
	account_queue_listed(&coordinator->queue);
}

static void stop(struct coordinator *coordinator, const char *why)
{
	if (coordinator->stopping)
		return;
	coordinator->stopping = true;
	coordinator->matrix->run.interrupted = matrix_line(coordinator->matrix, why);
	coordinator->cancel_at_ms = clock_monotonic_milliseconds() + coordinator->config->grace_ms;
	pool_cancel_waiting(coordinator->scan.pool);
	caller_session_cancel(coordinator->organization->caller);
	account_cells_resume_suspended(coordinator);
}

static void end_discovery(struct coordinator *coordinator, const struct error *error)
{
	coordinator->listing = coordinator->discovering = false;
	account_cells_resume_suspended(coordinator);
	if (coordinator->stopping)
		return; /* by a signal or the deadline: what was scanned is reported */
	if (account_queue_has_begun(&coordinator->queue)) {
		/* What was scanned is kept, but it is not the whole organization. */
		log_line(coordinator->options->log, LOG_ERROR, "accounts.incomplete", "%s", error->text);
		coordinator->matrix->run.interrupted = matrix_line(coordinator->matrix, error->text);
		return;
	}
	coordinator_fail(coordinator, error);
}

static void on_failed(void *owner, const struct error *error)
{
	end_discovery(owner, error);
}

static void on_finished(void *owner, bool tree_known)
{
	struct coordinator *coordinator = owner;
	struct error error;

	coordinator->discovering = false;
	if (!coordinator->stopping && !account_queue_finish(&coordinator->queue, tree_known, &error))
		coordinator_fail(coordinator, &error);
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
	const char *why = interruption_reason();

	if (!why || coordinator->signalled)
		return;
	coordinator->signalled = true;
	log_line(coordinator->options->log, LOG_WARNING, "scan.interrupted",
		 "%s: waiting up to %" PRId64 " s for responses in flight. Press Ctrl-C again to quit now", why,
		 coordinator->options->config->grace_ms / 1000);
	coordinator->run->stopped = true;
	stop(coordinator, why);
}

static void log_deadline(const struct coordinator *coordinator)
{
	/* In the rows whose accounts listed their regions, the cells in flight have another default. */
	size_t pending = matrix_totals(coordinator->matrix).by_state[CELL_PENDING] +
			 (config_asks_for_enabled_regions(coordinator->config) ? coordinator->cells_out : 0);
	char deadline[CLOCK_DURATION_SIZE];

	clock_format_duration(coordinator->options->config->deadline_ms, deadline);
	log_line(coordinator->options->log, LOG_WARNING, "scan.deadline",
		 "the deadline (%s) has passed: %s%s cell%s pending", deadline,
		 coordinator->listing ? "not all accounts are listed, and " : "", text_count(pending).text,
		 pending == 1 ? " is" : "s are");
}

static void watch_time(struct coordinator *coordinator)
{
	int64_t now = clock_monotonic_milliseconds();

	if (coordinator->run->stop_at_ms >= 0 && now >= coordinator->run->stop_at_ms &&
	    !coordinator->stopping) {
		log_deadline(coordinator);
		coordinator->run->stopped = true;
		stop(coordinator, "the deadline has passed");
	}
	if (coordinator->stopping && !coordinator->cancelled && now >= coordinator->cancel_at_ms) {
		coordinator->cancelled = true;
		pool_cancel_all(coordinator->scan.pool);
	}
}

/* The region of more than half of the cells that are out; NULL: there is none. */
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

/* Of one that is not entered yet: the average of the others. */
static double cells_of_an_account(const struct coordinator *coordinator)
{
	size_t entered = coordinator->queue.entered - coordinator->account_sessions_out;

	return coordinator->queue.entered > coordinator->account_sessions_out
		       ? (double)coordinator->cells_sent / (double)entered
		       : (double)coordinator->matrix->column_count;
}

static void show_progress(const struct coordinator *coordinator)
{
	size_t waiting = account_queue_waiting(&coordinator->queue) + coordinator->account_sessions_out;
	struct progress_counts counts = {
		.accounts = coordinator->queue.count,
		.accounts_done = coordinator->rows_done,
		.listing = coordinator->listing,
		.cells_sent = coordinator->cells_sent,
		.cells_done = coordinator->cells_done,
		.accounts_wait = waiting > 0,
		.failing = coordinator->failing,
		.blind = coordinator->blind,
	};

	counts.slowest = slowest_region(coordinator, &counts.waiting_there);
	counts.cells = coordinator->cells_done + coordinator->cells_out +
		       (size_t)((double)waiting * cells_of_an_account(coordinator));
	progress_update(coordinator->options->progress, &counts);
}

static bool is_busy(const struct coordinator *coordinator)
{
	return coordinator->discovering || coordinator->account_sessions_out > 0 ||
	       coordinator->cells_out > 0 || caller_session_is_refreshing(coordinator->organization->caller) ||
	       (!coordinator->stopping && !coordinator->failed &&
		account_queue_waiting(&coordinator->queue) > 0);
}

/*
 * Each wake of this thread costs as much as a cell, so it lets results gather while the workers have cells to
 * scan. While accounts are listed, page by page through this thread, only if the workers have plenty.
 */
static bool may_gather(const struct coordinator *coordinator)
{
	return coordinator->cells_out > (coordinator->listing ? pool_concurrency(coordinator->scan.pool) : 0);
}

/* No longer than the workers need for the cells that are out. */
static void gather(const struct coordinator *coordinator)
{
	size_t lasts = work_out(coordinator) * CELL_LASTS_US;

	lasts = lasts < MIN_GATHERING_US ? MIN_GATHERING_US : lasts;
	lasts = lasts > MAX_GATHERING_US ? MAX_GATHERING_US : lasts;
	nanosleep(&(struct timespec){.tv_nsec = (long)lasts * 1000}, NULL);
}

static void take_wakeup(struct coordinator *coordinator)
{
	if (may_gather(coordinator))
		gather(coordinator);
	mailbox_clear_wakeup(&coordinator->mailbox);
}

static void flush(struct coordinator *coordinator)
{
	struct error error;

	if (!store_flush(coordinator->options->store, false, &error))
		coordinator_fail(coordinator, &error);
}

static void loop(struct coordinator *coordinator)
{
	struct pollfd watched[] = {
		{.fd = coordinator->mailbox.wakeup, .events = POLLIN},
		{.fd = interruption_descriptor(), .events = POLLIN},
	};

	while (is_busy(coordinator)) {
		enter_some(coordinator);
		pool_wake(coordinator->scan.pool);
		poll(watched, 2, TICK_MS);
		if (watched[0].revents)
			take_wakeup(coordinator);
		take_signal(coordinator);
		if (coordinator->signalled)
			watched[1].fd = -1; /* which stays readable */
		take_returned_jobs(coordinator);
		flush(coordinator);
		watch_time(coordinator);
		caller_session_tick(coordinator->organization->caller, &coordinator->scan);
		show_progress(coordinator);
		if (coordinator->failed && !coordinator->stopping)
			stop(coordinator, coordinator->error->text);
	}
}

/* ---- opening and closing ---- */

static struct pool_options automatic_pool(const struct config *config, const struct capacity *capacity)
{
	size_t workers = (size_t)config->workers, connections = capacity_connections(capacity, workers);
	struct pool_options options =
		aws_pool_options(config, workers, connections < MAX_IN_FLIGHT ? connections : MAX_IN_FLIGHT);

	options.start = options.concurrency < FIRST_IN_FLIGHT ? options.concurrency : FIRST_IN_FLIGHT;
	options.connections = connections < 2 * options.concurrency ? connections : 2 * options.concurrency;
	return options;
}

/* The number is the user's, so only descriptors limit it. */
static struct pool_options capped_pool(const struct coordinator *coordinator, struct capacity capacity)
{
	const struct config *config = coordinator->config;
	size_t workers = (size_t)config->workers, wanted = (size_t)config->concurrency, connections;
	struct pool_options options;

	capacity.memory_bytes = -1;
	connections = capacity_connections(&capacity, workers);
	options = aws_pool_options(config, workers, connections < wanted ? connections : wanted);
	options.connections = connections < 2 * wanted ? connections : 2 * wanted;
	if (connections < wanted)
		log_line(coordinator->options->log, LOG_WARNING, "scan.narrowed",
			 "--concurrency lowered from %zu to %zu: the file descriptor limit is %zu (ulimit -n)",
			 wanted, connections, capacity.descriptors);
	return options;
}

static bool open_pool(struct coordinator *coordinator, struct error *error)
{
	const struct capacity capacity = capacity_of_process();
	const struct pool_options options = coordinator->config->concurrency > 0
						    ? capped_pool(coordinator, capacity)
						    : automatic_pool(coordinator->config, &capacity);

	coordinator->scan.pool = pool_open(&options, error);
	return coordinator->scan.pool != NULL;
}

static bool open_discovery(struct coordinator *coordinator, struct error *error)
{
	struct discovery_listener listener = {
		.identity = on_identity,
		.organization = on_organization,
		.account = on_account,
		.units = on_units,
		.place = on_place,
		.listed = on_listed,
		.finished = on_finished,
		.failed = on_failed,
		.owner = coordinator,
	};

	struct accounts_file *accounts = coordinator->organization->accounts;
	const struct discovery_options options = {
		.organization = coordinator->config->accounts.count == 0,
		.known = accounts_file_known(accounts),
		.known_from = accounts_file_name(accounts),
	};

	accounts_file_listen(accounts, &listener);
	coordinator->discovery =
		discovery_new(&coordinator->scan, coordinator->organization->caller, &options, &listener);
	return coordinator->discovery || error_out_of_memory(error);
}

/* ---- one organization ---- */

/*
 * Regions of another organization's partition or settings are out of scope for this one. A row that is pending
 * for a reason keeps it.
 */
static void leave_out_the_rest(struct coordinator *coordinator)
{
	struct matrix *matrix = coordinator->matrix;

	for (size_t row = coordinator->queue.first_row; row < matrix->row_count; row++)
		if (matrix->rows[row].default_state == CELL_PENDING && !matrix->rows[row].reason)
			matrix_set_default(matrix, row, CELL_SKIPPED,
					   "not among the regions of its organization's settings", NULL);
}

/* Of a number that was given, and of what `auto` found out. */
static void tell_concurrency(const struct coordinator *coordinator, const struct pool_statistics *statistics)
{
	log_line(coordinator->options->log, LOG_DETAIL, "scan.concurrency",
		 "at most %zu requests were in flight; in the end %zu were allowed on %zu connections, after "
		 "%u reductions",
		 statistics->peak, statistics->limit, statistics->connections_allowed, statistics->lowered);
}

static void finish_organization(struct coordinator *coordinator)
{
	struct pool_statistics statistics = pool_statistics(coordinator->scan.pool);
	struct pool_statistics *all = &coordinator->run->statistics;
	size_t row;

	all->sent += statistics.sent;
	all->connections += statistics.connections;
	all->bytes_received += statistics.bytes_received;
	all->peak = statistics.peak > all->peak ? statistics.peak : all->peak;
	tell_concurrency(coordinator, &statistics);
	while (coordinator->stopping && account_queue_next(&coordinator->queue, &row))
		matrix_set_default(coordinator->matrix, row, CELL_PENDING, coordinator->matrix->run.interrupted,
				   NULL);
	if (coordinator->run->count > 1 && !coordinator->stopping)
		leave_out_the_rest(coordinator);
	if (atomic_load(&coordinator->policy_refused))
		matrix_note_run(
			coordinator->matrix,
			"role.narrow: STS refused the session policy, so the sessions have all permissions "
			"of the role");
}

static bool scan_organization(struct coordinator *coordinator, struct error *error)
{
	if (!mailbox_open(&coordinator->mailbox, error) || !open_pool(coordinator, error) ||
	    !open_discovery(coordinator, error))
		return false;
	account_cells_prepare(coordinator);
	coordinator->discovering = true;
	coordinator->listing = true;
	discovery_start(coordinator->discovery);
	loop(coordinator);
	progress_clear(coordinator->options->progress);
	if (coordinator->failed)
		return false;
	finish_organization(coordinator);
	return true;
}

bool coordinator_scan(struct scan_run *run, const struct organization *organization, struct error *error)
{
	const struct run_options *options = run->options;
	const struct config *config = organization->config;
	struct coordinator coordinator = {
		.run = run,
		.options = options,
		.organization = organization,
		.config = config,
		.matrix = run->matrix,
		.queue = {.config = config,
			  .log = options->log,
			  .matrix = run->matrix,
			  .shard = options->shard,
			  .is_done = recall,
			  .owner = &coordinator},
		.mailbox = {.wakeup = -1},
		.error = error,
	};
	bool good;

	coordinator.scan = (struct scan){
		.client = {.config = config,
			   .log = options->log,
			   .counts = &run->counts,
			   .sharing = options->shard.count},
		.config = config,
		.partition = partition_of_home(config->region)->id,
		.session_name = run->session_name,
		.selected = options->selected,
		.needs = options->needs,
		.policy = options->policy,
		.mailbox = &coordinator.mailbox,
		.sts = &coordinator.sts,
	};
	if (strcmp(config->narrow, "off") != 0)
		session_policy_write(options->needs, &coordinator.session_policy);
	coordinator.scan.session_policy = coordinator.session_policy.at;
	coordinator.scan.policy_refused = &coordinator.policy_refused;
	sts_endpoints_init(&coordinator.sts, config, options->shard.count, options->log);
	coordinator.scan.policy.partition = coordinator.scan.partition;
	coordinator.waits_for_listing =
		config->accounts.count == 0 && exceptions_go_by_name(options->exceptions);
	account_queue_begin(&coordinator.queue);
	good = coordinator.session_policy.failed ? error_out_of_memory(error)
						 : scan_organization(&coordinator, error);
	pool_close(coordinator.scan.pool);
	discovery_free(coordinator.discovery);
	mailbox_close(&coordinator.mailbox);
	account_queue_end(&coordinator.queue);
	buffer_deinit(&coordinator.session_policy);
	free(coordinator.out_in_column);
	return good;
}
