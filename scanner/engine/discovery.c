/*
 * steps[] is the order of the requests. A step has a function that makes its request, one that reads a good
 * response, and one for any other: without the accounts there is no scan, without the tree of units there is.
 */
#include "scanner/engine/discovery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/container_of.h"
#include "base/text.h"
#include "scanner/engine/caller_session.h"

/* An account that AWS listed with its path. */
struct placed {
	struct placed *next;
	const char *account;
	const char *unit; /* id of the unit that holds it */
};

struct step;

struct discovery {
	struct job job;
	struct caller_session *caller;
	struct caller_waiter waiter;
	int refreshes; /* of the caller's session */
	struct discovery_listener listener;
	const struct step *step;
	struct discovery_options options;
	struct call call;
	struct answer answer; /* kept until the coordinator has read it */
	struct sts_reading sts;
	struct session_list readers;  /* sessions of organization.role; the newest is the last */
	const struct step *following; /* the step that goes on when the role is assumed */
	struct sts_reading assumed;

	struct arena arena;
	char *token;
	size_t pages;
	struct units units;
	const struct unit *unit; /* whose children or accounts are being listed */
	struct placed *placed;
	bool places_missing; /* at least one account came without its path */
	size_t accounts;
};

#define INTERRUPTED "interrupted before the accounts were listed"

enum { MAX_PAGES = 100000, MAX_REFRESHES = 3 /* of the caller's session */ };

typedef const struct xml_handler *ask_step(struct discovery *);
typedef void read_step(struct discovery *, const struct answer *);

struct step {
	const char *name;
	ask_step *ask;
	read_step *read;
	read_step *refused;
};

static ask_step ask_identity, ask_reader, ask_organization, ask_accounts, ask_roots, ask_units, ask_members;
static read_step read_identity, read_reader, read_organization, read_accounts, read_roots, read_units,
	read_members;
static read_step fail, fail_reader, without_organization, fail_listing, without_tree;

enum { IDENTITY, READER, ORGANIZATION, ACCOUNTS, ROOTS, UNITS, MEMBERS, STEP_COUNT };

static const struct step steps[STEP_COUNT] = {
	[IDENTITY] = {"identity", ask_identity, read_identity, fail},
	[READER] = {"organization role", ask_reader, read_reader, fail_reader},
	[ORGANIZATION] = {"organization", ask_organization, read_organization, without_organization},
	[ACCOUNTS] = {"accounts", ask_accounts, read_accounts, fail_listing},
	[ROOTS] = {"roots", ask_roots, read_roots, without_tree},
	[UNITS] = {"units", ask_units, read_units, without_tree},
	[MEMBERS] = {"members", ask_members, read_members, without_tree},
};

static const char *region_of(const struct discovery *discovery)
{
	return discovery->job.scan->config->region;
}

/* True: the step is signed with a session of organization.role. */
static bool needs_reader(const struct discovery *discovery)
{
	return discovery->job.scan->config->organization_role && discovery->step > &steps[READER];
}

/* With the newest session. */
static void ask_next(struct discovery *discovery)
{
	discovery->call.session = needs_reader(discovery)
					  ? discovery->readers.items[discovery->readers.count - 1]
					  : caller_session_current(discovery->caller);
	pool_send(discovery->job.scan->pool, POOL_URGENT, &discovery->job.task);
}

static void go_to(struct discovery *discovery, int step)
{
	discovery->step = &steps[step];
	discovery->token = NULL;
	discovery->pages = 0;
	ask_next(discovery);
}

#define RUN_ELSEWHERE                                                                                          \
	"run in the management account or as a delegated administrator, or name the accounts with --accounts"

static void report_failure(struct discovery *discovery, const struct error *error)
{
	discovery->step = NULL;
	discovery->listener.failed(discovery->listener.owner, error);
}

/* Requests the next page. False: this was the last. A token that repeats ends the listing with an error. */
static bool next_page(struct discovery *discovery, const struct json_page *page)
{
	const char *token = page->token;
	struct error error;

	if (!token)
		return false;
	if ((discovery->token && strcmp(token, discovery->token) == 0) || ++discovery->pages > MAX_PAGES) {
		error_set(&error, ERROR_PROTOCOL, "%s: the list does not end: page %zu repeats its token",
			  discovery->call.operation->permission, discovery->pages);
		report_failure(discovery, &error);
		return true;
	}
	discovery->token = arena_copy(&discovery->arena, token);
	ask_next(discovery);
	return true;
}

