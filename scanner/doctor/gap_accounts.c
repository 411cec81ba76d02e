/* Accounts of which accepted gaps leave nothing to be assessed. */
#include "base/text.h"
#include "scanner/doctor/doctor_internal.h"

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
