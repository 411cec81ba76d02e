#include "bench/estate/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

struct writer {
	const struct estate *estate;
	const struct demands *demands;
	FILE *stream;
	bool is_first; /* of the list being written */
	bool good;
	const char *account, *region; /* of the cell whose findings are being collected */
	json_t **findings;
	size_t count, capacity;
};

static void write_item(struct writer *writer, json_t *item)
{
	fputs(writer->is_first ? "\n" : ",\n", writer->stream);
	writer->is_first = false;
	writer->good = writer->good && item && json_dumpf(item, writer->stream, JSON_COMPACT) == 0;
	json_decref(item);
}

static void begin_list(struct writer *writer, const char *name)
{
	fprintf(writer->stream, ",\n\"%s\":[", name);
	writer->is_first = true;
}

/* ---- cells ---- */

/* The state of a cell that cannot be assessed; NULL: it can. */
static const char *blind_state(const struct estate *estate, size_t account, size_t region)
{
	const struct world *world = &estate->world;

	if (world_account_kind(world, account) == ACCOUNT_SUSPENDED)
		return "skipped";
	if (world_account_kind(world, account) == ACCOUNT_CLOSED_TO_US)
		return "unreached";
	if (world_cell_kind(world, account, region) == CELL_NOT_ENABLED)
		return "disabled";
	/* The account lists the region as enabled, so a refusal does not prove that it is disabled. */
	if (faults_disable(estate->faults, "rds", "DescribeDBClusters", account, world_region(region)))
		return "error";
	return world_cell_kind(world, account, region) == CELL_FENCED ? "denied" : NULL;
}

enum seen { SEEN_WHOLE, SEEN_IN_PART, NOT_SEEN };

/* Without the global database. */
static enum seen how_seen(const struct writer *writer, size_t account, size_t region)
{
	const struct place place = {&writer->estate->world, account, region};

	if (blind_state(writer->estate, account, region))
		return NOT_SEEN;
	return expected_verdicts_of_cell(&place, writer->demands, false, NULL, NULL).unknown > 0 ? SEEN_IN_PART
												 : SEEN_WHOLE;
}

/*
 * The writer's region comes first. The cell that is assessed best reports; of equals, the first with a
 * member.
 */
static bool reports_global_database(const struct writer *writer, size_t account, size_t region)
{
	enum seen best = NOT_SEEN;
	size_t reporter = GLOBAL_DATABASE_REGIONS;

	for (size_t i = 0; region < GLOBAL_DATABASE_REGIONS && i < GLOBAL_DATABASE_REGIONS; i++) {
		enum seen seen = how_seen(writer, account, i);

		if (seen >= best)
			continue;
		best = seen;
		reporter = i;
	}
	return region == reporter && best != NOT_SEEN;
}

static void write_cell(struct writer *writer, const char *id, size_t account, size_t region)
{
	const struct place place = {&writer->estate->world, account, region};
	const char *state = blind_state(writer->estate, account, region);
	bool complete = !state || strcmp(state, "skipped") == 0 || strcmp(state, "disabled") == 0;
	struct tally tally = {0};

	if (!state) {
		tally = expected_verdicts_of_cell(&place, writer->demands,
						  reports_global_database(writer, account, region), NULL, NULL);
		complete = tally.unknown == 0;
		state = tally.failing         ? "fail"
			: tally.unknown       ? "unknown"
			: tally.has_resources ? "pass"
					      : "empty";
	}
	write_item(writer, json_pack("{s:s,s:s,s:s,s:b,s:I,s:I}", "account", id, "region", world_region(region),
				     "state", state, "complete", complete, "resources",
				     (json_int_t)tally.resources, "failing", (json_int_t)tally.failing));
}

/* ---- findings of a cell ---- */

static json_t *text(const char *value)
{
	return value ? json_string(value) : json_null();
}

static void collect(const struct expected_verdict *expected_verdict, void *context)
{
	struct writer *writer = context;
	json_t *tags = expected_verdict->owner[0] ? json_pack("{s:s}", "owner", expected_verdict->owner)
						  : json_object();
	json_t *evidence = json_object(), **findings;

	if (expected_verdict->has_encryption) {
		json_object_set_new(evidence, "StorageEncrypted",
				    text(encryption_flag(expected_verdict->encryption)));
		json_object_set_new(evidence, "StorageEncryptionType",
				    text(encryption_type(expected_verdict->encryption)));
	}
	findings = array_grow(writer->findings, writer->count, &writer->capacity, sizeof *findings);
	if (!findings) {
		writer->good = false;
		json_decref(tags);
		json_decref(evidence);
		return;
	}
	writer->findings = findings;
	writer->findings[writer->count++] =
		json_pack("{s:s,s:s,s:s,s:{s:s,s:s,s:s,s:o},s:s,s:s,s:o}", "control", expected_verdict->control,
			  "account", writer->account, "region", writer->region, "resource", "type",
			  expected_verdict->type, "id", expected_verdict->id, "arn", expected_verdict->arn,
			  "tags", tags, "verdict", expected_verdict->verdict, "severity",
			  expected_verdict->severity, "evidence", evidence);
}

