/* Assumes the role in the accounts, and reads their regions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/partition.h"
#include "scanner/doctor/doctor_internal.h"
#include "scanner/queries/permission.h"

static const char *role_of(const struct doctor *doctor, const struct doctor_account *account)
{
	return account->is_own ? doctor->config->management_role : doctor->config->role_name;
}

/* ---- roles ---- */

const struct gap *doctor_gap_of(const struct doctor *doctor, const struct doctor_account *account,
				const char *region, enum cell_state state)
{
	const struct row row = {.id = account->id, .name = account->name};
	const struct cell_summary cell = {.state = (uint8_t)state};

	return gaps_find(doctor->options->gaps, &row, region, &cell);
}

const struct answer *doctor_keep_answer(struct doctor *doctor, const struct answer *answer)
{
	struct answer *copy = arena_take(&doctor->findings->arena, sizeof *copy);

	if (!copy)
		return NULL;
	*copy = *answer;
	copy->json = NULL;
	return copy;
}

struct attempt {
	struct doctor_account *account;
	struct sts_reading reading;
	char arn[ARN_SIZE];
};

static void begin(struct doctor *doctor, struct attempt *attempt, struct sync_call *sync_call)
{
	const struct config *config = doctor->config;
	const struct role_request role = {
		.arn = attempt->arn,
		.session_name = doctor->session_name,
		.external_id = config->external_id,
		.seconds = STS_MAX_SESSION_S,
		.policy = doctor->is_policy_refused ? NULL : doctor->session_policy.at,
	};

	sts_role_arn(attempt->arn, partition_of_home(config->region)->id, attempt->account->id,
		     role_of(doctor, attempt->account));
	sts_reading_init(&attempt->reading);
	sync_call_init(sync_call, doctor->client, doctor->credentials.session);
	sync_call->handler = &attempt->reading.handler;
	sts_request_assume_role(&sync_call->call, config->region, &role);
}

static void end(struct doctor *doctor, struct attempt *attempt, struct sync_call *sync_call)
{
	struct doctor_account *account = attempt->account;
	struct arena *arena = &doctor->findings->arena;
	char what[560];

	if (sts_refuses_policy(&sync_call->answer) && strcmp(doctor->config->narrow, "require") != 0)
		doctor->is_policy_refused = true;
	if (sync_call->answer.class != ANSWER_OK) {
		answer_describe(&sync_call->answer, what, sizeof what);
		account->problem = arena_copy(arena, sync_call->answer.code[0] ? sync_call->answer.code : what);
		if (sync_call->answer.class == ANSWER_ACCESS_DENIED)
			account->refusal = doctor_keep_answer(doctor, &sync_call->answer);
	} else if (strcmp(attempt->reading.identity.account, account->id) != 0) {
		account->problem = arena_format(arena, "sts:AssumeRole returned a session of account %s",
						attempt->reading.identity.account);
	} else {
		account->assumed = sts_take_session(&attempt->reading,
						    call_clock_ahead(&sync_call->call, &sync_call->answer));
		account->session = account->assumed;
		account->problem = account->session ? NULL : "sts:AssumeRole returned no usable credentials";
	}
	sts_reading_deinit(&attempt->reading);
	sync_call_deinit(sync_call);
}

/* Concurrently. */
static void assume_all(struct doctor *doctor)
{
	size_t next = 0;

	while (next < doctor->account_count) {
		struct attempt attempts[DOCTOR_AT_ONCE];
		struct sync_call sync_call[DOCTOR_AT_ONCE];
		size_t count = 0;

		for (; next < doctor->account_count && count < DOCTOR_AT_ONCE; next++) {
			struct doctor_account *account = &doctor->accounts[next];

			if (!role_of(doctor, account)) {
				account->session = doctor->credentials.session;
				continue;
			}
			attempts[count].account = account;
			begin(doctor, &attempts[count], &sync_call[count]);
			count++;
		}
		sync_client_call_all(doctor->client, sync_call, count);
		for (size_t i = 0; i < count; i++)
			end(doctor, &attempts[i], &sync_call[i]);
	}
}

