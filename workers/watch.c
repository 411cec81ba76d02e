#include "workers/watch.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MIN_SOCKETS = 64, EVENTS_A_LOOK = 64 };

struct watched {
	uint32_t wanted, registered; /* with the kernel; equal, unless nothing is wanted */
	bool adopted;
};

int watch_open(struct watch *watch)
{
	*watch = (struct watch){.epoll = epoll_create1(EPOLL_CLOEXEC)};
	return watch->epoll < 0 ? -1 : 0;
}

void watch_close(struct watch *watch)
{
	if (watch->epoll >= 0)
		close(watch->epoll);
	free(watch->sockets);
	*watch = (struct watch){.epoll = -1};
}

static struct watched *find_adopted(struct watch *watch, int socket)
{
	struct watched *found = (size_t)socket < watch->count ? &watch->sockets[socket] : NULL;

	return found && found->adopted ? found : NULL;
}

static bool make_room(struct watch *watch, size_t least)
{
	size_t count = watch->count ? watch->count : MIN_SOCKETS;
	struct watched *grown;

	if (least <= watch->count)
		return true;
	while (count < least)
		count *= 2;
	grown = realloc(watch->sockets, count * sizeof *grown);
	if (!grown)
		return false;
	memset(grown + watch->count, 0, (count - watch->count) * sizeof *grown);
	watch->sockets = grown;
	watch->count = count;
	return true;
}

void watch_adopt(struct watch *watch, int socket)
{
	if (socket >= 0 && make_room(watch, (size_t)socket + 1))
		watch->sockets[socket] = (struct watched){.adopted = true};
}

uint32_t watch_events(int poll)
{
	static_assert(CURL_POLL_INOUT == (CURL_POLL_IN | CURL_POLL_OUT), "they are bits");
	return (poll & CURL_POLL_IN ? EPOLLIN : 0) | (poll & CURL_POLL_OUT ? EPOLLOUT : 0);
}

int watch_action(uint32_t events)
{
	return (events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
	       (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
}

static int take_out(const struct watch *watch, int socket)
{
	return epoll_ctl(watch->epoll, EPOLL_CTL_DEL, socket, NULL);
}

void watch_release(struct watch *watch, int socket)
{
	struct watched *watched = find_adopted(watch, socket);

	if (watched && watched->registered)
		take_out(watch, socket);
	if (watched)
		*watched = (struct watched){0};
}

/* A descriptor may have been closed, and be another socket's now, without our knowing. */
static int take_in(const struct watch *watch, int socket, uint32_t events, bool known)
{
	struct epoll_event event = {.events = events, .data.fd = socket};

	if (epoll_ctl(watch->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event) == 0)
		return 0;
	if (errno != (known ? ENOENT : EEXIST))
		return -1;
	return epoll_ctl(watch->epoll, known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event);
}

int watch_want(struct watch *watch, int socket, uint32_t events)
{
	struct watched *watched = find_adopted(watch, socket);

	if (!watched)
		return events ? take_in(watch, socket, events, false) : take_out(watch, socket);
	watched->wanted = events;
	if (events == 0 || events == watched->registered)
		return 0;
	if (take_in(watch, socket, events, watched->registered != 0) != 0)
		return -1;
	watched->registered = events;
	return 0;
}

/* Is it idle? Then whatever it has received ends it: shut down, libcurl finds it dead and opens another. */
static bool end_if_unwanted(struct watch *watch, int socket)
{
	struct watched *watched = find_adopted(watch, socket);

	if (!watched || watched->wanted)
		return false;
	take_out(watch, socket);
	watched->registered = 0;
	shutdown(socket, SHUT_RDWR);
	return true;
}

int watch_wait(struct watch *watch, struct epoll_event *events, int most, int milliseconds)
{
	int count = epoll_wait(watch->epoll, events, most, milliseconds), kept = 0;

	for (int i = 0; i < count; i++)
		if (!end_if_unwanted(watch, events[i].data.fd))
			events[kept++] = events[i];
	return count < 0 ? -1 : kept;
}

/* The kernel hands out ready sockets in turn: looking again shows those that the others hid. */
void watch_end_unwanted(struct watch *watch)
{
	struct epoll_event events[EVENTS_A_LOOK];
	size_t seen = 0;
	int count;

	do {
		count = epoll_wait(watch->epoll, events, EVENTS_A_LOOK, 0);
		for (int i = 0; i < count; i++)
			end_if_unwanted(watch, events[i].data.fd);
		seen += count > 0 ? (size_t)count : 0;
	} while (count == EVENTS_A_LOOK && seen < watch->count);
}
