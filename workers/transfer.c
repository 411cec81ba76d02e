#include "workers/transfer.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "workers/endpoint_queue.h"
#include "workers/proxy.h"

enum {
	MAX_HEADERS = 65536,
	MAX_SPARE = 1 << 20,
	MAX_PROXY_PAGE = 16384,
	MAX_HOST = 256,
	RECENT_US = 5000000,
	PATIENCE_US = 10000000
};

const char transfer_no_memory[] = "libcurl has no memory left";

static const long UPLOAD_BUFFER_BYTES = 16384; /* the minimum of libcurl */
static const long RECEIVE_BUFFER_BYTES = 4096; /* most responses are shorter; thousands may be in flight */

void transfer_note_route(const struct transfer *transfer, int64_t now_us)
{
	transfer->queue->works_us = now_us;
	transfer->queue->refused_us = 0;
	if (transfer->owner->may_use_proxy)
		connection_budget_note_proxy(transfer->owner->budget, now_us);
}

/* ---- callbacks of libcurl ---- */

static size_t receive_body(char *bytes, size_t size, size_t count, void *user)
{
	struct transfer *transfer = user;
	struct response *response = &transfer->response;
	size_t length = size * count;

	if (!response->body.at && transfer->owner->spare_count > 0)
		response->body = transfer->owner->spares[--transfer->owner->spare_count];
	if (response->body.length + length > transfer->owner->options->max_response_bytes) {
		response->outcome = EXCHANGE_TOO_LARGE;
		return 0;
	}
	buffer_append(&response->body, bytes, length);
	return response->body.failed ? 0 : length;
}

static size_t receive_header(char *bytes, size_t size, size_t count, void *user)
{
	struct transfer *transfer = user;
	struct response *response = &transfer->response;
	size_t length = size * count;

	if (length >= 5 && memcmp(bytes, "HTTP/", 5) == 0)
		buffer_clear(&response->headers); /* after a 100 Continue, or a proxy's CONNECT */
	if (response->headers.length + length > MAX_HEADERS) {
		response->outcome = EXCHANGE_TOO_LARGE;
		return 0;
	}
	buffer_append(&response->headers, bytes, length);
	return response->headers.failed ? 0 : length;
}

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *transfer = user;
	int opened = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

	(void)purpose;
	if (opened < 0) {
		transfer->socket_error = errno;
		return CURL_SOCKET_BAD;
	}
	poller_adopt(transfer->owner->poller, opened);
	connection_budget_opened(transfer->owner->budget);
	return opened;
}

static int close_socket(void *user, curl_socket_t closed)
{
	struct transfers *transfers = user;

	poller_release(transfers->poller, closed);
	connection_budget_closed(transfers->budget);
	return close(closed);
}

/* The connection is ready, and libcurl sends the request now. */
static int on_ready(void *user, char *to, char *from, int to_port, int from_port)
{
	struct transfer *transfer = user;

	(void)to, (void)from, (void)to_port, (void)from_port;
	transfer->is_sent = true;
	transfer->exchange->sent_at_us = clock_monotonic_microseconds();
	connection_limit_on_send(&transfer->queue->limit, transfer->exchange->sent_at_us);
	/* A proxy that tunnels nothing may yet end the connection. */
	if (!transfer->owner->may_use_proxy || strncmp(transfer->request.url, "https:", 6) == 0)
		transfer_note_route(transfer, transfer->exchange->sent_at_us);
	return CURL_PREREQFUNC_OK;
}

/* ---- an easy handle ---- */

/*
 * libcurl caches the parsed CA certificates (CURLOPT_CA_CACHE_TIMEOUT), but not when a folder of them is set as
 * well. Where a system has a CA file, the folder holds the same certificates, so the folder is dropped.
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

/* The variables that libcurl reads for each request. */
static bool environment_names_a_proxy(void)
{
	static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
					    "ALL_PROXY"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (getenv(names[i]))
			return true;
	return false;
}

/*
 * Loopback and the addresses of AWS's metadata services never use a proxy: from there, they are the proxy's
 * own.
 */
static void set_proxy(CURL *easy, const struct pool_options *options)
{
	static const char always[] = "localhost,127.0.0.0/8,::1,169.254.169.254,169.254.170.2,169.254.170.23,"
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
	buffer_deinit(&hosts);
	if (options->proxy)
		curl_easy_setopt(easy, CURLOPT_PROXY, options->proxy);
}

