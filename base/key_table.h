/*
 * key_table.h - a hash table of entries by 64-bit keys.
 *
 * Open addressing with linear probing, at most three quarters full. Every entry begins with its key, a uint64_t
 * that is not 0; `size` is that of an entry in bytes, the same in every call. Keys are hashes: their low bits
 * choose the slot. An entry is valid until the next one is added. All zeroes: empty. Not thread-safe.
 */
#ifndef BASE_KEY_TABLE_H
#define BASE_KEY_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct key_table {
	void *entries;
	size_t count, capacity; /* capacity: 0, or a power of two */
};

/* NULL: there is none. */
void *key_table_find(const struct key_table *table, uint64_t key, size_t size);
/* The entry of the key; a new one is all zeroes but for the key. NULL: out of memory. */
void *key_table_add(struct key_table *table, uint64_t key, size_t size);
void key_table_deinit(struct key_table *table);

#endif
