#include "bench/estate/resources.h"

#include <stdio.h>
#include <string.h>

enum {
	CROWD = 130, /* clusters; more than one page */
	HEAVY_PERCENT = 3,
	LIGHT_PERCENT = 25,
};

static uint64_t draw(const struct place *place, enum draw what, size_t number)
{
	return world_draw(place->world, what, place->account, place->region, number);
}

static void copy(char *into, size_t size, const char *text)
{
	snprintf(into, size, "%s", text);
}

const char *encryption_flag(enum encryption encryption)
{
	static const char *const flags[] = {"true", "false", "false", NULL, "false"};

	return flags[encryption];
}

const char *encryption_type(enum encryption encryption)
{
	static const char *const types[] = {NULL, NULL, "sse-rds", NULL, "sse-kms"};

	return types[encryption];
}

static enum encryption draw_encryption(const struct place *place, size_t number)
{
	static const enum encryption kinds[] = {
		ENCRYPTION_KMS, ENCRYPTION_KMS,  ENCRYPTION_KMS,    ENCRYPTION_KMS,           ENCRYPTION_KMS,
		ENCRYPTION_KMS, ENCRYPTION_KMS,  ENCRYPTION_NONE,   ENCRYPTION_AWS_OWNED,     ENCRYPTION_KMS,
		ENCRYPTION_KMS, ENCRYPTION_KMS,  ENCRYPTION_KMS,    ENCRYPTION_KMS,           ENCRYPTION_KMS,
		ENCRYPTION_KMS, ENCRYPTION_NONE, ENCRYPTION_UNSAID, ENCRYPTION_CONTRADICTORY, ENCRYPTION_KMS,
	};

	size_t changed = world_changed(place->world, DRAW_ENCRYPTION, place->account, place->region, number);

	return place->world->same_everywhere ? ENCRYPTION_KMS
					     : kinds[draw(place, DRAW_ENCRYPTION, number + changed) % 20];
}

/* ---- keys ---- */

void key_id(const struct place *place, enum key_kind kind, char id[KEY_ID])
{
	uint64_t number = draw(place, DRAW_KEY, kind);

	if (kind == KEY_UPDATING)
		snprintf(id, KEY_ID, "mrk-%032llx", (unsigned long long)number);
	else
		snprintf(id, KEY_ID, "%08llx-%04x-4000-8000-%012llx", (unsigned long long)(number >> 32),
			 (unsigned)kind, (unsigned long long)(number & 0xffffffffULL));
}

void key_account(const struct place *place, enum key_kind kind, char account[WORLD_ID])
{
	size_t owner = place->account;

	if (kind == KEY_SHARED || kind == KEY_HIDDEN)
		owner = (owner + 1) % place->world->accounts;
	if (kind == KEY_STRANGERS)
		snprintf(account, WORLD_ID, STRANGER);
	else
		world_account_id(place->world, owner, account);
}

void key_arn(const struct place *place, enum key_kind kind, char arn[KEY_ARN])
{
	char account[WORLD_ID], id[KEY_ID];

	key_id(place, kind, id);
	key_account(place, kind, account);
	snprintf(arn, KEY_ARN, "arn:aws:kms:%s:%s:key/%s", world_region(place->region), account, id);
}

enum key_kind key_by_id(const struct place *place, const char *id)
{
	char own[KEY_ID];

	for (enum key_kind kind = 0; kind < KEY_SHARED; kind++) {
		key_id(place, kind, own);
		if (strcmp(own, id) == 0)
			return kind;
	}
	return KEY_KINDS;
}

static enum key_kind draw_key(const struct place *place, size_t number)
{
	static const enum key_kind kinds[] = {
		KEY_AWS_MANAGED, KEY_AWS_MANAGED, KEY_AWS_MANAGED, KEY_AWS_MANAGED,      KEY_AWS_MANAGED,
		KEY_AWS_MANAGED, KEY_AWS_MANAGED, KEY_AWS_MANAGED, KEY_AWS_MANAGED,      KEY_AWS_MANAGED,
		KEY_ROTATED,     KEY_ROTATED,     KEY_ROTATED,     KEY_ROTATED,          KEY_ROTATED,
		KEY_ROTATED,     KEY_ROTATED,     KEY_ROTATED,     KEY_NOT_ROTATED,      KEY_NOT_ROTATED,
		KEY_NOT_ROTATED, KEY_NOT_ROTATED, KEY_UPDATING,    KEY_IMPORTED_ROTATED, KEY_DISABLED,
		KEY_IMPORTED,    KEY_SHARED,      KEY_HIDDEN,      KEY_STRANGERS,        KEY_PENDING_DELETION,
	};
	enum key_kind kind = kinds[draw(place, DRAW_KEY, 100 + number) % 30];

	/* A single account has no neighbour. */
	if (place->world->accounts == 1 && (kind == KEY_SHARED || kind == KEY_HIDDEN))
		kind = KEY_ROTATED;
	return place->world->same_everywhere ? KEY_AWS_MANAGED : kind;
}

/* ---- clusters ---- */

