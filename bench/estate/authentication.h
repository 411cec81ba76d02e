/*
 * authentication.h - SigV4, verified for real: the signature is computed again from what arrived.
 */
#ifndef ESTATE_AUTHENTICATION_H
#define ESTATE_AUTHENTICATION_H

#include "bench/estate/request.h"

/* The parts of an Authorization header. */
struct claim {
	char key_id[64], date[16], region[ESTATE_NAME], service[ESTATE_NAME];
	char signed_headers[256], signature[80];
};

/* Reads it, and with it which service of which region is meant. False: refused. */
bool claim_read(struct request *request, struct claim *claim);

/* Who asks, and is it true? Needs `operation` and `now`. False: refused. */
bool authenticate(struct request *request, const struct claim *claim);

#endif
