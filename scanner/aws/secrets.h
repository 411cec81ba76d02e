/*
 * secrets.h - the secrets in force, and how a text from outside is kept from repeating one.
 *
 * A server, or what stands before it, may repeat what a request held, also to a request that was signed with
 * other keys. So every session adds its secret key and its token, and every text that can reach a log, a store
 * or a report is masked by all of them. A text is masked when it is decoded: an escape inside a secret hides
 * nothing.
 *
 * Safe to call from any thread.
 */
#ifndef SCANNER_AWS_SECRETS_H
#define SCANNER_AWS_SECRETS_H

#include <stdbool.h>

#include "base/buffer.h"

enum { SECRETS_MIN_LENGTH = 8 /* a shorter one may stand anywhere by chance, and is not masked */ };

/* Copies. What is added twice must be removed twice. False: no memory. */
bool secrets_add(const char *secret);
void secrets_remove(const char *secret);
/* The same for one that stays in force until the program ends: an external id, the token of a login. NULL is
 * none. */
bool secrets_remember(const char *secret);

/*
 * The text with asterisks in place of every secret. It is the text itself where it holds none, else a copy in
 * `masked`, which the caller frees; without memory for the copy it is empty.
 */
struct span secrets_mask(struct span text, struct buffer *masked);
/* The same in place. */
void secrets_mask_text(char *text);

#endif
