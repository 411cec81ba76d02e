/*
 * poller.h - the sockets that a worker waits for, by epoll.
 *
 * libcurl loses its interest in a socket after every transfer and finds it again with the next. A socket
 * that is adopted stays with the kernel in between, which saves up to two system calls a request. Bytes that
 * arrive on it while no transfer wants them end the connection: they answer no request, and libcurl 7.88 would
 * take them for the response to the next one. Other sockets are taken in and out at once: libcurl closes some
 * of its own, a resolver's, without a word.
 */
#ifndef WORKERS_POLLER_H
#define WORKERS_POLLER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

struct poller {
	int epoll;
	struct polled *sockets; /* by descriptor */
	size_t count;
};

/* -1 and errno: there is no epoll descriptor. */
int poller_open(struct poller *poller);
void poller_close(struct poller *poller);

/* A new socket, until it is released, which must be before it is closed. Without memory it is not adopted. */
void poller_adopt(struct poller *poller, int socket);
void poller_release(struct poller *poller, int socket);

/* libcurl's CURL_POLL_* as events, and events as its CURL_CSELECT_*. */
uint32_t poller_events(int poll);
int poller_action(uint32_t events);

/* What is to be heard of a socket: EPOLLIN, EPOLLOUT, EPOLLET; 0: nothing. -1 and errno: the kernel refuses. */
int poller_want(struct poller *poller, int socket, uint32_t events);
/* Like epoll_wait, `data.fd` is the socket; of adopted sockets only what is wanted. */
int poller_wait(struct poller *poller, struct epoll_event *events, int capacity, int milliseconds);
/*
 * Ends the connections that have received bytes since the last wait although no transfer wants them. Before new
 * requests are sent; it does not block.
 */
void poller_end_unwanted(struct poller *poller);

#endif
