#include "scanner/renewal.h"

#include <stdio.h>

#include "base/text.h"

enum { MAX_RENEWALS = 3 /* of discovery, and of one visit */ };

static void source_returned(struct job *job, void *owner);

/* ---- of a member's session ---- */

/* All cells that wait go on with the new session; or there is none, and nobody gets in any more. */
void renewal_end(struct renewal *renewal, struct visit *visit)
{
	struct cell *waiting = visit->waiting;

	visit->is_renewing = false;
	visit->waiting = NULL;
	while (waiting) {
		struct cell *cell = waiting;

		waiting = *cell_next(cell);
		if (visit->session) {
			cell_go_on(cell, visit->session);
			pool_send(renewal->pool, cell_pool_place(cell), cell_task(cell));
		} else {
			cell_give_up(cell, visit->state, visit->reason);
			renewal->cell_ended(renewal, cell);
		}
	}
}

static void end_without(struct visit *visit, enum cell_state state, const char *reason)
{
	visit->session = NULL;
	visit->state = state;
	snprintf(visit->reason, sizeof visit->reason, "%s", reason);
}

/* The account that we run in has no role, but the source session itself. */
static void renew_visit(struct renewal *renewal, struct visit *visit)
{
	visit_renew(visit);
	renewal->visit_left(renewal);
	if (visit->role) {
		visit->source = source_session(renewal->source);
		log_about(renewal->log, LOG_DETAIL, "session.renewed",
			  &(struct log_fields){.account = visit->account},
			  "%s: its session is over; assuming the role again", visit->account);
		pool_send(renewal->pool, 0, &visit->job.task);
	} else {
		renewal_of_visit(renewal, visit);
	}
}

void renewal_of_cell(struct renewal *renewal, struct cell *cell)
{
	struct visit *visit = cell_visit(cell);

	/* While it is out for a new one, its session is not ours to look at. */
	if (!visit->is_renewing && visit->session && cell_session(cell) != visit->session) {
		cell_go_on(cell, visit->session); /* somebody else's waiting was enough */
		pool_send(renewal->pool, cell_pool_place(cell), cell_task(cell));
		return;
	}
	*cell_next(cell) = visit->waiting;
	visit->waiting = cell;
	if (visit->is_renewing)
		return;
	if (renewal->stopping)
		end_without(visit, CELL_PENDING, "the scan was stopped");
	if (!visit->session)
		renewal_end(renewal, visit);
	else
		renew_visit(renewal, visit);
}

/* ---- of the source session ---- */

/* Goes on with the newest one there is. */
static void go_on(struct renewal *renewal, struct visit *visit)
{
	visit->wants_source = false;
	visit->source = source_session(renewal->source);
	if (!visit->role)
		visit->session = visit->source;
	if (!visit->role && visit->is_renewing)
		renewal->visit_ready(renewal, visit); /* there is nothing to assume */
	else
		pool_send(renewal->pool, 0, &visit->job.task);
}

static void give_up(struct renewal *renewal, struct visit *visit)
{
	char reason[560];

	visit->wants_source = false;
	text_print(reason, sizeof reason, "the source credentials have expired and cannot be renewed: %s",
		   text_brief(source_problem(renewal->source), 480).text);
	end_without(visit, visit->role ? CELL_UNREACHED : CELL_ERROR, reason);
	renewal->visit_ready(renewal, visit);
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
	struct visit *waiting = renewal->waiting;

	renewal->waiting = NULL;
	settle_discovery(renewal, renewed);
	while (waiting) {
		struct visit *visit = waiting;

		waiting = visit->next;
		if (usable && !(visit->role && !renewed))
			go_on(renewal, visit);
		else
			give_up(renewal, visit);
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

void renewal_of_visit(struct renewal *renewal, struct visit *visit)
{
	if (renewal->stopping) {
		visit->wants_source = false;
		end_without(visit, CELL_PENDING, "the scan was stopped");
		renewal->visit_ready(renewal, visit);
	} else if (visit->source != source_session(renewal->source)) {
		go_on(renewal, visit);
	} else {
		visit->next = renewal->waiting;
		renewal->waiting = visit;
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
	struct visit *waiting = renewal->waiting;

	renewal->stopping = true;
	renewal->waiting = NULL;
	while (waiting) {
		struct visit *visit = waiting;

		waiting = visit->next;
		renewal_of_visit(renewal, visit);
	}
	if (renewal->discovery_waits) {
		renewal->discovery_waits = false;
		renewal->discovery_ended(renewal, NULL);
	}
}
