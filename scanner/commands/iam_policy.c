/*
 * Prints the IAM policies that this program needs, derived from its table of operations: what the selected
 * controls query, and nothing else.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggestion.h"
#include "base/text.h"
#include "base/visible.h"
#include "config/partition.h"
#include "scanner/aws/operation.h"
#include "scanner/commands/arguments.h"
#include "scanner/commands/commands.h"
#include "scanner/commands/selection.h"
#include "scanner/queries/permission.h"
#include "scanner/reports/json_objects.h"

struct policy_command {
	struct config config;
	struct selection selection;
	struct exceptions exceptions;
	const char *principal, *organization; /* for the trust policy */
};

/* ---- parts ---- */

static json_t *statement(const char *id, json_t *actions, const char *resource)
{
	return json_pack("{s:s, s:s, s:o, s:s}", "Sid", id, "Effect", "Allow", "Action", actions, "Resource",
			 resource);
}

static json_t *document(json_t *statements)
{
	return json_pack("{s:s, s:o}", "Version", "2012-10-17", "Statement", statements);
}

/* The actions of the selected controls in each account, sorted, without duplicates. */
static json_t *scan_actions(const struct policy_command *command)
{
	const char *names[QUERY_KINDS + 1];
	json_t *actions = json_array();
	size_t count = 0;

	/* Also with named regions: tells whether a region that refuses the session is enabled. */
	names[count++] = operations[EC2_DESCRIBE_REGIONS].permission;
	for (enum query_kind query = 0; query < QUERY_KINDS; query++)
		if ((command->selection.needs >> query & 1) && !query_is_fallback(query))
			names[count++] = query_permission(query);
	qsort(names, count, sizeof names[0], text_compare);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || strcmp(names[i], names[i - 1]) != 0)
			json_array_append_new(actions, json_string(names[i]));
	return actions;
}

static json_t *organization_actions(void)
{
	static const enum operation_id reads[] = {
		ORGANIZATIONS_DESCRIBE_ORGANIZATION, ORGANIZATIONS_LIST_ACCOUNTS,
		ORGANIZATIONS_LIST_ACCOUNTS_FOR_PARENT, ORGANIZATIONS_LIST_ORGANIZATIONAL_UNITS_FOR_PARENT,
		ORGANIZATIONS_LIST_ROOTS};
	json_t *actions = json_array();

	for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++)
		json_array_append_new(actions, json_string(operations[reads[i]].permission));
	return actions;
}

/* ---- policies ---- */

/* For the role in each account. */
static json_t *member_policy(const struct policy_command *command)
{
	return document(json_pack("[o]", statement("NeptuneScanReads", scan_actions(command), "*")));
}

/* For the caller, or the last role of the chain. */
static json_t *caller_policy(const struct policy_command *command)
{
	const char *partition = partition_of_home(command->config.region)->id;
	const char *role = command->config.role_name;
	char resource[640];
	json_t *statements = json_array();

	snprintf(resource, sizeof resource, "arn:%s:iam::*:role/%s", partition,
		 role[0] == '/' ? role + 1 : role);
	json_array_append_new(statements,
			      statement("NeptuneScanAssumesItsRole",
					json_pack("[s]", operations[STS_ASSUME_ROLE].permission), resource));
	if (command->config.accounts.count == 0)
		json_array_append_new(
			statements, statement("NeptuneScanReadsTheOrganization", organization_actions(), "*"));
	if (!command->config.management_role)
		json_array_append_new(statements,
				      statement("NeptuneScanReadsItsOwnAccount", scan_actions(command), "*"));
	return document(statements);
}

