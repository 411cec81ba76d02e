/*
 * Checks that the role has the permissions of the selected controls. Each query of queries.h is sent once: a
 * list as it is, the others about a resource that does not exist, because "not found" proves the permission
 * as well.
 */
#include <stdio.h>
#include <string.h>

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

static void report_denied(struct doctor *doctor, enum query_kind query, const struct probe *probe,
			  size_t denied, size_t asked)
{
	char what[560];

	answer_describe(&probe->call.answer, what, sizeof what);
	doctor_report(
		doctor->findings, DOCTOR_WARNING, "permissions",
		"`neptune-scan iam-policy` prints the role's policy; for a service control policy ask who "
		"keeps it",
		"%s is denied in %zu of %zu accounts, for instance %s: %s", query_permission(query), denied,
		asked, probe->account->id, what);
}

/* True: allowed in all accounts that were tried. */
static bool check_query(struct doctor *doctor, enum query_kind query)
{
	struct probe probes[DOCTOR_SAMPLE + 2];
	const struct probe *refused = NULL, *failed = NULL;
	size_t count = 0, denied = 0;
	char what[560];

	for (size_t i = 0; i < doctor->account_count && count < sizeof probes / sizeof probes[0]; i++) {
		const struct doctor_account *account = &doctor->accounts[i];

		if (account->session)
			begin(&probes[count++], doctor, account, region_for(doctor, account), query);
	}
	send_all(doctor, probes, count);
	for (size_t i = 0; i < count; i++) {
		enum answer_class class = probes[i].call.answer.class;

		if (class == ANSWER_ACCESS_DENIED) {
			refused = &probes[i];
			denied++;
		} else if (class == ANSWER_TRANSIENT || class == ANSWER_THROTTLE || class == ANSWER_PROXY ||
			   class == ANSWER_UNTRUSTED) {
			/* In a region without Neptune Analytics, the host name does not exist. */
			if (!(probes[i].call.answer.unresolved &&
			      service_may_be_absent(probes[i].call.call.operation->service, probes[i].region)))
				failed = &probes[i];
		}
	}
	if (refused)
		report_denied(doctor, query, refused, denied, count);
	if (failed) {
		answer_describe(&failed->call.answer, what, sizeof what);
		doctor_report(doctor->findings, DOCTOR_WARNING, "permissions",
			      answer_advice(&failed->call.answer), "%s cannot be asked in %s, %s: %s",
			      query_permission(query), failed->account->id, failed->region, what);
	}
	for (size_t i = 0; i < count; i++)
		end(&probes[i]);
	return !refused && !failed;
}

static bool regions_are_known(struct doctor *doctor)
{
	bool known = true;

	for (size_t i = 0; i < doctor->account_count; i++) {
		if (!doctor->accounts[i].regions_problem)
			continue;
		known = false;
		doctor_report(doctor->findings, DOCTOR_WARNING, "permissions",
			      "without it every known region is tried; `neptune-scan iam-policy` prints the "
			      "role's policy",
			      "%s", doctor->accounts[i].regions_problem);
	}
	return known;
}

bool doctor_check_permissions(struct doctor *doctor)
{
	size_t asked = config_asks_for_enabled_regions(doctor->config),
	       there = regions_are_known(doctor) ? asked : 0;
	size_t accounts = 0;

	for (size_t i = 0; i < doctor->account_count; i++)
		accounts += doctor->accounts[i].session != NULL;
	for (enum query_kind query = 0; query < QUERY_KINDS; query++) {
		if (!(doctor->options->needs >> query & 1) || query_is_fallback(query))
			continue;
		asked++;
		there += check_query(doctor, query);
	}
	if (there > 0)
		doctor_report(doctor->findings, DOCTOR_OK, "permissions", NULL,
			      "%zu of %zu that the selected controls need are there, in %zu account%s", there,
			      asked, accounts, accounts == 1 ? "" : "s");
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
			      "name the regions that shall be scanned",
			      "%s has no FIPS endpoint: it will be skipped", probe->region);
	else
		doctor_report(doctor->findings, DOCTOR_WARNING, "regions", answer_advice(answer),
			      "%s, asked in account %s: %s", probe->region, probe->account->id, what);
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
			      "it is not known which there are");
	else if (good > 0)
		doctor_report(doctor->findings, DOCTOR_OK, "regions", NULL, "%zu of %zu region%s answered",
			      good, count, count == 1 ? "" : "s");
	return true;
}
