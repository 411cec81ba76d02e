/*
 * call.h - one AWS operation, with retries.
 *
 * The caller embeds the call in its own state and owns it. The call signs each attempt anew, classifies the
 * answer, retries with backoff where that can help, and then calls `done` once. When the endpoint's clock
 * differs from the local one, it corrects the time for that endpoint and retries. A call belongs to one
 * worker's thread and may be reused for one operation after another.
 *
 * An operation that is marked as writing is sent only for a bucket that the settings name as a place to write
 * to (config_writes_bucket); otherwise the call ends with ANSWER_BROKEN.
 */
#ifndef SCANNER_AWS_CALL_H
#define SCANNER_AWS_CALL_H

#include <stdatomic.h>

#include "base/log.h"
#include "config/settings.h"
#include "scanner/aws/answer.h"
#include "scanner/aws/session.h"
#include "workers/pool.h"
#include "workers/rate_limiter.h"

/* Requests of each operation; all threads count. */
struct call_counts {
	atomic_uint_fast64_t sent[OPERATION_COUNT], retried[OPERATION_COUNT], throttled[OPERATION_COUNT];
};

/* Shared by all calls of a program. Read-only, except for the counts. */
struct client {
	const struct config *config;
	const struct log *log;
	struct call_counts *counts; /* NULL: not counted */
	int64_t sharing; /* the number of programs that share the caller's rate limits; 0: only this one */
};

/*
 * Requests a second that this program may send to an endpoint whose calls count against the caller's account.
 */
double caller_rate_limit(const struct config *config, int64_t sharing);

/*
 * Options from the settings, for a fixed number of exchanges in flight. Each worker's thread gets a signer and
 * an XML parser (worker_context).
 */
struct pool_options aws_pool_options(const struct config *config, size_t workers, size_t concurrency);

enum { ENDPOINT_NAME_SIZE = 96 /* the longest host prefix, a dot and a region */ };

enum { CALL_HEADERS = 10 };

/* The object of a call with PROTOCOL_OBJECT. Owned by the caller until `done`. */
struct call_object {
	const char *bucket, *key; /* the key is not percent-encoded */
	struct call_header {
		const char *name, *value;
	} headers[CALL_HEADERS]; /* to be signed and sent as well; the first without a name ends the list */
	struct span body;
	char body_hash[65]; /* SHA-256 of the body in hexadecimal */
};

struct call {
	struct exchange exchange;
	const struct client *client;
	const struct session *session; /* NULL: not signed */
	const char *account;           /* for log lines */
	/*
	 * For the service, region and paying account, shared by all calls that count against it; NULL: the
	 * endpoint's own limiter suffices. Owned by the call's thread.
	 */
	struct rate_limiter *bucket;
	/* The caller sends it elsewhere if it fails here, so only throttled attempts are repeated. */
	bool has_alternative;
	/* The callee may take members out of the answer and set them to NULL; the rest is freed. */
	void (*done)(struct call *call, struct answer *answer);

	/* Private to the call. */
	const struct operation *operation;
	const char *region;
	const struct call_object *object;
	const struct xml_handler *handler;
	struct worker *worker;
	struct buffer body;
	struct retry retry;
	bool clock_corrected, connection_retried; /* once for each request */
	int crowded_out;                          /* how often, of the request */
	char endpoint[ENDPOINT_NAME_SIZE];
};

/* Starts a request; for form protocols with its Action and Version. `region` must outlive the call. */
void call_begin(struct call *call, enum operation_id operation, const char *region);
/* The same for an operation with PROTOCOL_OBJECT. */
void call_begin_object(struct call *call, enum operation_id operation, const char *region,
		       const struct call_object *object);
/* Adds a parameter to the form or the query, percent-encoded. */
void call_parameter(struct call *call, const char *name, const char *value);
/* The same for a secret value, which is masked in all untrusted text from now on (secrets.h). */
void call_secret_parameter(struct call *call, const char *name, const char *value);
/* Sets the body of a JSON request. Steals the reference; NULL: out of memory. */
void call_json(struct call *call, json_t *body);
/* `handler` receives an XML success; NULL for JSON. It and its data must live until `done`. */
void call_send(struct call *call, struct worker *worker, const struct xml_handler *handler);
/* In `done`: seconds by which the endpoint's clock is ahead of the local one; 0 when not known. */
int64_t call_clock_ahead(const struct call *call, const struct answer *answer);
/* Frees the call's memory. The call must not be in flight. */
void call_deinit(struct call *call);

#endif
