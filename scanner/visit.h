/*
 * visit.h - getting into one account: assume the role there, and ask which regions it has.
 *
 * A visit goes to the pool once and comes back with a session, or with the reason why there is none. It
 * keeps the session for the cells of its account until it is closed.
 */
#ifndef SCANNER_VISIT_H
#define SCANNER_VISIT_H

#include "scanner/aws/regions.h"
#include "scanner/aws/sts.h"
#include "scanner/job.h"

struct visit {
	struct job job; /* first member */
	size_t row;     /* in the matrix */
	char account[ACCOUNT_ID_SIZE];
	const char *role;              /* NULL: `session` is the source session, nothing to assume */
	const struct session *session; /* once it is back: NULL when nobody got in */

	/* What came of it. */
	enum cell_state state; /* without a session: unreached or pending */
	char reason[640];
	char request_id[96];
	struct regions_reading regions; /* `enabled`, when `regions_known` */
	bool regions_known;

	/* The coordinator's. */
	size_t cells_out; /* cells that have not come back */

	/* The visit's own. */
	struct call call;
	struct session *assumed;
	struct sts_reading sts;
};

/*
 * `source` signs AssumeRole, or is itself the session when `role` is NULL. NULL: no memory. The caller
 * sets `row`.
 */
struct visit *visit_open(const struct scan *scan, const char *account, const char *role,
			 const struct session *source, void (*returned)(struct job *, void *));
/* Wipes the session. Not while a cell uses it. */
void visit_close(struct visit *visit);

#endif
