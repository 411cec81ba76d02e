/*
 * hash.h - where texts go in a table: FNV-1a. Not for texts of a stranger's choice.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

#define HASH_OF_NOTHING 2166136261U

/* Of what `hash` is of, and this text. */
static inline uint32_t hash_text(uint32_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619U;
	return hash;
}

#endif
