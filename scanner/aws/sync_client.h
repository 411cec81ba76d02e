/*
 * sync_client.h - blocking calls, for credential sources and doctor, which have nothing else to do meanwhile.
 *
 * They use the same pool as a scan, so retries, clocks, proxies and classes of answers are the same. A signal
 * cancels them, and all later ones of the client, where interruption.h says so.
 */
#ifndef SCANNER_AWS_SYNC_CLIENT_H
#define SCANNER_AWS_SYNC_CLIENT_H

#include "scanner/aws/call.h"
#include "workers/mailbox.h"
#include "workers/pool.h"

struct sync_client;

/*
 * `timeout_ms`: of one attempt, including the connect; 0: from the settings. `max_in_flight`: calls in
 * flight. The client owns a thread, so close it soon.
 */
struct sync_client *sync_client_open(const struct config *config, const struct log *log, int64_t timeout_ms,
				     size_t max_in_flight, struct error *error);
void sync_client_close(struct sync_client *client);

/* A call of one operation. */
struct sync_call {
	struct task task;
	struct sync_client *client;
	struct call call;
	const struct xml_handler *handler; /* NULL: the answer is JSON */
	struct answer answer;
};

/* `session` NULL: not signed. The caller then begins the call, sets the handler, and starts it. */
void sync_call_init(struct sync_call *sync_call, struct sync_client *client, const struct session *session);
void sync_call_deinit(struct sync_call *sync_call);
/* The call is in flight until sync_client_wait has counted it. */
void sync_client_start(struct sync_client *client, struct sync_call *sync_call);
/* Blocks until `count` of the started calls have ended. */
void sync_client_wait(struct sync_client *client, size_t count);
/* Starts an array of calls and waits for all. */
void sync_client_call_all(struct sync_client *client, struct sync_call *sync_call, size_t count);
/* Starts one call and waits for it. True: ANSWER_OK. */
bool sync_client_call(struct sync_client *client, struct sync_call *sync_call);

struct page_header {
	const char *name, *value;
};

/* Any other HTTP request: one attempt, not signed. Members that are not set are zero. */
struct sync_page {
	struct task task;
	struct sync_client *client;
	struct exchange exchange;
	const char *method, *url;
	struct page_header headers[4];
	struct span body;
	/* The result. */
	enum exchange_outcome outcome;
	char problem[192]; /* set when there is no response */
	long status;
	int64_t date;       /* wall seconds, of the Date header; 0: none */
	struct buffer text; /* may contain credentials; sync_page_deinit wipes it */
};

/* True: there is a response, with any status. */
bool sync_client_fetch(struct sync_client *client, struct sync_page *page);
/* The body as JSON, a new reference. NULL: it does not parse. */
json_t *sync_page_json(const struct sync_page *page);
void sync_page_deinit(struct sync_page *page);

#endif
