#include "scanner/reports/markdown_text.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

void markdown_text_write(FILE *stream, const char *text)
{
	while (text && *text) {
		bool shown;
		size_t length = utf8_next(text, &shown);

		if (!shown || *text == '\n' || *text == '\r')
			fputc('?', stream);
		else if (strchr("\\`*_{}[]<>#|&!", *text))
			fprintf(stream, "\\%c", *text);
		else
			fwrite(text, 1, length, stream);
		text += length;
	}
}
