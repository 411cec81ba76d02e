#include "base/diagnostics.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "base/visible.h"

void diagnostics_add(struct diagnostics *diagnostics, const char *format, ...)
{
	struct diagnostic *problem = arena_take(&diagnostics->arena, sizeof *problem);
	char text[1024];
	va_list arguments;

	diagnostics->count++; /* counted even when there is no memory for the text */
	if (!problem)
		return;
	va_start(arguments, format);
	text_print_list(text, sizeof text, format, arguments);
	va_end(arguments);
	problem->text = arena_copy(&diagnostics->arena, text);
	if (!problem->text)
		problem->text = "out of memory";
	if (diagnostics->last)
		diagnostics->last->next = problem;
	else
		diagnostics->first = problem;
	diagnostics->last = problem;
}

void diagnostics_print(const struct diagnostics *diagnostics, FILE *stream, const char *before)
{
	for (const struct diagnostic *problem = diagnostics->first; problem; problem = problem->next)
		visible_print(stream, "%s: %s", before, problem->text);
}

bool diagnostics_have_fixes(const struct diagnostics *diagnostics)
{
	const struct diagnostic *problem = diagnostics->first;

	while (problem && strstr(problem->text, "\n  Fix: "))
		problem = problem->next;
	return !problem;
}

void diagnostics_deinit(struct diagnostics *diagnostics)
{
	arena_deinit(&diagnostics->arena);
	*diagnostics = (struct diagnostics){0};
}
