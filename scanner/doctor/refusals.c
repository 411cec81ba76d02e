/*
 * Reports why the role cannot be assumed, with the fix of each cause.
 *
 * STS says why it refuses only where a policy of the caller's own account is the reason. A refusal by the other
 * account has the same words whether the role does not exist, or its trust policy or external id does not admit
 * the caller (IAM User Guide, "Troubleshoot access denied error messages"); then the accounts that refuse tell
 * more. StackSets with service-managed permissions do not deploy to the management account, and reach a new
 * account some time after it has joined (CloudFormation User Guide, "Create CloudFormation StackSets with
 * service-managed permissions").
 */
#include <stdio.h>
#include <string.h>

#include "base/arn.h"
#include "base/clock.h"
#include "base/text.h"
#include "scanner/doctor/doctor_internal.h"

enum { SHOWN = 5 /* accounts of a cause */, MAX_OTHER = 4 /* causes that are not in the table */ };

#define STACK_SET "aws cloudformation list-stack-instances --stack-set-name neptune-scan"

enum refusal_cause {
	CAUSE_CALLER, /* the caller's own policy */
	CAUSE_CALLER_BOUNDARY,
	CAUSE_ORGANIZATION,
	CAUSE_ENDPOINT,
	CAUSE_TAGS, /* the trust policy does not allow sts:TagSession */
	CAUSE_EVERYWHERE,
	CAUSE_MANAGEMENT,
	CAUSE_NEW_ACCOUNT,
	CAUSE_SOME_ACCOUNTS,
	CAUSES,
	CAUSE_OTHER = CAUSES, /* no refusal */
};

/* ACTION, AGE, PRINCIPAL, ACCOUNT and ORGANIZATION stand for what they name. */
static const struct {
	const char *text, *fix;
} texts[CAUSES] = {
	[CAUSE_CALLER] = {"the caller's own policy does not allow ACTION on it",
			  "neptune-scan iam-policy caller prints the policy that PRINCIPAL needs"},
	[CAUSE_CALLER_BOUNDARY] = {"the permissions boundary of PRINCIPAL does not allow ACTION on it",
				   "allow the action in the boundary, too: neptune-scan iam-policy caller"},
	[CAUSE_ORGANIZATION] = {"a policy of the organization denies ACTION to the caller",
				"contact the owner of the policy, who can exempt PRINCIPAL"},
	[CAUSE_ENDPOINT] = {"the policy of the VPC endpoint for STS does not allow ACTION on it",
			    "allow the action in the policy of the VPC endpoint"},
	[CAUSE_TAGS] = {"its trust policy does not allow sts:TagSession, which a session with transitive tags "
			"(EKS Pod Identity) needs",
			"neptune-scan iam-policy trust --principal PRINCIPAL prints a trust policy that "
			"allows it"},
	[CAUSE_EVERYWHERE] =
		{"the role does not exist, or its trust policy or external id does not admit the caller (AWS "
		 "does not say which)",
		 "correct --role-name or the external id, or create the role (docs/getting-started.md); who it "
		 "must trust:\nneptune-scan iam-policy trust --principal PRINCIPAL\n(the ARN of a session "
		 "lacks the path of its role: aws iam get-role --role-name NAME prints it)"},
	[CAUSE_MANAGEMENT] = {"it is the management account, which service-managed StackSets leave out",
			      "create the role there with a stack of its own (docs/getting-started.md, \"The "
			      "management account\"):\naws cloudformation deploy --profile management "
			      "--stack-name neptune-scan-management \\\n    --template-file "
			      "deploy/cloudformation/member-role.yaml --capabilities CAPABILITY_NAMED_IAM \\\n"
			      "    --parameter-overrides PrincipalArn=PRINCIPAL OrganizationId=ORGANIZATION"},
	[CAUSE_NEW_ACCOUNT] = {"it joined AGE ago: the StackSet may not be there yet",
			       "run doctor again later; if it still fails:\n" STACK_SET
			       " --stack-instance-account ACCOUNT"},
	[CAUSE_SOME_ACCOUNTS] =
		{"the role does not exist there, or its trust policy or external id does not admit the caller",
		 "see whether the StackSet failed in these accounts:\n" STACK_SET
		 " --filters Name=DETAILED_STATUS,Values=FAILED\nthe trust policy that they need: neptune-scan "
		 "iam-policy trust --principal PRINCIPAL"},
};

