#include "scanner/matrix/exceptions.h"

#include <fnmatch.h>
#include <string.h>

#include "base/array.h"
#include "base/buffer.h"
#include "base/text.h"

enum { MAX_EXCEPTIONS = 16384 };

struct exception *exceptions_add(struct exceptions *exceptions, struct arena *arena)
{
	struct exception *grown = exceptions->count < MAX_EXCEPTIONS
					  ? array_grow_in_arena(arena, exceptions->items, exceptions->count,
								&exceptions->capacity, sizeof *grown)
					  : NULL;

	if (!grown)
		return NULL;
	exceptions->items = grown;
	exceptions->items[exceptions->count] = (struct exception){0};
	return &exceptions->items[exceptions->count++];
}

void exceptions_deinit(struct exceptions *exceptions)
{
	arena_deinit(&exceptions->arena);
	*exceptions = (struct exceptions){0};
}

bool exceptions_are_none(const struct exceptions *exceptions)
{
	return exceptions->count == 0 && exceptions->gaps.count == 0;
}

/* ---- accounts by name ---- */

bool exceptions_go_by_name(const struct exceptions *exceptions)
{
	for (size_t i = 0; exceptions && i < exceptions->count; i++)
		if (exceptions->items[i].by_name)
			return true;
	for (size_t i = 0; exceptions && i < exceptions->gaps.count; i++)
		if (gap_lists_names(&exceptions->gaps.items[i]))
			return true;
	return false;
}

/* A section of the file and an account that it names. */
struct naming {
	const char *kind, *section, *account;
};

static void refuse_name(const struct naming *naming, const struct matrix *matrix, size_t count,
			struct diagnostics *diagnostics)
{
	enum { MAX_NAMED = 4 };
	struct buffer ids = {0};
	size_t named = 0;

	for (size_t row = 0; row < matrix->row_count && named < MAX_NAMED; row++)
		if (row_is_named(&matrix->rows[row], naming->account))
			buffer_print(&ids, "%s%s", named++ ? ", " : "", matrix->rows[row].id);
	diagnostics_add(diagnostics,
			"%s %s: %zu accounts bear the name \"%s\" (%s%s)\n  Fix: name one by its id",
			naming->kind, naming->section, count, naming->account, ids.at ? ids.at : "",
			count > named ? ", ..." : "");
	buffer_deinit(&ids);
}

static void check_name(const struct naming *naming, const struct matrix *matrix,
		       struct diagnostics *diagnostics)
{
	size_t first, count = matrix_rows_named(matrix, naming->account, &first);

	if (count > 1)
		refuse_name(naming, matrix, count, diagnostics);
}

static void check_names_of_gap(const struct gap *gap, const struct matrix *matrix,
			       struct diagnostics *diagnostics)
{
	struct span rest = span_of(gap->accounts), item;
	struct arena arena = {0};

	while (gap_lists_names(gap) && span_split(&rest, ',', &item)) {
		const struct naming naming = {"gap", gap->name, arena_copy_span(&arena, span_trim(item))};

		if (naming.account)
			check_name(&naming, matrix, diagnostics);
	}
	if (arena.failed)
		diagnostics_add(diagnostics, "gap %s: out of memory", gap->name);
	arena_deinit(&arena);
}

bool exceptions_check_names(const struct exceptions *exceptions, const struct matrix *matrix,
			    struct diagnostics *diagnostics)
{
	size_t before = diagnostics->count;

	for (size_t i = 0; exceptions && i < exceptions->count; i++) {
		const struct exception *exception = &exceptions->items[i];
		const struct naming naming = {"exception", exception->name, exception->account};

		if (exception->by_name)
			check_name(&naming, matrix, diagnostics);
	}
	for (size_t i = 0; exceptions && i < exceptions->gaps.count; i++)
		check_names_of_gap(&exceptions->gaps.items[i], matrix, diagnostics);
	return diagnostics->count == before;
}

/* ---- matching ---- */

bool exception_matches_all(const char *pattern)
{
	return strspn(pattern, "*") == strlen(pattern);
}

static bool has_tag(const struct resource *resource, const struct exception *exception)
{
	for (const struct pair *tag = resource->tags; tag; tag = tag->next)
		if (strcmp(tag->name, exception->tag_name) == 0 && tag->value &&
		    strcmp(tag->value, exception->tag_value) == 0)
			return true;
	return false;
}

bool exception_covers(const struct exception *exception, const struct row *account, const char *region,
		      const struct finding *finding)
{
	return strcmp(exception->control, finding->control->id) == 0 &&
	       (exception_matches_all(exception->account) || row_is_named(account, exception->account)) &&
	       (strcmp(exception->region, "*") == 0 || strcmp(exception->region, region) == 0) &&
	       fnmatch(exception->resource, finding->resource->id, 0) == 0 &&
	       (!exception->tag_name || has_tag(finding->resource, exception));
}

const struct exception *exceptions_match(struct exceptions *exceptions, const struct row *account,
					 const char *region, const struct finding *finding)
{
	struct exception *found = NULL;

	for (size_t i = 0; i < exceptions->count; i++) {
		struct exception *exception = &exceptions->items[i];

		if (!exception_covers(exception, account, region, finding))
			continue;
		if (exception->is_expired)
			exception->findings++;
		else if (!found)
			found = exception;
	}
	if (found)
		found->findings++;
	return found;
}

/* Findings about the same resource are adjacent. */
static void count_resources(struct cell_record *record)
{
	const struct finding *finding = record->findings;

	record->failing = record->exempt = 0;
	while (finding) {
		const struct resource *resource = finding->resource;
		bool fails = false, covered = false;

		for (; finding && finding->resource == resource; finding = finding->next) {
			fails = fails || finding_fails(finding);
			covered = covered || finding->exception;
		}
		record->failing += fails;
		record->exempt += covered && !fails;
	}
}

void exceptions_apply(struct exceptions *exceptions, const struct row *account, const char *region,
		      struct cell_record *record)
{
	bool any = false;

	if (!exceptions || exceptions->count == 0 || record->failing == 0)
		return;
	for (struct finding *finding = record->findings; finding; finding = finding->next) {
		const struct exception *exception =
			finding->verdict == VERDICT_FAIL
				? exceptions_match(exceptions, account, region, finding)
				: NULL;

		if (exception)
			finding->exception = exception->name;
		any = any || exception;
	}
	if (!any)
		return;
	count_resources(record);
	record->state =
		record->failing > 0 ? CELL_FAIL : cell_state_worse(record->state_without_failures, CELL_EXEMPT);
}

const char *exception_state(const struct exception *exception)
{
	return exception->is_expired ? "expired" : exception->findings > 0 ? "used" : "unused";
}
