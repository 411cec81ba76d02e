/*
 * scripted_transport.h - a test double of workers/pool.h: requests are answered from a script, in the caller's
 * thread, without sockets and without waiting.
 *
 * A test program that links scripted_transport.c instead of the worker pool has one pool with one worker. Tasks
 * and exchanges queue; script_run() runs them in order, delayed ones last, until nothing is left. A request
 * without an entry in the script fails the test by name. As with the real worker, `done` is never called from
 * inside worker_send.
 */
#ifndef TESTS_SCANNER_ENGINE_SCRIPTED_TRANSPORT_H
#define TESTS_SCANNER_ENGINE_SCRIPTED_TRANSPORT_H

#include "workers/pool.h"

struct scripted_response {
	const char *operation; /* "DescribeDBClusters"; of a REST API, a part of the URL */
	const char *region;    /* of the endpoint; NULL: any */
	const char *with;      /* a part of the request's body; NULL: any */
	long status;           /* 0: there is no response, but `outcome` */
	const char *body;
	enum exchange_outcome outcome;
	bool name_denied; /* EXCHANGE_UNRESOLVED: the host does not exist */
	bool stays;       /* it answers further requests, too */
};

/* An empty script. */
void script_reset(void);
/* Entries are tried in the order in which they were added; the first that fits answers. */
void script_add(struct scripted_response response);
/* Shorthands: a good response; an error of the query protocol or of JSON, by code. */
void script_good(const char *operation, const char *body);
void script_refuse(const char *operation, long status, const char *code);
/* Runs everything that was sent, and what follows from it. */
void script_run(void);
/* At most so many responses; true: more are left. */
bool script_step(size_t responses);
/* How often an operation was requested. */
size_t script_sent(const char *operation);
/* How often its request had this text in its body. */
size_t script_sent_with(const char *operation, const char *text);
/* How many of its requests preceded work that only begins. */
size_t script_sent_first(const char *operation);
/* How many of the script's entries were not used; those that stay do not count. */
size_t script_left(void);
/* What is sent from now on, and what waits, is cancelled. */
void script_cancel(void);
/* The n-th worker_send or worker_send_after from now fails for want of memory; 0: the next. */
void script_fail_send(size_t n);

#endif
