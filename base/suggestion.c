#include "base/suggestion.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { MAX_NAME = 64, MIN_START = 4 };

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The Levenshtein distance, computed row by row. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t a_length = strlen(a), b_length = strlen(b);
	size_t row[MAX_NAME + 1];

	if (a_length > MAX_NAME || b_length > MAX_NAME)
		return SIZE_MAX;
	for (size_t j = 0; j <= b_length; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			size_t above = row[j];
			size_t replaced = diagonal + (a[i - 1] != b[j - 1]);

			row[j] = smaller(replaced, smaller(above, row[j - 1]) + 1);
			diagonal = above;
		}
	}
	return row[b_length];
}

struct suggestion suggestion_for(const char *wanted)
{
	/* Up to a third of the letters may differ. */
	return (struct suggestion){wanted, NULL, strlen(wanted) / 3 + 2};
}

/* An unfinished name is closer than a misspelled one. */
static bool is_start_of(const char *wanted, const char *candidate)
{
	size_t length = strlen(wanted);

	return length >= MIN_START && strncmp(wanted, candidate, length) == 0;
}

void suggestion_consider(struct suggestion *nearest, const char *candidate)
{
	size_t distance =
		is_start_of(nearest->wanted, candidate) ? 1 : edit_distance(nearest->wanted, candidate);

	if (distance < nearest->distance) {
		nearest->distance = distance;
		nearest->name = candidate;
	}
}

const char *suggestion_write(const struct suggestion *nearest, char text[static SUGGESTION_SIZE])
{
	text[0] = '\0';
	if (nearest->name)
		text_print(text, SUGGESTION_SIZE, ". Did you mean \"%s\"?",
			   text_brief(nearest->name, 128).text);
	return text;
}
