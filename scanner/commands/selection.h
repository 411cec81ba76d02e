/*
 * selection.h - which controls are judged, how severe each is, and by what policy.
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
	struct control copies[MAX_CONTROLS];              /* with the organization's own severities */
	const struct control *selected[MAX_CONTROLS + 1]; /* NULL-terminated */
};

/* What is wrong is added to `diagnostics`. */
void selection_make(struct selection *selection, const struct config *config, struct diagnostics *diagnostics);
/* The settings' file of exceptions, if any. With a tag, an exception needs tags; nobody else does. */
void selection_read_exceptions(struct selection *selection, struct exceptions *exceptions,
			       const struct config *config, struct diagnostics *diagnostics);
/* Every control of the catalogue, as it is. */
void selection_of_all(struct selection *selection);

#endif
