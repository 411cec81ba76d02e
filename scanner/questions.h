/*
 * questions.h - what each question of a scan is called by IAM.
 */
#ifndef SCANNER_QUESTIONS_H
#define SCANNER_QUESTIONS_H

#include <stdbool.h>

#include "scanner/resources/resource.h"

/* "rds:DescribeDBClusters" */
const char *question_permission(enum question question);
/* Asked only where the permission for another question is missing: whoever gives that one need not give this.
 */
bool question_is_stand_in(enum question question);

#endif
