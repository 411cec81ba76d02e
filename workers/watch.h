/*
 * watch.h - the sockets that a worker waits for, by epoll.
 *
 * libcurl loses its interest in a socket after every transfer and finds it again with the next. A socket
 * that is adopted stays with the kernel in between, which saves up to two system calls a request. Bytes that
 * arrive on it while no transfer wants them end the connection: they answer no request, and libcurl 7.88 would
 * take them for the response to the next one. Other sockets are taken in and out at once: libcurl closes some
 * of its own, a resolver's, without a word.
 */
#ifndef WORKERS_WATCH_H
#define WORKERS_WATCH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

struct watch {
	int epoll;
	struct watched *sockets; /* by descriptor */
	size_t count;
};

/* -1 and errno: there is no epoll descriptor. */
int watch_open(struct watch *watch);
void watch_close(struct watch *watch);

/* A new socket, until it is released, which must be before it is closed. Without memory it is not adopted. */
void watch_adopt(struct watch *watch, int socket);
void watch_release(struct watch *watch, int socket);

/* libcurl's CURL_POLL_* as events, and events as its CURL_CSELECT_*. */
uint32_t watch_events(int poll);
int watch_action(uint32_t events);

/* What is to be heard of a socket: EPOLLIN, EPOLLOUT, EPOLLET; 0: nothing. -1 and errno: the kernel refuses. */
int watch_want(struct watch *watch, int socket, uint32_t events);
/* Like epoll_wait, `data.fd` is the socket; of adopted sockets only what is wanted. */
int watch_wait(struct watch *watch, struct epoll_event *events, int most, int milliseconds);
/*
 * Ends the connections that have received bytes since the last wait although no transfer wants them. Before new
 * requests are sent; it does not block.
 */
void watch_end_unwanted(struct watch *watch);

#endif
