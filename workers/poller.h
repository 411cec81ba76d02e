/*
 * poller.h - waits until sockets are ready. poller.c implements it with epoll; another kernel is a file beside
 * it.
 *
 * libcurl drops its interest in a socket after each transfer and registers it again for the next one. An
 * adopted socket stays registered with the kernel in between, which saves up to two system calls a request.
 * Bytes that arrive on an adopted socket while no transfer uses it end the connection: they answer no request,
 * and libcurl 7.88 would take them for the response to the next one. Sockets that are not adopted are
 * registered and unregistered at once, because libcurl closes some of its own (a resolver's) without a
 * callback.
 *
 * Used by one thread. The caller opens and closes the sockets.
 */
#ifndef WORKERS_POLLER_H
#define WORKERS_POLLER_H

#include <stdbool.h>
#include <stddef.h>

/* Bits. */
enum poller_interest {
	POLLER_READ = 1,
	POLLER_WRITE = 2,
	POLLER_EDGE = 4, /* with the others: report a change once, not a state until it ends */
	POLLER_ERROR = 8 /* reported only, whatever was wanted: an error, or the peer closed the connection */
};

struct poller_event {
	int socket;
	unsigned ready; /* of enum poller_interest */
};

enum { POLLER_MAX_EVENTS = 64 /* of one wait */ };

struct poller {
	int descriptor;         /* of the kernel's poller; -1: closed */
	struct polled *sockets; /* by descriptor */
	size_t capacity;
	bool may_have_more; /* the last wait did not return every ready socket */
};

/* -1 and errno: the kernel grants no descriptor. */
int poller_open(struct poller *poller);
void poller_close(struct poller *poller);

/*
 * Adopts a new socket until poller_release, which must precede its close. Without memory the socket works as
 * one that is not adopted.
 */
void poller_adopt(struct poller *poller, int socket);
void poller_release(struct poller *poller, int socket);

/* libcurl's CURL_POLL_* as an interest, and what is ready as its CURL_CSELECT_*. */
unsigned poller_interest_of(int curl_poll);
int poller_action(unsigned ready);

/* Sets what the caller waits for on a socket; 0: nothing. -1 and errno: the kernel refuses. */
int poller_want(struct poller *poller, int socket, unsigned interest);
/*
 * Blocks for up to `timeout_ms` milliseconds. The count of events; -1 and errno: interrupted, or an error. Of
 * adopted sockets it reports only what is wanted.
 */
int poller_wait(struct poller *poller, struct poller_event events[static POLLER_MAX_EVENTS], int timeout_ms);
/*
 * Ends the connections that have received bytes since the last wait although no transfer wants them. To be
 * called before new requests are sent; it does not block.
 */
void poller_end_unwanted(struct poller *poller);
/* Ends connections that no transfer uses until `most` are open. */
void poller_end_idle(struct poller *poller, size_t most);

#endif
