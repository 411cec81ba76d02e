/*
 * utf8.h - decodes UTF-8 (RFC 3629) in untrusted text.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UTF8_MAX_BYTES = 4 };

/*
 * The length in bytes of the character at `text`, of which `room` bytes may be read; 0: malformed. In a text
 * that ends in a NUL, `room` may be UTF8_MAX_BYTES. `*code` is the code point, undefined for a malformed
 * character.
 */
size_t utf8_read(const char *text, size_t room, uint32_t *code);

/*
 * True: the character is visible by itself. Not visible are control characters (C0 and C1), zero-width
 * characters, and marks that change the writing direction or the language (Unicode 15: Cc, Cf in general
 * punctuation, tags, noncharacters).
 */
bool utf8_is_shown(uint32_t code);

/*
 * For a text that ends in a NUL: the length in bytes of the character at `text`, at least 1. `*shown`: the
 * character is well-formed and visible, a tab or a line end; callers write "?" for the others.
 */
size_t utf8_next(const char *text, bool *shown);

#endif