/* Few accounts have many clusters, some have a few, most have almost none. */
size_t cluster_count(const struct place *place)
{
	uint64_t appetite = world_draw(place->world, DRAW_APPETITE, place->account, 0, 0) % 100;
	uint64_t count = draw(place, DRAW_COUNT, 0), crowd = draw(place, DRAW_CROWD, 0);
	bool heavy = appetite < HEAVY_PERCENT || place->account == 1;

	if (place->world->same_everywhere)
		return place->world->clusters_a_cell;
	if (place->account == 1 && place->region == 0)
		return CROWD;
	if (heavy)
		return world_chance(crowd, 4, 100)    ? CROWD
		       : world_chance(count, 40, 100) ? 1 + count / 100 % 12
						      : 0;
	count = draw(place, DRAW_COUNT,
		     world_changed(place->world, DRAW_COUNT, place->account, place->region, 0));
	if (appetite < LIGHT_PERCENT)
		return world_chance(count, 20, 100) ? 1 + count / 100 % 4 : 0;
	return world_chance(count, 1, 100) ? 1 : 0;
}

const char *parameter_value(enum parameter parameter)
{
	static const char *const values[] = {NULL, "0", "1"};

	return values[parameter];
}

/* AWS's default groups leave both to the engine. */
void parameter_group_name(enum parameter enforce_ssl, enum parameter audit_log, char name[GROUP_NAME])
{
	static const char *const words[] = {"unset", "off", "on"};

	if (enforce_ssl == PARAMETER_UNSET && audit_log == PARAMETER_UNSET)
		snprintf(name, GROUP_NAME, "default.neptune1.4");
	else
		snprintf(name, GROUP_NAME, "ssl-%s-audit-%s", words[enforce_ssl], words[audit_log]);
}

/* Engines of various versions. */
static void draw_engine(struct cluster *cluster, uint64_t number, bool same)
{
	static const struct {
		const char *version;
		bool https_only;
	} versions[] = {
		{"1.4.5.0", true},    {"1.4.5.0", true},     {"1.4.5.0", true},  {"1.3.2.1", true},
		{"1.2.1.0.R2", true}, {"1.0.10.0", true},    {"1.0.4.1", true},  {"1.0.4.0", true},
		{"1.4.5.0", true},    {"1.4.5.0", true},     {"1.4.5.0", true},  {"1.4.5.0", true},
		{"1.0.3.0", false},   {"1.0.2.2.R6", false}, {"1.0.3.0", false}, {NULL, false},
	};
	static const enum parameter enforcing[] = {PARAMETER_UNSET, PARAMETER_ON, PARAMETER_OFF,
						   PARAMETER_UNSET};
	static const enum parameter auditing[] = {PARAMETER_ON, PARAMETER_UNSET, PARAMETER_ON, PARAMETER_OFF};
	size_t drawn = same ? 0 : number >> 4 & 15;

	cluster->version = versions[drawn].version;
	cluster->https_only = versions[drawn].https_only;
	cluster->enforce_ssl = enforcing[number & 3];
	cluster->audit_log = auditing[number >> 2 & 3];
}

struct cluster cluster_at(const struct place *place, size_t index)
{
	static const char *const owners[] = {"team graph", "risk & fraud", "équipe <b>\"漢\"</b>", "=cmd()"};
	static const char *const engines[] = {"neptune", "neptune", "neptune", "aurora-postgresql", "docdb"};
	static const char *const states[] = {"available", "available", "available", "available", "available",
					     "available", "available", "stopped",   "creating",  "deleting"};
	uint64_t number = draw(place, DRAW_CLUSTER, index);
	bool same = place->world->same_everywhere;
	struct cluster cluster = {
		.engine = same ? engines[0] : engines[draw(place, DRAW_ENGINE, index) % 5],
		.status = same ? states[0] : states[(number >> 4) % 10],
		.encryption = draw_encryption(place, index),
		.key = draw_key(place, index),
		.instances = 1 + (number >> 8) % 3,
		.backup_days = (unsigned[]){7, 1, 14, 35}[(number >> 10) % 4],
		.exports_audit = (number >> 12) % 4 != 0,
		.deletion_protection = (number >> 14) % 4 != 0,
		.iam_authentication = (number >> 16) % 4 != 0,
		.copies_tags = (number >> 18) % 4 != 0,
	};

	draw_engine(&cluster, number >> 24, same);
	cluster.multi_az = cluster.instances > 1;
	snprintf(cluster.id, sizeof cluster.id, "graph-%04zu-%08llx", index,
		 (unsigned long long)(number & 0xffffffff));
	snprintf(cluster.resource_id, sizeof cluster.resource_id, "cluster-%016llX",
		 (unsigned long long)number);
	copy(cluster.owner, sizeof cluster.owner, owners[number % 4]);
	return cluster;
}

bool cluster_is_neptune(const struct cluster *cluster)
{
	return strcmp(cluster->engine, "neptune") == 0;
}

bool cluster_is_being_deleted(const struct cluster *cluster)
{
	return strcmp(cluster->status, "deleting") == 0;
}

