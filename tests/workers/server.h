/*
 * server.h - a small HTTP server on loopback that behaves well, or badly in one chosen way.
 *
 * One thread a connection, which is slow and simple. Counts what the tests want to know.
 */
#ifndef TESTS_WORKERS_SERVER_H
#define TESTS_WORKERS_SERVER_H

#include <stdatomic.h>

enum server_mood {
	SERVER_POLITE,      /* keep-alive, a short answer */
	SERVER_CLOSES_IDLE, /* closes each connection after three answers, without saying so */
	SERVER_SILENT,      /* reads, never answers */
	SERVER_TALKS_ON,    /* an answer without end */
	SERVER_CUTS,        /* promises more than it sends, then closes */
	SERVER_STALLS,      /* stops in the middle of its answer */
	SERVER_DRIPS,       /* a byte every while, for ever */
	SERVER_SAYS_MORE,   /* another answer some time after each, to no request */
};

struct server {
	int listener, port;
	enum server_mood mood;
	_Atomic int connections, requests, stopping, unrequested;
	_Atomic int running; /* threads */
};

/* Exits the test program when it cannot listen. */
void server_start(struct server *server, enum server_mood mood);
void server_stop(struct server *server);

#endif
