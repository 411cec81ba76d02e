/*
 * pool.c, worker.c and exchange.c with real sockets, and mailbox.c below them.
 */
#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/container_of.h"
#include "tests/unit.h"
#include "tests/workers/server.h"
#include "workers/pool.h"

/* A task that sends a request `left` times, and counts responses. */
struct job {
	struct task task;
	struct exchange exchange;
	struct worker *worker;
	int left;
	enum exchange_outcome outcome;
	struct mailbox *mailbox;
	char url[64], endpoint[16], header[16];
	const char *text; /* the expected body; NULL: none */
	long status;
	bool text_is_right, text_was_wrong, problem_is_told;
};

static bool prepare(struct exchange *exchange, struct request *request)
{
	struct job *job = container_of(exchange, struct job, exchange);

	if (!job->url[0])
		return false;
	request->method = "POST";
	request->url = job->url;
	request->body = span_of("ask");
	return true;
}

static void done(struct exchange *exchange, struct response *response)
{
	struct job *job = container_of(exchange, struct job, exchange);
	struct span header = response_header(response, "x-tEST");

	job->outcome = response->outcome;
	job->status = response->status;
	job->problem_is_told = response->problem[0] != '\0';
	job->text_is_right = job->text && span_equals(buffer_span(&response->body), job->text);
	job->text_was_wrong |= !job->text_is_right;
	snprintf(job->header, sizeof job->header, SPAN_FORMAT, SPAN_ARGUMENTS(header));
	if (--job->left > 0 && job->outcome == EXCHANGE_ANSWERED)
		worker_send_after(job->worker, exchange, job->left % 3);
	else
		mailbox_push(job->mailbox, &job->task.message);
}

static void run(struct task *task, struct worker *worker)
{
	struct job *job = container_of(task, struct job, task);

	job->worker = worker;
	job->exchange.endpoint = job->endpoint;
	job->exchange.prepare = prepare;
	job->exchange.done = done;
	worker_send(worker, &job->exchange);
}

struct fixture {
	struct server server;
	struct mailbox mailbox;
	struct pool *pool;
	struct job *jobs;
	size_t count;
};

static void begin(struct fixture *fixture, enum server_behaviour behaviour, const struct pool_options *wanted)
{
	struct pool_options options = *wanted;
	struct error error = {0};

	memset(fixture, 0, sizeof *fixture);
	options.timeout_ms = options.timeout_ms ? options.timeout_ms : 20000;
	options.connect_timeout_ms = 5000;
	options.idle_timeout_ms = options.idle_timeout_ms ? options.idle_timeout_ms : 10000;
	options.max_response_bytes = 65536;
	options.user_agent = "test";
	server_start(&fixture->server, behaviour);
	assert_true(mailbox_open(&fixture->mailbox, &error));
	fixture->pool = pool_open(&options, &error);
	assert_non_null(fixture->pool);
}

static void make_jobs(struct fixture *fixture, size_t count, int times, size_t endpoints, const char *prefix)
{
	fixture->jobs = calloc(count, sizeof *fixture->jobs);
	fixture->count = count;
	for (size_t i = 0; i < count; i++) {
		struct job *job = &fixture->jobs[i];

		job->task.run = run;
		job->text = "hello";
		job->left = times;
		job->mailbox = &fixture->mailbox;
		snprintf(job->url, sizeof job->url, "http://127.0.0.1:%d/", fixture->server.port);
		snprintf(job->endpoint, sizeof job->endpoint, "%.8s%zu", prefix, i % endpoints);
	}
}

static void send_jobs_by(struct fixture *fixture, size_t count, int times, size_t endpoints, const char *prefix)
{
	make_jobs(fixture, count, times, endpoints, prefix);
	for (size_t i = 0; i < count; i++)
		pool_send(fixture->pool, i % endpoints, &fixture->jobs[i].task);
}

static void send_jobs(struct fixture *fixture, size_t count, int times, size_t endpoints)
{
	send_jobs_by(fixture, count, times, endpoints, "r");
}

