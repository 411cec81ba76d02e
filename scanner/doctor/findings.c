/*
 * The list of lines, to which every check adds.
 */
#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "scanner/doctor/doctor.h"

enum { MAX_TEXT = 1400 };

void doctor_findings_init(struct doctor_findings *findings)
{
	*findings = (struct doctor_findings){0};
	findings->last = &findings->first;
}

void doctor_findings_deinit(struct doctor_findings *findings)
{
	arena_deinit(&findings->arena);
	doctor_findings_init(findings);
}

const char *doctor_level_name(enum doctor_level level)
{
	static const char *const names[] = {"ok", "warning", "failure", "skipped"};

	return names[level];
}

static void append(struct doctor_findings *findings, const struct doctor_line *given)
{
	struct doctor_line *line = arena_take(&findings->arena, sizeof *line);

	if (given->level != DOCTOR_SKIPPED && given->level > findings->worst)
		findings->worst = given->level;
	findings->warnings += given->level == DOCTOR_WARNING;
	findings->failures += given->level == DOCTOR_FAILURE;
	if (!line)
		return;
	*line = *given;
	line->text = arena_copy(&findings->arena, given->text);
	line->advice = arena_copy(&findings->arena, given->advice);
	line->section = arena_copy(&findings->arena, given->section);
	line->settings = findings->settings;
	if (findings->arena.failed)
		return;
	*findings->last = line;
	findings->last = &line->next;
	if (findings->found)
		findings->found(findings->owner, line);
}

void doctor_report(struct doctor_findings *findings, enum doctor_level level, const char *check,
		   const char *advice, const char *format, ...)
{
	char text[MAX_TEXT];
	const struct doctor_line line = {.level = level, .check = check, .text = text, .advice = advice};
	va_list arguments;

	va_start(arguments, format);
	text_print_list(text, sizeof text, format, arguments);
	va_end(arguments);
	append(findings, &line);
}

void doctor_report_error(struct doctor_findings *findings, enum doctor_level level, const char *check,
			 const char *advice, const struct error *error)
{
	static const char fix[] = "\n  Fix: ";
	const char *own = strstr(error->text, fix);

	doctor_report(findings, level, check, own ? own + strlen(fix) : advice, "%.*s",
		      own ? (int)(own - error->text) : (int)strlen(error->text), error->text);
}

void doctor_report_section(struct doctor_findings *findings, enum doctor_level level, const char *check,
			   const char *advice, const char *section, const char *format, ...)
{
	char text[MAX_TEXT];
	const struct doctor_line line = {
		.level = level, .check = check, .text = text, .advice = advice, .section = section};
	va_list arguments;

	va_start(arguments, format);
	text_print_list(text, sizeof text, format, arguments);
	va_end(arguments);
	append(findings, &line);
}
