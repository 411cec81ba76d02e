/*
 * server.h - a small HTTP server on the loopback address, with selectable misbehaviour.
 *
 * A thread for each connection. Counts requests and connections for the tests.
 */
#ifndef TESTS_WORKERS_SERVER_H
#define TESTS_WORKERS_SERVER_H

#include <stdatomic.h>

enum server_behaviour {
	SERVER_NORMAL,         /* keep-alive, short responses */
	SERVER_CLOSES_IDLE,    /* closes each connection after three responses, without announcing it */
	SERVER_SILENT,         /* reads, and never responds */
	SERVER_ENDLESS,        /* an endless response */
	SERVER_CUTS,           /* sends less than its Content-Length, then closes */
	SERVER_STALLS,         /* stops in the middle of a response */
	SERVER_DRIPS,          /* sends a byte from time to time, endlessly */
	SERVER_EXTRA_RESPONSE, /* sends another response some time after each, to no request */
	SERVER_ECHOES,         /* 40 ms later; the body is the path of the request */
};

struct server {
	int listener, port;
	enum server_behaviour behaviour;
	_Atomic int connections, requests, stopping, unrequested;
	_Atomic int running; /* threads */
};

/* Exits the test program when it cannot listen. */
void server_start(struct server *server, enum server_behaviour behaviour);
void server_stop(struct server *server);

#endif
