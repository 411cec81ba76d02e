/*
 * Checks that the services respond in each region of each account, and that no policy of the organization
 * closes a region.
 *
 * The first account that has a region tries the network of it; the others, whether a policy closes the region
 * for them. Service control policies do not apply to the management account.
 */
#include <stdio.h>
#include <string.h>

#include "base/arn.h"
#include "base/text.h"
#include "scanner/aws/endpoint.h"
#include "scanner/doctor/probe.h"
#include "scanner/queries/plan.h"

enum { SERVICES = 3, BATCH = 32, SHOWN = 5 };

/* The response to a probe of a region. */
struct region_probe {
	struct doctor_account *account;
	const char *region;
	enum query_kind query;
	const struct operation *operation;
	const struct answer *answer; /* NULL: the request is allowed, or was not sent */
	const char *what;
};

struct region_probes {
	enum query_kind first; /* the one that a cell begins with: it decides whether a region is open */
	struct region_probe *items;
	size_t count;
	struct names regions;
};

/* ---- which ---- */

/*
 * One query for each service that the controls need; the first is the one that a cell begins with. Others are
 * not sent: the role's policy and the session policy allow the queries of the selected controls alone.
 */
static size_t choose_queries(const struct doctor *doctor, enum query_kind queries[SERVICES])
{
	size_t count = 0;

	queries[count++] = query_plan_first(doctor->options->needs);
	for (enum query_kind query = 0; query < QUERY_KINDS; query++) {
		const struct service *service = operations[query_specs[query].operation].service;
		bool is_new = count < SERVICES && (doctor->options->needs >> query & 1);

		for (size_t i = 0; i < count; i++)
			is_new = is_new && operations[query_specs[queries[i]].operation].service != service;
		if (is_new)
			queries[count++] = query;
	}
	return count;
}

static bool plan(struct doctor *doctor, struct region_probes *probes)
{
	struct arena *arena = &doctor->findings->arena;
	enum query_kind queries[SERVICES];
	size_t query_count = choose_queries(doctor, queries), capacity = 1;

	probes->first = queries[0];
	for (size_t i = 0; i < doctor->account_count; i++)
		capacity += doctor->accounts[i].region_count * query_count;
	probes->items = arena_take(arena, capacity * sizeof *probes->items);
	for (size_t i = 0; probes->items && i < doctor->account_count; i++) {
		struct doctor_account *account = &doctor->accounts[i];

		for (size_t j = 0; account->session && j < account->region_count; j++) {
			names_add(&probes->regions, arena, account->regions[j]);
			for (size_t k = 0; k < query_count; k++)
				probes->items[probes->count++] = (struct region_probe){
					.account = account, .region = account->regions[j], .query = queries[k]};
		}
	}
	return probes->items != NULL;
}

/* ---- sending ---- */

/* No response of AWS. */
static bool is_of_network(const struct region_probe *probe)
{
	return probe->answer && answer_is_of_network(probe->answer);
}

static bool is_of_same_endpoint(const struct region_probe *a, const struct region_probe *b)
{
	return a->query == b->query && strcmp(a->region, b->region) == 0;
}

/* The earlier probe of the same endpoint; NULL: this is the first. */
static const struct region_probe *probe_before(const struct region_probes *probes,
					       const struct region_probe *probe)
{
	for (const struct region_probe *other = probes->items; other < probe; other++)
		if (is_of_same_endpoint(other, probe))
			return other;
	return NULL;
}

/* A key that encrypts a cluster, and belongs to the account. */
static void note_key(struct doctor *doctor, struct probe *probe)
{
	struct doctor_account *account = probe->account;
	struct query_page page = {0};

	if (account->key || probe->query.spec->kind != QUERY_CLUSTERS ||
	    query_read(&probe->query, &probe->call.answer, &page) == QUERY_BROKEN)
		return;
	for (const struct resource *cluster = page.first; cluster; cluster = cluster->next) {
		const char *key = cluster->values[ATTRIBUTE_KMS_KEY_ID];

		if (!key || !arn_belongs_to(key, "kms", account->id, probe->region))
			continue;
		account->key = arena_copy(&doctor->findings->arena, key);
		account->key_region = probe->region;
		return;
	}
}