/* The response is not a list. */
static void refuse_page(struct discovery *discovery, const struct json_page *page)
{
	struct answer malformed = {.class = ANSWER_REFUSED};
	struct error error;

	text_print(malformed.message, sizeof malformed.message, "the response is not a list: %s",
		   page->problem);
	if (discovery->step != &steps[ACCOUNTS]) {
		discovery->step->refused(discovery, &malformed);
		return;
	}
	error_set(&error, ERROR_PROTOCOL, "%s: %s", discovery->call.operation->permission, malformed.message);
	report_failure(discovery, &error);
}

/* Takes item `index` of a page. False: it cannot be used, and the page's problem says why. */
typedef bool take_item(struct discovery *, struct json_page *page, size_t index);

/* True: that was the last page, and all of the list is taken. */
static bool take_page(struct discovery *discovery, const struct answer *answer, const char *list,
		      take_item *take)
{
	struct json_page page;
	bool good = organizations_read_page(&page, answer->json, list);

	for (size_t i = 0; good && i < json_array_size(page.items); i++)
		good = take(discovery, &page, i);
	if (!good)
		refuse_page(discovery, &page);
	return good && !next_page(discovery, &page);
}

/* ---- identity ---- */

static const struct xml_handler *ask_identity(struct discovery *discovery)
{
	sts_reading_init(&discovery->sts);
	sts_request_caller_identity(&discovery->call, region_of(discovery));
	return &discovery->sts.handler;
}

static void finish(struct discovery *discovery, bool tree_known)
{
	discovery->step = NULL;
	discovery->listener.finished(discovery->listener.owner, tree_known);
}

static void read_identity(struct discovery *discovery, const struct answer *answer)
{
	bool by_role = discovery->job.scan->config->organization_role;

	(void)answer;
	discovery->listener.identity(discovery->listener.owner, &discovery->sts.identity);
	if (discovery->options.organization) {
		discovery->following = &steps[ORGANIZATION];
		go_to(discovery, by_role ? READER : ORGANIZATION);
		return;
	}
	discovery->listener.listed(discovery->listener.owner);
	finish(discovery, false);
}

static void fail(struct discovery *discovery, const struct answer *answer)
{
	const struct config *config = discovery->job.scan->config;
	const char *advice = answer_advice(answer);
	struct error error;
	char what[560];

	answer_describe(answer, what, sizeof what);
	error_set(&error, answer->class == ANSWER_TRANSIENT ? ERROR_NETWORK : ERROR_CREDENTIALS,
		  "%s at %s (%s) failed after %d attempt%s: %s%s%s", discovery->call.operation->permission,
		  config->endpoint_url ? config->endpoint_url : "the regional endpoint", config->region,
		  discovery->call.retry.attempts, discovery->call.retry.attempts == 1 ? "" : "s", what,
		  advice ? "\n  Fix: " : "", advice ? advice : "");
	report_failure(discovery, &error);
}

/* ---- organization.role ---- */

static const struct xml_handler *ask_reader(struct discovery *discovery)
{
	const struct scan *scan = discovery->job.scan;
	const struct role_request role = {.arn = scan->config->organization_role,
					  .session_name = scan->session_name,
					  .seconds = STS_MAX_SESSION_S};

	sts_reading_init(&discovery->assumed);
	sts_request_assume_role(&discovery->call, region_of(discovery), &role);
	return &discovery->assumed.handler;
}

/* The step that waited for the role goes on where it was: at the same page. */
static void read_reader(struct discovery *discovery, const struct answer *answer)
{
	struct session *session =
		sts_take_session(&discovery->assumed, call_clock_ahead(&discovery->call, answer));

	if (!session_list_add(&discovery->readers, session)) {
		fail_reader(discovery, &(struct answer){.class = ANSWER_REFUSED,
							.message = "the response has no usable keys"});
		return;
	}
	discovery->step = discovery->following;
	ask_next(discovery);
}

