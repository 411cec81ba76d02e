/*
 * cell.h - the scan of one account in one region.
 *
 * A state machine that lives on one worker: it asks for what the selected controls need, page after
 * page, judges what it sees, and comes back with a record in exactly one state.
 */
#ifndef SCANNER_ENGINE_CELL_H
#define SCANNER_ENGINE_CELL_H

#include "scanner/engine/account_session.h"
#include "scanner/engine/job.h"

struct cell;

/* `account`, `region` and `session` must outlive the cell. NULL: no memory. */
struct cell *cell_open(const struct scan *scan, const char *account, const char *region,
		       const struct session *session, void (*returned)(struct job *, void *));
void cell_close(struct cell *cell);
/* Before it is sent: it is an error at best, because something that concerns it is already known to be wrong.
 */
void cell_mark_blind(struct cell *cell, const char *reason);
/* For pool_send. The cells of a region share a worker; place 0 is for what is asked at home. */
size_t cell_pool_place(const struct cell *cell);
struct task *cell_task(struct cell *cell);

/* Of a cell that has come back. */
struct cell_record *cell_record(struct cell *cell);
/*
 * It has come back not because it is done, but because its session is over. Then it either goes on with a new
 * one (send it again), or ends: its state says that nobody can get in any more.
 */
bool cell_wants_session(const struct cell *cell);
void cell_go_on(struct cell *cell, const struct session *session);
void cell_give_up(struct cell *cell, enum cell_state state, const char *reason);
const struct session *cell_session(const struct cell *cell);
/*
 * It has come back because a verdict rests on whether an account is one of the organization's, and it was not
 * told which are. Then it is told, and sent again; or it ends by cell_give_up.
 */
bool cell_wants_accounts(const struct cell *cell);
/* Sorted; they must outlive the cell. NULL: they are not listed, and will not be. Only while it is not out. */
void cell_take_accounts(struct cell *cell, const char *const *accounts, size_t count);
/* AWS refused the account's keys here and at home. */
bool cell_keys_refused(const struct cell *cell);

/* Where the record's texts and findings live; for matrix_record. */
struct arena *cell_arena(struct cell *cell);

/* For the coordinator: where the cell belongs, and a list of cells. */
void cell_set_place(struct cell *cell, struct account_session *account_session, size_t column);
struct account_session *cell_account_session(const struct cell *cell);
struct cell **cell_next(struct cell *cell);
size_t cell_column(const struct cell *cell);

#endif
