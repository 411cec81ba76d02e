#include "scanner/visit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { MAX_RENEWALS = 3 };

static void ask_regions(struct visit *visit);

static struct visit *visit_of(struct call *call)
{
	return (struct visit *)((char *)call - offsetof(struct visit, call));
}

static void keep_out(struct visit *visit, enum cell_state state, const char *request_id)
{
	visit->state = state;
	visit->session = NULL;
	snprintf(visit->request_id, sizeof visit->request_id, "%s", request_id);
	if (state == CELL_UNREACHED)
		log_line(visit->job.scan->client.log, LOG_DETAIL, "role.refused", "%s: %s (request %s)",
			 visit->account, visit->reason, request_id[0] ? request_id : "without id");
	job_post(&visit->job);
}

static void keep_waiting(struct visit *visit)
{
	snprintf(visit->reason, sizeof visit->reason, "the scan was stopped");
	keep_out(visit, CELL_PENDING, "");
}

/* ---- the role ---- */

/* The session that we came with is over. */
static void want_source(struct visit *visit)
{
	visit->wants_source = true;
	job_post(&visit->job);
}

static void refuse(struct visit *visit, const struct answer *answer)
{
	char what[560];

	if (answer->class == ANSWER_CANCELLED) {
		keep_waiting(visit);
		return;
	}
	if (answer_is_over(answer) && visit->source->token && visit->source_renewals++ < MAX_RENEWALS) {
		want_source(visit);
		return;
	}
	answer_describe(answer, what, sizeof what);
	text_print(visit->reason, sizeof visit->reason, "cannot assume %s: %s",
		   text_brief(visit->role, 64).text, text_brief(what, 500).text);
	keep_out(visit, CELL_UNREACHED, answer->request_id);
}

/* The visit takes it over. */
static bool keep_session(struct visit *visit, struct session *session)
{
	struct session **grown =
		session ? realloc(visit->sessions, (visit->session_count + 1) * sizeof *grown) : NULL;

	if (!grown) {
		session_close(session);
		return false;
	}
	visit->sessions = grown;
	visit->sessions[visit->session_count++] = session;
	visit->session = session;
	visit->source_renewals = 0;
	return true;
}

static void on_assumed(struct call *call, struct answer *answer)
{
	struct visit *visit = visit_of(call);

	if (answer->class != ANSWER_OK) {
		refuse(visit, answer);
		return;
	}
	/* Guards against a template that names another account's role. */
	if (strcmp(visit->sts.identity.account, visit->account) != 0) {
		text_print(visit->reason, sizeof visit->reason,
			   "AssumeRole answered with a session in account \"%s\" (%s)",
			   visit->sts.identity.account, text_brief(visit->sts.identity.arn, 400).text);
		keep_out(visit, CELL_UNREACHED, answer->request_id);
		return;
	}
	if (!keep_session(visit, sts_take_session(&visit->sts, call_clock_ahead(call, answer)))) {
		snprintf(visit->reason, sizeof visit->reason, "AssumeRole answered without usable keys");
		keep_out(visit, CELL_UNREACHED, answer->request_id);
		return;
	}
	snprintf(visit->request_id, sizeof visit->request_id, "%s", answer->request_id);
	if (visit->is_renewing)
		job_post(&visit->job);
	else
		ask_regions(visit);
}

static void assume(struct visit *visit)
{
	const struct config *config = visit->job.scan->config;
	char arn[ARN_SIZE];
	const struct role_request role = {arn, visit->job.scan->session_name, config->external_id, STS_LONGEST};

	sts_role_arn(arn, visit->job.scan->partition, visit->account, visit->role);
	sts_reading_init(&visit->sts);
	sts_ask_assume_role(&visit->call, config->region, &role);
	visit->call.session = visit->source;
	visit->call.bucket = NULL; /* the route's own limit is for all accounts together */
	visit->call.done = on_assumed;
	call_send(&visit->call, visit->call.worker, &visit->sts.handler);
}

/* ---- the regions ---- */

static void do_without_regions(struct visit *visit, const struct answer *answer)
{
	char what[560];

	answer_describe(answer, what, sizeof what);
	snprintf(visit->regions_reason, sizeof visit->regions_reason, "%s %s (%s)",
		 visit->call.operation->permission, answer->code[0] ? "was refused" : "failed", what);
	visit->region_list = REGIONS_REFUSED;
	visit->regions_state = answer->class == ANSWER_ACCESS_DENIED ? CELL_DENIED : CELL_ERROR;
}

static void take_regions(struct visit *visit)
{
	const char *problem = regions_problem(&visit->regions);

	if (problem) {
		snprintf(visit->regions_reason, sizeof visit->regions_reason,
			 "the response of %s is not a list of regions (%s)", visit->call.operation->permission,
			 problem);
		visit->region_list = REGIONS_MALFORMED;
		visit->regions_state = CELL_ERROR;
		return;
	}
	visit->region_list = REGIONS_LISTED;
	if (visit->regions.foreign)
		log_line(visit->job.scan->client.log, LOG_DETAIL, "regions.foreign",
			 "%s: %s lists regions of other partitions, which are left out: %s", visit->account,
			 visit->call.operation->permission, visit->regions.foreign);
}

static void on_regions(struct call *call, struct answer *answer)
{
	struct visit *visit = visit_of(call);

	if (answer_is_over(answer) && visit->session->token && visit->renewals++ < MAX_RENEWALS) {
		regions_reading_free(&visit->regions);
		if (visit->role)
			assume(visit);
		else
			want_source(visit);
		return;
	}
	if (answer->class == ANSWER_CANCELLED) {
		keep_waiting(visit);
		return;
	}
	snprintf(visit->request_id, sizeof visit->request_id, "%s", answer->request_id);
	if (answer->class == ANSWER_OK)
		take_regions(visit);
	else
		do_without_regions(visit, answer);
	job_post(&visit->job);
}

static void ask_regions(struct visit *visit)
{
	const char *home = visit->job.scan->config->region;

	if (!config_asks_for_enabled_regions(visit->job.scan->config)) {
		job_post(&visit->job);
		return;
	}
	regions_reading_init(&visit->regions, home);
	regions_ask(&visit->call, home);
	visit->call.session = visit->session;
	visit->call.bucket = &visit->bucket;
	visit->call.done = on_regions;
	call_send(&visit->call, visit->call.worker, &visit->regions.handler);
}

static void run(struct task *task, struct worker *worker)
{
	struct visit *visit = (struct visit *)task;

	visit->call.worker = worker;
	if (visit->role)
		assume(visit);
	else
		ask_regions(visit);
}

struct visit *visit_open(const struct scan *scan, const char *account, const char *role,
			 const struct session *source, void (*returned)(struct job *, void *))
{
	struct visit *visit = calloc(1, sizeof *visit);

	if (!visit)
		return NULL;
	visit->job = (struct job){.task = {.run = run}, .scan = scan, .returned = returned};
	snprintf(visit->account, sizeof visit->account, "%s", account);
	visit->role = role;
	visit->source = visit->session = source;
	visit->call.client = &scan->client;
	visit->call.account = visit->account;
	return visit;
}

void visit_renew(struct visit *visit)
{
	visit->is_renewing = true;
}

void visit_close(struct visit *visit)
{
	for (size_t i = 0; i < visit->session_count; i++)
		session_close(visit->sessions[i]);
	free(visit->sessions);
	sts_reading_free(&visit->sts);
	regions_reading_free(&visit->regions);
	call_free(&visit->call);
	free(visit);
}
