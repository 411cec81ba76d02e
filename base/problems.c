#include "base/problems.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

void problems_add(struct problems *problems, const char *format, ...)
{
	struct problem *problem = arena_take(&problems->arena, sizeof *problem);
	char text[1024];
	va_list arguments;

	problems->count++; /* even when there is no memory to say what it is */
	if (!problem)
		return;
	va_start(arguments, format);
	text_print_list(text, sizeof text, format, arguments);
	va_end(arguments);
	problem->text = arena_copy(&problems->arena, text);
	if (!problem->text)
		problem->text = "out of memory";
	if (problems->last)
		problems->last->next = problem;
	else
		problems->first = problem;
	problems->last = problem;
}

void problems_print(const struct problems *problems, FILE *stream, const char *before)
{
	for (const struct problem *problem = problems->first; problem; problem = problem->next)
		fprintf(stream, "%s: %s\n", before, problem->text);
}

void problems_free(struct problems *problems)
{
	arena_free(&problems->arena);
	*problems = (struct problems){0};
}
