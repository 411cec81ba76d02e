#include "bench/estate/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Regions of the partition aws; marked ones are opt-in regions, as in AWS. */
static const struct {
	const char *name;
	bool opt_in;
} regions[WORLD_MAX_REGIONS] = {
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

enum {
	PERCENT = 100,
	SUSPENDED_PERCENT = 4,
	CLOSED_TO_US_PERCENT = 4,
	OPTED_IN_PERCENT = 30,
	FENCED_PERCENT = 2,
	CHANGED_PERCENT = 2, /* of the items that can change, in each night */
};

/* splitmix64: each step mixes in another number. */
static uint64_t mix(uint64_t state, uint64_t number)
{
	uint64_t z = state + number * 0x9E3779B97F4A7C15ULL + 0x9E3779B97F4A7C15ULL;

	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
	return z ^ (z >> 31);
}

uint64_t world_draw(const struct world *world, enum draw what, size_t a, size_t b, size_t c)
{
	return mix(mix(mix(mix(world->seed, what), a), b), c);
}

bool world_chance(uint64_t draw, uint64_t share, uint64_t of)
{
	return draw % of < share;
}

const char *world_region(size_t region)
{
	return regions[region].name;
}

bool world_region_is_opt_in(size_t region)
{
	return regions[region].opt_in;
}

size_t world_region_by_name(const struct world *world, const char *name)
{
	for (size_t i = 0; i < world->regions; i++)
		if (strcmp(regions[i].name, name) == 0)
			return i;
	return SIZE_MAX;
}

/*
 * Ids are spread over all twelve digits, some with leading zeros: id = (start + account * STRIDE) mod 10^12.
 * The stride is coprime to the modulus, so ids are unique, and the account can be computed from its id.
 */
void world_organization_id(const struct world *world, char id[static WORLD_ORGANIZATION])
{
	snprintf(id, WORLD_ORGANIZATION, "o-estate%04u", (unsigned)(world->seed % 10000));
}

static const uint64_t id_modulus = 1000000000000ULL, id_stride = 7919000007ULL;
/* stride * inverse = 1 (mod 10^12); a test computes it. */
static const uint64_t id_stride_inverse = 183511857143ULL;

static uint64_t id_start(const struct world *world)
{
	return (world->seed % 1000 + 1) * 1000003;
}

void world_account_id(const struct world *world, size_t account, char id[WORLD_ID])
{
	uint64_t number = (id_start(world) + (uint64_t)account * id_stride) % id_modulus;

	for (size_t i = WORLD_ID - 1; i-- > 0; number /= 10)
		id[i] = (char)('0' + number % 10);
	id[WORLD_ID - 1] = '\0';
}

/* a * b mod 10^12, without overflow: both are below 2^40. */
static uint64_t multiply(uint64_t a, uint64_t b)
{
	uint64_t high = a * (b >> 20) % id_modulus;

	return (high * (1 << 20) % id_modulus + a * (b & 0xfffff) % id_modulus) % id_modulus;
}

size_t world_account_by_id(const struct world *world, const char *id)
{
	uint64_t number = 0, account;

	if (strlen(id) != WORLD_ID - 1 || strspn(id, "0123456789") != WORLD_ID - 1)
		return SIZE_MAX;
	for (const char *digit = id; *digit; digit++)
		number = number * 10 + (uint64_t)(*digit - '0');
	account =
		multiply((number + id_modulus - id_start(world) % id_modulus) % id_modulus, id_stride_inverse);
	return account < world->accounts ? (size_t)account : SIZE_MAX;
}

void world_account_name(const struct world *world, size_t account, char name[WORLD_TEXT])
{
	static const char *const words[] = {"payments", "search", "fraud <&> \"risk\"", "graph é", "漢字 data",
					    "core",     "ml",     "identity",           "ads",     "shared"};
	static const char *const stages[] = {"prod", "dev", "test"};
	uint64_t draw;

	if (world->odd_names && account > 1 && account == world->accounts - 1) {
		world_account_id(world, 1, name);
		return;
	}
	if (world->odd_names)
		account &= ~(size_t)1;
	draw = world_draw(world, DRAW_NAME, account, 0, 0);
	if (account == 0)
		snprintf(name, WORLD_TEXT, "management");
	else
		snprintf(name, WORLD_TEXT, "%s-%s-%zu", words[draw % 10], stages[draw / 10 % 3], account);
}

enum account_kind world_account_kind(const struct world *world, size_t account)
{
	uint64_t draw = world_draw(world, DRAW_KIND, account, 0, 0) % PERCENT;

	for (size_t i = 0; i < world->roleless_count; i++)
		if (world->roleless[i] == account)
			return ACCOUNT_CLOSED_TO_US;
	if (account == 0)
		return ACCOUNT_ORDINARY;
	if (draw < SUSPENDED_PERCENT || account == 3)
		return ACCOUNT_SUSPENDED;
	if (!world->is_calm && (draw < SUSPENDED_PERCENT + CLOSED_TO_US_PERCENT || account == 4))
		return ACCOUNT_CLOSED_TO_US;
	return ACCOUNT_ORDINARY;
}

/* The OUs form a complete tree, numbered level by level: the children of n are 3n+1, 3n+2, 3n+3. */
size_t world_unit_count(const struct world *world)
{
	size_t count = 1, level = 1;

	for (unsigned depth = 0; depth < world->depth; depth++) {
		level *= WORLD_UNIT_CHILDREN;
		count += level;
	}
	return count;
}

size_t world_unit_parent(size_t unit)
{
	return (unit - 1) / WORLD_UNIT_CHILDREN;
}

void world_unit_id(size_t unit, char id[WORLD_TEXT])
{
	if (unit == 0)
		snprintf(id, WORLD_TEXT, "r-est8");
	else
		snprintf(id, WORLD_TEXT, "ou-est8-%08zu", unit);
}

size_t world_unit_by_id(const struct world *world, const char *id)
{
	char right[WORLD_TEXT];
	size_t unit = strncmp(id, "ou-est8-", 8) == 0 ? strtoul(id + 8, NULL, 10) : 0;

	if (unit >= world_unit_count(world))
		return SIZE_MAX;
	world_unit_id(unit, right);
	return strcmp(id, right) == 0 ? unit : SIZE_MAX;
}

const char *world_unit_name(const struct world *world, size_t unit)
{
	static const char *const top[WORLD_UNIT_CHILDREN] = {"Prod", "Dev", "Labor é 漢"};
	static const char *const odd[WORLD_UNIT_CHILDREN] = {"Prod", "Dev\\Test", "Prod/Payments & Cards"};
	static const char *const below[] = {"Payments & Cards", "Graph",     "Core", "Risk <ops>",
					    "Data \"lake\"",    "Forschung", "漢字"};

	if (unit == 0)
		return "Root";
	if (unit <= WORLD_UNIT_CHILDREN)
		return world->odd_names ? odd[unit - 1] : top[unit - 1];
	return below[(world_unit_parent(unit) - 1 + (unit - 1) % WORLD_UNIT_CHILDREN) % 7];
}

void world_unit_path(const struct world *world, size_t unit, char path[WORLD_PATH])
{
	char above[WORLD_PATH] = "", name[WORLD_TEXT];
	size_t length = 0;

	if (unit == 0) {
		snprintf(path, WORLD_PATH, "/");
		return;
	}
	if (world_unit_parent(unit) != 0)
		world_unit_path(world, world_unit_parent(unit), above);
	for (const char *c = world_unit_name(world, unit); *c; c++) {
		if (*c == '/' || *c == '\\')
			name[length++] = '\\';
		name[length++] = *c;
	}
	name[length] = '\0';
	snprintf(path, WORLD_PATH, "%s/%s", above, name);
}

void world_unit_id_path(size_t unit, char path[WORLD_PATH])
{
	char above[WORLD_PATH] = "", id[WORLD_TEXT];

	if (unit != 0)
		world_unit_id_path(world_unit_parent(unit), above);
	world_unit_id(unit, id);
	snprintf(path, WORLD_PATH, "%s%s/", above, id);
}

/* Accounts are in any OU but the root, if there are others; the management account is in the root. */
size_t world_account_unit(const struct world *world, size_t account)
{
	size_t below = world_unit_count(world) - 1;

	return account == 0 || below == 0 ? 0
					  : 1 + (size_t)(world_draw(world, DRAW_UNIT, account, 0, 0) % below);
}

size_t world_changed(const struct world *world, enum draw what, size_t a, size_t b, size_t c)
{
	for (unsigned night = world->night; night > 0; night--)
		if (world_chance(world_draw(world, DRAW_NIGHT, a * 1000003 + (size_t)what, b, c * 4096 + night),
				 CHANGED_PERCENT, PERCENT))
			return (size_t)night << 40;
	return 0;
}

enum cell_kind world_cell_kind(const struct world *world, size_t account, size_t region)
{
	if (regions[region].opt_in &&
	    !world_chance(world_draw(world, DRAW_ENABLED, account, region, 0), OPTED_IN_PERCENT, PERCENT))
		return CELL_NOT_ENABLED;
	/* Service control policies do not apply to the management account. */
	if (account != 0 && !world->is_calm &&
	    world_chance(world_draw(world, DRAW_FENCED, account, region,
				    world_changed(world, DRAW_FENCED, account, region, 0)),
			 FENCED_PERCENT, PERCENT))
		return CELL_FENCED;
	return CELL_OPEN;
}
