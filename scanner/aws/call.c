#include "scanner/aws/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/container_of.h"
#include "base/text.h"
#include "base/version.h"
#include "scanner/aws/endpoint.h"
#include "scanner/aws/secrets.h"
#include "scanner/aws/sigv4.h"

enum {
	MAX_UNRESOLVED = 3,   /* attempts, where the region may not offer the service */
	MAX_CROWDED_OUT = 32, /* that do not count as attempts: about a quarter of a minute */
	CROWDED_OUT_MIN_MS = 50,
	CROWDED_OUT_MAX_MS = 1000,
};

/* Seconds by which an endpoint's clock is ahead of the local one. */
struct clock_offset {
	char endpoint[ENDPOINT_NAME_SIZE];
	int64_t seconds;
};

struct aws_context {
	struct sigv4_signer *signer;
	struct xml_parser *parser;
	struct endpoint endpoint; /* of the request that is being prepared */
	struct buffer header, path, url;
	int64_t signing_second;
	char amz_date[CLOCK_AMZ_SIZE]; /* the formatted signing_second; empty: none yet */
	struct clock_offset *clocks;   /* endpoints whose clocks differ */
	size_t clock_count, clock_capacity;
};

static void free_context(void *opened)
{
	struct aws_context *context = opened;

	if (!context)
		return;
	sigv4_signer_free(context->signer);
	xml_parser_free(context->parser);
	buffer_wipe(&context->header);
	buffer_deinit(&context->path);
	buffer_deinit(&context->url);
	free(context->clocks);
	free(context);
}

static void *new_context(void)
{
	struct aws_context *context = calloc(1, sizeof *context);

	if (!context)
		return NULL;
	context->signer = sigv4_signer_new();
	context->parser = xml_parser_new();
	if (!context->signer || !context->parser) {
		free_context(context);
		return NULL;
	}
	return context;
}

struct pool_options aws_pool_options(const struct config *config, size_t workers, size_t concurrency)
{
	return (struct pool_options){
		.workers = workers,
		.concurrency = concurrency,
		.timeout_ms = config->timeout_ms,
		.connect_timeout_ms = config->connect_timeout_ms,
		.idle_timeout_ms = config->idle_timeout_ms,
		.max_response_bytes = (size_t)config->max_answer_bytes,
		.ca_bundle = config->ca_bundle,
		.proxy = config->proxy,
		.no_proxy = config->no_proxy,
		.user_agent = "neptune-scan/" NEPTUNE_SCAN_VERSION,
		.context_new = new_context,
		.context_free = free_context,
	};
}

/* ---- clocks ---- */

static struct clock_offset *find_clock(struct aws_context *context, const char *endpoint)
{
	for (size_t i = 0; i < context->clock_count; i++)
		if (strcmp(context->clocks[i].endpoint, endpoint) == 0)
			return &context->clocks[i];
	return NULL;
}

static int64_t endpoint_time(const struct call *call)
{
	struct aws_context *context = worker_context(call->worker);
	const struct clock_offset *clock = context ? find_clock(context, call->endpoint) : NULL;

	return clock_wall_seconds() + (clock ? clock->seconds : 0);
}

/* NULL: out of memory. */
static struct clock_offset *add_clock(struct aws_context *context, const char *endpoint)
{
	struct clock_offset *clock =
		array_grow(context->clocks, context->clock_count, &context->clock_capacity, sizeof *clock);

	if (!clock)
		return NULL;
	context->clocks = clock;
	clock = &context->clocks[context->clock_count++];
	*clock = (struct clock_offset){.seconds = 0};
	text_copy(clock->endpoint, sizeof clock->endpoint, span_of(endpoint));
	return clock;
}

/* `ahead`: of the time by which the call was signed. False: out of memory. */
static bool set_clock(const struct call *call, int64_t ahead_s)
{
	struct aws_context *context = worker_context(call->worker);
	struct clock_offset *clock = find_clock(context, call->endpoint);

	if (!clock)
		clock = add_clock(context, call->endpoint);
	if (clock)
		clock->seconds += ahead_s;
	return clock;
}

/* ---- the request ---- */

static bool is_form(const struct operation *operation)
{
	return operation->service->protocol == PROTOCOL_QUERY || operation->service->protocol == PROTOCOL_EC2;
}

static bool is_get(const struct operation *operation)
{
	return operation->service->protocol == PROTOCOL_REST;
}

/* True: the parameters of the call are the query of its URL, not its body. */
static bool has_query(const struct call *call)
{
	return is_get(call->operation) || call->object;
}

static const char *method_of(const struct operation *operation)
{
	return operation->method ? operation->method : is_get(operation) ? "GET" : "POST";
}