/* NULL: no memory. */
static CURL *open_easy(struct transfer *transfer)
{
	const struct pool_options *options = transfer->owner->options;
	CURL *easy = curl_easy_init();

	if (!easy)
		return NULL;
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION,
			 0L); /* a redirect would break the signature and leak the token */
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 600L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)options->timeout_ms);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_timeout_ms);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)((options->idle_timeout_ms + 999) / 1000));
	curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BUFFER_BYTES); /* allocated for each request */
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER_BYTES);       /* the same */
	curl_easy_setopt(easy, CURLOPT_USERAGENT, options->user_agent);
	set_authorities(easy, options->ca_bundle);
	set_proxy(easy, options);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->problem);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, receive_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, transfer->owner);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_ready);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	return easy;
}

/* ---- transfers of a worker ---- */

bool transfers_init(struct transfers *transfers, const struct pool_options *options, struct poller *poller,
		    struct connection_budget *budget, size_t count)
{
	*transfers = (struct transfers){
		.options = options,
		.poller = poller,
		.budget = budget,
		.count = count,
		.may_use_proxy = options->proxy || environment_names_a_proxy(),
	};
	transfers->all = calloc(count, sizeof *transfers->all);
	return transfers->all;
}

void transfers_close_handles(struct transfers *transfers)
{
	for (size_t i = 0; i < transfers->used; i++) {
		curl_easy_cleanup(transfers->all[i].easy);
		transfers->all[i].easy = NULL;
	}
}

void transfers_deinit(struct transfers *transfers)
{
	transfers_close_handles(transfers);
	for (size_t i = 0; i < transfers->used; i++) {
		request_deinit(&transfers->all[i].request);
		response_deinit(&transfers->all[i].response);
	}
	while (transfers->spare_count > 0)
		buffer_wipe(&transfers->spares[--transfers->spare_count]);
	free(transfers->all);
	*transfers = (struct transfers){0};
}

/* ---- one transfer ---- */

static void clear(struct transfer *transfer)
{
	buffer_clear(&transfer->request.lines);
	transfer->request.count = 0;
	transfer->request.body = (struct span){"", 0};
	buffer_clear(&transfer->response.headers);
	transfer->response.outcome = EXCHANGE_ANSWERED;
	transfer->response.status = transfer->response.connect_status = 0;
	transfer->response.problem[0] = '\0';
	transfer->response.new_connection = transfer->response.is_crowded_out = false;
	transfer->is_sent = false;
	transfer->socket_error = 0;
	transfer->connections = 0;
	transfer->received_bytes = 0;
	transfer->problem[0] = '\0';
}

/* Methods that libcurl sends as it sends a POST. */
static bool is_like_post(const char *method)
{
	return strcmp(method, "PUT") == 0 || strcmp(method, "DELETE") == 0;
}

/*
 * Nearly all requests to an endpoint have the same URL, so the queue keeps the first one parsed, and libcurl
 * copies that instead of parsing a text. It never changes, because libcurl reads it later, when the transfer
 * gets its connection. Any other URL, and all of them without memory, are passed as text.
 */
static void set_url(CURL *easy, struct endpoint_queue *queue, const char *url)
{
	bool is_kept;

	if (!queue->url && queue->address &&
	    curl_url_set(queue->address, CURLUPART_URL, url, CURLU_PATH_AS_IS) == CURLUE_OK)
		queue->url = strdup(url);
	is_kept = queue->url && strcmp(queue->url, url) == 0;
	curl_easy_setopt(easy, CURLOPT_CURLU, is_kept ? queue->address : NULL);
	if (!is_kept)
		curl_easy_setopt(easy, CURLOPT_URL, url);
}

static void set_request(CURL *easy, struct request *request)
{
	for (size_t i = 0; i < request->count; i++) {
		request->list[i].data = request->lines.at + request->starts[i];
		request->list[i].next = i + 1 < request->count ? &request->list[i + 1] : NULL;
	}
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->count > 0 ? request->list : NULL);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, is_like_post(request->method) ? request->method : NULL);
	if (strcmp(request->method, "GET") != 0) {
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.at);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.length);
	} else {
		curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	}
}

