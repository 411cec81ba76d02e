#include "base/log.h"

#include <stdarg.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "base/visible.h"

static const char *const level_names[] = {"error", "warning", "info", "detail"};

static void put_if_any(struct json_writer *json, const char *name, const char *value)
{
	if (value && *value)
		json_put_text(json, name, value);
}

static void append_json(struct buffer *line, enum log_level level, const char *event,
			const struct log_fields *fields, const char *text)
{
	struct json_writer json = json_writer_into(line);
	char now[CLOCK_ISO_SIZE];

	clock_format_iso(clock_wall_seconds(), now);
	json_open_object(&json, NULL);
	json_put_text(&json, "at", now);
	json_put_text(&json, "level", level_names[level]);
	json_put_text(&json, "event", event);
	put_if_any(&json, "account", fields->account);
	put_if_any(&json, "region", fields->region);
	put_if_any(&json, "operation", fields->operation);
	if (fields->attempt > 0)
		json_put_number(&json, "attempt", fields->attempt);
	put_if_any(&json, "request_id", fields->request_id);
	for (const struct log_number *number = fields->numbers; number && number->name; number++)
		json_put_number(&json, number->name, number->value);
	json_put_text(&json, "text", text);
	json_close_object(&json);
	buffer_append(line, "\n", 1);
}

static void append_sentence(struct buffer *line, enum log_level level, const char *text)
{
	if (level <= LOG_WARNING)
		buffer_print(line, "neptune-scan: %s: ", level_names[level]);
	else
		buffer_text(line, "neptune-scan: ");
	visible_append(line, text);
	buffer_text(line, "\n");
}

static void write_event(const struct log *log, enum log_level level, const char *event,
			const struct log_fields *fields, const char *format, va_list arguments)
{
	struct buffer line = {0};
	char text[2048];

	if (level > log->level)
		return;
	text_print_list(text, sizeof text, format, arguments);
	if (log->json)
		append_json(&line, level, event, fields, text);
	else
		append_sentence(&line, level, text);
	if (log->before_line)
		log->before_line(log->owner);
	if (!line.failed)
		fwrite(line.at, 1, line.length, log->stream);
	fflush(log->stream);
	buffer_deinit(&line);
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
