/*
 * authentication.h - verifies SigV4: the signature is computed from the received request.
 */
#ifndef ESTATE_AUTHENTICATION_H
#define ESTATE_AUTHENTICATION_H

#include "bench/estate/request.h"

/* The parts of an Authorization header. */
struct claim {
	char key_id[64], date[16], region[ESTATE_NAME], service[ESTATE_NAME];
	char signed_headers[256], signature[80];
};

/* Parses the header, which also names service and region. False: refused. */
bool claim_read(struct request *request, struct claim *claim);

/* Identifies the caller and verifies the signature. Needs `operation` and `now`. False: refused. */
bool authenticate(struct request *request, const struct claim *claim);

#endif
