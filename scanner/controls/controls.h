/*
 * controls.h - what is compliant.
 *
 * A control looks at one resource and says what it thinks of it. It does no I/O, keeps no state and never
 * fails: what it cannot decide is VERDICT_UNKNOWN, and an absent value is never a pass. A new control is one
 * new file and one line in the table of controls.c.
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

/* What the organization asks for. */
struct policy {
	enum key_requirement require_key;
	int64_t min_backup_days;
	const char *partition; /* of the region that is judged: "aws-cn"; NULL: not known */
	/* The organization's accounts, sorted; NULL: nobody listed them. */
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
	uint32_t kinds;              /* of resources that it applies to, as bits */
	uint32_t needs;              /* QUERY_BIT(query) */
	uint32_t needs_for_customer; /* and these, where a customer-managed key is required */
	/*
	 * Of what is asked about a resource alone: does the verdict on this one rest on it? NULL: whatever is
	 * needed counts for every resource that the control applies to.
	 */
	bool (*wants)(const struct resource *resource, const struct policy *policy, enum query_kind query);
	/*
	 * As long as any kind of key is good enough there is nothing to find: then the name of its group alone
	 * does not select it, and nothing is asked for it.
	 */
	bool only_when_key_required;
	const enum attribute *evidence; /* ends in ATTRIBUTE_COUNT */
	void (*evaluate)(const struct resource *resource, const struct policy *policy,
			 struct evaluation *evaluation);
	const char *rationale;
	const char *criteria; /* how, for people */
	const char *remediation;
	const char *const *references; /* NULL-terminated */
};

extern const struct control *const controls[]; /* NULL-terminated */

/* Does an id or a group name this control? "all" names every one. */
bool control_is_named(const struct control *control, const char *name, const struct policy *policy);
uint32_t control_needs(const struct control *control, const struct policy *policy);
bool control_applies_to(const struct control *control, enum resource_kind kind);
/* Must the query be asked about this resource for the control's sake? */
bool control_wants(const struct control *control, const struct resource *resource, const struct policy *policy,
		   enum query_kind query);
/*
 * The verdict of one control on one resource that it applies to. A cluster or instance that is being deleted is
 * not applicable to hardening controls: its settings end with it, and AWS takes no change of them any more. Its
 * encryption is judged like any other's; and so is whom a snapshot is shared with, which they may copy to the
 * end.
 */
void control_evaluate(const struct control *control, const struct resource *resource,
		      const struct policy *policy, struct evaluation *evaluation);

const char *verdict_name(enum verdict verdict);
const char *severity_name(enum severity severity);
/* False: no such severity. */
bool severity_by_name(const char *name, enum severity *severity);
enum key_requirement key_requirement_by_name(const char *name);

#endif