static void report_roles(struct doctor *doctor, size_t tried, size_t refused)
{
	const char *sampled = doctor_sampled(doctor);
	char rest[80] = "";

	if (refused > 0) {
		doctor_report_refusals(doctor, tried, refused);
		return;
	}
	if (*sampled)
		snprintf(rest, sizeof rest, " (%zu active in the organization; --all checks each)",
			 doctor->active);
	doctor_report(doctor->findings, DOCTOR_OK, "role", NULL,
		      "%s can be assumed in %zu of %zu %saccount%s%s", doctor->config->role_name, tried, tried,
		      sampled, text_plural(tried), rest);
}

/* ---- regions ---- */

static void take_regions(struct doctor *doctor, struct doctor_account *account,
			 const struct regions_reading *reading)
{
	struct arena *arena = &doctor->findings->arena;
	const char **regions = arena_take(arena, (reading->count + 1) * sizeof *regions), *region;

	for (size_t i = 0; regions && i < reading->count; i++)
		if (!text_list_contains(doctor->config->exclude_regions, reading->enabled[i]) &&
		    (region = arena_copy(arena, reading->enabled[i])))
			regions[account->region_count++] = region;
	account->regions = regions;
}

static void set_regions_problem(struct doctor *doctor, struct doctor_account *account,
				const struct answer *answer, const char *problem)
{
	account->regions_problem = arena_format(
		&doctor->findings->arena, "%s%s",
		answer->class == ANSWER_OK ? "the response is not a list of regions: " : "", problem);
	account->regions_answer = doctor_keep_answer(doctor, answer);
}

static void begin_regions(struct doctor *doctor, const struct doctor_account *account,
			  struct regions_reading *reading, struct sync_call *sync_call)
{
	regions_reading_init(reading, doctor->config->region);
	sync_call_init(sync_call, doctor->client, account->session);
	sync_call->handler = &reading->handler;
	regions_request_list(&sync_call->call, doctor->config->region);
}

static void end_regions(struct doctor *doctor, struct doctor_account *account, struct regions_reading *reading,
			struct sync_call *sync_call)
{
	const struct answer *answer = &sync_call->answer;
	const char *problem = answer->class == ANSWER_OK ? regions_problem(reading) : NULL;
	char what[560];

	answer_describe(answer, what, sizeof what);
	if (problem || answer->class != ANSWER_OK)
		set_regions_problem(doctor, account, answer, problem ? problem : what);
	else
		take_regions(doctor, account, reading);
	regions_reading_deinit(reading);
	sync_call_deinit(sync_call);
}

static void request_regions(struct doctor *doctor)
{
	size_t next = 0;

	while (next < doctor->account_count) {
		struct doctor_account *accounts[DOCTOR_AT_ONCE];
		struct regions_reading readings[DOCTOR_AT_ONCE];
		struct sync_call sync_call[DOCTOR_AT_ONCE];
		size_t count = 0;

		for (; next < doctor->account_count && count < DOCTOR_AT_ONCE; next++) {
			if (!doctor->accounts[next].session)
				continue;
			accounts[count] = &doctor->accounts[next];
			begin_regions(doctor, accounts[count], &readings[count], &sync_call[count]);
			count++;
		}
		sync_client_call_all(doctor->client, sync_call, count);
		for (size_t i = 0; i < count; i++)
			end_regions(doctor, accounts[i], &readings[i], &sync_call[i]);
	}
}

static void find_regions(struct doctor *doctor)
{
	const struct config *config = doctor->config;
	struct arena *arena = &doctor->findings->arena;
	const char **named = arena_take(arena, (config->regions.count + 1) * sizeof *named);
	size_t count = 0;

	if (config_asks_for_enabled_regions(config)) {
		request_regions(doctor);
		return;
	}
	for (size_t i = 0; named && i < config->regions.count; i++)
		if (!text_list_contains(config->exclude_regions, config->regions.items[i]))
			named[count++] = config->regions.items[i];
	for (size_t i = 0; i < doctor->account_count; i++) {
		doctor->accounts[i].regions = named;
		doctor->accounts[i].region_count = count;
	}
}

