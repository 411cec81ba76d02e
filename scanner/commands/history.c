#include "scanner/commands/history.h"

void history_init(struct history *history)
{
	*history = (struct history){0};
	matrix_init(&history->old);
	matrix_init(&history->new);
	differences_init(&history->differences);
}

void history_deinit(struct history *history)
{
	first_seen_deinit(&history->first_seen);
	differences_deinit(&history->differences);
	matrix_deinit(&history->new);
	matrix_deinit(&history->old);
}

static bool load(struct store *store, struct matrix *matrix, const char *run, struct error *error)
{
	matrix_deinit(matrix);
	matrix_init(matrix);
	return store_load(store, matrix, run, error);
}

static bool check_reading(const struct matrix *matrix, struct error *error)
{
	return !matrix->reading->failed ||
	       error_set(error, ERROR_FILE, "the run %s cannot be read completely", matrix->run.id);
}

/* The two runs that are compared are those that find_first_seen reads last. */
static bool compare(struct history *history, struct store *store, const struct run *run, struct error *error)
{
	if (!history->has_first_seen &&
	    (!load(store, &history->old, run->history[run->history_length - 2].id, error) ||
	     !load(store, &history->new, run->id, error)))
		return false;
	diff_compare(&history->differences, &history->old, &history->new);
	if (history->differences.arena.failed)
		return error_out_of_memory(error);
	return check_reading(&history->old, error) && check_reading(&history->new, error);
}

static bool find_first_seen(struct history *history, struct store *store, const struct run *run,
			    struct error *error)
{
	for (size_t i = 0; i < run->history_length; i++) {
		struct matrix *matrix = i + 1 < run->history_length ? &history->old : &history->new;

		if (!load(store, matrix, run->history[i].id, error))
			return false;
		first_seen_add(&history->first_seen, matrix);
		if (!check_reading(matrix, error))
			return false;
	}
	return !history->first_seen.failed || error_out_of_memory(error);
}

/* The run itself is loaded last of all: the store then refers to it, as before. */
bool history_read(struct history *history, struct store *store, struct matrix *matrix, unsigned needs,
		  struct error *error)
{
	enum { NEEDS = REPORT_NEEDS_HISTORY | REPORT_NEEDS_CHANGES | REPORT_NEEDS_FIRST_SEEN };
	const struct run *run = &matrix->run;

	if (!store || !(needs & NEEDS))
		return true;
	if (!store_read_history(store, matrix, error))
		return false;
	if (run->history_length < 2)
		return true;
	if (needs & REPORT_NEEDS_FIRST_SEEN)
		history->has_first_seen = find_first_seen(history, store, run, error);
	if ((needs & REPORT_NEEDS_FIRST_SEEN) && !history->has_first_seen)
		return false;
	if (!(needs & REPORT_NEEDS_CHANGES) || run->filter)
		return true;
	history->has_changes = compare(history, store, run, error);
	return history->has_changes;
}

void history_provide(const struct history *history, struct report_set *reports)
{
	reports->changes = history->has_changes ? &history->differences : NULL;
	reports->first_seen = history->has_first_seen ? &history->first_seen : NULL;
}
