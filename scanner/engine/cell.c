/*
 * A cell goes from phase to phase: each plans queries, and when all of them are answered the next one begins.
 * The first list is asked alone, because an account that is not let in says so once; then whatever does not
 * depend on an answer is asked at the same time. What a bad answer does to the cell is said once, in end_blind;
 * a query only knows its own good answers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "scanner/aws/endpoint.h"
#include "scanner/engine/cell_internal.h"

enum {
	MAX_REFRESHES = 8, /* an answer, of whatever kind, may need so many sessions */
	MAX_AT_ONCE = 8,   /* queries of one cell */
	MAX_GIVEN_UP = 3,  /* of one query about single resources; then the others are spared */
};

/* ---- answers ---- */

/* The first answer that shows what is there; or any that shows nothing. */
static void set_evidence(struct cell *cell, const struct answer *answer)
{
	bool good = answer->class == ANSWER_OK;

	cell->record.at = clock_wall_seconds();
	if (cell->is_closed || !answer->request_id[0])
		return;
	if (!good || !cell->record.request_id)
		cell->record.request_id = arena_copy(&cell->arena, answer->request_id);
	cell->is_closed = !good;
}

/* FIPS endpoints were asked for, and there is none here: what only has others is left out, and says so. */
static bool lacks_fips(const struct query *query, const struct answer *answer)
{
	const struct cell *cell = query->cell;

	return answer->unresolved && !cell->is_open &&
	       endpoint_may_lack_fips(cell->job.scan->config, query->call.operation->service, cell->region);
}

/* An answer that is no list. Of a region that refuses the session at once, region_check.c knows more. */
static enum cell_state blind_state(const struct query *query, const struct answer *answer)
{
	const struct cell *cell = query->cell;
	bool is_first_page = query->pages == 1;

	switch (answer->class) {
	case ANSWER_ACCESS_DENIED:
		return CELL_DENIED;
	case ANSWER_UNSUPPORTED:
		if (is_first_page && !cell->is_open && query->facts->kind == QUERY_CLUSTERS)
			return CELL_UNSUPPORTED;
		return is_first_page ? CELL_UNKNOWN : CELL_ERROR;
	case ANSWER_CANCELLED:
		return CELL_PENDING;
	default:
		return lacks_fips(query, answer) ? CELL_SKIPPED : CELL_ERROR;
	}
}

static void explain(const struct query *query, const struct answer *answer, enum cell_state state,
		    const char *reason)
{
	const struct cell *cell = query->cell;

	log_about(cell->job.scan->client.log, LOG_DETAIL, "cell.blind",
		  &(struct log_fields){cell->account, cell->region, query->call.operation->permission,
				       answer->request_id, 0},
		  "%s %s: %s (%s): %s (request %s)", cell->account, cell->region, cell_state_name(state),
		  answer_class_name(answer), reason, answer->request_id[0] ? answer->request_id : "without id");
}

/* Nobody else in this cell will have a better answer. */
static bool ends_cell(const struct cell *cell, const struct answer *answer)
{
	if (answer->class == ANSWER_CANCELLED)
		return true;
	return !cell->is_open && answer->class != ANSWER_ACCESS_DENIED && answer->class != ANSWER_BAD_REQUEST &&
	       answer->class != ANSWER_REFUSED;
}

/* After all attempts; the next resource would have no better luck. */
static bool is_given_up(const struct answer *answer)
{
	return answer->class == ANSWER_THROTTLE || answer->class == ANSWER_TRANSIENT ||
	       answer->class == ANSWER_PROXY;
}

