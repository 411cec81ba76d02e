#include "scanner/aws/regions.h"

#include <string.h>

#include "base/array.h"
#include "base/text.h"

/* DescribeRegionsResponse 1, regionInfo 2, an item 3, its members 4. */
enum { LIST = 2, ITEM = 3, MEMBER = 4 };

static void on_begin(void *user)
{
	struct regions_reading *reading = user;

	arena_reset(&reading->arena);
	*reading = (struct regions_reading){
		.handler = reading->handler, .home = reading->home, .arena = reading->arena};
}

static bool is_item(const struct xml_path *path)
{
	return path->depth >= ITEM && span_equals(path->names[LIST - 1], "regionInfo") &&
	       span_equals(path->names[ITEM - 1], "item");
}

/* Only the first problem is reported. NULL: none. */
static void refuse(struct regions_reading *reading, const char *problem)
{
	if (!reading->problem)
		reading->problem = problem;
}

static void on_open(void *user, const struct xml_path *path)
{
	struct regions_reading *reading = user;

	if (path->depth != ITEM || !span_equals(path->names[LIST - 1], "regionInfo"))
		return;
	reading->name = reading->status = NULL;
	if (!is_item(path))
		refuse(reading, "an item of regionInfo has an unknown name");
}

static bool make_room(struct regions_reading *reading)
{
	const char **grown = array_grow_in_arena(&reading->arena, reading->enabled, reading->count,
						 &reading->capacity, sizeof *grown);

	if (grown)
		reading->enabled = grown;
	return grown;
}

static bool is_of_other_partition(const struct regions_reading *reading, const char *region)
{
	const struct partition *partition = partition_of_region(span_of(region));

	return partition && partition != partition_of_home(reading->home);
}

static void add(struct regions_reading *reading, const char *name)
{
	if (regions_enable(reading, name) || reading->is_implausible || !make_room(reading))
		return;
	reading->enabled[reading->count++] = name;
	if (reading->count <= MAX_REGIONS)
		return;
	refuse(reading, "it lists more than 4096 regions");
	reading->is_implausible = true;
	reading->count = 0;
}

/*
 * A status that is absent or unknown counts as enabled: the cell's own answers decide. A problem with a
 * region counts only when it is enabled, and does not drop the other regions.
 */
static void take_item(struct regions_reading *reading)
{
	const char *name = reading->name;

	if (!name)
		refuse(reading, "a region without a name");
	else if (reading->status && strcmp(reading->status, "not-opted-in") == 0)
		return;
	else if (!region_is_host_label(span_of(name)))
		refuse(reading,
		       arena_format(&reading->arena, "\"%s\" cannot be a region: it is no part of a host name",
				    text_brief(name, 80).text));
	else if (is_of_other_partition(reading, name))
		reading->foreign = reading->foreign
					   ? arena_format(&reading->arena, "%s, %s", reading->foreign, name)
					   : name;
	else
		add(reading, name);
}

static void read_member(struct regions_reading *reading, const char **member, const struct xml_path *path,
			struct span text)
{
	text = span_trim(text);
	refuse(reading, xml_contradiction(*member, path, text, &reading->arena));
	*member = arena_copy_span(&reading->arena, text);
}

static void on_close(void *user, const struct xml_path *path, struct span text)
{
	struct regions_reading *reading = user;
	struct span name = xml_name(path, 0);

	if (!is_item(path))
		return;
	if (path->depth == ITEM)
		take_item(reading);
	else if (path->depth == MEMBER && span_equals(name, "regionName"))
		read_member(reading, &reading->name, path, text);
	else if (path->depth == MEMBER && span_equals(name, "optInStatus"))
		read_member(reading, &reading->status, path, text);
}

void regions_reading_init(struct regions_reading *reading, const char *home)
{
	*reading = (struct regions_reading){
		.handler = {.begin = on_begin, .open = on_open, .close = on_close, .user = reading},
		.home = home};
}

void regions_request_list(struct call *call, const char *region)
{
	call_begin(call, EC2_DESCRIBE_REGIONS, region);
}

const char *regions_problem(const struct regions_reading *reading)
{
	if (reading->arena.failed)
		return "out of memory";
	if (reading->problem)
		return reading->problem;
	if (reading->count == 0)
		return "it lists no enabled region";
	if (!regions_enable(reading, reading->home))
		return "the region that the request was sent to is not in it";
	return NULL;
}

bool regions_enable(const struct regions_reading *reading, const char *region)
{
	for (size_t i = 0; i < reading->count; i++)
		if (strcmp(reading->enabled[i], region) == 0)
			return true;
	return false;
}

void regions_reading_deinit(struct regions_reading *reading)
{
	arena_deinit(&reading->arena);
	reading->enabled = NULL;
	reading->count = reading->capacity = 0;
}
