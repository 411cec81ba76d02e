#include "bench/estate/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/timer_queue.h"
#include "bench/estate/admission.h"
#include "bench/estate/limits.h"
#include "bench/estate/statistics.h"

enum {
	MAX_REQUEST = 65536,
	MAX_URI = 1024,
	MAX_CONNECTIONS = 16384,
	CONNECTION_MEMORY = 8192,
	HANG_SECONDS = 120,
	DRIP_BYTES = 16,
	DRIP_MICROSECONDS = 200000,
	SECOND = 1000000
};

struct server {
	struct estate *estate;
	const struct server_settings *settings;
	struct statistics statistics;
	struct timer_queue timers; /* due in monotonic microseconds */
	struct MHD_Daemon *daemon;
	gnutls_datum_t tickets; /* the key of TLS session tickets; empty: none */
	int64_t started;        /* monotonic microseconds */
};

/* The state of a request. */
struct exchange {
	struct server *server;
	struct MHD_Connection *connection;
	struct request request;
	char uri[MAX_URI];
	struct buffer body;
	bool is_received; /* the body is complete */
	bool is_counted;  /* counted as in flight */
	bool is_admitted;
	bool drip_may_flow; /* the pause of a dripping response is over */
};

/* The state of a connection. */
struct line {
	uint64_t number, requests;
};

static const char *header_of(const struct request *request, const char *name)
{
	return MHD_lookup_connection_value((struct MHD_Connection *)(uintptr_t)request->headers,
					   MHD_HEADER_KIND, name);
}

static struct line *line_of(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* NULL over plain HTTP. */
static gnutls_session_t tls_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);

	return info ? info->tls_session : NULL;
}

/* ---- sending ---- */

static void add_headers(struct MHD_Response *response, const struct request *request)
{
	char date[40];
	time_t now = (time_t)request->now;
	struct tm parts;

	gmtime_r(&now, &parts);
	strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
	MHD_add_response_header(response, "Date", date);
	if (request->content_type)
		MHD_add_response_header(response, "Content-Type", request->content_type);
	if (request->request_id[0])
		MHD_add_response_header(response, "x-amzn-RequestId", request->request_id);
	if (request->error[0] && request_protocol(request) == PROTOCOL_REST)
		MHD_add_response_header(response, "x-amzn-ErrorType", request->error);
}

static enum MHD_Result queue(struct exchange *exchange, struct MHD_Response *response)
{
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	add_headers(response, &exchange->request);
	result = MHD_queue_response(exchange->connection, exchange->request.status, response);
	MHD_destroy_response(response);
	return result;
}

/* The exchange owns the buffer, and lives until the response is sent. */
static enum MHD_Result send_answer(struct exchange *exchange)
{
	const struct buffer *answer = &exchange->request.answer;

	return answer->failed ? MHD_NO
			      : queue(exchange, MHD_create_response_from_buffer(answer->length, answer->at,
										MHD_RESPMEM_PERSISTENT));
}

/* ---- faults on the wire ---- */

