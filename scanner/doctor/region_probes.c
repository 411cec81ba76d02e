#include "scanner/doctor/region_probes.h"

#include <string.h>

#include "base/arn.h"
#include "scanner/queries/plan.h"

enum { BATCH = 64 };

/* ---- which ---- */

const struct operation *region_probe_operation(const struct region_probe *probe)
{
	return &operations[query_specs[probe->query].operation];
}

static const struct service *service_of(enum query_kind query)
{
	return operations[query_specs[query].operation].service;
}

static size_t service_index(const struct region_probes *probes, enum query_kind query)
{
	size_t index = 0;

	while (index + 1 < PROBED_SERVICES && probes->services[index] != service_of(query))
		index++;
	return index;
}

static void sort_queries(const struct doctor *doctor, struct region_probes *probes)
{
	for (enum query_kind query = 0; query < QUERY_KINDS; query++) {
		uint32_t bit = QUERY_BIT(query) & doctor->options->needs;

		if (query_is_fallback(query))
			continue;
		if (query_specs[query].about != SUBJECT_REGION)
			probes->others |= bit;
		else if (query < QUERY_INSTANCES)
			probes->lists |= bit;
		else
			probes->dependent_lists |= bit;
	}
}

static void plan_query(struct doctor *doctor, struct region_cell *cell, enum query_kind query)
{
	struct region_probes *probes = doctor->region_probes;
	bool with_key = query_specs[query].about == SUBJECT_KEY && cell->key;
	uint32_t bit = QUERY_BIT(query);
	struct region_probe *probe;

	if ((cell->sent & bit) && (!with_key || (cell->sent_with_key & bit)))
		return;
	probe = arena_take(&doctor->findings->arena, sizeof *probe);
	if (!probe)
		return;
	*probe = (struct region_probe){.cell = cell, .query = query, .service = service_index(probes, query)};
	cell->sent |= bit;
	cell->sent_with_key |= with_key ? bit : 0;
	if (!cell->first)
		cell->first = probe;
	*probes->last = probe;
	probes->last = &probe->next;
}

static void plan_queries(struct doctor *doctor, struct region_cell *cell, uint32_t queries)
{
	for (enum query_kind query = 0; query < QUERY_KINDS; query++)
		if (queries >> query & 1)
			plan_query(doctor, cell, query);
}

/*
 * One query for each service that the controls need; the first is the one that a cell begins with. No others:
 * the role's policy and the session policy allow the queries of the selected controls alone.
 */
static uint32_t choose_first(const struct doctor *doctor, struct region_probes *probes, enum query_kind *first)
{
	size_t count = 0;
	uint32_t chosen;

	*first = query_plan_first(doctor->options->needs);
	probes->services[count++] = service_of(*first);
	chosen = QUERY_BIT(*first);
	for (enum query_kind query = 0; query < QUERY_KINDS; query++) {
		bool is_new = count < PROBED_SERVICES && (doctor->options->needs >> query & 1);

		for (size_t i = 0; i < count; i++)
			is_new = is_new && probes->services[i] != service_of(query);
		if (!is_new)
			continue;
		probes->services[count++] = service_of(query);
		chosen |= QUERY_BIT(query);
	}
	return chosen;
}

static struct probed_region *find_region(struct region_probes *probes, const char *name)
{
	size_t i = 0;

	while (i < probes->region_count && strcmp(probes->regions[i].name, name) != 0)
		i++;
	if (i == probes->region_count)
		probes->regions[probes->region_count++] = (struct probed_region){.name = name};
	return &probes->regions[i];
}

static bool make_cells(struct doctor *doctor, struct region_probes *probes)
{
	struct arena *arena = &doctor->findings->arena;
	size_t capacity = 1;

	for (size_t i = 0; i < doctor->account_count; i++)
		capacity += doctor->accounts[i].region_count;
	probes->cells = arena_take(arena, capacity * sizeof *probes->cells);
	probes->regions = arena_take(arena, capacity * sizeof *probes->regions);
	for (size_t i = 0; probes->cells && probes->regions && i < doctor->account_count; i++) {
		struct doctor_account *account = &doctor->accounts[i];

		for (size_t j = 0; account->session && j < account->region_count; j++)
			probes->cells[probes->cell_count++] = (struct region_cell){
				.account = account, .region = find_region(probes, account->regions[j])};
	}
	return probes->cells && probes->regions;
}

/* ---- responses ---- */

bool region_probe_is_closed(const struct region_probe *probe)
{
	return probe->answer && probe->answer->class == ANSWER_ACCESS_DENIED &&
	       policy_is_of_organization(probe->answer->policy);
}

static void note_key(struct doctor *doctor, struct region_cell *cell, const struct resource *resource)
{
	struct doctor_account *account = cell->account;
	const char *key = resource->values[ATTRIBUTE_KMS_KEY_ID];

	if (cell->key || !key || !arn_belongs_to(key, "kms", account->id, cell->region->name))
		return;
	cell->key = arena_copy(&doctor->findings->arena, key);
	if (account->key)
		return;
	account->key = cell->key;
	account->key_region = cell->region->name;
}

