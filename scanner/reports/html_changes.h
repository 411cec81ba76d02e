/*
 * html_changes.h - what changed since the previous run, as plain tables by kind of change, with the rules and
 * groups of the command diff.
 */
#ifndef SCANNER_REPORTS_HTML_CHANGES_H
#define SCANNER_REPORTS_HTML_CHANGES_H

#include <stdio.h>

#include "scanner/diff/diff.h"

/* `run`: with the flags of its store. False: out of memory. */
bool html_changes_write(const struct differences *changes, const struct run *run, FILE *stream);

#endif
