/*
 * outcome.h - the end of a scan or merge, on standard error: what was scanned and where it is kept, the
 * reports, what to do next, and the conclusion with the exit code.
 *
 * Four to six lines; as JSON log lines one event, "scan.finished".
 */
#ifndef SCANNER_COMMANDS_OUTCOME_H
#define SCANNER_COMMANDS_OUTCOME_H

#include "scanner/commands/report_set.h"
#include "scanner/matrix/conclusion.h"

struct outcome_facts {
	const struct matrix *matrix; /* finished */
	const struct conclusion *conclusion;
	const struct report_set *reports; /* written */
	const struct log *log;
	int64_t milliseconds; /* that the scan took */
};

void outcome_write(const struct outcome_facts *facts);
/* The last line of a scan without a conclusion: why, and the exit code. As JSON log lines nothing: errors are
 * events. */
void outcome_write_failure(const struct log *log, const char *why, enum exit_code code);

#endif
