#include "tests/workers/server.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { ANSWERS_BEFORE_CLOSE = 3, PATH_SIZE = 64, ECHO_AFTER_US = 40000 };

struct connection {
	struct server *server;
	int socket;
};

static bool send_text(int socket, const char *text, size_t length)
{
	return send(socket, text, length, MSG_NOSIGNAL) == (ssize_t)length;
}

/* Reads the headers, and a body of Content-Length bytes. */
static bool read_request(int socket, char path[static PATH_SIZE])
{
	char text[8192];
	size_t length = 0;

	for (;;) {
		char *end, *header;
		ssize_t count = recv(socket, text + length, sizeof text - 1 - length, 0);

		if (count <= 0)
			return false;
		length += (size_t)count;
		text[length] = '\0';
		end = strstr(text, "\r\n\r\n");
		header = strcasestr(text, "content-length:");
		if (end && length >= (size_t)(end + 4 - text) + (header ? (size_t)atoi(header + 15) : 0))
			return sscanf(text, "%*s %63s", path) == 1;
	}
}

static bool echo(int socket, const char *path)
{
	char text[PATH_SIZE + 64];
	int length = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
			      strlen(path), path);

	usleep(ECHO_AFTER_US);
	return send_text(socket, text, (size_t)length);
}

static bool answer(struct server *server, int socket, const char *path)
{
	static const char polite[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Test: yes \r\n\r\nhello";
	static const char unrequested[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong";
	static const char endless[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
	static const char cut[] = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhel";
	char chunk[4096 + 8];

	switch (server->behaviour) {
	case SERVER_NORMAL:
	case SERVER_CLOSES_IDLE:
		return send_text(socket, polite, sizeof polite - 1);
	case SERVER_EXTRA_RESPONSE:
		if (!send_text(socket, polite, sizeof polite - 1))
			return false;
		usleep(20000);
		send_text(socket, unrequested, sizeof unrequested - 1);
		server->unrequested++;
		return true;
	case SERVER_ECHOES:
		return echo(socket, path);
	case SERVER_STALLS:
		return send_text(socket, cut, sizeof cut - 1);
	case SERVER_SILENT:
		return true;
	case SERVER_CUTS:
		send_text(socket, cut, sizeof cut - 1);
		return false;
	case SERVER_ENDLESS:
		if (!send_text(socket, endless, sizeof endless - 1))
			return false;
		memset(chunk, 'x', sizeof chunk);
		memcpy(chunk, "1000\r\n", 6);
		memcpy(chunk + 6 + 4096, "\r\n", 2);
		while (!server->stopping && send_text(socket, chunk, 6 + 4096 + 2))
			;
		return false;
	case SERVER_DRIPS:
		send_text(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", 41);
		while (!server->stopping && send_text(socket, "x", 1))
			usleep(50000);
		return false;
	}
	return false;
}

static void *serve(void *argument)
{
	struct connection *connection = argument;
	struct server *server = connection->server;
	char path[PATH_SIZE];

	for (int answers = 0; !server->stopping && read_request(connection->socket, path);) {
		server->requests++;
		if (!answer(server, connection->socket, path))
			break;
		if (server->behaviour == SERVER_CLOSES_IDLE && ++answers == ANSWERS_BEFORE_CLOSE)
			break;
	}
	close(connection->socket);
	free(connection);
	server->running--;
	return NULL;
}

static void *listen_for_connections(void *argument)
{
	struct server *server = argument;

	for (;;) {
		int socket = accept(server->listener, NULL, NULL), yes = 1;
		struct timeval patience = {.tv_sec = 20};
		struct connection *connection;
		pthread_t thread;

		if (socket < 0)
			break;
		setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
		setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
		connection = malloc(sizeof *connection);
		*connection = (struct connection){server, socket};
		server->connections++;
		server->running++;
		if (pthread_create(&thread, NULL, serve, connection) != 0)
			exit(1);
		pthread_detach(thread);
	}
	server->running--;
	return NULL;
}

void server_start(struct server *server, enum server_behaviour behaviour)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof address;
	pthread_t thread;

	memset(server, 0, sizeof *server);
	server->behaviour = behaviour;
	server->listener = socket(AF_INET, SOCK_STREAM, 0);
	if (server->listener < 0 || bind(server->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
	    listen(server->listener, 512) != 0 ||
	    getsockname(server->listener, (struct sockaddr *)&address, &length) != 0) {
		perror("test server");
		exit(1);
	}
	server->port = ntohs(address.sin_port);
	server->running = 1;
	if (pthread_create(&thread, NULL, listen_for_connections, server) != 0)
		exit(1);
	pthread_detach(thread);
}

void server_stop(struct server *server)
{
	server->stopping = 1;
	shutdown(server->listener, SHUT_RDWR);
	close(server->listener);
	for (int i = 0; i < 3000 && server->running > 0; i++)
		usleep(10000);
}
