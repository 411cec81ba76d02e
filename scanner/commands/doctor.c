#include "scanner/doctor/doctor.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/json_oom_guard.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/visible.h"
#include "config/options.h"
#include "config/partition.h"
#include "scanner/commands/arguments.h"
#include "scanner/commands/commands.h"
#include "scanner/commands/network.h"
#include "scanner/commands/report_set.h"
#include "scanner/commands/selection.h"
#include "scanner/matrix/exceptions.h"
#include "scanner/reports/json_objects.h"

struct doctor_command {
	struct config config;
	struct selection selection;
	struct exceptions exceptions;
	struct log log;
	struct doctor_findings findings;
	bool color;
	const char *told; /* the file whose findings are being printed */
};

/* ---- checks without requests ---- */

static void check_regions(struct doctor_command *command, const struct config *config)
{
	const struct text_list *regions = &config->regions;

	for (size_t i = 0; i < regions->count; i++) {
		const char *nearest;

		if (strcmp(regions->items[i], "enabled") == 0 || partition_knows_region(regions->items[i]))
			continue;
		nearest = partition_nearest_region(regions->items[i]);
		doctor_report(&command->findings, DOCTOR_WARNING, "configuration",
			      "correct the name, or ignore this for a new region",
			      "region %s is not in this version's list and is scanned all the same%s%s%s",
			      regions->items[i], nearest ? ". Did you mean \"" : "", nearest ? nearest : "",
			      nearest ? "\"?" : "");
	}
}

static size_t count_own_settings(const struct config *config)
{
	size_t count = 0;

	for (size_t i = 0; i < option_count; i++)
		count += config->origins[i] && strcmp(config->origins[i], "default") != 0;
	return count;
}

static void report_problems(struct doctor_command *command, const char *check,
			    const struct diagnostics *diagnostics)
{
	for (const struct diagnostic *problem = diagnostics->first; problem; problem = problem->next)
		doctor_report(&command->findings, DOCTOR_FAILURE, check, NULL, "%s", problem->text);
}

static void report_expired_gaps(struct doctor_command *command)
{
	const struct gaps *gaps = &command->exceptions.gaps;

	for (size_t i = 0; i < gaps->count; i++)
		if (gaps->items[i].is_expired)
			doctor_report(&command->findings, DOCTOR_WARNING, "configuration",
				      arena_format(&command->findings.arena,
						   "renew expires in %s:%d, or remove the section",
						   command->config.exceptions, gaps->items[i].line),
				      "gap %s expired %s and accepts nothing any more", gaps->items[i].name,
				      gaps->items[i].expires);
}

/* False: a scan could not start. */
static bool check_configuration(struct doctor_command *command)
{
	struct config *config = &command->config;
	struct diagnostics diagnostics = {0};
	bool good;

	selection_make(&command->selection, config, &diagnostics);
	selection_read_exceptions(&command->selection, &command->exceptions, config, &diagnostics);
	good = diagnostics.count == 0;
	if (good)
		doctor_report(&command->findings, DOCTOR_OK, "configuration", NULL,
			      "%zu settings differ from the default (neptune-scan config lists them)",
			      count_own_settings(config));
	if (good && config->exceptions && exceptions_are_none(&command->exceptions))
		doctor_report(&command->findings, DOCTOR_WARNING, "configuration",
			      "add exceptions, or remove controls.exceptions", "%s contains no exception",
			      config->exceptions);
	if (good)
		report_expired_gaps(command);
	report_problems(command, "configuration", &diagnostics);
	diagnostics_deinit(&diagnostics);
	return good;
}