static void fail_reader(struct discovery *discovery, const struct answer *answer)
{
	struct error error;
	char what[560];

	answer_describe(answer, what, sizeof what);
	error_set(&error, ERROR_ACCESS,
		  "cannot assume organization.role %s: %s\n  Fix: correct the role's trust policy, or remove "
		  "organization.role",
		  text_brief(discovery->job.scan->config->organization_role, 200).text, what);
	report_failure(discovery, &error);
}

/* ---- organization ---- */

static void refuse_known(struct discovery *discovery, const char *whose)
{
	struct error error;

	error_set(&error, ERROR_USAGE,
		  "accounts file %s is of organization %s, and the caller's account %s is %s\n  Fix: name the "
		  "file of "
		  "that organization with --accounts-file",
		  text_brief(discovery->options.known_from, 200).text, discovery->options.known->organization,
		  discovery->sts.identity.account, whose);
	report_failure(discovery, &error);
}

static void replay_known(struct discovery *discovery)
{
	const struct account_list *known = discovery->options.known;

	discovery->step = NULL;
	discovery->listener.organization(discovery->listener.owner, known->organization,
					 known->management_account);
	account_list_replay(known, &discovery->listener);
}

static void take_known(struct discovery *discovery, const char *organization)
{
	char whose[96];

	text_join(whose, sizeof whose, "in ", organization, NULL);
	if (strcmp(organization, discovery->options.known->organization) == 0)
		replay_known(discovery);
	else
		refuse_known(discovery, whose);
}

/* The caller may not describe its organization: then it must be one of the accounts. */
static void take_known_by_account(struct discovery *discovery)
{
	if (account_list_find(discovery->options.known, discovery->sts.identity.account))
		replay_known(discovery);
	else
		refuse_known(discovery, "not among its accounts, and may not describe its organization");
}

static const struct xml_handler *ask_organization(struct discovery *discovery)
{
	organizations_request_organization(&discovery->call, region_of(discovery));
	return NULL;
}

static void read_organization(struct discovery *discovery, const struct answer *answer)
{
	struct organization_description organization;

	if (!organizations_read_organization(answer->json, &organization)) {
		fail_listing(discovery,
			     &(struct answer){.class = ANSWER_REFUSED, .message = "Organization has no Id"});
		return;
	}
	if (discovery->options.known) {
		take_known(discovery, organization.id);
		return;
	}
	discovery->listener.organization(discovery->listener.owner, organization.id,
					 organization.management_account);
	go_to(discovery, ACCOUNTS);
}

/* Being in no organization is not a failure: there is one account to scan. */
static void without_organization(struct discovery *discovery, const struct answer *answer)
{
	const struct discovered_account own = {.id = discovery->sts.identity.account};

	if (discovery->options.known && answer->class == ANSWER_NOT_IN_ORGANIZATION) {
		refuse_known(discovery, "in no organization");
		return;
	}
	if (discovery->options.known && answer->class == ANSWER_ACCESS_DENIED) {
		take_known_by_account(discovery);
		return;
	}
	if (answer->class != ANSWER_NOT_IN_ORGANIZATION) {
		fail_listing(discovery, answer);
		return;
	}
	discovery->listener.organization(discovery->listener.owner, NULL, NULL);
	discovery->listener.account(discovery->listener.owner, &own);
	discovery->listener.listed(discovery->listener.owner);
	finish(discovery, false);
}

/* ---- accounts ---- */

static const struct xml_handler *ask_accounts(struct discovery *discovery)
{
	organizations_request_accounts(&discovery->call, region_of(discovery), discovery->token);
	return NULL;
}

/* "o-x/r-y/ou-a/ou-b/ACCOUNT/": the part before the account is its unit. */
static void note_place(struct discovery *discovery, const struct listed_account *account)
{
	struct span rest = span_of(account->path), part, unit = {NULL, 0}, before = {NULL, 0};
	struct placed *placed;

	while (span_split(&rest, '/', &part)) {
		if (part.length == 0)
			continue;
		unit = before;
		before = part;
	}
	placed = unit.at ? arena_take(&discovery->arena, sizeof *placed) : NULL;
	if (placed) {
		placed->account = arena_copy(&discovery->arena, account->id);
		placed->unit = arena_copy_span(&discovery->arena, unit);
	}
	if (!placed || !placed->account || !placed->unit) {
		discovery->places_missing = true;
		return;
	}
	placed->next = discovery->placed;
	discovery->placed = placed;
}

