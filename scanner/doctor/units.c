/*
 * Checks that the OUs of the settings exist: a scan would refuse unknown ones, or exclude nothing. And finds
 * the accounts that the OUs leave in scope, so that no other is checked.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "scanner/aws/organizations.h"
#include "scanner/doctor/doctor_internal.h"
#include "scanner/engine/units.h"

enum { MAX_PAGES = 100000 };

struct walk {
	struct doctor *doctor;
	struct found_account *accounts; /* to be placed */
	char problem[700];              /* why the tree is incomplete */
};

/* A request of the tree, below `above`, and what is done with an item of a page. */
struct level {
	const char *list;
	void (*request)(struct call *call, const char *region, const char *parent, const char *token);
	bool (*take)(struct walk *walk, struct json_page *page, size_t index, const struct unit *above);
};

static void request_roots(struct call *call, const char *region, const char *parent, const char *token)
{
	(void)parent;
	organizations_request_roots(call, region, token);
}

static bool take_unit(struct walk *walk, struct json_page *page, size_t index, const struct unit *above)
{
	struct listed_unit unit;

	if (!organizations_read_unit(page, index, &unit))
		return false;
	units_add(&walk->doctor->units, &walk->doctor->findings->arena, above, unit.id,
		  unit.name ? unit.name : unit.id);
	return true;
}

static bool take_account(struct walk *walk, struct json_page *page, size_t index, const struct unit *above)
{
	struct listed_account account;

	if (!organizations_read_account(page, index, &account))
		return false;
	for (struct found_account *found = walk->accounts; found; found = found->next)
		if (strcmp(found->id, account.id) == 0)
			found->unit = above;
	return true;
}

static const struct level roots = {"Roots", request_roots, take_unit},
			  below = {"OrganizationalUnits", organizations_request_units, take_unit},
			  members = {"Accounts", organizations_request_accounts_of, take_account};

static bool take_page(struct walk *walk, const struct level *level, struct json_page *page,
		      const json_t *answer, const struct unit *above)
{
	if (!organizations_read_page(page, answer, level->list))
		return false;
	for (size_t i = 0; i < json_array_size(page->items); i++)
		if (!level->take(walk, page, i, above))
			return false;
	return true;
}

/* False: failed, and `problem` says why. */
static bool read_page(struct walk *walk, const struct level *level, const struct unit *above,
		      const char **token)
{
	struct doctor *doctor = walk->doctor;
	struct json_page page = {0};
	struct sync_call sync_call;
	char what[560];
	bool good;

	sync_call_init(&sync_call, doctor->client, doctor_reader(doctor));
	level->request(&sync_call.call, doctor->config->region, above ? above->id : NULL, *token);
	good = sync_client_call(doctor->client, &sync_call) &&
	       take_page(walk, level, &page, sync_call.answer.json, above);
	*token = good ? arena_copy(&doctor->findings->arena, page.token) : NULL;
	answer_describe(&sync_call.answer, what, sizeof what);
	if (!good)
		snprintf(walk->problem, sizeof walk->problem, "%s: %s%s", sync_call.call.operation->permission,
			 page.problem[0] ? "the response is not a list: " : "",
			 page.problem[0] ? page.problem : what);
	sync_call_deinit(&sync_call);
	return good;
}

static bool read_level(struct walk *walk, const struct level *level, const struct unit *above)
{
	const char *token = NULL;
	size_t pages = 0;

	do {
		if (!read_page(walk, level, above, &token))
			return false;
	} while (token && ++pages < MAX_PAGES);
	return true;
}

static bool read_tree(struct walk *walk)
{
	bool good = read_level(walk, &roots, NULL);

	for (const struct unit *unit = walk->doctor->units.first; good && unit; unit = unit->next)
		good = read_level(walk, &below, unit);
	return good;
}

/* Returns the number of OUs that exist. */
static size_t report_unknown(struct walk *walk, const char *key, const struct text_list *names,
			     enum doctor_level level, const char *advice)
{
	size_t known = 0;

	for (size_t i = 0; i < names->count; i++) {
		char suggestion[SUGGESTION_SIZE];

		if (units_named(&walk->doctor->units, names->items[i])) {
			known++;
			continue;
		}
		doctor_report(walk->doctor->findings, level, "units", advice,
			      "organization.%s names \"%s\", which is not a unit of the organization%s", key,
			      names->items[i],
			      units_suggest(&walk->doctor->units, names->items[i], suggestion));
	}
	return known;
}

const struct unit *doctor_unit_of_path(const struct doctor *doctor, const char *path)
{
	struct span rest = span_of(path ? path : ""), part;
	const struct unit *unit = NULL;
	char id[80];

	while (span_split(&rest, '/', &part)) {
		const struct unit *named;

		text_print(id, sizeof id, SPAN_FORMAT, SPAN_ARGUMENTS(part));
		named = units_by_id(&doctor->units, id);
		unit = named ? named : unit;
	}
	return unit;
}

static bool names_units(const struct config *config)
{
	return config->ous.count + config->exclude_ous.count > 0;
}

static bool is_in_any(const struct doctor *doctor, const struct unit *unit, const struct text_list *names)
{
	for (size_t i = 0; i < names->count; i++) {
		const struct unit *above = units_named(&doctor->units, names->items[i]);

		if (above && unit_is_in(unit, above))
			return true;
	}
	return false;
}

bool doctor_unit_is_wanted(const struct doctor *doctor, const struct unit *unit)
{
	const struct config *config = doctor->config;

	if (!unit || !names_units(config))
		return true;
	return (config->ous.count == 0 || is_in_any(doctor, unit, &config->ous)) &&
	       !is_in_any(doctor, unit, &config->exclude_ous);
}

static void report_unread(struct doctor *doctor, const char *what, const char *problem)
{
	doctor_report(doctor->findings, DOCTOR_FAILURE, "units",
		      "allow the action (neptune-scan iam-policy caller), or remove organization.ous and "
		      "exclude_ous",
		      "%s cannot be read: %s", what, problem);
}

bool doctor_place_accounts(struct doctor *doctor, struct found_account *accounts)
{
	struct walk walk = {.doctor = doctor, .accounts = accounts};
	bool good = true, are_missing = false;

	for (const struct found_account *found = accounts; found; found = found->next)
		are_missing = are_missing || !found->unit;
	if (!are_missing || !names_units(doctor->config))
		return true;
	for (const struct unit *unit = doctor->units.first; good && unit; unit = unit->next)
		good = read_level(&walk, &members, unit);
	if (!good)
		report_unread(doctor, "the accounts of the organizational units", walk.problem);
	return good;
}

bool doctor_check_units(struct doctor *doctor)
{
	const struct config *config = doctor->config;
	struct walk walk = {.doctor = doctor};
	size_t wanted = config->ous.count + config->exclude_ous.count, known;

	doctor->units = units_alone;
	if (wanted == 0)
		return true;
	if (doctor->management_account)
		doctor->units = (struct units){NULL, NULL};
	if (doctor->management_account && !read_tree(&walk)) {
		report_unread(doctor, "the organizational units", walk.problem);
		return true;
	}
	known = report_unknown(&walk, "ous", &config->ous, DOCTOR_FAILURE,
			       "correct it: a scan does not start with it");
	known += report_unknown(&walk, "exclude_ous", &config->exclude_ous, DOCTOR_WARNING,
				"correct or remove it: it excludes nothing");
	if (known == wanted)
		doctor_report(doctor->findings, DOCTOR_OK, "units", NULL,
			      "%zu of %zu named units are in the organization", known, wanted);
	return true;
}