size_t cluster_by_id(const struct place *place, const char *id)
{
	size_t count = cluster_count(place);

	for (size_t i = 0; i < count; i++)
		if (strcmp(cluster_at(place, i).id, id) == 0)
			return i;
	return SIZE_MAX;
}

/* ---- resources of clusters ---- */

/* Contradicts the cluster once in fifty instances. */
static enum encryption inherit(enum encryption encryption, uint64_t number)
{
	if (number % 50 != 0)
		return encryption;
	return encryption == ENCRYPTION_KMS ? ENCRYPTION_NONE : ENCRYPTION_KMS;
}

struct instance instance_at(const struct place *place, size_t cluster, const struct cluster *of, size_t index)
{
	uint64_t number = draw(place, DRAW_INSTANCE, cluster * 16 + index);
	struct instance instance = {
		.encryption = place->world->same_everywhere ? of->encryption : inherit(of->encryption, number),
		.writer = index == 0,
		.public = (number >> 8) % 12 == 0,
		.minor_upgrades = (number >> 12) % 4 != 0,
	};

	snprintf(instance.id, sizeof instance.id, "%.60s-%zu", of->id, index + 1);
	return instance;
}

size_t snapshot_count(const struct place *place, size_t cluster)
{
	return draw(place, DRAW_SNAPSHOT, cluster * 16) % 4;
}

struct snapshot snapshot_at(const struct place *place, size_t cluster, const struct cluster *of, size_t index)
{
	static const char *const types[] = {"automated", "manual", "awsbackup"};
	uint64_t number = draw(place, DRAW_SNAPSHOT, cluster * 16 + 1 + index);
	struct snapshot snapshot = {.type = types[index % 3], .encryption = of->encryption};

	if (index % 3 == 1) /* from before the cluster was recreated */
		snapshot.encryption = inherit(of->encryption, number);
	/* Only manual snapshots can be shared, and encrypted ones not publicly. */
	if (index % 3 == 1 && (number >> 8) % 6 == 0)
		snapshot.sharing = snapshot.encryption == ENCRYPTION_NONE ? SHARED_WITH_ALL
				   : (number >> 12) % 2                   ? SHARED_INSIDE
									  : SHARED_OUTSIDE;
	snprintf(snapshot.id, sizeof snapshot.id, "%s%.60s-%zu", index % 3 == 0 ? "rds:" : "", of->id, index);
	return snapshot;
}

size_t backup_count(const struct place *place)
{
	uint64_t number = draw(place, DRAW_BACKUP, 0);

	return cluster_count(place) > 0 && world_chance(number, 20, 100) ? 1 + number / 100 % 2 : 0;
}

struct backup backup_at(const struct place *place, size_t index)
{
	uint64_t number = draw(place, DRAW_BACKUP, 1 + index);
	struct backup backup = {
		.engine = number % 4 == 0 ? "aurora-mysql" : "neptune",
		.encryption = draw_encryption(place, 1000 + index),
		.key = draw_key(place, 1000 + index),
	};

	snprintf(backup.cluster_id, sizeof backup.cluster_id, "gone-%zu-%06llx", index,
		 (unsigned long long)(number & 0xffffff));
	snprintf(backup.resource_id, sizeof backup.resource_id, "cluster-%016llX", (unsigned long long)number);
	return backup;
}

bool global_database_of(const struct world *world, size_t account, char id[WORLD_TEXT])
{
	struct cluster sides[GLOBAL_DATABASE_REGIONS];

	if (world->regions < GLOBAL_DATABASE_REGIONS)
		return false;
	for (size_t region = 0; region < GLOBAL_DATABASE_REGIONS; region++) {
		const struct place place = {world, account, region};

		if (world_cell_kind(world, account, region) != CELL_OPEN || cluster_count(&place) == 0)
			return false;
		sides[region] = cluster_at(&place, 0);
		if (!cluster_is_neptune(&sides[region]))
			return false;
	}
	/* Both members are encrypted, or neither: AWS allows no other. */
	if (sides[0].encryption > ENCRYPTION_NONE || sides[0].encryption != sides[1].encryption)
		return false;
	snprintf(id, WORLD_TEXT, "global-%05zu", account);
	return true;
}

/* ---- Neptune Analytics ---- */

size_t graph_count(const struct place *place)
{
	uint64_t number = draw(place, DRAW_GRAPH, 0);

	return !place->world->same_everywhere && world_chance(number, 1, 100) ? 1 + number / 100 % 2 : 0;
}

static struct graph make_graph(const struct place *place, size_t index, const char *prefix)
{
	uint64_t number = draw(place, DRAW_GRAPH, 1 + index);
	struct graph graph = {.own_key = number % 2};

	snprintf(graph.id, sizeof graph.id, "%s-%010llx", prefix, (unsigned long long)(number & 0xffffffffff));
	snprintf(graph.name, sizeof graph.name, "analytics-%zu-%s", index, prefix);
	return graph;
}

struct graph graph_at(const struct place *place, size_t index)
{
	return make_graph(place, index, "g");
}

struct graph graph_snapshot_at(const struct place *place, size_t index)
{
	return make_graph(place, index, "gs");
}
