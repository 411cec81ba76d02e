#include "config/profile_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/array.h"
#include "base/files.h"
#include "base/utf8.h"
#include "base/words.h"

enum { MAX_FILE_MIB = 16, MAX_FILE_BYTES = MAX_FILE_MIB << 20 };

/* The state of the parser. Lines are terminated and values extended in place. */
struct reader {
	struct profile_file *file;
	bool of_keys;
	int line;
	size_t indent;      /* of the line that a continuation must exceed */
	bool has_key;       /* the last entry may be continued */
	size_t blank_lines; /* since the last line of its value */
};

/* ---- problems ---- */

static bool refuse(struct profile_file *file, int line, const char *what)
{
	if (file->state != PROFILE_FILE_INVALID)
		file->problem = line > 0 ? arena_format(&file->arena, "%s:%d: %s", file->path, line, what)
					 : arena_format(&file->arena, "%s: %s", file->path, what);
	file->state = PROFILE_FILE_INVALID;
	return false;
}

static bool refuse_twice(struct profile_file *file, int line, const char *what, struct span name, int first)
{
	const char *text =
		arena_format(&file->arena,
			     "the %s \"" SPAN_FORMAT "\" occurs a second time here, after line %d; AWS's "
			     "tools refuse such a file, or differ in what of it counts\n  Fix: keep one",
			     what, SPAN_ARGUMENTS(name), first);

	return refuse(file, line, text ? text : "");
}

static bool set_unreadable(struct profile_file *file, const char *why)
{
	file->state = PROFILE_FILE_UNREADABLE;
	file->problem = arena_format(&file->arena, "%s cannot be read: %s", file->path, why);
	return false;
}

/* ---- bytes ---- */

/* NULL: missing or unreadable. /dev/null is the usual way to name no file. */
static FILE *open_text(struct profile_file *file)
{
	struct stat about;
	bool is_there = stat(file->path, &about) == 0;
	const char *problem;
	FILE *stream;

	if (is_there ? S_ISCHR(about.st_mode) && about.st_rdev == makedev(1, 3)
		     : errno == ENOENT || errno == ENOTDIR)
		return NULL;
	stream = files_open_regular(file->path, &problem);
	if (!stream) {
		set_unreadable(file, problem);
		file->is_behind_a_locked_folder = !is_there;
	}
	return stream;
}

/* Reads directly into the buffer, so that no copy of a key stays elsewhere. */
static bool read_bytes(struct profile_file *file, FILE *stream)
{
	char chunk[4096];
	size_t count;

	setvbuf(stream, NULL, _IONBF, 0);
	while (file->text.length <= MAX_FILE_BYTES && (count = fread(chunk, 1, sizeof chunk, stream)) > 0)
		buffer_append(&file->text, chunk, count);
	explicit_bzero(chunk, sizeof chunk);
	if (ferror(stream))
		return set_unreadable(file, strerror(errno));
	return !file->text.failed;
}

static int line_of(struct span text, size_t offset)
{
	int line = 1;

	for (size_t i = 0; i < offset; i++)
		line += text.at[i] == '\n';
	return line;
}

/* UTF-8 without a byte order mark and without NUL, as the AWS CLI requires. */
static bool check_encoding(struct profile_file *file)
{
	struct span text = buffer_span(&file->text);

	if (text.length > MAX_FILE_BYTES)
		return refuse(file, 0, "it is longer than 16 MiB: is it a shared file of the AWS tools?");
	if (span_starts_with(text, "\xef\xbb\xbf"))
		return refuse(
			file, 1,
			"the file begins with a byte order mark (BOM), and the AWS CLI refuses it, too: save "
			"it as UTF-8 without BOM");
	if (span_starts_with(text, "\xff\xfe") || span_starts_with(text, "\xfe\xff"))
		return refuse(file, 1,
			      "the file is UTF-16, by its byte order mark (BOM): save it as UTF-8 without BOM");
	for (size_t i = 0, length; i < text.length; i += length) {
		uint32_t code;

		length = utf8_read(text.at + i, text.length - i, &code);
		if (length == 0)
			return refuse(file, line_of(text, i), "the line is not UTF-8: save the file as UTF-8");
		if (code == 0)
			return refuse(file, line_of(text, i),
				      "the line holds a NUL byte: save the file as UTF-8 text");
	}
	return true;
}

