/*
 * utf8.h - characters of UTF-8 (RFC 3629) in foreign text.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UTF8_MAX_BYTES = 4 };

/*
 * How many bytes the character at `text` has, of which there are `room`; 0: it is malformed. A text that ends
 * in a NUL has room enough. `*code` is the code point, of a malformed one without meaning.
 */
size_t utf8_read(const char *text, size_t room, uint32_t *code);

/*
 * Is the character itself to be seen? Not so are control characters (C0 and C1), those without width, and marks
 * that change the writing direction or the language (Unicode 15: Cc, Cf in general punctuation, tags,
 * noncharacters).
 */
bool utf8_is_shown(uint32_t code);

/*
 * Of a text for people that ends in a NUL: how many bytes the character at `text` has, at least one. `*shown`:
 * it is well-formed, and to be seen, or ends a line or is a tab; else "?" stands for it.
 */
size_t utf8_next(const char *text, bool *shown);

#endif
