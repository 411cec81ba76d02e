#include "scanner/remediation/shell_text.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/utf8.h"

/* The length of the character, if it is visible; 0: not visible, or invalid UTF-8. */
static size_t shown_length(const char *text)
{
	uint32_t code;
	size_t length = utf8_read(text, UTF8_MAX_BYTES, &code);

	return length > 0 && utf8_is_shown(code) ? length : 0;
}

static bool is_shown(const char *text)
{
	for (size_t length; *text; text += length) {
		length = shown_length(text);
		if (length == 0)
			return false;
	}
	return true;
}

static void put_quoted(FILE *stream, char byte)
{
	if (byte == '\'')
		fputs("'\\''", stream);
	else
		fputc(byte, stream);
}

/* Writes invisible characters as byte numbers for printf %b (POSIX). */
static void write_escaped(FILE *stream, const char *text)
{
	while (*text) {
		size_t length = shown_length(text);

		if (length == 0)
			fprintf(stream, "\\0%03o", (unsigned char)*text);
		else if (*text == '\\')
			fputs("\\\\", stream);
		else
			for (size_t i = 0; i < length; i++)
				put_quoted(stream, text[i]);
		text += length ? length : 1;
	}
}

void shell_text_assign(FILE *stream, const char *name, const char *value)
{
	value = value ? value : "";
	if (is_shown(value)) {
		fprintf(stream, "%s='", name);
		for (; *value; value++)
			put_quoted(stream, *value);
		fputs("'\n", stream);
		return;
	}
	/*
	 * Command substitution removes trailing line ends, so a full stop follows them and is removed
	 * afterwards.
	 */
	fprintf(stream, "%s=$(printf '%%b.' '", name);
	write_escaped(stream, value);
	fprintf(stream, "')\n%s=${%s%%.}\n", name, name);
}

void shell_text_put(FILE *stream, const char *text, size_t size)
{
	for (const char *end = text + size; text < end;) {
		uint32_t code = 0;
		size_t length = utf8_read(text, UTF8_MAX_BYTES, &code);

		if (length > 0 && utf8_is_shown(code))
			fwrite(text, 1, length, stream);
		else
			fputc('?', stream);
		text += length ? length : 1;
	}
}
