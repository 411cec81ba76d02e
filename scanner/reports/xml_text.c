#include "scanner/reports/xml_text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/utf8.h"

static bool is_harmful(uint32_t code)
{
	return (code < ' ' && code != '\t' && code != '\n') || (code & 0xfffe) == 0xfffe || /* no characters */
	       (code >= 0x7f && code < 0xa0) || (code >= 0x202a && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}

size_t xml_character_length(const char *text)
{
	uint32_t code;
	size_t length = utf8_read(text, UTF8_LONGEST, &code);

	return length > 0 && is_harmful(code) ? 0 : length;
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
