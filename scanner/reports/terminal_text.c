#include "scanner/reports/terminal_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include "base/utf8.h"

struct character {
	const char *bytes;
	size_t length;
	size_t width;
};

static struct character next_character(const char **text)
{
	uint32_t point;
	size_t length = utf8_read(*text, UTF8_MAX_BYTES, &point);
	struct character character = {*text, length, 1};
	int width;

	if (length == 0 || !utf8_is_shown(point)) {
		*text += length ? length : 1;
		return (struct character){"?", 1, 1};
	}
	width = wcwidth((wchar_t)point);
	character.width = width < 0 ? 1 : (size_t)width;
	*text += length;
	return character;
}

size_t terminal_text_width(const char *text)
{
	size_t width = 0;

	while (*text)
		width += next_character(&text).width;
	return width;
}

size_t terminal_text_cut(FILE *stream, const char *text, size_t width)
{
	bool fits = terminal_text_width(text) <= width;
	size_t room = fits ? width : width - (width > 0), written = 0;

	while (*text) {
		struct character character = next_character(&text);

		if (written + character.width > room)
			break;
		fwrite(character.bytes, 1, character.length, stream);
		written += character.width;
	}
	if (!fits && width > 0) {
		fputc('~', stream);
		written++;
	}
	return written;
}

void terminal_text_pad(FILE *stream, const char *text, size_t width)
{
	size_t written = terminal_text_cut(stream, text, width);

	while (written++ < width)
		fputc(' ', stream);
}

void terminal_text_write(FILE *stream, const char *text)
{
	terminal_text_cut(stream, text, SIZE_MAX);
}
