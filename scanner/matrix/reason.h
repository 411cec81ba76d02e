/*
 * reason.h - why a cell could not be assessed: the text that is recorded with it, and the cause in one line.
 */
#ifndef SCANNER_MATRIX_REASON_H
#define SCANNER_MATRIX_REASON_H

#include <stdbool.h>

#include "base/span.h"
#include "scanner/matrix/state.h"

/* A reason consists of parts, one for each call, separated by "; "; each may end in advice. */
struct reason_part {
	struct span what;
	struct span advice; /* absent: no advice of its own */
};
/* Removes the first part from the front of `*rest`. False: nothing is left. */
bool reason_split(const char **rest, struct reason_part *part);

enum { REASON_BRIEF_SIZE = 400 };
/*
 * The cause first: "an SCP denies rds:DescribeDBClusters and 2 more actions",
 * "AccessDenied on rds:DescribeDBClusters", "sts:AssumeRole on role R: AccessDenied for ARN"; otherwise the
 * first part of the reason.
 */
void reason_write_brief(const char *reason, enum cell_state state, char brief[static REASON_BRIEF_SIZE]);

#endif
