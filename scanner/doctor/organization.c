/* Reads the organization, and chooses the accounts to check. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "scanner/aws/organizations.h"
#include "scanner/doctor/doctor_internal.h"

enum { MAX_PAGES = 100000 };

/* What helps against the response to a request to Organizations. */
static const char *advice_of(const struct doctor *doctor, const struct answer *answer)
{
	if (answer->class != ANSWER_OK && answer->class != ANSWER_ACCESS_DENIED)
		return answer_advice(answer);
	switch (answer->policy) {
	case POLICY_IDENTITY:
		return "neptune-scan iam-policy caller prints the policy that the caller needs";
	case POLICY_BOUNDARY:
		return "allow the action in the caller's permissions boundary, too: neptune-scan iam-policy "
		       "caller";
	case POLICY_SCP:
	case POLICY_RCP:
		return "contact the owner of the policy, who can exempt the caller's role";
	case POLICY_VPC_ENDPOINT:
		return "allow the action in the policy of the VPC endpoint";
	default:
		return arena_format(&doctor->findings->arena,
				    "run in the management account, or as a delegated administrator, or add to "
				    "the resource "
				    "policy of the\norganization what neptune-scan iam-policy delegation "
				    "--account %s prints "
				    "(docs/getting-started.md),\nor name the accounts with --accounts",
				    doctor->identity.account);
	}
}

/* ---- accounts ---- */

static bool is_own(const struct doctor *doctor, const struct found_account *found)
{
	return strcmp(found->id, doctor->identity.account) == 0;
}

/* Appends the active accounts of a page. */
static bool take_page(struct doctor *doctor, struct json_page *page, const json_t *answer,
		      struct found_account ***last)
{
	struct arena *arena = &doctor->findings->arena;
	struct listed_account account;

	if (!organizations_read_page(page, answer, "Accounts"))
		return false;
	for (size_t i = 0; i < json_array_size(page->items); i++) {
		struct found_account *found = arena_take(arena, sizeof *found);

		if (!organizations_read_account(page, i, &account))
			return false;
		doctor->listed++;
		doctor->active += organizations_is_scanned(account.state);
		if (!found || !organizations_is_scanned(account.state))
			continue;
		*found = (struct found_account){.id = arena_copy(arena, account.id),
						.name = arena_copy(arena, account.name),
						.unit = doctor_unit_of_path(doctor, account.path),
						.joined = account.joined};
		if (!found->id)
			continue;
		**last = found;
		*last = &found->next;
	}
	return true;
}

/* Reads the pages. False: failed, and reported. */
static bool list(struct doctor *doctor, struct found_account **first)
{
	struct found_account **last = first;
	const char *token = NULL;
	bool good = true;
	char what[560];

	for (size_t number = 0; good && number < MAX_PAGES && (number == 0 || token); number++) {
		struct sync_call sync_call;
		struct json_page page = {0};

		sync_call_init(&sync_call, doctor->client, doctor_reader(doctor));
		organizations_request_accounts(&sync_call.call, doctor->config->region, token);
		good = sync_client_call(doctor->client, &sync_call) &&
		       take_page(doctor, &page, sync_call.answer.json, &last);
		token = good ? arena_copy(&doctor->findings->arena, page.token) : NULL;
		answer_describe(&sync_call.answer, what, sizeof what);
		if (!good)
			doctor_report(doctor->findings, DOCTOR_FAILURE, "organization",
				      page.problem[0] ? NULL : advice_of(doctor, &sync_call.answer), "%s: %s%s",
				      sync_call.call.operation->permission,
				      page.problem[0] ? "the response is not a list: " : "",
				      page.problem[0] ? page.problem : what);
		sync_call_deinit(&sync_call);
	}
	return good;
}

/* Keeps what a scan covers; returns how many. */
static size_t select_wanted(const struct doctor *doctor, struct found_account **first)
{
	size_t count = 0;

	for (struct found_account **each = first; *each;) {
		if (text_list_contains(doctor->config->exclude_accounts, (*each)->id) ||
		    !doctor_unit_is_wanted(doctor, (*each)->unit)) {
			*each = (*each)->next;
			continue;
		}
		count++;
		each = &(*each)->next;
	}
	return count;
}

/* ---- the sample ---- */

static struct doctor_account *add_account(struct doctor *doctor, const char *id, const char *name)
{
	struct doctor_account *account = &doctor->accounts[doctor->account_count++];

	*account = (struct doctor_account){.id = id, .name = name};
	account->is_own = strcmp(id, doctor->identity.account) == 0;
	return account;
}

static void add_found(struct doctor *doctor, struct found_account *found)
{
	add_account(doctor, found->id, found->name)->joined = found->joined;
	found->is_chosen = true;
}

/* The caller's account; and the management account and the newest one, which a roll-out is likely to miss. */
static size_t choose_special(struct doctor *doctor, struct found_account *first)
{
	struct found_account *newest = NULL, *management = NULL, *own = NULL, *special[3];
	size_t count = 0;

	for (struct found_account *found = first; found; found = found->next) {
		if (is_own(doctor, found))
			own = found;
		else if (doctor->management_account && strcmp(found->id, doctor->management_account) == 0)
			management = found;
		else if (!newest || found->joined > newest->joined)
			newest = found;
	}
	special[0] = own;
	special[1] = management;
	special[2] = newest;
	for (size_t i = 0; i < sizeof special / sizeof special[0]; i++) {
		if (!special[i])
			continue;
		add_found(doctor, special[i]);
		count++;
	}
	return count;
}

