/*
 * The loop: take mail, start what is due, wait in epoll for sockets, the mailbox or the next timer, let
 * libcurl work, hand out what is complete. libcurl is driven by curl_multi_socket_action, whose cost
 * does not grow with the number of idle connections.
 */
#include "workers/worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "workers/lanes.h"
#include "workers/pace.h"
#include "workers/throttle.h"
#include "workers/watch.h"

enum {
	EVENTS_AT_ONCE = 64,
	LONGEST_HEADERS = 65536,
	SPARE_BUFFERS = 16,
	LARGEST_SPARE = 1 << 20,
	LEAST_ROOM = 3,
	ALIKE = 64,
	OVERDUE_AFTER = 1000 /* milliseconds */
};

static const char no_memory_for_libcurl[] = "libcurl has no memory left";
static const long SMALL_REQUESTS = 16384; /* bytes; the least that libcurl takes */

/* A queue of exchanges to one endpoint, first come first served. */
struct route {
	struct route *next, *next_alike;
	struct exchange *first, **last;
	size_t waiting, in_flight;
	bool is_awaited;
	struct lanes lanes;
	struct throttle throttle;
	struct retry_quota quota;
	CURLSH *tickets; /* TLS sessions, that a new connection goes on with; NULL: none are kept */
	char name[];
};

/* An easy handle, which is made when it is needed for the first time, and the exchange that it works for. */
struct slot {
	struct slot *next_free;
	struct worker *worker;
	struct exchange *exchange;
	CURL *easy;
	struct request request;
	struct response response;
	char problem[CURL_ERROR_SIZE];
};

struct worker {
	struct pool_options options;
	struct mailbox mailbox;
	pthread_t thread;
	_Atomic(enum worker_stop) stop;
	void *context;
	uint64_t random;

	CURLM *multi;
	struct watch watch;
	int64_t curl_due; /* monotonic milliseconds; -1: none */
	int running;
	int64_t looked; /* for overdue exchanges; monotonic milliseconds */
	struct pace pace;
	int64_t seen; /* when it last was shown all that is there to read; monotonic microseconds */

	struct slot *slots, *free_slots;
	size_t capacity, in_flight;
	struct buffer spares[SPARE_BUFFERS]; /* that bodies were in: the next ones go there */
	size_t spare_count;

	struct route *routes, *turn; /* `turn`: whose exchange may start next */
	struct route *alike[ALIKE];  /* the same routes by the hash of their names */
	size_t waiting;
	int64_t throttle_due;      /* monotonic milliseconds, when a throttled route may go on; -1: none */
	struct exchange **delayed; /* binary heap by due time */
	size_t delayed_count, delayed_capacity;

	_Atomic uint64_t sent, connections, bytes_received;
};

/* ---- delayed exchanges ---- */

static void heap_swap(struct exchange **heap, size_t a, size_t b)
{
	struct exchange *kept = heap[a];

	heap[a] = heap[b];
	heap[b] = kept;
}

static bool delay_push(struct worker *worker, struct exchange *exchange)
{
	size_t i = worker->delayed_count;

	if (i == worker->delayed_capacity) {
		size_t capacity = i ? i * 2 : 64;
		struct exchange **grown = realloc(worker->delayed, capacity * sizeof *grown);

		if (!grown)
			return false;
		worker->delayed = grown;
		worker->delayed_capacity = capacity;
	}
	worker->delayed[i] = exchange;
	worker->delayed_count++;
	while (i > 0 && worker->delayed[i]->due < worker->delayed[(i - 1) / 2]->due) {
		heap_swap(worker->delayed, i, (i - 1) / 2);
		i = (i - 1) / 2;
	}
	return true;
}

static struct exchange *delay_pop(struct worker *worker)
{
	struct exchange *first = worker->delayed[0];
	size_t i = 0, count = --worker->delayed_count;

