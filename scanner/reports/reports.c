#include "scanner/reports/reports.h"

#include <string.h>

extern const struct report_format report_table, report_json, report_jsonl, report_csv, report_csv_matrix;

/* Add yours here. */
const struct report_format *const report_formats[] = {
	&report_table, &report_json, &report_jsonl, &report_csv, &report_csv_matrix, NULL,
};

const struct report_format *report_format_by_name(const char *name)
{
	for (const struct report_format *const *format = report_formats; *format; format++)
		if (strcmp((*format)->name, name) == 0)
			return *format;
	return NULL;
}
