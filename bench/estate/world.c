#include "bench/estate/world.h"

#include <stdio.h>
#include <string.h>

/* Regions of the partition aws; those with a mark must be opted into, as AWS has it. */
static const struct {
	const char *name;
	bool opt_in;
} regions[WORLD_MOST_REGIONS] = {
	{"us-east-1", false},      {"eu-west-1", false},      {"us-west-2", false},
	{"eu-central-1", false},   {"ap-southeast-2", false}, {"us-east-2", false},
	{"af-south-1", true},      {"ap-northeast-1", false}, {"eu-south-1", true},
	{"sa-east-1", false},      {"eu-north-1", false},     {"ap-east-1", true},
	{"ca-central-1", false},   {"ap-south-1", false},     {"me-south-1", true},
	{"eu-west-2", false},      {"us-west-1", false},      {"ap-northeast-2", false},
	{"ap-northeast-3", false}, {"ap-southeast-1", false}, {"eu-west-3", false},
	{"ap-east-2", true},       {"ap-south-2", true},      {"ap-southeast-3", true},
	{"ap-southeast-4", true},  {"ap-southeast-5", true},  {"ap-southeast-6", true},
	{"ap-southeast-7", true},  {"ca-west-1", true},       {"eu-central-2", true},
	{"eu-south-2", true},      {"il-central-1", true},    {"me-central-1", true},
	{"mx-central-1", true},
};

const struct unit world_units[WORLD_UNITS] = {
	{"r-est8", "Root", "/", NULL, "r-est8/"},
	{"ou-est8-11111111", "Prod", "/Prod", "r-est8", "r-est8/ou-est8-11111111/"},
	{"ou-est8-22222222", "Payments & Cards", "/Prod/Payments & Cards", "ou-est8-11111111",
	 "r-est8/ou-est8-11111111/ou-est8-22222222/"},
	{"ou-est8-33333333", "Dev", "/Dev", "r-est8", "r-est8/ou-est8-33333333/"},
	{"ou-est8-44444444", "Labor é 漢", "/Labor é 漢", "r-est8", "r-est8/ou-est8-44444444/"},
};

enum {
	PERCENT = 100,
	SUSPENDED_PERCENT = 4,
	CLOSED_TO_US_PERCENT = 4,
	OPTED_IN_PERCENT = 30,
	FENCED_PERCENT = 2,
	INHABITED_PERCENT = 7,
	CROWDED_PER_MILLE = 2,
	CROWD = 130, /* more than one page */
};

/* splitmix64: each step mixes one more number in. */
static uint64_t mix(uint64_t state, uint64_t number)
{
	uint64_t z = state + number * 0x9E3779B97F4A7C15ULL + 0x9E3779B97F4A7C15ULL;

	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
	return z ^ (z >> 31);
}

/* Questions that the seed answers; each has a stream of its own. */
enum question {
	Q_KIND = 1,
	Q_UNIT,
	Q_NAME,
	Q_ENABLED,
	Q_FENCED,
	Q_COUNT,
	Q_CROWD,
	Q_CLUSTER,
	Q_ENGINE,
	Q_ENCRYPTION
};

static uint64_t ask(const struct world *world, enum question question, size_t a, size_t b, size_t c)
{
	return mix(mix(mix(mix(world->seed, question), a), b), c);
}

static bool chance(uint64_t draw, uint64_t share, uint64_t of)
{
	return draw % of < share;
}

const char *world_region(size_t region)
{
	return regions[region].name;
}

size_t world_region_by_name(const struct world *world, const char *name, size_t length)
{
	for (size_t i = 0; i < world->regions; i++)
		if (strlen(regions[i].name) == length && memcmp(regions[i].name, name, length) == 0)
			return i;
	return SIZE_MAX;
}

/*
 * Ids are spread over all twelve digits, some with zeros in front: id = (start + account * STRIDE) mod
 * 10^12. The stride has no factor in common with the modulus, so no two accounts share an id, and the
 * account can be computed back from it.
 */
static const uint64_t id_modulus = 1000000000000ULL, id_stride = 7919000007ULL;

static uint64_t id_start(const struct world *world)
{
	return (world->seed % 1000 + 1) * 1000003;
}

void world_account_id(const struct world *world, size_t account, char id[WORLD_ID])
{
	uint64_t number = (id_start(world) + (uint64_t)account * id_stride) % id_modulus;

	snprintf(id, WORLD_ID, "%012llu", (unsigned long long)number);
}

/* a * b mod 10^12, without overflow: both are below 2^40. */
static uint64_t multiply(uint64_t a, uint64_t b)
{
	uint64_t high = a * (b >> 20) % id_modulus;

	return (high * (1 << 20) % id_modulus + a * (b & 0xfffff) % id_modulus) % id_modulus;
}

