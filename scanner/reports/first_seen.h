/*
 * first_seen.h - since when each finding has its verdict, over the runs of a store, for formats whose readers
 * keep findings (OCSF, ASFF).
 *
 * A finding is known by the id that all formats write (walk.h). A run that does not list it, because its cell
 * could not be assessed or was out of scope, neither begins nor ends anything; another verdict begins anew.
 * What could not be assessed is a finding of its own.
 *
 * Ids are kept as 64-bit hashes, 24 bytes for each finding of all runs. A first_seen of all zeroes is empty
 * and ready. Not thread-safe.
 */
#ifndef SCANNER_REPORTS_FIRST_SEEN_H
#define SCANNER_REPORTS_FIRST_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/key_table.h"
#include "scanner/matrix/matrix.h"

struct first_seen {
	struct key_table verdicts; /* by the hash of the finding's id */
	bool failed;               /* out of memory: some findings are missing */
};

/* In place of a verdict, for what could not be assessed. */
enum { FIRST_SEEN_UNASSESSED = -1 };

void first_seen_deinit(struct first_seen *seen);
/* Adds a run. The oldest one comes first. */
void first_seen_add(struct first_seen *seen, const struct matrix *matrix);
/*
 * Since when the finding has the verdict, in wall seconds; `at` if no earlier run knows it so. `seen` NULL:
 * no earlier run is known.
 */
int64_t first_seen_find(const struct first_seen *seen, const struct buffer *id, int verdict, int64_t at);

#endif
