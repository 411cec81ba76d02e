#include "scanner/reports/xml_text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static bool is_harmful(uint32_t code)
{
	return (code >= 0xd800 && code < 0xe000) || code > 0x10ffff ||
	       (code & 0xfffe) == 0xfffe || /* no characters */
	       (code >= 0x80 && code < 0xa0) || (code >= 0x202a && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}

size_t xml_character_length(const char *start)
{
	const unsigned char *text = (const unsigned char *)start;
	static const struct {
		unsigned char mask, lead;
		size_t length;
		uint32_t least;
	} forms[] = {{0xe0, 0xc0, 2, 0x80}, {0xf0, 0xe0, 3, 0x800}, {0xf8, 0xf0, 4, 0x10000}};
	uint32_t code = 0;

	if (text[0] < 0x80)
		return text[0] >= ' ' && text[0] != 0x7f ? 1 : text[0] == '\t' || text[0] == '\n' ? 1 : 0;
	for (size_t i = 0; i < 3; i++) {
		if ((text[0] & forms[i].mask) != forms[i].lead)
			continue;
		code = text[0] & (unsigned char)~forms[i].mask;
		for (size_t j = 1; j < forms[i].length; j++) {
			if ((text[j] & 0xc0) != 0x80)
				return 0;
			code = code << 6 | (text[j] & 0x3f);
		}
		if (code < forms[i].least || is_harmful(code))
			return 0;
		return forms[i].length;
	}
	return 0;
}

void xml_text_write(FILE *stream, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	while (at && *at) {
		size_t length = xml_character_length((const char *)at);

		if (length == 0)
			fputc('?', stream);
		else if (*at == '<')
			fputs("&lt;", stream);
		else if (*at == '>')
			fputs("&gt;", stream);
		else if (*at == '&')
			fputs("&amp;", stream);
		else if (*at == '"')
			fputs("&quot;", stream);
		else if (*at == '\'')
			fputs("&#39;", stream);
		else
			fwrite(at, 1, length, stream);
		at += length ? length : 1;
	}
}
