/*
 * libcurl-floor: sends one prepared request again and again by libcurl's multi interface, and does nothing
 * else. Its CPU time is the lower bound for a program that uses libcurl; what the scanner takes beyond is its
 * own cost.
 *
 *     libcurl-floor URL AUTHORITIES CONNECTIONS REQUESTS BODY [HEADER...]
 *
 * Each connection sends the next request when it has received the response to the one before, which must be a
 * 200. It waits for sockets with the scanner's own poller (workers/poller.h).
 */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "workers/poller.h"

enum { MAX_WAIT_MS = 1000 };

struct floor {
	CURLM *multi;
	struct poller poller;
	long to_start, under_way;
	long timeout_ms; /* the longest wait that libcurl allows; -1: no limit */
	int running;
};

static void fail(const char *what)
{
	fprintf(stderr, "libcurl-floor: %s\n", what);
	exit(1);
}

static size_t drop(char *bytes, size_t size, size_t count, void *user)
{
	(void)bytes, (void)user;
	return size * count;
}

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct floor *floor = user;
	int opened = socket(address->family, address->socktype, address->protocol);

	(void)purpose;
	poller_adopt(&floor->poller, opened);
	return opened < 0 ? CURL_SOCKET_BAD : opened;
}

static int close_socket(void *user, curl_socket_t closed)
{
	struct floor *floor = user;

	poller_release(&floor->poller, closed);
	return close(closed);
}

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *user, void *known)
{
	struct floor *floor = user;

	(void)easy, (void)known;
	poller_want(&floor->poller, socket, poller_interest_of(what));
	return 0;
}

static int on_timer(CURLM *multi, long milliseconds, void *user)
{
	struct floor *floor = user;

	(void)multi;
	floor->timeout_ms = milliseconds;
	return 0;
}

static CURL *make_handle(struct floor *floor, char **arguments, struct curl_slist *headers)
{
	CURL *easy = curl_easy_init();

	if (!easy)
		fail("out of memory");
	curl_easy_setopt(easy, CURLOPT_URL, arguments[1]);
	curl_easy_setopt(easy, CURLOPT_CAINFO, arguments[2]);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, arguments[5]);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 16384L);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, floor);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, floor);
	return easy;
}

static void start(struct floor *floor, CURL *easy)
{
	if (floor->to_start == 0)
		return;
	if (curl_multi_add_handle(floor->multi, easy) != CURLM_OK)
		fail("libcurl takes no more transfers");
	floor->to_start--;
	floor->under_way++;
}

static void finish(struct floor *floor, CURL *easy, CURLcode code)
{
	long status = 0;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK || status != 200)
		fail(code != CURLE_OK ? curl_easy_strerror(code) : "the answer is not a 200");
	curl_multi_remove_handle(floor->multi, easy);
	floor->under_way--;
	start(floor, easy);
}

static void turn(struct floor *floor)
{
	struct poller_event events[POLLER_MAX_EVENTS];
	bool has_timer = floor->timeout_ms >= 0 && floor->timeout_ms < MAX_WAIT_MS;
	int left, count = poller_wait(&floor->poller, events, has_timer ? (int)floor->timeout_ms : MAX_WAIT_MS);
	CURLMsg *message;

	for (int i = 0; i < count; i++)
		curl_multi_socket_action(floor->multi, events[i].socket, poller_action(events[i].ready),
					 &floor->running);
	if (count == 0 || floor->timeout_ms == 0) {
		floor->timeout_ms = -1; /* a timer fires once; libcurl sets the next one */
		curl_multi_socket_action(floor->multi, CURL_SOCKET_TIMEOUT, 0, &floor->running);
	}
	while ((message = curl_multi_info_read(floor->multi, &left)))
		if (message->msg == CURLMSG_DONE)
			finish(floor, message->easy_handle, message->data.result);
}

int main(int count, char **arguments)
{
	struct floor floor = {.timeout_ms = -1};
	struct curl_slist *headers = NULL;
	CURL **handles;
	long connections;

	if (count < 6)
		fail("usage: libcurl-floor URL AUTHORITIES CONNECTIONS REQUESTS BODY [HEADER...]");
	connections = strtol(arguments[3], NULL, 10);
	floor.to_start = strtol(arguments[4], NULL, 10);
	for (int i = 6; i < count; i++)
		headers = curl_slist_append(headers, arguments[i]);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	floor.multi = curl_multi_init();
	handles = connections > 0 ? calloc((size_t)connections, sizeof *handles) : NULL;
	if (!floor.multi || !handles || poller_open(&floor.poller) != 0)
		fail("cannot begin: no memory, no epoll descriptor, or no connection asked for");
	curl_multi_setopt(floor.multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(floor.multi, CURLMOPT_SOCKETDATA, &floor);
	curl_multi_setopt(floor.multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(floor.multi, CURLMOPT_TIMERDATA, &floor);
	for (long i = 0; i < connections; i++) {
		handles[i] = make_handle(&floor, arguments, headers);
		start(&floor, handles[i]);
	}
	while (floor.under_way > 0)
		turn(&floor);
	for (long i = 0; i < connections; i++)
		curl_easy_cleanup(handles[i]);
	curl_multi_cleanup(floor.multi);
	poller_close(&floor.poller);
	curl_slist_free_all(headers);
	free(handles);
	curl_global_cleanup();
	return 0;
}
