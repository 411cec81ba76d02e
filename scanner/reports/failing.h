/*
 * failing.h - what fails, in the order in which people take it up: storage that is not encrypted, then by
 * severity, account, region and cluster.
 *
 * Storage that is not encrypted is one section whatever the controls: a cluster stands there once, with its
 * instances and snapshots. Every other control is a section of its own. Accounts with the worst failures come
 * first. What is kept is limited, what is counted is not.
 */
#ifndef SCANNER_REPORTS_FAILING_H
#define SCANNER_REPORTS_FAILING_H

#include "scanner/matrix/matrix.h"

struct failing_limits {
	size_t items;               /* kept of a section */
	size_t of_account;          /* of these, of one account */
	size_t clusters_of_account; /* the same, of storage that is not encrypted */
};

/* One line of a list. */
struct failing_item {
	size_t row, column;
	const char *name;
	const char *detail;
	size_t rest; /* not 0: in place of a resource, so many more of the account */
};

struct failing_section {
	const struct control *control; /* NULL: storage that is not encrypted */
	enum severity severity;        /* the worst of its findings */
	size_t resources[RESOURCE_KINDS];
	const char *summary; /* of these: "11 clusters, 27 instances, 17 snapshots" */
	size_t units;        /* lines that it would have: clusters with what belongs to them, or resources */
	size_t accounts;
	struct failing_item *items;
	size_t item_count, item_capacity;
	const char *reason; /* of all its findings; NULL: they differ */
	/* Of the account that is read. */
	size_t row_units, row_items;
	bool has_reason;
};

struct failing {
	/* Storage that is not encrypted, then the worst first. */
	struct failing_section sections[MAX_TALLIED + 1];
	size_t section_count;
	size_t resources; /* that the sections have */
	size_t accounts;  /* of these */
	struct arena arena;
	bool failed; /* memory ran out: nothing is kept */
};

void failing_collect(const struct matrix *matrix, const struct failing_limits *limits, struct failing *failing);
void failing_deinit(struct failing *failing);

/* "not encrypted", or the control's id. */
const char *failing_title(const struct failing_section *section);
/* What lists it alone: for --controls. */
const char *failing_selector(const struct failing_section *section);

#endif
