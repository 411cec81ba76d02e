/*
 * Reads the file of exceptions: an INI file with a section for each, [exception NAME] or [gap NAME]. Both kinds
 * have an owner, a reason, an end date and a name of their own; a table for each kind has its keys.
 */
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/ini_lines.h"
#include "base/suggestion.h"
#include "base/text.h"
#include "scanner/matrix/exceptions.h"

enum { DAY = 86400 /* seconds */ };

struct key {
	const char *name;
	size_t member; /* offset of a text */
	bool required;
};

static const struct key exception_keys[] = {
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

static const struct key gap_keys[] = {
	{"regions", offsetof(struct gap, regions), false}, {"accounts", offsetof(struct gap, accounts), false},
	{"state", offsetof(struct gap, state), true},      {"owner", offsetof(struct gap, owner), true},
	{"reason", offsetof(struct gap, reason), true},    {"ticket", offsetof(struct gap, ticket), false},
	{"expires", offsetof(struct gap, expires), true},
};

/* A section that is read: an exception or a gap. */
struct section {
	const struct kind *kind; /* NULL: none yet */
	void *item;
	const char *name;
	int line;
};

struct kind {
	const char *name, *with_article;
	const struct key *keys;
	size_t key_count;
	struct section (*begin)(struct exceptions *exceptions, struct span name, int line);
};

struct reading {
	struct ini_lines lines;
	struct exceptions *exceptions;
	int64_t now, max_days;
	struct section current;
	bool lines_refused; /* what they say is missing */
	char heading[80];   /* of the current section, truncated by inih; empty: no key was read */
};

/* ---- the kinds ---- */

static struct section begin_exception(struct exceptions *exceptions, struct span name, int line)
{
	struct exception *exception = exceptions_add(exceptions, &exceptions->arena);

	if (!exception)
		return (struct section){0};
	exception->name = arena_copy_span(&exceptions->arena, name);
	exception->line = line;
	return (struct section){.item = exception, .name = exception->name, .line = line};
}

static struct section begin_gap(struct exceptions *exceptions, struct span name, int line)
{
	struct gap *gap = gaps_add(&exceptions->gaps, &exceptions->arena);

	if (!gap)
		return (struct section){0};
	gap->name = arena_copy_span(&exceptions->arena, name);
	gap->line = line;
	return (struct section){.item = gap, .name = gap->name, .line = line};
}

static const struct kind kinds[] = {
	{"exception", "an exception", exception_keys, sizeof exception_keys / sizeof exception_keys[0],
	 begin_exception},
	{"gap", "a gap", gap_keys, sizeof gap_keys / sizeof gap_keys[0], begin_gap},
};

enum { KIND_EXCEPTION, KIND_GAP, KINDS };

/* "exception graph-lab": its kind, and the name. NULL: no kind has this heading. */
static const struct kind *kind_of(struct span heading, struct span *name)
{
	struct span word;

	if (!span_split(&heading, ' ', &word))
		return NULL;
	*name = heading;
	for (size_t i = 0; i < KINDS; i++)
		if (heading.length > 0 && span_equals(word, kinds[i].name))
			return &kinds[i];
	return NULL;
}

static const char **member(const struct section *section, const struct key *key)
{
	return (const char **)((char *)section->item + key->member);
}

/* ---- reading ---- */

/* False: out of memory, or too many. */
static bool begin(struct reading *reading, const struct kind *kind, struct span name)
{
	reading->heading[0] = '\0';
	reading->current = kind->begin(reading->exceptions, name, reading->lines.line);
	reading->current.kind = kind;
	return reading->current.item && reading->current.name;
}

static void refuse_key(const struct reading *reading, const char *key)
{
	const struct kind *kind = reading->current.kind;
	struct suggestion nearest = suggestion_for(key);
	char suggestion[SUGGESTION_SIZE];

	for (size_t i = 0; i < kind->key_count; i++)
		suggestion_consider(&nearest, kind->keys[i].name);
	diagnostics_add(reading->lines.diagnostics, "%s:%d: %s has no key \"%s\"%s", reading->lines.path,
			reading->lines.line, kind->with_article, key, suggestion_write(&nearest, suggestion));
}

static void set(struct reading *reading, const struct key *key, const char *value)
{
	const struct section *section = &reading->current;
	const char **text = member(section, key);
	struct arena *arena = &reading->exceptions->arena;

	if (*text && reading->lines.continued)
		*text = arena_format(arena, "%s %s", *text, value);
	else if (*text)
		diagnostics_add(reading->lines.diagnostics, "%s:%d: %s occurs a second time in [%s %s]",
				reading->lines.path, reading->lines.line, key->name, section->kind->name,
				section->name);
	else if (*value)
		*text = arena_copy(arena, value);
}

/* A section begins with its heading, so that one without keys is not ignored. */
static char *next_line(char *line, int size, void *user)
{
	struct reading *reading = user;
	char *read = ini_lines_next(line, size, &reading->lines);
	const char *end = read && *read == '[' ? strchr(read, ']') : NULL;
	const struct kind *kind;
	struct span name;

	if (!end)
		return read;
	kind = kind_of((struct span){read + 1, (size_t)(end - read) - 1}, &name);
	if (kind)
		begin(reading, kind, name);
	return read;
}

static int read_setting(void *user, const char *heading, const char *key, const char *value)
{
	struct reading *reading = user;
	struct span name;
	const struct kind *kind = kind_of(span_of(heading), &name);
	size_t i = 0;

	if (reading->exceptions->arena.failed)
		return 0;
	if (!kind) {
		diagnostics_add(reading->lines.diagnostics,
				"%s:%d: [%s] is not an exception; expected [exception NAME] or [gap NAME]",
				reading->lines.path, reading->lines.line, heading);
		return 1;
	}
	if ((reading->current.kind != kind ||
	     (reading->heading[0] && strcmp(reading->heading, heading) != 0)) && /* an indented heading */
	    !begin(reading, kind, name))
		return 0;
	snprintf(reading->heading, sizeof reading->heading, "%s", heading);
	while (i < kind->key_count && strcmp(kind->keys[i].name, key) != 0)
		i++;
	if (i == kind->key_count)
		refuse_key(reading, key);
	else
		set(reading, &kind->keys[i], value);
	return 1;
}

/* inih reports an error for a file without sections; a file without exceptions is valid. */
static void read_sections(struct reading *reading)
{
	int result = ini_parse_stream(next_line, reading, read_setting, reading);

	if (result != 0 || ferror(reading->lines.stream) || reading->lines.line > 0)
		ini_lines_ended(&reading->lines, result);
}

/* ---- what both kinds have ---- */

static void add_problem(const struct reading *reading, const struct section *section, const char *what)
{
	diagnostics_add(reading->lines.diagnostics, "%s:%d: %s %s: %s", reading->lines.path, section->line,
			section->kind->name, section->name, what);
}

static void check_required(const struct reading *reading, const struct section *section)
{
	char what[120];

	for (size_t i = 0; i < section->kind->key_count; i++) {
		const struct key *key = &section->kind->keys[i];

		if (!key->required || *member(section, key))
			continue;
		snprintf(what, sizeof what, "%s is missing", key->name);
		add_problem(reading, section, what);
	}
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

int64_t exception_end(const char *expires)
{
	int64_t begins;

	return parse_day(expires, &begins) ? begins + DAY : 0;
}

/* The end of the day `expires`; 0: it is missing or wrong. */
static int64_t read_end(const struct reading *reading, const struct section *section, const char *expires)
{
	int64_t end = expires ? exception_end(expires) : 0;
	char what[200];

	if (expires && end == 0) {
		text_print(what, sizeof what, "expires \"%s\": must be a day such as 2027-03-31",
			   text_brief(expires, 60).text);
		add_problem(reading, section, what);
	}
	if (end > 0 && end - DAY - reading->now > reading->max_days * DAY) {
		text_print(what, sizeof what, "expires %s, more than %lld days ahead (exceptions.max_days)",
			   text_brief(expires, 20).text, (long long)reading->max_days);
		add_problem(reading, section, what);
	}
	return end;
}

/* ---- exceptions ---- */

static void check_control(const struct reading *reading, const struct section *section, const char *id)
{
	struct suggestion nearest = suggestion_for(id);
	char what[300], suggestion[SUGGESTION_SIZE];

	for (const struct control *const *control = controls; *control; control++) {
		if (strcmp((*control)->id, id) == 0)
			return;
		suggestion_consider(&nearest, (*control)->id);
	}
	text_print(what, sizeof what, "unknown control \"%s\"%s", text_brief(id, 80).text,
		   suggestion_write(&nearest, suggestion));
	add_problem(reading, section, what);
}

static void read_tag(const struct reading *reading, const struct section *section, struct exception *exception)
{
	const char *equals = exception->tag ? strchr(exception->tag, '=') : NULL;
	struct arena *arena = &reading->exceptions->arena;

	if (!exception->tag)
		return;
	if (!equals || equals == exception->tag) {
		add_problem(reading, section, "tag is not name=value");
		return;
	}
	exception->tag_name =
		arena_copy_span(arena, (struct span){exception->tag, (size_t)(equals - exception->tag)});
	exception->tag_value = arena_copy(arena, equals + 1);
	reading->exceptions->by_tag = true;
}

static void check_exception(const struct reading *reading, struct exception *exception)
{
	const struct section section = {&kinds[KIND_EXCEPTION], exception, exception->name, exception->line};

	check_required(reading, &section);
	for (const struct exception *other = reading->exceptions->items; other != exception; other++)
		if (strcmp(other->name, exception->name) == 0)
			add_problem(reading, &section, "an earlier exception has the same name");
	if (!exception->region)
		exception->region = "*";
	if (exception->control)
		check_control(reading, &section, exception->control);
	exception->ends = read_end(reading, &section, exception->expires);
	exception->is_expired = exception->ends > 0 && exception->ends <= reading->now;
	read_tag(reading, &section, exception);
	exception->by_name = exception->account && !exception_matches_all(exception->account) &&
			     !text_is_digits(exception->account, ACCOUNT_ID_DIGITS);
	if (exception->account && exception->resource && exception_matches_all(exception->account) &&
	    exception_matches_all(exception->resource) && !exception->tag)
		add_problem(reading, &section,
			    "matches every resource\n  Fix: set account, resource or tag, or remove the "
			    "control from controls.select");
}

/* ---- gaps ---- */

/* The name stands in sentences of every format, so it needs no escaping in any. */
static bool is_plain_name(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return !name[length] && length <= 64;
}

static bool is_region_name(const char *item)
{
	return strspn(item, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(item);
}

static void refuse_state(const struct reading *reading, const struct section *section, const char *state)
{
	struct suggestion nearest = suggestion_for(state);
	char what[300], suggestion[SUGGESTION_SIZE];
	const char *why = ";";

	for (enum cell_state each = 0; each < CELL_STATE_COUNT; each++) {
		if (gap_may_accept(each))
			suggestion_consider(&nearest, cell_state_name(each));
		if (strcmp(cell_state_name(each), state) != 0)
			continue;
		why = each == CELL_PENDING   ? ", which was not scanned: scan --resume continues it;"
		      : each == CELL_UNKNOWN ? ", a response that must be read;"
		      : cell_state_facts(each)->looked_at ? ", which is no gap;"
							  : ";";
	}
	text_print(what, sizeof what, "state is \"%s\"%s a gap accepts denied, unreached or error%s",
		   text_brief(state, 40).text, why, suggestion_write(&nearest, suggestion));
	add_problem(reading, section, what);
}

static void read_state(const struct reading *reading, const struct section *section, struct gap *gap)
{
	for (enum cell_state state = 0; gap->state && state < CELL_STATE_COUNT; state++) {
		if (!gap_may_accept(state) || strcmp(cell_state_name(state), gap->state) != 0)
			continue;
		gap->cell_state = state;
		return;
	}
	if (gap->state)
		refuse_state(reading, section, gap->state);
}

static void refuse_item(const struct reading *reading, const struct section *section, const char *key,
			const char *item)
{
	char what[200];

	text_print(what, sizeof what, "%s: \"%s\" is no %s; a list is separated by commas, and * stands alone",
		   key, text_brief(item, 60).text, strcmp(key, "regions") == 0 ? "region" : "account");
	add_problem(reading, section, what);
}

static size_t count_items(const char *list)
{
	size_t count = 1;

	for (; *list; list++)
		count += *list == ',';
	return count;
}

static const char *join_items(struct arena *arena, const char *const *items, size_t count)
{
	struct buffer text = {0};
	const char *joined;

	for (size_t i = 0; i < count; i++)
		if (i == 0 || strcmp(items[i], items[i - 1]) != 0)
			buffer_texts(&text, i ? ", " : "", items[i], NULL);
	joined = text.failed ? NULL : arena_copy(arena, text.at ? text.at : "");
	arena->failed = arena->failed || !joined;
	buffer_deinit(&text);
	return joined ? joined : "";
}

/* Sorted and without repetitions, so that their order makes no difference. A missing list stands for all. */
static const char *read_list(const struct reading *reading, const struct section *section, const char *key,
			     const char *list)
{
	struct arena *arena = &reading->exceptions->arena;
	bool are_regions = strcmp(key, "regions") == 0;
	struct span rest = span_of(list ? list : ""), part;
	const char **items;
	size_t count = 0;

	if (!list || gap_names_all(list))
		return "*";
	items = arena_take(arena, count_items(list) * sizeof *items);
	while (items && span_split(&rest, ',', &part)) {
		items[count] = arena_copy_span(arena, span_trim(part));
		if (!items[count])
			return list;
		if (!items[count][0] || strchr(items[count], '*') ||
		    (are_regions && !is_region_name(items[count])))
			refuse_item(reading, section, key, items[count]);
		count++;
	}
	if (!items)
		return list;
	qsort(items, count, sizeof *items, text_compare);
	return join_items(arena, items, count);
}

static void check_gap(const struct reading *reading, struct gap *gap)
{
	const struct section section = {&kinds[KIND_GAP], gap, gap->name, gap->line};

	check_required(reading, &section);
	for (const struct gap *other = reading->exceptions->gaps.items; other != gap; other++)
		if (strcmp(other->name, gap->name) == 0)
			add_problem(reading, &section, "a gap before has the same name");
	if (!is_plain_name(gap->name))
		add_problem(reading, &section,
			    "a name has at most 64 letters, digits and the characters . _ -");
	read_state(reading, &section, gap);
	gap->regions = read_list(reading, &section, "regions", gap->regions);
	gap->accounts = read_list(reading, &section, "accounts", gap->accounts);
	gap->ends = read_end(reading, &section, gap->expires);
	gap->is_expired = gap->ends > 0 && gap->ends <= reading->now;
	if (!reading->lines_refused && gap_names_all(gap->regions) && gap_names_all(gap->accounts))
		add_problem(reading, &section,
			    "covers everything: a scan that can see nothing would pass\n  Fix: name regions or "
			    "accounts");
}

static int compare_gaps(const void *a, const void *b)
{
	return strcmp(((const struct gap *)a)->name, ((const struct gap *)b)->name);
}

/* ---- the whole ---- */

static void check(const struct reading *reading)
{
	struct exceptions *exceptions = reading->exceptions;

	for (size_t i = 0; i < exceptions->count && !exceptions->arena.failed; i++)
		check_exception(reading, &exceptions->items[i]);
	for (size_t i = 0; i < exceptions->gaps.count && !exceptions->arena.failed; i++)
		check_gap(reading, &exceptions->gaps.items[i]);
	if (exceptions->gaps.count > 1 && !exceptions->arena.failed)
		qsort(exceptions->gaps.items, exceptions->gaps.count, sizeof *exceptions->gaps.items,
		      compare_gaps);
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
	reading.lines_refused = diagnostics->count > before;
	check(&reading);
	if (exceptions->arena.failed)
		diagnostics_add(diagnostics, "%s: out of memory", path);
	return diagnostics->count == before;
}
