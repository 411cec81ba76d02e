#include "tests/fuzz/report_check.h"

#include <jansson.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_oom_guard.h"

static size_t count_findings(const struct matrix *matrix)
{
	size_t count = 0;

	for (size_t row = 0; row < matrix->row_count; row++)
		for (size_t column = 0; column < matrix->column_count; column++)
			for (const struct finding *finding = matrix_findings(matrix, row, column); finding;
			     finding = finding->next)
				count++;
	return count;
}

/* A member that is missing from an object must have been reported. */
static void check(const char *format, const char *text, size_t size, const struct matrix *matrix)
{
	json_t *read;

	if (strcmp(format, "json") != 0 && strcmp(format, "ocsf") != 0 && strcmp(format, "sarif") != 0)
		return;
	read = json_loadb(text, size, 0, NULL);
	if (!read)
		__builtin_trap();
	if (strcmp(format, "json") == 0 &&
	    (json_array_size(json_object_get(read, "findings")) != count_findings(matrix) ||
	     json_array_size(json_object_get(read, "cells")) != matrix->row_count * matrix->column_count))
		__builtin_trap();
	if (strcmp(format, "ocsf") == 0 && json_array_size(read) < count_findings(matrix))
		__builtin_trap();
	if (strcmp(format, "sarif") == 0 &&
	    json_array_size(json_object_get(json_array_get(json_object_get(read, "runs"), 0), "results")) !=
		    count_findings(matrix))
		__builtin_trap();
	json_decref(read);
}

static void write(const struct matrix *matrix, const struct report_format *format)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	struct conclusion conclusion;
	const struct report_output output = {
		.stream = stream, .color = true, .width = 100, .conclusion = &conclusion};

	conclusion_draw(matrix, &conclusion);
	if (!format->write(matrix, &output))
		__builtin_trap();
	fclose(stream);
	check(format->name, text, size, matrix);
	free(text);
	if (json_oom_guard_failed()) /* out of memory was reported */
		__builtin_trap();
}

void report_write_and_check(const struct matrix *matrix, size_t choice)
{
	static size_t formats;

	if (formats == 0) {
		setlocale(LC_CTYPE, "C.UTF-8");
		json_oom_guard_init();
		while (report_formats[formats])
			formats++;
	}
	write(matrix, report_formats[choice % formats]);
}