static void read_list(struct doctor *doctor, struct region_cell *cell, struct probe *probe)
{
	enum query_kind kind = probe->query.spec->kind;
	struct query_page page = {0};
	enum query_result result = query_read(&probe->query, &probe->call.answer, &page);

	cell->listed |= QUERY_BIT(kind);
	if (result == QUERY_BROKEN)
		return;
	cell->has_resources = cell->has_resources || page.first || result == QUERY_NEXT_PAGE;
	cell->has_clusters =
		cell->has_clusters || (kind == QUERY_CLUSTERS && (page.first || result == QUERY_NEXT_PAGE));
	for (const struct resource *resource = page.first; resource; resource = resource->next)
		note_key(doctor, cell, resource);
}

static void keep(struct doctor *doctor, struct region_probe *kept, struct probe *probe)
{
	struct region_cell *cell = kept->cell;
	char what[560];

	kept->is_done = true;
	if (probe_has_failed(probe)) {
		kept->what = arena_copy(&doctor->findings->arena, probe_failure(probe, what, sizeof what).what);
		kept->answer = doctor_keep_answer(doctor, &probe->call.answer);
		if (kept->answer && answer_is_of_network(kept->answer))
			cell->region->unreachable[kept->service] = kept;
	} else if (probe->call.answer.class == ANSWER_OK && probe->query.spec->about == SUBJECT_REGION) {
		read_list(doctor, cell, probe);
	}
	probe_end(probe);
}

/* ---- sending ---- */

/*
 * True: it must be sent. An endpoint is tried once, before it is used for all: where it does not respond, the
 * others would wait as long for the same.
 */
static bool is_to_be_sent(struct region_probe *probe, bool untried)
{
	struct probed_region *region = probe->cell->region;
	const struct region_probe *same = region->unreachable[probe->service];

	if (probe->is_done || (untried && region->is_tried[probe->service]))
		return false;
	region->is_tried[probe->service] = true;
	if (!same)
		return true;
	probe->is_done = true;
	probe->answer = same->answer;
	probe->what = same->what;
	return false;
}

static void send_pass(struct doctor *doctor, struct probe *sent, bool untried)
{
	struct region_probe *next = *doctor->region_probes->unsent;

	while (next) {
		struct region_probe *kept[BATCH];
		size_t count = 0;

		for (; next && count < BATCH; next = next->next) {
			struct region_cell *cell = next->cell;

			if (!is_to_be_sent(next, untried))
				continue;
			kept[count] = next;
			probe_begin(&sent[count++], doctor, cell->account, cell->region->name, cell->key,
				    next->query);
		}
		probes_send(doctor, sent, count);
		for (size_t i = 0; i < count; i++)
			keep(doctor, kept[i], &sent[i]);
	}
}

static void send_round(struct doctor *doctor, struct probe *sent)
{
	send_pass(doctor, sent, true);
	send_pass(doctor, sent, false);
	doctor->region_probes->unsent = doctor->region_probes->last;
}

/* ---- rounds ---- */

/* What the first list says of a cell. */
enum access { ACCESS_LISTED, ACCESS_REFUSED, ACCESS_OTHER };

static enum access access_of(const struct region_cell *cell)
{
	const struct answer *answer = cell->first->answer;

	if (!answer)
		return ACCESS_LISTED;
	/* After these a scan sends the other lists, too. */
	return answer->class == ANSWER_ACCESS_DENIED || answer->class == ANSWER_BAD_REQUEST ||
			       answer->class == ANSWER_REFUSED
		       ? ACCESS_REFUSED
		       : ACCESS_OTHER;
}

/* Service control policies do not apply to the management account; the caller's own policy is another. */
static int fitness(const struct doctor *doctor, const struct region_cell *cell)
{
	bool is_management =
		doctor->management_account && strcmp(cell->account->id, doctor->management_account) == 0;

	return (is_management ? 0 : 4) + (cell->account->assumed ? 2 : 0) + (cell->has_resources ? 1 : 0);
}

/* The cell of the region in which a query is tried for all. NULL: none has this access. */
static struct region_cell *choose_cell(const struct doctor *doctor, const struct probed_region *region,
				       enum access access, bool with_resources)
{
	const struct region_probes *probes = doctor->region_probes;
	struct region_cell *chosen = NULL;

	for (size_t i = 0; i < probes->cell_count; i++) {
		struct region_cell *cell = &probes->cells[i];

		if (cell->region == region && access_of(cell) == access &&
		    (cell->has_resources || !with_resources) &&
		    (!chosen || fitness(doctor, cell) > fitness(doctor, chosen)))
			chosen = cell;
	}
	return chosen;
}

