/*
 * token.h - access keys, session tokens and their kin, before they go into a header.
 *
 * They are visible ASCII. A line end in one would add a header to the request, a blank makes a signature that
 * the server does not find.
 */
#ifndef BASE_TOKEN_H
#define BASE_TOKEN_H

#include "base/span.h"

/* What else it holds: "a line end", "a blank" ...; NULL: nothing. An absent one has no flaw. */
const char *token_flaw(struct span token);

#endif
