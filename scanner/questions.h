/*
 * questions.h - what each question of a scan is to AWS.
 */
#ifndef SCANNER_QUESTIONS_H
#define SCANNER_QUESTIONS_H

#include <stdbool.h>

#include "scanner/aws/listing.h"
#include "scanner/aws/operation.h"
#include "scanner/resources/resource.h"

enum operation_id question_operation(enum question question);
/* Of what the lists of RDS hold; NULL: it is no such list. */
const struct listing_shape *question_shape(enum question question);
/* "rds:DescribeDBClusters" */
const char *question_permission(enum question question);
/* Asked only where the permission for another question is missing: whoever gives that one need not give this.
 */
bool question_is_stand_in(enum question question);

#endif
