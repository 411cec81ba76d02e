/*
 * diff_formats.h - the formats of the command diff, on standard output.
 */
#ifndef SCANNER_COMMANDS_DIFF_FORMATS_H
#define SCANNER_COMMANDS_DIFF_FORMATS_H

#include "scanner/diff/diff.h"

void diff_print_table(const struct differences *differences);
void diff_print_markdown(const struct differences *differences);
void diff_print_json(const struct differences *differences);

#endif
