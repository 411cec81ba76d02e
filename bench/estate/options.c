#include "bench/estate/options.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_number(const char *text, unsigned long min, unsigned long max, unsigned long *number)
{
	char *end;

	errno = 0;
	*number = strtoul(text, &end, 10);
	return *text && *text != '-' && !*end && !errno && *number >= min && *number <= max;
}

static bool read_word(const char *text, const char *const *words, size_t count, unsigned long *number)
{
	for (*number = 0; *number < count; ++*number)
		if (strcmp(words[*number], text) == 0)
			return true;
	return false;
}

static bool read_accounts(struct options *options, const char *value)
{
	unsigned long number;

	if (!read_number(value, 1, WORLD_MAX_ACCOUNTS, &number))
		return false;
	options->world.accounts = number;
	return true;
}

static bool read_regions(struct options *options, const char *value)
{
	unsigned long number;

	if (!read_number(value, 1, WORLD_MAX_REGIONS, &number))
		return false;
	options->world.regions = number;
	return true;
}

static bool read_units(struct options *options, const char *value)
{
	unsigned long number;

	if (!read_number(value, 0, WORLD_MAX_DEPTH, &number))
		return false;
	options->world.depth = (unsigned)number;
	return true;
}

static bool read_clusters(struct options *options, const char *value)
{
	unsigned long number = 0;

	options->world.same_everywhere = strcmp(value, "realistic") != 0;
	if (options->world.same_everywhere && !read_number(value, 0, 10000, &number))
		return false;
	options->world.clusters_a_cell = number;
	return true;
}

static bool read_night(struct options *options, const char *value)
{
	unsigned long number;

	if (!read_number(value, 0, 4095, &number))
		return false;
	options->world.night = (unsigned)number;
	return true;
}

static bool read_seed(struct options *options, const char *value)
{
	unsigned long number;

	if (!read_number(value, 0, 4294967295UL, &number))
		return false;
	options->world.seed = number;
	return true;
}

static bool read_hub_account(struct options *options, const char *value)
{
	return read_number(value, 0, WORLD_MAX_ACCOUNTS - 1, &options->hub_account);
}

static bool read_newest(struct options *options, const char *value)
{
	return read_number(value, 0, 10000, &options->newest_hours);
}

/* Numbers of accounts, separated by commas. */
static bool read_without_role(struct options *options, const char *value)
{
	struct world *world = &options->world;
	char *end = NULL;

	for (; world->roleless_count < WORLD_MAX_ROLELESS; value = end + 1) {
		world->roleless[world->roleless_count++] = strtoul(value, &end, 10);
		if (end == value || (*end && *end != ','))
			return false;
		if (!*end)
			return true;
	}
	return false;
}

static bool read_port(struct options *options, const char *value)
{
	return read_number(value, 0, 65535, &options->port);
}

static bool read_idle(struct options *options, const char *value)
{
	return read_number(value, 1, 86400, &options->idle_seconds);
}

static bool read_session(struct options *options, const char *value)
{
	return read_number(value, 1, 43200, &options->session_seconds);
}

static bool read_latency(struct options *options, const char *value)
{
	static const char *const words[] = {
		[LATENCY_NONE] = "none", [LATENCY_LAN] = "lan", [LATENCY_AWS] = "aws", [LATENCY_SLOW] = "slow"};
	unsigned long number;

	if (!read_word(value, words, sizeof words / sizeof words[0], &number))
		return false;
	options->latency = (enum latency)number;
	return true;
}

static bool read_required_key(struct options *options, const char *value)
{
	static const char *const words[] = {"any", "kms", "customer"};

	return read_word(value, words, 3, &options->required_key);
}

static bool read_limits(struct options *options, const char *value)
{
	static const char *const words[] = {"none", "aws"};
	unsigned long number;

	options->limits_given = true;
	if (!read_word(value, words, 2, &number))
		return false;
	options->has_limits = number == 1;
	return true;
}

#define TEXT(name)                                                                                             \
	static bool read_##name(struct options *options, const char *value)                                    \
	{                                                                                                      \
		options->name = value;                                                                         \
		return *value != '\0';                                                                         \
	}
