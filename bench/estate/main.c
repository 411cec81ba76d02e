/*
 * estate - a simulated AWS organization on a loopback port.
 *
 * It verifies signatures, answers as AWS does, and knows the truth (--manifest), so that a scanner can
 * be held against it. Prints shell assignments when it is ready, and runs until SIGTERM, SIGINT, or
 * with --until-eof the end of its standard input.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "bench/estate/request.h"
#include "scanner/aws/sigv4.h"

enum { LARGEST_REQUEST = 65536 };

struct service {
	const char *name; /* as in the credential scope */
	void (*answer)(struct request *);
};

static const struct service services[] = {
	{"sts", answer_sts},
	{"organizations", answer_organizations},
	{"ec2", answer_ec2},
	{"rds", answer_rds},
};

struct statistics {
	_Atomic uint64_t connections, requests, refused;
	_Atomic uint64_t by_service[sizeof services / sizeof services[0]];
};

struct server {
	struct estate estate;
	struct statistics statistics;
};

/* ---- one request ---- */

static void find_operation(struct request *request, struct MHD_Connection *connection)
{
	const char *target = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "x-amz-target");
	const char *dot = target ? strrchr(target, '.') : NULL;

	if (dot)
		snprintf(request->operation, sizeof request->operation, "%s", dot + 1);
	else
		form_value(request, "Action", request->operation, sizeof request->operation);
}

static void answer(struct server *server, struct request *request, struct MHD_Connection *connection,
		   const char *method, const char *path)
{
	uint64_t number = atomic_fetch_add(&server->statistics.requests, 1);

	request->estate = &server->estate;
	request->status = 200;
	snprintf(request->request_id, sizeof request->request_id, "e57a7e00-0000-4000-8000-%012llx",
		 (unsigned long long)number);
	if (!authenticate(request, connection, method, path))
		return;
	find_operation(request, connection);
	for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
		if (strcmp(services[i].name, request->service) != 0)
			continue;
		atomic_fetch_add(&server->statistics.by_service[i], 1);
		services[i].answer(request);
		return;
	}
	refuse(request, 400, "InvalidAction", "no service %s here", request->service);
}