static bool is_accepted_in(const struct doctor *doctor, const struct doctor_account *account,
			   const char *region, struct names *gaps)
{
	const struct gap *gap = doctor_gap_of(doctor, account, region, CELL_UNREACHED);

	if (gap)
		names_add(gaps, &doctor->findings->arena, gap->name);
	return gap != NULL;
}

bool doctor_gaps_cover_account(const struct doctor *doctor, const struct doctor_account *account,
			       struct names *gaps)
{
	size_t regions = 0;

	if (is_accepted_in(doctor, account, NULL, gaps))
		return true;
	for (size_t i = 0; i < doctor->account_count; i++) {
		const struct doctor_account *other = &doctor->accounts[i];

		for (size_t j = 0; j < other->region_count; j++, regions++)
			if (!is_accepted_in(doctor, account, other->regions[j], gaps))
				return false;
	}
	return regions > 0;
}

static void forget_attempts(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->account_count; i++) {
		struct doctor_account *account = &doctor->accounts[i];

		session_free(account->assumed);
		account->session = account->assumed = NULL;
		account->problem = NULL;
		account->refusal = NULL;
	}
}

/* As a scan: with the session policy, and without it if STS refuses that. */
static void assume_narrowed(struct doctor *doctor)
{
	if (strcmp(doctor->config->narrow, "off") != 0)
		session_policy_write(doctor->options->needs, &doctor->session_policy);
	doctor->findings->arena.failed = doctor->findings->arena.failed || doctor->session_policy.failed;
	assume_all(doctor);
	if (!doctor->is_policy_refused)
		return;
	doctor_report(
		doctor->findings, DOCTOR_WARNING, "role",
		"pass fewer session tags, or select fewer controls; a scan assumes the role without it",
		"role.narrow: STS refuses the session policy, so sessions have all permissions of the role");
	forget_attempts(doctor);
	assume_all(doctor);
}

/* A run in which no cell was assessed is incomplete, whatever is accepted. Accounts may be left to assess. */
static void report_accepted(struct doctor *doctor, size_t accepted)
{
	bool are_all = accepted == doctor->account_count, is_sample = doctor->wanted > doctor->account_count;

	doctor_report(doctor->findings,
		      !are_all    ? DOCTOR_OK
		      : is_sample ? DOCTOR_WARNING
				  : DOCTOR_FAILURE,
		      "role", are_all ? "create the role in an account, or correct the gap" : NULL,
		      "%s cannot be assumed in %zu %saccount%s in accepted gaps%s", doctor->config->role_name,
		      accepted, are_all ? doctor_sampled(doctor) : "", text_plural(accepted),
		      are_all ? ": a run in which no cell was assessed is incomplete, whatever is accepted"
			      : "");
}

bool doctor_check_roles(struct doctor *doctor)
{
	size_t tried = 0, refused = 0, accepted = 0, open = 0;

	assume_narrowed(doctor);
	find_regions(doctor);
	for (size_t i = 0; i < doctor->account_count; i++) {
		struct doctor_account *account = &doctor->accounts[i];

		struct names gaps = {0};

		account->is_accepted = account->problem && doctor_gaps_cover_account(doctor, account, &gaps);
		tried += role_of(doctor, account) && !account->is_accepted;
		refused += account->problem && !account->is_accepted;
		accepted += account->is_accepted;
		open += account->session != NULL;
	}
	if (accepted > 0)
		report_accepted(doctor, accepted);
	if (tried > 0)
		report_roles(doctor, tried, refused);
	else if (open > 0)
		doctor_report(
			doctor->findings, DOCTOR_OK, "role", NULL,
			"no role is needed: the caller's account is scanned with the caller's credentials");
	return open > 0;
}