static void wait_for(struct fixture *fixture, size_t count)
{
	int64_t end = clock_monotonic_milliseconds() + 60000;

	while (count > 0) {
		for (struct message *message = mailbox_drain(&fixture->mailbox); message;
		     message = message->next)
			count--;
		if (clock_monotonic_milliseconds() > end)
			fail_msg("%zu jobs did not come back", count);
		usleep(1000);
	}
}

static void end(struct fixture *fixture)
{
	pool_close(fixture->pool);
	server_stop(&fixture->server);
	mailbox_close(&fixture->mailbox);
	free(fixture->jobs);
}

static int count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void test_ten_thousand_over_few_connections(void **state)
{
	const struct pool_options options = {.workers = 2, .concurrency = 64};
	int before = count_descriptors();
	struct pool_statistics statistics;
	struct fixture fixture;

	(void)state;
	begin(&fixture, SERVER_NORMAL, &options);
	send_jobs(&fixture, 1000, 10, 8);
	wait_for(&fixture, 1000);
	for (size_t i = 0; i < fixture.count; i++) {
		assert_int_equal(fixture.jobs[i].outcome, EXCHANGE_ANSWERED);
		assert_int_equal(fixture.jobs[i].status, 200);
		assert_true(fixture.jobs[i].text_is_right);
		assert_string_equal(fixture.jobs[i].header, "yes");
	}
	statistics = pool_statistics(fixture.pool);
	assert_int_equal(statistics.sent, 10000);
	assert_int_equal(statistics.bytes_received, 50000);
	assert_int_equal(fixture.server.requests, 10000);
	assert_in_range(fixture.server.connections, 1, 64);
	assert_int_equal(statistics.connections, fixture.server.connections);
	end(&fixture);
	assert_int_equal(count_descriptors(), before);
}

/*
 * A near server gets a few connections, not one for each waiting exchange: about five on a quiet machine. The
 * exact rule is tested with connection_limit.h; here the machine may be busy, and the server seem distant.
 */
static void test_an_endpoint_shares_connections(void **state)
{
	const struct pool_options options = {.workers = 1, .concurrency = 200};
	struct fixture fixture;

	(void)state;
	begin(&fixture, SERVER_NORMAL, &options);
	send_jobs(&fixture, 160, 1, 1);
	wait_for(&fixture, 160);
	assert_in_range(fixture.server.connections, 1, 80);
	end(&fixture);
}

/* Jobs of one endpoint with different URLs: all requests that are in flight reach their own. */
static void test_an_endpoint_has_several_urls(void **state)
{
	static const char *const paths[] = {"/first", "/second", "/third?with=query", "/../as-it-is"};
	struct fixture fixture;

	(void)state;
	begin(&fixture, SERVER_ECHOES, &(struct pool_options){.workers = 1, .concurrency = 32});
	make_jobs(&fixture, 64, 4, 1, "r");
	for (size_t i = 0; i < 64; i++) {
		struct job *job = &fixture.jobs[i];

		job->text = paths[i % 4];
		snprintf(job->url, sizeof job->url, "http://127.0.0.1:%d%s", fixture.server.port, job->text);
		pool_send(fixture.pool, 0, &job->task);
	}
	wait_for(&fixture, 64);
	for (size_t i = 0; i < 64; i++) {
		assert_int_equal(fixture.jobs[i].left, 0);
		assert_false(fixture.jobs[i].text_was_wrong);
	}
	end(&fixture);
}

static void test_server_that_closes_idle_connections(void **state)
{
	const struct pool_options options = {.workers = 2, .concurrency = 8};
	struct fixture fixture;

	(void)state;
	begin(&fixture, SERVER_CLOSES_IDLE, &options);
	send_jobs(&fixture, 40, 10, 4);
	wait_for(&fixture, 40);
	/* libcurl retries when a reused connection was dead; no exchange may hang or fail. */
	for (size_t i = 0; i < fixture.count; i++)
		if (fixture.jobs[i].outcome == EXCHANGE_ANSWERED)
			assert_true(fixture.jobs[i].text_is_right);
		else
			assert_int_equal(fixture.jobs[i].outcome, EXCHANGE_BROKEN);
	end(&fixture);
}

