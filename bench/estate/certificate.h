/*
 * certificate.h - a throw-away certificate authority, and a certificate for the loopback by it.
 *
 * Made anew at each start, valid for a day; the authority's key is never kept.
 */
#ifndef ESTATE_CERTIFICATE_H
#define ESTATE_CERTIFICATE_H

#include <stdbool.h>

struct certificate {
	char *authority, *chain, *key; /* PEM; the caller's, by certificate_free */
};

/* Good for 127.0.0.1, localhost, and `host` where it is a name. */
bool certificate_make(struct certificate *certificate, const char *host);
void certificate_free(struct certificate *certificate);

#endif
