/*
 * questions.h - what each question of a scan is called by IAM.
 */
#ifndef SCANNER_QUESTIONS_H
#define SCANNER_QUESTIONS_H

#include "scanner/resources/resource.h"

/* "rds:DescribeDBClusters" */
const char *question_permission(enum question question);

#endif
