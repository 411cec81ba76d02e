/*
 * request.h - a request to the simulated AWS, and its response.
 */
#ifndef ESTATE_REQUEST_H
#define ESTATE_REQUEST_H

#include <jansson.h>

#include "base/buffer.h"
#include "bench/estate/faults.h"
#include "bench/estate/latency.h"
#include "bench/estate/resources.h"

enum { ESTATE_NAME = 80 };

struct sigv4_signer;
struct policy;
struct session_policies;
struct limits;

/* The policies that access.h evaluates. */
enum document {
	DOCUMENT_MEMBER,     /* of the role in each account */
	DOCUMENT_BOUNDARY,   /* of that role: its permissions boundary */
	DOCUMENT_TRUST,      /* of that role: its trust policy */
	DOCUMENT_USER,       /* of the management account's user */
	DOCUMENT_HUB,        /* of the hub */
	DOCUMENT_HUB_TRUST,  /* of the hub: its trust policy */
	DOCUMENT_SCP,        /* of the root of the organization, beside FullAWSAccess */
	DOCUMENT_ENDPOINT,   /* of a VPC endpoint that all requests pass */
	DOCUMENT_DELEGATION, /* of the organization: who may read it */
	DOCUMENT_KEY_POLICY, /* of every KMS key */
	DOCUMENT_SESSION,    /* of the caller's session: request.session_policy, not one of the estate */
	DOCUMENTS
};

/* The simulated organization and its behaviour. */
struct estate {
	struct world world;
	char access_key_id[32], secret_access_key[48]; /* of the management account's own user */
	char role[64];                                 /* with its path, without the first slash, as `hub` */
	char hub[64];                                  /* the role that the scanner's machine has */
	size_t hub_account;
	int64_t newest_hours; /* since the last account joined; negative: it joined after the one before it */
	bool no_paths;        /* accounts are listed without their paths */
	bool is_delegated;    /* the hub's account is a delegated administrator */
	int64_t session_seconds; /* the maximum duration of the role's sessions */
	enum latency latency;
	bool tls;
	bool tags_apart;                     /* lists have no tags; ListTagsForResource returns them */
	struct sigv4_signer *signer;         /* of the single thread */
	struct policy *documents[DOCUMENTS]; /* NULL: nothing of this kind refuses */
	struct session_policies *session_policies;
	struct limits *limits; /* NULL: none */
	struct faults *faults; /* NULL: none */
};

/* The protocol of a service. */
enum protocol { PROTOCOL_QUERY, PROTOCOL_EC2, PROTOCOL_JSON, PROTOCOL_REST, PROTOCOLS };

enum caller { CALLER_USER, CALLER_HOST, CALLER_ROLE };

struct request {
	struct estate *estate;
	const char *method;
	struct span path, query, body;
	/* A header's value; NULL: absent. */
	const char *(*header)(const struct request *, const char *name);
	const void *headers;
	int64_t now; /* seconds since 1970 by the endpoint's clock */
	char request_id[40];

	/* From the credential scope, because one port serves all services of all regions. */
	char service[ESTATE_NAME], region[ESTATE_NAME], operation[ESTATE_NAME];
	size_t region_number; /* set once the request is accepted, like all below */
	size_t account;       /* the caller's account */
	enum caller caller;
	bool is_tagged;                      /* the caller's session has transitive tags */
	const struct policy *session_policy; /* of the caller's session; NULL: none */
	enum fault fault;                    /* applied by the pages of a list */

	unsigned status;
	const char *content_type;
	char error[64]; /* error code; empty: none */
	struct buffer answer;
};

enum protocol request_protocol(const struct request *request);
struct place request_place(const struct request *request);
/* "NeptuneScanHub" of "audit/NeptuneScanHub": sessions are named without the path of their role. */
const char *role_name(const char *role);
/* The caller's ARN, for temporary credentials and users. */
void request_caller_arn(const struct request *request, char *arn, size_t size);

/* A decoded parameter of a form or a query string. False: absent or too long. */
bool request_parameter(const struct request *request, const char *name, char *value, size_t size);
bool request_has_parameter(const struct request *request, const char *name);
/* A hash of the parameters that identify the request. */
uint64_t request_hash(const struct request *request);
/* The position in the list where the requested page starts. */
size_t request_position(const struct request *request);

/* Errors that every service has, by its own codes. All return false, for `return refuse(...)`. */
enum refusal {
	REFUSAL_NO_TOKEN,
	REFUSAL_KEY,
	REFUSAL_SIGNATURE,
	REFUSAL_EXPIRED,
	REFUSAL_DENIED,
	REFUSAL_THROTTLED,
	REFUSAL_INTERNAL,
	REFUSAL_INVALID,
	REFUSAL_OPERATION,
	REFUSALS
};

__attribute__((format(printf, 3, 4))) bool refuse(struct request *request, enum refusal refusal,
						  const char *format, ...);
__attribute__((format(printf, 4, 5))) bool refuse_with(struct request *request, unsigned status,
						       const char *code, const char *format, ...);
/* AWS's message for a missing permission: for the request's own action, or another that it needs. */
bool refuse_permission(struct request *request, const char *resource, const char *because);
bool refuse_action(struct request *request, const char *action, const char *resource, const char *because);

/* ---- XML answers ---- */
void append_xml(struct buffer *into, const char *text);
/* NULL: writes nothing. */
void append_element(struct buffer *into, const char *name, const char *value);
void append_flag(struct buffer *into, const char *name, bool value);
/* <OperationResponse xmlns=...><OperationResult>, and the closing tags with the request's id. */
void open_result(struct request *request);
void close_result(struct request *request);
/* ---- JSON answers ---- */
/* Steals `answer`. */
void answer_json(struct request *request, json_t *answer);
/* The body as an object, which the caller frees; NULL: refused. */
json_t *read_json(struct request *request);

#endif
