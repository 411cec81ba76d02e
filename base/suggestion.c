#include "base/suggestion.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { MAX_NAME = 64, MIN_START = 3, MIN_NEAR_START = 4 };

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The Levenshtein distance, computed row by row; `start`: that to the nearest start of `b`. */
static size_t edit_distance(const char *a, const char *b, size_t *start)
{
	size_t a_length = strlen(a), b_length = strlen(b);
	size_t row[MAX_NAME + 1];

	*start = SIZE_MAX;
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
	for (size_t j = 0; j <= b_length; j++)
		*start = smaller(*start, row[j]);
	return row[b_length];
}

struct suggestion suggestion_for(const char *wanted)
{
	/* Up to a third of the letters may differ. */
	return (struct suggestion){wanted, NULL, 2 * (strlen(wanted) / 3 + 2)};
}

/*
 * In halves of a letter. An unfinished name is closer than a misspelled one; an unfinished one with one wrong
 * letter
 * ("roles" of "role-name") is as far as two and a half.
 */
static size_t distance_to(const char *wanted, const char *candidate)
{
	enum { UNFINISHED = 2, NEARLY_UNFINISHED = 5 };
	size_t length = strlen(wanted), start;
	size_t distance = edit_distance(wanted, candidate, &start);

	if (length >= MIN_START && strncmp(wanted, candidate, length) == 0)
		return distance == 0 ? 0 : UNFINISHED;
	if (distance == SIZE_MAX)
		return SIZE_MAX;
	return start == 1 && length >= MIN_NEAR_START ? smaller(2 * distance, NEARLY_UNFINISHED) : 2 * distance;
}

void suggestion_consider(struct suggestion *nearest, const char *candidate)
{
	size_t distance = distance_to(nearest->wanted, candidate);

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
