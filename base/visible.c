#include "base/visible.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"

enum { LINE_SIZE = 8192 /* two paths and a message */ };

void visible_append(struct buffer *line, const char *text)
{
	while (*text) {
		uint32_t code = 0;
		size_t length = utf8_read(text, UTF8_MAX_BYTES, &code);

		if (*text == '\n')
			buffer_text(line, strncmp(text + 1, "  ", 2) == 0 ? "\n" : "\n  ");
		else if (length > 1 && !utf8_is_shown(code))
			buffer_print(line, "\\u%04x", code);
		else if (length == 0 || !utf8_is_shown(code))
			buffer_print(line, "\\x%02x", (unsigned char)*text);
		else
			buffer_append(line, text, length);
		text += length ? length : 1;
	}
}

bool visible_print(FILE *stream, const char *format, ...)
{
	struct buffer line = {0};
	char text[LINE_SIZE];
	va_list arguments;
	bool good;

	va_start(arguments, format);
	text_print_list(text, sizeof text, format, arguments);
	va_end(arguments);
	visible_append(&line, text);
	buffer_append(&line, "\n", 1);
	good = !line.failed;
	if (good)
		fwrite(line.at, 1, line.length, stream);
	else
		fputs("neptune-scan: error: out of memory\n", stderr);
	buffer_deinit(&line);
	return good;
}
