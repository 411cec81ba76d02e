#include "scanner/aws/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "scanner/aws/endpoint.h"
#include "scanner/aws/sigv4.h"

struct aws_context {
	struct sigv4_signer *signer;
	struct xml_parser *parser;
	struct endpoint endpoint; /* of the request that is being prepared */
	struct buffer header;
};

void *aws_context_open(void)
{
	struct aws_context *context = calloc(1, sizeof *context);

	if (!context)
		return NULL;
	context->signer = sigv4_open();
	context->parser = xml_open();
	if (!context->signer || !context->parser) {
		aws_context_close(context);
		return NULL;
	}
	return context;
}

void aws_context_close(void *opened)
{
	struct aws_context *context = opened;

	if (!context)
		return;
	sigv4_close(context->signer);
	xml_close(context->parser);
	buffer_wipe(&context->header);
	free(context);
}

/* ---- the request ---- */

static bool is_form(const struct operation *operation)
{
	return operation->service->protocol == PROTOCOL_QUERY || operation->service->protocol == PROTOCOL_EC2;
}

void call_begin(struct call *call, enum operation_id operation, const char *region)
{
	call->operation = &operations[operation];
	call->region = region;
	call->retry = (struct retry){0};
	buffer_clear(&call->body);
	if (is_form(call->operation))
		buffer_print(&call->body, "Action=%s&Version=%s", call->operation->name,
			     call->operation->service->version);
}

void call_parameter(struct call *call, const char *name, const char *value)
{
	buffer_print(&call->body, "&%s=", name);
	sigv4_encode(&call->body, span_of(value), false);
}

void call_json(struct call *call, json_t *body)
{
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;

	if (text)
		buffer_text(&call->body, text);
	else
		call->body.failed = true;
	free(text);
	json_decref(body);
}

/* The headers that are signed; the same go into the request. */
struct headers {
	struct sigv4_header signed_ones[8];
	size_t count;
	struct request *request;
};

static void add_header(struct headers *headers, const char *name, const char *value)
{
	headers->signed_ones[headers->count++] = (struct sigv4_header){span_of(name), span_of(value)};
	request_add_header(headers->request, name, value);
}

static void add_headers(struct headers *headers, const struct call *call, const struct endpoint *endpoint,
			const char *amz_date, const char *target)
{
	add_header(headers, "Content-Type",
		   is_form(call->operation) ? "application/x-www-form-urlencoded; charset=utf-8"
					    : "application/x-amz-json-1.1");
	add_header(headers, "Host", endpoint->host);
	add_header(headers, "X-Amz-Date", amz_date);
	if (call->session->token)
		add_header(headers, "X-Amz-Security-Token", call->session->token);
	if (*target)
		add_header(headers, "X-Amz-Target", target);
}

static bool sign(struct headers *headers, const struct call *call, struct aws_context *context,
		 const char *amz_date)
{
	const struct sigv4_request request = {
		.method = "POST",
		.path = span_of(context->endpoint.path),
		.headers = headers->signed_ones,
		.header_count = headers->count,
		.body = buffer_span(&call->body),
	};
	const struct sigv4_scope scope = {
		.access_key_id = call->session->access_key_id,
		.secret_access_key = call->session->secret_access_key,
		.amz_date = amz_date,
		.region = context->endpoint.signing_region,
		.service = call->operation->service->signing_name,
	};

	buffer_clear(&context->header);
	if (!sigv4_authorization(context->signer, &request, &scope, &context->header))
		return false;
	request_add_header(headers->request, "Authorization", context->header.at);
	request_add_header(headers->request, "Expect", ""); /* no waiting for a 100 Continue */
	return true;
}

/* Called when the exchange's turn has come: the clock is read once per attempt. */
static bool prepare(struct exchange *exchange, struct request *request)
{
	struct call *call = (struct call *)exchange;
	struct aws_context *context = worker_context(call->worker);
	struct headers headers = {.request = request};
	char amz_date[CLOCK_AMZ_SIZE], target[96] = "";

	if (!context || call->body.failed ||
	    !endpoint_resolve(&context->endpoint, call->client->config, call->operation->service, call->region,
			      NULL))
		return false;
	clock_format_amz(clock_wall_seconds(), amz_date);
	if (call->operation->service->protocol == PROTOCOL_JSON)
		snprintf(target, sizeof target, "%s.%s", call->operation->service->version,
			 call->operation->name);
	add_headers(&headers, call, &context->endpoint, amz_date, target);
	request->method = "POST";
	request->url = context->endpoint.url;
	request->body = buffer_span(&call->body);
	call->retry.attempts++;
	return sign(&headers, call, context, amz_date);
}

/* ---- the answer ---- */

static bool ask_again(struct call *call, const struct answer *answer)
{
	const struct config *config = call->client->config;
	enum retry_reason reason = answer->class == ANSWER_THROTTLE ? RETRY_THROTTLE : RETRY_TRANSIENT;
	char why[320];
	int64_t delay;

	if (answer->class == ANSWER_THROTTLE)
		call->throttled++;
	if (answer->class != ANSWER_THROTTLE && answer->class != ANSWER_TRANSIENT)
		return false;
	answer_describe(answer, why, sizeof why);
	if (!retry_again(&call->retry, worker_quota(call->worker, &call->exchange), reason,
			 config->max_attempts, worker_random(call->worker), answer->retry_after, &delay))
		return false;
	log_line(call->client->log, LOG_DETAIL, "call.retry", "%s %s %s: attempt %d: %s: %s; again in %d ms",
		 call->account ? call->account : "-", call->region, call->operation->name, call->retry.attempts,
		 answer_class_name(answer), why, (int)delay);
	call->retried++;
	worker_send_after(call->worker, &call->exchange, delay);
	return true;
}

static void on_exchange_done(struct exchange *exchange, const struct response *response)
{
	struct call *call = (struct call *)exchange;
	struct aws_context *context = worker_context(call->worker);
	struct answer answer;

	answer_read(&answer, call->operation, response, clock_wall_seconds(), context ? context->parser : NULL,
		    call->handler);
	if (answer.class == ANSWER_OK)
		retry_succeeded(&call->retry, worker_quota(call->worker, exchange));
	worker_note_rate(exchange, answer.class == ANSWER_THROTTLE);
	if (!ask_again(call, &answer))
		call->done(call, &answer);
	answer_free(&answer);
}

void call_send(struct call *call, struct worker *worker, const struct xml_handler *handler)
{
	const struct service *service = call->operation->service;

	call->worker = worker;
	call->handler = handler;
	snprintf(call->route, sizeof call->route, "%s.%s", service->host_prefix, call->region);
	call->exchange.route = call->route;
	call->exchange.rate_limit = service->rate_limit;
	call->exchange.prepare = prepare;
	call->exchange.done = on_exchange_done;
	worker_send(worker, &call->exchange);
}

void call_free(struct call *call)
{
	buffer_wipe(&call->body);
}