static bool take_account(struct discovery *discovery, struct json_page *page, size_t index)
{
	struct listed_account account;

	if (!organizations_read_account(page, index, &account))
		return false;
	discovery->accounts++;
	note_place(discovery, &account);
	discovery->listener.account(discovery->listener.owner,
				    &(struct discovered_account){account.id, account.name, account.state});
	return true;
}

static void read_accounts(struct discovery *discovery, const struct answer *answer)
{
	struct error error;

	if (!take_page(discovery, answer, "Accounts", take_account))
		return;
	if (discovery->accounts == 0) {
		error_set(&error, ERROR_ACCESS,
			  "organizations:ListAccounts returned no account\n  Fix: " RUN_ELSEWHERE);
		report_failure(discovery, &error);
		return;
	}
	discovery->listener.listed(discovery->listener.owner);
	go_to(discovery, ROOTS);
}

static void fail_listing(struct discovery *discovery, const struct answer *answer)
{
	const char *caller = needs_reader(discovery) ? discovery->job.scan->config->organization_role
						     : discovery->sts.identity.arn;
	const char *advice = answer_advice(answer);
	struct error error;
	char what[560];

	answer_describe(answer, what, sizeof what);
	error_set(&error, ERROR_ACCESS, "%s: %s\n  Caller: %s\n  Fix: %s",
		  discovery->call.operation->permission, what, text_brief(caller, 200).text,
		  advice ? advice : RUN_ELSEWHERE);
	report_failure(discovery, &error);
}

/* ---- units ---- */

static void without_tree(struct discovery *discovery, const struct answer *answer)
{
	char what[560];

	answer_describe(answer, what, sizeof what);
	if (answer->class != ANSWER_CANCELLED)
		log_line(discovery->job.scan->client.log, LOG_WARNING, "units.unknown",
			 "organizational units are not known: %s: %s", discovery->call.operation->permission,
			 what);
	finish(discovery, false);
}

static const struct xml_handler *ask_roots(struct discovery *discovery)
{
	organizations_request_roots(&discovery->call, region_of(discovery), discovery->token);
	return NULL;
}

static bool take_root(struct discovery *discovery, struct json_page *page, size_t index)
{
	struct listed_unit root;

	if (!organizations_read_unit(page, index, &root))
		return false;
	units_add(&discovery->units, &discovery->arena, NULL, root.id, NULL);
	return true;
}

static void read_roots(struct discovery *discovery, const struct answer *answer)
{
	if (!take_page(discovery, answer, "Roots", take_root))
		return;
	discovery->unit = discovery->units.first;
	if (discovery->unit)
		go_to(discovery, UNITS);
	else
		finish(discovery, false);
}

static const struct xml_handler *ask_units(struct discovery *discovery)
{
	organizations_request_units(&discovery->call, region_of(discovery), discovery->unit->id,
				    discovery->token);
	return NULL;
}

static void report_places(struct discovery *discovery)
{
	for (const struct placed *placed = discovery->placed; placed; placed = placed->next) {
		const struct unit *unit = units_by_id(&discovery->units, placed->unit);

		if (unit)
			discovery->listener.place(discovery->listener.owner, placed->account, unit);
		else
			discovery->places_missing = true;
	}
	discovery->placed = NULL;
}

static bool take_unit(struct discovery *discovery, struct json_page *page, size_t index)
{
	struct listed_unit child;

	if (!organizations_read_unit(page, index, &child))
		return false;
	units_add(&discovery->units, &discovery->arena, discovery->unit, child.id,
		  child.name ? child.name : child.id);
	return true;
}

static void read_units(struct discovery *discovery, const struct answer *answer)
{
	if (!take_page(discovery, answer, "OrganizationalUnits", take_unit))
		return;
	discovery->unit = discovery->unit->next;
	if (discovery->unit) {
		go_to(discovery, UNITS);
		return;
	}
	discovery->listener.units(discovery->listener.owner, &discovery->units);
	report_places(discovery);
	discovery->unit = discovery->units.first;
	if (discovery->places_missing)
		go_to(discovery, MEMBERS);
	else
		finish(discovery, true);
}

static const struct xml_handler *ask_members(struct discovery *discovery)
{
	organizations_request_accounts_of(&discovery->call, region_of(discovery), discovery->unit->id,
					  discovery->token);
	return NULL;
}

