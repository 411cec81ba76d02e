/*
 * Sessions come to their end while the scan goes on. A member's is assumed again by its visit; the source
 * session, with which all that is done, is asked for again where it came from. Either happens once, for all who
 * wait.
 */
#include <stdio.h>

#include "scanner/coordinator_parts.h"

enum { MOST_RENEWALS = 3 /* of discovery, and of one visit */ };

static void source_returned(struct job *job, void *owner);

/* ---- of a member's session ---- */

/* All cells that wait go on with the new session; or there is none, and nobody gets in any more. */
void renewal_end(struct coordinator *coordinator, struct visit *visit)
{
	struct cell *waiting = visit->waiting;

	visit->is_renewing = false;
	visit->waiting = NULL;
	while (waiting) {
		struct cell *cell = waiting;

		waiting = *cell_next(cell);
		if (visit->session) {
			cell_go_on(cell, visit->session);
			pool_send(coordinator->pool, cell_column(cell), cell_task(cell));
		} else {
			cell_give_up(cell, visit->state, visit->reason);
			coordinator_record_cell(coordinator, cell);
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
static void renew_visit(struct coordinator *coordinator, struct visit *visit)
{
	visit_renew(visit);
	coordinator->visits_out++;
	if (visit->role) {
		visit->source = source_session(coordinator->options->source);
		log_about(coordinator->options->log, LOG_DETAIL, "session.renewed",
			  &(struct log_fields){.account = visit->account},
			  "%s: its session is over; assuming the role again", visit->account);
		pool_send(coordinator->pool, 0, &visit->job.task);
	} else {
		renewal_of_visit(coordinator, visit);
	}
}

void renewal_of_cell(struct coordinator *coordinator, struct cell *cell)
{
	struct visit *visit = cell_visit(cell);

	if (visit->session && cell_session(cell) != visit->session && !visit->is_renewing) {
		cell_go_on(cell, visit->session); /* somebody else's waiting was enough */
		pool_send(coordinator->pool, cell_column(cell), cell_task(cell));
		return;
	}
	*cell_next(cell) = visit->waiting;
	visit->waiting = cell;
	if (visit->is_renewing)
		return;
	if (coordinator->stopping)
		end_without(visit, CELL_PENDING, "the scan was stopped");
	if (!visit->session)
		renewal_end(coordinator, visit);
	else
		renew_visit(coordinator, visit);
}

/* ---- of the source session ---- */

/* Goes on with the newest one there is. */
static void go_on(struct coordinator *coordinator, struct visit *visit)
{
	visit->wants_source = false;
	visit->source = source_session(coordinator->options->source);
	if (!visit->role)
		visit->session = visit->source;
	if (!visit->role && visit->is_renewing)
		coordinator_take_visit(coordinator, visit); /* there is nothing to assume */
	else
		pool_send(coordinator->pool, 0, &visit->job.task);
}

static void give_up(struct coordinator *coordinator, struct visit *visit)
{
	char reason[560];

	visit->wants_source = false;
	snprintf(reason, sizeof reason, "the source credentials have expired and cannot be renewed: %.480s",
		 source_problem(coordinator->options->source));
	end_without(visit, visit->role ? CELL_UNREACHED : CELL_ERROR, reason);
	coordinator_take_visit(coordinator, visit);
}

static void settle_discovery(struct coordinator *coordinator, bool renewed)
{
	struct error error;

	if (!coordinator->discovery_waits)
		return;
	coordinator->discovery_waits = false;
	if (renewed) {
		discovery_resume(coordinator->discovery);
		return;
	}
	error_set(&error, ERROR_CREDENTIALS,
		  "the source credentials have expired and cannot be renewed: %.800s",
		  source_problem(coordinator->options->source));
	coordinator_end_discovery(coordinator, &error);
}

/* `usable`: there is a session that may be gone on with, new or old. */
static void settle(struct coordinator *coordinator, bool renewed, bool usable)
{
	struct visit *waiting = coordinator->waiting;

	coordinator->waiting = NULL;
	settle_discovery(coordinator, renewed);
	while (waiting) {
		struct visit *visit = waiting;

		waiting = visit->next;
		if (usable && !(visit->role && !renewed))
			go_on(coordinator, visit);
		else
			give_up(coordinator, visit);
	}
}

static void fail(struct coordinator *coordinator)
{
	const struct source *source = coordinator->options->source;

	log_line(coordinator->options->log, LOG_WARNING, "credentials.not-renewed",
		 "the source credentials cannot be renewed: %s", source_problem(source));
	settle(coordinator, false, !source_is_over(source));
}

static void source_returned(struct job *job, void *owner)
{
	struct coordinator *coordinator = owner;

	(void)job;
	if (!source_take(coordinator->options->source)) {
		fail(coordinator);
		return;
	}
	log_line(coordinator->options->log, LOG_DETAIL, "credentials.renewed",
		 "the source credentials were renewed");
	settle(coordinator, true, true);
}

/* Once for all who wait. */
static void begin(struct coordinator *coordinator)
{
	struct source *source = coordinator->options->source;

	if (source_is_renewing(source))
		return;
	if (source_failed_lately(source))
		settle(coordinator, false, !source_is_over(source));
	else if (!source_renew(source, &coordinator->scan, source_returned))
		fail(coordinator);
}

void renewal_of_visit(struct coordinator *coordinator, struct visit *visit)
{
	if (coordinator->stopping) {
		visit->wants_source = false;
		end_without(visit, CELL_PENDING, "the scan was stopped");
		coordinator_take_visit(coordinator, visit);
	} else if (visit->source != source_session(coordinator->options->source)) {
		go_on(coordinator, visit);
	} else {
		visit->next = coordinator->waiting;
		coordinator->waiting = visit;
		begin(coordinator);
	}
}

bool renewal_of_discovery(struct coordinator *coordinator)
{
	if (coordinator->stopping || coordinator->discovery_renewals++ == MOST_RENEWALS)
		return false;
	coordinator->discovery_waits = true;
	begin(coordinator);
	return true;
}

void renewal_watch(struct coordinator *coordinator)
{
	if (!coordinator->stopping && source_is_due(coordinator->options->source))
		begin(coordinator);
}

bool renewal_holds(const struct coordinator *coordinator)
{
	return coordinator->waiting && source_is_renewing(coordinator->options->source);
}

void renewal_stop(struct coordinator *coordinator)
{
	struct visit *waiting = coordinator->waiting;

	coordinator->waiting = NULL;
	while (waiting) {
		struct visit *visit = waiting;

		waiting = visit->next;
		renewal_of_visit(coordinator, visit);
	}
	if (coordinator->discovery_waits) {
		coordinator->discovery_waits = false;
		coordinator->discovering = coordinator->listing = false;
	}
}