/* ---- sections ---- */

static bool add_section(struct reader *reader, struct profile_section section)
{
	struct profile_file *file = reader->file;
	struct profile_section *grown =
		array_grow(file->sections, file->section_count, &file->section_capacity, sizeof *grown);

	if (!grown) {
		file->arena.failed = true;
		return false;
	}
	section.line = reader->line;
	file->sections = grown;
	file->sections[file->section_count++] = section;
	reader->has_key = false;
	return true;
}

/* The AWS CLI accepts any first word that begins with one of them. */
static bool refuse_word(struct reader *reader, const char *word, const char *right)
{
	const char *what = arena_format(
		&reader->file->arena,
		"a section that begins with \"%s\" is a %s for the AWS CLI, and none for other AWS "
		"SDKs: write [%s NAME], or begin it otherwise",
		word, right, right);

	return refuse(reader->file, reader->line, what ? what : "");
}

/*
 * "default", "profile NAME", "sso-session NAME", "services NAME" in the config file, with a shell's quoting.
 */
static bool name_section(struct reader *reader, struct span heading, struct profile_section *section)
{
	static const struct {
		const char *word;
		enum profile_section_kind kind;
	} kinds[] = {{"profile", PROFILE_SETTINGS},
		     {"sso-session", PROFILE_SSO_SESSION},
		     {"services", PROFILE_SERVICES}};
	size_t count;
	char **words = words_split(&reader->file->arena, heading, &count);

	*section = (struct profile_section){.kind = PROFILE_OTHER, .name = heading};
	if (span_equals(heading, "default"))
		*section = (struct profile_section){.kind = PROFILE_SETTINGS, .is_bare = true, .name = heading};
	for (size_t i = 0; words && count == 2 && i < sizeof kinds / sizeof kinds[0]; i++) {
		if (strcmp(words[0], kinds[i].word) == 0)
			*section = (struct profile_section){.kind = kinds[i].kind, .name = span_of(words[1])};
		else if (span_starts_with(heading, kinds[i].word))
			return refuse_word(reader, words[0], kinds[i].word);
	}
	return true;
}

/*
 * The name ends at the last bracket, as in the AWS CLI: "[profile a]b]" is a]b. Where the last bracket may
 * belong to a comment, other SDKs end the name at the first.
 */
static bool read_heading(struct reader *reader, struct span line)
{
	const char *first = memchr(line.at, ']', line.length), *last = memrchr(line.at, ']', line.length);
	struct span heading = {line.at + 1, (size_t)(last - line.at - 1)};
	struct profile_section section = {.kind = PROFILE_KEYS, .name = span_trim(heading)};

	if (first != last && strchr(" \t#;", first[1]))
		return refuse(
			reader->file, reader->line,
			"a second ] behind a section's name: AWS's tools differ in where the name ends; remove "
			"it");
	if (span_equals(section.name, "DEFAULT"))
		return refuse(
			reader->file, reader->line,
			"[DEFAULT] in capitals: the AWS CLI gives what it holds to every profile, other AWS "
			"SDKs pass over it; write [default]");
	if (!reader->of_keys && !name_section(reader, section.name, &section))
		return false;
	return add_section(reader, section);
}

/* ---- settings ---- */

static bool add_entry(struct reader *reader, struct profile_entry entry)
{
	struct profile_file *file = reader->file;
	struct profile_entry *grown =
		array_grow(file->entries, file->entry_count, &file->entry_capacity, sizeof *grown);

	if (!grown) {
		file->arena.failed = true;
		return false;
	}
	entry.file = file;
	entry.section = file->section_count - 1;
	entry.line = reader->line;
	file->entries = grown;
	file->entries[file->entry_count++] = entry;
	return true;
}

/* Splits at the first of `signs`. False: none occurs. */
static bool split_setting(struct span text, const char *signs, struct profile_entry *entry)
{
	for (size_t i = 0; i < text.length; i++) {
		if (!strchr(signs, text.at[i]))
			continue;
		entry->key = span_trim((struct span){text.at, i});
		entry->value = span_trim((struct span){text.at + i + 1, text.length - i - 1});
		return true;
	}
	return false;
}

