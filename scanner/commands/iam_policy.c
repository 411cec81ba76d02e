/*
 * Prints the IAM policies that a roll-out needs (policy_documents.h), after checking what they are made of: a
 * policy that admits more than its author means is not printed.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/arn.h"
#include "base/files.h"
#include "base/suggestion.h"
#include "base/text.h"
#include "base/visible.h"
#include "config/partition.h"
#include "scanner/commands/arguments.h"
#include "scanner/commands/commands.h"
#include "scanner/commands/policy_documents.h"
#include "scanner/commands/selection.h"
#include "scanner/reports/json_objects.h"

#define READ_POLICY                                                                                            \
	"aws organizations describe-resource-policy --query ResourcePolicy.Content --output text >FILE"

enum {
	MAX_OIDC_PROVIDER = sizeof "oidc-provider/" + 255,
	MAX_IDENTITY = 64,
	MAX_IDENTITY_PATH = 512,
	MAX_LABEL = 63,
	MAX_SUBDOMAIN = 253,
};

struct policy_command {
	struct config config;
	struct selection selection;
	struct exceptions exceptions;
	struct policy_input input;
	const char *next_external_id_file, *merged_file, *removed_file;
	struct diagnostics diagnostics;
};

/* ---- checks of one value: NULL, or what the value must be ---- */

static bool has_only(struct span text, const char *more)
{
	for (size_t i = 0; i < text.length; i++) {
		char c = text.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      strchr(more, c)))
			return false;
	}
	return text.length > 0;
}

static bool starts_with_name(struct span resource, const char *kind, const char *more)
{
	size_t length = strlen(kind);

	return span_starts_with(resource, kind) &&
	       has_only((struct span){resource.at + length, resource.length - length}, more);
}

static bool is_account(struct span text)
{
	char id[13];

	return text.length == 12 && text_copy(id, sizeof id, text) && is_account_id(id);
}

/* An ARN of a partition that exists, in one account. */
static bool split_arn(const char *text, const char *service, struct arn *arn)
{
	char partition[24];

	return arn_split(span_of(text), arn) && text_copy(partition, sizeof partition, arn->partition) &&
	       partition_named(partition) && span_equals(arn->service, service) && is_account(arn->account);
}

/*
 * "role/NAME" or "role/PATH/NAME". Source: IAM User Guide, "IAM and AWS STS quotas": a name has at most 64
 * characters, a path 512 with both of its slashes.
 */
static bool is_identity(struct span resource, const char *kind)
{
	size_t length = strlen(kind);
	struct span rest = {resource.at + length, resource.length - length}, part = {NULL, 0};

	if (!span_starts_with(resource, kind))
		return false;
	while (span_split(&rest, '/', &part))
		if (!has_only(part, "_+=,.@-"))
			return false;
	return part.length <= MAX_IDENTITY && resource.length - length - part.length + 1 <= MAX_IDENTITY_PATH;
}

static const char *check_principal(const char *text)
{
	struct arn arn;

	if (strpbrk(text, "*?"))
		return "must name one role or user: a wildcard admits everyone that it matches";
	if (split_arn(text, "sts", &arn))
		return "names a session, which ends. Fix: use the role's ARN with its path, "
		       "arn:aws:iam::ACCOUNT:role/PATH/NAME";
	if (split_arn(text, "iam", &arn) && arn.region.length == 0 &&
	    (span_equals(arn.resource, "root") || is_identity(arn.resource, "role/") ||
	     is_identity(arn.resource, "user/")))
		return NULL;
	return "must be the ARN of a role, a user or an account, arn:aws:iam::ACCOUNT:role/PATH/NAME, with a "
	       "name "
	       "of at most 64 characters";
}

/* Source: AWS Organizations API Reference, "Organization", Id. */
static const char *check_organization(const char *text)
{
	size_t length = strlen(text);
	const char *problem = "must be an organization's id: \"o-\" and 10 to 32 small letters and digits";

	if (strncmp(text, "o-", 2) != 0 || length < 12 || length > 34)
		return problem;
	for (const char *c = text + 2; *c; c++)
		if (!(*c >= 'a' && *c <= 'z') && !(*c >= '0' && *c <= '9'))
			return problem;
	return NULL;
}

static const char *check_account(const char *text)
{
	return is_account_id(text) ? NULL : "must be an account's id: twelve digits";
}

static const char *check_service(const char *text)
{
	for (const char *const *service = policy_services; *service; service++)
		if (strcmp(text, *service) == 0)
			return NULL;
	return "must be " POLICY_SERVICE_EC2 ", " POLICY_SERVICE_ECS " or " POLICY_SERVICE_EKS;
}

