/*
 * sts.h - requests to STS: the identity of the caller, and sessions of roles.
 *
 * Always at a regional endpoint, because opt-in regions refuse tokens of the global one.
 */
#ifndef SCANNER_AWS_STS_H
#define SCANNER_AWS_STS_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/aws/call.h"

enum { ACCOUNT_ID_SIZE = 13, ARN_SIZE = 640 };

/* The identity of a session, or of a role that was assumed. */
struct identity {
	char arn[ARN_SIZE];
	char account[ACCOUNT_ID_SIZE]; /* from the ARN; Account of GetCallerIdentity must be the same */
};

struct sts_reading {
	struct xml_handler handler; /* for call_send */
	struct identity identity;
	struct arena arena; /* holds the keys, until sts_take_session wipes it */
	char *access_key_id, *secret_access_key, *token;
	char *expiration, *account; /* the texts of the response */
	int64_t expires;
	const char *problem; /* NULL: none */
};

void sts_reading_init(struct sts_reading *reading);

void sts_request_caller_identity(struct call *call, const char *region);

enum { STS_MAX_SESSION_S = 3600 /* what AWS grants at most to a role that an assumed role assumes */ };

struct role_request {
	const char *arn;
	const char *session_name; /* shown in CloudTrail */
	const char *external_id;  /* NULL: none */
	int64_t seconds;          /* the requested duration of the session */
	const char *policy;       /* a session policy, as JSON; NULL: none */
};

/* "arn:aws:iam::111111111111:role/audit/NeptuneScan"; `role` may carry a path. */
void sts_role_arn(char arn[static ARN_SIZE], const char *partition, const char *account, const char *role);
void sts_request_assume_role(struct call *call, const char *region, const struct role_request *role);
/* True: STS refused the request because of its session policy: it is too large, or not understood. */
bool sts_refuses_policy(const struct answer *answer);
/* Not signed: the token identifies the caller. */
void sts_request_assume_role_with_web_identity(struct call *call, const char *region,
					       const struct role_request *role, const char *token);

/*
 * The session of an AssumeRole answer. NULL: keys are missing, or out of memory. Wipes the reading.
 * `clock_ahead`: seconds by which AWS's clock, which the expiration refers to, is ahead of the local one.
 */
struct session *sts_take_session(struct sts_reading *reading, int64_t clock_ahead);
void sts_reading_deinit(struct sts_reading *reading);

#endif
