/*
 * report_check.h - what every fuzzer that ends in a report wants of it: those that are JSON are JSON, and lose
 * no finding and no cell. What is wrong ends the program.
 */
#ifndef TESTS_FUZZ_REPORT_CHECK_H
#define TESTS_FUZZ_REPORT_CHECK_H

#include "scanner/reports/reports.h"

/* Any number chooses a format. */
void report_write_and_check(const struct matrix *matrix, size_t choice);

#endif
