/*
 * permission.h - the IAM permission that each query needs, for those who send none.
 */
#ifndef SCANNER_QUERIES_PERMISSION_H
#define SCANNER_QUERIES_PERMISSION_H

#include <stdbool.h>

#include "scanner/resources/query_kind.h"

/* "rds:DescribeDBClusters" */
const char *query_permission(enum query_kind kind);
/* Sent only where another query was refused: a role has the permission of that one instead. */
bool query_is_fallback(enum query_kind kind);

#endif
