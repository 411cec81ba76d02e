/* The section of a new gap, to be pasted. */
#include <string.h>

#include "scanner/doctor/doctor_internal.h"

#define USUAL_NAME "closed-regions"
enum { LINE_WIDTH = 80 };

static bool is_taken(const struct gaps *gaps, const char *name)
{
	for (size_t i = 0; gaps && i < gaps->count; i++)
		if (strcmp(gaps->items[i].name, name) == 0)
			return true;
	return false;
}

const struct gap *doctor_gap_to_extend(const struct doctor *doctor)
{
	const struct gaps *gaps = doctor->options->gaps;

	for (size_t i = 0; gaps && i < gaps->count; i++) {
		const struct gap *gap = &gaps->items[i];

		if (!gap->is_expired && gap->cell_state == CELL_DENIED && gap_names_all(gap->accounts) &&
		    !gap_names_all(gap->regions))
			return gap;
	}
	return NULL;
}

/* Separated by ", "; goes on in an indented line before one is too long for an INI file. */
static void list_regions(const struct names *regions, struct buffer *text)
{
	size_t width = strlen("regions = ");

	for (size_t i = 0; i < regions->count; i++) {
		size_t length = strlen(regions->items[i]) + strlen(", ");
		bool is_next = i > 0 && width + length > LINE_WIDTH;

		buffer_texts(text, i == 0 ? "" : is_next ? ",\n    " : ", ", regions->items[i], NULL);
		width = is_next ? strlen("    ") + length : width + length;
	}
}

const char *doctor_write_gap(const struct doctor *doctor, const struct names *regions)
{
	struct arena *arena = &doctor->findings->arena;
	struct buffer text = {0};
	const char *section, *name = USUAL_NAME;

	for (size_t n = 2; name && is_taken(doctor->options->gaps, name); n++)
		name = arena_format(arena, "%s-%zu", USUAL_NAME, n);
	buffer_texts(&text, "[gap ", name ? name : "", "]\nregions = ", NULL);
	list_regions(regions, &text);
	buffer_text(&text, "\naccounts = *\nstate = denied\n"
			   "reason = a policy of the organization closes these regions\nowner =\nexpires =\n");
	section = text.failed ? NULL : arena_copy(arena, text.at);
	arena->failed = arena->failed || text.failed;
	buffer_deinit(&text);
	return section;
}