/* Who may assume the role: one principal of the organization, with the external id. */
static json_t *trust_policy(const struct policy_command *command)
{
	json_t *conditions = json_object();
	json_t *trust = json_pack("{s:s, s:s, s:{s:s}, s:s}", "Sid", "NeptuneScanAssumesIt", "Effect", "Allow",
				  "Principal", "AWS", command->principal, "Action",
				  operations[STS_ASSUME_ROLE].permission);

	if (command->config.external_id)
		json_object_set_new(conditions, "sts:ExternalId", json_string(command->config.external_id));
	if (command->organization)
		json_object_set_new(conditions, "aws:PrincipalOrgID", json_string(command->organization));
	if (json_object_size(conditions) > 0)
		json_object_set_new(trust, "Condition", json_pack("{s:o}", "StringEquals", conditions));
	else
		json_decref(conditions);
	return document(json_pack("[o]", trust));
}

static const struct {
	const char *name;
	json_t *(*make)(const struct policy_command *command);
} policies[] = {{"member", member_policy}, {"caller", caller_policy}, {"trust", trust_policy}};

enum { POLICIES = sizeof policies / sizeof policies[0] };

/* ---- command ---- */

static enum exit_code refuse_word(const char *word)
{
	struct suggestion nearest = suggestion_for(word);
	char suggestion[SUGGESTION_SIZE];

	for (size_t i = 0; i < POLICIES; i++)
		suggestion_consider(&nearest, policies[i].name);
	visible_print(stderr, "neptune-scan: error: iam-policy \"%s\": must be member, caller or trust%s", word,
		      suggestion_write(&nearest, suggestion));
	return EXIT_USAGE;
}

static enum exit_code print(const struct policy_command *command, const char *word)
{
	for (size_t i = 0; i < POLICIES; i++) {
		if (strcmp(policies[i].name, word) != 0)
			continue;
		if (policies[i].make == trust_policy && !command->principal) {
			fputs("neptune-scan: error: iam-policy trust needs --principal ARN: the role or user "
			      "that "
			      "starts the scan\n"
			      "  Fix: neptune-scan doctor shows it\n",
			      stderr);
			return EXIT_USAGE;
		}
		json_print(policies[i].make(command));
		return EXIT_COMPLIANT;
	}
	return refuse_word(word);
}

static bool select_controls(struct policy_command *command)
{
	struct diagnostics diagnostics = {0};
	bool good;

	selection_make(&command->selection, &command->config, &diagnostics);
	selection_read_exceptions(&command->selection, &command->exceptions, &command->config, &diagnostics);
	good = diagnostics.count == 0;
	diagnostics_print(&diagnostics, stderr, "neptune-scan: iam-policy");
	diagnostics_free(&diagnostics);
	return good;
}

static enum exit_code run(int argument_count, const char *const *given)
{
	struct policy_command command = {0};
	const struct own_flag flags[] = {{"--principal", &command.principal, NULL},
					 {"--organization", &command.organization, NULL},
					 {NULL, NULL, NULL}};
	struct arguments arguments;
	enum exit_code code = EXIT_USAGE;

	if (arguments_read(&arguments, "iam-policy", flags, 1, &command.config, argument_count, given) &&
	    select_controls(&command))
		code = print(&command, arguments.word_count > 0 ? arguments.words[0] : policies[0].name);
	exceptions_free(&command.exceptions);
	config_free(&command.config);
	return code;
}

static void help(void)
{
	puts("usage: neptune-scan iam-policy [member] [--controls LIST] [FLAG ...]\n"
	     "       neptune-scan iam-policy caller [FLAG ...]\n"
	     "       neptune-scan iam-policy trust --principal ARN [--organization ID]\n"
	     "                                     [--external-id-file FILE]\n\n"
	     "Prints a least-privilege policy as JSON:\n\n"
	     "  member   permissions of the scan role in each account\n"
	     "  caller   permissions of the identity that starts the scan; with --role-chain, of the\n"
	     "           last role of the chain\n"
	     "  trust    trust policy of the scan role: the principal that can assume it, the external\n"
	     "           id, and the organization\n\n"
	     "The permissions follow from the settings: fewer controls need fewer permissions.");
}

const struct command command_iam_policy = {"iam-policy", "print the least IAM policies that a scan needs", run,
					   help};
