/*
 * Any bytes as the response of a credential server: a container's endpoint, instance metadata, the portal of
 * IAM Identity Center, and its token endpoint. The first byte chooses the server; the second whether the rest
 * is a whole HTTP response or the body of a successful one.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scanner/credentials/credentials.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
int LLVMFuzzerInitialize(int *count, char ***arguments);

enum { BODY_OF_GOOD_ANSWER = 1, MAX_REQUEST = 8192, MAX_ANSWER = 16384 };

static int listener, port;
static char home[] = "/tmp/fuzz-credentials-XXXXXX", login[200], settings[100];
static char url[64];

/* Shared with the server thread, which may still send a response that the client no longer reads. */
static struct answer {
	unsigned char bytes[MAX_ANSWER];
	size_t length;
	bool is_whole;
} answer;
static pthread_mutex_t answer_lock = PTHREAD_MUTEX_INITIALIZER;

/* Replaces poll(): a pause between attempts, without descriptors, would only slow the fuzzer. */
int poll(struct pollfd *watched, nfds_t count, int milliseconds)
{
	const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};

	return count == 0 ? 0 : ppoll(watched, count, milliseconds < 0 ? NULL : &time, NULL);
}

/* ---- the server ---- */

static void write_all(int connection, const void *bytes, size_t length)
{
	while (length > 0) {
		ssize_t written = send(connection, bytes, length, MSG_NOSIGNAL);

		if (written <= 0)
			return;
		bytes = (const char *)bytes + written;
		length -= (size_t)written;
	}
}

static void *serve(void *nothing)
{
	static char request[MAX_REQUEST];
	static struct answer now;

	for (;;) {
		int connection = accept(listener, NULL, NULL);
		char head[100];

		pthread_mutex_lock(&answer_lock);
		now = answer;
		pthread_mutex_unlock(&answer_lock);
		if (recv(connection, request, sizeof request, 0) > 0) {
			snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
				 now.length);
			if (!now.is_whole)
				write_all(connection, head, strlen(head));
			write_all(connection, now.bytes, now.length);
		}
		close(connection);
	}
	return nothing;
}

static void listen_on_loopback(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof address;
	pthread_t thread;

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 16) != 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &length) != 0 ||
	    pthread_create(&thread, NULL, serve, NULL) != 0)
		abort();
	port = ntohs(address.sin_port);
	snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
}

/* ---- the client ---- */

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file)
		abort();
	fputs(text, file);
	fclose(file);
}

/* The name of the cached login is the SHA-1 of "corp". */
static void write_login(const char *ends)
{
	char text[400];

	snprintf(text, sizeof text,
		 "{\"accessToken\":\"a\",\"expiresAt\":\"%s\",\"refreshToken\":\"r\",\"clientId\":\"c\","
		 "\"clientSecret\":\"s\",\"registrationExpiresAt\":\"2999-01-01T00:00:00Z\"}",
		 ends);
	write_text(login, text);
}

static void remove_home(void)
{
	static const char *const folders[] = {"/.aws/sso/cache", "/.aws/sso", "/.aws", ""};
	char path[100];

	unlink(login);
	unlink(settings);
	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
		snprintf(path, sizeof path, "%s%s", home, folders[i]);
		rmdir(path);
	}
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
	static const char *const folders[] = {"/.aws", "/.aws/sso", "/.aws/sso/cache"};
	char path[100];

	(void)count, (void)arguments;
	if (!mkdtemp(home))
		abort();
	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
		snprintf(path, sizeof path, "%s%s", home, folders[i]);
		mkdir(path, 0700);
	}
	snprintf(login, sizeof login, "%s/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json", home);
	snprintf(settings, sizeof settings, "%s/config", home);
	write_text(settings,
		   "[profile a]\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = r\n"
		   "[sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://corp/start\n");
	atexit(remove_home);
	listen_on_loopback();
	setenv("HOME", home, 1);
	setenv("AWS_CONFIG_FILE", settings, 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent", 1);
	setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", url, 1);
	return 0;
}

/* NULL: no profile. */
static const char *choose(unsigned char which)
{
	unsetenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	if (which % 4 == 0)
		setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url, 1);
	if (which % 4 < 2)
		return NULL;
	write_login(which % 4 == 2 ? "2999-01-01T00:00:00Z" : "2020-01-01T00:00:00Z");
	return "a";
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct config config = {.region = "us-east-1",
				.endpoint_url = url,
				.timeout_ms = 1000,
				.connect_timeout_ms = 1000,
				.idle_timeout_ms = 1000,
				.max_attempts = 1,
				.max_answer_bytes = 65536};
	const struct log log = {.stream = stderr, .level = LOG_ERROR};
	struct credentials credentials;
	struct error error;

	if (size < 2 || size > MAX_ANSWER)
		return 0;
	config.profile = choose(data[0]);
	pthread_mutex_lock(&answer_lock);
	answer.is_whole = data[1] % 2 != BODY_OF_GOOD_ANSWER;
	answer.length = size - 2;
	memcpy(answer.bytes, data + 2, answer.length);
	pthread_mutex_unlock(&answer_lock);
	if (credentials_find(&config, &log, NULL, &credentials, &error))
		session_free(credentials.session);
	return 0;
}
