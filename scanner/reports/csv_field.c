#include "scanner/reports/csv_field.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

/* Invalid UTF-8 becomes "?", because some readers refuse the whole file for it. */
static void write_characters(FILE *stream, const char *text)
{
	while (*text) {
		size_t plain = 0, length;
		bool shown;

		while (text[plain] >= ' ' && text[plain] < 0x7f && text[plain] != '"')
			plain++;
		fwrite(text, 1, plain, stream);
		text += plain;
		if (!*text)
			break;
		length = utf8_next(text, &shown);
		if (*text == '"')
			fputs("\"\"", stream);
		else if (!shown)
			fputc('?', stream);
		else
			fwrite(text, 1, length, stream);
		text += length;
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
