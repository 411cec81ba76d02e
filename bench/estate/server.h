/*
 * server.h - serves the estate on a loopback port.
 *
 * Single-threaded. A complete request is admitted or refused, its connection is suspended for the latency,
 * and then the response is created, so waiting responses take no memory.
 */
#ifndef ESTATE_SERVER_H
#define ESTATE_SERVER_H

#include <stdio.h>

#include "bench/estate/certificate.h"
#include "bench/estate/request.h"

struct server_settings {
	unsigned port;                         /* 0: any free port */
	unsigned idle_seconds;                 /* of a connection, before it is closed */
	const struct certificate *certificate; /* NULL: plain HTTP */
	bool tickets;                          /* with a certificate: TLS session tickets */
	FILE *log;                             /* NULL: none */
	bool until_eof;                        /* stops at the end of standard input as well */
	/* Called once, when the server is ready. */
	void (*ready)(const struct estate *estate, const void *context, unsigned port);
	const void *context;
};

/* Runs until SIGTERM or SIGINT. False: could not start; an error was printed. */
bool server_run(struct estate *estate, const struct server_settings *settings);

#endif