static bool read_setting(struct reader *reader, struct span line)
{
	struct profile_entry entry = {0};

	if (!split_setting(line, "=:", &entry) || entry.key.length == 0)
		return refuse(reader->file, reader->line,
			      "neither a [section] nor \"key = value\"; the AWS CLI refuses the file, too");
	reader->has_key = true;
	reader->blank_lines = 0;
	return add_entry(reader, entry);
}

/* The key whose block the following indented lines belong to: the last one outside a block. */
static size_t current_key(const struct profile_file *file)
{
	size_t i = file->entry_count - 1;

	while (file->entries[i].below.at)
		i--;
	return i;
}

/*
 * Appends to the value, with a line end for each line between. The result is never longer than the text that
 * it replaces.
 */
static void continue_value(struct reader *reader, struct profile_entry *entry, struct span more)
{
	char *end = (char *)(uintptr_t)(entry->value.at + entry->value.length);
	size_t line_ends = 1 + reader->blank_lines;

	memset(end, '\n', line_ends);
	memmove(end + line_ends, more.at, more.length);
	entry->value.length += line_ends + more.length;
	entry->continued = true;
	reader->blank_lines = 0;
}

static bool read_continuation(struct reader *reader, struct span line)
{
	struct profile_file *file = reader->file;
	struct profile_entry *above = &file->entries[current_key(file)];
	struct profile_entry entry = {.below = above->key};

	if (above->value.length > 0) {
		continue_value(reader, above, line);
		return true;
	}
	above->has_block = true;
	if (!split_setting(line, "=", &entry))
		return refuse(
			file, reader->line,
			"not \"key = value\", below a key without a value; the AWS CLI refuses the file, too");
	return add_entry(reader, entry);
}

/* ---- lines ---- */

static size_t indent_of(struct span line)
{
	size_t indent = 0;

	while (indent < line.length && strchr(" \t\v\f", line.at[indent]))
		indent++;
	return indent;
}

static bool is_heading(struct span line)
{
	const char *last = line.at[0] == '[' ? memrchr(line.at, ']', line.length) : NULL;

	return last && last > line.at + 1;
}

static bool read_line(struct reader *reader, struct span line)
{
	struct span trimmed = span_trim(line);
	size_t indent = indent_of(line);

	if (trimmed.length == 0)
		reader->blank_lines++;
	if (trimmed.length == 0 || trimmed.at[0] == '#' || trimmed.at[0] == ';')
		return true;
	if (reader->has_key && indent > reader->indent)
		return read_continuation(reader, trimmed);
	reader->indent = indent;
	if (is_heading(trimmed))
		return read_heading(reader, trimmed);
	if (reader->file->section_count == 0)
		return refuse(reader->file, reader->line,
			      "a setting before the first [section]; the AWS CLI refuses the file, too");
	return read_setting(reader, trimmed);
}

/* A line ends in LF, CR LF, or, as on old Macs, CR. */
static bool read_lines(struct reader *reader)
{
	struct span rest = buffer_span(&reader->file->text);

	for (reader->line = 1; rest.length > 0; reader->line++) {
		struct span line = {rest.at, 0};
		size_t end;

		while (line.length < rest.length && line.at[line.length] != '\n' &&
		       line.at[line.length] != '\r')
			line.length++;
		end = line.length + (line.length < rest.length);
		if (end < rest.length && rest.at[end - 1] == '\r' && rest.at[end] == '\n')
			end++;
		rest.at += end;
		rest.length -= end;
		if (!read_line(reader, line))
			return false;
	}
	return true;
}

/* ---- duplicates ---- */

static int compare_spans(struct span a, struct span b, int (*compare)(const char *, const char *, size_t))
{
	size_t common = a.length < b.length ? a.length : b.length;
	int order = common > 0 ? compare(a.at, b.at, common) : 0;

	return order ? order : (a.length > b.length) - (a.length < b.length);
}

static int compare_sections(const void *left, const void *right)
{
	const struct profile_section *a = *(const struct profile_section *const *)left;
	const struct profile_section *b = *(const struct profile_section *const *)right;
	int order = (a->kind > b->kind) - (a->kind < b->kind);

	if (order == 0)
		order = (int)a->is_bare - (int)b->is_bare;
	if (order == 0)
		order = compare_spans(a->name, b->name, strncmp);
	return order;
}

