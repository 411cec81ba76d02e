/*
 * selection.h - the selected controls, their severities, and the policy.
 */
#ifndef SCANNER_COMMANDS_SELECTION_H
#define SCANNER_COMMANDS_SELECTION_H

#include "base/diagnostics.h"
#include "config/settings.h"
#include "scanner/controls/controls.h"
#include "scanner/matrix/exceptions.h"

enum { MAX_CONTROLS = 64 };

struct selection {
	struct policy policy;
	uint32_t needs;                                   /* QUERY_BIT(query) */
	struct control copies[MAX_CONTROLS];              /* with the severities of the settings */
	const struct control *selected[MAX_CONTROLS + 1]; /* NULL-terminated */
};

/* Adds problems to `diagnostics`. */
void selection_make(struct selection *selection, const struct config *config, struct diagnostics *diagnostics);
/* Loads the file of exceptions, if one is set. Exceptions that match by tag make the scan request tags. */
void selection_read_exceptions(struct selection *selection, struct exceptions *exceptions,
			       const struct config *config, struct diagnostics *diagnostics);
/* Selects every control of the catalogue, unchanged. */
void selection_of_all(struct selection *selection);

#endif