static const char *check_cluster(const char *text)
{
	struct arn arn;

	return split_arn(text, "eks", &arn) && region_is_plausible(arn.region) &&
			       starts_with_name(arn.resource, "cluster/", "_-")
		       ? NULL
		       : "must be the ARN of an EKS cluster, arn:aws:eks:REGION:ACCOUNT:cluster/NAME";
}

/* Source: Kubernetes documentation, "Object Names and IDs", RFC 1123 label names. */
static bool is_label(struct span text)
{
	for (size_t i = 0; i < text.length; i++) {
		char c = text.at[i];
		bool is_inside = i > 0 && i + 1 < text.length;

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c == '-' && is_inside)))
			return false;
	}
	return text.length > 0;
}

static const char *check_namespace(const char *text)
{
	return strlen(text) <= MAX_LABEL && is_label(span_of(text))
		       ? NULL
		       : "must be the name of a Kubernetes namespace: at most 63 small letters, digits and "
			 "hyphens, the first and last no hyphen";
}

/* A service account's name is an RFC 1123 subdomain: labels with dots between them. */
static const char *check_service_account(const char *text)
{
	static const char *const problem =
		"must be the name of a Kubernetes service account: at most 253 small "
		"letters, digits, hyphens and dots, and each part begins and ends "
		"with a letter or digit";
	struct span rest = span_of(text), label;

	if (strlen(text) > MAX_SUBDOMAIN)
		return problem;
	while (span_split(&rest, '.', &label))
		if (!is_label(label))
			return problem;
	return NULL;
}

/* Source: IAM API Reference, "CreateOpenIDConnectProvider", Url: at most 255 characters. */
static const char *check_oidc_provider(const char *text)
{
	struct arn arn;

	return split_arn(text, "iam", &arn) && arn.resource.length < MAX_OIDC_PROVIDER &&
			       starts_with_name(arn.resource, "oidc-provider/", "-._/")
		       ? NULL
		       : "must be the ARN of an OIDC provider, arn:aws:iam::ACCOUNT:oidc-provider/ISSUER";
}

/* ---- flags ---- */

enum flag {
	PRINCIPAL,
	ORGANIZATION,
	NEXT_EXTERNAL_ID_FILE,
	SERVICE,
	ACCOUNT,
	CLUSTER,
	NAMESPACE,
	SERVICE_ACCOUNT,
	OIDC_PROVIDER,
	MERGE,
	REMOVE,
	FLAGS
};

#define MEMBER(name) offsetof(struct policy_command, name)

static const struct {
	const char *name;
	size_t member;                          /* a text of struct policy_command */
	const char *(*check)(const char *text); /* NULL: a file */
} flags[FLAGS] = {
	[PRINCIPAL] = {"--principal", MEMBER(input.principal), check_principal},
	[ORGANIZATION] = {"--organization", MEMBER(input.organization), check_organization},
	[NEXT_EXTERNAL_ID_FILE] = {"--next-external-id-file", MEMBER(next_external_id_file), NULL},
	[SERVICE] = {"--service", MEMBER(input.service), check_service},
	[ACCOUNT] = {"--account", MEMBER(input.account), check_account},
	[CLUSTER] = {"--cluster", MEMBER(input.cluster), check_cluster},
	[NAMESPACE] = {"--namespace", MEMBER(input.namespace), check_namespace},
	[SERVICE_ACCOUNT] = {"--service-account", MEMBER(input.service_account), check_service_account},
	[OIDC_PROVIDER] = {"--oidc-provider", MEMBER(input.oidc_provider), check_oidc_provider},
	[MERGE] = {"--merge", MEMBER(merged_file), NULL},
	[REMOVE] = {"--remove", MEMBER(removed_file), NULL},
};

#define FLAG_BIT(flag) (1u << (flag))

static const char **value_of(struct policy_command *command, enum flag flag)
{
	return (const char **)((char *)command + flags[flag].member);
}

/* ---- what each policy requires ---- */

static void need(struct policy_command *command, enum flag flag, const char *why)
{
	if (!*value_of(command, flag))
		diagnostics_add(&command->diagnostics, "%s is missing: %s", flags[flag].name, why);
}

/* An account's ARN makes no condition on its own. */
static void require_organization_of_account(struct policy_command *command)
{
	const char *principal = command->input.principal;

	if (principal && policy_principal_is_account(principal))
		need(command, ORGANIZATION,
		     "otherwise every principal of the account is trusted, on no condition");
}