/* The inverse of the stride: stride^(order - 1), where 4 * 10^11 is the order of the group. */
static uint64_t inverse_of_stride(void)
{
	uint64_t inverse = 1, power = id_stride;

	for (uint64_t exponent = 400000000000ULL - 1; exponent > 0; exponent >>= 1) {
		if (exponent & 1)
			inverse = multiply(inverse, power);
		power = multiply(power, power);
	}
	return inverse;
}

size_t world_account_by_id(const struct world *world, const char *id)
{
	uint64_t number = 0, account;

	if (strlen(id) != WORLD_ID - 1 || strspn(id, "0123456789") != WORLD_ID - 1)
		return SIZE_MAX;
	for (const char *digit = id; *digit; digit++)
		number = number * 10 + (uint64_t)(*digit - '0');
	account = multiply((number + id_modulus - id_start(world) % id_modulus) % id_modulus,
			   inverse_of_stride());
	return account < world->accounts ? (size_t)account : SIZE_MAX;
}

void world_account_name(const struct world *world, size_t account, char name[WORLD_TEXT])
{
	static const char *const words[] = {"payments", "search", "fraud <&> \"risk\"", "graph é", "漢字 data",
					    "core",     "ml",     "identity",           "ads",     "shared"};
	static const char *const stages[] = {"prod", "dev", "test"};
	uint64_t draw = ask(world, Q_NAME, account, 0, 0);

	if (account == 0)
		snprintf(name, WORLD_TEXT, "management");
	else
		snprintf(name, WORLD_TEXT, "%s-%s-%zu", words[draw % 10], stages[draw / 10 % 3], account);
}

enum account_kind world_account_kind(const struct world *world, size_t account)
{
	uint64_t draw = ask(world, Q_KIND, account, 0, 0) % PERCENT;

	if (account == 0)
		return ACCOUNT_ORDINARY;
	if (draw < SUSPENDED_PERCENT || account == 3)
		return ACCOUNT_SUSPENDED;
	return draw < SUSPENDED_PERCENT + CLOSED_TO_US_PERCENT || account == 4 ? ACCOUNT_CLOSED_TO_US
									       : ACCOUNT_ORDINARY;
}

const struct unit *world_account_unit(const struct world *world, size_t account)
{
	return &world_units[account == 0 ? 0 : 1 + ask(world, Q_UNIT, account, 0, 0) % (WORLD_UNITS - 1)];
}

enum cell_kind world_cell_kind(const struct world *world, size_t account, size_t region)
{
	if (regions[region].opt_in &&
	    !chance(ask(world, Q_ENABLED, account, region, 0), OPTED_IN_PERCENT, PERCENT))
		return CELL_NOT_ENABLED;
	/* Service control policies do not bind the management account. */
	if (account != 0 && chance(ask(world, Q_FENCED, account, region, 0), FENCED_PERCENT, PERCENT))
		return CELL_FENCED;
	return CELL_OPEN;
}

size_t world_cluster_count(const struct world *world, size_t account, size_t region)
{
	uint64_t draw = ask(world, Q_COUNT, account, region, 0);

	if (chance(ask(world, Q_CROWD, account, region, 0), CROWDED_PER_MILLE, 1000) ||
	    (account == 1 && region == 0))
		return CROWD;
	return chance(draw, INHABITED_PERCENT, PERCENT) ? 1 + draw / PERCENT % 4 : 0;
}

struct world_cluster world_cluster(const struct world *world, size_t account, size_t region, size_t index)
{
	static const char *const owners[] = {"team graph", "risk & fraud", "équipe <b>\"漢\"</b>", "=cmd()"};
	static const enum encryption kinds[] = {
		ENCRYPTION_KMS, ENCRYPTION_KMS,  ENCRYPTION_KMS,    ENCRYPTION_KMS,           ENCRYPTION_KMS,
		ENCRYPTION_KMS, ENCRYPTION_KMS,  ENCRYPTION_NONE,   ENCRYPTION_AWS_OWNED,     ENCRYPTION_KMS,
		ENCRYPTION_KMS, ENCRYPTION_KMS,  ENCRYPTION_KMS,    ENCRYPTION_KMS,           ENCRYPTION_KMS,
		ENCRYPTION_KMS, ENCRYPTION_NONE, ENCRYPTION_UNSAID, ENCRYPTION_CONTRADICTORY, ENCRYPTION_KMS,
	};
	static const char *const engines[] = {"neptune", "neptune", "neptune", "aurora-postgresql", "docdb"};
	struct world_cluster cluster = {.number = ask(world, Q_CLUSTER, account, region, index)};

	snprintf(cluster.id, sizeof cluster.id, "graph-%04zu-%08llx", index,
		 (unsigned long long)(cluster.number & 0xffffffff));
	cluster.engine = engines[ask(world, Q_ENGINE, account, region, index) % 5];
	cluster.encryption = kinds[ask(world, Q_ENCRYPTION, account, region, index) % 20];
	snprintf(cluster.tag, sizeof cluster.tag, "%s", owners[cluster.number % 4]);
	return cluster;
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
