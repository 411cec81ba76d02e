#include "scanner/reports/csv_field.h"

#include <string.h>

void csv_write_field(FILE *stream, const char *text)
{
	if (!text)
		return;
	if (!strpbrk(text, ",\"\r\n") && !(*text && strchr("=+-@\t\r", *text))) {
		fputs(text, stream);
		return;
	}
	fputc('"', stream);
	if (*text && strchr("=+-@\t\r", *text))
		fputc('\'', stream);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', stream);
		fputc(*text, stream);
	}
	fputc('"', stream);
}
