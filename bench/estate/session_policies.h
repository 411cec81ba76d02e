/*
 * session_policies.h - the policies that AssumeRole passes to sessions.
 *
 * A session has the permissions that both its role and its session policy allow (IAM User Guide, "Session
 * policies"). The token of a session names its policy by a hash of the text, and each text is kept once, so
 * that memory does not grow with the number of sessions. An estate that was started anew does not know the
 * policies of the one before it, and refuses their sessions. One thread.
 *
 * Limits: 2,048 characters, as in the STS API reference (AssumeRole, Policy), and MAX_SESSION_POLICIES texts.
 * AWS's limit of the packed form is not simulated, because how AWS packs is not public.
 */
#ifndef ESTATE_SESSION_POLICIES_H
#define ESTATE_SESSION_POLICIES_H

#include <stdint.h>

#include "bench/estate/policy.h"

enum { MAX_SESSION_POLICIES = 256, MAX_SESSION_POLICY = 2048 /* characters */ };

struct session_policies {
	struct {
		uint64_t hash;
		struct policy *policy;
	} kept[MAX_SESSION_POLICIES];
	size_t count;
};

enum session_policy_result { SESSION_POLICY_KEPT, SESSION_POLICY_MALFORMED, SESSION_POLICY_TOO_MANY };

/* Keeps a text, unless it is known, and sets `hash`, never 0. Malformed: `problem` describes the error. */
enum session_policy_result session_policies_add(struct session_policies *policies, const char *text,
						uint64_t *hash, char *problem, size_t size);
/* NULL: unknown. */
const struct policy *session_policies_find(const struct session_policies *policies, uint64_t hash);
void session_policies_deinit(struct session_policies *policies);

#endif
