/*
 * Any bytes as a date, a region's name, or a name on a terminal and in a spreadsheet.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "config/partition.h"
#include "scanner/reports/csv_field.h"
#include "scanner/reports/terminal_text.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct span span = {(const char *)data, size};
	char *text = strndup((const char *)data, size), *shown = NULL;
	size_t length = 0;
	int64_t seconds;
	FILE *stream = open_memstream(&shown, &length);

	setlocale(LC_CTYPE, "C.UTF-8");
	clock_parse_http(span, &seconds);
	clock_parse_iso(span, &seconds);
	clock_parse_amz(span, &seconds);
	partition_of_region(span);
	csv_write_field(stream, text);
	rewind(stream);
	/* No terminal control sequence is written, and truncated text has the requested width. */
	if (terminal_text_cut(stream, text, 10) > 10)
		__builtin_trap();
	fclose(stream);
	free(shown);
	shown = NULL;
	stream = open_memstream(&shown, &length);
	terminal_text_write(stream, text);
	fclose(stream);
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)shown[i] < 0x20 || shown[i] == 0x7f)
			__builtin_trap();
	free(shown);
	free(text);
	return 0;
}
