/*
 * gap_check.h - what the gaps of a file of exceptions cover in a stored run, for `exceptions check`.
 *
 * The gaps are those of matrix->run.exceptions.
 */
#ifndef SCANNER_COMMANDS_GAP_CHECK_H
#define SCANNER_COMMANDS_GAP_CHECK_H

#include <jansson.h>

#include "scanner/matrix/matrix.h"

void gap_check_print(const struct matrix *matrix);
/* A list of objects: the members of the report, and the covered cells by account. */
json_t *gap_check_json(const struct matrix *matrix);
/*
 * True: a gap is expired, covers nothing, or names a region or an account in which it covers no cell; or gaps
 * leave too little for a run to be complete.
 */
bool gap_check_finds_problem(const struct matrix *matrix);

#endif
