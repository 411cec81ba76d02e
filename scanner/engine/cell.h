/*
 * cell.h - the scan of one account in one region.
 *
 * A cell lives on one worker: it sends the queries that the selected controls need (queries/plan.h), phase
 * after phase, evaluates what they found, and returns to the coordinator with a record in exactly one state. It
 * may return earlier, because it needs a new session or the organization's accounts; then it is resumed and
 * sent again. Between pool_send and its return only the worker touches it.
 */
#ifndef SCANNER_ENGINE_CELL_H
#define SCANNER_ENGINE_CELL_H

#include "scanner/engine/account_session.h"
#include "scanner/engine/job.h"
#include "scanner/matrix/matrix.h"

struct cell;

/*
 * Why a cell is, or is not, on its worker:
 *
 *   RUNNING -> NEEDS_SESSION  -> RUNNING   cell_resume
 *   RUNNING -> NEEDS_ACCOUNTS -> RUNNING   cell_set_accounts
 *   RUNNING -> DONE                        also by cell_give_up, from each of the two
 */
enum cell_status {
	CELL_RUNNING,
	CELL_NEEDS_SESSION,  /* its session expired */
	CELL_NEEDS_ACCOUNTS, /* a verdict depends on which accounts are the organization's */
	CELL_DONE,
};

/* `account`, `region` and `session` must outlive the cell. NULL: out of memory. */
struct cell *cell_new(const struct scan *scan, const char *account, const char *region,
		      const struct session *session, void (*returned)(struct job *, void *));
void cell_free(struct cell *cell);
/* Before it is sent: its state is an error at best, because something about it is known to be wrong. */
void cell_set_blind(struct cell *cell, const char *reason);
/* The cell that returned as this job. */
struct cell *cell_of_job(struct job *job);
/* Sends it to its worker: the cells of a region share one. */
void cell_send(struct cell *cell);
/* The same; the worker is woken by pool_wake. */
void cell_send_quiet(struct cell *cell);

/* Of a cell that has returned. */
enum cell_status cell_status(const struct cell *cell);
struct cell_record *cell_record(struct cell *cell);
/* Where the record's texts and findings live; for matrix_record. */
struct arena *cell_arena(struct cell *cell);
const struct session *cell_session(const struct cell *cell);
/* AWS refused the session's keys in this region and in the home region. */
bool cell_credentials_rejected(const struct cell *cell);

/* NEEDS_SESSION: the cell continues with a new one. Send it. */
void cell_resume(struct cell *cell, const struct session *session);
/*
 * The organization's accounts, sorted; they must outlive the cell. NULL: they are not listed, and will not be.
 * While it is not on its worker; if it is NEEDS_ACCOUNTS, send it.
 */
void cell_set_accounts(struct cell *cell, const char *const *accounts, size_t count);
/* Ends a cell that has returned: what it found is evaluated, and `state` says why it is not all. */
void cell_give_up(struct cell *cell, enum cell_state state, const char *reason);

/* For the coordinator: where the cell belongs, and a list of cells. */
void cell_set_place(struct cell *cell, struct account_session *account_session, size_t column);
struct account_session *cell_account_session(const struct cell *cell);
size_t cell_column(const struct cell *cell);
struct cell **cell_next(struct cell *cell);

#endif
