/*
 * queries.h - what each query of a scan is to AWS.
 */
#ifndef SCANNER_ENGINE_QUERIES_H
#define SCANNER_ENGINE_QUERIES_H

#include <stdbool.h>

#include "scanner/aws/listing.h"
#include "scanner/aws/operation.h"
#include "scanner/resources/resource.h"

enum operation_id query_operation(enum query_kind query);
/* Of what the lists of RDS hold; NULL: it is no such list. */
const struct listing_shape *query_shape(enum query_kind query);
/* "rds:DescribeDBClusters" */
const char *query_permission(enum query_kind query);
/* Asked only where the permission for another query is missing: whoever gives that one need not give this.
 */
bool query_is_fallback(enum query_kind query);

#endif