static void end_blind(struct query *query, const struct answer *answer)
{
	struct cell *cell = query->cell;
	enum cell_state state = blind_state(query, answer);
	const char *advice = region_check_advice(query, answer);
	char reason[700], what[560];

	answer_describe(answer, what, sizeof what);
	text_print(reason, sizeof reason, "%s: %s%s", query->call.operation->permission,
		   text_brief(what, *advice ? MAX_REFUSAL : sizeof what).text, advice);
	if (query->subject && is_given_up(answer))
		cell->given_up[query->facts->kind]++;
	if (query->subject && query_refused(query, answer, reason))
		return;
	/* A service that a region does not have has no name there. */
	if (answer->unresolved && cell->is_open &&
	    service_may_be_absent(query->call.operation->service, query->region))
		return;
	cell->is_over = cell->is_over || ends_cell(cell, answer);
	cell->is_stopped = cell->is_stopped || answer->class == ANSWER_CANCELLED;
	if (state == CELL_SKIPPED)
		snprintf(reason, sizeof reason,
			 "aws.use_fips_endpoint: this region has no FIPS endpoint of %s (its name has no "
			 "address)",
			 query->call.operation->service->name);
	cell_set_state(cell, state, answer->class == ANSWER_CANCELLED ? "the scan was stopped" : reason);
	if (answer->class == ANSWER_ACCESS_DENIED || !cell_state_facts(state)->looked_at)
		explain(query, answer, state, reason);
}

/* ---- sending ---- */

static void on_answer(struct call *call, struct answer *answer);

/* Keys without a token have no end; and this cell has not had too many sessions. */
static bool may_renew(const struct cell *cell)
{
	return cell->session->token && cell->refreshes < MAX_REFRESHES;
}

static void park(struct query *query)
{
	struct cell *cell = query->cell;

	cell->wants_session = true;
	query->next = cell->parked;
	cell->parked = query;
}

static void send_query(struct query *query)
{
	struct cell *cell = query->cell;
	const struct xml_handler *handler;

	if (cell->wants_session || (session_is_due(cell->session, clock_wall_seconds()) && may_renew(cell))) {
		park(query);
		return;
	}
	query->call.session = cell->session;
	query->call.done = on_answer;
	/* Else all cells would be begun before one is done; or a session would be over again before its turn.
	 */
	query->call.exchange.high_priority = cell->is_open || cell->is_refreshed;
	handler = query->facts->ask(query);
	cell->in_flight++;
	call_send(&query->call, cell->worker, handler);
}

static struct query *next_waiting(struct cell *cell)
{
	struct query *query = cell->waiting;

	cell->waiting = query->next;
	if (!cell->waiting)
		cell->last_waiting = &cell->waiting;
	return query;
}

/* ---- from phase to phase ---- */

/* Whatever else is known of it: it must be asked again. */
static void leave_pending(struct cell *cell)
{
	cell->record.state_without_failures = CELL_PENDING;
	cell->record.state = cell->record.failing ? CELL_FAIL : CELL_PENDING;
	cell->record.complete = false;
}

static void end(struct cell *cell)
{
	if (cell->is_stopped)
		leave_pending(cell);
	if (cell->arena.failed) {
		cell->record.state = cell_state_worse(cell->record.state, CELL_ERROR);
		cell->record.state_without_failures =
			cell_state_worse(cell->record.state_without_failures, CELL_ERROR);
		cell->record.complete = false;
		cell->record.reason = "out of memory";
	}
	job_return(&cell->job);
}

/* A query that was given up for others is not asked again and again: a cell may have hundreds of them. */
static void spare(struct query *query)
{
	struct cell *cell = query->cell;
	const char *permission = operations[query->facts->operation].permission;

	query->subject->refusals[query->facts->kind] = arena_format(
		&cell->arena, "%s: not asked, it was given up for %d others here", permission, MAX_GIVEN_UP);
	cell_set_state(cell, CELL_ERROR, query->subject->refusals[query->facts->kind]);
	cell_release_query(query);
}

/* Once the lists are known, resources are connected; once everything is, they are judged. */
static void begin_phase(struct cell *cell)
{
	if (cell->phase == PHASE_RESOURCES)
		verdicts_connect(cell);
	if (cell->phase == PHASE_TAGS)
		verdicts_judge(cell);
	plan_queries(cell, cell->phase++);
}

/* All is answered, and it is not known yet whose the accounts are that a verdict rests on. */
static bool must_wait_for_accounts(const struct cell *cell)
{
	return cell->phase == PHASE_TAGS && !cell->is_over && !cell->accounts_known &&
	       verdicts_want_accounts(cell);
}

