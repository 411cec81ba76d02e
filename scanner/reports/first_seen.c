#include "scanner/reports/first_seen.h"

#include <stdlib.h>

#include "base/hash.h"
#include "scanner/reports/unassessed.h"
#include "scanner/reports/walk.h"

enum { MIN_CAPACITY = 64 };

void first_seen_deinit(struct first_seen *seen)
{
	free(seen->entries);
	*seen = (struct first_seen){0};
}

static uint64_t hash_of(const struct buffer *id)
{
	uint64_t hash = hash64_text(HASH64_OF_NOTHING, id->at ? id->at : "");

	return hash ? hash : 1;
}

/* The entry of the id, or the free slot for it. */
static struct first_seen_entry *slot_of(struct first_seen_entry *entries, size_t capacity, uint64_t id)
{
	size_t at = (size_t)id & (capacity - 1);

	while (entries[at].id && entries[at].id != id)
		at = (at + 1) & (capacity - 1);
	return &entries[at];
}

/* Keeps a quarter of the slots free. */
static bool make_room(struct first_seen *seen)
{
	size_t capacity = seen->capacity > 0 ? 2 * seen->capacity : MIN_CAPACITY;
	struct first_seen_entry *entries;

	if (seen->capacity > 0 && seen->count < seen->capacity / 4 * 3)
		return true;
	entries = calloc(capacity, sizeof *entries);
	if (!entries)
		return false;
	for (size_t i = 0; i < seen->capacity; i++)
		if (seen->entries[i].id)
			*slot_of(entries, capacity, seen->entries[i].id) = seen->entries[i];
	free(seen->entries);
	seen->entries = entries;
	seen->capacity = capacity;
	return true;
}

/* Frees the id. */
static void add(struct first_seen *seen, struct buffer *id, int verdict, int64_t at)
{
	struct first_seen_entry *entry;

	if (id->failed || !make_room(seen)) {
		seen->failed = true;
		buffer_deinit(id);
		return;
	}
	entry = slot_of(seen->entries, seen->capacity, hash_of(id));
	seen->count += entry->id == 0;
	if (entry->id == 0 || entry->verdict != verdict)
		*entry = (struct first_seen_entry){.id = hash_of(id), .at = at, .verdict = verdict};
	buffer_deinit(id);
}

static int64_t time_of(const struct matrix *matrix, int64_t at)
{
	return at ? at : matrix->run.started;
}

static void add_finding(void *userdata, const struct found *found)
{
	struct buffer id = {0};

	found_append_id(found, &id);
	add(userdata, &id, (int)found->finding->verdict, time_of(found->matrix, found->finding->at));
}

static void add_unassessed(void *userdata, const struct unassessed *unassessed)
{
	struct buffer id = {0};

	unassessed_append_id(unassessed, &id);
	add(userdata, &id, FIRST_SEEN_UNASSESSED, time_of(unassessed->matrix, unassessed->at));
}

void first_seen_add(struct first_seen *seen, const struct matrix *matrix)
{
	static const struct walk_callbacks callbacks = {.finding = add_finding, .unassessed = add_unassessed};
	static const struct report_output output = {0};

	walk_records(matrix, &output, &callbacks, seen);
}

int64_t first_seen_find(const struct first_seen *seen, const struct buffer *id, int verdict, int64_t at)
{
	const struct first_seen_entry *entry;

	if (!seen || seen->capacity == 0 || id->failed)
		return at;
	entry = slot_of(seen->entries, seen->capacity, hash_of(id));
	return entry->id && entry->verdict == verdict && entry->at < at ? entry->at : at;
}