static bool take_member(struct discovery *discovery, struct json_page *page, size_t index)
{
	struct listed_account account;

	if (!organizations_read_account(page, index, &account))
		return false;
	discovery->listener.place(discovery->listener.owner, account.id, discovery->unit);
	return true;
}

static void read_members(struct discovery *discovery, const struct answer *answer)
{
	if (!take_page(discovery, answer, "Accounts", take_member))
		return;
	discovery->unit = discovery->unit->next;
	if (discovery->unit)
		go_to(discovery, MEMBERS);
	else
		finish(discovery, true);
}

/* ---- the pool ---- */

static void on_answer(struct call *call, struct answer *answer)
{
	struct discovery *discovery = container_of(call, struct discovery, call);

	discovery->answer = *answer;
	answer->json = NULL; /* moved to the coordinator's thread, not shared with it */
	job_return(&discovery->job);
}

static void run(struct task *task, struct worker *worker)
{
	struct discovery *discovery = container_of(task, struct discovery, job.task);

	call_send(&discovery->call, worker, discovery->step->ask(discovery));
}

static void on_caller(struct caller_waiter *waiter, enum caller_event event)
{
	struct discovery *discovery = container_of(waiter, struct discovery, waiter);
	struct error error;

	if (event == CALLER_REFRESHED) {
		ask_next(discovery);
		return;
	}
	if (event == CALLER_CANCELLED)
		error_set(&error, ERROR_ACCESS, INTERRUPTED);
	else
		error_set(&error, ERROR_CREDENTIALS,
			  "the caller's credentials have expired and could not be refreshed: %s",
			  caller_session_problem(discovery->caller));
	report_failure(discovery, &error);
}

/*
 * The step is sent once more when the caller's session is refreshed, or organization.role assumed again. False:
 * that was tried too often.
 */
static bool waits_for_session(struct discovery *discovery, const struct answer *answer)
{
	if (!answer_is_expired(answer) || !discovery->call.session->token ||
	    discovery->refreshes++ >= MAX_REFRESHES)
		return false;
	if (needs_reader(discovery)) {
		discovery->following = discovery->step;
		discovery->step = &steps[READER];
		ask_next(discovery);
		return true;
	}
	discovery->waiter.notify = on_caller;
	caller_session_subscribe(discovery->caller, &discovery->waiter);
	return true;
}

static void returned(struct job *job, void *coordinator)
{
	struct discovery *discovery = container_of(job, struct discovery, job);
	struct answer answer = discovery->answer;
	const struct step *step = discovery->step;
	struct error error;

	(void)coordinator;
	discovery->answer.json = NULL;
	if (answer.class == ANSWER_CANCELLED && step < &steps[ROOTS]) {
		error_set(&error, ERROR_ACCESS, INTERRUPTED);
		report_failure(discovery, &error);
	} else if (discovery->arena.failed) {
		error_out_of_memory(&error);
		report_failure(discovery, &error);
	} else if (answer.class == ANSWER_OK) {
		step->read(discovery, &answer);
	} else if (!waits_for_session(discovery, &answer)) {
		step->refused(discovery, &answer);
	}
	answer_deinit(&answer);
}

struct discovery *discovery_new(const struct scan *scan, struct caller_session *caller,
				const struct discovery_options *options,
				const struct discovery_listener *listener)
{
	struct discovery *discovery = calloc(1, sizeof *discovery);

	if (!discovery)
		return NULL;
	discovery->job = (struct job){.task = {.run = run}, .scan = scan, .returned = returned};
	discovery->caller = caller;
	discovery->listener = *listener;
	discovery->options = *options;
	discovery->call.client = &scan->client;
	discovery->call.done = on_answer;
	return discovery;
}

void discovery_start(struct discovery *discovery)
{
	go_to(discovery, IDENTITY);
}

void discovery_free(struct discovery *discovery)
{
	if (!discovery)
		return;
	answer_deinit(&discovery->answer);
	sts_reading_deinit(&discovery->sts);
	sts_reading_deinit(&discovery->assumed);
	session_list_deinit(&discovery->readers);
	call_deinit(&discovery->call);
	arena_deinit(&discovery->arena);
	free(discovery);
}
