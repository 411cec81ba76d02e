#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/nearest.h"
#include "config/config.h"
#include "config/options.h"
#include "config/partition.h"
#include "scanner/aws/credentials.h"
#include "scanner/commands/commands.h"
#include "scanner/commands/selection.h"
#include "scanner/coordinator.h"
#include "scanner/matrix/exceptions.h"
#include "scanner/matrix/json_memory.h"
#include "scanner/reports/destination.h"
#include "scanner/reports/reports.h"

enum { DEFAULT_WIDTH = 100 };

/* One report that was asked for, ready to be written. */
struct wanted {
	const struct report_format *format;
	struct destination destination;
	struct report_output output;
};

struct scan_command {
	struct config config;
	struct problems problems;
	struct log log;
	struct progress progress;
	struct selection selection;
	struct exceptions exceptions;
	struct wanted *wanted;
	size_t wanted_count;
	struct matrix matrix;
	struct store *store;
};

/* ---- what was asked for ---- */

/* With a tag, an exception needs tags; nobody else does. */
static void read_exceptions(struct scan_command *command)
{
	const struct config *config = &command->config;

	if (!config->exceptions)
		return;
	exceptions_load(&command->exceptions, config->exceptions, clock_wall_seconds(),
			config->max_exception_days, &command->problems);
	if (command->exceptions.by_tag)
		command->selection.needs |= ASKS(QUESTION_TAGS);
}

static const struct report_format *find_format(struct scan_command *command,
					       const struct report_request *request)
{
	const struct report_format *format = report_format_by_name(request->format);
	struct nearest nearest = nearest_to(request->format);

	for (const struct report_format *const *known = report_formats; !format && *known; known++)
		nearest_consider(&nearest, (*known)->name);
	if (!format)
		problems_add(&command->problems, "%s: unknown report format \"%s\"%s%s%s", request->origin,
			     request->format, nearest.name ? "; did you mean \"" : "",
			     nearest.name ? nearest.name : "", nearest.name ? "\"?" : "");
	return format;
}

static bool same_path(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void open_report(struct scan_command *command, size_t index)
{
	const struct report_request *requests = command->config.reports.items;
	struct wanted *wanted = &command->wanted[command->wanted_count];
	struct error error;

	wanted->format = find_format(command, &requests[index]);
	if (!wanted->format)
		return;
	for (size_t i = 0; i < index; i++) {
		if (!same_path(requests[i].path, requests[index].path))
			continue;
		problems_add(&command->problems, "%s: two reports go to %s", requests[index].origin,
			     requests[index].path ? requests[index].path : "standard output");
		return;
	}
	if (!destination_open(&wanted->destination, requests[index].path, &error)) {
		problems_add(&command->problems, "%s: %s", requests[index].origin, error.text);
		return;
	}
	command->wanted_count++;
}

static void open_reports(struct scan_command *command)
{
	size_t count = command->config.reports.count;

	command->wanted = calloc(count + 1, sizeof *command->wanted);
	for (size_t i = 0; command->wanted && i < count; i++)
		open_report(command, i);
	if (!command->wanted)
		problems_add(&command->problems, "out of memory");
}

static const char *read_environment(const char *name)
{
	return getenv(name);
}

static bool read_config(struct scan_command *command, int argument_count, const char *const *arguments)
{
	const struct config_sources sources = {
		.argument_count = argument_count,
		.arguments = arguments,
		.environment = read_environment,
		.default_files = {"neptune-scan.ini", "/etc/neptune-scan.ini"},
	};

	config_load(&command->config, &sources, &command->problems);
	selection_make(&command->selection, &command->config, &command->problems);
	read_exceptions(command);
	open_reports(command);
	for (const struct problem *problem = command->problems.first; problem; problem = problem->next)
		fprintf(stderr, "neptune-scan: %s\n", problem->text);
	if (command->problems.count > 0)
		fprintf(stderr,
			"neptune-scan: %zu problem%s, nothing was scanned; see `neptune-scan help scan`\n",
			command->problems.count, command->problems.count == 1 ? "" : "s");
	return command->problems.count == 0;
}

/* ---- the terminal ---- */

static size_t terminal_width(FILE *stream)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;

	if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	if (columns && atoi(columns) > 0)
		return (size_t)atoi(columns);
	return DEFAULT_WIDTH;
}

