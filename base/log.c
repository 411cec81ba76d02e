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

static void append_visible(struct buffer *line, const char *text)
{
	for (const char *c = text; *c; c++) {
		if (((unsigned char)*c < 0x20 && *c != '\n') || *c == 0x7f)
			buffer_print(line, "\\x%02x", (unsigned char)*c);
		else
			buffer_append(line, c, 1);
	}
}

void log_line(const struct log *log, enum log_level level, const char *event, const char *format, ...)
{
	struct buffer line = {0};
	char text[2048];
	va_list arguments;

	if (level > log->level)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (log->json) {
		char now[CLOCK_ISO_SIZE];

		clock_format_iso(clock_wall_seconds(), now);
		buffer_print(&line, "{\"at\":\"%s\",\"level\":\"%s\",\"event\":\"%s\",\"text\":\"", now,
			     level_names[level], event);
		append_json_text(&line, text);
		buffer_text(&line, "\"}\n");
	} else {
		if (level <= LOG_WARNING)
			buffer_print(&line, "neptune-scan: %s: ", level_names[level]);
		else
			buffer_text(&line, "neptune-scan: ");
		append_visible(&line, text);
		buffer_text(&line, "\n");
	}
	if (log->before_line)
		log->before_line(log->owner);
	if (!line.failed)
		fwrite(line.at, 1, line.length, log->stream);
	fflush(log->stream);
	buffer_free(&line);
}
