#include "scanner/renewal.h"

#include <stdio.h>

#include "base/text.h"

enum { MAX_RENEWALS = 3 /* of discovery, and of one account session */ };

static void source_returned(struct job *job, void *owner);

/* ---- of a member's session ---- */

/* All cells that wait go on with the new session; or there is none, and nobody gets in any more. */
void renewal_end(struct renewal *renewal, struct account_session *account_session)
{
	struct cell *waiting = account_session->waiting;

	account_session->is_renewing = false;
	account_session->waiting = NULL;
	while (waiting) {
		struct cell *cell = waiting;

		waiting = *cell_next(cell);
		if (account_session->session) {
			cell_go_on(cell, account_session->session);
			pool_send(renewal->pool, cell_pool_place(cell), cell_task(cell));
		} else {
			cell_give_up(cell, account_session->state, account_session->reason);
			renewal->cell_ended(renewal, cell);
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
static void renew_visit(struct renewal *renewal, struct account_session *account_session)
{
	account_session_renew(account_session);
	renewal->account_session_left(renewal);
	if (account_session->role) {
		account_session->source = source_session(renewal->source);
		log_about(renewal->log, LOG_DETAIL, "session.renewed",
			  &(struct log_fields){.account = account_session->account},
			  "%s: its session is over; assuming the role again", account_session->account);
		pool_send(renewal->pool, 0, &account_session->job.task);
	} else {
		renewal_of_visit(renewal, account_session);
	}
}

void renewal_of_cell(struct renewal *renewal, struct cell *cell)
{
	struct account_session *account_session = cell_account_session(cell);

	/* While it is out for a new one, its session is not ours to look at. */
	if (!account_session->is_renewing && account_session->session &&
	    cell_session(cell) != account_session->session) {
		cell_go_on(cell, account_session->session); /* somebody else's waiting was enough */
		pool_send(renewal->pool, cell_pool_place(cell), cell_task(cell));
		return;
	}
	*cell_next(cell) = account_session->waiting;
	account_session->waiting = cell;
	if (account_session->is_renewing)
		return;
	if (renewal->stopping)
		end_without(account_session, CELL_PENDING, "the scan was stopped");
	if (!account_session->session)
		renewal_end(renewal, account_session);
	else
		renew_visit(renewal, account_session);
}

/* ---- of the source session ---- */

/* Goes on with the newest one there is. */
static void go_on(struct renewal *renewal, struct account_session *account_session)
{
	account_session->wants_source = false;
	account_session->source = source_session(renewal->source);
	if (!account_session->role)
		account_session->session = account_session->source;
	if (!account_session->role && account_session->is_renewing)
		renewal->account_session_ready(renewal, account_session); /* there is nothing to assume */
	else
		pool_send(renewal->pool, 0, &account_session->job.task);
}

static void give_up(struct renewal *renewal, struct account_session *account_session)
{
	char reason[560];

	account_session->wants_source = false;
	text_print(reason, sizeof reason, "the source credentials have expired and cannot be renewed: %s",
		   text_brief(source_problem(renewal->source), 480).text);
	end_without(account_session, account_session->role ? CELL_UNREACHED : CELL_ERROR, reason);
	renewal->account_session_ready(renewal, account_session);
}

static void settle_discovery(struct renewal *renewal, bool renewed)
{
	struct error error;

	if (!renewal->discovery_waits)
		return;
	renewal->discovery_waits = false;
	if (renewed) {
		discovery_resume(renewal->discovery);
		return;
	}
	error_set(&error, ERROR_CREDENTIALS, "the source credentials have expired and cannot be renewed: %s",
		  source_problem(renewal->source));
	renewal->discovery_ended(renewal, &error);
}

/* `usable`: there is a session that may be gone on with, new or old. */
static void settle(struct renewal *renewal, bool renewed, bool usable)
{
	struct account_session *waiting = renewal->waiting;

	renewal->waiting = NULL;
	settle_discovery(renewal, renewed);
	while (waiting) {
		struct account_session *account_session = waiting;

		waiting = account_session->next;
		if (usable && !(account_session->role && !renewed))
			go_on(renewal, account_session);
		else
			give_up(renewal, account_session);
	}
}

static void fail(struct renewal *renewal)
{
	const struct source *source = renewal->source;

	log_line(renewal->log, LOG_WARNING, "credentials.not-renewed",
		 "the source credentials cannot be renewed: %s", source_problem(source));
	settle(renewal, false, !source_is_over(source));
}

static void source_returned(struct job *job, void *owner)
{
	struct renewal *renewal = owner;

	(void)job;
	if (!source_take(renewal->source)) {
		fail(renewal);
		return;
	}
	log_line(renewal->log, LOG_DETAIL, "credentials.renewed", "the source credentials were renewed");
	settle(renewal, true, true);
}

/* Once for all who wait. */
static void begin(struct renewal *renewal)
{
	struct source *source = renewal->source;

	if (source_is_renewing(source))
		return;
	if (source_failed_lately(source))
		settle(renewal, false, !source_is_over(source));
	else if (!source_renew(source, renewal->scan, source_returned))
		fail(renewal);
}

void renewal_of_visit(struct renewal *renewal, struct account_session *account_session)
{
	if (renewal->stopping) {
		account_session->wants_source = false;
		end_without(account_session, CELL_PENDING, "the scan was stopped");
		renewal->account_session_ready(renewal, account_session);
	} else if (account_session->source != source_session(renewal->source)) {
		go_on(renewal, account_session);
	} else {
		account_session->next = renewal->waiting;
		renewal->waiting = account_session;
		begin(renewal);
	}
}

bool renewal_of_discovery(struct renewal *renewal)
{
	if (renewal->stopping || renewal->discovery_renewals++ == MAX_RENEWALS)
		return false;
	renewal->discovery_waits = true;
	begin(renewal);
	return true;
}

void renewal_watch(struct renewal *renewal)
{
	if (!renewal->stopping && source_is_due(renewal->source))
		begin(renewal);
}

bool renewal_holds(const struct renewal *renewal)
{
	return renewal->waiting && source_is_renewing(renewal->source);
}

void renewal_stop(struct renewal *renewal)
{
	struct account_session *waiting = renewal->waiting;

	renewal->stopping = true;
	renewal->waiting = NULL;
	while (waiting) {
		struct account_session *account_session = waiting;

		waiting = account_session->next;
		renewal_of_visit(renewal, account_session);
	}
	if (renewal->discovery_waits) {
		renewal->discovery_waits = false;
		renewal->discovery_ended(renewal, NULL);
	}
}