/* Selects the special accounts, and others evenly over the list. */
static bool choose(struct doctor *doctor, struct found_account *first, size_t count)
{
	size_t max = doctor->options->all_accounts || count < DOCTOR_SAMPLE + 1 ? count : DOCTOR_SAMPLE + 1;
	size_t taken, i = 0;

	doctor->accounts = arena_take(&doctor->findings->arena, (max + 3) * sizeof *doctor->accounts);
	if (!doctor->accounts)
		return false;
	doctor->wanted = count;
	taken = choose_special(doctor, first);
	max -= taken < max ? taken : max;
	count -= taken;
	taken = 0;
	for (struct found_account *found = first; found && taken < max; found = found->next) {
		if (found->is_chosen || i++ * max / count < taken)
			continue;
		add_found(doctor, found);
		taken++;
	}
	return true;
}

/* An account in no organization. */
static bool choose_own(struct doctor *doctor)
{
	struct found_account *own = arena_take(&doctor->findings->arena, sizeof *own);

	if (!own)
		return false;
	*own = (struct found_account){.id = doctor->identity.account};
	return choose(doctor, own, 1);
}

static bool choose_named(struct doctor *doctor)
{
	const struct text_list *named = &doctor->config->accounts;
	size_t max =
		doctor->options->all_accounts || named->count < DOCTOR_SAMPLE ? named->count : DOCTOR_SAMPLE;

	doctor->accounts = arena_take(&doctor->findings->arena, max * sizeof *doctor->accounts);
	for (size_t i = 0; doctor->accounts && i < max; i++)
		add_account(doctor, named->items[i], NULL);
	doctor->listed = doctor->wanted = doctor->active = named->count;
	doctor_report(doctor->findings, DOCTOR_OK, "organization", NULL,
		      "not queried: organization.accounts names %zu account%s", named->count,
		      text_plural(named->count));
	return doctor->accounts != NULL;
}

const char *doctor_sampled(const struct doctor *doctor)
{
	return doctor->wanted <= doctor->account_count ? "" : "sampled ";
}

/* ---- the organization ---- */

static void report_organization(struct doctor *doctor, const char *id)
{
	bool manages = strcmp(doctor->management_account, doctor->identity.account) == 0;

	doctor_report(doctor->findings, DOCTOR_OK, "organization", NULL, "%s, %s; %zu active account%s", id,
		      manages ? "management account" : "delegated administrator", doctor->active,
		      text_plural(doctor->active));
}

static bool read_list(struct doctor *doctor, const char *id)
{
	struct found_account *found = NULL;

	if (!doctor_check_units(doctor) || !list(doctor, &found) || !doctor_place_accounts(doctor, found))
		return false;
	if (doctor->listed == 0) {
		doctor_report(doctor->findings, DOCTOR_FAILURE, "organization", NULL,
			      "organizations:ListAccounts returned no account");
		return false;
	}
	report_organization(doctor, id);
	return choose(doctor, found, select_wanted(doctor, &found));
}

static bool find_organization(struct doctor *doctor)
{
	struct arena *arena = &doctor->findings->arena;
	struct organization_description organization;
	struct sync_call sync_call;
	const char *id = NULL;
	char what[560];
	bool alone;

	if (doctor->config->accounts.count > 0)
		return doctor_check_units(doctor) && choose_named(doctor);
	sync_call_init(&sync_call, doctor->client, doctor_reader(doctor));
	organizations_request_organization(&sync_call.call, doctor->config->region);
	if (sync_client_call(doctor->client, &sync_call) &&
	    organizations_read_organization(sync_call.answer.json, &organization)) {
		doctor->organization = id = arena_copy(arena, organization.id);
		doctor->management_account = arena_copy(arena, organization.management_account);
	}
	alone = sync_call.answer.class == ANSWER_NOT_IN_ORGANIZATION;
	answer_describe(&sync_call.answer, what, sizeof what);
	if (alone)
		doctor_report(doctor->findings, DOCTOR_WARNING, "organization",
			      "to scan an organization, use credentials of its management account",
			      "account %s is in no organization: a scan covers it alone",
			      doctor->identity.account);
	else if (!id || !doctor->management_account)
		doctor_report(
			doctor->findings, DOCTOR_FAILURE, "organization", advice_of(doctor, &sync_call.answer),
			"%s: %s", sync_call.call.operation->permission,
			sync_call.answer.class == ANSWER_OK ? "Organization has no Id or no MasterAccountId"
							    : what);
	sync_call_deinit(&sync_call);
	if (alone)
		return doctor_check_units(doctor) && choose_own(doctor);
	return id && doctor->management_account && read_list(doctor, id);
}

bool doctor_check_organization(struct doctor *doctor)
{
	return find_organization(doctor);
}
