/*
 * report_check.h - checks a report: a JSON report parses and contains every finding and cell. Aborts
 * otherwise.
 */
#ifndef TESTS_FUZZ_REPORT_CHECK_H
#define TESTS_FUZZ_REPORT_CHECK_H

#include "scanner/reports/reports.h"

/* Any number chooses a format. */
void report_write_and_check(const struct matrix *matrix, size_t choice);

#endif
