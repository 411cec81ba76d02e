/*
 * settings_fingerprint.h - the settings of a run as text: a line "NAME = VALUE" for each setting, selected
 * control and exception, and for the version of the catalogue.
 *
 * A run is resumed or merged only with equal settings, and a comparison of two runs lists the differences.
 * Settings are compared by effect: an exception by its contents, not the name of its file; a control by its
 * id and severity, not the group that selected it.
 */
#ifndef SCANNER_MATRIX_SETTINGS_FINGERPRINT_H
#define SCANNER_MATRIX_SETTINGS_FINGERPRINT_H

#include "base/buffer.h"
#include "scanner/controls/controls.h"

struct exceptions;

/*
 * Appends the catalogue: the controls, what each queries and how it evaluates, in this version of the
 * program.
 */
void fingerprint_add_catalogue(struct buffer *text, const char *version);
/* `selected` ends in NULL; both may be NULL. */
void fingerprint_add_controls(struct buffer *text, const struct control *const *selected);
void fingerprint_add_exceptions(struct buffer *text, const struct exceptions *exceptions);

/* Appends a description of each difference, separated by `between`; nothing when the settings are equal. */
void fingerprint_compare(const char *before, const char *now, const char *between, struct buffer *differences);

#endif
