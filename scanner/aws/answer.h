/*
 * answer.h - what AWS said, as exactly one class.
 *
 * The order of tests: the error code in the answer, then the HTTP status, then the transport. A success
 * counts only when it is complete: a 200 that does not parse, has another root, or lacks the result of
 * its operation is ANSWER_TRANSIENT, never an empty list; so is JSON that names a member twice. Codes and
 * classes: AWS's API references and botocore 1.43's retry lists.
 */
#ifndef SCANNER_AWS_ANSWER_H
#define SCANNER_AWS_ANSWER_H

#include <jansson.h>
#include <stdint.h>

#include "scanner/aws/operation.h"
#include "scanner/aws/xml.h"
#include "workers/exchange.h"

enum answer_class {
	ANSWER_OK,
	ANSWER_THROTTLE,
	ANSWER_TRANSIENT,
	ANSWER_ACCESS_DENIED,
	ANSWER_EXPIRED_CREDENTIALS,
	ANSWER_CLOCK_SKEW,              /* ours and the server's clock differ by minutes */
	ANSWER_SKEW_OR_EXPIRED,         /* RequestExpired: of EC2, either; the Date header does not tell */
	ANSWER_BAD_SIGNATURE,           /* a wrong secret */
	ANSWER_DISABLED_OR_CREDENTIALS, /* the region is not enabled, or the keys are no good */
	ANSWER_REGION_DISABLED,
	ANSWER_NOT_FOUND,
	ANSWER_NOT_IN_ORGANIZATION,
	ANSWER_UNSUPPORTED, /* no such operation here */
	ANSWER_BAD_REQUEST,
	ANSWER_REFUSED,   /* a code that is in no list, or more than we are willing to read */
	ANSWER_PROXY,     /* somebody answered, but it was not AWS */
	ANSWER_UNTRUSTED, /* TLS */
	ANSWER_CANCELLED, /* we are stopping */
	ANSWER_BROKEN,    /* the request could not be made */
};

/* Which kind of policy said no, where AWS names it. For people; never decides a state. */
enum policy_kind {
	POLICY_UNSPECIFIED,
	POLICY_IDENTITY,
	POLICY_SCP,
	POLICY_RCP,
	POLICY_BOUNDARY,
	POLICY_SESSION,
	POLICY_VPC_ENDPOINT,
	POLICY_RESOURCE,
	POLICY_TRUST,
};

struct answer {
	enum answer_class class;
	enum policy_kind policy;     /* with ANSWER_ACCESS_DENIED */
	bool explicitly;             /* an explicit deny, not just no allow */
	bool about_duration;         /* with ANSWER_BAD_REQUEST: the session was to last too long */
	bool unresolved;             /* with ANSWER_TRANSIENT: the host has no address, here or at the proxy */
	char proxy[PROXY_NAME_SIZE]; /* that the request went through, where it was not AWS who answered; "":
					none */
	long status;
	char code[96];
	char message[512];
	char request_id[96];
	int64_t retry_after; /* milliseconds that the server asks for; -1: it does not */
	bool dated;          /* there was a Date header, */
	int64_t ahead;       /* and this is by how many seconds it is ahead of `now` */
	json_t *json;        /* the body of a JSON success; owned by the answer */
};

/*
 * Reads a response. `handler` hears a successful XML body (once, at most); `now` is the local wall
 * clock by which the request was signed, against which the Date header is held. The response is changed: what
 * is no UTF-8 becomes a question mark. No text of the answer, or that the handler hears, repeats a secret
 * (secrets.h), but for the keys of a new session. The answer must be freed.
 */
void answer_read(struct answer *answer, const struct operation *operation, struct response *response,
		 int64_t now, struct xml_parser *parser, const struct xml_handler *handler);
void answer_free(struct answer *answer);

/* New keys are wanted: the session that the request was signed with has come to its end. */
bool answer_is_expired(const struct answer *answer);
/* "access-denied", "transient" ... */
const char *answer_class_name(const struct answer *answer);
/* "scp", "identity" ... or "unspecified" */
const char *answer_policy_name(const struct answer *answer);
/* One line for people: "AccessDenied: denied by a service control policy (...)". */
void answer_describe(const struct answer *answer, char *text, size_t size);
/* What can be done about one that is no good; NULL: nothing that this program knows. */
const char *answer_advice(const struct answer *answer);

#endif
