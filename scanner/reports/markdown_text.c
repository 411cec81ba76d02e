#include "scanner/reports/markdown_text.h"

#include <string.h>

#include "scanner/reports/xml_text.h"

void markdown_text_write(FILE *stream, const char *text)
{
	while (text && *text) {
		size_t length = xml_character_length(text);

		if (length == 0 || *text == '\n')
			fputc('?', stream);
		else if (strchr("\\`*_{}[]<>#|&!", *text))
			fprintf(stream, "\\%c", *text);
		else
			fwrite(text, 1, length, stream);
		text += length ? length : 1;
	}
}
