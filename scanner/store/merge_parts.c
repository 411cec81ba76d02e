#include "scanner/store/merge_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/text.h"
#include "scanner/matrix/settings_fingerprint.h"

enum {
	MAX_START_DIFFERENCE_S =
		12 * 3600 /* parts without an array that are further apart are of other scans */
};

#define BRIEF(path) (text_brief(path, 200).text)

/* ---- which stores ---- */

static bool add_part(struct parts *parts, const struct merge_source *source, bool is_of_folder,
		     struct error *error)
{
	struct arena *arena = parts->arena;
	struct part *grown = array_grow(parts->items, parts->count, &parts->capacity, sizeof *grown);

	if (!grown)
		return error_out_of_memory(error);
	parts->items = grown;
	grown[parts->count++] = (struct part){
		.name = arena_copy(arena, source->name),
		.path = arena_copy(arena, source->path),
		.problem = arena_copy(arena, source->problem),
		.is_absent = source->problem != NULL,
		.is_of_folder = is_of_folder,
	};
	return !arena->failed || error_out_of_memory(error);
}

/*
 * A file that a scan has written: with SQLite's header and this program's id in it (sqlite.org, "Database File
 * Format", section 1.3), or with a lock beside it, damaged or not.
 */
static bool is_store(const char *path)
{
	enum { HEADER = 100, ID_AT = 68 };
	static const unsigned char id[] = {'N', 'P', 'T', 'S'};
	unsigned char header[HEADER];
	struct buffer lock = {0};
	bool is = false;
	int file = files_what_is_irregular(path) ? -1 : open(path, O_RDONLY | O_CLOEXEC);

	if (file < 0)
		return false;
	is = read(file, header, HEADER) == HEADER && memcmp(header, "SQLite format 3", 16) == 0 &&
	     memcmp(header + ID_AT, id, sizeof id) == 0;
	close(file);
	buffer_texts(&lock, path, ".lock", NULL);
	is = is || lock.failed || access(lock.at, F_OK) == 0; /* without memory: opened, which says so */
	buffer_deinit(&lock);
	return is;
}

static int is_no_dot_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool add_folder(struct parts *parts, const struct merge_options *options, const char *folder,
		       struct error *error)
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, is_no_dot_file, alphasort);
	bool good = count >= 0 || error_set(error, ERROR_FILE, "folder %s cannot be read: %s", BRIEF(folder),
					    strerror(errno));

	for (int i = 0; i < count; i++) {
		struct buffer path = {0};

		buffer_texts(&path, folder, folder[strlen(folder) - 1] == '/' ? "" : "/", entries[i]->d_name,
			     NULL);
		if (path.failed)
			good = error_out_of_memory(error);
		else if (good && !files_are_same(path.at, options->path) && is_store(path.at))
			good = add_part(parts, &(struct merge_source){path.at, path.at, NULL}, true, error);
		buffer_deinit(&path);
		free(entries[i]);
	}
	free(entries);
	return good;
}