static void keep(struct doctor *doctor, struct region_probe *kept, struct probe *probe)
{
	char what[560];

	kept->operation = probe->call.call.operation;
	if (probe_has_failed(probe)) {
		kept->what = arena_copy(&doctor->findings->arena, probe_failure(probe, what, sizeof what).what);
		kept->answer = doctor_keep_answer(doctor, &probe->call.answer);
	} else if (probe->call.answer.class == ANSWER_OK) {
		note_key(doctor, probe);
	}
	probe_end(probe);
}

/* `first`: the probes that are the first of their endpoint, or else the others, where that one was answered. */
static void send_probes(struct doctor *doctor, struct region_probes *probes, bool first)
{
	size_t next = 0;

	while (next < probes->count) {
		struct region_probe *kept[BATCH];
		struct probe sent[BATCH];
		size_t count = 0;

		for (; next < probes->count && count < BATCH; next++) {
			struct region_probe *probe = &probes->items[next];
			const struct region_probe *before = probe_before(probes, probe);

			if (first ? before != NULL : !before || is_of_network(before))
				continue;
			kept[count] = probe;
			probe_begin(&sent[count++], doctor, probe->account, probe->region, probe->query);
		}
		probes_send(doctor, sent, count);
		for (size_t i = 0; i < count; i++)
			keep(doctor, kept[i], &sent[i]);
	}
}

/* ---- what they say ---- */

static bool is_closed(const struct region_probe *probe)
{
	return probe->answer && probe->answer->class == ANSWER_ACCESS_DENIED &&
	       policy_is_of_organization(probe->answer->policy);
}

/* Permissions are checked where the region is not the problem: at home, if it is open. */
static void choose_open_regions(const struct doctor *doctor, struct region_probes *probes)
{
	for (size_t i = 0; i < probes->count; i++) {
		const struct region_probe *probe = &probes->items[i];
		bool responds = probe->operation && !is_of_network(probe);

		if (probe->query != probes->first || is_closed(probe) || !responds)
			continue;
		if (!probe->account->open_region || strcmp(probe->region, doctor->config->region) == 0)
			probe->account->open_region = probe->region;
	}
}

bool doctor_probe_regions(struct doctor *doctor)
{
	struct region_probes *probes = arena_take(&doctor->findings->arena, sizeof *probes);

	doctor->region_probes = probes;
	if (!probes || !plan(doctor, probes))
		return false;
	send_probes(doctor, probes, true);
	send_probes(doctor, probes, false);
	choose_open_regions(doctor, probes);
	for (size_t i = 0; i < doctor->account_count; i++)
		if (doctor->accounts[i].session && doctor->accounts[i].region_count == 0)
			doctor->accounts[i].open_region = doctor->config->region;
	return true;
}

bool doctor_service_responds(const struct doctor *doctor, const struct service *service, const char *region)
{
	const struct region_probes *probes = doctor->region_probes;

	for (size_t i = 0; i < probes->count; i++) {
		const struct region_probe *probe = &probes->items[i];

		if (is_of_network(probe) && probe->operation->service == service &&
		    strcmp(probe->region, region) == 0)
			return false;
	}
	return true;
}

static bool is_management(const struct doctor *doctor, const struct doctor_account *account)
{
	return doctor->management_account && strcmp(account->id, doctor->management_account) == 0;
}

/* Closed in every member account that has it. */
static bool is_closed_everywhere(const struct doctor *doctor, const char *region)
{
	const struct region_probes *probes = doctor->region_probes;
	bool closed = false;

	for (size_t i = 0; i < probes->count; i++) {
		const struct region_probe *probe = &probes->items[i];

		if (probe->query != probes->first || strcmp(probe->region, region) != 0 ||
		    is_management(doctor, probe->account))
			continue;
		if (!is_closed(probe))
			return false;
		closed = true;
	}
	return closed;
}

