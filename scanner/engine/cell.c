/*
 * A cell goes from step to step: each adds queries, and when all of them are answered the next one begins. The
 * first list is sent alone, because a region that refuses the session refuses it once; then all queries that do
 * not depend on each other are in flight together. What a response that is not good means for the cell is
 * decided in one place, end_blind; a query's row only knows its own good responses.
 *
 *   step         queries (queries/plan.h)                before it
 *   PROBE        the first list
 *   LISTS        the other lists
 *   RESOURCES    single resources, and their keys        contents_link
 *   KEYS         rotation, aliases
 *   EVALUATION   tags of what fails                      evaluate; needs the organization's accounts, maybe
 *   END
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/container_of.h"
#include "base/text.h"
#include "scanner/aws/endpoint.h"
#include "scanner/aws/kms.h"
#include "scanner/engine/region_check.h"

enum {
	MAX_REFRESHES = 8,  /* sessions that one response, of whatever kind, may need */
	MAX_IN_FLIGHT = 8,  /* queries of one cell */
	MAX_FAILED = 3,     /* queries of one kind about single resources; then the others are left out */
	MAX_REASON = 700,   /* bytes */
	MAX_RESPONSE = 560, /* bytes, of what AWS said in a reason */
};

/* ---- the list of queries ---- */

static struct rate_limiter *bucket_of(struct cell *cell, const struct query_spec *spec)
{
	const struct service *service = operations[spec->operation].service;

	if (spec == &query_regions)
		return NULL; /* once */
	return &cell->buckets[service == &service_kms ? 1 : service == &service_graphs ? 2 : 0];
}

/* A key's region is that of its ARN. */
static const char *region_of(struct cell *cell, const struct query_spec *spec, const struct resource *subject)
{
	const char *own = cell->contents.region;
	struct span region = {NULL, 0};

	if (spec == &query_regions)
		return cell->job.scan->config->region;
	if (subject && subject->kind == RESOURCE_KEY && subject->arn)
		region = kms_read_name(subject->arn).region;
	return region.length == 0 || span_equals(region, own) ? own : arena_copy_span(&cell->arena, region);
}

static struct pending_query *take_free(struct cell *cell)
{
	struct pending_query *pending = cell->free_list;

	if (pending) {
		cell->free_list = pending->next;
		return pending;
	}
	pending = calloc(1, sizeof *pending);
	if (pending)
		pending->is_allocated = true;
	else
		cell->arena.failed = true;
	return pending;
}

static void add_query(struct cell *cell, const struct query_spec *spec, struct resource *subject)
{
	struct pending_query *pending = take_free(cell);

	if (!pending)
		return;
	pending->next = NULL;
	pending->cell = cell;
	query_init(&pending->query, spec, subject, cell->contents.account, region_of(cell, spec, subject),
		   &cell->arena);
	pending->call.client = &cell->job.scan->client;
	pending->call.account = cell->contents.account;
	pending->call.bucket = bucket_of(cell, spec);
	*cell->last_waiting = pending;
	cell->last_waiting = &pending->next;
}

static struct pending_query *take_waiting(struct cell *cell)
{
	struct pending_query *pending = cell->waiting;

	cell->waiting = pending->next;
	if (!cell->waiting)
		cell->last_waiting = &cell->waiting;
	return pending;
}

/* It is answered, or will not be sent. */
static void release(struct pending_query *pending)
{
	query_deinit(&pending->query);
	pending->next = pending->cell->free_list;
	pending->cell->free_list = pending;
}

/* Until the cell has a new session. */
static void suspend(struct pending_query *pending)
{
	struct cell *cell = pending->cell;

	query_deinit(&pending->query);
	pending->next = cell->suspended;
	cell->suspended = pending;
	cell->status = CELL_NEEDS_SESSION;
}

static void resume_suspended(struct cell *cell)
{
	while (cell->suspended) {
		struct pending_query *pending = cell->suspended;

		cell->suspended = pending->next;
		pending->next = cell->waiting;
		cell->waiting = pending;
		if (!pending->next)
			cell->last_waiting = &pending->next;
	}
}

/* ---- responses that are not good ---- */

static bool is_open(const struct cell *cell)
{
	return cell->access == ACCESS_GRANTED;
}