static bool is_folder(const char *path)
{
	struct stat status;

	return *path && stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool list(struct parts *parts, const struct merge_options *options, struct error *error)
{
	for (size_t i = 0; i < options->count; i++) {
		const struct merge_source *source = &options->sources[i];

		if (!source->problem && is_folder(source->path)) {
			if (!add_folder(parts, options, source->path, error))
				return false;
		} else if (files_are_same(source->path, options->path)) {
			return error_set(error, ERROR_USAGE,
					 "store %s is the one to merge into\n  Fix: name another one with --db",
					 source->name);
		} else if (!add_part(parts, source, false, error)) {
			return false;
		}
	}
	return true;
}

/* ---- which run ---- */

struct store *part_open(const char *path, struct error *error)
{
	return store_open_at_rest(path, error);
}

struct examination {
	struct arena *arena;
	struct part *part;
	const char *array; /* that is wanted; NULL: the latest run */
	bool has_array;    /* a run of that array was found */
	bool is_whole;     /* the run is of all accounts */
};

/* Removes the lines with the shard and the array. */
static const char *run_settings_of_all(struct arena *arena, const char *run_settings)
{
	char *copy = arena_copy(arena, run_settings);
	char *line = copy ? strstr(copy, "\nscan.shard = ") : NULL;

	if (line)
		line[1] = '\0'; /* they are the last lines */
	return copy;
}

/* A scan of the part that was begun again and did not finish does not hide the finished one. */
static bool is_worse(const struct part *part, const struct stored_run *run)
{
	return part->is_finished && strcmp(run->state, "finished") != 0 && part->shard && run->shard &&
	       strcmp(part->shard, run->shard) == 0;
}

/*
 * The latest run is listed last. One of the wanted array is preferred, and among those of the same shard a
 * finished one.
 */
static void take_run(void *context, const struct stored_run *run)
{
	struct examination *seen = context;
	struct part *part = seen->part;
	bool is_wanted = seen->array && run->array && strcmp(run->array, seen->array) == 0;

	if (seen->has_array && (!is_wanted || is_worse(part, run)))
		return;
	seen->has_array = is_wanted;
	part->shard = arena_copy(seen->arena, run->shard);
	part->run = run->number;
	part->id = arena_copy(seen->arena, run->id);
	part->organization = arena_copy(seen->arena, run->organization);
	part->array = arena_copy(seen->arena, run->array);
	part->run_settings = run_settings_of_all(seen->arena, run->run_settings);
	part->interrupted = arena_copy(seen->arena, run->interrupted);
	part->started = run->started;
	part->is_finished = strcmp(run->state, "finished") == 0;
	part->index = part->count = 0;
	seen->is_whole = !run->shard ||
			 sscanf(run->shard, "%" SCNd64 "/%" SCNd64, &part->index, &part->count) != 2 ||
			 part->count < 1 || part->index < 1 || part->index > part->count;
	if (seen->is_whole)
		part->count = 0;
}

/* The error as a reason: its first line. It names the local file. */
static void set_problem(struct parts *parts, struct part *part, const char *text)
{
	const char *line = arena_copy_span(parts->arena, (struct span){text, strcspn(text, "\n")});

	part->problem = strcmp(part->name, part->path) == 0
				? line
				: arena_format(parts->arena, "%s: %s", part->name, line ? line : "");
}

static void explain_unfinished(const struct store *store, struct part *part)
{
	char holder[STORE_HOLDER];

	part->is_open = store_writer(store, holder) == STORE_WRITER_THERE;
	if (part->is_finished)
		part->interrupted = NULL;
	else if (!part->interrupted)
		part->interrupted = part->is_open ? "the scan is still running" : "the scan did not finish";
}

static bool read_settings(struct parts *parts, struct store *store, struct part *part, struct error *error)
{
	struct buffer text = {0};
	bool good = store_check_run(store, part->run, part->is_finished, error);

	if (!good)
		return false;
	buffer_text(&text, part->run_settings ? part->run_settings : "");
	good = store_add_settings(store, part->run, &text) || store_fail(store, "read its runs", error);
	part->settings = good ? arena_copy(parts->arena, text.at) : NULL;
	buffer_deinit(&text);
	return good && store_is_unchanged(store, error);
}

static bool refuse_whole(const struct part *part, struct error *error)
{
	return error_set(error, ERROR_USAGE,
			 "store %s: its latest run %s is no shard\n  Fix: scan with --shard INDEX/COUNT",
			 BRIEF(part->name), part->id);
}

/*
 * Fills in the run of the wanted array, or the latest. False: a contradiction. A store of a folder that holds
 * no shard does not belong to the merge: its part has neither run nor problem.
 */
static bool examine(struct parts *parts, struct part *part, const char *array, bool with_settings,
		    struct error *error)
{
	struct examination seen = {.arena = parts->arena, .part = part, .array = array};
	struct store *store;
	bool good;

	if (part->is_absent)
		return true;
	store = part_open(part->path, error);
	good = store && store_list_runs(store, take_run, &seen, error);

	part->problem = NULL;
	if (good && part->id)
		explain_unfinished(store, part);
	if (good && part->id && !seen.is_whole && with_settings)
		good = read_settings(parts, store, part, error);
	store_close(store);
	if (parts->arena->failed)
		return error_out_of_memory(error);
	if (!good && error->kind == ERROR_MEMORY)
		return false;
	if (!good)
		set_problem(parts, part, error->text);
	else if (!part->id)
		part->problem = arena_format(parts->arena, "store %s is empty: no run is in it", part->name);
	else if (seen.is_whole && !part->is_of_folder)
		return refuse_whole(part, error);
	else if (seen.is_whole)
		part->id = NULL;
	return true;
}

/* ---- which array ---- */

/* The wanted array, or that of the run that began last. */
static bool choose_array(struct parts *parts, const struct merge_options *options, struct error *error)
{
	int64_t latest = 0;

	parts->array = options->array;
	for (size_t i = 0; !options->array && i < parts->count; i++) {
		struct part part = parts->items[i];

		if (!examine(parts, &part, NULL, false, error))
			return false;
		if (part.problem || !part.id || part.started < latest)
			continue;
		latest = part.started;
		parts->array = part.array;
	}
	return true;
}

static bool is_of_array(const struct parts *parts, const struct part *part)
{
	return part->array && parts->array ? strcmp(part->array, parts->array) == 0
					   : part->array == parts->array;
}

static void explain_other_array(struct parts *parts, struct part *part)
{
	char began[CLOCK_ISO_SIZE];

	clock_format_iso(part->started, began);
	part->problem =
		part->array
			? arena_format(parts->arena, "the run of store %s, begun %s, is of array %s, not %s%s",
				       part->name, began, part->array, parts->array ? "of " : "of none",
				       parts->array ? parts->array : "")
			: arena_format(parts->arena, "the run of store %s, begun %s, is of no array, not of %s",
				       part->name, began, parts->array);
}

/* Runs without an array are separated by their nights. */
static void explain_other_night(struct parts *parts, struct part *part, int64_t latest)
{
	char began[CLOCK_ISO_SIZE], last[CLOCK_ISO_SIZE];

	if (parts->array || latest - part->started <= MAX_START_DIFFERENCE_S)
		return;
	clock_format_iso(part->started, began);
	clock_format_iso(latest, last);
	part->problem =
		arena_format(parts->arena,
			     "the run of store %s began %s, and the latest part %s: they are of different "
			     "nights. Fix: scan the older shard again",
			     part->name, began, last);
}

static void leave_out_others(struct parts *parts)
{
	int64_t latest = 0;

	for (size_t i = 0; i < parts->count; i++) {
		struct part *part = &parts->items[i];

		if (!part->problem && !is_of_array(parts, part))
			explain_other_array(parts, part);
		else if (!part->problem && part->started > latest)
			latest = part->started;
	}
	for (size_t i = 0; i < parts->count; i++)
		if (!parts->items[i].problem)
			explain_other_night(parts, &parts->items[i], latest);
}

/* ---- contradictions ---- */

static int compare_parts(const void *a, const void *b)
{
	const struct part *left = a, *right = b;

	if (!left->problem != !right->problem)
		return left->problem ? 1 : -1;
	return (left->index > right->index) - (left->index < right->index);
}

static bool check_settings(const struct part *first, const struct part *part, struct error *error)
{
	struct buffer text = {0};
	bool same;

	fingerprint_compare(first->settings, part->settings, "; ", &text);
	same = text.length == 0 && !text.failed;
	if (text.failed)
		error_out_of_memory(error);
	else if (!same)
		error_set(error, ERROR_USAGE,
			  "run stores %s and %s have different settings: %s\n"
			  "  Fix: scan every shard with the same settings",
			  BRIEF(first->name), BRIEF(part->name), text_brief(text.at, 500).text);
	buffer_deinit(&text);
	return same;
}

/* True: the part belongs to the same scan as the first one. */
static bool belongs(const struct part *first, const struct part *part, struct error *error)
{
	if (part->count != first->count)
		return error_set(error, ERROR_USAGE,
				 "store %s holds one of %" PRId64 " shards, %s one of %" PRId64,
				 BRIEF(first->name), first->count, BRIEF(part->name), part->count);
	if (!check_settings(first, part, error))
		return false;
	if (part->organization && first->organization && strcmp(part->organization, first->organization) != 0)
		return error_set(error, ERROR_USAGE, "store %s is of organization %s, %s of %s",
				 BRIEF(first->name), first->organization, BRIEF(part->name),
				 part->organization);
	return true;
}

/* Two runs of one shard. The one of another array counts, too, unless the array was named. */
static bool refuse_twice(const struct parts *parts, const struct part *one, const struct part *other,
			 struct error *error)
{
	if (is_of_array(parts, other))
		return error_set(error, ERROR_USAGE, "stores %s and %s both hold shard %" PRId64 "/%" PRId64,
				 BRIEF(one->name), BRIEF(other->name), one->index, one->count);
	return error_set(error, ERROR_USAGE,
			 "stores %s and %s both hold shard %" PRId64 "/%" PRId64
			 ", of the arrays %s and %s\n  Fix: name one with --array",
			 BRIEF(one->name), BRIEF(other->name), one->index, one->count,
			 one->array ? one->array : "(none)", other->array ? other->array : "(none)");
}

static bool is_twice(const struct part *one, const struct part *other)
{
	return other->count > 0 && one->index == other->index && one->count == other->count;
}

static bool check(struct parts *parts, const struct merge_options *options, struct error *error)
{
	struct part *items = parts->items;

	for (size_t i = 1; i < parts->usable; i++)
		if (!belongs(&items[0], &items[i], error))
			return false;
	for (size_t i = 0; i < parts->usable; i++) {
		if (i > 0 && is_twice(&items[i - 1], &items[i]))
			return refuse_twice(parts, &items[i - 1], &items[i], error);
		for (size_t j = parts->usable; !options->array && j < parts->count; j++)
			if (is_twice(&items[i], &items[j]))
				return refuse_twice(parts, &items[i], &items[j], error);
	}
	return true;
}

static bool refuse_all(const struct parts *parts, struct error *error)
{
	struct buffer text = {0};

	for (size_t i = 0; i < parts->count; i++)
		buffer_texts(&text, i ? "; " : "", parts->items[i].problem, NULL);
	if (text.failed)
		error_out_of_memory(error);
	else
		error_set(error, ERROR_FILE, "nothing can be merged: %s",
			  text.length > 0 ? text_brief(text.at, 600).text : "no store of a shard is there");
	buffer_deinit(&text);
	return false;
}

/* Stores of a folder that hold no shard. */
static void drop_strangers(struct parts *parts)
{
	size_t kept = 0;

	for (size_t i = 0; i < parts->count; i++)
		if (parts->items[i].id || parts->items[i].problem)
			parts->items[kept++] = parts->items[i];
	parts->count = kept;
}

/* Those without a problem first. False: there are none. */
static bool rank(struct parts *parts, struct error *error)
{
	if (parts->count > 0)
		qsort(parts->items, parts->count, sizeof *parts->items, compare_parts);
	parts->usable = 0;
	while (parts->usable < parts->count && !parts->items[parts->usable].problem)
		parts->usable++;
	return parts->usable > 0 || refuse_all(parts, error);
}

bool parts_leave_out(struct parts *parts, struct part *part, struct error *error)
{
	set_problem(parts, part, error->text);
	if (parts->arena->failed)
		return error_out_of_memory(error);
	return rank(parts, error);
}

bool parts_find(struct parts *parts, const struct merge_options *options, struct arena *arena,
		struct error *error)
{
	*parts = (struct parts){.arena = arena};
	if (!list(parts, options, error) || !choose_array(parts, options, error))
		return false;
	for (size_t i = 0; i < parts->count; i++)
		if (!examine(parts, &parts->items[i], parts->array, true, error))
			return false;
	drop_strangers(parts);
	leave_out_others(parts);
	if (arena->failed)
		return error_out_of_memory(error);
	return rank(parts, error) && check(parts, options, error);
}

void parts_deinit(struct parts *parts)
{
	free(parts->items);
	*parts = (struct parts){0};
}

/* ---- waiting for them ---- */

bool store_count_finished(const struct merge_options *options, size_t *finished, struct error *error)
{
	struct arena arena = {0};
	struct parts parts = {.arena = &arena};
	bool good = list(&parts, options, error);

	*finished = 0;
	for (size_t i = 0; good && i < parts.count; i++) {
		struct part *part = &parts.items[i];

		good = examine(&parts, part, options->array, false, error);
		*finished += good && !part->problem && part->id && part->is_finished && !part->is_open &&
			     part->array && strcmp(part->array, options->array) == 0;
	}
	parts_deinit(&parts);
	arena_deinit(&arena);
	return good;
}
