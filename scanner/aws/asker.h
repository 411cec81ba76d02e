/*
 * asker.h - questions that somebody waits for, who has nothing else to do until they are answered: where our
 * own keys come from, and what doctor looks at.
 *
 * They go through the same engine as a scan's: retries, clocks, proxies and classes of answers are the same.
 */
#ifndef SCANNER_AWS_ASKER_H
#define SCANNER_AWS_ASKER_H

#include "scanner/aws/call.h"
#include "workers/mailbox.h"
#include "workers/pool.h"

struct asker;

/*
 * `timeout`: milliseconds for one attempt, connecting included; 0: what the settings say. `at_once`: how many
 * questions may be under way. It has a thread of its own; close it soon.
 */
struct asker *asker_open(const struct config *config, const struct log *log, int64_t timeout, size_t at_once,
			 struct error *error);
void asker_close(struct asker *asker);

/* One operation of AWS. */
struct asked_call {
	struct task task; /* first member */
	struct asker *asker;
	struct call call;
	const struct xml_handler *handler; /* NULL: the answer is JSON */
	struct answer answer;
};

/* `session` NULL: the request is not signed. Then begin the call, set the handler, and ask. */
void asked_call_init(struct asked_call *asked, struct asker *asker, const struct session *session);
void asked_call_free(struct asked_call *asked);
/* One is under way from now on. */
void asker_begin(struct asker *asker, struct asked_call *asked);
/* Until so many of those that were begun are answered, or given up. */
void asker_wait(struct asker *asker, size_t count);
/* Both, for those that stand side by side. */
void asker_ask(struct asker *asker, struct asked_call *asked, size_t count);
/* The same for one. True: it was answered well. */
bool asker_ask_one(struct asker *asker, struct asked_call *asked);

struct page_header {
	const char *name, *value;
};

/* Anything else that HTTP gives: one attempt, not signed. Zeroes where nothing is said. */
struct asked_page {
	struct task task; /* first member */
	struct asker *asker;
	struct exchange exchange;
	const char *method, *url;
	struct page_header headers[4];
	struct span body;
	/* What came of it. */
	enum exchange_outcome outcome;
	char problem[192]; /* when nothing came */
	long status;
	int64_t date;       /* wall seconds, of the Date header; 0: it had none */
	struct buffer text; /* may hold keys: free it by asked_page_free */
};

/* True: somebody answered, with whatever status. */
bool asker_fetch(struct asker *asker, struct asked_page *page);
/* The page as JSON, a new reference; NULL: it is none. */
json_t *asked_page_json(const struct asked_page *page);
void asked_page_free(struct asked_page *page);

#endif