/* FIPS endpoints were asked for, and this region has none: what only has others is left out, and says so. */
static bool lacks_fips(const struct pending_query *pending, const struct answer *answer)
{
	const struct cell *cell = pending->cell;

	return answer->unresolved && !is_open(cell) &&
	       endpoint_may_lack_fips(cell->job.scan->config, pending->call.operation->service,
				      cell->contents.region);
}

/* Of a region that refuses the session at once, region_check.c knows more. */
static enum cell_state blind_state(const struct pending_query *pending, const struct answer *answer)
{
	bool is_first_page = pending->query.pages == 0;

	switch (answer->class) {
	case ANSWER_ACCESS_DENIED:
		return CELL_DENIED;
	case ANSWER_UNSUPPORTED:
		if (is_first_page && !is_open(pending->cell) && pending->query.spec->kind == QUERY_CLUSTERS)
			return CELL_UNSUPPORTED;
		return is_first_page ? CELL_UNKNOWN : CELL_ERROR;
	case ANSWER_CANCELLED:
		return CELL_PENDING;
	default:
		return lacks_fips(pending, answer) ? CELL_SKIPPED : CELL_ERROR;
	}
}

static void log_blind(const struct pending_query *pending, const struct answer *answer, enum cell_state state,
		      const char *reason)
{
	const struct contents *contents = &pending->cell->contents;

	log_about(pending->call.client->log, LOG_DETAIL, "cell.blind",
		  &(struct log_fields){.account = contents->account,
				       .region = contents->region,
				       .operation = pending->call.operation->permission,
				       .request_id = answer->request_id},
		  "%s %s: %s (%s): %s (request %s)", contents->account, contents->region,
		  cell_state_name(state), answer_class_name(answer), reason,
		  answer->request_id[0] ? answer->request_id : "without id");
}

/* The remaining queries of the cell would fail the same way. */
static void abort_if_hopeless(struct cell *cell, const struct answer *answer)
{
	if (answer->class == ANSWER_CANCELLED)
		cell->extent = EXTENT_STOPPED;
	else if (cell->extent == EXTENT_WHOLE && !is_open(cell) && answer->class != ANSWER_ACCESS_DENIED &&
		 answer->class != ANSWER_BAD_REQUEST && answer->class != ANSWER_REFUSED)
		cell->extent = EXTENT_ABORTED;
}

/* After all attempts; the next resource would fare no better. */
static bool has_failed(const struct answer *answer)
{
	return answer->class == ANSWER_THROTTLE || answer->class == ANSWER_TRANSIENT ||
	       answer->class == ANSWER_PROXY;
}

/* A service that a region does not have has no host name there. */
static bool is_absent_service(const struct pending_query *pending, const struct answer *answer)
{
	return answer->unresolved && is_open(pending->cell) &&
	       service_may_be_absent(pending->call.operation->service, pending->query.region);
}

static void end_blind(struct pending_query *pending, const struct answer *answer)
{
	const char *advice = region_check_advice(pending, answer);
	enum cell_state state = blind_state(pending, answer);
	struct query *query = &pending->query;
	struct cell *cell = pending->cell;
	char reason[MAX_REASON], what[MAX_RESPONSE];

	answer_describe(answer, what, sizeof what);
	text_print(reason, sizeof reason, "%s: %s%s", pending->call.operation->permission,
		   text_brief(what, *advice ? MAX_REFUSAL : sizeof what).text, advice);
	if (query->subject && has_failed(answer))
		cell->failed[query->spec->kind]++;
	if (query->subject && query_refuse(query, answer, reason) == REFUSAL_EXPLAINED)
		return;
	if (is_absent_service(pending, answer))
		return;
	abort_if_hopeless(cell, answer);
	if (state == CELL_SKIPPED)
		snprintf(reason, sizeof reason,
			 "aws.use_fips_endpoint: this region has no FIPS endpoint of %s (its name has no "
			 "address)",
			 pending->call.operation->service->name);
	outcome_add(&cell->outcome, state,
		    answer->class == ANSWER_CANCELLED
			    ? "not scanned: the scan stopped before this cell finished"
			    : reason);
	if (answer->class == ANSWER_ACCESS_DENIED || !cell_state_facts(state)->looked_at)
		log_blind(pending, answer, state, reason);
}

/* ---- responses ---- */

