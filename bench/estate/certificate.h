/*
 * certificate.h - a temporary certificate authority, and its certificate for the loopback address.
 *
 * Created at each start and valid for a day; the authority's key is never stored.
 */
#ifndef ESTATE_CERTIFICATE_H
#define ESTATE_CERTIFICATE_H

#include <stdbool.h>

struct certificate {
	char *authority, *chain, *key; /* PEM; freed by certificate_deinit */
};

/* Valid for 127.0.0.1, localhost, and `host` where it is a name. */
bool certificate_make(struct certificate *certificate, const char *host);
void certificate_deinit(struct certificate *certificate);

#endif
