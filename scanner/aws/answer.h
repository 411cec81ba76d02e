/*
 * answer.h - classifies the response to an AWS operation.
 *
 * The class follows from the error code in the response, else from the HTTP status, else from the transport.
 * A success counts only when it is complete: a 200 that does not parse, has another root element, or lacks
 * the result of its operation is ANSWER_TRANSIENT, never an empty list, and so is JSON with a duplicate
 * member, and an object without its ETag. S3 may report an error after the status 200; that is an error (S3 API
 * reference, CompleteMultipartUpload). Codes and classes: AWS's API references and botocore 1.43's retry lists.
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
	ANSWER_CLOCK_SKEW,      /* the local clock and the server's differ by minutes */
	ANSWER_SKEW_OR_EXPIRED, /* RequestExpired: EC2 uses it for both, and the Date header does not decide */
	ANSWER_BAD_SIGNATURE,   /* the secret key is wrong */
	ANSWER_DISABLED_OR_CREDENTIALS, /* the region is not enabled, or the credentials are invalid */
	ANSWER_REGION_DISABLED,
	ANSWER_NOT_FOUND,
	ANSWER_NOT_IN_ORGANIZATION,
	ANSWER_UNSUPPORTED, /* the region has no such operation */
	ANSWER_BAD_REQUEST,
	ANSWER_REFUSED,   /* an unknown code, or a response that is too large */
	ANSWER_PROXY,     /* a response, but not from AWS */
	ANSWER_UNTRUSTED, /* TLS: the certificate is not trusted */
	ANSWER_CANCELLED, /* the scan is stopping */
	ANSWER_BROKEN,    /* the request could not be built */
};

/* The kind of policy that denied, where AWS names it. For people; it never decides a state. */
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

/* Of an operation with PROTOCOL_OBJECT. */
struct answer_object {
	struct buffer body;  /* of a success whose body is no XML; the answer owns it */
	char etag[128];      /* with its quotes; "": none */
	char mark[64];       /* the header x-amz-meta-neptune-scan-upload; "": none */
	char region[64];     /* of the bucket, where the response names it; "": none */
	int64_t total_bytes; /* of the whole object, of which `body` is a part; -1: not known */
};

struct answer {
	enum answer_class class;
	enum policy_kind policy; /* with ANSWER_ACCESS_DENIED */
	bool explicitly;         /* an explicit deny, not a missing allow */
	bool about_duration;     /* with ANSWER_BAD_REQUEST: the requested session duration is too long */
	bool unresolved;         /* with ANSWER_TRANSIENT: the host has no address, in DNS or at the proxy */
	char proxy[PROXY_NAME_SIZE]; /* that the request used, when the response is not from AWS; "": none */
	long status;
	char code[96];
	char message[512];
	char request_id[96];
	int64_t retry_after_ms; /* that the server asks for; -1: none */
	bool dated;             /* the response has a Date header */
	int64_t ahead_s;        /* seconds by which that Date is ahead of `now` */
	json_t *json;           /* the body of a JSON success; the answer owns it */
	struct answer_object object;
};

/*
 * Reads a response. `handler` receives a successful XML body, at most once. `now` is the local wall clock by
 * which the request was signed; the Date header is compared with it. Modifies the response: invalid UTF-8
 * becomes question marks. No text of the answer, or passed to the handler, contains a secret in force
 * (secrets.h), except the keys of a new session. The caller frees the answer.
 */
void answer_read(struct answer *answer, const struct operation *operation, struct response *response,
		 int64_t now, struct xml_parser *parser, const struct xml_handler *handler);
void answer_deinit(struct answer *answer);

/* True: the session that signed the request has expired and must be refreshed. */
bool answer_is_expired(const struct answer *answer);
/* "access-denied", "transient" ... */
const char *answer_class_name(const struct answer *answer);
/* "scp", "identity" ... or "unspecified" */
const char *answer_policy_name(const struct answer *answer);
/* One line for people: "AccessDenied: denied by a service control policy (...)". */
void answer_describe(const struct answer *answer, char *text, size_t size);
/* Advice for an answer other than ANSWER_OK; NULL: none. */
const char *answer_advice(const struct answer *answer);

#endif