static enum MHD_Result send_answer(struct MHD_Connection *connection, unsigned status, const char *type,
				   const char *request_id, struct span body)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(body.length, (void *)(uintptr_t)body.at, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", type);
	if (request_id)
		MHD_add_response_header(response, "x-amzn-RequestId", request_id);
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result send_statistics(struct server *server, struct MHD_Connection *connection)
{
	struct statistics *statistics = &server->statistics;
	struct buffer text = {0};
	enum MHD_Result result;

	buffer_print(&text, "{\"connections\":%llu,\"requests\":%llu,\"refused\":%llu",
		     (unsigned long long)statistics->connections, (unsigned long long)statistics->requests,
		     (unsigned long long)statistics->refused);
	for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
		buffer_print(&text, ",\"%s\":%llu", services[i].name,
			     (unsigned long long)statistics->by_service[i]);
	buffer_text(&text, "}\n");
	result = send_answer(connection, 200, "application/json", NULL, buffer_span(&text));
	buffer_free(&text);
	return result;
}

/* Called when the headers are in, for each piece of the body, and once more at its end. */
static enum MHD_Result on_request(void *owner, struct MHD_Connection *connection, const char *path,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_size, void **state)
{
	struct server *server = owner;
	struct buffer *body = *state;
	struct request request = {0};
	enum MHD_Result result;

	(void)version;
	if (!body) {
		*state = calloc(1, sizeof *body);
		return *state ? MHD_YES : MHD_NO;
	}
	if (*upload_size > 0) {
		if (body->length + *upload_size > LARGEST_REQUEST)
			return MHD_NO;
		buffer_append(body, upload, *upload_size);
		*upload_size = 0;
		return MHD_YES;
	}
	if (strcmp(path, "/estate/stats") == 0)
		return send_statistics(server, connection);
	request.body = buffer_span(body);
	answer(server, &request, connection, method, path);
	if (request.status != 200)
		atomic_fetch_add(&server->statistics.refused, 1);
	result = send_answer(connection, request.status,
			     request_is_json(&request) ? "application/x-amz-json-1.1" : "text/xml",
			     request.request_id, buffer_span(&request.answer));
	buffer_free(&request.answer);
	return result;
}

static void on_completed(void *owner, struct MHD_Connection *connection, void **state,
			 enum MHD_RequestTerminationCode code)
{
	struct buffer *body = *state;

	(void)owner;
	(void)connection;
	(void)code;
	if (body)
		buffer_free(body);
	free(body);
	*state = NULL;
}

static void on_connection(void *owner, struct MHD_Connection *connection, void **state,
			  enum MHD_ConnectionNotificationCode code)
{
	struct server *server = owner;

	(void)connection;
	(void)state;
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		atomic_fetch_add(&server->statistics.connections, 1);
}

/* ---- the program ---- */

static const char usage[] =
	"usage: estate [--accounts N] [--regions N] [--seed N] [--port N] [--role NAME] [--manifest FILE] "
	"[--until-eof]\n\n"
	"A simulated AWS organization on 127.0.0.1: STS, Organizations, EC2 DescribeRegions and Neptune,\n"
	"with verified signatures. When it is ready it prints shell assignments and an empty line.\n\n"
	"  --accounts N      accounts, the management account among them (default 40, at most 100000)\n"
	"  --regions N       regions (default 17, at most 34)\n"
	"  --seed N          the same seed gives the same estate (default 1)\n"
	"  --port N          0: any free one (default)\n"
	"  --role NAME       role that may be assumed (default NeptuneScanAudit)\n"
	"  --manifest FILE   write the truth, in the schema of the report\n"
	"  --until-eof       end with the standard input, too\n"
	"\nGET /estate/stats counts connections and requests.\n";

struct options {
	unsigned long accounts, regions, seed, port;
	const char *role, *manifest;
	bool until_eof;
};

static bool read_number(const char *text, unsigned long least, unsigned long most, unsigned long *number)
{
	char *end;

	errno = 0;
	*number = strtoul(text, &end, 10);
	return *text && !*end && !errno && *number >= least && *number <= most;
}

static bool read_option(struct options *options, const char *name, const char *value)
{
	if (strcmp(name, "--accounts") == 0)
		return read_number(value, 1, 100000, &options->accounts);
	if (strcmp(name, "--regions") == 0)
		return read_number(value, 1, WORLD_MOST_REGIONS, &options->regions);
	if (strcmp(name, "--seed") == 0)
		return read_number(value, 0, 4294967295UL, &options->seed);
	if (strcmp(name, "--port") == 0)
		return read_number(value, 0, 65535, &options->port);
	if (strcmp(name, "--role") == 0)
		options->role = value;
	else if (strcmp(name, "--manifest") == 0)
		options->manifest = value;
	else
		return false;
	return true;
}

static bool read_options(struct options *options, int count, char **arguments)
{
	for (int i = 1; i < count; i++) {
		if (strcmp(arguments[i], "--until-eof") == 0) {
			options->until_eof = true;
		} else if (i + 1 == count || !read_option(options, arguments[i], arguments[i + 1])) {
			fprintf(stderr, "estate: bad argument: %s%s%s\n%s", arguments[i],
				i + 1 < count ? " " : "", i + 1 < count ? arguments[i + 1] : "", usage);
			return false;
		} else {
			i++;
		}
	}
	return true;
}

static bool write_manifest(const struct estate *estate, const char *path)
{
	json_t *manifest = manifest_of(estate);
	bool good = manifest && json_dump_file(manifest, path, JSON_INDENT(1)) == 0;

	json_decref(manifest);
	if (!good)
		fprintf(stderr, "estate: cannot write %s\n", path);
	return good;
}

static void announce(const struct server *server, unsigned port)
{
	printf("AWS_ENDPOINT_URL=http://127.0.0.1:%u\nAWS_ACCESS_KEY_ID=%s\nAWS_SECRET_ACCESS_KEY=%s\n"
	       "AWS_REGION=us-east-1\nNEPTUNE_SCAN_ROLE_NAME=%s\n\n",
	       port, server->estate.access_key_id, server->estate.secret_access_key, server->estate.role);
	fflush(stdout);
}

static void wait_for_the_end(bool until_eof)
{
	struct pollfd watched[2] = {{.fd = -1, .events = POLLIN}, {.fd = until_eof ? 0 : -1, .events = POLLIN}};
	char ignored[256];
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	watched[0].fd = signalfd(-1, &set, SFD_CLOEXEC);
	for (;;) {
		if (poll(watched, 2, -1) < 0 && errno != EINTR)
			break;
		if (watched[0].revents)
			break;
		if (watched[1].revents && read(0, ignored, sizeof ignored) <= 0)
			break;
	}
	close(watched[0].fd);
}

static int serve(struct server *server, const struct options *options)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options->port)};
	const union MHD_DaemonInfo *info;
	struct MHD_Daemon *daemon;
	sigset_t set;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request,
				  server, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
				  MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION,
				  on_connection, server, MHD_OPTION_CONNECTION_LIMIT, 4096U, MHD_OPTION_END);
	if (!daemon) {
		fprintf(stderr, "estate: cannot listen on 127.0.0.1:%lu\n", options->port);
		return 1;
	}
	info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
	announce(server, info->port);
	wait_for_the_end(options->until_eof);
	MHD_stop_daemon(daemon);
	return 0;
}

int main(int count, char **arguments)
{
	struct options options = {.accounts = 40, .regions = 17, .seed = 1, .role = "NeptuneScanAudit"};
	static struct server server;
	int code;

	if (count == 2 && strcmp(arguments[1], "--help") == 0) {
		fputs(usage, stdout);
		return 0;
	}
	if (!read_options(&options, count, arguments))
		return 2;
	server.estate.world = (struct world){options.seed, options.accounts, options.regions};
	snprintf(server.estate.role, sizeof server.estate.role, "%s", options.role);
	snprintf(server.estate.access_key_id, sizeof server.estate.access_key_id, "AKIAESTATE%010lu",
		 options.seed);
	snprintf(server.estate.secret_access_key, sizeof server.estate.secret_access_key,
		 "estate/secret+%lu/of/the/simulated/user", options.seed);
	if (options.manifest && !write_manifest(&server.estate, options.manifest))
		return 1;
	server.estate.signer = sigv4_open();
	code = server.estate.signer ? serve(&server, &options) : 1;
	sigv4_close(server.estate.signer);
	return code;
}
