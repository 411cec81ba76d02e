/*
 * The event loop of a worker thread. Each round runs new tasks, starts the exchanges that may start, polls
 * sockets and the mailbox until the next timer, lets libcurl transfer, and reports complete exchanges. The loop
 * drives libcurl by curl_multi_socket_action, whose cost does not grow with the number of idle connections.
 */
#include "workers/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/container_of.h"
#include "base/timer_queue.h"
#include "workers/concurrency.h"
#include "workers/cost.h"
#include "workers/endpoint_queue.h"
#include "workers/poller.h"
#include "workers/transfer.h"

enum { MAX_WAIT_MS = 1000, OVERDUE_AFTER_MS = 1000 };

struct worker {
	struct pool_options options;
	struct mailbox mailbox;
	pthread_t thread;
	_Atomic(enum worker_stop) stop;
	void *context;
	uint64_t random;

	CURLM *multi;
	struct poller poller;
	int64_t curl_due_ms; /* monotonic; -1: none */
	int running;
	struct transfers transfers;
	int64_t overdue_checked_ms; /* when overdue exchanges were last looked for; monotonic */
	int64_t last_poll_us;       /* start of the last poll that returned every ready socket; monotonic */
	struct cost cost;
	struct concurrency concurrency;
	struct connection_budget *budget;
	size_t connections; /* that may be open; the multi handle has it too */

	struct endpoint_queues queues;
	struct timer_queue delayed;             /* exchanges, due in monotonic milliseconds */
	struct exchange *failed, **last_failed; /* that could not be queued; the loop reports them */

	struct {
		_Atomic uint64_t sent, connections, bytes_received;
		_Atomic size_t limit, peak;
		_Atomic unsigned lowered;
	} counts;
};

/* ---- one exchange ---- */

static void end_without_response(struct exchange *exchange, enum exchange_outcome outcome, const char *why)
{
	struct response response = {.outcome = outcome};

	snprintf(response.problem, sizeof response.problem, "%s", why);
	exchange->done(exchange, &response);
}

static void count_start(struct worker *worker)
{
	concurrency_on_start(&worker->concurrency, worker->transfers.in_flight);
	atomic_fetch_add_explicit(&worker->counts.sent, 1, memory_order_relaxed);
	atomic_store_explicit(&worker->counts.peak, worker->concurrency.peak, memory_order_relaxed);
}

static void start(struct worker *worker, struct exchange *exchange)
{
	const char *problem = transfer_no_memory;
	struct transfer *transfer = transfer_begin(&worker->transfers, exchange, &problem);

	if (transfer && curl_multi_add_handle(worker->multi, transfer->easy) != CURLM_OK) {
		transfer_end(transfer);
		transfer = NULL;
	}
	if (transfer)
		count_start(worker);
	else
		end_without_response(exchange, EXCHANGE_NOT_PREPARED, problem);
}

static void count_traffic(struct worker *worker, const struct transfer *transfer)
{
	atomic_fetch_add_explicit(&worker->counts.connections, (uint64_t)transfer->connections,
				  memory_order_relaxed);
	atomic_fetch_add_explicit(&worker->counts.bytes_received, (uint64_t)transfer->received_bytes,
				  memory_order_relaxed);
}

static void sample_rtt(struct worker *worker, const struct exchange *exchange, bool new_connection, int64_t now)
{
	const struct rtt_sample sample = {.at_least_us = worker->last_poll_us - exchange->sent_at_us,
					  .at_most_us = now - exchange->sent_at_us,
					  .occupied_us = now - exchange->started_us,
					  .new_connection = new_connection};

	connection_limit_on_response(&exchange->queue->limit, &sample);
	if (!new_connection)
		concurrency_on_response(&worker->concurrency, sample.at_least_us,
					exchange->queue->limit.min_rtt_us);
}

/* One connection too many: there will be fewer, and the exchange is not to blame. */
static void note_failure(struct worker *worker, struct transfer *transfer, CURLcode code, int64_t now)
{
	enum transfer_failure failure = transfer_failure(transfer, code);

	if (failure == TRANSFER_FAILED ||
	    (failure == TRANSFER_NOT_OPENED && !transfer_route_works(transfer, now)))
		return;
	transfer->response.is_crowded_out = true;
	connection_budget_lower(worker->budget, now);
}