/* ---- causes ---- */

static bool is_reported(const struct doctor_account *account)
{
	return account->problem && !account->is_accepted;
}

/* "sts:TagSession" of "... is not authorized to perform: sts:TagSession on resource: ..." */
static void refused_action(const struct answer *answer, char *action, size_t size)
{
	static const char before[] = "to perform: ";
	const char *found = strstr(answer->message, before);
	struct span rest = span_of(found ? found + sizeof before - 1 : "sts:AssumeRole"), word;

	span_split(&rest, ' ', &word);
	text_print(action, size, SPAN_FORMAT, SPAN_ARGUMENTS(word));
}

static bool is_new(const struct doctor_account *account)
{
	return account->joined > 0 && clock_wall_seconds() - account->joined < DOCTOR_NEW_S;
}

static enum refusal_cause cause_by_account(const struct doctor *doctor, const struct doctor_account *account)
{
	if (doctor->management_account && strcmp(account->id, doctor->management_account) == 0)
		return CAUSE_MANAGEMENT;
	return is_new(account) ? CAUSE_NEW_ACCOUNT : CAUSE_SOME_ACCOUNTS;
}

/* `everywhere`: no account admits the caller. */
static enum refusal_cause cause_of(const struct doctor *doctor, const struct doctor_account *account,
				   bool everywhere)
{
	char action[80];

	if (!account->refusal)
		return CAUSE_OTHER;
	switch (account->refusal->policy) {
	case POLICY_IDENTITY:
	case POLICY_SESSION:
		return CAUSE_CALLER;
	case POLICY_BOUNDARY:
		return CAUSE_CALLER_BOUNDARY;
	case POLICY_SCP:
	case POLICY_RCP:
		return CAUSE_ORGANIZATION;
	case POLICY_VPC_ENDPOINT:
		return CAUSE_ENDPOINT;
	default:
		refused_action(account->refusal, action, sizeof action);
		if (strcmp(action, "sts:TagSession") == 0)
			return CAUSE_TAGS;
		return everywhere ? CAUSE_EVERYWHERE : cause_by_account(doctor, account);
	}
}

/* ---- texts ---- */

static const char *age_of(const struct doctor_account *account, struct arena *arena)
{
	int64_t minutes = (clock_wall_seconds() - account->joined) / 60;
	long long count = (long long)(minutes < 120 ? minutes : minutes / 60);

	return arena_format(arena, "%lld %s%s", count, minutes < 120 ? "minute" : "hour",
			    text_plural((size_t)count));
}

/* Replaces the words that stand for something. */
static const char *fill(const struct doctor *doctor, const struct doctor_account *account, const char *pattern)
{
	struct arena *arena = &doctor->findings->arena;
	struct buffer text = {0};
	char action[80] = "";
	const char *copy;

	refused_action(account->refusal, action, sizeof action);
	const struct {
		const char *word, *value;
	} words[] = {{"ACTION", action},
		     {"AGE", age_of(account, arena)},
		     {"PRINCIPAL", doctor->principal},
		     {"ACCOUNT", account->id},
		     {"ORGANIZATION", doctor->organization}};

	while (*pattern) {
		size_t i = 0, length = 1;

		while (i < sizeof words / sizeof words[0] &&
		       strncmp(pattern, words[i].word, strlen(words[i].word)) != 0)
			i++;
		if (i < sizeof words / sizeof words[0]) {
			buffer_text(&text, words[i].value ? words[i].value : words[i].word);
			length = strlen(words[i].word);
		} else {
			buffer_append(&text, pattern, 1);
		}
		pattern += length;
	}
	arena->failed = arena->failed || text.failed;
	copy = arena_copy(arena, text.at ? text.at : "");
	buffer_deinit(&text);
	return copy;
}