static bool prepare(struct transfer *transfer, struct exchange *exchange, const char **problem)
{
	if (!transfer->easy)
		transfer->easy = open_easy(transfer);
	if (!transfer->easy) {
		*problem = transfer_no_memory;
		return false;
	}
	clear(transfer);
	if (!exchange->prepare(exchange, &transfer->request) || transfer->request.lines.failed) {
		*problem = "the request could not be created";
		return false;
	}
	curl_easy_setopt(transfer->easy, CURLOPT_SHARE, exchange->queue->tls_sessions);
	set_url(transfer->easy, exchange->queue, transfer->request.url);
	set_request(transfer->easy, &transfer->request);
	return true;
}

/* Memory of transfers that were never used is not touched. */
static struct transfer *first_free(struct transfers *transfers)
{
	struct transfer *transfer = &transfers->all[transfers->used];

	if (transfers->free)
		return transfers->free;
	transfers->used++;
	transfer->owner = transfers;
	transfers->free = transfer;
	return transfer;
}

struct transfer *transfer_begin(struct transfers *transfers, struct exchange *exchange, const char **problem)
{
	struct transfer *transfer = first_free(transfers);

	if (!prepare(transfer, exchange, problem))
		return NULL;
	transfers->free = transfer->next_free;
	transfers->in_flight++;
	transfer->exchange = exchange;
	transfer->queue = exchange->queue;
	transfer->queue->in_flight++;
	exchange->started_us = exchange->sent_at_us = clock_monotonic_microseconds();
	connection_limit_on_connect(&transfer->queue->limit, exchange->started_us);
	return transfer;
}

struct transfer *transfer_of(CURL *easy)
{
	struct transfer *transfer = NULL;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
	return transfer;
}

static enum exchange_outcome outcome_of(CURLcode code)
{
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

/* ---- proxies ---- */

/* Without a port in HOST:PORT, libcurl uses 443 for TLS to the proxy, else 1080. */
static bool is_port_of(const char *proxy, long port)
{
	const char *colon = strrchr(proxy, ':');

	return port > 0 && (colon && !strchr(colon, ']') ? strtol(colon + 1, NULL, 10) == port
							 : port == 1080 || port == 443);
}

/*
 * libcurl reports only from 8.7 on whether it used a proxy. It did when there is a response to CONNECT, when
 * the connection leads to the proxy's port, or when libcurl's message names a proxy that it could not reach.
 */
static void note_proxy(struct transfer *transfer, const char *url)
{
	struct response *response = &transfer->response;
	long port = 0;

	response->proxy[0] = '\0';
	if (!url || !transfer->owner->may_use_proxy ||
	    !proxy_name(transfer->owner->options->proxy, url, response->proxy))
		return;
	curl_easy_getinfo(transfer->easy, CURLINFO_PRIMARY_PORT, &port);
	if (response->connect_status == 0 && !is_port_of(response->proxy, port) &&
	    !strcasestr(transfer->problem, "proxy"))
		response->proxy[0] = '\0';
}

/* Of a response to CONNECT, libcurl passes on the headers, but not the body. */
static bool is_name_denied(const struct response *response, const char *url)
{
	bool is_tunnel = response->connect_status >= 300;
	struct span page = is_tunnel ? (struct span){"", 0} : buffer_span(&response->body);
	char host[MAX_HOST] = "";

	if (!response->proxy[0])
		return false;
	if (page.length > MAX_PROXY_PAGE)
		page.length = MAX_PROXY_PAGE;
	url = strstr(url, "://");
	text_copy(host, sizeof host, (struct span){url ? url + 3 : "", url ? strcspn(url + 3, ":/?") : 0});
	return host[0] && proxy_denies_name(is_tunnel ? response->connect_status : response->status,
					    buffer_span(&response->headers), page, host);
}

/* ---- outcome ---- */

/* The proxy refused CONNECT. A status below 500, such as 403 or 407, is permanent; a server error may pass. */
static void refuse_tunnel(struct response *response)
{
	struct span head = buffer_span(&response->headers), line = {NULL, 0};

	if (response->name_denied) {
		response->outcome = EXCHANGE_UNRESOLVED;
		text_print(response->problem, sizeof response->problem,
			   "the proxy %s reports that the host does not exist (HTTP %ld)", response->proxy,
			   response->connect_status);
		return;
	}
	response->outcome = response->connect_status < 500 ? EXCHANGE_PROXY : EXCHANGE_BROKEN;
	span_split(&head, '\n', &line);
	text_print(response->problem, sizeof response->problem,
		   "CONNECT through the proxy %s failed: " SPAN_FORMAT, response->proxy,
		   SPAN_ARGUMENTS(span_trim(line)));
}

static void describe(struct transfer *transfer, CURLcode code)
{
	struct response *response = &transfer->response;
	const char *problem = transfer->problem[0] ? transfer->problem : curl_easy_strerror(code);

	if (response->connect_status >= 300)
		refuse_tunnel(response);
	else
		text_print(response->problem, sizeof response->problem, "%s%s%s%s",
			   text_brief(problem, 180).text, response->proxy[0] ? " (through the proxy " : "",
			   response->proxy, response->proxy[0] ? ")" : "");
}

struct response *transfer_complete(struct transfer *transfer, CURLcode code)
{
	struct response *response = &transfer->response;
	char *url = NULL;

