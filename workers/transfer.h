/*
 * transfer.h - libcurl's part of an exchange: an easy handle, the request and the response.
 *
 * A worker has one transfer for each exchange that it may have in flight, and reuses it with the memory of its
 * request and headers. Few bodies are received at the same time, however many connections there are, so the
 * memory of bodies is pooled: the next transfer that receives one takes it. Used by the worker's thread only.
 */
#ifndef WORKERS_TRANSFER_H
#define WORKERS_TRANSFER_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

#include "workers/connection_budget.h"
#include "workers/exchange.h"
#include "workers/poller.h"
#include "workers/pool.h"

struct transfer {
	struct transfer *next_free;
	struct transfers *owner;
	struct exchange *exchange;    /* NULL: the transfer is free */
	bool is_sent;                 /* its connection is open */
	int socket_error;             /* errno of the socket that the system refused; 0: none */
	struct endpoint_queue *queue; /* the exchange's */
	CURL *easy;                   /* created on first use */
	struct request request;
	struct response response;
	long connections;          /* opened for it; valid when it is complete */
	curl_off_t received_bytes; /* valid when it is complete */
	char problem[CURL_ERROR_SIZE];
};

enum { TRANSFERS_SPARES = 16 };

/* All transfers of a worker. */
struct transfers {
	const struct pool_options *options;
	struct poller *poller;       /* registers their sockets */
	struct transfer *all, *free; /* `free`: those that were used before */
	size_t count, used, in_flight;
	struct connection_budget *budget;
	bool may_use_proxy;                     /* a proxy is set, at least for some hosts */
	struct buffer spares[TRANSFERS_SPARES]; /* empty buffers for bodies */
	size_t spare_count;
};

/* Borrows `options`, `poller` and `budget`. False: out of memory. */
bool transfers_init(struct transfers *transfers, const struct pool_options *options, struct poller *poller,
		    struct connection_budget *budget, size_t count);
/* Closes the easy handles, which must not be in a multi handle; responses stay. */
void transfers_close_handles(struct transfers *transfers);
void transfers_deinit(struct transfers *transfers);

extern const char transfer_no_memory[];

/*
 * Takes a free transfer, of which there must be one (in_flight < count), and prepares the request of an
 * exchange that has a queue. The caller adds the easy handle to a multi handle. NULL: failed; `problem` is the
 * reason, a static text.
 */
struct transfer *transfer_begin(struct transfers *transfers, struct exchange *exchange, const char **problem);
/* The transfer of an easy handle. */
struct transfer *transfer_of(CURL *easy);
/* The response, from libcurl's result code. Valid until transfer_end. */
struct response *transfer_complete(struct transfer *transfer, CURLcode code);
/* Of a transfer that failed. */
enum transfer_failure {
	TRANSFER_FAILED,     /* the endpoint, the proxy or the network did */
	TRANSFER_NO_SOCKET,  /* this system has no descriptor, port or memory for another connection */
	TRANSFER_NOT_OPENED, /* its new connection was refused, ended or timed out before it carried a response
			      */
};
enum transfer_failure transfer_failure(const struct transfer *transfer, CURLcode code);
/* A connection to the transfer's endpoint, or to the proxy, is open or has carried a response. */
void transfer_note_route(const struct transfer *transfer, int64_t now_us);
/*
 * True: other connections to the endpoint or through the proxy work, so that this one is one too many. For an
 * endpoint without any that works this holds for some seconds only: it may be the endpoint that is down.
 */
bool transfer_route_works(const struct transfer *transfer, int64_t now_us);
/* Frees the transfer for reuse; it must have left the multi handle. The exchange may be gone. */
void transfer_end(struct transfer *transfer);

#endif