/* The probe that decides the cell of the probe's account and region. */
static const struct region_probe *probe_of_cell(const struct region_probes *probes,
						const struct region_probe *probe)
{
	while (probe > probes->items && probe->query != probes->first)
		probe--;
	return probe;
}

/* A service is refused in a region that is closed anyway, or the permissions check has reported the cause. */
static bool is_explained(const struct doctor *doctor, const struct region_probe *probe)
{
	const struct region_probe *cell = probe_of_cell(doctor->region_probes, probe);
	const struct failed_request failed = {probe->operation, probe->account->id, probe->region,
					      probe->answer,    probe->what,        !probe->account->assumed};

	if (cell != probe && is_closed(probe) && is_closed(cell))
		return true;
	return causes_explain(&doctor->permission_causes, &failed);
}

static bool lacks_fips(const struct doctor *doctor, const struct region_probe *probe)
{
	return probe->answer->unresolved &&
	       endpoint_may_lack_fips(doctor->config, probe->operation->service, probe->region);
}

/* ---- reporting ---- */

static size_t count_members(const struct doctor *doctor)
{
	size_t count = 0;

	for (size_t i = 0; i < doctor->account_count; i++)
		count += doctor->accounts[i].session && !is_management(doctor, &doctor->accounts[i]);
	return count;
}

static void report_closed(struct doctor *doctor, const struct names *closed, const struct names *accepted)
{
	struct arena *arena = &doctor->findings->arena;
	size_t members = count_members(doctor), regions = doctor->region_probes->regions.count;
	const struct gap *in_force = doctor_gap_to_extend(doctor);
	/* Gaps for all of them would leave nothing to be assessed in any member account. */
	bool is_all = closed->count + accepted->count >= regions;
	const char *advice = arena_format(
		arena,
		"accept the gap: fill in owner and expires (YYYY-MM-DD), and paste this into the file of\n"
		"--exceptions%s%s%s; or contact the owner of the policy, who can exempt the scan role",
		in_force ? ", or add these regions to [gap " : "", in_force ? in_force->name : "",
		in_force ? "] there" : "");

	doctor_report_section(
		doctor->findings, DOCTOR_WARNING, "regions",
		is_all ? "contact the owner of the policy, who can exempt the scan role. Accepted gaps do not "
			 "help: a\nscan that assesses no member account proves nothing"
		       : advice,
		is_all ? NULL : doctor_write_gap(doctor, closed),
		"%zu of %zu region%s %s closed by a policy of the organization in %zu of %zu %saccount%s: %s",
		closed->count, regions, text_plural(regions), closed->count == 1 ? "is" : "are", members,
		members, doctor_sampled_further(doctor), text_plural(members), names_join(closed, arena, 0));
}

static void report_cause(struct doctor *doctor, const struct cause *cause)
{
	struct arena *arena = &doctor->findings->arena;
	bool is_denied = cause->class == ANSWER_ACCESS_DENIED;

	doctor_report(
		doctor->findings, DOCTOR_WARNING, "regions", cause->fix, "%s %s in %zu region%s: %s\n%s: %s",
		is_denied ? names_join(&cause->actions, arena, 0) : cause->service->host_prefix,
		!is_denied                 ? "does not respond"
		: cause->actions.count > 1 ? "are denied"
					   : "is denied",
		cause->regions.count, text_plural(cause->regions.count), names_join(&cause->regions, arena, 0),
		names_join(&cause->accounts, arena, SHOWN), cause->what);
}

static void report_without_fips(struct doctor *doctor, const struct names *regions)
{
	bool is_one = regions->count == 1;

	doctor_report(doctor->findings, DOCTOR_WARNING, "regions", "name the regions to scan with --regions",
		      "%s %s no FIPS endpoint: a scan skips %s",
		      names_join(regions, &doctor->findings->arena, 0), is_one ? "has" : "have",
		      is_one ? "it" : "them");
}

