/*
 * outcome.h - what a run means to whoever asked for it, as an exit code.
 */
#ifndef SCANNER_COMMANDS_OUTCOME_H
#define SCANNER_COMMANDS_OUTCOME_H

#include "scanner/commands/commands.h"
#include "scanner/matrix/matrix.h"

/* Incomplete before failing before compliant; `fail_on`: the lowest severity that makes it failing. */
enum exit_code outcome_of(const struct matrix *matrix, const char *fail_on);

#endif
