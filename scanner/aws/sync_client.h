/*
 * sync_client.h - calls that block until they are answered, for callers that have nothing else to do:
 * credential sources, and doctor.
 *
 * They use the same pool as a scan: retries, clocks, proxies and classes of answers are the same.
 */
#ifndef SCANNER_AWS_SYNC_CLIENT_H
#define SCANNER_AWS_SYNC_CLIENT_H

#include "scanner/aws/call.h"
#include "workers/mailbox.h"
#include "workers/pool.h"

struct sync_client;

/*
 * `timeout_ms`: for one attempt, connecting included; 0: what the settings say. `at_once`: how many
 * calls may be in flight. It owns a thread; close it soon.
 */
struct sync_client *sync_client_open(const struct config *config, const struct log *log, int64_t timeout_ms,
				     size_t at_once, struct error *error);
void sync_client_close(struct sync_client *client);

/* One operation of AWS. */
struct sync_call {
	struct task task;
	struct sync_client *client;
	struct call call;
	const struct xml_handler *handler; /* NULL: the answer is JSON */
	struct answer answer;
};

/* `session` NULL: the request is not signed. Then begin the call, set the handler, and send it. */
void sync_call_init(struct sync_call *sync_call, struct sync_client *client, const struct session *session);
void sync_call_deinit(struct sync_call *sync_call);
/* It is in flight from now on. */
void sync_client_start(struct sync_client *client, struct sync_call *sync_call);
/* Blocks until so many of those that were started have ended. */
void sync_client_wait(struct sync_client *client, size_t count);
/* Both, for an array of them. */
void sync_client_call_all(struct sync_client *client, struct sync_call *sync_call, size_t count);
/* The same for one. True: it succeeded. */
bool sync_client_call(struct sync_client *client, struct sync_call *sync_call);

struct page_header {
	const char *name, *value;
};

/* Any other HTTP request: one attempt, not signed. Zeroes where nothing is set. */
struct sync_page {
	struct task task;
	struct sync_client *client;
	struct exchange exchange;
	const char *method, *url;
	struct page_header headers[4];
	struct span body;
	/* The result. */
	enum exchange_outcome outcome;
	char problem[192]; /* when there was no response */
	long status;
	int64_t date;       /* wall seconds, of the Date header; 0: it had none */
	struct buffer text; /* may hold keys: free it by sync_page_free */
};

/* True: there was a response, with any status. */
bool sync_client_fetch(struct sync_client *client, struct sync_page *page);
/* The body as JSON, a new reference; NULL: it is none. */
json_t *sync_page_json(const struct sync_page *page);
void sync_page_free(struct sync_page *page);

#endif
