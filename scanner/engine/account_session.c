#include "scanner/engine/account_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/container_of.h"
#include "base/text.h"

enum { MAX_REFRESHES = 3 };

static void request_regions(struct account_session *account_session);
static void assume_role(struct account_session *account_session);

/* ---- how it returns ---- */

static void return_failed(struct account_session *account_session, enum cell_state state,
			  const char *request_id)
{
	account_session->returns_as = ACCOUNT_SESSION_FAILED;
	account_session->cell_state = state;
	snprintf(account_session->request_id, sizeof account_session->request_id, "%s", request_id);
	if (state == CELL_UNREACHED)
		log_line(account_session->job.scan->client.log, LOG_DETAIL, "role.refused",
			 "%s: %s (request %s)", account_session->account, account_session->reason,
			 request_id[0] ? request_id : "without id");
	job_return(&account_session->job);
}

static void return_stopped(struct account_session *account_session)
{
	snprintf(account_session->reason, sizeof account_session->reason,
		 "not scanned: the scan stopped before this cell finished");
	return_failed(account_session, CELL_PENDING, "");
}

static void return_ready(struct account_session *account_session)
{
	account_session->returns_as = ACCOUNT_SESSION_READY;
	job_return(&account_session->job);
}

static void return_needing_caller(struct account_session *account_session)
{
	account_session->needs_caller = true;
	job_return(&account_session->job);
}

static bool is_at_home(const struct account_session *account_session)
{
	return account_session->sts_endpoint->number == 0;
}

/* `reason` is set. Another endpoint than home's proves nothing. */
static void return_unreached(struct account_session *account_session, const struct answer *answer)
{
	if (is_at_home(account_session)) {
		return_failed(account_session, CELL_UNREACHED, answer->request_id);
		return;
	}
	account_session->needs_home = true;
	job_return(&account_session->job);
}

/* ---- the role ---- */

static void refuse_role(struct account_session *account_session, const struct answer *answer)
{
	char what[560];

	if (answer->class == ANSWER_CANCELLED) {
		return_stopped(account_session);
		return;
	}
	if (answer_is_expired(answer) && account_session->caller_session->token &&
	    account_session->caller_refreshes++ < MAX_REFRESHES) {
		return_needing_caller(account_session);
		return;
	}
	answer_describe(answer, what, sizeof what);
	text_print(account_session->reason, sizeof account_session->reason, "cannot assume %s: %s",
		   text_brief(account_session->role, 64).text, text_brief(what, 500).text);
	return_unreached(account_session, answer);
}

/* True: the role is assumed once more, without the session policy. The first refusal is logged. */
static bool drops_policy(struct account_session *account_session, const struct answer *answer)
{
	const struct scan *scan = account_session->job.scan;

	if (!account_session->sent_policy || !sts_refuses_policy(answer) ||
	    strcmp(scan->config->narrow, "require") == 0)
		return false;
	if (!atomic_exchange_explicit(scan->policy_refused, true, memory_order_relaxed))
		log_about(scan->client.log, LOG_WARNING, "role.not-narrowed",
			  &(struct log_fields){.account = account_session->account},
			  "role.narrow: STS refuses the session policy (%s), so roles are assumed without it",
			  answer->code);
	assume_role(account_session);
	return true;
}

/* The account session takes it over. */
static bool keep_session(struct account_session *account_session, struct session *session)
{
	if (!session_list_add(&account_session->sessions, session))
		return false;
	account_session->session = session;
	account_session->caller_refreshes = 0;
	return true;
}

static void on_assumed(struct call *call, struct answer *answer)
{
	struct account_session *account_session = container_of(call, struct account_session, call);

	if (answer->class != ANSWER_OK) {
		if (!drops_policy(account_session, answer))
			refuse_role(account_session, answer);
		return;
	}
	/* Guards against a template that names another account's role. */
	if (strcmp(account_session->sts.identity.account, account_session->account) != 0) {
		text_print(account_session->reason, sizeof account_session->reason,
			   "AssumeRole returned a session of account \"%s\" (%s)",
			   account_session->sts.identity.account,
			   text_brief(account_session->sts.identity.arn, 400).text);
		return_unreached(account_session, answer);
		return;
	}
	if (!keep_session(account_session,
			  sts_take_session(&account_session->sts, call_clock_ahead(call, answer)))) {
		snprintf(account_session->reason, sizeof account_session->reason,
			 "AssumeRole returned no usable credentials");
		return_unreached(account_session, answer);
		return;
	}
	snprintf(account_session->request_id, sizeof account_session->request_id, "%s", answer->request_id);
	if (account_session->state == ACCOUNT_SESSION_REFRESHING)
		return_ready(account_session);
	else
		request_regions(account_session);
}

