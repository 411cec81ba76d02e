/*
 * transfer.h - libcurl's half of an exchange: an easy handle, what it sends, and what it receives.
 *
 * A worker has one for each exchange that it may have in flight, and uses them again and again, with the memory
 * of request and headers. Few bodies are under way at the same time, however many connections there are: their
 * memory goes from one that is done to the next that begins to receive.
 */
#ifndef WORKERS_TRANSFER_H
#define WORKERS_TRANSFER_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

#include "workers/exchange.h"
#include "workers/poller.h"
#include "workers/pool.h"

struct transfer {
	struct transfer *next_free;
	struct transfers *among;
	struct exchange *exchange;    /* NULL: it is free */
	struct endpoint_queue *queue; /* the exchange's */
	CURL *easy;                   /* made when it is needed for the first time */
	struct request request;
	struct response response;
	long connections;    /* that were opened for it; known when it is complete, like the next */
	curl_off_t received; /* bytes */
	char problem[CURL_ERROR_SIZE];
};

enum { TRANSFERS_SPARES = 16 };

/* A worker's. */
struct transfers {
	const struct pool_options *options;
	struct poller *poller; /* knows their sockets */
	struct transfer *all, *free;
	size_t count, in_flight;
	bool may_use_proxy;                     /* one is set, for some hosts at least */
	struct buffer spares[TRANSFERS_SPARES]; /* that bodies were in */
	size_t spare_count;
};

/* `options` and `poller` stay where they are. False: no memory. */
bool transfers_init(struct transfers *transfers, const struct pool_options *options, struct poller *poller,
		    size_t count);
/* The easy handles alone, which no multi handle knows any more; what they have received stays. */
void transfers_close_handles(struct transfers *transfers);
void transfers_deinit(struct transfers *transfers);

/* A problem that nobody can do anything about. */
extern const char transfer_no_memory[];

/*
 * Takes a free one, of which there must be one, and prepares the request of an exchange that has its queue: a
 * multi handle may have it. NULL: it cannot be made, and `problem` says why.
 */
struct transfer *transfer_begin(struct transfers *transfers, struct exchange *exchange, const char **problem);
/* Of an easy handle that a multi handle gives back. */
struct transfer *transfer_of(CURL *easy);
/* What came of it, by libcurl's code. It stays until the transfer ends. */
struct response *transfer_complete(struct transfer *transfer, CURLcode code);
/* Free again; no multi handle has it. The exchange may be gone by now. */
void transfer_end(struct transfer *transfer);

#endif