static void require_principal_and_condition(struct policy_command *command)
{
	need(command, PRINCIPAL,
	     "the ARN of the role or user that may assume the role (`neptune-scan doctor` shows it)");
	require_organization_of_account(command);
	if (!command->input.organization && !command->config.external_id && !command->input.next_external_id)
		diagnostics_add(&command->diagnostics,
				"a trust policy without conditions is not printed. Fix: add --organization ID "
				"(aws organizations describe-organization), --external-id-file FILE, or both");
}

static void require_pod(struct policy_command *command)
{
	need(command, NAMESPACE, "the Kubernetes namespace of the job");
	need(command, SERVICE_ACCOUNT, "the Kubernetes service account of the job");
}

static bool is_service(const struct policy_command *command, const char *service)
{
	return command->input.service && strcmp(command->input.service, service) == 0;
}

/* A flag without effect: its author believes that the policy is narrower than it is. */
static void refuse_unused(struct policy_command *command, enum flag flag, bool is_used, const char *users)
{
	if (!is_used && *value_of(command, flag))
		diagnostics_add(&command->diagnostics, "%s has no effect: it applies to %s", flags[flag].name,
				users);
}

static void refuse_what_hub_ignores(struct policy_command *command)
{
	static const char *const pods = "--service " POLICY_SERVICE_EKS " and --oidc-provider";
	const struct policy_input *input = &command->input;
	bool in_pod = is_service(command, POLICY_SERVICE_EKS);

	refuse_unused(command, ACCOUNT, is_service(command, POLICY_SERVICE_ECS) || (in_pod && !input->cluster),
		      "--service " POLICY_SERVICE_ECS ", and to --service " POLICY_SERVICE_EKS
		      " without --cluster");
	refuse_unused(command, CLUSTER, in_pod, "--service " POLICY_SERVICE_EKS);
	refuse_unused(command, NAMESPACE, in_pod || input->oidc_provider, pods);
	refuse_unused(command, SERVICE_ACCOUNT, in_pod || input->oidc_provider, pods);
	refuse_unused(command, ORGANIZATION, input->principal, "--principal");
}

static void require_hub(struct policy_command *command)
{
	const struct policy_input *input = &command->input;
	bool in_pod = is_service(command, POLICY_SERVICE_EKS);

	if (!input->service && !input->oidc_provider && !input->principal)
		diagnostics_add(
			&command->diagnostics,
			"nothing is trusted. Fix: add --service NAME, --oidc-provider ARN or --principal ARN");
	if (is_service(command, POLICY_SERVICE_ECS) || (in_pod && !input->cluster))
		need(command, ACCOUNT, "the account that the tasks or the cluster belong to");
	if (in_pod || input->oidc_provider)
		require_pod(command);
	if (input->principal)
		need(command, ORGANIZATION, "the organization that the principal must belong to");
	refuse_what_hub_ignores(command);
}

static void require_delegation(struct policy_command *command)
{
	need(command, ACCOUNT, "the account that may read the organization");
	if (command->removed_file && command->merged_file)
		diagnostics_add(&command->diagnostics, "--remove excludes --merge");
	command->input.removes = command->removed_file != NULL;
}

/* One policy belongs to one identity: the caller, and each role of the chain but the last, which scans. */
static void require_chain(struct policy_command *command)
{
	const struct text_list *chain = &command->config.role_chain;

	if (chain->count == 0)
		diagnostics_add(&command->diagnostics, "--role-chain is missing: the role to assume first");
	for (size_t i = 0; chain->count > 1 && i < chain->count; i++)
		diagnostics_add(
			&command->diagnostics,
			"--role-chain names %zu roles, and each identity before one of them needs a policy of "
			"its own. Fix: for %s, neptune-scan iam-policy chain --role-chain %s",
			chain->count, i == 0 ? "the caller" : chain->items[i - 1], chain->items[i]);
}

static void require_nothing(struct policy_command *command)
{
	(void)command;
}