/* Lists that depend on clusters are not sent where clusters may not be listed. */
static void plan_sample_of_lists(struct doctor *doctor)
{
	struct region_probes *probes = doctor->region_probes;

	for (size_t i = 0; i < probes->region_count; i++) {
		struct region_cell *open = choose_cell(doctor, &probes->regions[i], ACCESS_LISTED, false);
		struct region_cell *refused = choose_cell(doctor, &probes->regions[i], ACCESS_REFUSED, false);

		if (open)
			plan_queries(doctor, open, probes->lists | probes->dependent_lists);
		if (refused)
			plan_queries(doctor, refused, probes->lists);
	}
}

static void plan_all_lists(struct doctor *doctor)
{
	struct region_probes *probes = doctor->region_probes;

	for (size_t i = 0; i < probes->cell_count; i++) {
		struct region_cell *cell = &probes->cells[i];

		if (access_of(cell) != ACCESS_OTHER)
			plan_queries(doctor, cell,
				     probes->lists | (cell->has_clusters ? probes->dependent_lists : 0));
	}
}

/* The region is not closed: only some lists are denied, and there may be resources in each of the accounts. */
static void plan_partly_refused(struct doctor *doctor, const struct probed_region *region)
{
	struct region_probes *probes = doctor->region_probes;
	uint32_t listed = 0;

	for (size_t i = 0; i < probes->cell_count; i++)
		if (probes->cells[i].region == region && access_of(&probes->cells[i]) == ACCESS_REFUSED)
			listed |= probes->cells[i].listed;
	for (size_t i = 0; listed && i < probes->cell_count; i++)
		if (probes->cells[i].region == region && access_of(&probes->cells[i]) == ACCESS_REFUSED)
			plan_queries(doctor, &probes->cells[i], listed);
}

static void plan_single_resources(struct doctor *doctor)
{
	struct region_probes *probes = doctor->region_probes;

	for (size_t i = 0; i < probes->region_count; i++) {
		struct region_cell *cell = choose_cell(doctor, &probes->regions[i], ACCESS_LISTED, true);

		if (cell)
			plan_queries(doctor, cell, probes->others);
		plan_partly_refused(doctor, &probes->regions[i]);
	}
	for (size_t i = 0; doctor->options->all_accounts && i < probes->cell_count; i++)
		if (probes->cells[i].has_resources)
			plan_queries(doctor, &probes->cells[i], probes->others);
}

/* Permissions are checked where the region is not the problem: at home, if it is open. */
static void choose_open_regions(const struct doctor *doctor)
{
	const struct region_probes *probes = doctor->region_probes;

	for (size_t i = 0; i < probes->cell_count; i++) {
		const struct region_cell *cell = &probes->cells[i];
		const struct answer *answer = cell->first->answer;

		if (region_probe_is_closed(cell->first) || (answer && answer_is_of_network(answer)))
			continue;
		if (!cell->account->open_region || strcmp(cell->region->name, doctor->config->region) == 0)
			cell->account->open_region = cell->region->name;
	}
	for (size_t i = 0; i < doctor->account_count; i++)
		if (doctor->accounts[i].session && doctor->accounts[i].region_count == 0)
			doctor->accounts[i].open_region = doctor->config->region;
}

static void plan_first(struct doctor *doctor)
{
	struct region_probes *probes = doctor->region_probes;
	enum query_kind first;
	uint32_t chosen = choose_first(doctor, probes, &first);

	for (size_t i = 0; i < probes->cell_count; i++) {
		plan_query(doctor, &probes->cells[i], first);
		plan_queries(doctor, &probes->cells[i], chosen);
	}
}

bool doctor_probe_regions(struct doctor *doctor)
{
	struct arena *arena = &doctor->findings->arena;
	struct region_probes *probes = arena_take(arena, sizeof *probes);
	struct probe *sent = arena_take(arena, BATCH * sizeof *sent);

	doctor->region_probes = probes;
	if (!probes || !sent)
		return false;
	*probes = (struct region_probes){.last = &probes->head, .unsent = &probes->head};
	if (!make_cells(doctor, probes))
		return false;
	sort_queries(doctor, probes);
	plan_first(doctor);
	if (arena->failed)
		return false; /* a cell has no first list */
	send_round(doctor, sent);
	choose_open_regions(doctor);
	plan_sample_of_lists(doctor);
	if (doctor->options->all_accounts)
		plan_all_lists(doctor);
	send_round(doctor, sent);
	plan_single_resources(doctor);
	send_round(doctor, sent);
	return true;
}

bool region_cell_is_known(const struct region_probes *probes, const struct region_cell *cell)
{
	return access_of(cell) != ACCESS_LISTED || (cell->sent & probes->lists) == probes->lists;
}

bool doctor_service_responds(const struct doctor *doctor, const struct service *service, const char *region)
{
	const struct region_probes *probes = doctor->region_probes;

	for (size_t i = 0; i < probes->region_count; i++)
		for (size_t j = 0; j < PROBED_SERVICES; j++)
			if (probes->services[j] == service && probes->regions[i].unreachable[j] &&
			    strcmp(probes->regions[i].name, region) == 0)
				return false;
	return true;
}