static const char *member(const json_t *finding, const char *name)
{
	const char *value = json_string_value(json_object_get(finding, name));

	return value ? value : "";
}

/* By resource, then by control: the order of reports. */
static int compare_findings(const void *a, const void *b)
{
	const json_t *one = *(json_t *const *)a, *other = *(json_t *const *)b;
	int order = strcmp(member(json_object_get(one, "resource"), "arn"),
			   member(json_object_get(other, "resource"), "arn"));

	return order ? order : strcmp(member(one, "control"), member(other, "control"));
}

static void write_findings(struct writer *writer, const char *id, size_t account, size_t region)
{
	const struct place place = {&writer->estate->world, account, region};

	if (blind_state(writer->estate, account, region))
		return;
	writer->account = id;
	writer->region = world_region(region);
	writer->count = 0;
	expected_verdicts_of_cell(&place, writer->demands, reports_global_database(writer, account, region),
				  collect, writer);
	if (writer->count > 0)
		qsort(writer->findings, writer->count, sizeof writer->findings[0], compare_findings);
	for (size_t i = 0; i < writer->count; i++)
		write_item(writer, writer->findings[i]);
}

/* ---- rows and columns ---- */

static void write_account(struct writer *writer, const char *id, size_t account)
{
	const struct world *world = &writer->estate->world;
	char name[WORLD_TEXT], path[WORLD_PATH];
	bool suspended = world_account_kind(world, account) == ACCOUNT_SUSPENDED;

	world_account_name(world, account, name);
	world_unit_path(world, world_account_unit(world, account), path);
	write_item(writer, json_pack("{s:s,s:s,s:s,s:s}", "id", id, "name", name, "ou", path, "status",
				     suspended ? "SUSPENDED" : "ACTIVE"));
}

/* A column is a region that is enabled in at least one account whose role can be assumed. */
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

struct row {
	char id[WORLD_ID];
	size_t account;
};

static int compare_rows(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->id, ((const struct row *)b)->id);
}

/* Accounts in the order of reports. NULL: out of memory. */
static struct row *make_rows(const struct world *world)
{
	struct row *rows = calloc(world->accounts + 1, sizeof *rows);

	for (size_t i = 0; rows && i < world->accounts; i++) {
		world_account_id(world, i, rows[i].id);
		rows[i].account = i;
	}
	if (rows)
		qsort(rows, world->accounts, sizeof *rows, compare_rows);
	return rows;
}

static size_t make_columns(const struct world *world, size_t columns[static WORLD_MAX_REGIONS])
{
	size_t count = 0;

	for (size_t i = 0; i < world->regions; i++)
		if (is_column(world, i))
			columns[count++] = i;
	qsort(columns, count, sizeof *columns, compare_regions);
	return count;
}

static void write_regions(struct writer *writer, const size_t *columns, size_t count)
{
	begin_list(writer, "regions");
	for (size_t i = 0; i < count; i++)
		fprintf(writer->stream, "%s\"%s\"", i ? "," : "", world_region(columns[i]));
	fputs("]", writer->stream);
}

static void write_accounts(struct writer *writer, const struct row *rows, size_t count)
{
	begin_list(writer, "accounts");
	for (size_t i = 0; i < count; i++)
		write_account(writer, rows[i].id, rows[i].account);
	fputs("\n]", writer->stream);
}

bool manifest_write(const struct estate *estate, const struct demands *demands, FILE *stream)
{
	const struct world *world = &estate->world;
	struct writer writer = {.estate = estate, .demands = demands, .stream = stream, .good = true};
	struct row *rows = make_rows(world);
	size_t columns[WORLD_MAX_REGIONS], count = make_columns(world, columns);

	if (!rows)
		return false;
	fputs("{\"schema\":\"neptune-scan/report/1\"", stream);
	write_regions(&writer, columns, count);
	write_accounts(&writer, rows, world->accounts);
	begin_list(&writer, "cells");
	for (size_t i = 0; i < world->accounts; i++)
		for (size_t j = 0; j < count; j++)
			write_cell(&writer, rows[i].id, rows[i].account, columns[j]);
	fputs("\n]", stream);
	begin_list(&writer, "findings");
	for (size_t i = 0; i < world->accounts; i++)
		for (size_t j = 0; j < count; j++)
			write_findings(&writer, rows[i].id, rows[i].account, columns[j]);
	fputs("\n]\n}\n", stream);
	free(writer.findings);
	free(rows);
	return writer.good && !ferror(stream);
}