static bool wants_color(const struct config *config, FILE *stream)
{
	const char *no_color = getenv("NO_COLOR");

	if (strcmp(config->color, "auto") != 0)
		return strcmp(config->color, "always") == 0;
	return !(no_color && *no_color) && isatty(fileno(stream));
}

static void prepare_outputs(struct scan_command *command)
{
	for (size_t i = 0; i < command->wanted_count; i++) {
		FILE *stream = command->wanted[i].destination.stream;

		command->wanted[i].output = (struct report_output){
			.stream = stream,
			.only_failing = command->config.only_failing,
			.color = wants_color(&command->config, stream),
			.width = terminal_width(stream),
		};
	}
}

static void before_log_line(void *owner)
{
	progress_clear(owner);
}

static void prepare_log(struct scan_command *command)
{
	const struct config *config = &command->config;

	progress_start(&command->progress, stderr, config->quiet ? "never" : config->progress);
	command->log = (struct log){
		.stream = stderr,
		.level = config->quiet     ? LOG_ERROR
			 : config->verbose ? LOG_DETAIL
					   : LOG_INFO,
		.json = strcmp(config->log_format, "json") == 0,
	};
	/* Workers log only details; then there is no live line that they could disturb. */
	if (config->verbose)
		command->progress.live = false;
	command->log.before_line = before_log_line;
	command->log.owner = &command->progress;
}

