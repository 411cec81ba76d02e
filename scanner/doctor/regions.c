/* Reports what the probes of the regions showed (region_probes.h). */
#include <string.h>

#include "base/text.h"
#include "scanner/aws/endpoint.h"
#include "scanner/doctor/region_probes.h"

enum { SHOWN = 5 };

/* ---- what they say ---- */

static bool is_management(const struct doctor *doctor, const struct doctor_account *account)
{
	return doctor->management_account && strcmp(account->id, doctor->management_account) == 0;
}

/* No list was allowed. Service control policies do not apply to the management account. */
static void find_closed_regions(const struct doctor *doctor)
{
	const struct region_probes *probes = doctor->region_probes;

	for (size_t i = 0; i < probes->cell_count; i++)
		if (!is_management(doctor, probes->cells[i].account))
			probes->cells[i].region->is_closed = true;
	for (size_t i = 0; i < probes->cell_count; i++) {
		const struct region_cell *cell = &probes->cells[i];

		if (!is_management(doctor, cell->account) &&
		    (!region_probe_is_closed(cell->first) || cell->listed))
			cell->region->is_closed = false;
	}
}

static struct failed_request failure_of(const struct region_probe *probe)
{
	const struct doctor_account *account = probe->cell->account;

	return (struct failed_request){region_probe_operation(probe),
				       account->id,
				       probe->cell->region->name,
				       probe->answer,
				       probe->what,
				       !account->assumed};
}

/* A query is refused in a region that is closed anyway, or the permissions check has reported the cause. */
static bool is_explained(const struct doctor *doctor, const struct region_probe *probe)
{
	const struct region_cell *cell = probe->cell;
	const struct failed_request failed = failure_of(probe);

	if (cell->first != probe && region_probe_is_closed(probe) && region_probe_is_closed(cell->first))
		return true;
	return causes_explain(&doctor->permission_causes, &failed);
}

static bool lacks_fips(const struct doctor *doctor, const struct region_probe *probe)
{
	return probe->answer->unresolved &&
	       endpoint_may_lack_fips(doctor->config, region_probe_operation(probe)->service,
				      probe->cell->region->name);
}

/* The accepted gap that the whole cell of the probe is in: none covers a cell with resources. NULL: none. */
static const struct gap *gap_of(const struct doctor *doctor, const struct region_probe *probe)
{
	const struct region_cell *cell = probe->cell;

	if (!probe->answer || !region_cell_is_known(doctor->region_probes, cell) || cell->has_resources)
		return NULL;
	return doctor_gap_of(doctor, cell->account, cell->region->name,
			     probe->answer->class == ANSWER_ACCESS_DENIED ? CELL_DENIED : CELL_ERROR);
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
	size_t members = count_members(doctor), regions = doctor->region_probes->region_count;
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
		members, doctor_sampled(doctor), text_plural(members), names_join(closed, arena, 0));
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

bool doctor_gaps_cover_regions(const struct doctor *doctor, const struct doctor_account *account,
			       struct names *gaps)
{
	const struct region_probes *probes = doctor->region_probes;
	size_t covered = 0;

	for (size_t i = 0; i < probes->cell_count; i++) {
		const struct region_cell *cell = &probes->cells[i];
		const struct gap *gap;

		if (cell->account != account)
			continue;
		gap = cell->first ? gap_of(doctor, cell->first) : NULL;
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

	for (const struct region_probe *probe = probes->head; probe; probe = probe->next) {
		const struct region_cell *cell = probe->cell;
		const char *region = cell->region->name;
		const struct failed_request failed = failure_of(probe);

		if (!probe->answer)
			continue;
		if (gap_of(doctor, probe))
			names_add(&groups->accepted, arena, region);
		else if (probe == cell->first && cell->region->is_closed && region_probe_is_closed(probe))
			names_add(&groups->closed, arena, region);
		else if (lacks_fips(doctor, probe))
			names_add(&groups->without_fips, arena, region);
		else if (is_explained(doctor, probe))
			continue;
		else
			causes_add(causes, arena, &failed);
		names_add(&failed_regions, arena, region);
	}
	return probes->region_count - failed_regions.count;
}

static void report_good(struct doctor *doctor, size_t good)
{
	size_t count = doctor->region_probes->region_count;
	bool is_sample = !doctor->options->all_accounts && doctor->account_count > 1;

	doctor_report(doctor->findings, DOCTOR_OK, "regions", NULL, "%zu of %zu region%s responded%s", good,
		      count, text_plural(count),
		      is_sample
			      ? "; every list was tried in one sampled account of each region (--all: in each)"
			      : "");
}

bool doctor_check_regions(struct doctor *doctor)
{
	const struct region_probes *probes = doctor->region_probes;
	struct region_groups groups = {.closed = {0}};
	struct causes causes = {0};
	size_t good;

	find_closed_regions(doctor);
	good = group(doctor, &causes, &groups);
	if (groups.closed.count > 0)
		report_closed(doctor, &groups.closed, &groups.accepted);
	if (groups.accepted.count > 0)
		report_accepted(doctor, &groups.accepted);
	if (groups.without_fips.count > 0)
		report_without_fips(doctor, &groups.without_fips);
	for (const struct cause *cause = causes.first; cause; cause = cause->next)
		report_cause(doctor, cause);
	if (probes->region_count == 0)
		doctor_report(doctor->findings, DOCTOR_WARNING, "regions",
			      "name them with --regions, or allow ec2:DescribeRegions",
			      "the regions of no account are known");
	else if (good > 0)
		report_good(doctor, good);
	return true;
}