/* Opens the files as a scan would, and closes them without writing. Objects are tried apart. */
static void check_reports(struct doctor_command *command)
{
	struct diagnostics diagnostics = {0};
	struct report_set reports = {0};

	report_set_open(&reports, &command->config, NULL, &diagnostics);
	if (diagnostics.count == 0 && reports.count > 0)
		doctor_report(&command->findings, DOCTOR_OK, "reports", NULL, "%zu report path%s %s writable",
			      reports.count, text_plural(reports.count), reports.count == 1 ? "is" : "are");
	report_problems(command, "reports", &diagnostics);
	report_set_close(&reports);
	diagnostics_deinit(&diagnostics);
}

/* ---- output ---- */

/* Escapes the text, which quotes settings and responses. */
static void print_text(const char *text)
{
	while (*text) {
		bool shown;
		size_t length = utf8_next(text, &shown);

		if (*text == '\n')
			printf("\n%-24s", "");
		else if (!shown || *text == '\r')
			putchar('?');
		else
			fwrite(text, 1, length, stdout);
		text += length;
	}
}

static void print_line(void *owner, const struct doctor_line *line)
{
	static const char *const colors[] = {"\033[32m", "\033[33m", "\033[31m", "\033[2m"};
	struct doctor_command *command = owner;
	const char *level = doctor_level_name(line->level);

	if (line->settings && line->settings != command->told && !visible_print(stdout, "%s", line->settings))
		json_oom_guard_fail(); /* the exit code then reports it */
	command->told = line->settings;
	printf("%s%-8s%s %-14s ", command->color ? colors[line->level] : "", level,
	       command->color ? "\033[0m" : "", line->check);
	print_text(line->text);
	putchar('\n');
	if (line->advice) {
		printf("%-24sFix: ", "");
		print_text(line->advice);
		putchar('\n');
	}
	/* Not indented, so that it can be pasted. */
	if (line->section)
		printf("\n%s\n", line->section);
	fflush(stdout);
}

static void print_json(const struct doctor_findings *findings)
{
	json_t *lines = json_array();

	for (const struct doctor_line *line = findings->first; line; line = line->next)
		json_array_append_new(lines,
				      json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "check", line->check, "level",
						doctor_level_name(line->level), "text", line->text, "advice",
						json_text(line->advice), "section", json_text(line->section),
						"settings", json_text(line->settings)));
	json_print(json_pack("{s:s, s:s, s:o}", "schema", "neptune-scan/doctor/1", "result",
			     doctor_level_name(findings->worst), "checks", lines));
}

static const char *consequence_of(const struct doctor_findings *findings)
{
	switch (findings->worst) {
	case DOCTOR_FAILURE:
		return findings->no_account ? "A scan would assess no member account" : "A scan would fail";
	case DOCTOR_WARNING:
		return "A scan would start, but may be incomplete";
	default:
		return "A scan would work";
	}
}

static void print_summary(const struct doctor_findings *findings, enum exit_code code)
{
	printf("\n%zu failure%s, %zu warning%s. %s (exit code %d)\n", findings->failures,
	       text_plural(findings->failures), findings->warnings, text_plural(findings->warnings),
	       consequence_of(findings), code);
}

/* What is one organization's: everything that has to do with AWS. */
static void examine(struct doctor_command *command, const struct config *config, bool all)
{
	const struct doctor_options wanted = {.config = config,
					      .log = &command->log,
					      .needs = command->selection.needs,
					      .gaps = &command->exceptions.gaps,
					      .all_accounts = all};

	for (const struct diagnostic *warning = config->warnings.first; warning; warning = warning->next)
		doctor_report(&command->findings, DOCTOR_WARNING, "configuration", NULL, "%s", warning->text);
	check_regions(command, config);
	doctor_examine(&wanted, &command->findings);
}

