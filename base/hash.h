/*
 * hash.h - FNV-1a, in 32 and 64 bits, for hash tables and stable identifiers.
 *
 * Not for texts that an attacker chooses: collisions are easy to construct. Source:
 * isthe.com/chongo/tech/comp/fnv.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

#define HASH_OF_NOTHING 2166136261U
#define HASH64_OF_NOTHING 14695981039346656037ULL

/* Extends `hash`, HASH_OF_NOTHING at first, by a text. */
static inline uint32_t hash_text(uint32_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619U;
	return hash;
}

static inline uint64_t hash64_byte(uint64_t hash, char byte)
{
	return (hash ^ (unsigned char)byte) * 1099511628211ULL;
}

static inline uint64_t hash64_text(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = hash64_byte(hash, *text);
	return hash;
}

#endif
