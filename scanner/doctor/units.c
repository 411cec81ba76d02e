/*
 * Checks that the OUs of the settings exist: a scan would refuse unknown ones, or exclude nothing.
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
	char problem[700]; /* why the tree is incomplete */
};

static bool take_page(struct walk *walk, struct json_page *page, const json_t *answer, const struct unit *above)
{
	struct arena *arena = &walk->doctor->findings->arena;
	struct listed_unit unit;

	if (!organizations_read_page(page, answer, above ? "OrganizationalUnits" : "Roots"))
		return false;
	for (size_t i = 0; i < json_array_size(page->items); i++) {
		if (!organizations_read_unit(page, i, &unit))
			return false;
		units_add(&walk->doctor->units, arena, above, unit.id, unit.name ? unit.name : unit.id);
	}
	return true;
}

/* Reads a page: the roots, or the OUs below one. False: failed. */
static bool read_page(struct walk *walk, const struct unit *above, const char **token)
{
	struct doctor *doctor = walk->doctor;
	struct json_page page = {0};
	struct sync_call sync_call;
	char what[560];
	bool good;

	sync_call_init(&sync_call, doctor->client, doctor_reader(doctor));
	if (above)
		organizations_request_units(&sync_call.call, doctor->config->region, above->id, *token);
	else
		organizations_request_roots(&sync_call.call, doctor->config->region, *token);
	good = sync_client_call(doctor->client, &sync_call) &&
	       take_page(walk, &page, sync_call.answer.json, above);
	*token = good ? arena_copy(&doctor->findings->arena, page.token) : NULL;
	answer_describe(&sync_call.answer, what, sizeof what);
	if (!good)
		snprintf(walk->problem, sizeof walk->problem, "%s: %s%s", sync_call.call.operation->permission,
			 page.problem[0] ? "the response is not a list: " : "",
			 page.problem[0] ? page.problem : what);
	sync_call_deinit(&sync_call);
	return good;
}

static bool read_below(struct walk *walk, const struct unit *above)
{
	const char *token = NULL;
	size_t pages = 0;

	do {
		if (!read_page(walk, above, &token))
			return false;
	} while (token && ++pages < MAX_PAGES);
	return true;
}

static bool read_tree(struct walk *walk)
{
	bool good = read_below(walk, NULL);

	for (const struct unit *unit = walk->doctor->units.first; good && unit; unit = unit->next)
		good = read_below(walk, unit);
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

/* The unit that holds the account of a path, "o-x/r-y/ou-z/ACCOUNT/". NULL: not known. */
static const struct unit *unit_of_path(const struct doctor *doctor, const char *path)
{
	struct span rest = span_of(path), part;
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

static bool is_in_any(const struct doctor *doctor, const struct unit *unit, const struct text_list *names)
{
	for (size_t i = 0; i < names->count; i++) {
		const struct unit *above = units_named(&doctor->units, names->items[i]);

		if (above && unit_is_in(unit, above))
			return true;
	}
	return false;
}

bool doctor_unit_is_wanted(const struct doctor *doctor, const char *path)
{
	const struct config *config = doctor->config;
	const struct unit *unit = path ? unit_of_path(doctor, path) : NULL;

	if (!unit)
		return true;
	return (config->ous.count == 0 || is_in_any(doctor, unit, &config->ous)) &&
	       !is_in_any(doctor, unit, &config->exclude_ous);
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
		doctor_report(
			doctor->findings, DOCTOR_FAILURE, "units",
			"allow the action (neptune-scan iam-policy caller), or remove organization.ous and "
			"exclude_ous",
			"the organizational units cannot be read: %s", walk.problem);
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
