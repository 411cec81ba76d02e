#include "scanner/aws/asker.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

struct asker {
	struct client client;
	struct mailbox mailbox; /* what is answered comes back by it */
	struct pool *pool;
};

struct asker *asker_open(const struct config *config, const struct log *log, int64_t timeout, size_t at_once,
			 struct error *error)
{
	struct pool_options options = aws_pool_options(config, 1, at_once);
	struct asker *asker = calloc(1, sizeof *asker);

	if (timeout)
		options.timeout = options.connect_timeout = options.idle_timeout = timeout;
	if (!asker) {
		error_out_of_memory(error);
		return NULL;
	}
	asker->client = (struct client){.config = config, .log = log};
	asker->mailbox.wakeup = -1;
	if (mailbox_open(&asker->mailbox, error))
		asker->pool = pool_open(&options, error);
	if (!asker->pool) {
		asker_close(asker);
		return NULL;
	}
	return asker;
}

void asker_close(struct asker *asker)
{
	if (!asker)
		return;
	pool_close(asker->pool);
	mailbox_close(&asker->mailbox);
	free(asker);
}

void asker_wait(struct asker *asker, size_t count)
{
	struct pollfd watched = {.fd = asker->mailbox.wakeup, .events = POLLIN};

	while (count > 0) {
		if (poll(&watched, 1, -1) > 0)
			mailbox_heard(&asker->mailbox);
		for (struct mail *mail = mailbox_take(&asker->mailbox); mail; mail = mail->next)
			count--;
	}
}

/* ---- calls ---- */

static void on_answer(struct call *call, struct answer *answer)
{
	struct asked_call *asked = (struct asked_call *)((char *)call - offsetof(struct asked_call, call));

	asked->answer = *answer;
	answer->json = NULL; /* moved */
	mailbox_put(&asked->asker->mailbox, &asked->task.mail);
}

static void run_call(struct task *task, struct worker *worker)
{
	struct asked_call *asked = (struct asked_call *)task;

	call_send(&asked->call, worker, asked->handler);
}

void asked_call_init(struct asked_call *asked, struct asker *asker, const struct session *session)
{
	*asked = (struct asked_call){
		.task = {.run = run_call},
		.asker = asker,
		.call = {.client = &asker->client, .session = session, .done = on_answer},
	};
}

void asked_call_free(struct asked_call *asked)
{
	answer_free(&asked->answer);
	call_free(&asked->call);
}

void asker_begin(struct asker *asker, struct asked_call *asked)
{
	pool_send(asker->pool, 0, &asked->task);
}

void asker_ask(struct asker *asker, struct asked_call *asked, size_t count)
{
	for (size_t i = 0; i < count; i++)
		asker_begin(asker, &asked[i]);
	asker_wait(asker, count);
}

bool asker_ask_one(struct asker *asker, struct asked_call *asked)
{
	asker_ask(asker, asked, 1);
	return asked->answer.class == ANSWER_OK;
}

/* ---- pages ---- */

static bool prepare_page(struct exchange *exchange, struct request *request)
{
	const struct asked_page *page =
		(const struct asked_page *)((const char *)exchange - offsetof(struct asked_page, exchange));

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
	struct asked_page *page =
		(struct asked_page *)((char *)exchange - offsetof(struct asked_page, exchange));
	struct span date = response_header(response, "date");

	page->outcome = response->outcome;
	page->status = response->status;
	snprintf(page->problem, sizeof page->problem, "%s", response->problem);
	if (!date.at || !clock_parse_http(date, &page->date))
		page->date = 0;
	buffer_append(&page->text, response->body.at, response->body.length);
	mailbox_put(&page->asker->mailbox, &page->task.mail);
}

static void run_page(struct task *task, struct worker *worker)
{
	worker_send(worker, &((struct asked_page *)task)->exchange);
}

bool asker_fetch(struct asker *asker, struct asked_page *page)
{
	page->task.run = run_page;
	page->asker = asker;
	page->exchange = (struct exchange){.route = page->url, .prepare = prepare_page, .done = on_page};
	buffer_wipe(&page->text);
	pool_send(asker->pool, 0, &page->task);
	asker_wait(asker, 1);
	return page->outcome == EXCHANGE_ANSWERED && !page->text.failed;
}

json_t *asked_page_json(const struct asked_page *page)
{
	return json_loadb(page->text.at ? page->text.at : "", page->text.length, JSON_REJECT_DUPLICATES, NULL);
}

void asked_page_free(struct asked_page *page)
{
	buffer_wipe(&page->text);
}
