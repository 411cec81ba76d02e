#include "scanner/remediation/shell_text.h"

void shell_text_write(FILE *stream, const char *text)
{
	fputc('\'', stream);
	for (; text && *text; text++) {
		if (*text == '\'')
			fputs("'\\''", stream);
		else
			fputc(*text, stream);
	}
	fputc('\'', stream);
}

void shell_text_assign(FILE *stream, const char *name, const char *value)
{
	fprintf(stream, "%s=", name);
	shell_text_write(stream, value);
	fputc('\n', stream);
}