static void assume_role(struct account_session *account_session)
{
	const struct scan *scan = account_session->job.scan;
	const struct config *config = scan->config;
	char arn[ARN_SIZE];
	struct role_request role = {.arn = arn,
				    .session_name = scan->session_name,
				    .external_id = config->external_id,
				    .seconds = STS_MAX_SESSION_S};

	if (scan->session_policy && !atomic_load_explicit(scan->policy_refused, memory_order_relaxed))
		role.policy = scan->session_policy;
	account_session->sent_policy = role.policy != NULL;
	sts_role_arn(arn, scan->partition, account_session->account, account_session->role);
	sts_reading_deinit(&account_session->sts); /* a session that was not accepted, of another endpoint */
	sts_reading_init(&account_session->sts);
	sts_request_assume_role(&account_session->call, account_session->sts_endpoint->region, &role);
	account_session->call.has_alternative = !is_at_home(account_session);
	account_session->call.session = account_session->caller_session;
	account_session->call.bucket = NULL; /* the endpoint's own limit is for all accounts together */
	account_session->call.done = on_assumed;
	call_send(&account_session->call, account_session->call.worker, &account_session->sts.handler);
}

/* ---- the regions ---- */

static void note_refused_regions(struct account_session *account_session, const struct answer *answer)
{
	char what[560];

	answer_describe(answer, what, sizeof what);
	text_print(account_session->regions_reason, sizeof account_session->regions_reason, "%s %s (%s)",
		   account_session->call.operation->permission, answer->code[0] ? "was refused" : "failed",
		   what);
	account_session->region_list = REGIONS_REFUSED;
	account_session->regions_state = answer->class == ANSWER_ACCESS_DENIED ? CELL_DENIED : CELL_ERROR;
}

static void take_regions(struct account_session *account_session)
{
	const char *problem = regions_problem(&account_session->regions);

	if (problem) {
		text_print(account_session->regions_reason, sizeof account_session->regions_reason,
			   "the response of %s is not a list of regions (%s)",
			   account_session->call.operation->permission, problem);
		account_session->region_list = REGIONS_MALFORMED;
		account_session->regions_state = CELL_ERROR;
		return;
	}
	account_session->region_list = REGIONS_LISTED;
	if (account_session->regions.foreign)
		log_line(account_session->job.scan->client.log, LOG_DETAIL, "regions.foreign",
			 "%s: %s lists regions of other partitions, which are left out: %s",
			 account_session->account, account_session->call.operation->permission,
			 account_session->regions.foreign);
}

static void on_regions(struct call *call, struct answer *answer)
{
	struct account_session *account_session = container_of(call, struct account_session, call);

	if (answer_is_expired(answer) && account_session->session->token &&
	    account_session->refreshes++ < MAX_REFRESHES) {
		regions_reading_deinit(&account_session->regions);
		if (account_session->role)
			assume_role(account_session);
		else
			return_needing_caller(account_session);
		return;
	}
	if (answer->class == ANSWER_CANCELLED) {
		return_stopped(account_session);
		return;
	}
	snprintf(account_session->request_id, sizeof account_session->request_id, "%s", answer->request_id);
	if (answer->class == ANSWER_OK)
		take_regions(account_session);
	else
		note_refused_regions(account_session, answer);
	return_ready(account_session);
}

static void request_regions(struct account_session *account_session)
{
	const char *home = account_session->job.scan->config->region;

	if (!config_asks_for_enabled_regions(account_session->job.scan->config)) {
		return_ready(account_session);
		return;
	}
	regions_reading_init(&account_session->regions, home);
	regions_request_list(&account_session->call, home);
	account_session->call.session = account_session->session;
	account_session->call.bucket = &account_session->bucket;
	account_session->call.has_alternative = false;
	account_session->call.done = on_regions;
	call_send(&account_session->call, account_session->call.worker, &account_session->regions.handler);
}

static void run(struct task *task, struct worker *worker)
{
	struct account_session *account_session = container_of(task, struct account_session, job.task);

	account_session->call.worker = worker;
	if (account_session->role)
		assume_role(account_session);
	else if (account_session->state == ACCOUNT_SESSION_REFRESHING)
		return_ready(account_session);
	else
		request_regions(account_session);
}

/* ---- on the coordinator's thread ---- */

struct account_session *account_session_new(const struct scan *scan, const char *account, const char *role,
					    struct caller_session *caller,
					    void (*returned)(struct job *, void *))
{
	struct account_session *account_session = calloc(1, sizeof *account_session);

	if (!account_session)
		return NULL;
	account_session->job = (struct job){.task = {.run = run}, .scan = scan, .returned = returned};
	snprintf(account_session->account, sizeof account_session->account, "%s", account);
	account_session->role = role;
	account_session->caller = caller;
	account_session->sts_endpoint = sts_endpoints_home(scan->sts);
	account_session->call.client = &scan->client;
	account_session->call.account = account_session->account;
	return account_session;
}

