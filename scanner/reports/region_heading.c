#include "scanner/reports/region_heading.h"

#include <string.h>

#include "base/text.h"

enum { MAX_PART = 40 };

/* "us-gov-west-1": area "us-gov", direction "west", number "1". */
static void split(const char *region, struct span parts[REGION_HEADING_LINES])
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

static size_t part_of(const char *region, bool is_short, size_t part, char text[static MAX_PART])
{
	struct span parts[REGION_HEADING_LINES];

	split(region, parts);
	if (is_short && part == 1)
		shorten(parts[1], text);
	else
		snprintf(text, MAX_PART, SPAN_FORMAT, SPAN_ARGUMENTS(parts[part]));
	return strlen(text);
}

size_t region_heading_width(const char *region, bool is_short)
{
	char text[MAX_PART];
	size_t width = 1;

	for (size_t part = 0; part < REGION_HEADING_LINES; part++) {
		size_t length = part_of(region, is_short, part, text);

		width = length > width ? length : width;
	}
	return width + 1;
}

void region_heading_write(const char *region, bool is_short, size_t line, FILE *stream)
{
	char text[MAX_PART];

	part_of(region, is_short, line, text);
	fprintf(stream, "%-*s", (int)region_heading_width(region, is_short), text);
}

struct span region_heading_area(const char *region)
{
	struct span parts[REGION_HEADING_LINES];

	split(region, parts);
	return parts[0];
}

void region_heading_letters(const char *region, char direction[static REGION_LETTERS_SIZE],
			    char number[static REGION_LETTERS_SIZE])
{
	struct span parts[REGION_HEADING_LINES];

	split(region, parts);
	shorten(parts[1], direction);
	text_copy(number, REGION_LETTERS_SIZE, parts[2]);
}
