/*
 * value.h - from the text of one setting to its member of struct config.
 */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include "base/buffer.h"
#include "base/diagnostics.h"
#include "config/options.h"
#include "config/settings.h"

/*
 * Parses `text` by the option's type and stores it. `origin` says where the text stands
 * ("neptune-scan.ini:12", "--timeout", "AWS_REGION") and opens each message. False when a problem was
 * added. A list or a report is added to what is there when `more` is true, else it replaces it.
 */
bool value_set(struct config *config, const struct option *option, const char *text, const char *origin,
	       bool more, struct diagnostics *diagnostics);

/*
 * The setting as text that value_set would read back; "(hidden)" for a secret. False: it has no value, and
 * nothing was written.
 */
bool value_write(const struct config *config, const struct option *option, struct buffer *text);
/* The list that the option is; NULL: it is none. */
const struct text_list *value_list(const struct config *config, const struct option *option);

#endif
