/*
 * exchange.h - one HTTP request and its answer.
 *
 * The caller owns the exchange, embeds it in its own state, fills the request part, and hands it to a
 * worker (worker.h). The request is prepared only when its turn has come, so that a signature is never
 * older than the wait for a connection. When the answer is complete, or will not come, the worker's loop calls
 * `done`, never from inside worker_send; the exchange is then the caller's again, and may be sent once more.
 */
#ifndef WORKERS_EXCHANGE_H
#define WORKERS_EXCHANGE_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/span.h"
#include "workers/proxy.h"

enum exchange_outcome {
	EXCHANGE_ANSWERED,    /* a complete HTTP answer, whatever its status */
	EXCHANGE_UNRESOLVED,  /* the host's address was not found */
	EXCHANGE_UNREACHED,   /* no endpoint, refused: nothing was sent */
	EXCHANGE_TIMED_OUT,   /* to connect, in all, or silent for too long */
	EXCHANGE_BROKEN,      /* the connection ended, or the answer was cut */
	EXCHANGE_UNTRUSTED,   /* TLS: the certificate is not one that we accept */
	EXCHANGE_PROXY,       /* the proxy does not let us through */
	EXCHANGE_TOO_LARGE,   /* the answer is longer than the cap */
	EXCHANGE_CANCELLED,   /* the pool is stopping */
	EXCHANGE_NOT_PREPARED /* the caller could not make the request */
};

enum { REQUEST_HEADERS = 12 };

/* What is to be sent. Reused from exchange to exchange by whoever sends it. */
struct request {
	const char *method; /* "POST", "GET" or "PUT" */
	const char *url;
	struct span body; /* lives until the exchange is done; the rest is copied before prepare returns */
	/* The worker's own. */
	struct buffer lines; /* of headers, each with its NUL */
	size_t starts[REQUEST_HEADERS], count;
	struct curl_slist list[REQUEST_HEADERS]; /* the same for libcurl */
};

/* Of a POST that names no other; a signature may count on it. */
#define REQUEST_CONTENT_TYPE "application/x-www-form-urlencoded"

/* Appends a header, "Name: value", or "Name:" for one that libcurl shall leave out. */
void request_add_header(struct request *request, const char *name, const char *value);

struct response {
	enum exchange_outcome outcome;
	char problem[320]; /* for people, when it is not EXCHANGE_ANSWERED */
	long status;
	long connect_status;         /* of the proxy's response to CONNECT; 0: there was none */
	char proxy[PROXY_NAME_SIZE]; /* that the request went through, as HOST:PORT; "": none */
	bool name_denied;            /* it says that the host's name does not exist */
	struct buffer headers;       /* lines of "Name: value", of the last answer only */
	struct buffer body;
	bool new_connection;
};

struct exchange;

/* Fills the request. False: it cannot be made, the outcome is EXCHANGE_NOT_PREPARED. */
typedef bool exchange_prepare(struct exchange *exchange, struct request *request);
/* The response is the worker's: it is gone when this returns. Until then the callee may change it. */
typedef void exchange_done(struct exchange *exchange, struct response *response);

struct exchange {
	/* By the client, once. */
	const char *endpoint; /* exchanges of one endpoint share connections and wait for each other */
	double rate_limit;    /* of the endpoint, requests a second; 0: none */
	bool unblocks_work;   /* of the endpoint: its answers start more work */
	bool high_priority;   /* it continues work that has begun: sent before work that only begins */
	exchange_prepare *prepare;
	exchange_done *done;

	/* The worker's own. */
	struct exchange *next;
	struct endpoint_queue *queue;
	int64_t started_us; /* when the exchange got its transfer; monotonic */
	int64_t sent_at_us; /* when libcurl sent the request; monotonic */
};

/* A header's value by its name in any case, trimmed; absent when it did not come. */
struct span response_header(const struct response *response, const char *name);
/* Gives back the memory, wiped: it may have held keys. */
void request_free(struct request *request);
void response_free(struct response *response);

#endif
