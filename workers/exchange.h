/*
 * exchange.h - one HTTP request and its response.
 *
 * The caller owns the exchange, embeds it in its own state, fills the first part, and sends it on a worker's
 * thread (worker_send in pool.h). The worker calls `prepare` only when the exchange starts, so that the wait in
 * the queue does not age a signature. When the response is complete, or the exchange has failed, the worker's
 * loop calls `done`, never from inside worker_send. From then on the caller may send the exchange again.
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
	EXCHANGE_ANSWERED,    /* a complete HTTP response, whatever its status */
	EXCHANGE_UNRESOLVED,  /* the host has no address in DNS */
	EXCHANGE_UNREACHED,   /* no connection: nothing was sent */
	EXCHANGE_TIMED_OUT,   /* connect, total or idle timeout */
	EXCHANGE_BROKEN,      /* the connection ended, or the response was cut short */
	EXCHANGE_UNTRUSTED,   /* TLS: the certificate is not trusted */
	EXCHANGE_PROXY,       /* the proxy refuses the tunnel */
	EXCHANGE_TOO_LARGE,   /* the response is longer than max_response_bytes */
	EXCHANGE_CANCELLED,   /* the pool cancels (pool_cancel_waiting, pool_cancel_all) */
	EXCHANGE_NOT_PREPARED /* `prepare` failed, or out of memory */
};

enum { REQUEST_HEADERS = 18 };

/* A request. The worker owns it and reuses its memory from exchange to exchange. */
struct request {
	const char *method; /* "POST", "GET", "PUT" or "DELETE" */
	const char *url;
	struct span body; /* must live until `done`; method, URL and headers are copied */
	/* Private to workers/. */
	struct buffer lines; /* header lines, each with its NUL */
	size_t starts[REQUEST_HEADERS], count;
	struct curl_slist list[REQUEST_HEADERS]; /* the same lines for libcurl */
};

/* Content-Type of a POST that sets no other; signatures rely on it. */
#define REQUEST_CONTENT_TYPE "application/x-www-form-urlencoded"

/* Appends a header. An empty value makes libcurl leave out its own header of that name. */
void request_add_header(struct request *request, const char *name, const char *value);

struct response {
	enum exchange_outcome outcome;
	char problem[320]; /* for people; set unless the outcome is EXCHANGE_ANSWERED */
	long status;
	long connect_status;         /* of the proxy's response to CONNECT; 0: none */
	char proxy[PROXY_NAME_SIZE]; /* HOST:PORT of the proxy that the request used; "": none */
	bool name_denied;            /* the proxy reports that the host's name does not exist */
	struct buffer headers;       /* lines "Name: value" of the final response */
	struct buffer body;
	bool new_connection;
	/*
	 * The connection could not be opened because too many are open, not because of the request or its
	 * endpoint: the exchange may be sent again, which is no attempt.
	 */
	bool is_crowded_out;
};

struct exchange;

/* Fills the request. False: the outcome is EXCHANGE_NOT_PREPARED. */
typedef bool exchange_prepare(struct exchange *exchange, struct request *request);
/* The worker owns the response and reuses it when this returns. The callee may change it. */
typedef void exchange_done(struct exchange *exchange, struct response *response);

struct exchange {
	/* Set by the caller. */
	const char *endpoint; /* its exchanges share a queue and connections; must live until `done` */
	double rate_limit;    /* requests a second, of the endpoint; 0: none */
	bool unblocks_work;   /* of the endpoint: its responses start more work */
	bool high_priority;   /* continues work that has begun: precedes work that only begins */
	exchange_prepare *prepare;
	exchange_done *done;

	/* Private to workers/. */
	struct exchange *next;
	struct endpoint_queue *queue;
	int64_t started_us; /* when the exchange got its transfer; monotonic */
	int64_t sent_at_us; /* when libcurl sent the request; monotonic */
};

/* The trimmed value of a header, by its name in any case; absent when the response has none. */
struct span response_header(const struct response *response, const char *name);
/* Wipes and frees the memory, which may hold credentials. */
void request_deinit(struct request *request);
void response_deinit(struct response *response);

#endif