static int socket_of(const struct exchange *exchange)
{
	return MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

/* Writes to the socket directly, as many bytes as fit. */
static void send_raw(const struct exchange *exchange, struct span bytes)
{
	gnutls_session_t tls = tls_of(exchange->connection);

	if (bytes.length == 0)
		return;
	if (tls)
		(void)gnutls_record_send(tls, bytes.at, bytes.length);
	else
		(void)send(socket_of(exchange), bytes.at, bytes.length, MSG_NOSIGNAL);
}

/* Sends a Content-Length of `claimed`, `sent` bytes, and closes the connection. */
static enum MHD_Result send_wrong_length(struct exchange *exchange, size_t claimed, size_t sent)
{
	const struct request *request = &exchange->request;
	struct buffer text = {0};

	buffer_print(&text, "HTTP/1.1 %u OK\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
		     request->status, request->content_type, claimed);
	buffer_append(&text, request->answer.at, sent);
	send_raw(exchange, buffer_span(&text));
	buffer_deinit(&text);
	return MHD_NO; /* makes the server close the connection */
}

static enum MHD_Result reset(const struct exchange *exchange)
{
	const struct linger at_once = {1, 0};

	setsockopt(socket_of(exchange), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	return MHD_NO;
}

static enum MHD_Result alert(const struct exchange *exchange)
{
	gnutls_session_t tls = tls_of(exchange->connection);

	if (!tls)
		return reset(exchange);
	(void)gnutls_alert_send(tls, GNUTLS_AL_FATAL, GNUTLS_A_INTERNAL_ERROR);
	return MHD_NO;
}

static bool suspend(struct exchange *exchange, int64_t microseconds)
{
	if (!timer_queue_add(&exchange->server->timers, clock_monotonic_microseconds() + microseconds,
			     exchange))
		return false;
	MHD_suspend_connection(exchange->connection);
	return true;
}

/* Sends a few bytes, pauses, and continues. */
static ssize_t drip(void *context, uint64_t position, char *into, size_t max)
{
	struct exchange *exchange = context;
	const struct buffer *answer = &exchange->request.answer;
	size_t length = answer->length - position;

	if (!exchange->drip_may_flow) {
		exchange->drip_may_flow = true;
		return suspend(exchange, DRIP_MICROSECONDS) ? 0 : MHD_CONTENT_READER_END_WITH_ERROR;
	}
	exchange->drip_may_flow = false;
	length = length < DRIP_BYTES ? length : DRIP_BYTES;
	length = length < max ? length : max;
	memcpy(into, answer->at + position, length);
	return (ssize_t)length;
}

static enum MHD_Result send_on_the_wire(struct exchange *exchange)
{
	size_t length = exchange->request.answer.length;

	switch (exchange->request.fault) {
	case FAULT_CUT:
		return send_wrong_length(exchange, length, length / 2);
	case FAULT_LENGTH:
		return send_wrong_length(exchange, length * 2 / 3, length);
	case FAULT_RESET:
	case FAULT_HANG:
		return reset(exchange);
	case FAULT_ALERT:
		return alert(exchange);
	case FAULT_DRIP:
		return queue(exchange,
			     MHD_create_response_from_callback(length, DRIP_BYTES, drip, exchange, NULL));
	default:
		return send_answer(exchange);
	}
}

/* ---- responding ---- */

static void answer_text(struct request *request, unsigned status, const char *type, const char *text)
{
	request->status = status;
	request->content_type = type;
	request->request_id[0] = '\0';
	buffer_text(&request->answer, text);
}

/* True: the fault determines the whole response. */
static bool answer_fault(struct request *request)
{
	switch (request->fault) {
	case FAULT_THROTTLE:
		refuse(request, REFUSAL_THROTTLED, "Rate exceeded");
		return true;
	case FAULT_INTERNAL:
		refuse(request, REFUSAL_INTERNAL, "An internal error has occurred. Please try again.");
		return true;
	case FAULT_EXPIRED:
		refuse(request, REFUSAL_EXPIRED, "The security token included in the request is expired");
		return true;
	case FAULT_DENIED:
		refuse_permission(request, "*", "because no identity-based policy allows the action");
		return true;
	case FAULT_UNAVAILABLE:
		answer_text(request, 503, NULL, "");
		return true;
	case FAULT_HTML:
		answer_text(request, 502, "text/html", "<html><body><h1>502 Bad Gateway</h1></body></html>\n");
		return true;
	case FAULT_GARBAGE:
		answer_text(request, 200, "text/html", "<html><body>Please sign in to the guest network.");
		return true;
	case FAULT_NO_RESULT:
		request->content_type = "text/xml";
		if (request_protocol(request) >= PROTOCOL_JSON)
			buffer_text(&request->answer, "{}");
		else
			buffer_print(&request->answer, "<%sResponse><ResponseMetadata/></%sResponse>",
				     request->operation, request->operation);
		return true;
	default:
		return false;
	}
}

/* The request is no longer in flight. */
static void leave(struct exchange *exchange)
{
	struct server *server = exchange->server;

	server->statistics.in_flight -= exchange->is_counted;
	if (exchange->is_admitted && server->estate->limits)
		limits_done(server->estate->limits, exchange->request.service);
	exchange->is_counted = exchange->is_admitted = false;
}

static enum MHD_Result respond(struct exchange *exchange)
{
	struct server *server = exchange->server;
	struct request *request = &exchange->request;
	const struct operation *operation = exchange->is_admitted ? operation_find(request) : NULL;

	if (operation && !answer_fault(request))
		operation->answer(request);
	leave(exchange);
	server->statistics.refused += request->status != 200;
	if (server->settings->log)
		log_request(server->settings->log,
			    (double)(clock_monotonic_microseconds() - server->started) / SECOND,
			    line_of(exchange->connection)->number, request);
	return send_on_the_wire(exchange);
}

static enum MHD_Result send_statistics(struct exchange *exchange)
{
	struct request *request = &exchange->request;

	snprintf(request->service, sizeof request->service, "account"); /* determines the type of the body */
	answer_json(request, statistics_json(&exchange->server->statistics, exchange->server->estate));
	buffer_text(&request->answer, "\n");
	return send_answer(exchange);
}

/* The account that the request concerns, which determines its latency. */
static size_t subject_of(const struct request *request)
{
	char role[300], id[WORLD_ID];

	if (strcmp(request->operation, "AssumeRole") != 0 ||
	    !request_parameter(request, "RoleArn", role, sizeof role) || strlen(role) < 25)
		return request->account;
	snprintf(id, sizeof id, "%.12s", role + strlen("arn:aws:iam::"));
	return world_account_by_id(&request->estate->world, id);
}

/* The latency of the response; the first on a connection includes the handshakes. */
static int64_t delay_of(const struct exchange *exchange)
{
	const struct request *request = &exchange->request;
	const struct estate *estate = request->estate;
	const struct line *line = line_of(exchange->connection);
	uint64_t key = latency_key(request->operation, subject_of(request), request_position(request)), trip;
	size_t region;

	if (request->fault == FAULT_HANG)
		return HANG_SECONDS * (int64_t)SECOND;
	if (estate->latency == LATENCY_NONE)
		return 0;
	region = world_region_by_name(&estate->world, request->region);
	trip = latency_of(&estate->world, estate->latency, region == SIZE_MAX ? 0 : region, key);
	return (int64_t)(trip * (line->requests == 1 ? 1 + latency_handshakes(estate->tls) : 1));
}

static void prepare(struct exchange *exchange, const char *method)
{
	struct server *server = exchange->server;
	struct request *request = &exchange->request;
	char *question = strchr(exchange->uri, '?');

	*request = (struct request){
		.estate = server->estate,
		.method = method,
		.path = {exchange->uri, question ? (size_t)(question - exchange->uri) : strlen(exchange->uri)},
		.query = span_of(question ? question + 1 : ""),
		.body = buffer_span(&exchange->body),
		.header = header_of,
		.headers = exchange->connection,
		.now = clock_wall_seconds(),
		.account = SIZE_MAX,
		.status = 200,
	};
	snprintf(request->request_id, sizeof request->request_id, "e57a7e00-0000-4000-8000-%012llx",
		 (unsigned long long)server->statistics.requests++);
}

/* The request is complete: admits it, draws a fault, and delays the response. */
static enum MHD_Result receive(struct exchange *exchange, const char *method)
{
	struct server *server = exchange->server;
	struct statistics *statistics = &server->statistics;
	struct request *request = &exchange->request;
	const struct operation *operation;
	struct line *line = line_of(exchange->connection);
	enum admission admission;
	int64_t delay;

	exchange->is_received = true;
	prepare(exchange, method);
	if (span_equals(request->path, "/estate/stats")) {
		statistics->requests--;
		return send_statistics(exchange);
	}
	if (++line->requests == 1 && server->settings->certificate) {
		statistics->handshakes++;
		statistics->resumed += gnutls_session_is_resumed(tls_of(exchange->connection)) != 0;
	}
	if (answer_metadata(request))
		return respond(exchange);
	admission = admit(request, clock_monotonic_microseconds(), &operation);
	if (operation)
		statistics->by_operation[operation - operations]++;
	statistics->throttled += admission == REFUSED_THROTTLED;
	statistics->writes += admission == REFUSED_WRITING;
	exchange->is_counted = true;
	if (++statistics->in_flight > statistics->most_in_flight)
		statistics->most_in_flight = statistics->in_flight;
	exchange->is_admitted = admission == ADMITTED;
	if (exchange->is_admitted) {
		request->fault = faults_strike(server->estate->faults,
					       &(struct client_request){request->service, request->operation,
									request->account, request->region,
									request_hash(request)});
		statistics->by_fault[request->fault]++;
		if (!request->fault && strcmp(request->operation, "AssumeRole") == 0)
			statistics->sts[request->region_number] = true;
	}
	delay = delay_of(exchange);
	if (delay == 0 || !suspend(exchange, delay))
		return respond(exchange);
	return MHD_YES;
}

/* ---- callbacks of the daemon ---- */

static void *on_uri(void *context, const char *uri, struct MHD_Connection *connection)
{
	struct exchange *exchange = calloc(1, sizeof *exchange);

	if (!exchange)
		return NULL;
	exchange->server = context;
	exchange->connection = connection;
	snprintf(exchange->uri, sizeof exchange->uri, "%s", uri);
	return exchange;
}

/* Called for the headers, for each piece of the body, at its end, and after a pause. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_size, void **state)
{
	struct exchange *exchange = *state;

	(void)context;
	(void)connection;
	(void)url;
	(void)version;
	if (!exchange || strlen(exchange->uri) == MAX_URI - 1)
		return MHD_NO;
	if (exchange->is_received)
		return respond(exchange);
	if (!exchange->request.method) { /* headers */
		exchange->request.method = method;
		return MHD_YES;
	}
	if (*upload_size == 0)
		return receive(exchange, method);
	if (exchange->body.length + *upload_size > MAX_REQUEST)
		return MHD_NO;
	buffer_append(&exchange->body, upload, *upload_size);
	*upload_size = 0;
	return MHD_YES;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
			 enum MHD_RequestTerminationCode code)
{
	struct exchange *exchange = *state;

