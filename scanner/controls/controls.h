/*
 * controls.h - what is compliant.
 *
 * A control looks at one observed resource and says what it thinks of it. It does no I/O, keeps no
 * state and never fails: what it cannot decide is VERDICT_UNKNOWN. A new control is one new file and
 * one line in the table of controls.c.
 */
#ifndef SCANNER_CONTROLS_CONTROLS_H
#define SCANNER_CONTROLS_CONTROLS_H

#include <stdbool.h>
#include <stddef.h>

enum verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_UNKNOWN };

enum severity { SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL };

enum resource_kind { RESOURCE_CLUSTER };

/* What was observed: AWS's own texts, NULL where the element was absent. */
struct observation {
	enum resource_kind kind;
	const char *engine;
	const char *storage_encrypted;
	const char *storage_encryption_type;
};

struct policy {
	bool require_kms; /* an AWS-owned key is not enough */
};

struct judgement {
	enum verdict verdict;
	char reason[200];
};

struct control {
	const char *id; /* stable, appears in reports */
	const char *title;
	const char *group;
	enum severity severity;
	enum resource_kind applies_to;
	void (*judge)(const struct observation *observation, const struct policy *policy,
		      struct judgement *judgement);
	const char *const *references; /* NULL-terminated */
	const char *remediation;
};

extern const struct control *const controls[]; /* NULL-terminated */

/* Does an id or a group name this control? "all" names every one. */
bool control_is_named(const struct control *control, const char *name);

const char *verdict_name(enum verdict verdict);
const char *severity_name(enum severity severity);
/* False: no such severity. */
bool severity_by_name(const char *name, enum severity *severity);
const char *resource_kind_name(enum resource_kind kind);

#endif
