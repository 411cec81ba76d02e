/*
 * secrets.h - masks the secrets in force in untrusted text.
 *
 * A server or a proxy may echo parts of a request, even to a request that other keys signed. Therefore every
 * session registers its secret key and its token, and every untrusted text that can reach a log, a store or a
 * report is masked. The mask is applied after decoding, so that escapes cannot hide a secret.
 *
 * Safe to call from any thread.
 */
#ifndef SCANNER_AWS_SECRETS_H
#define SCANNER_AWS_SECRETS_H

#include <stdbool.h>

#include "base/buffer.h"

enum { SECRETS_MIN_LENGTH = 8 /* a shorter text may occur by chance, and is not masked */ };

/* Copies. A secret that is added twice must be removed twice. False: out of memory. */
bool secrets_add(const char *secret);
void secrets_remove(const char *secret);
/*
 * For a secret that stays in force until the program ends: an external id, the token of a login. NULL: none.
 */
bool secrets_remember(const char *secret);

/*
 * Replaces every secret by asterisks. Returns the text itself when it contains none, else a copy in `masked`,
 * which the caller frees; empty when there is no memory for the copy.
 */
struct span secrets_mask(struct span text, struct buffer *masked);
/* The same in place. */
void secrets_mask_text(char *text);

#endif