	worker->delayed[0] = worker->delayed[count];
	for (;;) {
		size_t least = i, left = 2 * i + 1, right = left + 1;

		if (left < count && worker->delayed[left]->due < worker->delayed[least]->due)
			least = left;
		if (right < count && worker->delayed[right]->due < worker->delayed[least]->due)
			least = right;
		if (least == i)
			return first;
		heap_swap(worker->delayed, i, least);
		i = least;
	}
}

/* ---- routes ---- */

static struct route *find_route(struct worker *worker, const struct exchange *exchange)
{
	const char *name = exchange->route;
	struct route **alike = &worker->alike[hash_text(HASH_OF_NOTHING, name) % ALIKE], *route;

	for (route = *alike; route; route = route->next_alike)
		if (strcmp(route->name, name) == 0)
			return route;
	route = calloc(1, sizeof *route + strlen(name) + 1);
	if (!route)
		return NULL;
	strcpy(route->name, name);
	route->last = &route->first;
	route->tickets = curl_share_init();
	if (route->tickets)
		curl_share_setopt(route->tickets, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
	retry_quota_fill(&route->quota);
	route->is_awaited = exchange->is_awaited;
	throttle_open(&route->throttle, exchange->rate_limit, clock_monotonic_milliseconds());
	route->next = worker->routes;
	worker->routes = route;
	route->next_alike = *alike;
	*alike = route;
	return route;
}

static void queue(struct worker *worker, struct exchange *exchange)
{
	struct route *route = exchange->at;
	struct exchange **before = exchange->goes_first ? &route->first : route->last;

	exchange->next = *before;
	*before = exchange;
	if (!exchange->next)
		route->last = &exchange->next;
	route->waiting++;
	worker->waiting++;
}

static struct exchange *dequeue(struct worker *worker, struct route *route)
{
	struct exchange *exchange = route->first;

	route->first = exchange->next;
	if (!route->first)
		route->last = &route->first;
	route->waiting--;
	worker->waiting--;
	return exchange;
}

/*
 * The more a route holds, the more must be left for the others: one that does not answer would in time hold
 * every slot, and its exchanges shall wait alone.
 */
static bool leaves_room(const struct worker *worker, const struct route *route)
{
	return (worker->capacity - worker->in_flight) * LEAST_ROOM > route->in_flight;
}

static size_t lanes_of(const struct worker *worker, const struct route *route, int64_t now)
{
	const struct lanes_queue queue = {.length = route->waiting + route->in_flight,
					  .is_awaited = route->is_awaited,
					  .backlog = (int64_t)worker->waiting * pace_cost(&worker->pace)};
	size_t paced = lanes_for_pace(&route->lanes, route->throttle.limit);

	return paced ? paced : lanes_wanted(&route->lanes, &queue, now);
}

/* Is there work, a lane for it, and leave? What waits for leave sets the worker's alarm. */
static bool may_start(struct worker *worker, struct route *route, int64_t microseconds)
{
	int64_t now = microseconds / 1000, wait;

	if (route->waiting == 0 || !leaves_room(worker, route) ||
	    route->in_flight >= lanes_of(worker, route, microseconds))
		return false;
	wait = throttle_take(&route->throttle, now);
	if (wait > 0 && (worker->throttle_due < 0 || now + wait < worker->throttle_due))
		worker->throttle_due = now + wait;
	return wait == 0;
}

/* Routes take turns, so that a slow one holds up nobody but itself. */
static struct route *next_route(struct worker *worker, int64_t microseconds)
{
	struct route *start = worker->turn ? worker->turn : worker->routes;
	struct route *route = start;

