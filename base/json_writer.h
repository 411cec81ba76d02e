/*
 * json_writer.h - JSON as text, written member by member into a buffer.
 *
 * One writer for the log, the store and every report: what must be escaped is decided here. A text is foreign:
 * what is no UTF-8 becomes U+FFFD, and what a terminal would not show (control characters, marks that change
 * the writing direction) is written as \uXXXX, so that no line of JSON can drive a terminal. NULL is null.
 * Numbers and names are the program's own.
 *
 * Members of an object have a name; items of a list have NULL for a name. The caller closes what it opens, at
 * most JSON_DEPTH deep. Without memory the buffer's `failed` is set, and what is written is not whole.
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
	uint32_t has_items; /* a bit for each level: what comes next needs a comma */
	bool breaks_line;   /* before what comes next */
};

/* Writes at the end of `text`, which stays the caller's. */
struct json_writer json_writer_into(struct buffer *text);

void json_open_object(struct json_writer *json, const char *name);
void json_close_object(struct json_writer *json);
void json_open_list(struct json_writer *json, const char *name);
void json_close_list(struct json_writer *json);

/* What comes next, an item or the end of a list, begins on a new line. */
void json_break_line(struct json_writer *json);

void json_put_text(struct json_writer *json, const char *name, const char *value);
/* What stands in the buffer, which is freed; that it has failed is handed on. */
void json_put_buffer(struct json_writer *json, const char *name, struct buffer *value);
void json_put_number(struct json_writer *json, const char *name, int64_t value);
void json_put_bool(struct json_writer *json, const char *name, bool value);
void json_put_null(struct json_writer *json, const char *name);
/* A value for the caller to write, as JSON, at the end of the buffer. */
void json_put_value(struct json_writer *json, const char *name);

/* A text alone, with its quotation marks; NULL as null. */
void json_append_text(struct buffer *text, const char *value);
/* JSON that another writer made, with all in its texts escaped that this one would escape. */
void json_append_shown(struct buffer *text, const char *json);

#endif