/* A response without a request must not be taken for the next request's. */
static void test_server_with_extra_responses(void **state)
{
	const struct pool_options options = {.workers = 1, .concurrency = 1};
	struct fixture fixture;

	(void)state;
	begin(&fixture, SERVER_EXTRA_RESPONSE, &options);
	make_jobs(&fixture, 4, 1, 1, "r");
	for (int i = 0; i < 4; i++) {
		pool_send(fixture.pool, 0, &fixture.jobs[i].task);
		wait_for(&fixture, 1);
		while (fixture.server.unrequested <= i)
			usleep(1000);
		assert_int_equal(fixture.jobs[i].outcome, EXCHANGE_ANSWERED);
		assert_true(fixture.jobs[i].text_is_right);
	}
	assert_int_equal(fixture.server.connections, 4);
	end(&fixture);
}

static void expect_outcome(enum server_behaviour behaviour, const struct pool_options *options,
			   enum exchange_outcome outcome)
{
	struct fixture fixture;

	begin(&fixture, behaviour, options);
	send_jobs(&fixture, 5, 1, 2);
	wait_for(&fixture, 5);
	for (size_t i = 0; i < fixture.count; i++) {
		assert_int_equal(fixture.jobs[i].outcome, outcome);
		assert_true(fixture.jobs[i].problem_is_told);
	}
	end(&fixture);
}

static void test_server_that_never_answers(void **state)
{
	const struct pool_options options = {.workers = 1, .concurrency = 8, .timeout_ms = 300};

	(void)state;
	expect_outcome(SERVER_SILENT, &options, EXCHANGE_TIMED_OUT);
}

/* Whatever waits for a dead endpoint, others are served. */
static void test_a_dead_endpoint_delays_no_other(void **state)
{
	const struct pool_options options = {
		.workers = 1, .concurrency = 16, .timeout_ms = 120000, .idle_timeout_ms = 120000};
	struct fixture dead, good;

	(void)state;
	begin(&dead, SERVER_SILENT, &options);
	send_jobs(&dead, 200, 1, 1);
	while (dead.server.requests < 12) /* without responses it gets more and more connections */
		usleep(1000);
	memset(&good, 0, sizeof good);
	server_start(&good.server, SERVER_NORMAL);
	good.mailbox.wakeup = -1;
	assert_true(mailbox_open(&good.mailbox, &(struct error){0}));
	good.pool = dead.pool;
	send_jobs_by(&good, 20, 1, 1, "good");
	wait_for(&good, 20);
	for (size_t i = 0; i < good.count; i++)
		assert_int_equal(good.jobs[i].outcome, EXCHANGE_ANSWERED);
	pool_cancel_all(dead.pool);
	wait_for(&dead, 200);
	end(&dead);
	server_stop(&good.server);
	mailbox_close(&good.mailbox);
	free(good.jobs);
}

static void test_server_that_drips(void **state)
{
	const struct pool_options options = {.workers = 1, .concurrency = 8, .timeout_ms = 700};

	(void)state;
	expect_outcome(SERVER_DRIPS, &options, EXCHANGE_TIMED_OUT);
}

/* Long before the total timeout. */
static void test_server_that_stalls(void **state)
{
	const struct pool_options options = {
		.workers = 1, .concurrency = 8, .timeout_ms = 600000, .idle_timeout_ms = 1000};

	(void)state;
	expect_outcome(SERVER_STALLS, &options, EXCHANGE_TIMED_OUT);
}

static void test_server_that_sends_too_much(void **state)
{
	const struct pool_options options = {.workers = 1, .concurrency = 8};

	(void)state;
	expect_outcome(SERVER_ENDLESS, &options, EXCHANGE_TOO_LARGE);
}