	while (route) {
		struct route *following = route->next ? route->next : worker->routes;

		if (may_start(worker, route, microseconds)) {
			worker->turn = following;
			return route;
		}
		route = following == start ? NULL : following;
	}
	return NULL;
}

/* ---- one exchange ---- */

static size_t receive_body(char *bytes, size_t size, size_t count, void *user)
{
	struct slot *slot = user;
	struct response *response = &slot->response;
	size_t length = size * count;

	if (!response->body.at && slot->worker->spare_count > 0)
		response->body = slot->worker->spares[--slot->worker->spare_count];
	if (response->body.length + length > slot->worker->options.max_answer) {
		response->outcome = EXCHANGE_TOO_LARGE;
		return 0;
	}
	buffer_append(&response->body, bytes, length);
	return response->body.failed ? 0 : length;
}

static size_t receive_header(char *bytes, size_t size, size_t count, void *user)
{
	struct slot *slot = user;
	struct response *response = &slot->response;
	size_t length = size * count;

	if (length >= 5 && memcmp(bytes, "HTTP/", 5) == 0)
		buffer_clear(&response->headers); /* after a 100 Continue, or a proxy's CONNECT */
	if (response->headers.length + length > LONGEST_HEADERS) {
		response->outcome = EXCHANGE_TOO_LARGE;
		return 0;
	}
	buffer_append(&response->headers, bytes, length);
	return response->headers.failed ? 0 : length;
}

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct worker *worker = user;
	int opened = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

	(void)purpose;
	watch_adopt(&worker->watch, opened);
	return opened < 0 ? CURL_SOCKET_BAD : opened;
}

static int close_socket(void *user, curl_socket_t closed)
{
	struct worker *worker = user;

	watch_release(&worker->watch, closed);
	return close(closed);
}

/* Connected, the request goes out. */
static int on_ready(void *user, char *to, char *from, int to_port, int from_port)
{
	const struct slot *slot = user;
	struct exchange *exchange = slot->exchange;

	(void)to, (void)from, (void)to_port, (void)from_port;
	exchange->asked = clock_monotonic_microseconds();
	lanes_ask(&exchange->at->lanes, exchange->asked);
	return CURL_PREREQFUNC_OK;
}

/* A proxy that answers CONNECT with 407 or 403 will do so again; one that has trouble may get well. */
static bool is_proxy_refusal(CURL *easy)
{
	long status = 0;

	curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status);
	return status >= 300 && status < 500;
}

static enum exchange_outcome outcome_of(CURL *easy, CURLcode code)
{
	if (code != CURLE_OK && is_proxy_refusal(easy))
		return EXCHANGE_PROXY;
	switch (code) {
	case CURLE_OK:
		return EXCHANGE_ANSWERED;
	case CURLE_COULDNT_RESOLVE_HOST:
		return EXCHANGE_UNRESOLVED;
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_CONNECT:
		return EXCHANGE_UNREACHED;
	case CURLE_OPERATION_TIMEDOUT:
		return EXCHANGE_TIMED_OUT;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
		return EXCHANGE_UNTRUSTED;
	case CURLE_FILESIZE_EXCEEDED:
		return EXCHANGE_TOO_LARGE;
	default:
		return EXCHANGE_BROKEN;
	}
}

static void end_without_answer(struct exchange *exchange, enum exchange_outcome outcome, const char *why)
{
	struct response response = {.outcome = outcome};

	snprintf(response.problem, sizeof response.problem, "%s", why);
	exchange->done(exchange, &response);
}

/*
 * libcurl keeps parsed authorities from connection to connection (CURLOPT_CA_CACHE_TIMEOUT), but not while
 * there is a folder of them as well; where there is a file, the folder holds the same.
 */
static void set_authorities(CURL *easy, const char *bundle)
{
	if (bundle)
		curl_easy_setopt(easy, CURLOPT_CAINFO, bundle);
	if (bundle || curl_version_info(CURLVERSION_NOW)->cainfo)
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	if (bundle)
		curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, bundle);
}

/* As libcurl would ask for them, with each request. */
static bool environment_names_a_proxy(void)
{
	static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
					    "ALL_PROXY"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (getenv(names[i]))
			return true;
	return false;
}

