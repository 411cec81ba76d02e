/*
 * token.h - checks access keys and session tokens before they go into a header.
 *
 * Valid ones are visible ASCII. A line end would add a header to the request, and a blank would break the
 * signature.
 */
#ifndef BASE_TOKEN_H
#define BASE_TOKEN_H

#include "base/span.h"

/* The first flaw: "a line end", "a blank" ...; NULL: none. An absent token has no flaw. */
const char *token_flaw(struct span token);

#endif
