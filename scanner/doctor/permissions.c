/*
 * Checks that the role has the permissions that the selected controls need. Each query of queries.h is sent
 * once: a list as it is, the others about a resource that does not exist, since "not found" proves the
 * permission, too.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "scanner/aws/endpoint.h"
#include "scanner/doctor/doctor_internal.h"
#include "scanner/queries/queries.h"

#define NO_RESOURCE "neptune-scan-doctor"
#define NO_KEY "00000000-0000-0000-0000-000000000000"

/* ---- probes ---- */

struct probe {
	const struct doctor_account *account;
	const char *region;
	struct query query;
	struct resource subject; /* a resource that does not exist */
	char arn[200];
	struct arena arena;
	struct sync_call call;
};

static struct resource *make_subject(struct probe *probe, enum query_subject about)
{
	struct resource *subject = &probe->subject;

	if (about == SUBJECT_REGION)
		return NULL;
	if (about == SUBJECT_KEY) {
		subject->kind = RESOURCE_KEY;
		subject->id = NO_KEY;
		return subject;
	}
	snprintf(probe->arn, sizeof probe->arn, "arn:aws:rds:%s:%s:cluster:" NO_RESOURCE, probe->region,
		 probe->account->id);
	subject->id = NO_RESOURCE;
	subject->arn = probe->arn;
	subject->values[ATTRIBUTE_PARAMETER_GROUP] = NO_RESOURCE;
	return subject;
}

static void begin(struct probe *probe, struct doctor *doctor, const struct doctor_account *account,
		  const char *region, enum query_kind kind)
{
	const struct query_spec *spec = &query_specs[kind];

	*probe = (struct probe){.account = account, .region = region};
	sync_call_init(&probe->call, doctor->client, account->session);
	query_init(&probe->query, spec, make_subject(probe, spec->about), account->id, region, &probe->arena);
	probe->query.without_filter = true;
	probe->call.handler = query_begin(&probe->query, &probe->call.call);
}

static void end(struct probe *probe)
{
	query_deinit(&probe->query);
	sync_call_deinit(&probe->call);
	arena_free(&probe->arena);
}

/* sync_client_call_all takes an array of calls; these are members of probes. */
static void send_all(struct doctor *doctor, struct probe *probes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sync_client_start(doctor->client, &probes[i].call);
	sync_client_wait(doctor->client, count);
}

/* ---- permissions ---- */

/* The home region, if the account has it enabled. */
static const char *region_for(const struct doctor *doctor, const struct doctor_account *account)
{
	for (size_t i = 0; i < account->region_count; i++)
		if (strcmp(account->regions[i], doctor->config->region) == 0)
			return account->regions[i];
	return account->region_count > 0 ? account->regions[0] : doctor->config->region;
}

enum { MAX_PROBED = DOCTOR_SAMPLE + 2, MAX_CAUSES = 16 };

/* Actions that fail for the same cause, and the accounts in which they do. */
struct cause {
	enum answer_class class;
	enum policy_kind policy;
	const char *actions, *last_action;
	size_t action_count;
	const struct doctor_account *accounts[MAX_PROBED];
	size_t account_count;
	const char *region, *what; /* of the first */
	const char *fix;
};

struct causes {
	struct cause items[MAX_CAUSES];
	size_t count;
};

static const char *fix_of(const struct answer *answer)
{
	if (answer->class != ANSWER_ACCESS_DENIED)
		return answer_advice(answer);
	if (answer->policy == POLICY_SCP || answer->policy == POLICY_RCP)
		return "contact the owner of the policy, who can exempt the scan role";
	return "neptune-scan iam-policy member prints the policy that the role needs";
}

static struct cause *cause_of(struct causes *causes, const struct answer *answer)
{
	struct cause *cause = causes->items;

	while (cause < causes->items + causes->count &&
	       (cause->class != answer->class || cause->policy != answer->policy))
		cause++;
	if (cause == causes->items + causes->count && causes->count < MAX_CAUSES) {
		causes->count++;
		*cause =
			(struct cause){.class = answer->class, .policy = answer->policy, .fix = fix_of(answer)};
	}
	return cause < causes->items + causes->count ? cause : NULL;
}

