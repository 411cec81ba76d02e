/*
 * sts.h - who are we, and may we be somebody else.
 *
 * Always at a regional endpoint: tokens of the global one are refused in opt-in regions.
 */
#ifndef SCANNER_AWS_STS_H
#define SCANNER_AWS_STS_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/aws/call.h"

enum { ACCOUNT_ID_SIZE = 13, ARN_SIZE = 640 };

/* The identity behind a session, or the one that an assumed role gives. */
struct identity {
	char arn[ARN_SIZE];
	char account[ACCOUNT_ID_SIZE]; /* of the ARN, which Account of GetCallerIdentity repeats */
};

struct sts_reading {
	struct xml_handler handler; /* for call_send */
	struct identity identity;
	struct arena arena; /* the keys, until sts_take_session wipes them */
	char *access_key_id, *secret_access_key, *token;
	char *expiration, *account; /* as they stand in the answer */
	int64_t expires;
	const char *problem; /* NULL: none */
};

void sts_reading_init(struct sts_reading *reading);

void sts_request_caller_identity(struct call *call, const char *region);

enum { STS_MAX_SESSION_S = 3600 /* what AWS grants at most to a role that an assumed role assumes */ };

struct role_request {
	const char *arn;
	const char *session_name; /* what CloudTrail shows */
	const char *external_id;  /* NULL: none */
	int64_t seconds;          /* that the session shall last */
};

/* "arn:aws:iam::111111111111:role/audit/NeptuneScan"; `role` may carry a path. */
void sts_role_arn(char arn[static ARN_SIZE], const char *partition, const char *account, const char *role);
void sts_request_assume_role(struct call *call, const char *region, const struct role_request *role);
/* Not signed: the token says who we are. */
void sts_request_assume_role_with_web_identity(struct call *call, const char *region,
					       const struct role_request *role, const char *token);

/*
 * The session of an AssumeRole answer; NULL: keys missing, or no memory. Wipes the reading. `clock_ahead`: of
 * ours, by which AWS's clock told when the session ends.
 */
struct session *sts_take_session(struct sts_reading *reading, int64_t clock_ahead);
void sts_reading_deinit(struct sts_reading *reading);

#endif
