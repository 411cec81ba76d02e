#include "base/json_writer.h"

#include <inttypes.h>

#include "base/utf8.h"

enum { REPLACEMENT = 0xfffd /* U+FFFD, for invalid UTF-8 */ };

/* ---- texts ---- */

static void append_escaped(struct buffer *text, uint32_t code)
{
	if (code == '"' || code == '\\')
		buffer_print(text, "\\%c", (char)code);
	else if (code == '\n')
		buffer_text(text, "\\n");
	else if (code == '\t')
		buffer_text(text, "\\t");
	else if (code < 0x10000)
		buffer_print(text, "\\u%04" PRIx32, code);
	else
		buffer_print(text, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xd800 + ((code - 0x10000) >> 10),
			     0xdc00 + ((code - 0x10000) & 0x3ff));
}

/*
 * Nearly all characters of a text. ASCII in JSON is escaped already where it must be; other characters occur
 * inside strings only.
 */
static inline bool is_plain(unsigned char byte, bool is_json)
{
	return byte < 0x7f && (is_json || (byte >= ' ' && byte != '"' && byte != '\\'));
}

static void append_visible(struct buffer *text, const char *from, bool is_json)
{
	const char *plain = from; /* start of the characters that need no escape */

	while (*from) {
		uint32_t code;
		size_t length;

		if (is_plain((unsigned char)*from, is_json)) {
			from++;
			continue;
		}
		length = utf8_read(from, UTF8_MAX_BYTES, &code);
		if (length == 0)
			code = REPLACEMENT;
		if (length > 1 && utf8_is_shown(code)) {
			from += length;
			continue;
		}
		buffer_append(text, plain, (size_t)(from - plain));
		append_escaped(text, code);
		plain = from += length ? length : 1;
	}
	buffer_append(text, plain, (size_t)(from - plain));
}

void json_append_text(struct buffer *text, const char *value)
{
	if (!value) {
		buffer_text(text, "null");
		return;
	}
	buffer_append(text, "\"", 1);
	append_visible(text, value, false);
	buffer_append(text, "\"", 1);
}

void json_append_shown(struct buffer *text, const char *json)
{
	append_visible(text, json, true);
}

/* ---- members ---- */

struct json_writer json_writer_into(struct buffer *text)
{
	return (struct json_writer){.text = text};
}

void json_break_line(struct json_writer *json)
{
	json->breaks_line = true;
}

static void write_line_break(struct json_writer *json)
{
	if (json->breaks_line)
		buffer_append(json->text, "\n", 1);
	json->breaks_line = false;
}

/* Writes the comma and the name before a value. */
static void begin(struct json_writer *json, const char *name)
{
	uint32_t level = 1U << json->depth;

	if (json->has_items & level)
		buffer_append(json->text, ",", 1);
	json->has_items |= level;
	write_line_break(json);
	if (!name)
		return;
	json_append_text(json->text, name);
	buffer_append(json->text, ":", 1);
}

static void open_bracket(struct json_writer *json, const char *name, const char *bracket)
{
	begin(json, name);
	buffer_append(json->text, bracket, 1);
	if (json->depth + 1 < JSON_DEPTH)
		json->depth++;
	else
		json->text->failed = true;
	json->has_items &= ~(1U << json->depth);
}

static void close_bracket(struct json_writer *json, const char *bracket)
{
	json->depth--;
	write_line_break(json);
	buffer_append(json->text, bracket, 1);
}

void json_open_object(struct json_writer *json, const char *name)
{
	open_bracket(json, name, "{");
}

void json_close_object(struct json_writer *json)
{
	close_bracket(json, "}");
}

void json_open_list(struct json_writer *json, const char *name)
{
	open_bracket(json, name, "[");
}

void json_close_list(struct json_writer *json)
{
	close_bracket(json, "]");
}

void json_put_text(struct json_writer *json, const char *name, const char *value)
{
	begin(json, name);
	json_append_text(json->text, value);
}

void json_put_buffer(struct json_writer *json, const char *name, struct buffer *value)
{
	json_put_text(json, name, value->at ? value->at : "");
	json->text->failed = json->text->failed || value->failed;
	buffer_deinit(value);
}

void json_put_number(struct json_writer *json, const char *name, int64_t value)
{
	begin(json, name);
	buffer_print(json->text, "%" PRId64, value);
}

void json_put_bool(struct json_writer *json, const char *name, bool value)
{
	begin(json, name);
	buffer_text(json->text, value ? "true" : "false");
}

void json_put_null(struct json_writer *json, const char *name)
{
	begin(json, name);
	buffer_text(json->text, "null");
}

void json_put_value(struct json_writer *json, const char *name)
{
	begin(json, name);
}
