#include "tests/scanner/engine/scripted_transport.h"

#include "base/container_of.h"
#include "tests/unit.h"

enum { MAX_RESPONSES = 128, MAX_REQUESTS = 512, REQUEST_SIZE = 2048 };

struct entry {
	struct scripted_response response;
	bool is_used;
};

struct sent {
	char operation[64], body[REQUEST_SIZE];
	bool high_priority;
};

struct worker {
	void *context;
	struct retry_quota quota;
	uint64_t random;
};

struct pool {
	struct worker worker;
	struct pool_options options;
	struct message *tasks, **last_task;
	struct exchange *queued, **last_queued, *delayed, **last_delayed, *failed;
	bool is_cancelled;
	size_t sends_until_failure;
	struct entry entries[MAX_RESPONSES];
	size_t entry_count;
	struct sent sent[MAX_REQUESTS];
	size_t sent_count;
};

static struct pool the_pool;

/* ---- the script ---- */

void script_reset(void)
{
	the_pool.entry_count = the_pool.sent_count = 0;
	the_pool.is_cancelled = false;
	the_pool.sends_until_failure = SIZE_MAX;
}

void script_add(struct scripted_response response)
{
	assert_true(the_pool.entry_count < MAX_RESPONSES);
	the_pool.entries[the_pool.entry_count++] = (struct entry){response, false};
}

void script_good(const char *operation, const char *body)
{
	script_add((struct scripted_response){.operation = operation, .status = 200, .body = body});
}

/* One body that both protocols read: the text of an XML error is no JSON, so the header has the code of that.
 */
void script_refuse(const char *operation, long status, const char *code)
{
	static char bodies[MAX_RESPONSES][256];
	char *body = bodies[the_pool.entry_count];
	bool is_json = strncmp(operation, "DescribeKey", 11) == 0 || strstr(operation, "Rotation") ||
		       strstr(operation, "Aliases") || strstr(operation, "Organization") ||
		       strncmp(operation, "ListAccounts", 12) == 0 || strncmp(operation, "ListRoots", 9) == 0;

	snprintf(body, sizeof bodies[0],
		 is_json ? "{\"__type\":\"%s\",\"message\":\"scripted\"}"
			 : "<ErrorResponse><Error><Code>%s</Code><Message>scripted</Message></Error>"
			   "<RequestId>refused-1</RequestId></ErrorResponse>",
		 code);
	script_add((struct scripted_response){.operation = operation, .status = status, .body = body});
}

size_t script_sent_with(const char *operation, const char *text)
{
	size_t count = 0;

	for (size_t i = 0; i < the_pool.sent_count; i++)
		count += strcmp(the_pool.sent[i].operation, operation) == 0 &&
			 strstr(the_pool.sent[i].body, text) != NULL;
	return count;
}

size_t script_sent(const char *operation)
{
	return script_sent_with(operation, "");
}

size_t script_sent_first(const char *operation)
{
	size_t count = 0;

	for (size_t i = 0; i < the_pool.sent_count; i++)
		count += strcmp(the_pool.sent[i].operation, operation) == 0 && the_pool.sent[i].high_priority;
	return count;
}

size_t script_left(void)
{
	size_t left = 0;

	for (size_t i = 0; i < the_pool.entry_count; i++)
		left += !the_pool.entries[i].is_used && !the_pool.entries[i].response.stays;
	return left;
}

void script_cancel(void)
{
	the_pool.is_cancelled = true;
}

void script_fail_send(size_t n)
{
	the_pool.sends_until_failure = n;
}

/* ---- one exchange ---- */

/* "Action=NAME&..." of a form, "X-Amz-Target: SERVICE.NAME", or the URL of a REST API. */
static void read_request(const struct request *request, struct sent *sent)
{
	const char *target = NULL, *from;
	size_t length;

	snprintf(sent->body, sizeof sent->body, "%.*s", (int)request->body.length,
		 request->body.at ? request->body.at : "");
	for (size_t i = 0; i < request->count; i++) {
		const char *line = request->lines.at + request->starts[i];

		if (strncmp(line, "X-Amz-Target: ", 14) == 0)
			target = strchr(line, '.');
	}
	from = target ? target + 1 : strncmp(sent->body, "Action=", 7) == 0 ? sent->body + 7 : request->url;
	length = from == request->url ? strlen(from) : strcspn(from, "&");
	snprintf(sent->operation, sizeof sent->operation, "%.*s", (int)length, from);
}

static bool fits(const struct entry *entry, const struct sent *sent, const char *url)
{
	const struct scripted_response *response = &entry->response;
	char host[80];

	snprintf(host, sizeof host, ".%s.", response->region ? response->region : "");
	return (!entry->is_used || response->stays) &&
	       (strcmp(sent->operation, response->operation) == 0 ||
		(strncmp(sent->operation, "http", 4) == 0 && strstr(sent->operation, response->operation))) &&
	       (!response->region || strstr(url, host)) &&
	       (!response->with || strstr(sent->body, response->with));
}

static const struct scripted_response *find(const struct sent *sent, const char *url)
{
	for (size_t i = 0; i < the_pool.entry_count; i++)
		if (fits(&the_pool.entries[i], sent, url)) {
			the_pool.entries[i].is_used = true;
			return &the_pool.entries[i].response;
		}
	fail_msg("nothing in the script answers %s at %s (%s)", sent->operation, url, sent->body);
	return NULL;
}