/* Loopback, and where AWS hands out a machine's own credentials: a proxy there would be somebody else. */
static void set_proxy(CURL *easy, const struct pool_options *options)
{
	static const char always[] = "localhost,127.0.0.1,::1,169.254.169.254,169.254.170.2,169.254.170.23,"
				     "fd00:ec2::254,fd00:ec2::23";
	struct buffer hosts = {0};

	if (!options->proxy && !environment_names_a_proxy()) {
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
		curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
		return;
	}
	if (options->no_proxy && strcmp(options->no_proxy, "*") == 0)
		buffer_text(&hosts, "*");
	else
		buffer_print(&hosts, "%s%s%s", always, options->no_proxy ? "," : "",
			     options->no_proxy ? options->no_proxy : "");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, hosts.failed ? always : hosts.at); /* copied by libcurl */
	buffer_free(&hosts);
	if (options->proxy)
		curl_easy_setopt(easy, CURLOPT_PROXY, options->proxy);
}

/* NULL: no memory. */
static CURL *open_easy(struct slot *slot)
{
	const struct pool_options *options = &slot->worker->options;
	CURL *easy = curl_easy_init();

	if (!easy)
		return NULL;
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L); /* would break the signature and leak the token */
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 600L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)options->timeout);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_timeout);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)((options->idle_timeout + 999) / 1000));
	curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, SMALL_REQUESTS); /* allocated for each request */
	curl_easy_setopt(easy, CURLOPT_USERAGENT, options->user_agent);
	set_authorities(easy, options->ca_bundle);
	set_proxy(easy, options);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, slot->problem);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, slot);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, receive_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, slot);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, slot->worker);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, slot->worker);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_ready);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, slot);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, slot);
	return easy;
}

/* ---- what is reused ---- */

static void clear_slot(struct slot *slot)
{
	buffer_clear(&slot->request.lines);
	slot->request.count = 0;
	slot->request.body = (struct span){"", 0};
	buffer_clear(&slot->response.headers);
	slot->response.outcome = EXCHANGE_ANSWERED;
	slot->response.status = 0;
	slot->response.problem[0] = '\0';
	slot->response.new_connection = false;
	slot->problem[0] = '\0';
}

/* Few bodies are under way at the same time, however many connections there are. */
static void recycle_body(struct worker *worker, struct buffer *body)
{
	buffer_clear(body);
	if (body->at && body->capacity <= LARGEST_SPARE && worker->spare_count < SPARE_BUFFERS)
		worker->spares[worker->spare_count++] = *body;
	else
		buffer_wipe(body);
	*body = (struct buffer){0};
}

static void release_slot(struct worker *worker, struct slot *slot)
{
	struct exchange *exchange = slot->exchange;

	exchange->at->in_flight--;
	worker->in_flight--;
	slot->exchange = NULL;
	slot->next_free = worker->free_slots;
	worker->free_slots = slot;
}

static void set_request(CURL *easy, struct request *request)
{
	for (size_t i = 0; i < request->count; i++) {
		request->list[i].data = request->lines.at + request->starts[i];
		request->list[i].next = i + 1 < request->count ? &request->list[i + 1] : NULL;
	}
	curl_easy_setopt(easy, CURLOPT_URL, request->url);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->count > 0 ? request->list : NULL);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, strcmp(request->method, "PUT") == 0 ? "PUT" : NULL);
	if (strcmp(request->method, "GET") != 0) {
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.at);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.length);
	} else {
		curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	}
}

static void start(struct worker *worker, struct exchange *exchange)
{
	struct slot *slot = worker->free_slots;

	if (!slot->easy)
		slot->easy = open_easy(slot);
	if (!slot->easy) {
		end_without_answer(exchange, EXCHANGE_NOT_PREPARED, no_memory_for_libcurl);
		return;
	}
	clear_slot(slot);
	if (!exchange->prepare(exchange, &slot->request) || slot->request.lines.failed) {
		end_without_answer(exchange, EXCHANGE_NOT_PREPARED, "the request could not be made");
		return;
	}
	worker->free_slots = slot->next_free;
	slot->exchange = exchange;
	exchange->started = exchange->asked = clock_monotonic_microseconds();
	lanes_connect(&exchange->at->lanes, exchange->started);
	exchange->at->in_flight++;
	worker->in_flight++;
	atomic_fetch_add_explicit(&worker->sent, 1, memory_order_relaxed);
	curl_easy_setopt(slot->easy, CURLOPT_SHARE, exchange->at->tickets);
	set_request(slot->easy, &slot->request);
	if (curl_multi_add_handle(worker->multi, slot->easy) != CURLM_OK) {
		release_slot(worker, slot);
		end_without_answer(exchange, EXCHANGE_NOT_PREPARED, no_memory_for_libcurl);
	}
}