static void add_account(struct cause *cause, const struct doctor_account *account)
{
	for (size_t i = 0; i < cause->account_count; i++)
		if (cause->accounts[i] == account)
			return;
	if (cause->account_count < MAX_PROBED)
		cause->accounts[cause->account_count++] = account;
}

static void add_failure(struct doctor *doctor, struct causes *causes, const char *action,
			const struct doctor_account *account, const char *region, const struct answer *answer,
			const char *what)
{
	struct arena *arena = &doctor->findings->arena;
	struct cause *cause = cause_of(causes, answer);

	if (!cause)
		return;
	if (!cause->what) {
		cause->what = arena_copy(arena, what);
		cause->region = arena_copy(arena, region);
	}
	if (!cause->last_action || strcmp(cause->last_action, action) != 0) {
		cause->actions =
			cause->actions ? arena_format(arena, "%s, %s", cause->actions, action) : action;
		cause->last_action = action;
		cause->action_count++;
	}
	add_account(cause, account);
}

static bool is_failure(const struct probe *probe)
{
	const struct answer *answer = &probe->call.answer;

	switch (answer->class) {
	case ANSWER_ACCESS_DENIED:
		return true;
	case ANSWER_TRANSIENT:
	case ANSWER_THROTTLE:
	case ANSWER_PROXY:
	case ANSWER_UNTRUSTED:
		/* A region without Neptune Analytics has no name for it. */
		return !(answer->unresolved &&
			 service_may_be_absent(probe->call.call.operation->service, probe->region));
	default:
		return false; /* "not found": the request was allowed */
	}
}

/* True: allowed wherever it was sent. */
static bool check_query(struct doctor *doctor, enum query_kind query, struct causes *causes)
{
	struct probe probes[MAX_PROBED];
	size_t count = 0;
	bool is_allowed = true;
	char what[560];

	for (size_t i = 0; i < doctor->account_count && count < MAX_PROBED; i++) {
		const struct doctor_account *account = &doctor->accounts[i];

		if (account->session)
			begin(&probes[count++], doctor, account, region_for(doctor, account), query);
	}
	send_all(doctor, probes, count);
	for (size_t i = 0; i < count; i++) {
		if (is_failure(&probes[i])) {
			is_allowed = false;
			answer_describe(&probes[i].call.answer, what, sizeof what);
			add_failure(doctor, causes, query_permission(query), probes[i].account,
				    probes[i].region, &probes[i].call.answer, what);
		}
		end(&probes[i]);
	}
	return is_allowed;
}

static bool check_regions_are_known(struct doctor *doctor, struct causes *causes)
{
	bool are_known = true;

	for (size_t i = 0; i < doctor->account_count; i++) {
		const struct doctor_account *account = &doctor->accounts[i];

		if (!account->regions_answer)
			continue;
		are_known = false;
		add_failure(doctor, causes, "ec2:DescribeRegions", account, doctor->config->region,
			    account->regions_answer, account->regions_problem);
	}
	return are_known;
}

static void report_cause(struct doctor *doctor, const struct cause *cause, size_t actions, size_t accounts)
{
	bool is_denied = cause->class == ANSWER_ACCESS_DENIED, is_one = cause->action_count == 1;

	doctor_report(doctor->findings, DOCTOR_WARNING, "permissions", cause->fix,
		      "%zu of %zu action%s %s %s in %zu of %zu %saccount%s (%s): %s\n%s: %s",
		      cause->action_count, actions, text_plural(actions), is_one ? "is" : "are",
		      is_denied ? "denied" : "not verified", cause->account_count, accounts,
		      doctor_sampled(doctor), text_plural(accounts), cause->region, cause->actions,
		      cause->accounts[0]->id, cause->what);
}