/* The record's request id: of the first good response, or of any other one that decides the cell. */
static void set_evidence(struct cell *cell, const struct answer *answer)
{
	struct cell_record *record = &cell->outcome.record;
	bool good = answer->class == ANSWER_OK;

	record->at = clock_wall_seconds();
	if (cell->has_evidence || !answer->request_id[0])
		return;
	if (!good || !record->request_id)
		record->request_id = arena_copy(&cell->arena, answer->request_id);
	cell->has_evidence = !good;
}

static void send_query(struct pending_query *pending);

static void take_good(struct pending_query *pending, const struct answer *answer)
{
	struct cell *cell = pending->cell;
	enum query_result result;
	struct query_page page;

	cell->access = ACCESS_GRANTED;
	result = query_read(&pending->query, answer, &page);
	if (pending->query.spec->about == SUBJECT_REGION)
		outcome_add(&cell->outcome, CELL_EMPTY, NULL);
	for (struct resource *resource = page.first, *next; resource; resource = next) {
		next = resource->next;
		resource_list_append(&cell->contents.resources, resource);
	}
	if (result == QUERY_BROKEN && page.problem)
		outcome_add(&cell->outcome, CELL_ERROR, page.problem);
	if (result == QUERY_NEXT_PAGE && cell->extent == EXTENT_WHOLE)
		send_query(pending);
	else
		release(pending);
}

static void take_region_check(struct pending_query *pending, const struct answer *answer)
{
	const struct cell_record *record = &pending->cell->outcome.record;

	region_check_end(pending, answer);
	if (!cell_state_facts(record->state)->looked_at)
		log_blind(pending, answer, record->state, record->reason);
	release(pending);
}

static void take_bad(struct pending_query *pending, const struct answer *answer)
{
	bool again = false;

	if (region_check_is_needed(pending, answer)) {
		if (region_check_begin(pending, answer))
			add_query(pending->cell, &query_regions, NULL);
	} else if (query_drops_filter(&pending->query, answer)) {
		again = pending->cell->extent == EXTENT_WHOLE;
	} else {
		end_blind(pending, answer);
	}
	if (again)
		send_query(pending);
	else
		release(pending);
}

/* ---- sessions that expire ---- */

/* Keys without a token do not expire; and one response does not get any number of sessions. */
static bool may_refresh(const struct cell *cell)
{
	return cell->session->token && cell->refreshes < MAX_REFRESHES;
}

static void plan_step(struct cell *cell);

/* The first list is requested again, with the new keys. */
static void start_again(struct pending_query *check)
{
	struct cell *cell = check->cell;

	release(check);
	if (cell->access == ACCESS_CHECKED)
		cell->access = ACCESS_UNKNOWN;
	cell->refusal = NULL;
	cell->step = STEP_PROBE;
	plan_step(cell);
	cell->status = CELL_NEEDS_SESSION;
}

/* The session expired; or its keys are rejected here and at home, and new ones may be accepted. */
static bool needs_session(struct pending_query *pending, const struct answer *answer)
{
	struct cell *cell = pending->cell;
	bool rejected = region_check_is(pending) && answer->class == ANSWER_DISABLED_OR_CREDENTIALS;

	cell->credentials_rejected = cell->credentials_rejected || rejected;
	if ((!answer_is_expired(answer) && !rejected) || !may_refresh(cell))
		return false;
	if (rejected)
		start_again(pending);
	else
		suspend(pending);
	return true;
}

static void advance(struct cell *cell);

static void on_answer(struct call *call, struct answer *answer)
{
	struct pending_query *pending = container_of(call, struct pending_query, call);
	struct cell *cell = pending->cell;

	cell->in_flight--;
	if (!needs_session(pending, answer)) {
		cell->refreshes = 0;
		if (!region_check_is(pending) && !pending->query.subject)
			set_evidence(cell, answer);
		if (region_check_is(pending) && answer->class != ANSWER_CANCELLED)
			take_region_check(pending, answer);
		else if (answer->class == ANSWER_OK)
			take_good(pending, answer);
		else
			take_bad(pending, answer);
	}
	advance(cell);
}

/* ---- sending ---- */

static void send_query(struct pending_query *pending)
{
	struct cell *cell = pending->cell;

	if (cell->status == CELL_NEEDS_SESSION ||
	    (session_is_due(cell->session, clock_wall_seconds()) && may_refresh(cell))) {
		suspend(pending);
		return;
	}
	pending->call.session = cell->session;
	pending->call.done = on_answer;
	/* Otherwise all cells would begin before one is done, or a session would expire before its turn. */
	pending->call.exchange.high_priority = is_open(cell) || cell->has_new_session;
	cell->in_flight++;
	call_send(&pending->call, cell->worker, query_begin(&pending->query, &pending->call));
}