TEXT(role)
TEXT(hub)
TEXT(host)
TEXT(manifest)
TEXT(controls)
TEXT(log)
TEXT(ca)
TEXT(faults)
#undef TEXT

#define POLICY(name, document)                                                                                 \
	static bool read_##name(struct options *options, const char *value)                                    \
	{                                                                                                      \
		options->documents[document] = value;                                                          \
		return *value != '\0';                                                                         \
	}
POLICY(policy, DOCUMENT_MEMBER)
POLICY(boundary, DOCUMENT_BOUNDARY)
POLICY(trust, DOCUMENT_TRUST)
POLICY(hub_policy, DOCUMENT_HUB)
POLICY(user_policy, DOCUMENT_USER)
POLICY(hub_trust, DOCUMENT_HUB_TRUST)
POLICY(scp, DOCUMENT_SCP)
POLICY(endpoint_policy, DOCUMENT_ENDPOINT)
POLICY(delegation, DOCUMENT_DELEGATION)
POLICY(key_policy, DOCUMENT_KEY_POLICY)
#undef POLICY

/* Flags without a value. */
#define SWITCH(name, field)                                                                                    \
	static bool read_##name(struct options *options, const char *value)                                    \
	{                                                                                                      \
		(void)value;                                                                                   \
		options->field = true;                                                                         \
		return true;                                                                                   \
	}
SWITCH(delegated, is_delegated)
SWITCH(no_paths, no_paths)
SWITCH(calm, world.is_calm)
SWITCH(tls, tls)
SWITCH(no_tickets, no_tickets)
SWITCH(tags_apart, tags_apart)
SWITCH(until_eof, until_eof)
SWITCH(odd_names, world.odd_names)
#undef SWITCH

static const struct option {
	const char *name, *value; /* NULL: the flag takes no value */
	const char *help;
	bool (*read)(struct options *, const char *value);
} table[] = {
	{"--accounts", "N", "accounts, the management account among them (40; at most 100000)", read_accounts},
	{"--regions", "N", "regions (17; at most 34)", read_regions},
	{"--ous", "DEPTH", "levels of organizational units, three to each (2; at most 5)", read_units},
	{"--clusters", "realistic|N", "most cells empty, few crowded; or N Neptune clusters in each",
	 read_clusters},
	{"--night", "N", "the Nth night of the same estate: a few things have changed since the one before (0)",
	 read_night},
	{"--odd-names", NULL,
	 "accounts bear one name by twos, one the id of another; units have slashes in their names",
	 read_odd_names},
	{"--seed", "N", "the same seed gives the same estate (1)", read_seed},
	{"--role", "NAME", "role that may be assumed (NeptuneScanAudit)", read_role},
	{"--policy", "FILE", "IAM policy of that role; without, it may read everything", read_policy},
	{"--boundary", "FILE", "its permissions boundary", read_boundary},
	{"--trust", "FILE", "its trust policy; without, it admits the user and the hub", read_trust},
	{"--without-role", "LIST", "numbers of accounts that lack it; 0 is the management account",
	 read_without_role},
	{"--hub", "NAME", "role of the scanner's machine (host)", read_hub},
	{"--hub-account", "N", "number of the account that it is in (0, the management account)",
	 read_hub_account},
	{"--hub-policy", "FILE", "IAM policy of the hub; without, it may do everything", read_hub_policy},
	{"--user-policy", "FILE", "IAM policy of the user whose keys are printed", read_user_policy},
	{"--hub-trust", "FILE", "trust policy of the hub; without, it admits every service and the user",
	 read_hub_trust},
	{"--delegated", NULL, "the hub's account is a delegated administrator", read_delegated},
	{"--delegation", "FILE", "resource policy of the organization", read_delegation},
	{"--scp", "FILE", "service control policy of all accounts but the management account", read_scp},
	{"--endpoint-policy", "FILE", "policy of a VPC endpoint before all services", read_endpoint_policy},
	{"--key-policy", "FILE", "policy of every KMS key", read_key_policy},
	{"--no-paths", NULL, "accounts are listed without their places in the tree", read_no_paths},
	{"--newest-joined", "HOURS", "since the last account joined the organization", read_newest},
	{"--calm", NULL, "no account and no cell refuses, but by the policies above", read_calm},
	{"--session-seconds", "N", "longest life of its sessions (3600)", read_session},
	{"--port", "N", "of the loopback; 0 is any free one (0)", read_port},
	{"--host", "NAME", "how the printed address calls the loopback (127.0.0.1)", read_host},
	{"--tls", NULL, "serve by TLS, with a certificate by an authority of its own", read_tls},
	{"--no-tickets", NULL, "with --tls: each connection is a whole handshake", read_no_tickets},
	{"--ca", "FILE", "where the authority's certificate goes (a file in TMPDIR)", read_ca},
	{"--latency", "none|lan|aws|slow", "answers take as long as from us-east-1, or two seconds (none)",
	 read_latency},
	{"--limits", "none|aws", "AWS's rate limits (aws with --latency aws, otherwise none)", read_limits},
	{"--idle", "SECONDS", "after which an idle connection is closed (60)", read_idle},
	{"--faults", "FILE|SPEC", "what goes wrong, see below", read_faults},
	{"--manifest", "FILE", "write the truth, in the schema of neptune-scan's report", read_manifest},
	{"--controls", "LIST", "by which the manifest judges: ids or groups (encryption)", read_controls},
	{"--require-key", "KIND", "by which it judges, too: any, kms or customer (any)", read_required_key},
	{"--tags-apart", NULL, "lists leave tags out: ListTagsForResource has them", read_tags_apart},
	{"--log", "FILE", "every request, a line each", read_log},
	{"--until-eof", NULL, "end with the standard input, too", read_until_eof},
};

