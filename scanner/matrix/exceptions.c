#include "scanner/matrix/exceptions.h"

#include <fnmatch.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/ini_lines.h"
#include "base/suggestion.h"
#include "base/text.h"

enum { MAX_EXCEPTIONS = 16384, DAY = 86400 };

static const struct {
	const char *name;
	size_t member;
	bool required;
} keys[] = {
	{"control", offsetof(struct exception, control), true},
	{"account", offsetof(struct exception, account), true},
	{"region", offsetof(struct exception, region), false},
	{"resource", offsetof(struct exception, resource), true},
	{"tag", offsetof(struct exception, tag), false},
	{"owner", offsetof(struct exception, owner), true},
	{"reason", offsetof(struct exception, reason), true},
	{"ticket", offsetof(struct exception, ticket), false},
	{"expires", offsetof(struct exception, expires), true},
};

enum { KEYS = sizeof keys / sizeof keys[0] };

struct reading {
	struct ini_lines lines;
	struct exceptions *exceptions;
	int64_t now, max_days;
	char section[80]; /* of the current exception, truncated by inih; empty: no key was read */
};

/* ---- reading ---- */

static const char **member(struct exception *exception, size_t key)
{
	return (const char **)((char *)exception + keys[key].member);
}

static struct exception *current(struct reading *reading)
{
	struct exceptions *exceptions = reading->exceptions;

	return exceptions->count > 0 ? &exceptions->items[exceptions->count - 1] : NULL;
}

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

static struct exception *begin(struct reading *reading, struct span name)
{
	struct arena *arena = &reading->exceptions->arena;
	struct exception *exception = exceptions_add(reading->exceptions, arena);

	reading->section[0] = '\0';
	if (exception)
		*exception =
			(struct exception){.name = arena_copy_span(arena, name), .line = reading->lines.line};
	return exception;
}

static void refuse_key(const struct reading *reading, const char *key)
{
	struct suggestion nearest = suggestion_for(key);
	char suggestion[SUGGESTION_SIZE];

	for (size_t i = 0; i < KEYS; i++)
		suggestion_consider(&nearest, keys[i].name);
	diagnostics_add(reading->lines.diagnostics, "%s:%d: an exception has no key \"%s\"%s",
			reading->lines.path, reading->lines.line, key, suggestion_write(&nearest, suggestion));
}

static void set(struct reading *reading, struct exception *exception, size_t key, const char *value)
{
	const char **text = member(exception, key);
	struct arena *arena = &reading->exceptions->arena;

	if (*text && reading->lines.continued)
		*text = arena_format(arena, "%s %s", *text, value);
	else if (*text)
		diagnostics_add(reading->lines.diagnostics, "%s:%d: %s occurs a second time in [exception %s]",
				reading->lines.path, reading->lines.line, keys[key].name, exception->name);
	else if (*value)
		*text = arena_copy(arena, value);
}

/* A section begins with its heading, so that one without keys is not ignored. */
static char *next_line(char *line, int size, void *user)
{
	static const char head[] = "[exception ";
	struct reading *reading = user;
	char *read = ini_lines_next(line, size, &reading->lines), *end;

	if (!read || strncmp(read, head, sizeof head - 1) != 0)
		return read;
	read += sizeof head - 1;
	end = strchr(read, ']');
	if (end && end != read)
		begin(reading, (struct span){read, (size_t)(end - read)});
	return line;
}

static int read_setting(void *user, const char *section, const char *key, const char *value)
{
	struct reading *reading = user;
	struct exception *exception = current(reading);
	const char *name = strncmp(section, "exception ", 10) == 0 ? section + 10 : NULL;
	size_t i = 0;

	if (reading->exceptions->arena.failed)
		return 0;
	if (!name || !*name) {
		diagnostics_add(reading->lines.diagnostics,
				"%s:%d: [%s] is not an exception; expected [exception NAME]",
				reading->lines.path, reading->lines.line, section);
		return 1;
	}
	if (!exception ||
	    (reading->section[0] && strcmp(reading->section, section) != 0)) /* an indented heading */
		exception = begin(reading, span_of(name));
	snprintf(reading->section, sizeof reading->section, "%s", section);
	if (!exception || !exception->name)
		return 0;
	while (i < KEYS && strcmp(keys[i].name, key) != 0)
		i++;
	if (i == KEYS)
		refuse_key(reading, key);
	else
		set(reading, exception, i, value);
	return 1;
}

/* inih reports an error for a file without sections; a file without exceptions is valid. */
static void read_sections(struct reading *reading)
{
	int result = ini_parse_stream(next_line, reading, read_setting, reading);

	if (result != 0 || ferror(reading->lines.stream) || reading->lines.line > 0)
		ini_lines_ended(&reading->lines, result);
}

/* ---- checking ---- */

static void add_problem(const struct reading *reading, const struct exception *exception, const char *what)
{
	diagnostics_add(reading->lines.diagnostics, "%s:%d: exception %s: %s", reading->lines.path,
			exception->line, exception->name, what);
}

static void check_control(const struct reading *reading, const struct exception *exception)
{
	struct suggestion nearest = suggestion_for(exception->control);
	char what[300], suggestion[SUGGESTION_SIZE];

	for (const struct control *const *control = controls; *control; control++) {
		if (strcmp((*control)->id, exception->control) == 0)
			return;
		suggestion_consider(&nearest, (*control)->id);
	}
	text_print(what, sizeof what, "unknown control \"%s\"%s", text_brief(exception->control, 80).text,
		   suggestion_write(&nearest, suggestion));
	add_problem(reading, exception, what);
}

