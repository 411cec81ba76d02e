/*
 * sessions.h - temporary keys of the simulated STS.
 *
 * Keys are functions of the seed, the account, the kind and the end of the session; the token carries
 * these and a MAC over them, so that nothing has to be remembered about sessions that were given out.
 */
#ifndef ESTATE_SESSIONS_H
#define ESTATE_SESSIONS_H

#include "bench/estate/world.h"

enum session_kind {
	SESSION_MEMBER, /* of the role that is in every account */
	SESSION_HOST, /* of the machine that the auditor's program runs on: metadata, container, web identity */
};

struct session {
	enum session_kind kind;
	size_t account;
	int64_t expires; /* seconds since 1970 */
	char access_key_id[24], secret_access_key[48], token[128];
};

/* Fills in the keys. False: OpenSSL refuses. */
bool session_make(const struct world *world, struct session *session);
/* Who holds this token? Fills in everything; false: no such session was ever made. */
bool session_read(const struct world *world, const char *access_key_id, const char *token,
		  struct session *session);

#endif
