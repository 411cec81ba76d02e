/*
 * What a perfect scan of this estate must report, in the report's own schema. It knows the world, and
 * nothing of how the scanner gets there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/estate/request.h"

static const char control[] = "neptune-encryption-at-rest";

/* The verdict table of the control, for the kinds of encryption that the world has. */
static const char *const verdicts[] = {
	[ENCRYPTION_KMS] = "pass",
	[ENCRYPTION_NONE] = "fail",
	[ENCRYPTION_AWS_OWNED] = "pass",
	[ENCRYPTION_UNSAID] = "unknown",
	[ENCRYPTION_CONTRADICTORY] = "unknown",
};

struct tally {
	size_t resources, failing, unknown;
};

static json_t *text(const char *value)
{
	return value ? json_string(value) : json_null();
}

static void add_finding(json_t *findings, const struct estate *estate, size_t account, size_t region,
			const struct world_cluster *cluster)
{
	char id[WORLD_ID], arn[220];

	world_account_id(&estate->world, account, id);
	snprintf(arn, sizeof arn, "arn:aws:rds:%s:%s:cluster:%s", world_region(region), id, cluster->id);
	json_array_append_new(
		findings, json_pack("{s:s,s:s,s:s,s:{s:s,s:s,s:s,s:{s:s}},s:s,s:s,s:{s:o,s:o}}", "control",
				    control, "account", id, "region", world_region(region), "resource", "type",
				    "cluster", "id", cluster->id, "arn", arn, "tags", "owner", cluster->tag,
				    "verdict", verdicts[cluster->encryption], "severity", "high", "evidence",
				    "StorageEncrypted", text(encryption_flag(cluster->encryption)),
				    "StorageEncryptionType", text(encryption_type(cluster->encryption))));
}

static struct tally judge(json_t *findings, const struct estate *estate, size_t account, size_t region)
{
	size_t count = world_cluster_count(&estate->world, account, region);
	struct tally tally = {0};

	for (size_t i = 0; i < count; i++) {
		struct world_cluster cluster = world_cluster(&estate->world, account, region, i);

		if (strcmp(cluster.engine, "neptune") != 0)
			continue;
		add_finding(findings, estate, account, region, &cluster);
		tally.resources++;
		tally.failing += cluster.encryption == ENCRYPTION_NONE;
		tally.unknown += strcmp(verdicts[cluster.encryption], "unknown") == 0;
	}
	return tally;
}

static void add_cell(json_t *manifest, const struct estate *estate, size_t account, size_t region)
{
	const char *state = "empty";
	struct tally tally = {0};
	char id[WORLD_ID];
	bool complete = true;

	world_account_id(&estate->world, account, id);
	if (world_account_kind(&estate->world, account) == ACCOUNT_SUSPENDED) {
		state = "skipped";
	} else if (world_account_kind(&estate->world, account) == ACCOUNT_CLOSED_TO_US) {
		state = "unreached";
		complete = false;
	} else if (world_cell_kind(&estate->world, account, region) == CELL_NOT_ENABLED) {
		state = "disabled";
	} else if (world_cell_kind(&estate->world, account, region) == CELL_FENCED) {
		state = "denied";
		complete = false;
	} else {
		tally = judge(json_object_get(manifest, "findings"), estate, account, region);
		complete = tally.unknown == 0;
		state = tally.failing ? "fail" : tally.unknown ? "unknown" : tally.resources ? "pass" : "empty";
	}
	json_array_append_new(json_object_get(manifest, "cells"),
			      json_pack("{s:s,s:s,s:s,s:b,s:I,s:I}", "account", id, "region",
					world_region(region), "state", state, "complete", complete, "resources",
					(json_int_t)tally.resources, "failing", (json_int_t)tally.failing));
}

/* A column is a region that at least one account has enabled, among those that let us in. */
static bool is_column(const struct world *world, size_t region)
{
	for (size_t account = 0; account < world->accounts; account++)
		if (world_account_kind(world, account) == ACCOUNT_ORDINARY &&
		    world_cell_kind(world, account, region) != CELL_NOT_ENABLED)
			return true;
	return false;
}

static int compare_regions(const void *a, const void *b)
{
	return strcmp(world_region(*(const size_t *)a), world_region(*(const size_t *)b));
}

static int compare_pairs(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_account(json_t *manifest, const struct estate *estate, size_t account)
{
	char id[WORLD_ID], name[WORLD_TEXT];
	bool suspended = world_account_kind(&estate->world, account) == ACCOUNT_SUSPENDED;

	world_account_id(&estate->world, account, id);
	world_account_name(&estate->world, account, name);
	json_array_append_new(json_object_get(manifest, "accounts"),
			      json_pack("{s:s,s:s,s:s,s:s}", "id", id, "name", name, "ou",
					world_account_unit(&estate->world, account)->path, "status",
					suspended ? "SUSPENDED" : "ACTIVE"));
}

/* Account numbers in the order of their ids, as the report lists them. */
static size_t *sorted_accounts(const struct world *world)
{
	char(*pairs)[40] = calloc(world->accounts + 1, sizeof *pairs);
	char **pointers = calloc(world->accounts + 1, sizeof *pointers);
	size_t *sorted = calloc(world->accounts + 1, sizeof *sorted);

	for (size_t i = 0; pairs && pointers && sorted && i < world->accounts; i++) {
		char id[WORLD_ID];

		world_account_id(world, i, id);
		snprintf(pairs[i], sizeof pairs[i], "%s %zu", id, i);
		pointers[i] = pairs[i];
	}
	if (pairs && pointers && sorted) {
		qsort(pointers, world->accounts, sizeof *pointers, compare_pairs);
		for (size_t i = 0; i < world->accounts; i++)
			sorted[i] = strtoul(pointers[i] + WORLD_ID, NULL, 10);
	}
	free(pairs);
	free(pointers);
	return sorted;
}

json_t *manifest_of(const struct estate *estate)
{
	json_t *manifest = json_pack("{s:s,s:[],s:[],s:[],s:[]}", "schema", "neptune-scan/report/1", "regions",
				     "accounts", "cells", "findings");
	size_t columns[WORLD_MOST_REGIONS], count = 0;
	size_t *accounts = sorted_accounts(&estate->world);

	for (size_t i = 0; i < estate->world.regions; i++)
		if (is_column(&estate->world, i))
			columns[count++] = i;
	qsort(columns, count, sizeof *columns, compare_regions);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(json_object_get(manifest, "regions"),
				      json_string(world_region(columns[i])));
	for (size_t i = 0; accounts && i < estate->world.accounts; i++) {
		add_account(manifest, estate, accounts[i]);
		for (size_t j = 0; j < count; j++)
			add_cell(manifest, estate, accounts[i], columns[j]);
	}
	free(accounts);
	return manifest;
}
