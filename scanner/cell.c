/*
 * A step asks, and names the function that reads the answer. What a bad answer does to the cell is said
 * once, in end_blind; a step only knows its own good answers.
 */
#include "scanner/cell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "scanner/aws/neptune.h"
#include "scanner/aws/sts.h"

enum { MOST_PAGES = 10000 /* of one list: a million clusters; beyond it the server is playing */ };

enum { MOST_RENEWALS = 8 /* an answer, of whatever kind, may need so many sessions */ };

enum cell_next { NEXT_PAGE, NEXT_STEP, NEXT_END };

struct cell {
	struct job job; /* first member */
	struct call call;
	const char *account, *region;
	const struct session *session;
	struct visit *visit;
	struct cell *next;
	size_t column;
	struct throttle bucket; /* of RDS in this account and region */
	int renewals;
	bool wants_session, keys_refused;

	const struct step *step;
	size_t pages; /* of this step, answered */
	const char *marker;
	struct clusters_reading clusters;
	struct sts_reading identity;

	struct arena arena;
	struct cell_record record;
	struct finding **last_finding;
};

static const struct xml_handler *ask_clusters(struct cell *cell);
static enum cell_next read_clusters(struct cell *cell, const struct answer *answer);
static const struct xml_handler *ask_identity(struct cell *cell);
static enum cell_next read_identity(struct cell *cell, const struct answer *answer);

static const struct step {
	const char *name;
	const struct xml_handler *(*ask)(struct cell *);
	enum cell_next (*read)(struct cell *, const struct answer *);
} steps[] = {
	{"clusters", ask_clusters, read_clusters},
	{NULL, NULL, NULL},
};

/*
 * Not in the order of the others: asked only when an answer may mean either that the region is not
 * enabled for the account, or that the keys are no good.
 */
static const struct step prove_region = {"prove-region", ask_identity, read_identity};

/* ---- states ---- */

static void set_state(struct cell *cell, enum cell_state state, const char *reason)
{
	cell->record.state = cell_state_worse(cell->record.state, state);
	if (cell->record.state == state && reason)
		cell->record.reason = arena_copy(&cell->arena, reason);
	if (!cell_state_facts(state)->looked_at)
		cell->record.complete = false;
}

static void set_evidence(struct cell *cell, const struct answer *answer)
{
	if (answer->request_id[0])
		cell->record.request_id = arena_copy(&cell->arena, answer->request_id);
	cell->record.at = clock_wall_seconds();
}

/* An answer that is no list. After a good page, "not enabled here" is a contradiction, not a state. */
static void end_blind(struct cell *cell, const struct answer *answer)
{
	bool first = cell->pages == 1;
	char reason[640], what[560];

	answer_describe(answer, what, sizeof what);
	snprintf(reason, sizeof reason, "%s: %s", cell->call.operation->permission, what);
	switch (answer->class) {
	case ANSWER_ACCESS_DENIED:
		set_state(cell, CELL_DENIED, reason);
		break;
	case ANSWER_REGION_DISABLED:
		set_state(cell, first ? CELL_DISABLED : CELL_ERROR, reason);
		break;
	case ANSWER_UNSUPPORTED:
		set_state(cell, first ? CELL_UNSUPPORTED : CELL_ERROR, reason);
		break;
	case ANSWER_CANCELLED:
		set_state(cell, CELL_PENDING, "the scan was stopped");
		break;
	default:
		set_state(cell, CELL_ERROR, reason);
	}
	if (answer->class == ANSWER_ACCESS_DENIED || !cell_state_facts(cell->record.state)->looked_at)
		log_about(cell->job.scan->client.log, LOG_DETAIL, "cell.blind",
			  &(struct log_fields){cell->account, cell->region, cell->call.operation->permission,
					       answer->request_id, 0},
			  "%s %s: %s (%s): %s (request %s)", cell->account, cell->region,
			  cell_state_name(cell->record.state), answer_class_name(answer), reason,
			  answer->request_id[0] ? answer->request_id : "without id");
}

/* ---- clusters ---- */

static const struct xml_handler *ask_clusters(struct cell *cell)
{
	clusters_reading_init(&cell->clusters, &cell->arena);
	neptune_ask_clusters(&cell->call, cell->region, cell->marker);
	return &cell->clusters.handler;
}

static void add_pair(struct cell *cell, struct pair **list, const char *name, const char *value)
{
	struct pair *pair = arena_take(&cell->arena, sizeof *pair);

	if (!pair)
		return;
	*pair = (struct pair){.next = *list, .name = name, .value = value};
	*list = pair;
}

