#include "scanner/controls/controls.h"

#include <string.h>

/* The catalogue, in its order. Add yours here. */
#define CONTROLS(ONE) ONE(neptune_encryption_at_rest)

#define DECLARE(name) extern const struct control name;
#define LIST(name) &(name),

CONTROLS(DECLARE)

const struct control *const controls[] = {CONTROLS(LIST) NULL};

bool control_is_named(const struct control *control, const char *name)
{
	return strcmp(name, "all") == 0 || strcmp(name, control->id) == 0 || strcmp(name, control->group) == 0;
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {"pass", "fail", "unknown"};

	return names[verdict];
}

static const char *const severity_names[] = {"low", "medium", "high", "critical"};

const char *severity_name(enum severity severity)
{
	return severity_names[severity];
}

bool severity_by_name(const char *name, enum severity *severity)
{
	for (size_t i = 0; i < sizeof severity_names / sizeof severity_names[0]; i++) {
		if (strcmp(name, severity_names[i]) == 0) {
			*severity = (enum severity)i;
			return true;
		}
	}
	return false;
}

const char *resource_kind_name(enum resource_kind kind)
{
	static const char *const names[] = {"cluster"};

	return names[kind];
}
