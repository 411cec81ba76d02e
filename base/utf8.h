/*
 * utf8.h - characters of UTF-8 (RFC 3629) in foreign text.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

enum { UTF8_LONGEST = 4 };

/*
 * How many bytes the character at `text` has, of which there are `room`; 0: it is malformed. A text that ends
 * in a NUL has room enough. `*code` is the code point, of a malformed one without meaning.
 */
size_t utf8_read(const char *text, size_t room, uint32_t *code);

#endif