/* ---- reporting ---- */

struct group {
	const struct doctor_account *first;
	struct buffer accounts;
	size_t count;
};

static void add_to(struct group *group, const struct doctor_account *account)
{
	if (!group->first)
		group->first = account;
	if (group->count++ < SHOWN)
		buffer_texts(&group->accounts, group->count > 1 ? ", " : "", account->id, NULL);
}

/* Reports the group, and empties it. */
static void report_group(struct doctor *doctor, struct group *group, enum refusal_cause cause, size_t tried,
			 enum doctor_level level)
{
	const struct doctor_account *first = group->first;
	const char *text = cause == CAUSE_OTHER ? NULL : fill(doctor, first, texts[cause].text);
	const char *fix = cause == CAUSE_OTHER ? NULL : fill(doctor, first, texts[cause].fix);

	if (group->count > SHOWN)
		buffer_print(&group->accounts, " and %zu more", group->count - SHOWN);
	doctor_report(doctor->findings, level, "role", fix,
		      "%s cannot be assumed in %zu of %zu %saccount%s%s%s\n%s: %s", doctor->config->role_name,
		      group->count, tried, doctor_sampled(doctor), text_plural(tried), text ? ": " : "",
		      text ? text : "", first->problem, group->accounts.at ? group->accounts.at : "");
	doctor->findings->arena.failed = doctor->findings->arena.failed || group->accounts.failed;
	buffer_deinit(&group->accounts);
	*group = (struct group){0};
}

static bool is_first_with_problem(const struct doctor *doctor, size_t index)
{
	const struct doctor_account *account = &doctor->accounts[index];

	for (size_t i = 0; is_reported(account) && i < index; i++)
		if (!doctor->accounts[i].refusal && is_reported(&doctor->accounts[i]) &&
		    strcmp(doctor->accounts[i].problem, account->problem) == 0)
			return false;
	return is_reported(account) && !account->refusal;
}

/* What is no refusal: a line for each problem. */
static void report_others(struct doctor *doctor, size_t tried, enum doctor_level level)
{
	size_t causes = 0;

	for (size_t i = 0; i < doctor->account_count; i++) {
		struct group group = {0};

		if (!is_first_with_problem(doctor, i))
			continue;
		if (++causes > MAX_OTHER)
			break;
		for (size_t j = i; j < doctor->account_count; j++)
			if (!doctor->accounts[j].refusal && is_reported(&doctor->accounts[j]) &&
			    strcmp(doctor->accounts[j].problem, doctor->accounts[i].problem) == 0)
				add_to(&group, &doctor->accounts[j]);
		report_group(doctor, &group, CAUSE_OTHER, tried, level);
	}
	if (causes > MAX_OTHER)
		doctor_report(doctor->findings, level, "role", NULL,
			      "%s cannot be assumed for more causes: see neptune-scan scan",
			      doctor->config->role_name);
}

void doctor_report_refusals(struct doctor *doctor, size_t tried, size_t refused)
{
	bool everywhere = refused == tried && tried > 1;
	enum doctor_level level = refused == tried ? DOCTOR_FAILURE : DOCTOR_WARNING;

	for (enum refusal_cause cause = 0; cause < CAUSES; cause++) {
		struct group group = {0};

		for (size_t i = 0; i < doctor->account_count; i++)
			if (is_reported(&doctor->accounts[i]) &&
			    cause_of(doctor, &doctor->accounts[i], everywhere) == cause)
				add_to(&group, &doctor->accounts[i]);
		if (group.count > 0)
			report_group(doctor, &group, cause, tried, level);
	}
	report_others(doctor, tried, level);
	doctor->findings->no_account = refused == tried;
}