static void learn(const struct worker *worker, struct exchange *exchange, bool new_connection)
{
	int64_t now = clock_monotonic_microseconds();

	lanes_learn(&exchange->at->lanes, &(struct lanes_answer){.at_least = worker->seen - exchange->asked,
								 .at_most = now - exchange->asked,
								 .occupied = now - exchange->started,
								 .new_connection = new_connection});
}

static void finish(struct worker *worker, struct slot *slot, CURLcode code)
{
	struct exchange *exchange = slot->exchange;
	struct response *response = &slot->response;
	long connects = 0;
	curl_off_t received = 0;

	curl_easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &response->status);
	curl_easy_getinfo(slot->easy, CURLINFO_NUM_CONNECTS, &connects);
	curl_easy_getinfo(slot->easy, CURLINFO_SIZE_DOWNLOAD_T, &received);
	curl_multi_remove_handle(worker->multi, slot->easy);
	response->new_connection = connects > 0;
	if (code == CURLE_OK && response->status == 200)
		learn(worker, exchange, connects > 0);
	atomic_fetch_add_explicit(&worker->connections, (uint64_t)connects, memory_order_relaxed);
	atomic_fetch_add_explicit(&worker->bytes_received, (uint64_t)received, memory_order_relaxed);
	if (response->outcome != EXCHANGE_TOO_LARGE)
		response->outcome = outcome_of(slot->easy, code);
	if (response->outcome == EXCHANGE_TOO_LARGE)
		snprintf(response->problem, sizeof response->problem, "the answer is longer than %zu bytes",
			 worker->options.max_answer);
	else if (code != CURLE_OK)
		snprintf(response->problem, sizeof response->problem, "%.180s",
			 slot->problem[0] ? slot->problem : curl_easy_strerror(code));
	release_slot(worker, slot);
	pace_count(&worker->pace);
	exchange->done(exchange, response); /* starts nothing: the slot stays as it is until then */
	recycle_body(worker, &response->body);
}

/* ---- what tasks call ---- */

/* False: no memory, and the exchange is done. */
static bool find_place(struct worker *worker, struct exchange *exchange)
{
	exchange->at = find_route(worker, exchange);
	if (exchange->at)
		return true;
	end_without_answer(exchange, EXCHANGE_NOT_PREPARED, "out of memory");
	return false;
}

void worker_send(struct worker *worker, struct exchange *exchange)
{
	if (find_place(worker, exchange))
		queue(worker, exchange);
}

void worker_send_after(struct worker *worker, struct exchange *exchange, int64_t milliseconds)
{
	exchange->due = clock_monotonic_milliseconds() + milliseconds;
	if (find_place(worker, exchange) && !delay_push(worker, exchange))
		end_without_answer(exchange, EXCHANGE_NOT_PREPARED, "out of memory");
}

void *worker_context(struct worker *worker)
{
	return worker->context;
}

/* xorshift64*: jitter needs no better. */
double worker_random(struct worker *worker)
{
	worker->random ^= worker->random >> 12;
	worker->random ^= worker->random << 25;
	worker->random ^= worker->random >> 27;
	return (double)((worker->random * 0x2545F4914F6CDD1DULL) >> 11) * 0x1.0p-53;
}

struct retry_quota *worker_quota(struct worker *worker, struct exchange *exchange)
{
	(void)worker;
	return &exchange->at->quota;
}

