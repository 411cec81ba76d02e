/*
 * request.h - one request to the simulated AWS, and the answer that is being made.
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
struct limits;

/* The simulated organization, and how it behaves. */
struct estate {
	struct world world;
	char access_key_id[32], secret_access_key[48]; /* of the management account's own user */
	char role[64];
	int64_t session_seconds; /* the longest that the role gives out */
	enum latency latency;
	bool tls;
	bool tags_apart;             /* lists leave tags out: ListTagsForResource has them */
	struct sigv4_signer *signer; /* of the one thread that answers */
	struct policy *policy;       /* of the role; NULL: it may read everything */
	struct limits *limits;       /* NULL: none */
	struct faults *faults;       /* NULL: none */
};

/* How a service speaks. */
enum protocol { PROTOCOL_QUERY, PROTOCOL_EC2, PROTOCOL_JSON, PROTOCOL_REST, PROTOCOLS };

enum caller { CALLER_USER, CALLER_HOST, CALLER_ROLE };

struct request {
	struct estate *estate;
	const char *method;
	struct span path, query, body;
	/* A header's value; NULL: absent. */
	const char *(*header)(const struct request *, const char *name);
	const void *headers;
	int64_t now; /* by the clock of the endpoint, in seconds since 1970 */
	char request_id[40];

	/* From the credential scope, for one port serves all services of all regions. */
	char service[ESTATE_NAME], region[ESTATE_NAME], operation[ESTATE_NAME];
	size_t region_number; /* set once the request is let in, like all below */
	size_t account;       /* whose keys signed */
	enum caller caller;
	enum fault fault; /* that the pages of a list look at */

	unsigned status;
	const char *content_type;
	char error[64]; /* the code of a refusal; empty: none */
	struct buffer answer;
};

enum protocol request_protocol(const struct request *request);
struct place request_place(const struct request *request);
/* What temporary credentials and users call themselves. */
void request_caller_arn(const struct request *request, char *arn, size_t size);

/* A parameter of a form or of a query string, decoded; false when it is absent or too long. */
bool request_parameter(const struct request *request, const char *name, char *value, size_t size);
/* A hash of the parameters, of those that make the question. */
uint64_t request_hash(const struct request *request);
/* Where in a list the asked page starts. */
size_t request_position(const struct request *request);

/* Refusals that every service knows, each in its own words. All return false, for `return refuse(...)`. */
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
/* AWS's words for a missing permission. */
bool refuse_permission(struct request *request, const char *resource, const char *because);

/* ---- XML answers ---- */
void append_xml(struct buffer *into, const char *text);
/* NULL: nothing is written. */
void append_element(struct buffer *into, const char *name, const char *value);
void append_flag(struct buffer *into, const char *name, bool value);
/* <OperationResponse xmlns=...><OperationResult>, and its end with the request's id. */
void open_result(struct request *request);
void close_result(struct request *request);
/* ---- JSON answers ---- */
/* Takes over `answer`. */
void answer_json(struct request *request, json_t *answer);
/* The body as an object; NULL: refused. The caller's to release. */
json_t *read_json(struct request *request);

#endif
