/*
 * evaluation.h - from the contents of a cell to its findings: every selected control on each resource that it
 * applies to. It knows no cell, does no I/O, and depends on its arguments alone.
 */
#ifndef SCANNER_ENGINE_EVALUATION_H
#define SCANNER_ENGINE_EVALUATION_H

#include "scanner/engine/contents.h"

struct evaluation_rules {
	const struct control *const *selected; /* NULL-terminated */
	const struct policy *policy;
	bool is_partial; /* queries were left out: what is unknown for that reason makes no finding */
};

/* Does an evaluation depend on which accounts are the organization's? */
bool evaluation_needs_accounts(const struct contents *contents);
/* All resources but global databases, after contents_link. Once. */
void evaluate(struct contents *contents, const struct evaluation_rules *rules, struct outcome *outcome);
/* A global database, which one cell reports for all regions that list it (global_databases.h). */
void evaluate_resource(struct resource *resource, const struct evaluation_rules *rules,
		       struct outcome *outcome);

#endif
