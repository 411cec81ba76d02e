#include "scanner/doctor/doctor_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* In the order in which a scan needs them. */
static const struct {
	const char *name;
	doctor_check *check;
} checks[] = {
	{"credentials", doctor_check_credentials},
	{"organization", doctor_check_organization},
	{"role", doctor_check_roles},
	{"permissions", doctor_check_permissions},
	{"regions", doctor_check_regions},
};

enum { CHECKS = sizeof checks / sizeof checks[0] };

/* ---- findings ---- */

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

void doctor_say(struct doctor_findings *findings, enum doctor_level level, const char *check,
		const char *advice, const char *format, ...)
{
	struct doctor_line *line = arena_take(&findings->arena, sizeof *line);
	va_list arguments;
	char text[1400];

	if (level != DOCTOR_SKIPPED && level > findings->worst)
		findings->worst = level;
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

/* ---- all of it ---- */

static void close_accounts(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->account_count; i++)
		session_free(doctor->accounts[i].assumed);
}

static void run_checks(struct doctor *doctor)
{
	bool goes_on = true;

	for (size_t i = 0; i < CHECKS; i++) {
		if (goes_on)
			goes_on = checks[i].check(doctor);
		else
			doctor_say(doctor->findings, DOCTOR_SKIPPED, checks[i].name, NULL,
				   "not looked at, because of the failure above");
	}
}

void doctor_examine(const struct doctor_options *options, struct doctor_findings *findings)
{
	struct doctor doctor = {.options = options, .config = options->config, .findings = findings};
	struct error error;

	doctor.client = sync_client_open(options->config, options->log, 0, DOCTOR_AT_ONCE, &error);
	if (doctor.client)
		run_checks(&doctor);
	else
		doctor_say(findings, DOCTOR_FAILURE, "machine", NULL, "%s", error.text);
	close_accounts(&doctor);
	session_free(doctor.credentials.session);
	sync_client_close(doctor.client);
}
