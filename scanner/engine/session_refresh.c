#include "scanner/engine/session_refresh.h"

#include <stdio.h>

#include "base/text.h"

enum { MAX_REFRESHES = 3 /* of discovery, and of one account session */ };

static void caller_session_returned(struct job *job, void *owner);

/* ---- of a member's session ---- */

/* All cells that wait go on with the new session; or there is none, and nobody gets in any more. */
void session_refresh_end(struct session_refresh *refresh, struct account_session *account_session)
{
	struct cell *waiting = account_session->waiting;

	account_session->is_refreshing = false;
	account_session->waiting = NULL;
	while (waiting) {
		struct cell *cell = waiting;

		waiting = *cell_next(cell);
		if (account_session->session) {
			cell_go_on(cell, account_session->session);
			pool_send(refresh->pool, cell_pool_place(cell), cell_task(cell));
		} else {
			cell_give_up(cell, account_session->state, account_session->reason);
			refresh->cell_ended(refresh, cell);
		}
	}
}

static void end_without(struct account_session *account_session, enum cell_state state, const char *reason)
{
	account_session->session = NULL;
	account_session->state = state;
	snprintf(account_session->reason, sizeof account_session->reason, "%s", reason);
}

/* The account that we run in has no role, but the source session itself. */
static void refresh_account_session(struct session_refresh *refresh, struct account_session *account_session)
{
	account_session_refresh(account_session);
	refresh->account_session_left(refresh);
	if (account_session->role) {
		account_session->source = caller_session_current(refresh->source);
		log_about(refresh->log, LOG_DETAIL, "session.renewed",
			  &(struct log_fields){.account = account_session->account},
			  "%s: its session is over; assuming the role again", account_session->account);
		pool_send(refresh->pool, 0, &account_session->job.task);
	} else {
		session_refresh_of_account_session(refresh, account_session);
	}
}

void session_refresh_of_cell(struct session_refresh *refresh, struct cell *cell)
{
	struct account_session *account_session = cell_account_session(cell);

	/* While it is out for a new one, its session is not ours to look at. */
	if (!account_session->is_refreshing && account_session->session &&
	    cell_session(cell) != account_session->session) {
		cell_go_on(cell, account_session->session); /* somebody else's waiting was enough */
		pool_send(refresh->pool, cell_pool_place(cell), cell_task(cell));
		return;
	}
	*cell_next(cell) = account_session->waiting;
	account_session->waiting = cell;
	if (account_session->is_refreshing)
		return;
	if (refresh->stopping)
		end_without(account_session, CELL_PENDING, "the scan was stopped");
	if (!account_session->session)
		session_refresh_end(refresh, account_session);
	else
		refresh_account_session(refresh, account_session);
}

/* ---- of the source session ---- */

/* Goes on with the newest one there is. */
static void go_on(struct session_refresh *refresh, struct account_session *account_session)
{
	account_session->wants_caller_session = false;
	account_session->source = caller_session_current(refresh->source);
	if (!account_session->role)
		account_session->session = account_session->source;
	if (!account_session->role && account_session->is_refreshing)
		refresh->account_session_ready(refresh, account_session); /* there is nothing to assume */
	else
		pool_send(refresh->pool, 0, &account_session->job.task);
}

static void give_up(struct session_refresh *refresh, struct account_session *account_session)
{
	char reason[560];

	account_session->wants_caller_session = false;
	text_print(reason, sizeof reason, "the source credentials have expired and cannot be renewed: %s",
		   text_brief(caller_session_problem(refresh->source), 480).text);
	end_without(account_session, account_session->role ? CELL_UNREACHED : CELL_ERROR, reason);
	refresh->account_session_ready(refresh, account_session);
}

static void settle_discovery(struct session_refresh *refresh, bool renewed)
{
	struct error error;

	if (!refresh->discovery_waits)
		return;
	refresh->discovery_waits = false;
	if (renewed) {
		discovery_resume(refresh->discovery);
		return;
	}
	error_set(&error, ERROR_CREDENTIALS, "the source credentials have expired and cannot be renewed: %s",
		  caller_session_problem(refresh->source));
	refresh->discovery_ended(refresh, &error);
}

/* `usable`: there is a session that may be gone on with, new or old. */
static void settle(struct session_refresh *refresh, bool renewed, bool usable)
{
	struct account_session *waiting = refresh->waiting;

	refresh->waiting = NULL;
	settle_discovery(refresh, renewed);
	while (waiting) {
		struct account_session *account_session = waiting;

		waiting = account_session->next;
		if (usable && !(account_session->role && !renewed))
			go_on(refresh, account_session);
		else
			give_up(refresh, account_session);
	}
}

static void fail(struct session_refresh *refresh)
{
	const struct caller_session *source = refresh->source;

	log_line(refresh->log, LOG_WARNING, "credentials.not-renewed",
		 "the source credentials cannot be renewed: %s", caller_session_problem(source));
	settle(refresh, false, !caller_session_is_over(source));
}

static void caller_session_returned(struct job *job, void *owner)
{
	struct session_refresh *refresh = owner;

	(void)job;
	if (!caller_session_take(refresh->source)) {
		fail(refresh);
		return;
	}
	log_line(refresh->log, LOG_DETAIL, "credentials.renewed", "the source credentials were renewed");
	settle(refresh, true, true);
}

/* Once for all who wait. */
static void begin(struct session_refresh *refresh)
{
	struct caller_session *source = refresh->source;

	if (caller_session_is_refreshing(source))
		return;
	if (caller_session_failed_lately(source))
		settle(refresh, false, !caller_session_is_over(source));
	else if (!caller_session_refresh(source, refresh->scan, caller_session_returned))
		fail(refresh);
}

void session_refresh_of_account_session(struct session_refresh *refresh,
					struct account_session *account_session)
{
	if (refresh->stopping) {
		account_session->wants_caller_session = false;
		end_without(account_session, CELL_PENDING, "the scan was stopped");
		refresh->account_session_ready(refresh, account_session);
	} else if (account_session->source != caller_session_current(refresh->source)) {
		go_on(refresh, account_session);
	} else {
		account_session->next = refresh->waiting;
		refresh->waiting = account_session;
		begin(refresh);
	}
}

bool session_refresh_of_discovery(struct session_refresh *refresh)
{
	if (refresh->stopping || refresh->discovery_refreshes++ == MAX_REFRESHES)
		return false;
	refresh->discovery_waits = true;
	begin(refresh);
	return true;
}

void session_refresh_watch(struct session_refresh *refresh)
{
	if (!refresh->stopping && caller_session_is_due(refresh->source))
		begin(refresh);
}

bool session_refresh_holds(const struct session_refresh *refresh)
{
	return refresh->waiting && caller_session_is_refreshing(refresh->source);
}

void session_refresh_stop(struct session_refresh *refresh)
{
	struct account_session *waiting = refresh->waiting;

	refresh->stopping = true;
	refresh->waiting = NULL;
	while (waiting) {
		struct account_session *account_session = waiting;

		waiting = account_session->next;
		session_refresh_of_account_session(refresh, account_session);
	}
	if (refresh->discovery_waits) {
		refresh->discovery_waits = false;
		refresh->discovery_ended(refresh, NULL);
	}
}