static const struct policy_kind {
	const char *name;
	json_t *(*make)(const struct policy_input *input);
	void (*require)(struct policy_command *command);
	unsigned flags; /* FLAG_BIT() of those that it depends on */
} policies[] = {
	{"member", policy_of_member, require_nothing, 0},
	{"caller", policy_of_caller, require_nothing, FLAG_BIT(ORGANIZATION)},
	{"trust", policy_of_trust, require_principal_and_condition,
	 FLAG_BIT(PRINCIPAL) | FLAG_BIT(ORGANIZATION) | FLAG_BIT(NEXT_EXTERNAL_ID_FILE)},
	{"hub-trust", policy_of_hub_trust, require_hub,
	 FLAG_BIT(PRINCIPAL) | FLAG_BIT(ORGANIZATION) | FLAG_BIT(SERVICE) | FLAG_BIT(ACCOUNT) |
		 FLAG_BIT(CLUSTER) | FLAG_BIT(NAMESPACE) | FLAG_BIT(SERVICE_ACCOUNT) | FLAG_BIT(OIDC_PROVIDER)},
	{"delegation", policy_of_delegation, require_delegation,
	 FLAG_BIT(ACCOUNT) | FLAG_BIT(MERGE) | FLAG_BIT(REMOVE)},
	{"chain", policy_of_chain, require_chain, FLAG_BIT(ORGANIZATION)},
};

enum { POLICIES = sizeof policies / sizeof policies[0] };

/* ---- command ---- */

static const struct policy_kind *kind_named(struct policy_command *command, const char *word)
{
	struct suggestion nearest = suggestion_for(word);
	char suggestion[SUGGESTION_SIZE];

	for (size_t i = 0; i < POLICIES; i++)
		if (strcmp(policies[i].name, word) == 0)
			return &policies[i];
	for (size_t i = 0; i < POLICIES; i++)
		suggestion_consider(&nearest, policies[i].name);
	diagnostics_add(&command->diagnostics,
			"\"%s\": must be member, caller, trust, hub-trust, delegation or chain%s", word,
			suggestion_write(&nearest, suggestion));
	return NULL;
}

static void check_flags(struct policy_command *command, const struct policy_kind *kind)
{
	for (enum flag flag = 0; flag < FLAGS; flag++) {
		const char *value = *value_of(command, flag), *problem;

		if (!value)
			continue;
		problem = flags[flag].check ? flags[flag].check(value) : NULL;
		if (!(kind->flags & FLAG_BIT(flag)))
			diagnostics_add(&command->diagnostics, "%s does not apply to %s", flags[flag].name,
					kind->name);
		else if (problem)
			diagnostics_add(&command->diagnostics, "%s \"%s\": %s", flags[flag].name, value,
					problem);
	}
}

/*
 * The policy in force, from the file that the flag names. An empty file is none: the command that should have
 * written it failed, and a policy that is made without it would replace the one in force.
 */
static json_t *read_policy(enum flag flag, const char *path, struct diagnostics *diagnostics)
{
	const char *problem;
	FILE *file = files_open_regular(path, &problem);
	json_t *policy, *statements;
	bool is_empty;

	if (!file) {
		diagnostics_add(diagnostics, "%s: cannot read \"%s\": %s", flags[flag].name, path, problem);
		return NULL;
	}
	policy = json_loadf(file, 0, NULL);
	is_empty = !policy && fseek(file, 0, SEEK_END) == 0 && ftell(file) == 0;
	fclose(file);
	statements = json_object_get(policy, "Statement");
	if (json_is_object(statements)) /* AWS accepts a single statement without its list */
		json_object_set_new(policy, "Statement", json_pack("[O]", statements));
	else if (is_empty)
		diagnostics_add(
			diagnostics,
			"%s: \"%s\" is empty: it holds no policy, so the command that writes it failed. "
			"Fix: " READ_POLICY "%s",
			flags[flag].name, path,
			flag == MERGE ? "; only if it fails with ResourcePolicyNotFoundException, "
					"leave out --merge"
				      : "");
	else if (!json_is_array(statements))
		diagnostics_add(diagnostics, "%s: \"%s\" is not a policy. Fix: " READ_POLICY, flags[flag].name,
				path);
	return policy;
}

static void read_files(struct policy_command *command)
{
	if (command->next_external_id_file)
		command->input.next_external_id =
			config_read_external_id(&command->config, command->next_external_id_file,
						flags[NEXT_EXTERNAL_ID_FILE].name, &command->diagnostics);
	if (command->merged_file)
		command->input.merged = read_policy(MERGE, command->merged_file, &command->diagnostics);
	else if (command->removed_file)
		command->input.merged = read_policy(REMOVE, command->removed_file, &command->diagnostics);
}

static void select_controls(struct policy_command *command)
{
	selection_make(&command->selection, &command->config, &command->diagnostics);
	selection_read_exceptions(&command->selection, &command->exceptions, &command->config,
				  &command->diagnostics);
	command->input.config = &command->config;
	command->input.needs = command->selection.needs;
}

