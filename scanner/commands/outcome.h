/*
 * outcome.h - the exit code of a run.
 */
#ifndef SCANNER_COMMANDS_OUTCOME_H
#define SCANNER_COMMANDS_OUTCOME_H

#include "scanner/commands/commands.h"
#include "scanner/matrix/matrix.h"

/*
 * Incomplete precedes failing, failing precedes compliant. `fail_on`: the lowest severity that counts as
 * failing.
 */
enum exit_code outcome_of(const struct matrix *matrix, const char *fail_on);

#endif
