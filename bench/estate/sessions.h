/*
 * sessions.h - temporary credentials of the simulated STS.
 *
 * Keys are functions of the seed, the account, the kind, the expiration and the session policy; the token
 * contains these and a MAC, so that the server stores no sessions. Of the policy it has the hash
 * (session_policies.h).
 */
#ifndef ESTATE_SESSIONS_H
#define ESTATE_SESSIONS_H

#include "bench/estate/world.h"

enum session_kind {
	SESSION_MEMBER, /* of the role in every account */
	SESSION_HOST,   /* of the hub: metadata, container, web identity, a chain of roles */
	SESSION_POD,    /* of the hub, by EKS Pod Identity: with transitive tags */
};

struct session {
	enum session_kind kind;
	size_t account;
	int64_t expires; /* seconds since 1970 */
	uint64_t policy; /* the hash of the session policy; 0: none */
	char access_key_id[24], secret_access_key[48], token[128];
};

/* Computes the keys. False: an error of OpenSSL. */
bool session_make(const struct world *world, struct session *session);
/* Verifies a token, and fills in its session. False: invalid. */
bool session_read(const struct world *world, const char *access_key_id, const char *token,
		  struct session *session);

#endif