void worker_note_rate(struct exchange *exchange, bool throttled)
{
	int64_t now = clock_monotonic_milliseconds();

	/* Without memory there is no route; without a shared limit each account has its own bucket. */
	if (!exchange->at || exchange->at->throttle.limit <= 0)
		return;
	if (throttled)
		throttle_refused(&exchange->at->throttle, now);
	else
		throttle_accepted(&exchange->at->throttle, now);
}

/* ---- the loop ---- */

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *user, void *known)
{
	struct worker *worker = user;
	uint32_t events = 0;

	(void)easy, (void)known;
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= EPOLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= EPOLLOUT;
	watch_want(&worker->watch, socket, events);
	return 0;
}

static int on_timer(CURLM *multi, long milliseconds, void *user)
{
	struct worker *worker = user;

	(void)multi;
	worker->curl_due = milliseconds < 0 ? -1 : clock_monotonic_milliseconds() + milliseconds;
	return 0;
}

static enum worker_stop stop_of(const struct worker *worker)
{
	return atomic_load_explicit(&worker->stop, memory_order_acquire);
}

static void run_mail(struct worker *worker)
{
	struct mail *mail = mailbox_take(&worker->mailbox);

	while (mail) {
		struct task *task = (struct task *)mail;

		mail = mail->next;
		task->run(task, worker);
	}
}

static void start_what_may(struct worker *worker)
{
	int64_t now = clock_monotonic_microseconds();
	struct route *route;

	while (worker->delayed_count > 0 && worker->delayed[0]->due <= now / 1000)
		queue(worker, delay_pop(worker));
	worker->throttle_due = -1;
	while (worker->waiting > 0 && worker->free_slots && (route = next_route(worker, now)))
		start(worker, dequeue(worker, route));
}

/* Whatever is under way in the slot. */
static void end_slot(struct worker *worker, struct slot *slot, enum exchange_outcome outcome, const char *why)
{
	struct exchange *exchange = slot->exchange;

	curl_multi_remove_handle(worker->multi, slot->easy);
	release_slot(worker, slot);
	recycle_body(worker, &slot->response.body);
	end_without_answer(exchange, outcome, why);
}

static void end_all(struct worker *worker, enum exchange_outcome outcome, const char *why)
{
	for (size_t i = 0; i < worker->capacity; i++)
		if (worker->slots[i].exchange)
			end_slot(worker, &worker->slots[i], outcome, why);
}

static void cancel_what_must(struct worker *worker)
{
	static const char why[] = "the scan is stopping";
	enum worker_stop stop = stop_of(worker);

	while (stop >= WORKER_CANCELS_WAITING && worker->delayed_count > 0)
		end_without_answer(delay_pop(worker), EXCHANGE_CANCELLED, why);
	for (struct route *route = worker->routes; stop >= WORKER_CANCELS_WAITING && route; route = route->next)
		while (route->waiting > 0)
			end_without_answer(dequeue(worker, route), EXCHANGE_CANCELLED, why);
	if (stop >= WORKER_CANCELS_ALL)
		end_all(worker, EXCHANGE_CANCELLED, why);
}

/*
 * libcurl keeps the time limits itself. But without memory it may lose its place in a transfer, timers and all;
 * nobody shall wait for that for ever.
 */
static void end_overdue(struct worker *worker)
{
	int64_t now = clock_monotonic_milliseconds();
	int64_t longest = worker->options.timeout + worker->options.connect_timeout + OVERDUE_AFTER;

	if (now - worker->looked < OVERDUE_AFTER)
		return;
	worker->looked = now;
	for (size_t i = 0; i < worker->capacity; i++) {
		const struct exchange *exchange = worker->slots[i].exchange;

		if (exchange && now - exchange->started / 1000 >= longest)
			end_slot(worker, &worker->slots[i], EXCHANGE_TIMED_OUT,
				 "no answer, and libcurl did not notice");
	}
}