static void test_server_that_cuts_its_answer(void **state)
{
	const struct pool_options options = {.workers = 1, .concurrency = 8};

	(void)state;
	expect_outcome(SERVER_CUTS, &options, EXCHANGE_BROKEN);
}

static void test_nobody_listens(void **state)
{
	const struct pool_options options = {.workers = 1, .concurrency = 8};
	struct fixture fixture;
	int port;

	(void)state;
	begin(&fixture, SERVER_NORMAL, &options);
	port = fixture.server.port;
	server_stop(&fixture.server);
	fixture.server.port = port;
	send_jobs(&fixture, 3, 1, 1);
	wait_for(&fixture, 3);
	for (size_t i = 0; i < fixture.count; i++)
		assert_int_equal(fixture.jobs[i].outcome, EXCHANGE_UNREACHED);
	pool_close(fixture.pool);
	mailbox_close(&fixture.mailbox);
	free(fixture.jobs);
}

static void test_request_that_cannot_be_made(void **state)
{
	const struct pool_options options = {.workers = 1, .concurrency = 2};
	struct fixture fixture;

	(void)state;
	begin(&fixture, SERVER_NORMAL, &options);
	fixture.jobs = calloc(1, sizeof *fixture.jobs);
	fixture.count = 1;
	fixture.jobs[0] = (struct job){.task = {.run = run}, .left = 1, .mailbox = &fixture.mailbox};
	pool_send(fixture.pool, 0, &fixture.jobs[0].task);
	wait_for(&fixture, 1);
	assert_int_equal(fixture.jobs[0].outcome, EXCHANGE_NOT_PREPARED);
	end(&fixture);
}

/* How many of seven other tasks share the worker of urgent ones. */
static size_t count_beside_urgent(size_t workers)
{
	const struct pool_options options = {.workers = workers, .concurrency = 32};
	struct fixture fixture;
	size_t count = 0;

	begin(&fixture, SERVER_NORMAL, &options);
	send_jobs(&fixture, 8, 1, 8);
	wait_for(&fixture, 8);
	for (size_t i = 1; i < 8; i++)
		count += fixture.jobs[i].worker == fixture.jobs[POOL_URGENT].worker;
	end(&fixture);
	return count;
}

static void test_urgent_tasks_have_a_worker(void **state)
{
	(void)state;
	assert_int_equal(count_beside_urgent(1), 7);
	assert_int_equal(count_beside_urgent(2), 3);
	assert_int_equal(count_beside_urgent(3), 0);
	assert_int_equal(count_beside_urgent(5), 0);
}

/* Every exchange is reported, whether it was waiting, delayed, or in flight. */
static void test_cancel(void **state)
{
	const struct pool_options options = {.workers = 2, .concurrency = 4};
	int before = count_descriptors();
	struct fixture fixture;

	(void)state;
	begin(&fixture, SERVER_SILENT, &options);
	send_jobs(&fixture, 100, 1, 4);
	usleep(200000);
	pool_cancel_waiting(fixture.pool);
	usleep(100000);
	pool_cancel_all(fixture.pool);
	wait_for(&fixture, 100);
	for (size_t i = 0; i < fixture.count; i++)
		assert_int_equal(fixture.jobs[i].outcome, EXCHANGE_CANCELLED);
	end(&fixture);
	assert_int_equal(count_descriptors(), before);
}

/* Repeated rounds: a worker that was woken once is woken again. */
static void test_quiet_sends_and_one_wake(void **state)
{
	const struct pool_options options = {.workers = 2, .concurrency = 16};
	struct fixture fixture;

	(void)state;
	begin(&fixture, SERVER_NORMAL, &options);
	make_jobs(&fixture, 400, 1, 4, "r");
	for (size_t round = 0; round < 4; round++) {
		for (size_t i = round * 100; i < round * 100 + 100; i++)
			pool_send_quiet(fixture.pool, i % 4, &fixture.jobs[i].task);
		pool_wake(fixture.pool);
		wait_for(&fixture, 100);
	}
	for (size_t i = 0; i < fixture.count; i++)
		assert_int_equal(fixture.jobs[i].outcome, EXCHANGE_ANSWERED);
	end(&fixture);
}

