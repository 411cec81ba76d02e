/*
 * server.h - the estate on a loopback port.
 *
 * One thread does everything. A request is admitted or refused when it is in, waits for its latency with
 * its connection suspended, and is answered then; so answers in waiting take no memory.
 */
#ifndef ESTATE_SERVER_H
#define ESTATE_SERVER_H

#include <stdio.h>

#include "bench/estate/certificate.h"
#include "bench/estate/request.h"

struct server_settings {
	unsigned port;                         /* 0: any free one */
	unsigned idle_seconds;                 /* after which a connection is closed */
	const struct certificate *certificate; /* NULL: plain HTTP */
	bool tickets;   /* with a certificate: clients may go on with a session on their next connections */
	FILE *log;      /* NULL: none */
	bool until_eof; /* ends with the standard input, too */
	/* Called once, when requests are answered. */
	void (*ready)(const struct estate *estate, const void *context, unsigned port);
	const void *context;
};

/* Until SIGTERM or SIGINT. False: it could not begin, and said why. */
bool server_run(struct estate *estate, const struct server_settings *settings);

#endif