static void report_accepted(struct doctor *doctor, const struct names *accepted)
{
	doctor_report(doctor->findings, DOCTOR_OK, "regions", NULL, "%zu region%s in accepted gaps: %s",
		      accepted->count, accepted->count == 1 ? " is" : "s are",
		      names_join(accepted, &doctor->findings->arena, 0));
}

/* Regions by what was found. */
struct region_groups {
	struct names closed, accepted, without_fips;
};

/* The accepted gap that the whole cell of the probe is in; NULL: none. */
static const struct gap *gap_of(const struct doctor *doctor, const struct region_probe *probe)
{
	const struct region_probe *cell = probe_of_cell(doctor->region_probes, probe);

	if (!cell->answer)
		return NULL;
	return doctor_gap_of(doctor, cell->account, cell->region,
			     cell->answer->class == ANSWER_ACCESS_DENIED ? CELL_DENIED : CELL_ERROR);
}

bool doctor_gaps_cover_regions(const struct doctor *doctor, const struct doctor_account *account,
			       struct names *gaps)
{
	const struct region_probes *probes = doctor->region_probes;
	size_t covered = 0;

	for (size_t i = 0; i < probes->count; i++) {
		const struct region_probe *probe = &probes->items[i];
		const struct gap *gap;

		if (probe->account != account || probe->query != probes->first)
			continue;
		gap = gap_of(doctor, probe);
		if (!gap)
			return false;
		names_add(gaps, &doctor->findings->arena, gap->name);
		covered++;
	}
	return covered > 0;
}

/* Sorts the failures; returns the number of regions without one. */
static size_t group(struct doctor *doctor, struct causes *causes, struct region_groups *groups)
{
	const struct region_probes *probes = doctor->region_probes;
	struct arena *arena = &doctor->findings->arena;
	struct names failed_regions = {0};

	for (size_t i = 0; i < probes->count; i++) {
		const struct region_probe *probe = &probes->items[i];
		const struct failed_request failed = {probe->operation, probe->account->id,
						      probe->region,    probe->answer,
						      probe->what,      !probe->account->assumed};

		if (!probe->answer)
			continue;
		if (gap_of(doctor, probe))
			names_add(&groups->accepted, arena, probe->region);
		else if (probe->query == probes->first && is_closed_everywhere(doctor, probe->region))
			names_add(&groups->closed, arena, probe->region);
		else if (lacks_fips(doctor, probe))
			names_add(&groups->without_fips, arena, probe->region);
		else if (is_explained(doctor, probe))
			continue;
		else
			causes_add(causes, arena, &failed);
		names_add(&failed_regions, arena, probe->region);
	}
	return probes->regions.count - failed_regions.count;
}

bool doctor_check_regions(struct doctor *doctor)
{
	size_t count = doctor->region_probes->regions.count, good;
	struct region_groups groups = {.closed = {0}};
	struct causes causes = {0};

	good = group(doctor, &causes, &groups);
	if (groups.closed.count > 0)
		report_closed(doctor, &groups.closed, &groups.accepted);
	if (groups.accepted.count > 0)
		report_accepted(doctor, &groups.accepted);
	doctor_report_gap_accounts(doctor);
	if (groups.without_fips.count > 0)
		report_without_fips(doctor, &groups.without_fips);
	for (const struct cause *cause = causes.first; cause; cause = cause->next)
		report_cause(doctor, cause);
	if (count == 0)
		doctor_report(doctor->findings, DOCTOR_WARNING, "regions",
			      "name them with --regions, or allow ec2:DescribeRegions",
			      "the regions of no account are known");
	else if (good > 0)
		doctor_report(doctor->findings, DOCTOR_OK, "regions", NULL, "%zu of %zu region%s responded",
			      good, count, text_plural(count));
	return true;
}
