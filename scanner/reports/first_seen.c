#include "scanner/reports/first_seen.h"

#include "base/hash.h"
#include "scanner/reports/unassessed.h"
#include "scanner/reports/walk.h"

struct seen_verdict {
	uint64_t id;
	int64_t at; /* 0: the entry is new */
	int verdict;
};

void first_seen_deinit(struct first_seen *seen)
{
	key_table_deinit(&seen->verdicts);
	*seen = (struct first_seen){0};
}

static uint64_t hash_of(const struct buffer *id)
{
	uint64_t hash = hash64_text(HASH64_OF_NOTHING, id->at ? id->at : "");

	return hash ? hash : 1;
}

/* Frees the id. */
static void add(struct first_seen *seen, struct buffer *id, int verdict, int64_t at)
{
	struct seen_verdict *entry =
		id->failed ? NULL : key_table_add(&seen->verdicts, hash_of(id), sizeof *entry);

	if (!entry)
		seen->failed = true;
	else if (entry->at == 0 || entry->verdict != verdict)
		*entry = (struct seen_verdict){.id = entry->id, .at = at, .verdict = verdict};
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
	const struct seen_verdict *entry;

	if (!seen || id->failed)
		return at;
	entry = key_table_find(&seen->verdicts, hash_of(id), sizeof *entry);
	return entry && entry->verdict == verdict && entry->at < at ? entry->at : at;
}