static bool wakes(const struct mailbox *mailbox)
{
	struct pollfd watched = {.fd = mailbox->wakeup, .events = POLLIN};

	return poll(&watched, 1, 0) == 1;
}

/*
 * A quiet push does not wake, and returns whether a wake is needed; a push wakes only for an empty mailbox.
 */
static void test_quiet_push(void **state)
{
	struct message first, second, third;
	struct mailbox mailbox;
	struct error error;

	(void)state;
	assert_true(mailbox_open(&mailbox, &error));
	assert_true(mailbox_push_quiet(&mailbox, &first));
	assert_false(mailbox_push_quiet(&mailbox, &second));
	mailbox_push(&mailbox, &third);
	assert_false(wakes(&mailbox));
	mailbox_wake(&mailbox);
	assert_true(wakes(&mailbox));
	mailbox_clear_wakeup(&mailbox);
	assert_false(wakes(&mailbox));
	assert_ptr_equal(mailbox_drain(&mailbox), &first);
	assert_ptr_equal(first.next, &second);
	assert_ptr_equal(second.next, &third);
	assert_null(third.next);
	mailbox_push(&mailbox, &first);
	assert_true(wakes(&mailbox));
	mailbox_close(&mailbox);
}

enum { WRITERS = 4, SENT = 20000 };

struct numbered {
	struct message message;
	int writer, number;
};

struct writer {
	struct mailbox *mailbox;
	struct numbered *messages;
	int index;
};

static void *push_all(void *argument)
{
	struct writer *writer = argument;

	for (int i = 0; i < SENT; i++) {
		writer->messages[i] = (struct numbered){.writer = writer->index, .number = i};
		mailbox_push(writer->mailbox, &writer->messages[i].message);
	}
	return NULL;
}

/* No message is lost, and those of one thread keep their order. */
static void test_mailbox(void **state)
{
	int next[WRITERS] = {0}, left = WRITERS * SENT;
	struct writer writers[WRITERS];
	pthread_t threads[WRITERS];
	struct mailbox mailbox;
	struct error error;

	(void)state;
	assert_true(mailbox_open(&mailbox, &error));
	assert_null(mailbox_drain(&mailbox));
	for (int i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer){&mailbox, calloc(SENT, sizeof(struct numbered)), i};
		pthread_create(&threads[i], NULL, push_all, &writers[i]);
	}
	while (left > 0) {
		for (struct message *message = mailbox_drain(&mailbox); message; message = message->next) {
			const struct numbered *numbered = container_of(message, struct numbered, message);

			assert_int_equal(numbered->number, next[numbered->writer]++);
			left--;
		}
	}
	for (int i = 0; i < WRITERS; i++) {
		pthread_join(threads[i], NULL);
		free(writers[i].messages);
	}
	mailbox_close(&mailbox);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ten_thousand_over_few_connections),
		cmocka_unit_test(test_an_endpoint_shares_connections),
		cmocka_unit_test(test_an_endpoint_has_several_urls),
		cmocka_unit_test(test_server_that_closes_idle_connections),
		cmocka_unit_test(test_server_with_extra_responses),
		cmocka_unit_test(test_server_that_never_answers),
		cmocka_unit_test(test_a_dead_endpoint_delays_no_other),
		cmocka_unit_test(test_server_that_drips),
		cmocka_unit_test(test_server_that_stalls),
		cmocka_unit_test(test_server_that_sends_too_much),
		cmocka_unit_test(test_server_that_cuts_its_answer),
		cmocka_unit_test(test_nobody_listens),
		cmocka_unit_test(test_request_that_cannot_be_made),
		cmocka_unit_test(test_urgent_tasks_have_a_worker),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_quiet_sends_and_one_wake),
		cmocka_unit_test(test_quiet_push),
		cmocka_unit_test(test_mailbox),
	};

	curl_global_init(CURL_GLOBAL_DEFAULT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