void account_session_free(struct account_session *account_session)
{
	session_list_deinit(&account_session->sessions);
	sts_reading_deinit(&account_session->sts);
	regions_reading_deinit(&account_session->regions);
	call_deinit(&account_session->call);
	free(account_session);
}

struct account_session *account_session_of_job(struct job *job)
{
	return container_of(job, struct account_session, job);
}

/* With the caller's newest session. */
static void take_caller_session(struct account_session *account_session)
{
	account_session->caller_session = caller_session_current(account_session->caller);
	if (!account_session->role)
		account_session->session = account_session->caller_session;
}

static void send_again(struct account_session *account_session)
{
	take_caller_session(account_session);
	pool_send(account_session->job.scan->pool, POOL_URGENT, &account_session->job.task);
}

void account_session_enter(struct account_session *account_session, size_t waiting)
{
	if (account_session->role)
		account_session->sts_endpoint = sts_endpoints_choose(account_session->job.scan->sts, waiting);
	sts_endpoint_take(account_session->sts_endpoint);
	take_caller_session(account_session);
	pool_send_quiet(account_session->job.scan->pool, POOL_URGENT, &account_session->job.task);
}

void account_session_fail(struct account_session *account_session, enum cell_state state, const char *reason)
{
	account_session->state = ACCOUNT_SESSION_FAILED;
	account_session->session = NULL;
	account_session->cell_state = state;
	snprintf(account_session->reason, sizeof account_session->reason, "%s", reason);
}

static void return_without_caller(struct account_session *account_session)
{
	char reason[560];

	text_print(reason, sizeof reason,
		   "the caller's credentials have expired and could not be refreshed: %s",
		   text_brief(caller_session_problem(account_session->caller), 480).text);
	snprintf(account_session->reason, sizeof account_session->reason, "%s", reason);
	account_session->cell_state = account_session->role ? CELL_UNREACHED : CELL_ERROR;
	account_session->returns_as = ACCOUNT_SESSION_FAILED;
	job_return(&account_session->job);
}

static void on_caller(struct caller_waiter *waiter, enum caller_event event)
{
	struct account_session *account_session = container_of(waiter, struct account_session, waiter);

	if (event == CALLER_CANCELLED)
		return_stopped(account_session);
	else if (event == CALLER_REFRESHED || (event == CALLER_UNCHANGED && !account_session->role))
		send_again(account_session);
	else /* AWS refused to assume the role with the present session: it would again */
		return_without_caller(account_session);
}

static void go_home(struct account_session *account_session)
{
	account_session->needs_home = false;
	account_session->refused_by = account_session->sts_endpoint;
	sts_endpoint_return(account_session->sts_endpoint, false);
	account_session->sts_endpoint = sts_endpoints_home(account_session->job.scan->sts);
	sts_endpoint_take(account_session->sts_endpoint);
	send_again(account_session);
}

/* `reason` still says why the endpoint refused, when the home region did not. */
static void finish(struct account_session *account_session)
{
	bool is_entered = account_session->returns_as == ACCOUNT_SESSION_READY;

	account_session->state = account_session->returns_as;
	sts_endpoint_return(account_session->sts_endpoint, is_entered);
	if (!is_entered)
		account_session->session = NULL;
	else if (account_session->refused_by)
		sts_endpoints_drop(account_session->job.scan->sts, account_session->refused_by,
				   account_session->reason);
	account_session->refused_by = NULL;
}

bool account_session_continues(struct account_session *account_session)
{
	if (account_session->needs_home) {
		go_home(account_session);
		return true;
	}
	if (!account_session->needs_caller) {
		finish(account_session);
		return false;
	}
	account_session->needs_caller = false;
	if (account_session->caller_session != caller_session_current(account_session->caller)) {
		send_again(account_session); /* it was refreshed meanwhile */
	} else {
		account_session->waiter.notify = on_caller;
		caller_session_subscribe(account_session->caller, &account_session->waiter);
	}
	return true;
}

void account_session_refresh(struct account_session *account_session)
{
	account_session->state = ACCOUNT_SESSION_REFRESHING;
	if (account_session->sts_endpoint->state == STS_DROPPED)
		account_session->sts_endpoint = sts_endpoints_home(account_session->job.scan->sts);
	sts_endpoint_take(account_session->sts_endpoint);
	if (!account_session->role) { /* its session is the caller's */
		account_session->needs_caller = true;
		account_session_continues(account_session);
		return;
	}
	log_about(account_session->job.scan->client.log, LOG_DETAIL, "session.renewed",
		  &(struct log_fields){.account = account_session->account},
		  "%s: its session has expired; assuming the role again", account_session->account);
	send_again(account_session);
}

bool account_session_credentials_rejected(const struct account_session *account_session)
{
	return atomic_load_explicit(&account_session->credentials_rejected, memory_order_relaxed);
}