/*
 * Sends what may be sent; when nothing is left, the cell goes to the coordinator: it is done, or wants a
 * session or the organization's accounts. What is sent may be answered at once, so this is entered only where
 * nothing else is under way.
 */
static void proceed(struct cell *cell)
{
	cell->is_proceeding = true;
	for (;;) {
		while (cell->waiting && cell->in_flight < MAX_AT_ONCE) {
			struct query *query = next_waiting(cell);

			if (cell->is_over)
				cell_release_query(query);
			else if (cell->given_up[query->facts->kind] >= MAX_GIVEN_UP)
				spare(query);
			else
				send_query(query);
		}
		if (cell->in_flight > 0 || cell->wants_session || cell->waiting)
			break;
		if (cell->phase == PHASES)
			break;
		if (cell->is_over)
			cell->phase = PHASE_TAGS; /* what was seen is judged all the same */
		cell->wants_accounts = must_wait_for_accounts(cell);
		if (cell->wants_accounts)
			break;
		begin_phase(cell);
	}
	cell->is_proceeding = false;
	if (cell->in_flight > 0)
		return;
	if (cell->wants_session) {
		cell->refreshes++;
		job_return(&cell->job);
	} else if (cell->wants_accounts) {
		job_return(&cell->job);
	} else {
		end(cell);
	}
}

/* The session is over; or its keys are refused here and at home, and new ones may be better. */
static bool renews(struct query *query, const struct answer *answer)
{
	struct cell *cell = query->cell;
	bool refused = query->facts->is_sent_home && answer->class == ANSWER_DISABLED_OR_CREDENTIALS;

	cell->keys_refused = cell->keys_refused || refused;
	if ((!answer_is_expired(answer) && !refused) || !may_renew(cell))
		return false;
	if (refused) { /* the first query is asked again, with the new keys */
		cell->refusal = NULL;
		cell->phase = 0;
		plan_queries(cell, cell->phase++);
		cell_release_query(query);
		cell->wants_session = true;
	} else {
		park(query);
	}
	return true;
}

static bool may_drop_filter(const struct query *query, const struct answer *answer)
{
	return answer->class == ANSWER_BAD_REQUEST && query->facts->filter && !query->without_filter &&
	       query->pages == 1;
}

/* It decides on the whole cell. */
static void take_answer_from_home(struct query *query, const struct answer *answer)
{
	const struct cell_record *record = &query->cell->record;

	if (answer->class == ANSWER_OK)
		query->facts->read(query, answer);
	else
		query->facts->fail(query, answer);
	if (!cell_state_facts(record->state)->looked_at)
		explain(query, answer, record->state, record->reason);
}

static enum query_next hear(struct query *query, const struct answer *answer)
{
	struct cell *cell = query->cell;

	if (query->facts->is_sent_home && answer->class != ANSWER_CANCELLED) {
		take_answer_from_home(query, answer);
		return QUERY_DONE;
	}
	if (answer->class == ANSWER_OK) {
		cell->is_open = true;
		return query->facts->read(query, answer);
	}
	if (region_check_is_needed(query, answer)) {
		region_check_begin(query, answer);
		return QUERY_DONE;
	}
	if (may_drop_filter(query, answer)) {
		query->without_filter = true;
		query->pages = 0;
		return QUERY_NEXT_PAGE;
	}
	end_blind(query, answer);
	return QUERY_DONE;
}

static void take_answer(struct query *query, struct answer *answer)
{
	struct cell *cell = query->cell;

	if (renews(query, answer))
		return;
	query->pages++;
	cell->refreshes = 0;
	if (!query->facts->is_sent_home && !query->subject)
		set_evidence(cell, answer);
	if (hear(query, answer) == QUERY_NEXT_PAGE && !cell->is_over)
		send_query(query);
	else
		cell_release_query(query);
}

/* The next page may be answered before `send_query` returns; only the outermost of such calls proceeds. */
static void on_answer(struct call *call, struct answer *answer)
{
	struct query *query = (struct query *)call;
	struct cell *cell = query->cell;
	const struct query_spec *facts = query->facts;
	bool is_inner = cell->is_proceeding;

	cell->is_proceeding = true;
	cell->in_flight--;
	take_answer(query, answer);
	if (facts->release)
		facts->release(query);
	cell->is_proceeding = is_inner;
	if (!is_inner)
		proceed(cell);
}

