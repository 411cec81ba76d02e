#include "scanner/aws/regions.h"

static void on_begin(void *user)
{
	struct regions_reading *reading = user;

	reading->count = 0;
	reading->too_many = false;
	arena_reset(&reading->arena);
}

static void on_open(void *user, const struct xml_path *path)
{
	struct regions_reading *reading = user;

	if (span_equals(xml_name(path, 0), "item") && span_equals(xml_name(path, 1), "regionInfo")) {
		arena_reset(&reading->item);
		reading->name = reading->status = (struct span){NULL, 0};
	}
}

/* A name that there is no memory for must not look like a region that is not there. */
static struct span keep(struct regions_reading *reading, struct span text)
{
	const char *kept = arena_copy_span(&reading->item, span_trim(text));

	reading->arena.failed = reading->arena.failed || !kept;
	return span_of(kept);
}

/* A status that is absent or new counts as enabled: the cell's own answer will tell. */
static bool is_enabled(const struct regions_reading *reading)
{
	return !span_equals(reading->status, "not-opted-in") && reading->name.at &&
	       partition_has_region(reading->partition, reading->name);
}

static void on_close(void *user, const struct xml_path *path, struct span text)
{
	struct regions_reading *reading = user;
	struct span name = xml_name(path, 0), parent = xml_name(path, 1);
	const char *region;

	if (span_equals(parent, "item") && span_equals(name, "regionName")) {
		reading->name = keep(reading, text);
	} else if (span_equals(parent, "item") && span_equals(name, "optInStatus")) {
		reading->status = keep(reading, text);
	} else if (span_equals(parent, "regionInfo") && span_equals(name, "item") && is_enabled(reading)) {
		if (reading->count == MOST_REGIONS)
			reading->too_many = true;
		else if ((region = arena_copy_span(&reading->arena, reading->name)))
			reading->enabled[reading->count++] = region;
	}
}

void regions_reading_init(struct regions_reading *reading, const struct partition *partition)
{
	*reading = (struct regions_reading){
		.handler = {.begin = on_begin, .open = on_open, .close = on_close, .user = reading},
		.partition = partition};
}

void regions_ask(struct call *call, const char *region)
{
	call_begin(call, EC2_DESCRIBE_REGIONS, region);
}

void regions_reading_free(struct regions_reading *reading)
{
	arena_free(&reading->arena);
	arena_free(&reading->item);
	reading->count = 0;
}
