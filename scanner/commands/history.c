#include "scanner/commands/history.h"

#include "scanner/reports/reports.h"

void history_init(struct history *history)
{
	matrix_init(&history->old);
	matrix_init(&history->new);
	differences_init(&history->differences);
	history->has_changes = false;
}

void history_deinit(struct history *history)
{
	differences_deinit(&history->differences);
	matrix_deinit(&history->new);
	matrix_deinit(&history->old);
}

/* The run itself is loaded last: the store then refers to it, as before. */
static bool compare(struct history *history, struct store *store, const struct run *run, const char *previous,
		    struct error *error)
{
	if (!store_load(store, &history->old, previous, error) ||
	    !store_load(store, &history->new, run->id, error))
		return false;
	diff_compare(&history->differences, &history->old, &history->new);
	if (history->differences.arena.failed)
		return error_out_of_memory(error);
	if (history->old.reading->failed || history->new.reading->failed)
		return error_set(error, ERROR_FILE, "the runs %s and %s cannot be read completely", previous,
				 run->id);
	history->has_changes = true;
	return true;
}

bool history_read(struct history *history, struct store *store, struct matrix *matrix, unsigned needs,
		  struct error *error)
{
	const struct run *run = &matrix->run;

	if (!store || !(needs & (REPORT_NEEDS_HISTORY | REPORT_NEEDS_CHANGES)))
		return true;
	if (!store_read_history(store, matrix, error))
		return false;
	if (!(needs & REPORT_NEEDS_CHANGES) || run->history_length < 2 || run->filter)
		return true;
	return compare(history, store, run, run->history[run->history_length - 2].id, error);
}

const struct differences *history_changes(const struct history *history)
{
	return history->has_changes ? &history->differences : NULL;
}
