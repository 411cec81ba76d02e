/*
 * session.h - keys that requests are signed with.
 *
 * Immutable once made; its texts are wiped when it is freed, and nothing ever formats them except into the
 * headers of a request. While it is open, no text from outside may repeat them (secrets.h).
 */
#ifndef SCANNER_AWS_SESSION_H
#define SCANNER_AWS_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct session {
	char *access_key_id;
	char *secret_access_key;
	char *token;               /* NULL: long-term keys */
	int64_t obtained, expires; /* wall seconds; expires 0: never */
	bool is_masked;            /* its secrets are in force (secrets.h) */
};

/*
 * Is it time for new keys? Five minutes before the end, or a quarter of its life where that is less: AWS tells
 * others than this program when a session ends, too, and a request may wait before it is sent.
 */
bool session_is_due(const struct session *session, int64_t now);
/* Copies. NULL: no memory. */
struct session *session_new(struct span access_key_id, struct span secret_access_key, struct span token,
			    int64_t expires);
void session_free(struct session *session);

#endif
