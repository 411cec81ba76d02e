#include "scanner/reports/terminal_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

struct character {
	const char *bytes;
	size_t length;
	size_t width;
};

/* Reads a code point of UTF-8; 0 bytes long when it is malformed (RFC 3629). */
static uint32_t decode(const unsigned char *text, size_t *length)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t expected = *text < 0x80       ? 1
			  : *text >> 5 == 6  ? 2
			  : *text >> 4 == 14 ? 3
			  : *text >> 3 == 30 ? 4
					     : 0;
	uint32_t point = expected == 1 ? *text : expected ? *text & (0x7fU >> expected) : 0;

	*length = 0;
	for (size_t i = 1; i < expected; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (text[i] & 0x3f);
	}
	if (expected == 0 || point < least[expected] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
		return 0;
	*length = expected;
	return point;
}

static bool is_harmless(uint32_t point)
{
	bool control = point < 0x20 || (point >= 0x7f && point < 0xa0);
	bool invisible = (point >= 0x200b && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
			 (point >= 0x2060 && point <= 0x206f) || point == 0xfeff || point == 0x061c ||
			 (point >= 0xe0000 && point <= 0xe007f);

	return !control && !invisible;
}

static struct character next_character(const char **text)
{
	size_t length;
	uint32_t point = decode((const unsigned char *)*text, &length);
	struct character character = {*text, length, 1};
	int width;

	if (length == 0 || !is_harmless(point)) {
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