static void finish(struct worker *worker, struct transfer *transfer, CURLcode code)
{
	struct response *response = transfer_complete(transfer, code);
	int64_t now = clock_monotonic_microseconds();

	count_traffic(worker, transfer);
	curl_multi_remove_handle(worker->multi, transfer->easy);
	if (response->outcome == EXCHANGE_ANSWERED)
		transfer_note_route(transfer, now);
	else
		note_failure(worker, transfer, code, now);
	if (response->outcome == EXCHANGE_ANSWERED && response->status == 200)
		sample_rtt(worker, transfer->exchange, response->new_connection, now);
	cost_count(&worker->cost);
	/* Exchanges that `done` sends are queued and start in a later round, so the response stays valid here.
	 */
	transfer->exchange->done(transfer->exchange, response);
	transfer_end(transfer);
}

/* ---- what tasks call ---- */

/* The loop reports the failure, because worker_send must not call its caller back. */
static void fail_later(struct worker *worker, struct exchange *exchange)
{
	exchange->next = NULL;
	*worker->last_failed = exchange;
	worker->last_failed = &exchange->next;
}

void worker_send(struct worker *worker, struct exchange *exchange)
{
	if (endpoint_queues_assign(&worker->queues, exchange))
		endpoint_queues_push(&worker->queues, exchange);
	else
		fail_later(worker, exchange);
}

void worker_send_after(struct worker *worker, struct exchange *exchange, int64_t delay_ms)
{
	if (!endpoint_queues_assign(&worker->queues, exchange) ||
	    !timer_queue_add(&worker->delayed, clock_monotonic_milliseconds() + delay_ms, exchange))
		fail_later(worker, exchange);
}

void *worker_context(struct worker *worker)
{
	return worker->context;
}

/* xorshift64* suffices for jitter. */
double worker_random(struct worker *worker)
{
	worker->random ^= worker->random >> 12;
	worker->random ^= worker->random << 25;
	worker->random ^= worker->random >> 27;
	return (double)((worker->random * 0x2545F4914F6CDD1DULL) >> 11) * 0x1.0p-53;
}

struct retry_quota *worker_quota(struct worker *worker, struct exchange *exchange)
{
	(void)worker;
	return &exchange->queue->quota;
}

void worker_note_rate(struct worker *worker, struct exchange *exchange, bool throttled)
{
	int64_t now = clock_monotonic_milliseconds();

	concurrency_on_answer(&worker->concurrency, throttled);
	/* No queue: out of memory. No limit: each account has a bucket of its own (scanner/aws/call.h). */
	if (!exchange->queue || exchange->queue->limiter.limit <= 0)
		return;
	if (throttled)
		rate_limiter_refused(&exchange->queue->limiter, now);
	else
		rate_limiter_accepted(&exchange->queue->limiter, now);
}

/* ---- the loop ---- */

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *user, void *known)
{
	struct worker *worker = user;

	(void)easy, (void)known;
	poller_want(&worker->poller, socket, poller_interest_of(what));
	return 0;
}

static int on_timer(CURLM *multi, long delay_ms, void *user)
{
	struct worker *worker = user;

	(void)multi;
	worker->curl_due_ms = delay_ms < 0 ? -1 : clock_monotonic_milliseconds() + delay_ms;
	return 0;
}

static enum worker_stop stop_of(const struct worker *worker)
{
	return atomic_load_explicit(&worker->stop, memory_order_acquire);
}

static void run_tasks(struct worker *worker)
{
	struct message *message = mailbox_drain(&worker->mailbox);

	while (message) {
		struct task *task = container_of(message, struct task, message);

		message = message->next;
		task->run(task, worker);
	}
}

/* `done` may send another exchange that fails as well; the same round reports it. */
static void report_failed(struct worker *worker)
{
	while (worker->failed) {
		struct exchange *exchange = worker->failed;

		worker->failed = exchange->next;
		if (!worker->failed)
			worker->last_failed = &worker->failed;
		end_without_response(exchange, EXCHANGE_NOT_PREPARED, "out of memory");
	}
}