	curl_easy_getinfo(transfer->easy, CURLINFO_EFFECTIVE_URL, &url);
	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &response->status);
	curl_easy_getinfo(transfer->easy, CURLINFO_NUM_CONNECTS, &transfer->connections);
	curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_DOWNLOAD_T, &transfer->received_bytes);
	curl_easy_getinfo(transfer->easy, CURLINFO_HTTP_CONNECTCODE, &response->connect_status);
	response->new_connection = transfer->connections > 0;
	note_proxy(transfer, url);
	response->name_denied = is_name_denied(response, url);
	if (response->outcome != EXCHANGE_TOO_LARGE)
		response->outcome = outcome_of(code);
	if (response->outcome == EXCHANGE_TOO_LARGE)
		text_print(response->problem, sizeof response->problem, "the response is longer than %zu bytes",
			   transfer->owner->options->max_response_bytes);
	else if (code != CURLE_OK)
		describe(transfer, code);
	return response;
}

static bool is_shortage(long error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
	       error == EADDRNOTAVAIL;
}

/* A proxy that accepts a connection may end it when it reads the request. */
static bool is_not_opened(const struct transfer *transfer)
{
	const struct response *response = &transfer->response;

	if (response->connect_status >= 500)
		return true;
	return response->status == 0 && response->connect_status == 0 && response->headers.length == 0 &&
	       (!transfer->is_sent || (response->new_connection && response->proxy[0]));
}

enum transfer_failure transfer_failure(const struct transfer *transfer, CURLcode code)
{
	long error = 0;

	if (code == CURLE_OK)
		return TRANSFER_FAILED;
	if (code == CURLE_COULDNT_CONNECT)
		curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &error);
	if (is_shortage(transfer->socket_error) || is_shortage(error))
		return TRANSFER_NO_SOCKET;
	if (code != CURLE_COULDNT_CONNECT && code != CURLE_OPERATION_TIMEDOUT && code != CURLE_GOT_NOTHING &&
	    code != CURLE_RECV_ERROR && code != CURLE_SEND_ERROR && code != CURLE_SSL_CONNECT_ERROR)
		return TRANSFER_FAILED;
	return is_not_opened(transfer) ? TRANSFER_NOT_OPENED : TRANSFER_FAILED;
}

bool transfer_route_works(const struct transfer *transfer, int64_t now_us)
{
	struct endpoint_queue *queue = transfer->queue;
	int64_t works_us = queue->works_us;

	if (transfer->owner->may_use_proxy && connection_budget_proxied_us(transfer->owner->budget) > works_us)
		works_us = connection_budget_proxied_us(transfer->owner->budget);
	if (queue->refused_us == 0)
		queue->refused_us = now_us;
	return works_us > 0 && works_us >= transfer->exchange->started_us - RECENT_US &&
	       now_us - queue->refused_us < PATIENCE_US;
}

static void recycle_body(struct transfers *transfers, struct buffer *body)
{
	buffer_clear(body);
	if (body->at && body->capacity <= MAX_SPARE && transfers->spare_count < TRANSFERS_SPARES)
		transfers->spares[transfers->spare_count++] = *body;
	else
		buffer_wipe(body);
	*body = (struct buffer){0};
}

void transfer_end(struct transfer *transfer)
{
	struct transfers *transfers = transfer->owner;

	recycle_body(transfers, &transfer->response.body);
	transfer->queue->in_flight--;
	transfers->in_flight--;
	transfer->exchange = NULL;
	transfer->next_free = transfers->free;
	transfers->free = transfer;
}