static void print_policy(const struct policy_command *command, const struct policy_kind *kind)
{
	const struct policy_input *input = &command->input;
	json_t *policy = kind->make(input);

	if (input->removes && json_array_size(json_object_get(policy, "Statement")) ==
				      json_array_size(json_object_get(input->merged, "Statement")))
		visible_print(stderr,
			      "neptune-scan: warning: iam-policy: --remove: \"%s\" has no statement of "
			      "iam-policy delegation for account %s: nothing was removed",
			      command->removed_file, input->account);
	json_print(policy);
}

static enum exit_code print(struct policy_command *command, const char *word)
{
	const struct policy_kind *kind = kind_named(command, word);

	select_controls(command);
	if (kind) {
		check_flags(command, kind);
		read_files(command);
		kind->require(command);
	}
	if (kind && command->diagnostics.count == 0)
		print_policy(command, kind);
	diagnostics_print(&command->diagnostics, stderr, "neptune-scan: error: iam-policy");
	return command->diagnostics.count == 0 ? EXIT_COMPLIANT : EXIT_USAGE;
}

static enum exit_code run(int argument_count, const char *const *given)
{
	struct policy_command command = {0};
	struct own_flag own_flags[FLAGS + 1] = {{NULL, NULL, NULL}};
	struct arguments arguments;
	enum exit_code code = EXIT_USAGE;

	for (enum flag flag = 0; flag < FLAGS; flag++)
		own_flags[flag] = (struct own_flag){flags[flag].name, value_of(&command, flag), NULL};
	if (arguments_read(&arguments, "iam-policy", own_flags, 1, &command.config, argument_count, given))
		code = print(&command, arguments.word_count > 0 ? arguments.words[0] : policies[0].name);
	json_decref(command.input.merged);
	diagnostics_deinit(&command.diagnostics);
	exceptions_deinit(&command.exceptions);
	config_deinit(&command.config);
	return code;
}

static void help(void)
{
	puts("usage: neptune-scan iam-policy [member] [--controls LIST] [FLAG ...]\n"
	     "       neptune-scan iam-policy trust --principal ARN [--organization ID] [--external-id-file "
	     "FILE]\n"
	     "                                     [--next-external-id-file FILE]\n"
	     "       neptune-scan iam-policy caller [--organization ID] [--management-role NAME] [FLAG ...]\n"
	     "       neptune-scan iam-policy hub-trust [--service NAME --account ID] [--cluster ARN]\n"
	     "                                     [--oidc-provider ARN] [--namespace NAME --service-account "
	     "NAME]\n"
	     "                                     [--principal ARN] [--organization ID]\n"
	     "       neptune-scan iam-policy chain --role-chain ARN [--organization ID]\n"
	     "       neptune-scan iam-policy delegation --account ID [--merge FILE | --remove FILE]\n\n"
	     "Examples:\n"
	     "  neptune-scan iam-policy member\n"
	     "  neptune-scan iam-policy trust --principal arn:aws:iam::111111111111:role/scanner "
	     "--organization o-exampleorgid\n"
	     "  neptune-scan iam-policy caller --organization o-exampleorgid\n\n"
	     "Prints one IAM policy as JSON, with the least that is needed. Policies follow from the settings: "
	     "fewer\n"
	     "controls need fewer permissions.\n\n"
	     "  member      permissions of the role in each account\n"
	     "  trust       who may assume that role. The role or user must belong to the organization, or "
	     "know the\n"
	     "              external id; --next-external-id-file admits a second one while it is replaced\n"
	     "  caller      permissions of the identity that scans: the hub's role, or the last role of "
	     "--role-chain\n"
	     "  hub-trust   who may assume the hub's role: a service (ec2.amazonaws.com, "
	     "ecs-tasks.amazonaws.com,\n"
	     "              pods.eks.amazonaws.com), a service account by an OIDC provider, or a role or user\n"
	     "  chain       permissions of the identity that assumes the role of --role-chain; with several "
	     "roles, "
	     "one\n"
	     "              policy for each\n"
	     "  delegation  resource policy of the organization that lets an account read it. An organization "
	     "has one,\n"
	     "              and put-resource-policy replaces it: --merge adds the statement to the policy in "
	     "force, and\n"
	     "              --remove takes it out; the rest stays as it is. Without both: there is no policy "
	     "yet");
}

const struct command command_iam_policy = {
	.name = "iam-policy",
	.summary = "print the least IAM policies that a scan needs",
	.run = run,
	.help = help,
};