/* A cell may have hundreds of resources: queries that fail for some of them are not repeated for all. */
static void leave_out(struct pending_query *pending)
{
	const struct query *query = &pending->query;
	struct cell *cell = pending->cell;
	const char *reason = arena_format(&cell->arena,
					  "%s: not sent, because it failed for %d other resources of this cell",
					  query_permission(query->spec->kind), MAX_FAILED);

	query->subject->refusals[query->spec->kind] = reason;
	outcome_add(&cell->outcome, CELL_ERROR, reason);
	release(pending);
}

static bool has_failed_often(const struct cell *cell, const struct query *query)
{
	return query->subject && cell->failed[query->spec->kind] >= MAX_FAILED;
}

static void send_waiting(struct cell *cell)
{
	while (cell->waiting && cell->in_flight < MAX_IN_FLIGHT) {
		struct pending_query *pending = take_waiting(cell);

		if (cell->extent != EXTENT_WHOLE)
			release(pending);
		else if (has_failed_often(cell, &pending->query))
			leave_out(pending);
		else
			send_query(pending);
	}
}

/* ---- from step to step ---- */

struct evaluation_rules cell_rules(const struct cell *cell)
{
	return (struct evaluation_rules){.selected = cell->job.scan->selected,
					 .policy = &cell->policy,
					 .is_partial = cell->extent != EXTENT_WHOLE};
}

static void link_contents(struct cell *cell)
{
	if (cell->is_linked)
		return;
	cell->is_linked = true;
	contents_link(&cell->contents);
	if (cell->contents.needs & QUERY_BIT(QUERY_KEY))
		contents_link_keys(&cell->contents, &cell->policy, &cell->outcome);
}

static void evaluate_contents(struct cell *cell)
{
	const struct evaluation_rules rules = cell_rules(cell);

	link_contents(cell);
	if (!cell->is_evaluated)
		evaluate(&cell->contents, &rules, &cell->outcome);
	cell->is_evaluated = true;
}

static const struct {
	void (*before)(struct cell *cell); /* may be NULL */
	enum query_phase phase;
} steps[STEP_END] = {
	[STEP_PROBE] = {NULL, PHASE_PROBE},
	[STEP_LISTS] = {NULL, PHASE_LISTS},
	[STEP_RESOURCES] = {link_contents, PHASE_RESOURCES},
	[STEP_KEYS] = {NULL, PHASE_KEYS},
	[STEP_EVALUATION] = {evaluate_contents, PHASE_TAGS},
};

static void add_planned(void *userdata, enum query_kind kind, struct resource *subject)
{
	add_query(userdata, &query_specs[kind], subject);
}

static void plan_step(struct cell *cell)
{
	const struct query_plan plan = {.needs = cell->contents.needs,
					.selected = cell->job.scan->selected,
					.policy = &cell->policy,
					.resources = &cell->contents.resources,
					.arena = &cell->arena,
					.add = add_planned,
					.userdata = cell};

	if (steps[cell->step].before)
		steps[cell->step].before(cell);
	query_plan_phase(&plan, steps[cell->step].phase);
	cell->step++;
}

/* Everything is answered, and which accounts are the organization's is not known yet. */
static bool needs_accounts(const struct cell *cell)
{
	return cell->step == STEP_EVALUATION && cell->extent == EXTENT_WHOLE && !cell->accounts_known &&
	       evaluation_needs_accounts(&cell->contents);
}

static void finish(struct cell *cell)
{
	struct cell_record *record = &cell->outcome.record;

	cell->status = CELL_DONE;
	if (cell->extent == EXTENT_STOPPED)
		outcome_set_pending(&cell->outcome);
	if (!cell->arena.failed)
		return;
	record->state = cell_state_worse(record->state, CELL_ERROR);
	record->state_without_failures = cell_state_worse(record->state_without_failures, CELL_ERROR);
	record->complete = false;
	record->reason = "out of memory";
}

