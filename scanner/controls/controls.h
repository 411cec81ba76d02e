/*
 * controls.h - the catalogue of controls, and their evaluation.
 *
 * A control evaluates one resource. It does no I/O, keeps no state and never fails: what it cannot decide is
 * VERDICT_UNKNOWN, and an absent value never passes. A new control is one new file, its text, and one line in
 * catalogue.h.
 */
#ifndef SCANNER_CONTROLS_CONTROLS_H
#define SCANNER_CONTROLS_CONTROLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/resources/resource.h"

enum verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_UNKNOWN, VERDICT_NOT_APPLICABLE };

enum severity { SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL };

enum key_requirement { KEY_ANY, KEY_KMS, KEY_CUSTOMER };

/* The settings that controls depend on. */
struct policy {
	enum key_requirement require_key;
	int64_t min_backup_days;
	const char *partition; /* of the evaluated region: "aws-cn"; NULL: not known */
	/* The organization's accounts, sorted; NULL: not listed. */
	const char *const *accounts;
	size_t account_count;
	int64_t now; /* wall seconds */
};

struct evaluation {
	enum verdict verdict;
	char reason[280];
};

struct control {
	const char *id; /* stable, appears in reports */
	const char *title;
	const char *group;
	enum severity severity;
	uint32_t kinds;              /* bits of the resource kinds that it applies to */
	uint32_t needs;              /* QUERY_BIT()s that every verdict needs */
	uint32_t needs_for_customer; /* additional ones where a customer managed key is required */
	/*
	 * True: the verdict on this resource needs this per-resource query. NULL: it needs all of `needs` for
	 * each resource that it applies to.
	 */
	bool (*wants)(const struct resource *resource, const struct policy *policy, enum query_kind query);
	/*
	 * Without a required kind of key the control never fails. Then naming its group does not select it,
	 * and it needs no queries.
	 */
	bool only_when_key_required;
	const enum attribute *evidence; /* terminated by ATTRIBUTE_COUNT */
	void (*evaluate)(const struct resource *resource, const struct policy *policy,
			 struct evaluation *evaluation);
	const char *rationale;
	const char *criteria; /* how it evaluates, for people */
	const char *remediation;
	const char *const *references; /* NULL-terminated */
};

extern const struct control *const controls[]; /* NULL-terminated */

/* True: the name is the control's id, its group, or "all". */
bool control_is_named(const struct control *control, const char *name, const struct policy *policy);
uint32_t control_needs(const struct control *control, const struct policy *policy);
bool control_applies_to(const struct control *control, enum resource_kind kind);
/* True: this control needs the query about this resource. */
bool control_wants(const struct control *control, const struct resource *resource, const struct policy *policy,
		   enum query_kind query);
/*
 * Evaluates a control on a resource that it applies to. Hardening controls do not apply to a cluster or
 * instance that is being deleted: AWS accepts no changes to it any more. Its encryption is evaluated all the
 * same, and so is the sharing of a snapshot, which other accounts can copy until it is gone.
 */
void control_evaluate(const struct control *control, const struct resource *resource,
		      const struct policy *policy, struct evaluation *evaluation);

const char *verdict_name(enum verdict verdict);
const char *severity_name(enum severity severity);
/* False: no such severity. */
bool severity_by_name(const char *name, enum severity *severity);
enum key_requirement key_requirement_by_name(const char *name);

#endif