static void add_finding(struct cell *cell, const struct control *control, const struct cluster *cluster,
			const struct judgement *judgement)
{
	struct finding *finding = arena_take(&cell->arena, sizeof *finding);

	if (!finding)
		return;
	*finding = (struct finding){
		.control = control,
		.resource_id = cluster->id ? cluster->id : "",
		.resource_arn = cluster->arn,
		.verdict = judgement->verdict,
		.reason = arena_copy(&cell->arena, judgement->reason),
		.request_id = cell->record.request_id,
		.at = cell->record.at,
	};
	for (const struct tag *tag = cluster->tags; tag; tag = tag->next)
		add_pair(cell, &finding->tags, tag->key, tag->value ? tag->value : "");
	/* Each goes to the front of the list: the last one first. */
	add_pair(cell, &finding->evidence, "Status", cluster->status);
	add_pair(cell, &finding->evidence, "KmsKeyId", cluster->kms_key_id);
	add_pair(cell, &finding->evidence, "StorageEncryptionType", cluster->storage_encryption_type);
	add_pair(cell, &finding->evidence, "StorageEncrypted", cluster->storage_encrypted);
	*cell->last_finding = finding;
	cell->last_finding = &finding->next;
}

static void judge_cluster(struct cell *cell, const struct cluster *cluster)
{
	static const enum cell_state states[] = {
		[VERDICT_PASS] = CELL_PASS, [VERDICT_FAIL] = CELL_FAIL, [VERDICT_UNKNOWN] = CELL_UNKNOWN};
	const struct observation observation = {
		.kind = RESOURCE_CLUSTER,
		.engine = cluster->engine,
		.storage_encrypted = cluster->storage_encrypted,
		.storage_encryption_type = cluster->storage_encryption_type,
	};
	bool failing = false;

	cell->record.resources++;
	for (const struct control *const *control = cell->job.scan->selected; *control; control++) {
		struct judgement judgement;

		if ((*control)->applies_to != RESOURCE_CLUSTER)
			continue;
		(*control)->judge(&observation, &cell->job.scan->policy, &judgement);
		add_finding(cell, *control, cluster, &judgement);
		set_state(cell, states[judgement.verdict],
			  judgement.verdict == VERDICT_UNKNOWN ? judgement.reason : NULL);
		failing = failing || judgement.verdict == VERDICT_FAIL;
	}
	cell->record.failing += failing;
}

static bool marker_moves(struct cell *cell, const char *marker)
{
	char reason[160];

	if (cell->marker && strcmp(cell->marker, marker) == 0)
		snprintf(reason, sizeof reason, "%s: page %zu repeats the marker of the page before",
			 cell->call.operation->permission, cell->pages);
	else if (cell->pages >= MOST_PAGES)
		snprintf(reason, sizeof reason, "%s: no end after %d pages", cell->call.operation->permission,
			 MOST_PAGES);
	else
		return true;
	set_state(cell, CELL_ERROR, reason);
	return false;
}

static enum cell_next read_clusters(struct cell *cell, const struct answer *answer)
{
	(void)answer;
	set_state(cell, CELL_EMPTY, NULL);
	for (const struct cluster *cluster = cell->clusters.clusters; cluster; cluster = cluster->next)
		judge_cluster(cell, cluster);
	if (!cell->clusters.marker)
		return NEXT_STEP;
	if (!marker_moves(cell, cell->clusters.marker))
		return NEXT_END;
	cell->marker = cell->clusters.marker;
	return NEXT_PAGE;
}

/* ---- is it the region or the keys? ---- */

static const struct xml_handler *ask_identity(struct cell *cell)
{
	sts_reading_init(&cell->identity);
	sts_ask_caller_identity(&cell->call, cell->job.scan->config->region);
	return &cell->identity.handler;
}

/* The same keys are good at home: so it is the region that does not know them. */
static enum cell_next read_identity(struct cell *cell, const struct answer *answer)
{
	char reason[256];

	snprintf(reason, sizeof reason,
		 "not enabled for this account: it refuses a session that GetCallerIdentity accepts in %s "
		 "(request %s)",
		 cell->job.scan->config->region, answer->request_id[0] ? answer->request_id : "without id");
	set_state(cell, CELL_DISABLED, reason);
	return NEXT_END;
}

/* ---- from step to step ---- */

