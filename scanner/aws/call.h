/*
 * call.h - one AWS operation, asked until it is answered or given up.
 *
 * A call is embedded in the state of whoever asks. It signs each attempt anew, classifies the answer,
 * waits and asks again while that makes sense, and then says so once: `done`. A clock that differs from the
 * endpoint's is corrected for that endpoint, and the request asked once more. It belongs to one worker's
 * thread; it may be used for one operation after another.
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

/* How often each operation was asked; counted by all threads. */
struct call_counts {
	atomic_uint_fast64_t sent[OPERATION_COUNT], retried[OPERATION_COUNT], throttled[OPERATION_COUNT];
};

/* What all calls of a program share. Read-only, but for the counts. */
struct client {
	const struct config *config;
	const struct log *log;
	struct call_counts *counts; /* NULL: nobody counts */
	int64_t sharing; /* so many programs draw on the caller's limits at once; 0: this one alone */
};

/* As the settings say; each worker's thread has what calls need: a signer, an XML parser. */
struct pool_options aws_pool_options(const struct config *config, size_t workers, size_t concurrency);

enum { ENDPOINT_NAME_SIZE = 96 /* the longest host prefix, a dot and a region */ };

struct call {
	struct exchange exchange;
	const struct client *client;
	const struct session *session; /* NULL: not signed */
	const char *account;           /* for log lines */
	/*
	 * Of the service, region and account that pays, shared by all that ask there; NULL: nobody counts, or
	 * the endpoint's own limit is enough. It belongs to the call's thread.
	 */
	struct rate_limiter *bucket;
	/* The answer is the callee's to take from; what it leaves is freed. */
	void (*done)(struct call *call, struct answer *answer);

	/* The call's own. */
	const struct operation *operation;
	const char *region;
	const struct xml_handler *handler;
	struct worker *worker;
	struct buffer body;
	struct retry retry;
	bool clock_corrected, line_replaced; /* for this request: once is enough */
	char endpoint[ENDPOINT_NAME_SIZE];
};

/* Starts a request: for form protocols with its Action and Version. `region` must outlive the call. */
void call_begin(struct call *call, enum operation_id operation, const char *region);
/* One more parameter of the form or the query, percent-encoded. */
void call_parameter(struct call *call, const char *name, const char *value);
/* The same, of a secret value, which no text from outside may repeat from now on (secrets.h). */
void call_secret_parameter(struct call *call, const char *name, const char *value);
/* The body of a JSON request. Takes the reference, which may be NULL: no memory. */
void call_json(struct call *call, json_t *body);
/* `handler` hears an XML success; NULL for JSON. It and what it points at live until done. */
void call_send(struct call *call, struct worker *worker, const struct xml_handler *handler);
/* In `done`: by how many seconds the endpoint's clock is ahead of ours, as far as it said. */
int64_t call_clock_ahead(const struct call *call, const struct answer *answer);
/* Gives back the call's memory. Not while it is under way. */
void call_free(struct call *call);

#endif