static int compare_entries(const void *left, const void *right)
{
	const struct profile_entry *a = *(const struct profile_entry *const *)left;
	const struct profile_entry *b = *(const struct profile_entry *const *)right;
	int order = (a->section > b->section) - (a->section < b->section);

	return order ? order : compare_spans(a->key, b->key, strncasecmp);
}

static int compare_lines(int a, int b)
{
	return (a > b) - (a < b);
}

static int compare_sections_and_lines(const void *left, const void *right)
{
	int order = compare_sections(left, right);

	return order ? order
		     : compare_lines((*(const struct profile_section *const *)left)->line,
				     (*(const struct profile_section *const *)right)->line);
}

static int compare_entries_and_lines(const void *left, const void *right)
{
	int order = compare_entries(left, right);

	return order ? order
		     : compare_lines((*(const struct profile_entry *const *)left)->line,
				     (*(const struct profile_entry *const *)right)->line);
}

static bool check_sections(struct profile_file *file, const struct profile_section **sorted)
{
	for (size_t i = 0; i < file->section_count; i++)
		sorted[i] = &file->sections[i];
	qsort(sorted, file->section_count, sizeof(const void *), compare_sections_and_lines);
	for (size_t i = 1; i < file->section_count; i++)
		if (compare_sections(&sorted[i - 1], &sorted[i]) == 0)
			return refuse_twice(file, sorted[i]->line, "section", sorted[i]->name,
					    sorted[i - 1]->line);
	return true;
}

/* Not inside a block: there the last value applies in all tools. */
static bool check_entries(struct profile_file *file, const struct profile_entry **sorted)
{
	size_t count = 0;

	for (size_t i = 0; i < file->entry_count; i++)
		if (!file->entries[i].below.at)
			sorted[count++] = &file->entries[i];
	qsort(sorted, count, sizeof(const void *), compare_entries_and_lines);
	for (size_t i = 1; i < count; i++)
		if (compare_entries(&sorted[i - 1], &sorted[i]) == 0)
			return refuse_twice(file, sorted[i]->line, "key", sorted[i]->key, sorted[i - 1]->line);
	return true;
}

static bool check_twice(struct profile_file *file)
{
	size_t capacity = file->section_count > file->entry_count ? file->section_count : file->entry_count;
	void *sorted = calloc(capacity + 1, sizeof(const void *));
	bool good;

	if (!sorted) {
		file->arena.failed = true;
		return false;
	}
	good = check_sections(file, sorted) && check_entries(file, sorted);
	free(sorted);
	return good;
}

/*
 * [profile default] applies wherever it stands, and is never merged with [default] (AWS SDK for Java 2.x,
 * "Profile file changes").
 */
static void drop_bare_default(struct profile_file *file)
{
	struct profile_section *bare = NULL, *prefixed = NULL;

	for (size_t i = 0; i < file->section_count; i++) {
		struct profile_section *section = &file->sections[i];

		if (section->kind != PROFILE_SETTINGS || !span_equals(section->name, "default"))
			continue;
		if (section->is_bare)
			bare = section;
		else
			prefixed = section;
	}
	if (!bare || !prefixed)
		return;
	bare->kind = PROFILE_OTHER;
	file->bare_default = bare->line;
	file->prefixed_default = prefixed->line;
}

/* ---- files ---- */

bool profile_file_open(struct profile_file *file, const char *path, bool of_keys)
{
	struct reader reader = {.file = file, .of_keys = of_keys};
	FILE *stream;

	*file = (struct profile_file){0};
	file->path = arena_copy(&file->arena, path);
	if (!file->path)
		return false;
	stream = open_text(file);
	if (!stream)
		return !file->arena.failed;
	if (read_bytes(file, stream) && check_encoding(file) && read_lines(&reader) && check_twice(file)) {
		drop_bare_default(file);
		file->state = PROFILE_FILE_READ;
	}
	fclose(stream);
	if (file->state != PROFILE_FILE_READ)
		file->section_count = file->entry_count = 0;
	return !file->arena.failed && !file->text.failed;
}

void profile_file_close(struct profile_file *file)
{
	buffer_wipe(&file->text);
	free(file->sections);
	free(file->entries);
	arena_deinit(&file->arena);
	*file = (struct profile_file){0};
}
