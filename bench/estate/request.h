/*
 * request.h - one request to the simulated AWS, and the answer that is being made.
 */
#ifndef ESTATE_REQUEST_H
#define ESTATE_REQUEST_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buffer.h"
#include "bench/estate/world.h"

enum { ESTATE_NAME = 80 };

struct sigv4_signer;

struct estate {
	struct world world;
	char access_key_id[32], secret_access_key[48]; /* of the management account's own user */
	char role[64];
	struct sigv4_signer *signer; /* of the one thread that answers */
};

struct request {
	const struct estate *estate;
	struct span body;
	/* From the credential scope: one port serves all services of all regions. */
	char service[ESTATE_NAME], region[ESTATE_NAME], operation[ESTATE_NAME];
	size_t account; /* whose keys signed */
	bool by_role;   /* by an assumed role, not by the user */
	char request_id[40];

	unsigned status;
	struct buffer answer;
};

/* AWS's error, in the envelope of the service's protocol. Returns false, for `return refuse(...)`. */
__attribute__((format(printf, 4, 5))) bool refuse(struct request *request, unsigned status, const char *code,
						  const char *format, ...);
bool request_is_json(const struct request *request);
void append_xml(struct buffer *into, const char *text);
/* A form parameter, decoded into `value`; false when it is absent or too long. */
bool form_value(const struct request *request, const char *name, char *value, size_t size);
/* Closes an answer of the query protocol. */
void append_metadata(struct request *request);

/* The services; each answers one operation. */
void answer_sts(struct request *request);
void answer_organizations(struct request *request);
void answer_ec2(struct request *request);
void answer_rds(struct request *request);

/* keys.c: temporary keys are functions of the seed and the account. */
void keys_of_role(const struct estate *estate, size_t account, char id[32], char secret[48], char token[128]);

/* authentication.c */
struct MHD_Connection;
/* False: refused, the answer is made. */
bool authenticate(struct request *request, struct MHD_Connection *connection, const char *method,
		  const char *path);

/* manifest.c: the truth, in the report's own schema. NULL: no memory. */
json_t *manifest_of(const struct estate *estate);

#endif
