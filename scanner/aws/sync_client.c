#include "scanner/aws/sync_client.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/container_of.h"
#include "base/interruption.h"
#include "base/text.h"
#include "scanner/aws/secrets.h"

struct sync_client {
	struct client client;
	struct mailbox mailbox; /* receives the calls that have ended */
	struct pool *pool;
};

struct sync_client *sync_client_open(const struct config *config, const struct log *log, int64_t timeout_ms,
				     size_t max_in_flight, struct error *error)
{
	struct pool_options options = aws_pool_options(config, 1, max_in_flight);
	struct sync_client *client = calloc(1, sizeof *client);

	if (timeout_ms)
		options.timeout_ms = options.connect_timeout_ms = options.idle_timeout_ms = timeout_ms;
	if (!client) {
		error_out_of_memory(error);
		return NULL;
	}
	client->client = (struct client){.config = config, .log = log};
	client->mailbox.wakeup = -1;
	if (mailbox_open(&client->mailbox, error))
		client->pool = pool_open(&options, error);
	if (!client->pool) {
		sync_client_close(client);
		return NULL;
	}
	return client;
}

void sync_client_close(struct sync_client *client)
{
	if (!client)
		return;
	pool_close(client->pool);
	mailbox_close(&client->mailbox);
	free(client);
}

void sync_client_wait(struct sync_client *client, size_t count)
{
	struct pollfd watched[] = {
		{.fd = client->mailbox.wakeup, .events = POLLIN},
		{.fd = interruption_descriptor(), .events = POLLIN},
	};

	while (count > 0) {
		if (poll(watched, 2, -1) > 0 && watched[0].revents)
			mailbox_clear_wakeup(&client->mailbox);
		if (interruption_reason())
			watched[1].fd = -1;
		if (interruption_ends_requests())
			pool_cancel_all(client->pool);
		for (struct message *message = mailbox_drain(&client->mailbox); message;
		     message = message->next)
			count--;
	}
}

/* ---- calls ---- */

static void on_answer(struct call *call, struct answer *answer)
{
	struct sync_call *sync_call = container_of(call, struct sync_call, call);

	sync_call->answer = *answer;
	answer->json = NULL; /* moved, and so is the body of an object */
	answer->object.body = (struct buffer){0};
	mailbox_push(&sync_call->client->mailbox, &sync_call->task.message);
}

static void run_call(struct task *task, struct worker *worker)
{
	struct sync_call *sync_call = container_of(task, struct sync_call, task);

	call_send(&sync_call->call, worker, sync_call->handler);
}

void sync_call_init(struct sync_call *sync_call, struct sync_client *client, const struct session *session)
{
	*sync_call = (struct sync_call){
		.task = {.run = run_call},
		.client = client,
		.call = {.client = &client->client, .session = session, .done = on_answer},
	};
}

void sync_call_deinit(struct sync_call *sync_call)
{
	answer_deinit(&sync_call->answer);
	call_deinit(&sync_call->call);
}

void sync_client_start(struct sync_client *client, struct sync_call *sync_call)
{
	pool_send(client->pool, 0, &sync_call->task);
}

void sync_client_call_all(struct sync_client *client, struct sync_call *sync_call, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sync_client_start(client, &sync_call[i]);
	sync_client_wait(client, count);
}

bool sync_client_call(struct sync_client *client, struct sync_call *sync_call)
{
	sync_client_call_all(client, sync_call, 1);
	return sync_call->answer.class == ANSWER_OK;
}

/* ---- pages ---- */

static bool prepare_page(struct exchange *exchange, struct request *request)
{
	const struct sync_page *page = container_of(exchange, struct sync_page, exchange);

	request->method = page->method;
	request->url = page->url;
	request->body = page->body.at ? page->body : (struct span){"", 0};
	for (size_t i = 0; i < sizeof page->headers / sizeof page->headers[0] && page->headers[i].name; i++)
		request_add_header(request, page->headers[i].name, page->headers[i].value);
	if (!page->body.at)
		request_add_header(request, "Content-Type", "");
	return true;
}

static void on_page(struct exchange *exchange, struct response *response)
{
	struct sync_page *page = container_of(exchange, struct sync_page, exchange);
	struct span date = response_header(response, "date");

	page->outcome = response->outcome;
	page->status = response->status;
	secrets_mask_text(response->problem);
	text_copy(page->problem, sizeof page->problem, span_of(response->problem));
	if (!date.at || !clock_parse_http(date, &page->date))
		page->date = 0;
	buffer_append(&page->text, response->body.at, response->body.length);
	if (page->text.at)
		text_repair_bytes(page->text.at, page->text.length);
	mailbox_push(&page->client->mailbox, &page->task.message);
}

static void run_page(struct task *task, struct worker *worker)
{
	worker_send(worker, &container_of(task, struct sync_page, task)->exchange);
}

bool sync_client_fetch(struct sync_client *client, struct sync_page *page)
{
	page->task.run = run_page;
	page->client = client;
	page->exchange = (struct exchange){.endpoint = page->url, .prepare = prepare_page, .done = on_page};
	buffer_wipe(&page->text);
	pool_send(client->pool, 0, &page->task);
	sync_client_wait(client, 1);
	return page->outcome == EXCHANGE_ANSWERED && !page->text.failed;
}

json_t *sync_page_json(const struct sync_page *page)
{
	return json_loadb(page->text.at ? page->text.at : "", page->text.length, JSON_REJECT_DUPLICATES, NULL);
}

void sync_page_deinit(struct sync_page *page)
{
	buffer_wipe(&page->text);
}
