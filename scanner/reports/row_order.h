/*
 * row_order.h - the accounts of a matrix, in the order in which people must see them.
 *
 * The worst severity that fails first; then most failing resources, most cells not assessed; then as they are.
 */
#ifndef SCANNER_REPORTS_ROW_ORDER_H
#define SCANNER_REPORTS_ROW_ORDER_H

#include "scanner/matrix/matrix.h"

/* Indices of all rows; the caller frees them. NULL: there is no memory. */
size_t *row_order_new(const struct matrix *matrix);
/* 0: nothing fails in the cell, or in any of the row; else its worst severity, plus one. */
int row_worst_severity(const struct matrix *matrix, size_t row);

#endif
