/*
 * The requests of each operation, over all processes of a run.
 */
#include "scanner/store/store_internal.h"

bool store_put_requests(struct store *store, const struct run *run)
{
	for (size_t i = 0; i < run->request_count; i++) {
		const struct request_count *count = &run->requests[i];
		sqlite3_stmt *add = store_use(store, ADD_REQUESTS);

		sqlite3_bind_int64(add, 1, store->run);
		store_bind_text(add, 2, count->operation);
		sqlite3_bind_int64(add, 3, (sqlite3_int64)count->sent);
		sqlite3_bind_int64(add, 4, (sqlite3_int64)count->retried);
		sqlite3_bind_int64(add, 5, (sqlite3_int64)count->throttled);
		if (!store_done(add))
			return false;
	}
	return true;
}

enum { MAX_OPERATIONS = 256 };

bool store_take_request(struct store_requests *requests, sqlite3_stmt *row)
{
	struct arena *arena = requests->arena;

	if (!requests->items)
		requests->items = arena_take(arena, MAX_OPERATIONS * sizeof *requests->items);
	if (!requests->items)
		return false;
	if (requests->count < MAX_OPERATIONS)
		requests->items[requests->count++] =
			(struct request_count){.operation = store_copy_word(arena, row, 0),
					       .sent = (uint64_t)sqlite3_column_int64(row, 1),
					       .retried = (uint64_t)sqlite3_column_int64(row, 2),
					       .throttled = (uint64_t)sqlite3_column_int64(row, 3)};
	return !arena->failed;
}

static bool take_request(void *userdata, enum statement list, sqlite3_stmt *row)
{
	(void)list;
	return store_take_request(userdata, row);
}

bool store_read_requests(struct store *store, struct matrix *matrix)
{
	struct store_requests requests = {.arena = &matrix->arena};

	if (!store_read_list(store, ROWS_REQUESTS, store->run, take_request, &requests))
		return false;
	matrix->run.requests = requests.items;
	matrix->run.request_count = requests.count;
	return true;
}