	(void)context;
	(void)connection;
	(void)code;
	if (!exchange)
		return;
	leave(exchange);
	buffer_deinit(&exchange->body);
	buffer_deinit(&exchange->request.answer);
	free(exchange);
	*state = NULL;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **state,
			  enum MHD_ConnectionNotificationCode code)
{
	struct server *server = context;
	struct line *line;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		free(*state);
		*state = NULL;
		return;
	}
	line = calloc(1, sizeof *line);
	if (line)
		line->number = ++server->statistics.connections;
	*state = line;
	if (server->tickets.data)
		(void)gnutls_session_ticket_enable_server(tls_of(connection), &server->tickets);
}

/* ---- the loop ---- */

static struct MHD_Daemon *start(struct server *server)
{
	const struct server_settings *settings = server->settings;
	const struct certificate *certificate = settings->certificate;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)settings->port)};
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_KEY, 0, certificate ? certificate->key : NULL},
		{MHD_OPTION_HTTPS_MEM_CERT, 0, certificate ? certificate->chain : NULL},
		{MHD_OPTION_END, 0, NULL},
	};
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_SUPPRESS_DATE_NO_CLOCK;

	if (certificate && settings->tickets)
		(void)gnutls_session_ticket_key_generate(&server->tickets);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return MHD_start_daemon(
		flags | (certificate ? MHD_USE_TLS : 0), 0, NULL, NULL, on_request, server,
		MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address, MHD_OPTION_URI_LOG_CALLBACK, on_uri, server,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
		server, MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT,
		settings->idle_seconds, MHD_OPTION_LISTEN_BACKLOG_SIZE, 4096U, MHD_OPTION_ARRAY,
		certificate ? tls : &tls[2], MHD_OPTION_END);
}

