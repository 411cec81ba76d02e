/*
 * ulid.h - ids of runs, which sort by time.
 *
 * 26 characters of Crockford's base 32: 48 bits of milliseconds, then 80 random bits (github.com/ulid/spec).
 */
#ifndef BASE_ULID_H
#define BASE_ULID_H

#include <stdint.h>

enum { ULID_SIZE = 27 };

/* An id of the present moment. */
void ulid_make(char text[static ULID_SIZE]);
void ulid_format(int64_t milliseconds, const uint8_t random[static 10], char text[static ULID_SIZE]);

#endif
