/*
 * json_writer.h - writes JSON member by member into a buffer.
 *
 * The log, the store and all reports use it, so escaping is decided here once. Texts are untrusted: invalid
 * UTF-8 becomes U+FFFD, and characters that a terminal would interpret or hide (control characters, marks
 * that change the writing direction) are written as \uXXXX. Names and numbers are the program's own.
 *
 * Members of an object have a name; items of a list have NULL as their name. The caller closes what it opens,
 * at most JSON_DEPTH levels deep. When memory runs out, the buffer's `failed` is set, and the text is
 * incomplete.
 */
#ifndef BASE_JSON_WRITER_H
#define BASE_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

enum { JSON_DEPTH = 32 };

struct json_writer {
	struct buffer *text;
	unsigned depth;
	uint32_t has_items; /* a bit for each level: the next item needs a comma */
	bool breaks_line;   /* the next item begins on a new line */
};

/* Appends to `text`, which the caller owns. */
struct json_writer json_writer_into(struct buffer *text);

void json_open_object(struct json_writer *json, const char *name);
void json_close_object(struct json_writer *json);
void json_open_list(struct json_writer *json, const char *name);
void json_close_list(struct json_writer *json);

/* The next item, or the end of the list, begins on a new line. */
void json_break_line(struct json_writer *json);

void json_put_text(struct json_writer *json, const char *name, const char *value);
/* Puts the text of the buffer and frees it. A buffer that has failed makes the writer's buffer fail. */
void json_put_buffer(struct json_writer *json, const char *name, struct buffer *value);
void json_put_number(struct json_writer *json, const char *name, int64_t value);
void json_put_bool(struct json_writer *json, const char *name, bool value);
void json_put_null(struct json_writer *json, const char *name);
/* Writes the name and the comma; the caller then appends the value as JSON to the buffer. */
void json_put_value(struct json_writer *json, const char *name);

/* Appends a text with its quotation marks; NULL becomes null. */
void json_append_text(struct buffer *text, const char *value);
/* Appends JSON of another writer, and escapes the characters in its strings that this one escapes. */
void json_append_shown(struct buffer *text, const char *json);

#endif
