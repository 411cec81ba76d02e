#include "workers/poller.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MIN_SOCKETS = 64, EVENTS_A_LOOK = 64 };

struct polled {
	uint32_t wanted, registered; /* with the kernel; equal, unless nothing is wanted */
	bool adopted;
};

int poller_open(struct poller *poller)
{
	*poller = (struct poller){.epoll = epoll_create1(EPOLL_CLOEXEC)};
	return poller->epoll < 0 ? -1 : 0;
}

void poller_close(struct poller *poller)
{
	if (poller->epoll >= 0)
		close(poller->epoll);
	free(poller->sockets);
	*poller = (struct poller){.epoll = -1};
}

static struct polled *find_adopted(struct poller *poller, int socket)
{
	struct polled *found = (size_t)socket < poller->count ? &poller->sockets[socket] : NULL;

	return found && found->adopted ? found : NULL;
}

static bool make_room(struct poller *poller, size_t min_count)
{
	size_t count = poller->count ? poller->count : MIN_SOCKETS;
	struct polled *grown;

	if (min_count <= poller->count)
		return true;
	while (count < min_count)
		count *= 2;
	grown = realloc(poller->sockets, count * sizeof *grown);
	if (!grown)
		return false;
	memset(grown + poller->count, 0, (count - poller->count) * sizeof *grown);
	poller->sockets = grown;
	poller->count = count;
	return true;
}

void poller_adopt(struct poller *poller, int socket)
{
	if (socket >= 0 && make_room(poller, (size_t)socket + 1))
		poller->sockets[socket] = (struct polled){.adopted = true};
}

uint32_t poller_events(int poll)
{
	static_assert(CURL_POLL_INOUT == (CURL_POLL_IN | CURL_POLL_OUT), "they are bits");
	return (poll & CURL_POLL_IN ? EPOLLIN : 0) | (poll & CURL_POLL_OUT ? EPOLLOUT : 0);
}

int poller_action(uint32_t events)
{
	return (events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
	       (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
}

static int take_out(const struct poller *poller, int socket)
{
	return epoll_ctl(poller->epoll, EPOLL_CTL_DEL, socket, NULL);
}

void poller_release(struct poller *poller, int socket)
{
	struct polled *polled = find_adopted(poller, socket);

	if (polled && polled->registered)
		take_out(poller, socket);
	if (polled)
		*polled = (struct polled){0};
}

/* A descriptor may have been closed, and be another socket's now, without our knowing. */
static int take_in(const struct poller *poller, int socket, uint32_t events, bool known)
{
	struct epoll_event event = {.events = events, .data.fd = socket};

	if (epoll_ctl(poller->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event) == 0)
		return 0;
	if (errno != (known ? ENOENT : EEXIST))
		return -1;
	return epoll_ctl(poller->epoll, known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event);
}

int poller_want(struct poller *poller, int socket, uint32_t events)
{
	struct polled *polled = find_adopted(poller, socket);

	if (!polled)
		return events ? take_in(poller, socket, events, false) : take_out(poller, socket);
	polled->wanted = events;
	if (events == 0 || events == polled->registered)
		return 0;
	if (take_in(poller, socket, events, polled->registered != 0) != 0)
		return -1;
	polled->registered = events;
	return 0;
}

/* Is it idle? Then whatever it has received ends it: shut down, libcurl finds it dead and opens another. */
static bool end_if_unwanted(struct poller *poller, int socket)
{
	struct polled *polled = find_adopted(poller, socket);

	if (!polled || polled->wanted)
		return false;
	take_out(poller, socket);
	polled->registered = 0;
	shutdown(socket, SHUT_RDWR);
	return true;
}

int poller_wait(struct poller *poller, struct epoll_event *events, int capacity, int milliseconds)
{
	int count = epoll_wait(poller->epoll, events, capacity, milliseconds), kept = 0;

	for (int i = 0; i < count; i++)
		if (!end_if_unwanted(poller, events[i].data.fd))
			events[kept++] = events[i];
	return count < 0 ? -1 : kept;
}

/* The kernel hands out ready sockets in turn: looking again shows those that the others hid. */
void poller_end_unwanted(struct poller *poller)
{
	struct epoll_event events[EVENTS_A_LOOK];
	size_t seen = 0;
	int count;

	do {
		count = epoll_wait(poller->epoll, events, EVENTS_A_LOOK, 0);
		for (int i = 0; i < count; i++)
			end_if_unwanted(poller, events[i].data.fd);
		seen += count > 0 ? (size_t)count : 0;
	} while (count == EVENTS_A_LOOK && seen < poller->count);
}
