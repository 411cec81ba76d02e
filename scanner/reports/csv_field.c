#include "scanner/reports/csv_field.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

/* Malformed UTF-8 becomes "?": some readers refuse the whole file for it. */
static void write_characters(FILE *stream, const char *text)
{
	while (*text) {
		size_t plain = 0, length;
		uint32_t code;

		while ((unsigned char)(text[plain] - 1) < 0x7f && text[plain] != '"')
			plain++;
		fwrite(text, 1, plain, stream);
		text += plain;
		length = *text ? utf8_read(text, UTF8_LONGEST, &code) : 0;
		if (*text == '"')
			fputs("\"\"", stream);
		else if (*text && length == 0)
			fputc('?', stream);
		else
			fwrite(text, 1, length, stream);
		text += *text && length == 0 ? 1 : length;
	}
}

void csv_write_field(FILE *stream, const char *text)
{
	bool is_formula, is_quoted;

	if (!text)
		return;
	is_formula = *text && strchr("=+-@\t\r", *text);
	is_quoted = is_formula || strpbrk(text, ",\"\r\n");
	if (is_quoted)
		fputc('"', stream);
	if (is_formula)
		fputc('\'', stream);
	write_characters(stream, text);
	if (is_quoted)
		fputc('"', stream);
}
