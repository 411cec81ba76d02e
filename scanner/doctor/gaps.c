/* Accepted gaps: what they leave of the accounts, and the section to paste for a new one. */
#include <string.h>

#include "scanner/doctor/doctor_internal.h"

#include "base/text.h"

#define USUAL_NAME "closed-regions"
enum { LINE_WIDTH = 80 };

/* ---- accounts of which nothing is left ---- */

static bool is_covered(const struct doctor *doctor, const struct doctor_account *account, struct names *gaps)
{
	if (account->is_accepted)
		return doctor_gaps_cover_account(doctor, account, gaps);
	return account->session && doctor_gaps_cover_regions(doctor, account, gaps);
}

/* "gap a accepts", "gaps a, b accept": of some accounts, several together. */
static void report(struct doctor *doctor, enum doctor_level level, const struct names *gaps, size_t covered,
		   size_t checked)
{
	const char *list = names_join(gaps, &doctor->findings->arena, 0), *them = covered == 1 ? "it" : "them";
	bool is_one = gaps->count == 1;

	doctor_report(
		doctor->findings, level, "gaps",
		level == DOCTOR_OK
			? NULL
			: "name fewer regions or accounts in the file of --exceptions, or give the scan role "
			  "access: the\nowner of the policy can exempt it",
		"gap%s %s accept%s every cell of %zu of %zu %saccount%s: nothing of %s would be assessed%s",
		is_one ? "" : "s", list, is_one ? "s" : "", covered, checked, doctor_sampled(doctor),
		text_plural(checked), them,
		level == DOCTOR_OK ? ""
				   : ",\nand the scan is INCOMPLETE, because it proves nothing about the "
				     "organization");
}

void doctor_report_gap_accounts(struct doctor *doctor)
{
	size_t checked = 0, covered = 0, members_left = 0;
	struct names gaps = {0};

	for (size_t i = 0; i < doctor->account_count; i++) {
		const struct doctor_account *account = &doctor->accounts[i];
		struct names of_account = {0};

		if (!account->session && !account->problem)
			continue;
		checked++;
		members_left += account->session && !account->is_own;
		if (!is_covered(doctor, account, &of_account))
			continue;
		covered++;
		for (size_t j = 0; j < of_account.count; j++)
			names_add(&gaps, &doctor->findings->arena, of_account.items[j]);
	}
	if (covered == 0)
		return;
	doctor->findings->no_account = doctor->findings->no_account || members_left == 0;
	report(doctor,
	       2 * covered <= checked ? DOCTOR_OK
	       : members_left == 0    ? DOCTOR_FAILURE
				      : DOCTOR_WARNING,
	       &gaps, covered, checked);
}

/* ---- a new gap ---- */

static bool is_taken(const struct gaps *gaps, const char *name)
{
	for (size_t i = 0; gaps && i < gaps->count; i++)
		if (strcmp(gaps->items[i].name, name) == 0)
			return true;
	return false;
}

const struct gap *doctor_gap_to_extend(const struct doctor *doctor)
{
	const struct gaps *gaps = doctor->options->gaps;

	for (size_t i = 0; gaps && i < gaps->count; i++) {
		const struct gap *gap = &gaps->items[i];

		if (!gap->is_expired && gap->cell_state == CELL_DENIED && gap_names_all(gap->accounts) &&
		    !gap_names_all(gap->regions))
			return gap;
	}
	return NULL;
}

/* Separated by ", "; goes on in an indented line before one is too long for an INI file. */
static void list_regions(const struct names *regions, struct buffer *text)
{
	size_t width = strlen("regions = ");

	for (size_t i = 0; i < regions->count; i++) {
		size_t length = strlen(regions->items[i]) + strlen(", ");
		bool is_next = i > 0 && width + length > LINE_WIDTH;

		buffer_texts(text, i == 0 ? "" : is_next ? ",\n    " : ", ", regions->items[i], NULL);
		width = is_next ? strlen("    ") + length : width + length;
	}
}

const char *doctor_write_gap(const struct doctor *doctor, const struct names *regions)
{
	struct arena *arena = &doctor->findings->arena;
	struct buffer text = {0};
	const char *section, *name = USUAL_NAME;

	for (size_t n = 2; name && is_taken(doctor->options->gaps, name); n++)
		name = arena_format(arena, "%s-%zu", USUAL_NAME, n);
	buffer_texts(&text, "[gap ", name ? name : "", "]\nregions = ", NULL);
	list_regions(regions, &text);
	buffer_text(&text, "\naccounts = *\nstate = denied\n"
			   "reason = a policy of the organization closes these regions\nowner =\nexpires =\n");
	section = text.failed ? NULL : arena_copy(arena, text.at);
	arena->failed = arena->failed || text.failed;
	buffer_deinit(&text);
	return section;
}