bool doctor_check_permissions(struct doctor *doctor)
{
	size_t actions = config_asks_for_enabled_regions(doctor->config), accounts = 0;
	struct causes causes = {.count = 0};
	bool are_allowed = check_regions_are_known(doctor, &causes);

	for (size_t i = 0; i < doctor->account_count; i++)
		accounts += doctor->accounts[i].session != NULL;
	for (enum query_kind query = 0; query < QUERY_KINDS; query++) {
		if (!(doctor->options->needs >> query & 1) || query_is_fallback(query))
			continue;
		actions++;
		are_allowed = check_query(doctor, query, &causes) && are_allowed;
	}
	for (size_t i = 0; i < causes.count; i++)
		report_cause(doctor, &causes.items[i], actions, accounts);
	if (are_allowed)
		doctor_report(
			doctor->findings, DOCTOR_OK, "permissions", NULL,
			"%zu of %zu actions of the selected controls are allowed in %zu of %zu %saccount%s",
			actions, actions, accounts, accounts, doctor_sampled(doctor), text_plural(accounts));
	return true;
}

/* ---- regions ---- */

/* The distinct regions of all accounts, each with one account that has it. */
struct region_sample {
	const char **regions;
	const struct doctor_account **accounts;
	size_t count;
};

/* False: out of memory. */
static bool collect(const struct doctor *doctor, struct region_sample *sample)
{
	struct arena *arena = &doctor->findings->arena;
	size_t capacity = 1;

	for (size_t i = 0; i < doctor->account_count; i++)
		capacity += doctor->accounts[i].region_count;
	sample->regions = arena_take(arena, capacity * sizeof *sample->regions);
	sample->accounts = arena_take(arena, capacity * sizeof *sample->accounts);
	if (!sample->regions || !sample->accounts)
		return false;
	for (size_t i = 0; i < doctor->account_count; i++) {
		const struct doctor_account *account = &doctor->accounts[i];

		for (size_t j = 0; account->session && j < account->region_count; j++) {
			const struct text_list before = {sample->regions, sample->count};

			if (text_list_contains(before, account->regions[j]))
				continue;
			sample->regions[sample->count] = account->regions[j];
			sample->accounts[sample->count++] = account;
		}
	}
	return true;
}

static bool report_region(struct doctor *doctor, const struct probe *probe)
{
	const struct answer *answer = &probe->call.answer;
	char what[560];

	if (answer->class == ANSWER_OK)
		return true;
	answer_describe(answer, what, sizeof what);
	if (answer->unresolved && endpoint_may_lack_fips(doctor->config, &service_neptune, probe->region))
		doctor_report(doctor->findings, DOCTOR_WARNING, "regions",
			      "name the regions to scan with --regions",
			      "%s has no FIPS endpoint: a scan skips it", probe->region);
	else
		doctor_report(doctor->findings, DOCTOR_WARNING, "regions", answer_advice(answer),
			      "%s in account %s: %s", probe->region, probe->account->id, what);
	return false;
}

bool doctor_check_regions(struct doctor *doctor)
{
	struct region_sample sample = {0};
	bool collected = collect(doctor, &sample);
	size_t count = sample.count, good = 0;
	struct probe *probes = arena_take(&doctor->findings->arena, (count + 1) * sizeof *probes);

	if (!collected || !probes)
		return false;
	for (size_t i = 0; i < count; i++)
		begin(&probes[i], doctor, sample.accounts[i], sample.regions[i], QUERY_CLUSTERS);
	send_all(doctor, probes, count);
	for (size_t i = 0; i < count; i++) {
		good += report_region(doctor, &probes[i]);
		end(&probes[i]);
	}
	if (count == 0)
		doctor_report(doctor->findings, DOCTOR_WARNING, "regions",
			      "name them with --regions, or allow ec2:DescribeRegions",
			      "the regions of no account are known");
	else if (good > 0)
		doctor_report(doctor->findings, DOCTOR_OK, "regions", NULL, "%zu of %zu region%s responded",
			      good, count, text_plural(count));
	return true;
}