void call_begin(struct call *call, enum operation_id operation, const char *region)
{
	call->operation = &operations[operation];
	call->region = region;
	call->object = NULL;
	call->retry = (struct retry){0};
	call->clock_corrected = call->connection_retried = false;
	call->crowded_out = 0;
	buffer_clear(&call->body);
	if (is_form(call->operation))
		buffer_texts(&call->body, "Action=", call->operation->name,
			     "&Version=", call->operation->service->version, NULL);
}

void call_begin_object(struct call *call, enum operation_id operation, const char *region,
		       const struct call_object *object)
{
	call_begin(call, operation, region);
	call->object = object;
}

void call_parameter(struct call *call, const char *name, const char *value)
{
	buffer_texts(&call->body, call->body.length > 0 ? "&" : "", name, "=", NULL);
	sigv4_encode(&call->body, span_of(value), false);
}

void call_secret_parameter(struct call *call, const char *name, const char *value)
{
	call_parameter(call, name, value);
	if (!secrets_remember(value))
		call->body.failed = true;
}

static int append_json(const char *text, size_t length, void *buffer)
{
	buffer_append(buffer, text, length);
	return 0;
}

void call_json(struct call *call, json_t *body)
{
	if (!body || json_dump_callback(body, append_json, &call->body, JSON_COMPACT) != 0)
		call->body.failed = true;
	json_decref(body);
}

/* The headers to sign; libcurl or `prepare` sends the same ones. */
struct headers {
	struct sigv4_header signed_ones[CALL_HEADERS + 6];
	size_t count;
	struct request *request;
};

static void sign_header(struct headers *headers, const char *name, const char *value)
{
	headers->signed_ones[headers->count++] = (struct sigv4_header){span_of(name), span_of(value)};
}

static void add_header(struct headers *headers, const char *name, const char *value)
{
	sign_header(headers, name, value);
	request_add_header(headers->request, name, value);
}

/* S3 requires the hash of the body as a header. libcurl's own headers are left out, or would not be signed. */
static void add_object_headers(struct headers *headers, const struct call_object *object)
{
	add_header(headers, "X-Amz-Content-Sha256", object->body_hash);
	for (size_t i = 0; i < CALL_HEADERS && object->headers[i].name; i++)
		add_header(headers, object->headers[i].name, object->headers[i].value);
	request_add_header(headers->request, "Content-Type", "");
	request_add_header(headers->request, "Expect", "");
}

static void add_headers(struct headers *headers, const struct call *call, const struct endpoint *endpoint,
			const char *amz_date, const char *target)
{
	if (is_form(call->operation))
		sign_header(headers, "Content-Type", REQUEST_CONTENT_TYPE);
	else if (!has_query(call))
		add_header(headers, "Content-Type", "application/x-amz-json-1.1");
	add_header(headers, "Host", endpoint->host);
	add_header(headers, "X-Amz-Date", amz_date);
	if (call->session && call->session->token)
		add_header(headers, "X-Amz-Security-Token", call->session->token);
	if (*target)
		add_header(headers, "X-Amz-Target", target);
	if (call->object)
		add_object_headers(headers, call->object);
}

