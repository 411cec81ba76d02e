/*
 * session.h - credentials that sign requests.
 *
 * Immutable. session_free wipes the texts, which are written nowhere but into headers of requests. While a
 * session exists, secrets.h masks its secrets.
 */
#ifndef SCANNER_AWS_SESSION_H
#define SCANNER_AWS_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct session {
	char *access_key_id;
	char *secret_access_key;
	char *token;               /* NULL: long-term keys */
	int64_t obtained, expires; /* wall seconds; expires 0: never */
	bool is_masked;            /* its secrets are registered (secrets.h) */
};

/*
 * True: time to refresh, five minutes before the session expires, or at the last quarter of a shorter one:
 * AWS reports the expiration of a session also to others, and a request may wait before it is sent.
 */
bool session_is_due(const struct session *session, int64_t now);
/* Copies the texts. NULL: out of memory. */
struct session *session_new(struct span access_key_id, struct span secret_access_key, struct span token,
			    int64_t expires);
void session_free(struct session *session);

/* All sessions that one owner was given, oldest first: requests in flight still sign with the older ones. */
struct session_list {
	struct session **items;
	size_t count;
};

/* Takes the session over, also when it fails. False: out of memory, or `session` is NULL. */
bool session_list_add(struct session_list *list, struct session *session);
void session_list_deinit(struct session_list *list);

#endif
