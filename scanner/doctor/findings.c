/*
 * The list of lines, to which every check adds.
 */
#include <stdarg.h>

#include "base/text.h"
#include "scanner/doctor/doctor.h"

void doctor_findings_init(struct doctor_findings *findings)
{
	*findings = (struct doctor_findings){0};
	findings->last = &findings->first;
}

void doctor_findings_deinit(struct doctor_findings *findings)
{
	arena_free(&findings->arena);
	doctor_findings_init(findings);
}

const char *doctor_level_name(enum doctor_level level)
{
	static const char *const names[] = {"ok", "warning", "failure", "skipped"};

	return names[level];
}

void doctor_report(struct doctor_findings *findings, enum doctor_level level, const char *check,
		   const char *advice, const char *format, ...)
{
	struct doctor_line *line = arena_take(&findings->arena, sizeof *line);
	va_list arguments;
	char text[1400];

	if (level != DOCTOR_SKIPPED && level > findings->worst)
		findings->worst = level;
	findings->warnings += level == DOCTOR_WARNING;
	findings->failures += level == DOCTOR_FAILURE;
	if (!line)
		return;
	va_start(arguments, format);
	text_print_list(text, sizeof text, format, arguments);
	va_end(arguments);
	*line = (struct doctor_line){NULL,
				     level,
				     check,
				     arena_copy(&findings->arena, text),
				     arena_copy(&findings->arena, advice),
				     findings->settings};
	if (findings->arena.failed)
		return;
	*findings->last = line;
	findings->last = &line->next;
	if (findings->found)
		findings->found(findings->owner, line);
}
