/*
 * settings_fingerprint.h - what a run was asked, as text: a line "NAME = VALUE" for each setting, selected
 * control and exception, and for the version of the catalogue.
 *
 * A run that goes on with an earlier one, or is joined with another, must have been asked the same; a
 * comparison of two runs says what was not. Settings are compared by what they mean: an exception by its
 * contents, whatever the file is called; a control by its id and severity, whatever group selected it.
 */
#ifndef SCANNER_STORE_SETTINGS_FINGERPRINT_H
#define SCANNER_STORE_SETTINGS_FINGERPRINT_H

#include "base/buffer.h"
#include "scanner/controls/controls.h"

struct exceptions;

/* The catalogue: which controls it has, what each asks and how it evaluates, in this version of the program. */
void fingerprint_add_catalogue(struct buffer *text, const char *version);
/* `selected` ends in NULL; both may be NULL. */
void fingerprint_add_controls(struct buffer *text, const struct control *const *selected);
void fingerprint_add_exceptions(struct buffer *text, const struct exceptions *exceptions);

/* Appends each difference in words, with `between` between them. Nothing: they mean the same. */
void fingerprint_compare(const char *before, const char *now, const char *between, struct buffer *differences);

#endif