/* There is a role that gives sessions, and this cell has not had too many of them. */
static bool may_renew(const struct cell *cell)
{
	return cell->visit->role && cell->renewals < MOST_RENEWALS;
}

/* From here on the cell is the coordinator's. */
static void want_session(struct cell *cell)
{
	cell->renewals++;
	cell->wants_session = true;
	job_post(&cell->job);
}

static void ask(struct cell *cell)
{
	if (session_is_due(cell->session, clock_wall_seconds()) && may_renew(cell))
		want_session(cell);
	else
		call_send(&cell->call, cell->call.worker, cell->step->ask(cell));
}

/* The session is over; or its keys are refused here and at home, and new ones may be better. */
static bool renew(struct cell *cell, const struct answer *answer)
{
	bool refused = cell->step == &prove_region && answer->class == ANSWER_DISABLED_OR_CREDENTIALS;

	cell->keys_refused = cell->keys_refused || refused;
	if ((!answer_is_over(answer) && !refused) || !may_renew(cell))
		return false;
	if (refused) {
		cell->step = steps;
		cell->pages = 0;
	}
	want_session(cell);
	return true;
}

static void end(struct cell *cell)
{
	if (cell->arena.failed) {
		cell->record.state = cell_state_worse(cell->record.state, CELL_ERROR);
		cell->record.complete = false;
		cell->record.reason = "out of memory";
	}
	sts_reading_free(&cell->identity);
	job_post(&cell->job);
}

static void on_answer(struct call *call, struct answer *answer)
{
	struct cell *cell = (struct cell *)((char *)call - offsetof(struct cell, call));
	enum cell_next next = NEXT_END;

	if (renew(cell, answer))
		return;
	cell->pages++;
	cell->renewals = 0;
	if (cell->step != &prove_region)
		set_evidence(cell, answer);
	if (answer->class == ANSWER_OK) {
		next = cell->step->read(cell, answer);
	} else if (answer->class == ANSWER_DISABLED_OR_CREDENTIALS && cell->step != &prove_region &&
		   cell->pages == 1) {
		cell->step = &prove_region;
		next = NEXT_PAGE;
	} else {
		end_blind(cell, answer);
	}
	if (next == NEXT_STEP) {
		cell->step++;
		cell->pages = 0;
		cell->marker = NULL;
	}
	if (next == NEXT_END || !cell->step->ask)
		end(cell);
	else
		ask(cell);
}

static void run(struct task *task, struct worker *worker)
{
	struct cell *cell = (struct cell *)task;

	cell->call.worker = worker;
	if (atomic_load_explicit(&cell->visit->is_hopeless, memory_order_relaxed)) {
		cell_give_up(cell, CELL_ERROR,
			     "not asked: the account's keys were refused in other regions and at home");
		end(cell);
		return;
	}
	ask(cell);
}

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
	cell->call.client = &scan->client;
	cell->call.session = session;
	cell->call.account = account;
	cell->call.bucket = &cell->bucket;
	cell->call.done = on_answer;
	cell->step = steps;
	cell->record.complete = true;
	cell->record.state = CELL_SKIPPED; /* the lowest rank: whatever comes first takes its place */
	cell->last_finding = &cell->record.findings;
	return cell;
}

void cell_close(struct cell *cell)
{
	call_free(&cell->call);
	arena_free(&cell->arena);
	free(cell);
}

struct task *cell_task(struct cell *cell)
{
	return &cell->job.task;
}

const struct cell_record *cell_record(const struct cell *cell)
{
	return &cell->record;
}

struct arena *cell_arena(struct cell *cell)
{
	return &cell->arena;
}

uint32_t cell_retried(const struct cell *cell)
{
	return cell->call.retried;
}

uint32_t cell_throttled(const struct cell *cell)
{
	return cell->call.throttled;
}

bool cell_wants_session(const struct cell *cell)
{
	return cell->wants_session;
}

void cell_go_on(struct cell *cell, const struct session *session)
{
	cell->wants_session = false;
	cell->session = cell->call.session = session;
}

void cell_give_up(struct cell *cell, enum cell_state state, const char *reason)
{
	cell->wants_session = false;
	set_state(cell, state, reason);
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

void cell_set_place(struct cell *cell, struct visit *visit, size_t column)
{
	cell->visit = visit;
	cell->column = column;
}

struct visit *cell_visit(const struct cell *cell)
{
	return cell->visit;
}

struct cell **cell_next(struct cell *cell)
{
	return &cell->next;
}

size_t cell_column(const struct cell *cell)
{
	return cell->column;
}