static bool sign(struct headers *headers, const struct call *call, struct aws_context *context,
		 const char *amz_date)
{
	const struct span none = {"", 0};
	const struct sigv4_request request = {
		.method = method_of(call->operation),
		.path = call->object ? buffer_span(&context->path) : span_of(context->endpoint.path),
		.is_object = call->object,
		.query = has_query(call) ? buffer_span(&call->body) : none,
		.headers = headers->signed_ones,
		.header_count = headers->count,
		.body = has_query(call) ? none : buffer_span(&call->body),
		.body_hash = call->object ? span_of(call->object->body_hash) : (struct span){NULL, 0},
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
	return true;
}

static void count(const struct call *call, atomic_uint_fast64_t *counts)
{
	atomic_fetch_add_explicit(&counts[call->operation - operations], 1, memory_order_relaxed);
}

/* Formats the time once for the many requests of a second. */
static const char *signing_time(struct aws_context *context, int64_t now)
{
	if (context->signing_second != now || !context->amz_date[0])
		clock_format_amz(now, context->amz_date);
	context->signing_second = now;
	return context->amz_date;
}

/* Appends the key, percent-encoded except for its slashes. */
static void encode_key(struct buffer *into, const char *key)
{
	struct span rest = span_of(key), part;

	for (bool is_first = true; span_split(&rest, '/', &part); is_first = false) {
		if (!is_first)
			buffer_text(into, "/");
		sigv4_encode(into, part, false);
	}
}

/* The endpoint, and the URL where it has more than the endpoint. False: too long, or out of memory. */
static bool make_url(const struct call *call, struct aws_context *context)
{
	const struct config *config = call->client->config;
	struct endpoint *endpoint = &context->endpoint;

	if (!endpoint_resolve(endpoint, config, call->operation->service, call->region, NULL) ||
	    !endpoint_add_path(endpoint, call->operation->path) ||
	    (call->object && !endpoint_add_bucket(endpoint, config, call->object->bucket)))
		return false;
	if (!has_query(call))
		return true;
	buffer_clear(&context->path);
	buffer_clear(&context->url);
	buffer_text(&context->path, endpoint->path);
	buffer_text(&context->url, endpoint->url);
	if (call->object) {
		encode_key(&context->path, call->object->key);
		encode_key(&context->url, call->object->key);
	}
	buffer_print(&context->url, "?" SPAN_FORMAT, SPAN_ARGUMENTS(buffer_span(&call->body)));
	return !context->path.failed && !context->url.failed;
}

static bool may_be_sent(const struct call *call)
{
	return !call->operation->writes ||
	       (call->object && config_writes_bucket(call->client->config, call->object->bucket));
}

/* The worker calls it when the exchange starts, so each attempt reads the clock once. */
static bool prepare(struct exchange *exchange, struct request *request)
{
	struct call *call = container_of(exchange, struct call, exchange);
	struct aws_context *context = worker_context(call->worker);
	struct headers headers = {.request = request};
	const char *amz_date;
	char target[96] = "";

	if (!context || call->body.failed || !may_be_sent(call) || !make_url(call, context))
		return false;
	amz_date = signing_time(context, endpoint_time(call));
	if (call->operation->service->protocol == PROTOCOL_JSON)
		snprintf(target, sizeof target, "%s.%s", call->operation->service->version,
			 call->operation->name);
	add_headers(&headers, call, &context->endpoint, amz_date, target);
	request->method = method_of(call->operation);
	request->url = has_query(call) ? context->url.at : context->endpoint.url;
	if (call->object)
		request->body = call->object->body;
	else if (!has_query(call))
		request->body = buffer_span(&call->body);
	call->retry.attempts++;
	if (call->client->counts)
		count(call, call->client->counts->sent);
	return !call->session || sign(&headers, call, context, amz_date);
}

/* ---- the answer ---- */

static struct log_fields fields_of(const struct call *call, const struct answer *answer)
{
	return (struct log_fields){.account = call->account,
				   .region = call->region,
				   .operation = call->operation->permission,
				   .request_id = answer->request_id,
				   .attempt = call->retry.attempts};
}

/* Keys without a token cannot expire, so such an answer is an error of the server. */
static bool is_transient(const struct call *call, const struct answer *answer)
{
	return answer->class == ANSWER_TRANSIENT ||
	       (answer_is_expired(answer) && call->session && !call->session->token);
}

/*
 * Retries at once with the endpoint's time, which does not count as an attempt. False: the clock is not the
 * cause.
 */
static bool correct_clock(struct call *call, const struct answer *answer)
{
	struct log_fields fields = fields_of(call, answer);

	if (answer->class != ANSWER_CLOCK_SKEW || !answer->dated || call->clock_corrected ||
	    !set_clock(call, answer->ahead_s))
		return false;
	call->clock_corrected = true;
	call->retry.attempts--;
	log_about(call->client->log, LOG_DETAIL, "clock.corrected", &fields,
		  "%s: its clock is %lld s ahead of the one that the request was signed by; asking again by "
		  "its own",
		  call->endpoint, (long long)answer->ahead_s);
	worker_send(call->worker, &call->exchange);
	return true;
}

/*
 * A server may close an idle connection at any time, also when a request is on its way. The server has not
 * processed that request, so a retry on another connection does not count as an attempt.
 */
static bool retry_stale_connection(struct call *call, const struct response *response)
{
	if (response->outcome != EXCHANGE_BROKEN || response->new_connection || response->status != 0 ||
	    response->headers.length > 0 || call->connection_retried)
		return false;
	call->connection_retried = true;
	call->retry.attempts--;
	worker_send(call->worker, &call->exchange);
	return true;
}

/* Nothing was sent, because this program has too many connections open: that is no attempt. */
static bool retry_crowded_out(struct call *call, const struct response *response)
{
	int64_t most_ms = CROWDED_OUT_MAX_MS;

	if (!response->is_crowded_out || call->crowded_out == MAX_CROWDED_OUT)
		return false;
	if (call->crowded_out < 5)
		most_ms = CROWDED_OUT_MIN_MS << call->crowded_out;
	call->crowded_out++;
	call->retry.attempts--;
	worker_send_after(call->worker, &call->exchange,
			  1 + (int64_t)(worker_random(call->worker) * (double)most_ms));
	return true;
}

static bool name_may_be_absent(const struct call *call)
{
	return service_may_be_absent(call->operation->service, call->region) ||
	       endpoint_may_lack_fips(call->client->config, call->operation->service, call->region);
}

static bool retry_later(struct call *call, const struct answer *answer)
{
	int64_t max_attempts = call->client->config->max_attempts, delay_ms, turn_ms;
	enum retry_reason reason = answer->class == ANSWER_THROTTLE ? RETRY_THROTTLE : RETRY_TRANSIENT;
	struct log_fields fields = fields_of(call, answer);
	char why[320];

	if (answer->class == ANSWER_THROTTLE) {
		if (call->client->counts)
			count(call, call->client->counts->throttled);
		max_attempts *= call->operation->service->throttle_factor;
	} else if (call->has_alternative || !is_transient(call, answer)) {
		return false;
	} else if (answer->unresolved && name_may_be_absent(call) && max_attempts > MAX_UNRESOLVED) {
		max_attempts = MAX_UNRESOLVED;
	}
	if (!retry_again(&call->retry, worker_quota(call->worker, &call->exchange), reason, max_attempts,
			 worker_random(call->worker), answer->retry_after_ms, &delay_ms))
		return false;
	turn_ms = call->bucket ? rate_limiter_reserve(call->bucket, clock_monotonic_milliseconds()) : 0;
	delay_ms = turn_ms > delay_ms ? turn_ms : delay_ms;
	answer_describe(answer, why, sizeof why);
	log_about(call->client->log, LOG_DETAIL, "call.retry", &fields,
		  "%s %s %s: attempt %d: %s: %s; again in %d ms", call->account ? call->account : "-",
		  call->region, call->operation->name, call->retry.attempts, answer_class_name(answer), why,
		  (int)delay_ms);
	if (call->client->counts)
		count(call, call->client->counts->retried);
	worker_send_after(call->worker, &call->exchange, delay_ms);
	return true;
}

static void note_rate(struct call *call, const struct answer *answer)
{
	int64_t now = clock_monotonic_milliseconds();

	worker_note_rate(call->worker, &call->exchange, answer->class == ANSWER_THROTTLE);
	if (call->bucket && answer->class == ANSWER_THROTTLE)
		rate_limiter_refused(call->bucket, now);
	else if (call->bucket)
		rate_limiter_accepted(call->bucket, now);
}

static void on_exchange_done(struct exchange *exchange, struct response *response)
{
	struct call *call = container_of(exchange, struct call, exchange);
	struct aws_context *context = worker_context(call->worker);
	struct answer answer;

	answer_read(&answer, call->operation, response, endpoint_time(call), context ? context->parser : NULL,
		    call->handler);
	if (answer.class == ANSWER_OK)
		retry_succeeded(&call->retry, worker_quota(call->worker, exchange));
	note_rate(call, &answer);
	if (!correct_clock(call, &answer) && !retry_stale_connection(call, response) &&
	    !retry_crowded_out(call, response) && !retry_later(call, &answer))
		call->done(call, &answer);
	answer_deinit(&answer);
}

double caller_rate_limit(const struct config *config, int64_t sharing)
{
	return (double)config->sts_rate / (double)(sharing > 1 ? sharing : 1);
}

void call_send(struct call *call, struct worker *worker, const struct xml_handler *handler)
{
	const struct service *service = call->operation->service;
	int64_t turn_ms;

	call->worker = worker;
	call->handler = handler;
	text_join(call->endpoint, sizeof call->endpoint, service->host_prefix, ".", call->region, NULL);
	call->exchange.endpoint = call->endpoint;
	call->exchange.unblocks_work = service->unblocks_work;
	call->exchange.rate_limit =
		service->counts_for_caller ? caller_rate_limit(call->client->config, call->client->sharing) : 0;
	call->exchange.prepare = prepare;
	call->exchange.done = on_exchange_done;
	turn_ms = call->bucket ? rate_limiter_reserve(call->bucket, clock_monotonic_milliseconds()) : 0;
	if (turn_ms > 0)
		worker_send_after(worker, &call->exchange, turn_ms);
	else
		worker_send(worker, &call->exchange);
}

int64_t call_clock_ahead(const struct call *call, const struct answer *answer)
{
	return answer->dated ? endpoint_time(call) - clock_wall_seconds() + answer->ahead_s : 0;
}

void call_deinit(struct call *call)
{
	buffer_wipe(&call->body);
}