/* A name may fit the pattern and still be a slip: it is asked for, but said. */
static void warn_of_unknown_regions(const struct scan_command *command)
{
	const struct text_list *regions = &command->config.regions;

	for (size_t i = 0; i < regions->count; i++) {
		const char *nearest = partition_nearest_region(regions->items[i]);

		if (strcmp(regions->items[i], "enabled") == 0 ||
		    (nearest && strcmp(nearest, regions->items[i]) == 0))
			continue;
		log_line(&command->log, LOG_WARNING, "region.unknown",
			 "region %s was not known when this was made%s%s%s", regions->items[i],
			 nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
	}
}

/* ---- the scan ---- */

static void on_cell(void *owner, const struct matrix *matrix, size_t row, size_t column)
{
	const struct scan_command *command = owner;

	for (size_t i = 0; i < command->wanted_count; i++)
		if (command->wanted[i].format->write_cell)
			command->wanted[i].format->write_cell(matrix, row, column, &command->wanted[i].output);
}

static bool write_reports(struct scan_command *command)
{
	bool good = true;

	for (size_t i = 0; i < command->wanted_count; i++) {
		struct wanted *wanted = &command->wanted[i];
		struct error error;

		wanted->format->write(&command->matrix, &wanted->output);
		if (command->matrix.reading->failed || json_memory_failed()) {
			log_line(&command->log, LOG_ERROR, "report.failed", "report %s: %s; it is not written",
				 wanted->format->name,
				 json_memory_failed() ? "out of memory"
						      : "details cannot be read back from the store");
			return false;
		}
		if (destination_commit(&wanted->destination, &error))
			continue;
		log_line(&command->log, LOG_ERROR, "report.failed", "%s", error.text);
		good = false;
	}
	return good;
}

static bool fails_at(const struct matrix *matrix, enum severity least)
{
	for (size_t row = 0; row < matrix->row_count; row++)
		for (size_t column = 0; column < matrix->column_count; column++)
			if (matrix_cell(matrix, row, column).worst > least)
				return true;
	return false;
}

static enum exit_code judge_run(const struct scan_command *command)
{
	enum severity least = SEVERITY_LOW;

	if (!matrix_totals(&command->matrix).complete)
		return EXIT_INCOMPLETE;
	severity_by_name(command->config.fail_on, &least);
	return fails_at(&command->matrix, least) ? EXIT_FAILING : EXIT_COMPLIANT;
}

static enum exit_code say_impossible(const struct scan_command *command, const struct error *error)
{
	log_line(&command->log, LOG_ERROR, "scan.impossible", "%s", error->text);
	return error->kind == ERROR_USAGE ? EXIT_USAGE : EXIT_IMPOSSIBLE;
}

static enum exit_code scan(struct scan_command *command)
{
	struct coordinator_options wishes = {
		.config = &command->config,
		.log = &command->log,
		.progress = &command->progress,
		.selected = command->selection.selected,
		.needs = command->selection.needs,
		.policy = command->selection.policy,
		.exceptions = command->config.exceptions ? &command->exceptions : NULL,
		.cell_recorded = on_cell,
		.owner = command,
	};
	const char *source;
	struct error error = {0};
	struct session *session = credentials_find(&command->config, &source, &error);
	bool stores = strcmp(command->config.store_path, "none") != 0, good;

	if (session && stores)
		command->store = wishes.store = store_open(command->config.store_path, &error);
	if (!session || (stores && !command->store)) {
		session_close(session);
		return say_impossible(command, &error);
	}
	warn_of_unknown_regions(command);
	log_line(&command->log, LOG_DETAIL, "credentials.found", "credentials from %s", source);
	wishes.session = session;
	command->matrix.selected = command->selection.selected;
	good = coordinator_run(&wishes, &command->matrix, &error);
	session_close(session);
	if (!good)
		return say_impossible(command, &error);
	if (!write_reports(command))
		return EXIT_IMPOSSIBLE;
	return judge_run(command);
}

/* Before any thread starts, so that all of them inherit it: signals are read by the coordinator alone. */
static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* A core dump would hold keys. */
static void forbid_core_dumps(void)
{
	const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
}

static enum exit_code run(int argument_count, const char *const *arguments)
{
	struct scan_command command = {0};
	enum exit_code code = EXIT_USAGE;

	matrix_init(&command.matrix);
	if (read_config(&command, argument_count, arguments)) {
		block_signals();
		forbid_core_dumps();
		json_memory_watch();
		curl_global_init(CURL_GLOBAL_DEFAULT);
		prepare_outputs(&command);
		prepare_log(&command);
		code = scan(&command);
		curl_global_cleanup();
	}
	for (size_t i = 0; i < command.wanted_count; i++)
		destination_close(&command.wanted[i].destination);
	free(command.wanted);
	matrix_free(&command.matrix);
	store_close(command.store);
	exceptions_free(&command.exceptions);
	config_free(&command.config);
	problems_free(&command.problems);
	return code;
}

/* ---- help ---- */

static void print_option(const struct option *option)
{
	char left[64];

	snprintf(left, sizeof left, "--%s%s%s", option->flag, option->value_name ? " " : "",
		 option->value_name ? option->value_name : "");
	printf("  %-26s %s\n", left, option->help);
	printf("  %-26s [%s.%s", "", option->section, option->key);
	for (size_t i = 0; i < 3 && option->environment[i]; i++)
		printf(", %s", option->environment[i]);
	if (option->default_value && option->type != OPTION_SWITCH)
		printf("; default %s", option->default_value);
	puts("]");
}

static void help(void)
{
	const char *section = "";

	puts("usage: neptune-scan scan [--config FILE] [FLAG ...]\n\n"
	     "Reads the AWS organization, assumes a role in every account, looks for Neptune clusters in "
	     "every\n"
	     "region, and reports whether each is encrypted at rest - and where nobody could look.\n\n"
	     "Settings come from defaults, the INI file (./neptune-scan.ini, else /etc/neptune-scan.ini), the\n"
	     "environment and flags; later ones win. In brackets: INI key, environment variables, default.\n\n"
	     "  --config FILE              this INI file");
	for (size_t i = 0; i < option_count; i++) {
		if (!options[i].flag)
			continue;
		if (strcmp(section, options[i].section) != 0)
			putchar('\n');
		section = options[i].section;
		print_option(&options[i]);
	}
	puts("\nReport formats:");
	for (const struct report_format *const *format = report_formats; *format; format++)
		printf("  %-26s %s\n", (*format)->name, (*format)->description);
	puts("\nExit codes:\n"
	     "  0  every cell was looked at, nothing fails\n"
	     "  1  every cell was looked at, something fails\n"
	     "  2  usage or configuration error; nothing was scanned\n"
	     "  3  incomplete: at least one cell has no verdict\n"
	     "  4  the scan could not start, or its reports could not be written");
}

const struct command command_scan = {"scan", "discover, assume, scan, judge, report: the main job", run, help};
