#include "scanner/reports/region_heading.h"

#include <string.h>

#include "base/span.h"

enum { PARTS = 3 };

/* "us-gov-west-1": area "us-gov", direction "west", number "1". */
static void split(const char *region, struct span parts[PARTS])
{
	const char *last = strrchr(region, '-'), *middle = last;

	parts[0] = span_of(region);
	parts[1] = parts[2] = (struct span){"", 0};
	while (middle && middle > region && *--middle != '-')
		;
	if (!last || middle == region)
		return;
	parts[0].length = (size_t)(middle - region);
	parts[1] = (struct span){middle + 1, (size_t)(last - middle - 1)};
	parts[2] = span_of(last + 1);
}

static void shorten(struct span direction, char text[static 12])
{
	static const char *const words[] = {"north", "south", "central", "east", "west"};
	size_t length = 0;

	while (direction.length > 0) {
		size_t step = direction.length;

		text[length++] = direction.at[0];
		for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
			if (span_starts_with(direction, words[i]))
				step = strlen(words[i]);
		direction.at += step;
		direction.length -= step;
		if (length == 3)
			break;
	}
	text[length] = '\0';
}

static size_t part_of(const char *region, bool is_short, size_t part, char text[static 40])
{
	struct span parts[PARTS];

	split(region, parts);
	if (is_short && part == 1)
		shorten(parts[1], text);
	else
		snprintf(text, 40, SPAN_FORMAT, SPAN_ARGUMENTS(parts[part]));
	return strlen(text);
}

static struct region_heading measure(bool is_short, region_name_of *name, const void *owner,
				     const size_t *columns, size_t count)
{
	struct region_heading heading = {is_short, 2};
	char text[40];

	for (size_t i = 0; i < count; i++) {
		for (size_t part = 0; part < PARTS; part++) {
			size_t width = part_of(name(owner, columns[i]), is_short, part, text) + 1;

			heading.width = width > heading.width ? width : heading.width;
		}
	}
	return heading;
}

struct region_heading region_heading_full(region_name_of *name, const void *owner, const size_t *columns,
					  size_t count)
{
	return measure(false, name, owner, columns, count);
}

struct region_heading region_heading_short(region_name_of *name, const void *owner, const size_t *columns,
					   size_t count)
{
	return measure(true, name, owner, columns, count);
}

void region_heading_write(const struct region_heading *heading, region_name_of *name, const void *owner,
			  const size_t *columns, size_t count, size_t indent, FILE *stream)
{
	char text[40];

	for (size_t part = 0; part < PARTS; part++) {
		fprintf(stream, "%*s", (int)indent, "");
		for (size_t i = 0; i < count; i++) {
			part_of(name(owner, columns[i]), heading->is_short, part, text);
			if (i + 1 < count)
				fprintf(stream, "%-*s", (int)heading->width, text);
			else
				fputs(text, stream);
		}
		fputc('\n', stream);
	}
}
