#include "base/key_table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_CAPACITY = 64 };

static uint64_t key_of(const void *entry)
{
	uint64_t key;

	memcpy(&key, entry, sizeof key);
	return key;
}

/* The entry of the key, or the free slot for it. */
static char *slot_of(const struct key_table *table, uint64_t key, size_t size)
{
	size_t at = (size_t)key & (table->capacity - 1);
	char *entries = table->entries;

	while (key_of(entries + at * size) != 0 && key_of(entries + at * size) != key)
		at = (at + 1) & (table->capacity - 1);
	return entries + at * size;
}

static bool grow(struct key_table *table, size_t size)
{
	struct key_table grown = {.count = table->count,
				  .capacity = table->capacity ? 2 * table->capacity : MIN_CAPACITY};
	const char *entries = table->entries;

	grown.entries = calloc(grown.capacity, size);
	if (!grown.entries)
		return false;
	for (size_t i = 0; i < table->capacity; i++)
		if (key_of(entries + i * size) != 0)
			memcpy(slot_of(&grown, key_of(entries + i * size), size), entries + i * size, size);
	free(table->entries);
	*table = grown;
	return true;
}

void *key_table_find(const struct key_table *table, uint64_t key, size_t size)
{
	char *slot = table->capacity > 0 ? slot_of(table, key, size) : NULL;

	return slot && key_of(slot) == key ? slot : NULL;
}

void *key_table_add(struct key_table *table, uint64_t key, size_t size)
{
	char *slot;

	if (table->count >= table->capacity / 4 * 3 && !grow(table, size))
		return NULL;
	slot = slot_of(table, key, size);
	if (key_of(slot) == 0) {
		memcpy(slot, &key, sizeof key);
		table->count++;
	}
	return slot;
}

void key_table_deinit(struct key_table *table)
{
	free(table->entries);
	*table = (struct key_table){0};
}
