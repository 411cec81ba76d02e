#include "scanner/reports/csv_field.h"

#include <string.h>

#include "base/utf8.h"

/* A spreadsheet evaluates a cell that begins so, unless an apostrophe stands before it. */
static bool begins_formula(char first)
{
	return first && strchr("=+-@\t\r", first);
}

/*
 * Where the separator of lists is a semicolon, as in most of Europe, a spreadsheet begins a cell behind each
 * semicolon, also between quotation marks. Malformed UTF-8 becomes "?": some readers refuse the whole file for
 * it.
 */
static void write_characters(FILE *stream, const char *text)
{
	while (*text) {
		size_t plain = 0, length;
		bool shown;

		while (text[plain] >= ' ' && text[plain] < 0x7f && text[plain] != '"' && text[plain] != ';')
			plain++;
		fwrite(text, 1, plain, stream);
		text += plain;
		if (!*text)
			break;
		length = utf8_next(text, &shown);
		if (*text == '"')
			fputs("\"\"", stream);
		else if (*text == ';')
			fputs(begins_formula(text[1]) ? ";'" : ";", stream);
		else if (!shown)
			fputc('?', stream);
		else
			fwrite(text, 1, length, stream);
		text += length;
	}
}

void csv_begin(FILE *stream, bool with_bom)
{
	if (with_bom)
		fputs("\xef\xbb\xbf", stream);
}

void csv_write_field(FILE *stream, const char *text)
{
	bool is_formula, is_quoted;

	if (!text)
		return;
	is_formula = begins_formula(*text);
	is_quoted = is_formula || strpbrk(text, ",;\"\r\n");
	if (is_quoted)
		fputc('"', stream);
	if (is_formula)
		fputc('\'', stream);
	write_characters(stream, text);
	if (is_quoted)
		fputc('"', stream);
}