/* Of the multi handle: with more open than that, libcurl closes idle ones. */
static void set_connections(struct worker *worker, size_t connections)
{
	bool are_fewer = connections < worker->connections;

	worker->connections = connections;
	curl_multi_setopt(worker->multi, CURLMOPT_MAXCONNECTS, (long)connections);
	curl_multi_setopt(worker->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)connections);
	if (are_fewer)
		poller_end_idle(&worker->poller, connections);
}

static size_t limit_of(const struct worker *worker)
{
	return worker->concurrency.limit < worker->connections ? worker->concurrency.limit
							       : worker->connections;
}

static void adapt(struct worker *worker, int64_t now_us)
{
	size_t connections;

	concurrency_tick(&worker->concurrency, now_us, worker->cost.busy_us);
	connection_budget_tick(worker->budget, now_us);
	connections = connection_budget_share(worker->budget, worker->concurrency.max);
	if (connections != worker->connections)
		set_connections(worker, connections);
	atomic_store_explicit(&worker->counts.limit, limit_of(worker), memory_order_relaxed);
	atomic_store_explicit(&worker->counts.lowered, worker->concurrency.lowered, memory_order_relaxed);
}

/* How many exchanges may start. */
static size_t free_transfers(const struct worker *worker)
{
	size_t limit = limit_of(worker);

	return limit > worker->transfers.in_flight ? limit - worker->transfers.in_flight : 0;
}

static void start_allowed(struct worker *worker)
{
	int64_t now = clock_monotonic_microseconds();
	struct endpoint_queues *queues = &worker->queues;
	struct exchange *exchange;

	while ((exchange = timer_queue_take(&worker->delayed, now / 1000)))
		endpoint_queues_push(queues, exchange);
	adapt(worker, now);
	queues->allowed_at_ms = -1;
	queues->is_short = false;
	if (queues->waiting > 0 && free_transfers(worker) > 0)
		poller_end_unwanted(&worker->poller);
	while (queues->waiting > 0) {
		const struct worker_capacity capacity = {.free = free_transfers(worker),
							 .cost_us = cost_of_exchange(&worker->cost),
							 .now_us = now};

		exchange = endpoint_queues_next(queues, &capacity);
		if (!exchange)
			break;
		start(worker, exchange);
	}
	if (queues->is_short)
		concurrency_on_short(&worker->concurrency);
}

static void end_transfer(struct worker *worker, struct transfer *transfer, enum exchange_outcome outcome,
			 const char *why)
{
	struct exchange *exchange = transfer->exchange;

	curl_multi_remove_handle(worker->multi, transfer->easy);
	transfer_end(transfer);
	end_without_response(exchange, outcome, why);
}

static void end_all(struct worker *worker, enum exchange_outcome outcome, const char *why)
{
	for (size_t i = 0; i < worker->transfers.used; i++)
		if (worker->transfers.all[i].exchange)
			end_transfer(worker, &worker->transfers.all[i], outcome, why);
}

static void cancel_stopped(struct worker *worker)
{
	static const char why[] = "the scan is stopping";
	enum worker_stop stop = stop_of(worker);
	struct exchange *exchange;

	while (stop >= WORKER_CANCELS_WAITING &&
	       ((exchange = timer_queue_take(&worker->delayed, TIMER_QUEUE_ANY)) ||
		(exchange = endpoint_queues_take(&worker->queues))))
		end_without_response(exchange, EXCHANGE_CANCELLED, why);
	if (stop >= WORKER_CANCELS_ALL)
		end_all(worker, EXCHANGE_CANCELLED, why);
}

/*
 * libcurl enforces the time limits. When it runs out of memory, it may lose the state of a transfer and its
 * timers, and the exchange would never end: this ends it.
 */
static void end_overdue(struct worker *worker)
{
	int64_t now = clock_monotonic_milliseconds();
	int64_t max_age_ms = worker->options.timeout_ms + worker->options.connect_timeout_ms + OVERDUE_AFTER_MS;

	if (now - worker->overdue_checked_ms < OVERDUE_AFTER_MS)
		return;
	worker->overdue_checked_ms = now;
	for (size_t i = 0; i < worker->transfers.used; i++) {
		struct transfer *transfer = &worker->transfers.all[i];

		if (transfer->exchange && now - transfer->exchange->started_us / 1000 >= max_age_ms)
			end_transfer(worker, transfer, EXCHANGE_TIMED_OUT,
				     "no response, and libcurl did not report it");
	}
}

