/*
 * cell_internal.h - a cell's state, for cell.c, region_check.c and global_databases.c. No other file includes
 * it.
 */
#ifndef SCANNER_ENGINE_CELL_INTERNAL_H
#define SCANNER_ENGINE_CELL_INTERNAL_H

#include "scanner/engine/cell.h"
#include "scanner/engine/evaluation.h"
#include "scanner/queries/plan.h"
#include "scanner/queries/queries.h"

/* A query that waits or is in flight. */
struct pending_query {
	struct call call;
	struct query query;
	struct pending_query *next;
	struct cell *cell;
	bool is_allocated; /* it is not the cell's `first` */
};

/* In this order, forward only; back to the start when a session's keys are replaced after a region check. */
enum cell_step {
	STEP_PROBE,
	STEP_LISTS,
	STEP_RESOURCES, /* links what the lists found, first */
	STEP_KEYS,
	STEP_EVALUATION, /* evaluates everything, then queries the tags of what fails */
	STEP_END
};

/* Has this region answered the session? UNKNOWN -> GRANTED, or UNKNOWN -> CHECKED and then it ends. */
enum cell_access {
	ACCESS_UNKNOWN,
	ACCESS_CHECKED, /* it refused the session: the account's list of regions is requested (region_check.h)
			 */
	ACCESS_GRANTED, /* a response was good */
};

/* Is anything more queried? */
enum cell_extent {
	EXTENT_WHOLE,
	EXTENT_ABORTED, /* no: further queries would fail the same way */
	EXTENT_STOPPED, /* no: the scan is stopping */
};

enum { SERVICES = 3 /* that a cell queries: each is rate-limited by itself */ };

struct cell {
	struct job job;
	const struct session *session;
	struct account_session *account_session;
	struct cell *next;
	size_t column;

	enum cell_status status;
	enum cell_step step; /* that begins when nothing is in flight */
	enum cell_access access;
	enum cell_extent extent;
	bool has_new_session;      /* the one that it began with expired */
	bool credentials_rejected; /* in this region and at home */
	bool accounts_known;       /* or it is known that they will not be listed */
	bool is_linked, is_evaluated;
	bool has_evidence; /* the record has the request id of the response that decides it */
	int refreshes;     /* sessions since the last response */

	/* The region's refusal, while it is checked. */
	const char *refusal;
	bool says_not_opted_in;

	struct policy policy; /* the scan's, with the organization's accounts once they are known */
	struct rate_limiter buckets[SERVICES]; /* of each service in this account and region */

	/* Queries: to be sent, suspended until there is a new session, and to be used again. */
	struct pending_query *waiting, **last_waiting, *suspended, *free_list;
	struct pending_query first;
	size_t in_flight;
	uint8_t failed[QUERY_KINDS]; /* about single resources, after all attempts */
	struct worker *worker;

	struct arena arena;
	struct contents contents;
	struct outcome outcome;
};

/* How a finding is made of the cell's contents. */
struct evaluation_rules cell_rules(const struct cell *cell);

#endif
