/*
 * Checks that the role has the permissions that the selected controls need. Each query of queries.h is sent
 * once in each account, in a region that is open there.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "scanner/doctor/probe.h"

static void add_failure(struct doctor *doctor, const struct failed_request *failed)
{
	causes_add(&doctor->permission_causes, &doctor->findings->arena, failed);
}

/* A key that is known may be in another region. */
static void begin(struct doctor *doctor, struct doctor_account *account, enum query_kind query,
		  struct probe *probe)
{
	bool about_key = query_specs[query].about == SUBJECT_KEY && account->key;

	probe_begin(probe, doctor, account, about_key ? account->key_region : account->open_region,
		    account->key, query);
}

/* In the accounts from `next` on, as many as are tried at once. True: allowed wherever it was sent. */
static bool check_some(struct doctor *doctor, enum query_kind query, size_t *next)
{
	struct probe probes[DOCTOR_AT_ONCE];
	size_t count = 0;
	bool is_allowed = true;
	char what[560];

	for (; *next < doctor->account_count && count < DOCTOR_AT_ONCE; ++*next) {
		struct doctor_account *account = &doctor->accounts[*next];

		if (account->session && account->open_region)
			begin(doctor, account, query, &probes[count++]);
	}
	probes_send(doctor, probes, count);
	for (size_t i = 0; i < count; i++) {
		if (probe_has_failed(&probes[i])) {
			struct failed_request failed = probe_failure(&probes[i], what, sizeof what);

			is_allowed = false;
			if (!answer_is_of_network(failed.answer) ||
			    doctor_service_responds(doctor, failed.operation->service, failed.region))
				add_failure(doctor, &failed);
		}
		probe_end(&probes[i]);
	}
	return is_allowed;
}

static bool check_query(struct doctor *doctor, enum query_kind query)
{
	bool is_allowed = true;

	for (size_t next = 0; next < doctor->account_count;)
		is_allowed = check_some(doctor, query, &next) && is_allowed;
	return is_allowed;
}

static bool check_regions_are_known(struct doctor *doctor)
{
	bool are_known = true;

	for (size_t i = 0; i < doctor->account_count; i++) {
		const struct doctor_account *account = &doctor->accounts[i];
		const struct failed_request failed = {&operations[EC2_DESCRIBE_REGIONS],
						      account->id,
						      doctor->config->region,
						      account->regions_answer,
						      account->regions_problem,
						      !account->assumed};

		if (!account->regions_answer)
			continue;
		are_known = false;
		add_failure(doctor, &failed);
	}
	return are_known;
}

static void report_cause(struct doctor *doctor, const struct cause *cause, size_t actions, size_t accounts)
{
	struct arena *arena = &doctor->findings->arena;
	bool is_denied = cause->class == ANSWER_ACCESS_DENIED, is_one = cause->actions.count == 1;

	doctor_report(doctor->findings, DOCTOR_WARNING, "permissions", cause->fix,
		      "%zu of %zu action%s %s %s in %zu of %zu %saccount%s (%s): %s\n%s: %s",
		      cause->actions.count, actions, text_plural(actions), is_one ? "is" : "are",
		      is_denied ? "denied" : "not verified", cause->accounts.count, accounts,
		      doctor_sampled(doctor), text_plural(accounts), cause->regions.items[0],
		      names_join(&cause->actions, arena, 0), cause->accounts.items[0], cause->what);
}

bool doctor_check_permissions(struct doctor *doctor)
{
	size_t actions = config_asks_for_enabled_regions(doctor->config), accounts = 0;
	bool are_allowed = check_regions_are_known(doctor);

	if (!doctor_probe_regions(doctor))
		return false;
	for (size_t i = 0; i < doctor->account_count; i++)
		accounts += doctor->accounts[i].session && doctor->accounts[i].open_region;
	for (enum query_kind query = 0; query < QUERY_KINDS; query++) {
		if (!(doctor->options->needs >> query & 1) || query_is_fallback(query))
			continue;
		actions++;
		are_allowed = check_query(doctor, query) && are_allowed;
	}
	for (const struct cause *cause = doctor->permission_causes.first; cause; cause = cause->next)
		report_cause(doctor, cause, actions, accounts);
	if (accounts == 0 || (!are_allowed && !doctor->permission_causes.first))
		doctor_report(doctor->findings, DOCTOR_SKIPPED, "permissions", NULL, "%s, see regions",
			      accounts == 0 ? "no region is open in any account"
					    : "a service does not respond");
	else if (are_allowed)
		doctor_report(
			doctor->findings, DOCTOR_OK, "permissions", NULL,
			"%zu of %zu actions of the selected controls are allowed in %zu of %zu %saccount%s",
			actions, actions, accounts, accounts, doctor_sampled(doctor), text_plural(accounts));
	return true;
}
