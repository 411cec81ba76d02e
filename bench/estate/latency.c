#include "bench/estate/latency.h"

#include <string.h>

/*
 * Milliseconds from us-east-1 to each region, rounded, in the order of magnitude of public inter-region
 * measurements: light in fiber needs 10 ms for 1,000 km and back, and cables are not straight.
 */
static const struct {
	const char *region;
	unsigned milliseconds;
} round_trips[WORLD_MAX_REGIONS] = {
	{"us-east-1", 2},        {"us-east-2", 13},       {"us-west-1", 63},       {"us-west-2", 66},
	{"ca-central-1", 17},    {"ca-west-1", 60},       {"mx-central-1", 58},    {"sa-east-1", 115},
	{"eu-west-1", 69},       {"eu-west-2", 77},       {"eu-west-3", 82},       {"eu-central-1", 92},
	{"eu-central-2", 99},    {"eu-north-1", 110},     {"eu-south-1", 101},     {"eu-south-2", 97},
	{"il-central-1", 140},   {"me-central-1", 188},   {"me-south-1", 180},     {"af-south-1", 228},
	{"ap-south-1", 192},     {"ap-south-2", 205},     {"ap-southeast-1", 216}, {"ap-southeast-2", 198},
	{"ap-southeast-3", 228}, {"ap-southeast-4", 208}, {"ap-southeast-5", 222}, {"ap-southeast-6", 215},
	{"ap-southeast-7", 234}, {"ap-northeast-1", 148}, {"ap-northeast-2", 176}, {"ap-northeast-3", 156},
	{"ap-east-1", 202},      {"ap-east-2", 190},
};

enum { LAN_MICROSECONDS = 500, SLOW_MICROSECONDS = 2000000, JITTER_PERCENT = 20 };

static uint64_t base_of(enum latency latency, size_t region)
{
	if (latency == LATENCY_LAN)
		return LAN_MICROSECONDS;
	if (latency == LATENCY_SLOW)
		return SLOW_MICROSECONDS;
	for (size_t i = 0; i < WORLD_MAX_REGIONS; i++)
		if (strcmp(round_trips[i].region, world_region(region)) == 0)
			return round_trips[i].milliseconds * 1000ULL;
	return 0;
}

/* The jitter is added, because networks are late, never early. */
uint64_t latency_of(const struct world *world, enum latency latency, size_t region, uint64_t what)
{
	uint64_t base, draw;

	if (latency == LATENCY_NONE)
		return 0;
	base = base_of(latency, region);
	draw = world_draw(world, DRAW_JITTER, region, what, 0);
	return base + base * (draw % (JITTER_PERCENT * 100 + 1)) / 10000;
}

uint64_t latency_key(const char *operation, size_t account, size_t page)
{
	uint64_t key = account * 1000003 + page;

	for (; *operation; operation++)
		key = key * 31 + (unsigned char)*operation;
	return key;
}

unsigned latency_handshakes(bool tls)
{
	return tls ? 2 : 1;
}
