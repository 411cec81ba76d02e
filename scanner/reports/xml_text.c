#include "scanner/reports/xml_text.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/utf8.h"

void xml_span_write(FILE *stream, struct span span)
{
	const char *text = span.at, *end = span.at + span.length;

	while (text < end) {
		bool shown;
		size_t length = utf8_next(text, &shown);

		if (!shown || *text == '\r')
			fputc('?', stream);
		else if (*text == '<')
			fputs("&lt;", stream);
		else if (*text == '>')
			fputs("&gt;", stream);
		else if (*text == '&')
			fputs("&amp;", stream);
		else if (*text == '"')
			fputs("&quot;", stream);
		else if (*text == '\'')
			fputs("&#39;", stream);
		else
			fwrite(text, 1, length, stream);
		text += length;
	}
}

void xml_text_write(FILE *stream, const char *text)
{
	xml_span_write(stream, span_of(text));
}
