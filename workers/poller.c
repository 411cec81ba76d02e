#include "workers/poller.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/array.h"

struct polled {
	unsigned wanted, registered; /* with the kernel; equal, unless nothing is wanted */
	bool adopted;
};

int poller_open(struct poller *poller)
{
	*poller = (struct poller){.descriptor = epoll_create1(EPOLL_CLOEXEC)};
	return poller->descriptor < 0 ? -1 : 0;
}

void poller_close(struct poller *poller)
{
	if (poller->descriptor >= 0)
		close(poller->descriptor);
	free(poller->sockets);
	*poller = (struct poller){.descriptor = -1};
}

static struct polled *find_adopted(struct poller *poller, int socket)
{
	struct polled *found = (size_t)socket < poller->capacity ? &poller->sockets[socket] : NULL;

	return found && found->adopted ? found : NULL;
}

static bool make_room(struct poller *poller, size_t min_capacity)
{
	while (poller->capacity < min_capacity) {
		size_t before = poller->capacity;
		struct polled *grown =
			array_grow(poller->sockets, before, &poller->capacity, sizeof *poller->sockets);

		if (!grown)
			return false;
		poller->sockets = grown;
		memset(grown + before, 0, (poller->capacity - before) * sizeof *grown);
	}
	return true;
}

void poller_adopt(struct poller *poller, int socket)
{
	if (socket >= 0 && make_room(poller, (size_t)socket + 1))
		poller->sockets[socket] = (struct polled){.adopted = true};
}

unsigned poller_interest_of(int curl_poll)
{
	static_assert(CURL_POLL_INOUT == (CURL_POLL_IN | CURL_POLL_OUT), "CURL_POLL_* are bits");
	return (curl_poll & CURL_POLL_IN ? POLLER_READ : 0U) | (curl_poll & CURL_POLL_OUT ? POLLER_WRITE : 0U);
}

int poller_action(unsigned ready)
{
	return (ready & POLLER_READ ? CURL_CSELECT_IN : 0) | (ready & POLLER_WRITE ? CURL_CSELECT_OUT : 0) |
	       (ready & POLLER_ERROR ? CURL_CSELECT_ERR : 0);
}

static uint32_t epoll_events(unsigned interest)
{
	return (interest & POLLER_READ ? EPOLLIN : 0U) | (interest & POLLER_WRITE ? EPOLLOUT : 0U) |
	       (interest & POLLER_EDGE ? EPOLLET : 0U);
}

static unsigned ready_of(uint32_t events)
{
	return (events & EPOLLIN ? POLLER_READ : 0U) | (events & EPOLLOUT ? POLLER_WRITE : 0U) |
	       (events & (EPOLLERR | EPOLLHUP) ? POLLER_ERROR : 0U);
}

static int unregister(const struct poller *poller, int socket)
{
	return epoll_ctl(poller->descriptor, EPOLL_CTL_DEL, socket, NULL);
}

void poller_release(struct poller *poller, int socket)
{
	struct polled *polled = find_adopted(poller, socket);

	if (polled && polled->registered)
		unregister(poller, socket);
	if (polled)
		*polled = (struct polled){0};
}

/*
 * libcurl may have closed the descriptor, and the kernel given it to another socket, without a callback: then
 * the kernel's registration differs from what is known here.
 */
static int register_socket(const struct poller *poller, int socket, unsigned interest, bool known)
{
	struct epoll_event event = {.events = epoll_events(interest), .data.fd = socket};

	if (epoll_ctl(poller->descriptor, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event) == 0)
		return 0;
	if (errno != (known ? ENOENT : EEXIST))
		return -1;
	return epoll_ctl(poller->descriptor, known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event);
}

int poller_want(struct poller *poller, int socket, unsigned interest)
{
	struct polled *polled = find_adopted(poller, socket);

	if (!polled)
		return interest ? register_socket(poller, socket, interest, false) : unregister(poller, socket);
	polled->wanted = interest;
	if (interest == 0 || interest == polled->registered)
		return 0;
	if (register_socket(poller, socket, interest, polled->registered != 0) != 0)
		return -1;
	polled->registered = interest;
	return 0;
}

/*
 * An idle connection that receives anything is shut down, its end included: libcurl then finds it dead and
 * opens another. True: the socket was idle.
 */
static bool end_if_unwanted(struct poller *poller, int socket)
{
	struct polled *polled = find_adopted(poller, socket);

	if (!polled || polled->wanted)
		return false;
	unregister(poller, socket);
	polled->registered = 0;
	shutdown(socket, SHUT_RDWR);
	return true;
}

void poller_end_idle(struct poller *poller, size_t most)
{
	size_t open = 0;

	for (size_t i = 0; i < poller->capacity; i++)
		open += poller->sockets[i].adopted && poller->sockets[i].registered;
	for (size_t i = 0; i < poller->capacity && open > most; i++)
		open -= poller->sockets[i].registered && end_if_unwanted(poller, (int)i);
}

int poller_wait(struct poller *poller, struct poller_event events[static POLLER_MAX_EVENTS], int timeout_ms)
{
	struct epoll_event ready[POLLER_MAX_EVENTS];
	int count = epoll_wait(poller->descriptor, ready, POLLER_MAX_EVENTS, timeout_ms), wanted = 0;

	poller->may_have_more = count < 0 || count == POLLER_MAX_EVENTS;
	for (int i = 0; i < count; i++)
		if (!end_if_unwanted(poller, ready[i].data.fd))
			events[wanted++] = (struct poller_event){ready[i].data.fd, ready_of(ready[i].events)};
	return count < 0 ? -1 : wanted;
}

/* The kernel reports ready sockets in turn, so a second look shows those that did not fit into the first. */
void poller_end_unwanted(struct poller *poller)
{
	struct epoll_event ready[POLLER_MAX_EVENTS];
	size_t seen = 0;
	int count;

	do {
		count = epoll_wait(poller->descriptor, ready, POLLER_MAX_EVENTS, 0);
		for (int i = 0; i < count; i++)
			end_if_unwanted(poller, ready[i].data.fd);
		seen += count > 0 ? (size_t)count : 0;
	} while (count == POLLER_MAX_EVENTS && seen < poller->capacity);
}
