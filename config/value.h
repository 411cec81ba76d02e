/*
 * value.h - parses the text of a setting into struct config, and formats it back.
 */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include "base/buffer.h"
#include "base/diagnostics.h"
#include "config/options.h"
#include "config/settings.h"

/*
 * Parses `text` by the option's type and stores the value. `origin` is its source for messages
 * ("neptune-scan.ini:12", "--timeout", "AWS_REGION"). False: a problem was added. `more`: appends to a list
 * or to the reports; else replaces them.
 */
bool value_set(struct config *config, const struct option *option, const char *text, const char *origin,
	       bool more, struct diagnostics *diagnostics);

/*
 * Writes the setting as text that value_set can parse; "(hidden)" for a secret. False: the setting has no
 * value, and nothing was written.
 */
bool value_write(const struct config *config, const struct option *option, struct buffer *text);
/* NULL: the option is not a list. */
const struct text_list *value_list(const struct config *config, const struct option *option);

#endif