static int time_to_wait(const struct worker *worker)
{
	int64_t now = clock_monotonic_milliseconds(), wait = 1000;

	if (worker->curl_due >= 0 && worker->curl_due - now < wait)
		wait = worker->curl_due - now;
	if (worker->delayed_count > 0 && worker->delayed[0]->due - now < wait)
		wait = worker->delayed[0]->due - now;
	if (worker->throttle_due >= 0 && worker->throttle_due - now < wait)
		wait = worker->throttle_due - now;
	return wait < 0 ? 0 : (int)wait;
}

static void hand_out(struct worker *worker)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(worker->multi, &left))) {
		struct slot *slot = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&slot);
		finish(worker, slot, message->data.result);
	}
}

static bool open_multi(struct worker *worker)
{
	worker->multi = curl_multi_init();
	if (!worker->multi)
		return false;
	curl_multi_setopt(worker->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(worker->multi, CURLMOPT_SOCKETDATA, worker);
	curl_multi_setopt(worker->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(worker->multi, CURLMOPT_TIMERDATA, worker);
	/* The default shrinks with a dip in concurrency and would throw warm connections away. */
	curl_multi_setopt(worker->multi, CURLMOPT_MAXCONNECTS, (long)(worker->capacity * 2));
	return true;
}

/*
 * A multi handle that ran out of memory has half of its socket's bookkeeping left and divides by zero when that
 * socket is used again (libcurl 7.88): it is not used again. Without memory for a new one there is none, and
 * libcurl refuses whatever is started.
 */
static void transfer(struct worker *worker, curl_socket_t socket, int action)
{
	CURLM *multi = worker->multi;

	if (curl_multi_socket_action(multi, socket, action, &worker->running) != CURLM_OUT_OF_MEMORY)
		return;
	end_all(worker, EXCHANGE_BROKEN, no_memory_for_libcurl);
	curl_multi_cleanup(multi);
	open_multi(worker);
}

/* When it looked for what is there to read; 0: there was more than it was shown. */
static int64_t wait_and_transfer(struct worker *worker)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	int64_t woken;
	int count;

	pace_sleep(&worker->pace, clock_monotonic_microseconds());
	count = watch_wait(&worker->watch, events, EVENTS_AT_ONCE, time_to_wait(worker));
	woken = clock_monotonic_microseconds();
	pace_wake(&worker->pace, woken);
	for (int i = 0; i < count; i++) {
		int action = 0;

		if (events[i].data.fd == worker->mailbox.wakeup)
			continue;
		if (events[i].events & EPOLLIN)
			action |= CURL_CSELECT_IN;
		if (events[i].events & EPOLLOUT)
			action |= CURL_CSELECT_OUT;
		if (events[i].events & (EPOLLERR | EPOLLHUP))
			action |= CURL_CSELECT_ERR;
		transfer(worker, events[i].data.fd, action);
	}
	if (worker->curl_due >= 0 && worker->curl_due <= clock_monotonic_milliseconds()) {
		worker->curl_due = -1;
		transfer(worker, CURL_SOCKET_TIMEOUT, 0);
	}
	return count < EVENTS_AT_ONCE ? woken : 0;
}

static void close_transfers(struct worker *worker)
{
	for (size_t i = 0; worker->slots && i < worker->capacity; i++) {
		curl_easy_cleanup(worker->slots[i].easy);
		worker->slots[i].easy = NULL;
	}
	curl_multi_cleanup(worker->multi);
	worker->multi = NULL;
}

static void *work(void *argument)
{
	struct worker *worker = argument;

	if (worker->options.context_open)
		worker->context = worker->options.context_open();
	pace_wake(&worker->pace, clock_monotonic_microseconds());
	while (stop_of(worker) != WORKER_ENDS) {
		int64_t looked;

		run_mail(worker);
		cancel_what_must(worker);
		start_what_may(worker);
		looked = wait_and_transfer(worker);
		hand_out(worker);
		if (looked)
			worker->seen = looked;
		end_overdue(worker);
	}
	/* Many connections take their time: each worker closes its own while others close theirs. */
	close_transfers(worker);
	if (worker->options.context_close)
		worker->options.context_close(worker->context);
	return NULL;
}

/* ---- opening and closing ---- */

static bool open_slots(struct worker *worker)
{
	worker->slots = calloc(worker->capacity, sizeof *worker->slots);
	for (size_t i = worker->slots ? worker->capacity : 0; i-- > 0;) {
		struct slot *slot = &worker->slots[i];

		slot->worker = worker;
		slot->next_free = worker->free_slots;
		worker->free_slots = slot;
	}
	return worker->slots;
}

static bool open_poll(struct worker *worker, struct error *error)
{
	if (!mailbox_open(&worker->mailbox, error))
		return false;
	/* Each letter in an empty box is an edge. */
	if (watch_open(&worker->watch) != 0 ||
	    watch_want(&worker->watch, worker->mailbox.wakeup, EPOLLIN | EPOLLET) != 0)
		return error_set(error, ERROR_SYSTEM, "cannot create an epoll descriptor: %s", strerror(errno));
	return true;
}

static void free_worker(struct worker *worker)
{
	close_transfers(worker);
	for (size_t i = 0; worker->slots && i < worker->capacity; i++) {
		request_free(&worker->slots[i].request);
		response_free(&worker->slots[i].response);
	}
	while (worker->spare_count > 0)
		buffer_wipe(&worker->spares[--worker->spare_count]);
	while (worker->routes) {
		struct route *route = worker->routes;

		worker->routes = route->next;
		curl_share_cleanup(route->tickets);
		free(route);
	}
	watch_close(&worker->watch);
	mailbox_close(&worker->mailbox);
	free(worker->delayed);
	free(worker->slots);
	free(worker);
}

struct worker *worker_open(const struct pool_options *options, size_t capacity, struct error *error)
{
	struct worker *worker = calloc(1, sizeof *worker);
	int failed;

	if (!worker) {
		error_out_of_memory(error);
		return NULL;
	}
	worker->options = *options;
	worker->capacity = capacity;
	worker->curl_due = worker->throttle_due = -1;
	worker->watch.epoll = worker->mailbox.wakeup = -1;
	if (getrandom(&worker->random, sizeof worker->random, 0) != sizeof worker->random || !worker->random)
		worker->random = (uint64_t)clock_monotonic_milliseconds() | 1;
	if (!open_poll(worker, error)) {
		free_worker(worker);
		return NULL;
	}
	if (!open_multi(worker) || !open_slots(worker)) {
		error_out_of_memory(error);
		free_worker(worker);
		return NULL;
	}
	failed = pthread_create(&worker->thread, NULL, work, worker);
	if (failed) {
		error_set(error, ERROR_SYSTEM, "cannot start a thread: %s", strerror(failed));
		free_worker(worker);
		return NULL;
	}
	return worker;
}

void worker_put(struct worker *worker, struct task *task)
{
	mailbox_put(&worker->mailbox, &task->mail);
}

bool worker_slip(struct worker *worker, struct task *task)
{
	return mailbox_slip(&worker->mailbox, &task->mail);
}

void worker_wake(struct worker *worker)
{
	mailbox_wake(&worker->mailbox);
}

void worker_cancel(struct worker *worker, enum worker_stop stop)
{
	atomic_store_explicit(&worker->stop, stop, memory_order_release);
	mailbox_wake(&worker->mailbox);
}

struct pool_statistics worker_statistics(const struct worker *worker)
{
	return (struct pool_statistics){
		.sent = atomic_load_explicit(&worker->sent, memory_order_relaxed),
		.connections = atomic_load_explicit(&worker->connections, memory_order_relaxed),
		.bytes_received = atomic_load_explicit(&worker->bytes_received, memory_order_relaxed),
	};
}

void worker_close(struct worker *worker)
{
	pthread_join(worker->thread, NULL);
	free_worker(worker);
}