/* Below zero: `other` is not set. */
static int64_t earlier(int64_t due, int64_t other)
{
	return other >= 0 && other < due ? other : due;
}

static int wait_ms(const struct worker *worker)
{
	int64_t now = clock_monotonic_milliseconds(), due = now + MAX_WAIT_MS;
	int64_t raise_us = concurrency_due_us(&worker->concurrency);

	if (worker->failed)
		return 0;
	due = earlier(due, worker->curl_due_ms);
	due = earlier(due, timer_queue_due(&worker->delayed));
	due = earlier(due, worker->queues.allowed_at_ms);
	due = earlier(due, raise_us < 0 ? -1 : raise_us / 1000 + 1);
	return due < now ? 0 : (int)(due - now);
}

static void report_complete(struct worker *worker)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(worker->multi, &left)))
		if (message->msg == CURLMSG_DONE)
			finish(worker, transfer_of(message->easy_handle), message->data.result);
}

static bool open_multi(struct worker *worker)
{
	worker->multi = curl_multi_init();
	if (!worker->multi)
		return false;
	curl_multi_setopt(worker->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(worker->multi, CURLMOPT_SOCKETDATA, worker);
	curl_multi_setopt(worker->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(worker->multi, CURLMOPT_TIMERDATA, worker);
	/* libcurl's default follows the number of running transfers: a dip would close warm connections. */
	set_connections(worker, connection_budget_share(worker->budget, worker->concurrency.max));
	return true;
}

/*
 * A multi handle that ran out of memory keeps an inconsistent entry for its socket and divides by zero when the
 * socket is used again (libcurl 7.88), so a new one replaces it. When there is no memory for a new one either,
 * `multi` is NULL, and libcurl refuses every exchange that starts.
 */
static void transfer(struct worker *worker, curl_socket_t socket, int action)
{
	CURLM *multi = worker->multi;

	if (curl_multi_socket_action(multi, socket, action, &worker->running) != CURLM_OUT_OF_MEMORY)
		return;
	end_all(worker, EXCHANGE_BROKEN, transfer_no_memory);
	curl_multi_cleanup(multi);
	open_multi(worker);
}

/* The time of the poll, monotonic microseconds; 0: more sockets may be ready than it returned. */
static int64_t wait_and_transfer(struct worker *worker)
{
	struct poller_event events[POLLER_MAX_EVENTS];
	int64_t woken_us;
	int count;

	cost_sleep(&worker->cost, clock_monotonic_microseconds());
	count = poller_wait(&worker->poller, events, wait_ms(worker));
	woken_us = clock_monotonic_microseconds();
	cost_wake(&worker->cost, woken_us);
	for (int i = 0; i < count; i++)
		if (events[i].socket != worker->mailbox.wakeup)
			transfer(worker, events[i].socket, poller_action(events[i].ready));
	if (worker->curl_due_ms >= 0 && worker->curl_due_ms <= clock_monotonic_milliseconds()) {
		worker->curl_due_ms = -1;
		transfer(worker, CURL_SOCKET_TIMEOUT, 0);
	}
	return worker->poller.may_have_more ? 0 : woken_us;
}

static void close_connections(struct worker *worker)
{
	transfers_close_handles(&worker->transfers);
	curl_multi_cleanup(worker->multi);
	worker->multi = NULL;
}

static void *run(void *argument)
{
	struct worker *worker = argument;

	if (worker->options.context_new)
		worker->context = worker->options.context_new();
	cost_wake(&worker->cost, clock_monotonic_microseconds());
	while (stop_of(worker) != WORKER_ENDS) {
		int64_t polled_us;

		run_tasks(worker);
		cancel_stopped(worker);
		report_failed(worker);
		start_allowed(worker);
		polled_us = wait_and_transfer(worker);
		report_complete(worker);
		if (polled_us)
			worker->last_poll_us = polled_us;
		end_overdue(worker);
	}
	/* Closing many TLS connections takes long, so each worker closes its own, in parallel. */
	close_connections(worker);
	if (worker->options.context_free)
		worker->options.context_free(worker->context);
	return NULL;
}

/* ---- opening and closing ---- */

static bool open_poll(struct worker *worker, struct error *error)
{
	if (!mailbox_open(&worker->mailbox, error))
		return false;
	/* Edge-triggered: each push to an empty mailbox is an edge, and the loop need not reset the eventfd. */
	if (poller_open(&worker->poller) != 0 ||
	    poller_want(&worker->poller, worker->mailbox.wakeup, POLLER_READ | POLLER_EDGE) != 0)
		return error_set(error, ERROR_SYSTEM, "cannot create an epoll descriptor: %s", strerror(errno));
	return true;
}

static void free_worker(struct worker *worker)
{
	close_connections(worker);
	transfers_deinit(&worker->transfers);
	endpoint_queues_deinit(&worker->queues);
	timer_queue_deinit(&worker->delayed);
	poller_close(&worker->poller);
	mailbox_close(&worker->mailbox);
	free(worker);
}

/* Signals are for the caller's threads: a worker would not handle them, and may have been started before they
 * are blocked. */
static int start_thread(struct worker *worker)
{
	sigset_t all, before;
	int failed;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&worker->thread, NULL, run, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failed;
}

struct worker *worker_open(const struct pool_options *options, const struct worker_share *share,
			   struct error *error)
{
	struct worker *worker = calloc(1, sizeof *worker);
	int failed;

	if (!worker) {
		error_out_of_memory(error);
		return NULL;
	}
	worker->options = *options;
	worker->budget = share->budget;
	concurrency_init(&worker->concurrency, share->start, share->max);
	atomic_init(&worker->counts.limit, worker->concurrency.limit);
	worker->curl_due_ms = -1;
	worker->last_failed = &worker->failed;
	worker->poller.descriptor = worker->mailbox.wakeup = -1;
	if (getrandom(&worker->random, sizeof worker->random, 0) != sizeof worker->random || !worker->random)
		worker->random = (uint64_t)clock_monotonic_milliseconds() | 1;
	if (!open_poll(worker, error)) {
		free_worker(worker);
		return NULL;
	}
	if (!transfers_init(&worker->transfers, &worker->options, &worker->poller, share->budget, share->max) ||
	    !open_multi(worker)) {
		error_out_of_memory(error);
		free_worker(worker);
		return NULL;
	}
	failed = start_thread(worker);
	if (failed) {
		error_set(error, ERROR_SYSTEM, "cannot start a thread: %s", strerror(failed));
		free_worker(worker);
		return NULL;
	}
	return worker;
}

void worker_push(struct worker *worker, struct task *task)
{
	mailbox_push(&worker->mailbox, &task->message);
}

bool worker_push_quiet(struct worker *worker, struct task *task)
{
	return mailbox_push_quiet(&worker->mailbox, &task->message);
}

void worker_wake(struct worker *worker)
{
	mailbox_wake(&worker->mailbox);
}

void worker_cancel(struct worker *worker, enum worker_stop stop)
{
	atomic_store_explicit(&worker->stop, stop, memory_order_release);
	mailbox_wake(&worker->mailbox);
}

struct pool_statistics worker_statistics(const struct worker *worker)
{
	return (struct pool_statistics){
		.sent = atomic_load_explicit(&worker->counts.sent, memory_order_relaxed),
		.connections = atomic_load_explicit(&worker->counts.connections, memory_order_relaxed),
		.bytes_received = atomic_load_explicit(&worker->counts.bytes_received, memory_order_relaxed),
		.limit = worker_limit(worker),
		.peak = atomic_load_explicit(&worker->counts.peak, memory_order_relaxed),
		.lowered = atomic_load_explicit(&worker->counts.lowered, memory_order_relaxed),
	};
}

size_t worker_limit(const struct worker *worker)
{
	return atomic_load_explicit(&worker->counts.limit, memory_order_relaxed);
}

void worker_close(struct worker *worker)
{
	pthread_join(worker->thread, NULL);
	free_worker(worker);
}
