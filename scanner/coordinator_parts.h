/*
 * coordinator_parts.h - what run.c and coordinator.c share: the one goes from organization to organization, the
 * other runs the loop over one. Nobody else includes it.
 */
#ifndef SCANNER_COORDINATOR_PARTS_H
#define SCANNER_COORDINATOR_PARTS_H

#include "scanner/coordinator.h"
#include "scanner/job.h"

/* What the passes over several organizations share. */
struct whole_run {
	struct call_counts counts;
	struct pool_statistics statistics;
	char session_name[65]; /* of assumed roles */
	int64_t stop_at;       /* monotonic milliseconds; -1: never */
	bool stopped;          /* by a signal or the deadline: no other organization is entered */
	bool resumed;          /* an earlier program has scanned a part of this run */
};

/* Scans one organization into the matrix. False: it could not. */
bool coordinator_scan(const struct coordinator_options *options, struct whole_run *whole, bool is_alone,
		      struct matrix *matrix, struct error *error);
#endif