/* The other settings files, each for an organization. */
static void examine_others(struct doctor_command *command, const struct arguments *arguments,
			   const char **files, size_t count, bool all)
{
	for (size_t i = 1; i < count; i++) {
		struct diagnostics diagnostics = {0};
		struct config config;
		const struct doctor_options wanted = {.config = &config, .log = &command->log};

		command->findings.settings = files[i];
		config_load_usual(&config, files[i], arguments->setting_count, arguments->settings, NULL,
				  &diagnostics);
		config_check_follower(&config, files[i], files[0], &diagnostics);
		config_take_storage(&config, &command->config, &diagnostics);
		report_problems(command, "configuration", &diagnostics);
		if (diagnostics.count == 0) {
			examine(command, &config, all);
			doctor_examine_accounts_file(&wanted, &command->findings);
		}
		diagnostics_deinit(&diagnostics);
		config_deinit(&config);
	}
}

static enum exit_code examine_all(struct doctor_command *command, const struct arguments *arguments, bool all,
				  bool json)
{
	static const enum exit_code codes[] = {EXIT_COMPLIANT, EXIT_FAILING, EXIT_IMPOSSIBLE};
	const struct doctor_options wanted = {.config = &command->config, .log = &command->log};
	const char **files;
	size_t count =
		config_files(arguments->setting_count, arguments->settings, &command->findings.arena, &files);

	command->log =
		(struct log){.stream = stderr, .level = command->config.verbose ? LOG_DETAIL : LOG_WARNING};
	command->color = wants_color(&command->config, stdout);
	command->findings.owner = command;
	command->findings.found = json ? NULL : print_line;
	command->findings.settings = count > 1 ? files[0] : NULL;
	if (check_configuration(command)) {
		examine(command, &command->config, all);
		examine_others(command, arguments, files, count, all);
		command->findings.settings = count > 1 ? files[0] : NULL;
		doctor_examine_objects(&wanted, &command->findings);
		doctor_examine_store(&wanted, &command->findings);
		check_reports(command);
	}
	if (json)
		print_json(&command->findings);
	else
		print_summary(&command->findings, codes[command->findings.worst]);
	if (command->findings.arena.failed) {
		fputs("neptune-scan: error: doctor: out of memory: checks are missing\n", stderr);
		return EXIT_IMPOSSIBLE;
	}
	return codes[command->findings.worst];
}

static enum exit_code run(int argument_count, const char *const *given)
{
	static const char *const formats[] = {"table", "json", NULL};
	const char *format = formats[0];
	bool all = false;
	const struct own_flag flags[] = {
		{"--format", &format, NULL}, {"--all", NULL, &all}, {NULL, NULL, NULL}};
	struct doctor_command command = {0};
	struct arguments arguments;
	enum exit_code code = EXIT_USAGE;

	doctor_findings_init(&command.findings);
	if (arguments_read(&arguments, "doctor", flags, 0, &command.config, argument_count, given) &&
	    arguments_know_format("doctor", format, formats)) {
		network_init();
		code = examine_all(&command, &arguments, all, strcmp(format, "json") == 0);
		network_deinit();
	}
	doctor_findings_deinit(&command.findings);
	exceptions_deinit(&command.exceptions);
	config_deinit(&command.config);
	return code;
}

static void help(void)
{
	puts("usage: neptune-scan doctor [--all] [--format table|json] [--config FILE] [FLAG ...]\n\n"
	     "Examples:\n"
	     "  neptune-scan doctor\n"
	     "  neptune-scan doctor --all --role-name NeptuneScanAudit\n\n"
	     "Checks everything that a scan needs, in the order in which it needs it: settings, credentials,\n"
	     "clock, network, organization, the role in a sample of accounts, the permissions of the\n"
	     "selected controls, regions and their endpoints, the store, the reports. The sample always\n"
	     "contains the management account and the newest one. --all checks each region of each account.\n"
	     "Nothing is changed. Each problem comes with its fix. Flags are those of `scan`.\n\n"
	     "Exit codes: 0 no problem; 1 warnings: a scan would be incomplete, now or with resources that\n"
	     "may come, or soon fail; 2 usage or configuration error; 4 failures: a scan would fail.");
}

const struct command command_doctor = {
	.name = "doctor",
	.summary = "check that a scan would work, and how to fix it",
	.run = run,
	.help = help,
};
