#include "base/log.h"

#include <stdarg.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"

static const char *const level_names[] = {"error", "warning", "info", "detail"};

static void append_json_text(struct buffer *line, const char *text)
{
	for (const char *c = text; *c; c++) {
		if (*c == '"' || *c == '\\')
			buffer_print(line, "\\%c", *c);
		else if ((unsigned char)*c < 0x20 || *c == 0x7f)
			buffer_print(line, "\\u%04x", (unsigned char)*c);
		else
			buffer_append(line, c, 1);
	}
}

/* A line that begins in the text is indented: only this program begins one at the margin. */
static void append_visible(struct buffer *line, const char *text)
{
	for (const char *c = text; *c; c++) {
		if (*c == '\n')
			buffer_text(line, strncmp(c + 1, "  ", 2) == 0 ? "\n" : "\n  ");
		else if ((unsigned char)*c < 0x20 || *c == 0x7f)
			buffer_print(line, "\\x%02x", (unsigned char)*c);
		else
			buffer_append(line, c, 1);
	}
}

static void append_member(struct buffer *line, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	buffer_print(line, ",\"%s\":\"", name);
	append_json_text(line, value);
	buffer_text(line, "\"");
}

static void append_json(struct buffer *line, enum log_level level, const char *event,
			const struct log_fields *fields, const char *text)
{
	char now[CLOCK_ISO_SIZE];

	clock_format_iso(clock_wall_seconds(), now);
	buffer_print(line, "{\"at\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"", now, level_names[level], event);
	append_member(line, "account", fields->account);
	append_member(line, "region", fields->region);
	append_member(line, "operation", fields->operation);
	if (fields->attempt > 0)
		buffer_print(line, ",\"attempt\":%d", fields->attempt);
	append_member(line, "request_id", fields->request_id);
	append_member(line, "text", text);
	buffer_text(line, "}\n");
}

static void append_sentence(struct buffer *line, enum log_level level, const char *text)
{
	if (level <= LOG_WARNING)
		buffer_print(line, "neptune-scan: %s: ", level_names[level]);
	else
		buffer_text(line, "neptune-scan: ");
	append_visible(line, text);
	buffer_text(line, "\n");
}

static void write_event(const struct log *log, enum log_level level, const char *event,
			const struct log_fields *fields, const char *format, va_list arguments)
{
	struct buffer line = {0};
	char text[2048];

	if (level > log->level)
		return;
	vsnprintf(text, sizeof text, format, arguments);
	if (log->json)
		append_json(&line, level, event, fields, text);
	else
		append_sentence(&line, level, text);
	if (log->before_line)
		log->before_line(log->owner);
	if (!line.failed)
		fwrite(line.at, 1, line.length, log->stream);
	fflush(log->stream);
	buffer_free(&line);
}

void log_line(const struct log *log, enum log_level level, const char *event, const char *format, ...)
{
	static const struct log_fields none;
	va_list arguments;

	va_start(arguments, format);
	write_event(log, level, event, &none, format, arguments);
	va_end(arguments);
}

void log_about(const struct log *log, enum log_level level, const char *event, const struct log_fields *fields,
	       const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_event(log, level, event, fields, format, arguments);
	va_end(arguments);
}