/* Microseconds until the next delayed response is due; -1: none. */
static int64_t time_to_next(const struct server *server)
{
	int64_t due = timer_queue_due(&server->timers), now = clock_monotonic_microseconds();

	return due < 0 ? -1 : due > now ? due - now : 0;
}

static void wait_for_work(const struct server *server, struct pollfd watched[3])
{
	MHD_UNSIGNED_LONG_LONG milliseconds;
	int64_t wait = time_to_next(server);
	struct timespec timeout;

	if (MHD_get_timeout(server->daemon, &milliseconds) == MHD_YES &&
	    (wait < 0 || (int64_t)milliseconds * 1000 < wait))
		wait = (int64_t)milliseconds * 1000;
	timeout = (struct timespec){wait / SECOND, wait % SECOND * 1000};
	(void)ppoll(watched, 3, wait < 0 ? NULL : &timeout, NULL);
}

static void resume_those_due(struct server *server, int64_t now)
{
	struct exchange *exchange;

	while ((exchange = timer_queue_take(&server->timers, now)))
		MHD_resume_connection(exchange->connection);
}

static void serve(struct server *server, int signals)
{
	bool until_eof = server->settings->until_eof;
	struct pollfd watched[3] = {
		{.fd = signals, .events = POLLIN},
		{.fd = until_eof ? 0 : -1, .events = POLLIN},
		{.fd = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd,
		 .events = POLLIN},
	};
	char ignored[256];

	for (;;) {
		wait_for_work(server, watched);
		if (watched[0].revents)
			return;
		if (watched[1].revents && read(0, ignored, sizeof ignored) <= 0)
			return;
		resume_those_due(server, clock_monotonic_microseconds());
		MHD_run(server->daemon);
	}
}

static int catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static void allow_many_connections(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void end(struct server *server, int signals)
{
	timer_queue_deinit(&server->timers);
	gnutls_memset(server->tickets.data, 0, server->tickets.size);
	gnutls_free(server->tickets.data);
	close(signals);
}

bool server_run(struct estate *estate, const struct server_settings *settings)
{
	struct server server = {
		.estate = estate, .settings = settings, .started = clock_monotonic_microseconds()};
	int signals = catch_signals();

	signal(SIGPIPE, SIG_IGN);
	allow_many_connections();
	server.daemon = start(&server);
	if (!server.daemon) {
		fprintf(stderr, "estate: cannot listen on 127.0.0.1:%u\n", settings->port);
		end(&server, signals);
		return false;
	}
	settings->ready(estate, settings->context,
			MHD_get_daemon_info(server.daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
	serve(&server, signals);
	resume_those_due(&server, INT64_MAX);
	MHD_stop_daemon(server.daemon);
	end(&server, signals);
	return true;
}