static bool is_everything(const char *pattern)
{
	return strspn(pattern, "*") == strlen(pattern);
}

/* "2027-03-31", a valid date. */
static bool parse_day(const char *text, int64_t *begins)
{
	char iso[32], back[CLOCK_ISO_SIZE];

	if (strlen(text) != 10)
		return false;
	snprintf(iso, sizeof iso, "%sT00:00:00Z", text);
	if (!clock_parse_iso(span_of(iso), begins))
		return false;
	clock_format_iso(*begins, back);
	return strcmp(iso, back) == 0;
}

static void check_end(const struct reading *reading, struct exception *exception)
{
	char what[200];
	int64_t begins;

	if (!parse_day(exception->expires, &begins)) {
		text_print(what, sizeof what, "expires is \"%s\"; expected a day such as 2027-03-31",
			   text_brief(exception->expires, 60).text);
		add_problem(reading, exception, what);
		return;
	}
	exception->ends = begins + DAY;
	exception->is_expired = exception->ends <= reading->now;
	if (begins - reading->now <= reading->max_days * DAY)
		return;
	text_print(what, sizeof what, "expires %s, more than %lld days ahead (exceptions.max_days)",
		   text_brief(exception->expires, 20).text, (long long)reading->max_days);
	add_problem(reading, exception, what);
}

static void read_tag(const struct reading *reading, struct exception *exception)
{
	const char *equals = exception->tag ? strchr(exception->tag, '=') : NULL;
	struct arena *arena = &reading->exceptions->arena;

	if (!exception->tag)
		return;
	if (!equals || equals == exception->tag) {
		add_problem(reading, exception, "tag is not name=value");
		return;
	}
	exception->tag_name =
		arena_copy_span(arena, (struct span){exception->tag, (size_t)(equals - exception->tag)});
	exception->tag_value = arena_copy(arena, equals + 1);
	reading->exceptions->by_tag = true;
}

static void check(const struct reading *reading, struct exception *exception)
{
	char what[120];

	for (size_t i = 0; i < KEYS; i++) {
		if (!keys[i].required || *member(exception, i))
			continue;
		snprintf(what, sizeof what, "%s is missing", keys[i].name);
		add_problem(reading, exception, what);
	}
	for (const struct exception *other = reading->exceptions->items; other != exception; other++)
		if (strcmp(other->name, exception->name) == 0)
			add_problem(reading, exception, "an earlier exception has the same name");
	if (!exception->region)
		exception->region = "*";
	if (exception->control)
		check_control(reading, exception);
	if (exception->expires)
		check_end(reading, exception);
	read_tag(reading, exception);
	exception->by_name = exception->account && !is_everything(exception->account) &&
			     !text_is_digits(exception->account, ACCOUNT_ID_DIGITS);
	if (exception->account && exception->resource && is_everything(exception->account) &&
	    is_everything(exception->resource) && !exception->tag)
		add_problem(
			reading, exception,
			"matches everything: name an account, resources, or a tag, or leave the control out");
}

bool exceptions_load(struct exceptions *exceptions, const char *path, int64_t now, int64_t max_days,
		     struct diagnostics *diagnostics)
{
	struct reading reading = {.exceptions = exceptions, .now = now, .max_days = max_days};
	size_t before = diagnostics->count;

	*exceptions = (struct exceptions){0};
	if (ini_lines_open(&reading.lines, path, diagnostics))
		read_sections(&reading);
	ini_lines_close(&reading.lines);
	for (size_t i = 0; i < exceptions->count && !exceptions->arena.failed; i++)
		check(&reading, &exceptions->items[i]);
	if (exceptions->arena.failed)
		diagnostics_add(diagnostics, "%s: out of memory", path);
	return diagnostics->count == before;
}

void exceptions_free(struct exceptions *exceptions)
{
	arena_free(&exceptions->arena);
	*exceptions = (struct exceptions){0};
}

/* ---- accounts by name ---- */

bool exceptions_go_by_name(const struct exceptions *exceptions)
{
	for (size_t i = 0; exceptions && i < exceptions->count; i++)
		if (exceptions->items[i].by_name)
			return true;
	return false;
}

static void refuse_name(const struct exception *exception, const struct matrix *matrix, size_t count,
			struct diagnostics *diagnostics)
{
	enum { MAX_NAMED = 4 };
	struct buffer ids = {0};
	size_t named = 0;

	for (size_t row = 0; row < matrix->row_count && named < MAX_NAMED; row++)
		if (row_is_named(&matrix->rows[row], exception->account))
			buffer_print(&ids, "%s%s", named++ ? ", " : "", matrix->rows[row].id);
	diagnostics_add(
		diagnostics, "exception %s: %zu accounts bear the name \"%s\" (%s%s); name one by its id",
		exception->name, count, exception->account, ids.at ? ids.at : "", count > named ? ", ..." : "");
	buffer_free(&ids);
}

bool exceptions_check_names(const struct exceptions *exceptions, const struct matrix *matrix,
			    struct diagnostics *diagnostics)
{
	size_t before = diagnostics->count;

	for (size_t i = 0; exceptions && i < exceptions->count; i++) {
		const struct exception *exception = &exceptions->items[i];
		size_t first, count = 0;

		if (exception->by_name)
			count = matrix_rows_named(matrix, exception->account, &first);
		if (count > 1)
			refuse_name(exception, matrix, count, diagnostics);
	}
	return diagnostics->count == before;
}

/* ---- matching ---- */

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
	       (is_everything(exception->account) || row_is_named(account, exception->account)) &&
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