/* Sends what may be sent. When nothing is left to send or to wait for, the cell returns to the coordinator. */
static void advance(struct cell *cell)
{
	for (;;) {
		send_waiting(cell);
		if (cell->in_flight > 0)
			return;
		if (cell->status == CELL_NEEDS_SESSION)
			break;
		if (cell->extent != EXTENT_WHOLE && cell->step < STEP_EVALUATION)
			cell->step = STEP_EVALUATION; /* what was found is evaluated all the same */
		if (needs_accounts(cell)) {
			cell->status = CELL_NEEDS_ACCOUNTS;
			break;
		}
		if (cell->step == STEP_END) {
			finish(cell);
			break;
		}
		plan_step(cell);
	}
	cell->refreshes += cell->status == CELL_NEEDS_SESSION;
	job_return(&cell->job);
}

static void run(struct task *task, struct worker *worker)
{
	struct cell *cell = container_of(task, struct cell, job.task);

	cell->worker = worker;
	if (cell->step < STEP_EVALUATION && account_session_credentials_rejected(cell->account_session)) {
		cell_give_up(cell, CELL_ERROR,
			     "not scanned: credentials rejected in other regions and in the home region");
		finish(cell);
		job_return(&cell->job);
		return;
	}
	resume_suspended(cell);
	advance(cell);
}

/* ---- for the coordinator ---- */

struct cell *cell_new(const struct scan *scan, const char *account, const char *region,
		      const struct session *session, void (*returned)(struct job *, void *))
{
	struct cell *cell = calloc(1, sizeof *cell);

	if (!cell)
		return NULL;
	cell->job = (struct job){.task = {.run = run}, .scan = scan, .returned = returned};
	cell->session = session;
	cell->policy = scan->policy;
	cell->first.cell = cell;
	cell->free_list = &cell->first;
	cell->last_waiting = &cell->waiting;
	cell->contents.account = account;
	cell->contents.region = region;
	cell->contents.arena = &cell->arena;
	cell->contents.needs = scan->needs;
	resource_list_init(&cell->contents.resources);
	outcome_init(&cell->outcome, &cell->arena);
	return cell;
}

static void free_queries(struct pending_query *pending)
{
	while (pending) {
		struct pending_query *next = pending->next;

		call_deinit(&pending->call);
		if (pending->is_allocated)
			free(pending);
		pending = next;
	}
}

void cell_free(struct cell *cell)
{
	free_queries(cell->waiting);
	free_queries(cell->suspended);
	free_queries(cell->free_list);
	arena_deinit(&cell->arena);
	free(cell);
}

void cell_set_blind(struct cell *cell, const char *reason)
{
	outcome_add(&cell->outcome, CELL_ERROR, reason);
}

struct cell *cell_of_job(struct job *job)
{
	return container_of(job, struct cell, job);
}

static size_t affinity_of(const struct cell *cell)
{
	return POOL_URGENT + 1 + cell->column;
}

void cell_send(struct cell *cell)
{
	pool_send(cell->job.scan->pool, affinity_of(cell), &cell->job.task);
}

void cell_send_quiet(struct cell *cell)
{
	pool_send_quiet(cell->job.scan->pool, affinity_of(cell), &cell->job.task);
}

enum cell_status cell_status(const struct cell *cell)
{
	return cell->status;
}

struct cell_record *cell_record(struct cell *cell)
{
	return &cell->outcome.record;
}

struct arena *cell_arena(struct cell *cell)
{
	return &cell->arena;
}

const struct session *cell_session(const struct cell *cell)
{
	return cell->session;
}

bool cell_credentials_rejected(const struct cell *cell)
{
	return cell->credentials_rejected;
}

void cell_resume(struct cell *cell, const struct session *session)
{
	cell->status = CELL_RUNNING;
	cell->has_new_session = true;
	cell->session = session;
}

void cell_set_accounts(struct cell *cell, const char *const *accounts, size_t count)
{
	cell->status = CELL_RUNNING;
	cell->accounts_known = true;
	cell->policy.accounts = accounts;
	cell->policy.account_count = count;
}

void cell_give_up(struct cell *cell, enum cell_state state, const char *reason)
{
	cell->status = CELL_DONE;
	if (cell->extent == EXTENT_WHOLE)
		cell->extent = EXTENT_ABORTED;
	outcome_add(&cell->outcome, state, reason);
	evaluate_contents(cell);
	if (state == CELL_PENDING)
		outcome_set_pending(&cell->outcome);
	cell->outcome.record.at = clock_wall_seconds();
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

size_t cell_column(const struct cell *cell)
{
	return cell->column;
}

struct cell **cell_next(struct cell *cell)
{
	return &cell->next;
}