static void print_help(void)
{
	printf("usage: estate [FLAGS]\n\n"
	       "A simulated AWS organization on the loopback, strict about signatures, tokens, permissions "
	       "and\n"
	       "parameters. It prints shell assignments when it is ready, then an empty line, and runs until\n"
	       "SIGTERM or SIGINT. GET /estate/stats tells what it was asked, and the shortest time in which\n"
	       "anybody could have scanned it.\n\n");
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		char flag[48];

		snprintf(flag, sizeof flag, "%s %s", table[i].name, table[i].value ? table[i].value : "");
		printf("  %-24s %s\n", flag, table[i].help);
	}
	printf("\nFaults: PATTERN=KIND@SHARE, ..., seed=N; PATTERN on service:Operation or "
	       "service:Operation/region, "
	       "SHARE 10%% or 1/50:\n\n");
	for (enum fault fault = FAULT_NONE + 1; fault < FAULT_KINDS; fault++)
		printf("  %-24s %s\n", fault_name(fault), fault_explanation(fault));
	printf("\nExample: estate --accounts 1000 --latency aws --faults 'rds:*=throttle@10%%,*=reset@1/50'\n");
}

static bool read_one(struct options *options, const char *name, const char *value, bool *took_value)
{
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (strcmp(table[i].name, name) != 0)
			continue;
		*took_value = table[i].value != NULL;
		if (!table[i].value || (value && table[i].read(options, value)))
			return table[i].value || table[i].read(options, NULL);
		fprintf(stderr, "estate: %s wants %s: %s%s%s\n", name, table[i].value, table[i].help,
			value ? "; found " : "; found nothing", value ? value : "");
		return false;
	}
	fprintf(stderr, "estate: no flag %s (see --help)\n", name);
	return false;
}

enum options_read options_read(struct options *options, int count, char **arguments)
{
	*options = (struct options){.world = {.seed = 1, .accounts = 40, .regions = 17, .depth = 2},
				    .role = "NeptuneScanAudit",
				    .hub = "host",
				    .newest_hours = ULONG_MAX,
				    .host = "127.0.0.1",
				    .controls = "encryption",
				    .idle_seconds = 60,
				    .session_seconds = 3600};
	for (int i = 1; i < count; i++) {
		bool took_value = false;

		if (strcmp(arguments[i], "--help") == 0) {
			print_help();
			return OPTIONS_HELP;
		}
		if (!read_one(options, arguments[i], i + 1 < count ? arguments[i + 1] : NULL, &took_value))
			return OPTIONS_BAD;
		i += took_value;
	}
	if (!options->limits_given)
		options->has_limits = options->latency == LATENCY_AWS;
	return OPTIONS_GOOD;
}
