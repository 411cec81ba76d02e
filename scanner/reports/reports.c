#include "scanner/reports/reports.h"

#include <string.h>

/* All formats, in the order of --help. New formats are added here. */
#define FORMATS(ONE)                                                                                           \
	ONE(report_table)                                                                                      \
	ONE(report_json)                                                                                       \
	ONE(report_jsonl)                                                                                      \
	ONE(report_csv)                                                                                        \
	ONE(report_csv_matrix)                                                                                 \
	ONE(report_html)                                                                                       \
	ONE(report_markdown)                                                                                   \
	ONE(report_ocsf)                                                                                       \
	ONE(report_ocsf_lines)                                                                                 \
	ONE(report_asff)                                                                                       \
	ONE(report_sarif)                                                                                      \
	ONE(report_junit)                                                                                      \
	ONE(report_prometheus)

#define DECLARE(name) extern const struct report_format name;
#define LIST(name) &(name),

FORMATS(DECLARE)

const struct report_format *const report_formats[] = {FORMATS(LIST) NULL};

const struct report_format *report_format_by_name(const char *name)
{
	for (const struct report_format *const *format = report_formats; *format; format++)
		if (strcmp((*format)->name, name) == 0)
			return *format;
	return NULL;
}
