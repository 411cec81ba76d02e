#include "base/words.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Moves one word to `*to`, which never overtakes `*from`. False: an open quote, or a backslash at the end. */
static bool take_word(const char **from, char **to)
{
	char quote = '\0';

	for (; **from && (quote || !is_blank(**from)); (*from)++) {
		char c = **from;

		if (c == '\\' && quote != '\'') {
			if (!(*from)[1])
				return false;
			if (quote && (*from)[1] != '"' && (*from)[1] != '\\')
				*(*to)++ = c;
			*(*to)++ = *++*from;
		} else if (quote ? c == quote : c == '"' || c == '\'') {
			quote = quote ? '\0' : c;
		} else {
			*(*to)++ = c;
		}
	}
	return !quote;
}

char **words_split(struct arena *arena, struct span text, size_t *count)
{
	char *to = memchr(text.at ? text.at : "", '\0', text.length) ? NULL : arena_copy_span(arena, text);
	const char *from = to;
	char **words = to ? arena_take(arena, (text.length / 2 + 2) * sizeof *words) : NULL;

	*count = 0;
	while (words) {
		bool ended;

		while (is_blank(*from))
			from++;
		if (!*from)
			return words;
		words[(*count)++] = to;
		if (!take_word(&from, &to))
			return NULL;
		ended = !*from;
		*to++ = '\0'; /* overwrites the blank or quote that was read, or the copy's own NUL */
		if (ended)
			return words;
		from++;
	}
	return NULL;
}