static void answer(struct exchange *exchange, const struct scripted_response *scripted)
{
	struct response response = {.outcome = scripted->outcome, .name_denied = scripted->name_denied};
	char id[64];

	if (scripted->status) {
		response.outcome = EXCHANGE_ANSWERED;
		response.status = scripted->status;
		response.new_connection = true;
		snprintf(id, sizeof id, "x-amzn-RequestId: request-%zu\n", the_pool.sent_count);
		buffer_text(&response.headers, id);
		buffer_text(&response.body, scripted->body);
	} else {
		snprintf(response.problem, sizeof response.problem, "scripted outcome %d", scripted->outcome);
	}
	exchange->done(exchange, &response);
	response_deinit(&response);
}

static void end(struct exchange *exchange, enum exchange_outcome outcome)
{
	answer(exchange, &(struct scripted_response){.outcome = outcome});
}

static void perform(struct exchange *exchange)
{
	struct sent *sent = &the_pool.sent[the_pool.sent_count];
	struct request request = {0};
	bool prepared;
	char *url;

	assert_true(the_pool.sent_count < MAX_REQUESTS);
	if (the_pool.is_cancelled) {
		end(exchange, EXCHANGE_CANCELLED);
		return;
	}
	prepared = exchange->prepare(exchange, &request);
	sent->high_priority = exchange->high_priority;
	url = prepared ? strdup(request.url) : NULL;
	if (prepared)
		read_request(&request, sent);
	request_deinit(&request);
	if (!prepared) {
		end(exchange, EXCHANGE_NOT_PREPARED);
		return;
	}
	the_pool.sent_count++;
	answer(exchange, find(sent, url));
	free(url);
}

static struct exchange *take(void)
{
	struct exchange **from = the_pool.queued ? &the_pool.queued : &the_pool.delayed, *exchange = *from;

	if (!exchange)
		return NULL;
	*from = exchange->next;
	if (!the_pool.queued)
		the_pool.last_queued = &the_pool.queued;
	if (!the_pool.delayed)
		the_pool.last_delayed = &the_pool.delayed;
	return exchange;
}

static void run_tasks(void)
{
	while (the_pool.tasks) {
		struct task *task = container_of(the_pool.tasks, struct task, message);

		the_pool.tasks = task->message.next;
		if (!the_pool.tasks)
			the_pool.last_task = &the_pool.tasks;
		task->run(task, &the_pool.worker);
	}
}

bool script_step(size_t responses)
{
	struct exchange *exchange;

	run_tasks();
	while (the_pool.failed) {
		exchange = the_pool.failed;
		the_pool.failed = exchange->next;
		end(exchange, EXCHANGE_NOT_PREPARED);
		run_tasks();
	}
	while (responses-- > 0 && (exchange = take())) {
		perform(exchange);
		run_tasks();
	}
	return the_pool.queued || the_pool.delayed || the_pool.failed;
}

void script_run(void)
{
	while (script_step(SIZE_MAX))
		;
}

/* ---- workers/pool.h ---- */

struct pool *pool_open(const struct pool_options *options, struct error *error)
{
	(void)error;
	the_pool.options = *options;
	the_pool.last_task = &the_pool.tasks;
	the_pool.last_queued = &the_pool.queued;
	the_pool.last_delayed = &the_pool.delayed;
	the_pool.worker.context = options->context_new ? options->context_new() : NULL;
	retry_quota_fill(&the_pool.worker.quota);
	return &the_pool;
}

void pool_close(struct pool *pool)
{
	assert_null(pool->queued);
	assert_null(pool->delayed);
	if (pool->options.context_free)
		pool->options.context_free(pool->worker.context);
}

void pool_send(struct pool *pool, size_t place, struct task *task)
{
	(void)place;
	task->message.next = NULL;
	*pool->last_task = &task->message;
	pool->last_task = &task->message.next;
}

void pool_send_quiet(struct pool *pool, size_t place, struct task *task)
{
	pool_send(pool, place, task);
}

void pool_wake(struct pool *pool)
{
	(void)pool;
}

void pool_cancel_waiting(struct pool *pool)
{
	pool->is_cancelled = true;
}

void pool_cancel_all(struct pool *pool)
{
	pool->is_cancelled = true;
}

size_t pool_concurrency(const struct pool *pool)
{
	return pool->options.concurrency;
}

struct pool_statistics pool_statistics(const struct pool *pool)
{
	return (struct pool_statistics){.sent = pool->sent_count};
}

static bool fails(void)
{
	return the_pool.sends_until_failure != SIZE_MAX && the_pool.sends_until_failure-- == 0;
}

static void fail_later(struct exchange *exchange)
{
	exchange->next = the_pool.failed;
	the_pool.failed = exchange;
}

void worker_send(struct worker *worker, struct exchange *exchange)
{
	(void)worker;
	if (fails()) {
		fail_later(exchange);
		return;
	}
	exchange->next = NULL;
	*the_pool.last_queued = exchange;
	the_pool.last_queued = &exchange->next;
}

void worker_send_after(struct worker *worker, struct exchange *exchange, int64_t milliseconds)
{
	(void)worker, (void)milliseconds;
	if (fails()) {
		fail_later(exchange);
		return;
	}
	exchange->next = NULL;
	*the_pool.last_delayed = exchange;
	the_pool.last_delayed = &exchange->next;
}

void *worker_context(struct worker *worker)
{
	return worker->context;
}

double worker_random(struct worker *worker)
{
	worker->random = worker->random * 6364136223846793005U + 1;
	return (double)(worker->random >> 33) / 2147483648.0;
}

struct retry_quota *worker_quota(struct worker *worker, struct exchange *exchange)
{
	(void)exchange;
	return &worker->quota;
}

void worker_note_rate(struct worker *worker, struct exchange *exchange, bool throttled)
{
	(void)worker;
	(void)exchange, (void)throttled;
}