static void run(struct task *task, struct worker *worker)
{
	struct cell *cell = (struct cell *)task;

	cell->worker = worker;
	if (cell->phase < PHASE_TAGS &&
	    atomic_load_explicit(&cell->account_session->is_hopeless, memory_order_relaxed)) {
		cell_give_up(cell, CELL_ERROR,
			     "not asked: the account's keys were refused in other regions and at home");
		end(cell);
		return;
	}
	while (cell->parked) {
		struct query *query = cell->parked;

		cell->parked = query->next;
		query->next = cell->waiting;
		cell->waiting = query;
		if (!query->next)
			cell->last_waiting = &query->next;
	}
	proceed(cell);
}

/* ---- opening and closing, and what the coordinator asks ---- */

struct cell *cell_open(const struct scan *scan, const char *account, const char *region,
		       const struct session *session, void (*returned)(struct job *, void *))
{
	struct cell *cell = calloc(1, sizeof *cell);

	if (!cell)
		return NULL;
	cell->job = (struct job){.task = {.run = run}, .scan = scan, .returned = returned};
	cell->account = account;
	cell->region = region;
	cell->session = session;
	cell->policy = scan->policy;
	cell->first.cell = cell;
	cell->spare = &cell->first;
	cell->last_waiting = &cell->waiting;
	cell->last_resource = &cell->resources;
	cell->record.complete = true;
	/* The lowest rank: whatever comes first takes its place. */
	cell->record.state = cell->record.state_without_failures = CELL_SKIPPED;
	cell->last_finding = &cell->record.findings;
	return cell;
}

static void free_queries(struct query *query)
{
	while (query) {
		struct query *next = query->next;

		call_free(&query->call);
		if (query->is_spare)
			free(query);
		query = next;
	}
}

void cell_close(struct cell *cell)
{
	free_queries(cell->waiting);
	free_queries(cell->parked);
	free_queries(cell->spare);
	arena_free(&cell->arena);
	free(cell);
}

void cell_mark_blind(struct cell *cell, const char *reason)
{
	cell_set_state(cell, CELL_ERROR, reason);
}

struct task *cell_task(struct cell *cell)
{
	return &cell->job.task;
}

struct cell_record *cell_record(struct cell *cell)
{
	return &cell->record;
}

struct arena *cell_arena(struct cell *cell)
{
	return &cell->arena;
}

bool cell_wants_session(const struct cell *cell)
{
	return cell->wants_session;
}

void cell_go_on(struct cell *cell, const struct session *session)
{
	cell->wants_session = false;
	cell->is_refreshed = true;
	cell->session = session;
}

bool cell_wants_accounts(const struct cell *cell)
{
	return cell->wants_accounts;
}

void cell_take_accounts(struct cell *cell, const char *const *accounts, size_t count)
{
	cell->wants_accounts = false;
	cell->accounts_known = true;
	cell->policy.accounts = accounts;
	cell->policy.account_count = count;
}

void cell_give_up(struct cell *cell, enum cell_state state, const char *reason)
{
	cell->wants_session = cell->wants_accounts = false;
	cell->is_over = true;
	cell_set_state(cell, state, reason);
	verdicts_judge(cell); /* what was seen before */
	if (state == CELL_PENDING)
		leave_pending(cell);
	cell->record.at = clock_wall_seconds();
}

const struct session *cell_session(const struct cell *cell)
{
	return cell->session;
}

bool cell_keys_refused(const struct cell *cell)
{
	return cell->keys_refused;
}

void cell_set_place(struct cell *cell, struct account_session *account_session, size_t column)
{
	cell->account_session = account_session;
	cell->column = column;
}

struct account_session *cell_account_session(const struct cell *cell)
{
	return cell->account_session;
}

struct cell **cell_next(struct cell *cell)
{
	return &cell->next;
}

size_t cell_pool_place(const struct cell *cell)
{
	return cell->column + 1;
}

size_t cell_column(const struct cell *cell)
{
	return cell->column;
}
