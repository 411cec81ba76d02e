#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/interruption.h"
#include "base/text.h"
#include "config/config.h"
#include "config/object_url.h"
#include "config/options.h"
#include "config/partition.h"
#include "scanner/commands/commands.h"
#include "scanner/commands/history.h"
#include "scanner/commands/network.h"
#include "scanner/commands/outcome.h"
#include "scanner/commands/report_set.h"
#include "scanner/commands/selection.h"
#include "scanner/credentials/credentials.h"
#include "scanner/engine/accounts_file.h"
#include "scanner/engine/caller_session.h"
#include "scanner/engine/run.h"
#include "scanner/matrix/exceptions.h"

/* The settings of one organization. */
struct settings {
	struct config config;
	struct caller_session *caller;
	struct accounts_file *accounts;
};

struct scan_command {
	struct settings *organizations; /* the settings of the first also apply to the run */
	size_t count;
	struct arena arena;
	const struct config *config; /* of the first */
	struct diagnostics diagnostics;
	struct log log;
	struct progress progress;
	struct selection selection;
	struct exceptions exceptions;
	struct report_set reports;
	struct history history;
	struct matrix matrix;
	struct storage *storage;
	struct storage_file store_file;
	struct store *store;
};

/* ---- the log ---- */

static void before_log_line(void *owner)
{
	progress_clear(owner);
}

static void prepare_log(struct scan_command *command)
{
	const struct config *config = command->config;

	command->log = (struct log){
		.stream = stderr,
		.level = config->quiet     ? LOG_ERROR
			 : config->verbose ? LOG_DETAIL
					   : LOG_INFO,
		.json = strcmp(config->log_format, "json") == 0,
	};
	progress_start(&command->progress, stderr, config->quiet ? "never" : config->progress, &command->log);
	/* Workers log only at the detail level, which disables the progress display. */
	if (config->verbose)
		command->progress.live = false;
	command->log.before_line = before_log_line;
	command->log.owner = &command->progress;
}

/* ---- a scan that does not begin ---- */

/* Before the scan began. */
static enum exit_code report_interrupted(const struct scan_command *command)
{
	log_line(&command->log, LOG_ERROR, "scan.interrupted", "%s before the scan began: nothing was scanned",
		 interruption_reason());
	return EXIT_INCOMPLETE;
}

static enum exit_code report_impossible(const struct scan_command *command, const struct error *error)
{
	enum exit_code code = error->kind == ERROR_USAGE ? EXIT_USAGE : EXIT_IMPOSSIBLE;

	if (error->kind == ERROR_INTERRUPTED)
		return report_interrupted(command);
	log_line(&command->log, LOG_ERROR, "scan.impossible", "%s", error->text);
	if (!command->config->quiet)
		outcome_write_failure(&command->log,
				      command->matrix.row_count == 0 || command->matrix.run.could_not_start
					      ? "the scan could not start"
					      : "the scan did not finish",
				      code);
	return code;
}

/* A signal makes a wait fail, for a reason that is not the user's. */
static void blame_signal(struct error *error)
{
	if (interruption_reason())
		error_set(error, ERROR_INTERRUPTED, "%s before the scan began", interruption_reason());
}

/* ---- settings ---- */

/* Each file is an organization. */
static void read_settings(struct scan_command *command, int argument_count, const char *const *arguments)
{
	const char **files;
	size_t named = config_files(argument_count, arguments, &command->arena, &files);

	command->count = named > 0 ? named : 1;
	command->organizations = arena_take(&command->arena, command->count * sizeof *command->organizations);
	if (!command->organizations) {
		diagnostics_add(&command->diagnostics, "out of memory");
		command->count = 0;
		return;
	}
	command->config = &command->organizations[0].config;
	for (size_t i = 0; i < command->count; i++) {
		struct config *config = &command->organizations[i].config;

		config_load_usual(config, named > 0 ? files[i] : NULL, argument_count, arguments, NULL,
				  &command->diagnostics);
		if (i == 0)
			continue;
		config_check_follower(config, files[i], files[0], &command->diagnostics);
		config_take_input_files(&command->organizations[0].config, config);
		config_take_storage(config, &command->organizations[0].config, &command->diagnostics);
	}
}

struct latest_shard {
	struct earlier_shard shard;
	struct arena *arena;
};

/* The latest run is listed last. */
static void take_shard(void *context, const struct stored_run *run)
{
	struct latest_shard *latest = context;

	latest->shard = (struct earlier_shard){0};
	if (run->shard && shard_parse(run->shard, &latest->shard.shard))
		latest->shard.array = arena_copy(latest->arena, run->array);
}

/* A store that cannot be read tells nothing; it is reported when the scan opens it. */
static void read_earlier_shard(const char *path, struct latest_shard *latest)
{
	struct store *store = NULL;
	struct error ignored;

	if (access(path, F_OK) == 0)
		store = store_open_to_read(path, &ignored);
	if (store && !store_list_runs(store, take_shard, latest, &ignored))
		latest->shard = (struct earlier_shard){0};
	store_close(store);
}

/* Objects are located with the settings, which must be valid. */
static bool prepare_storage(struct scan_command *command, struct error *error)
{
	if (!command->storage)
		command->storage = storage_open(command->config, &command->log, error);
	return command->storage;
}

/* Of the run store, before it is opened: an object is fetched once. */
static bool fetch_store(struct scan_command *command, struct error *error)
{
	return command->store_file.path ||
	       (prepare_storage(command, error) &&
		storage_fetch(command->storage, command->config->store_path, &command->store_file, error));
}

/* Which part an array's job scans can depend on what its run store holds. False: it cannot be fetched. */
static bool settle_shard(struct scan_command *command, struct error *error)
{
	struct config *config = &command->organizations[0].config;
	struct latest_shard latest = {.arena = &config->arena};
	const char *path = config->store_path;

	if (config->shard.index == 0 && command->diagnostics.count == 0) {
		if (object_url_is(path) && !strstr(path, "{")) {
			if (!fetch_store(command, error))
				return false;
			path = command->store_file.path;
		}
		read_earlier_shard(path, &latest);
		if (!object_url_is(path))
			latest.shard.count_beside = shard_count_beside(path);
	}
	config_settle_shard(config, &latest.shard, &command->diagnostics);
	return true;
}

/*
 * Account names are known only during the scan, and several organizations may use the same name, so such
 * exceptions are refused.
 */
static void check_exception_names(struct scan_command *command)
{
	if (command->count > 1 && exceptions_go_by_name(&command->exceptions))
		diagnostics_add(&command->diagnostics,
				"%s: an exception names an account by its name, and several organizations are "
				"scanned\n  Fix: name each account by its id",
				command->config->exceptions);
}

static void open_reports(struct scan_command *command)
{
	struct error error;

	if (command->diagnostics.count == 0 && !prepare_storage(command, &error))
		diagnostics_add(&command->diagnostics, "%s", error.text);
	report_set_open(&command->reports, command->config, command->storage, &command->diagnostics);
}

/* Of one problem, the hint names its flag or key, unless it has its own. */
static void refuse(const struct diagnostics *diagnostics)
{
	const struct diagnostic *problem = diagnostics->first;
	const struct option *option;
	bool is_flag;

	diagnostics_print(diagnostics, stderr, "neptune-scan: error");
	if (diagnostics->count > 1)
		fprintf(stderr, "neptune-scan: %zu problems. Nothing was scanned.\n", diagnostics->count);
	else
		fputs("neptune-scan: Nothing was scanned.\n", stderr);
	if (diagnostics_have_fixes(diagnostics))
		return;
	option = diagnostics->count == 1 && problem ? option_in_text(problem->text, &is_flag) : NULL;
	if (!option)
		fputs("  Fix: `neptune-scan help scan --all` describes the flags, `neptune-scan config "
		      "example` "
		      "every key\n",
		      stderr);
	else if (is_flag)
		fprintf(stderr, "  Fix: `neptune-scan help scan --all` describes --%s\n", option->flag);
	else
		fprintf(stderr, "  Fix: `neptune-scan config example` describes %s.%s\n", option->section,
			option->key);
}

/* False: a problem was printed, and `refusal` is the exit code. */
static bool read_config(struct scan_command *command, int argument_count, const char *const *arguments,
			enum exit_code *refusal)
{
	struct error error;

	*refusal = EXIT_USAGE;
	read_settings(command, argument_count, arguments);
	if (command->count > 0) {
		prepare_log(command);
		if (!settle_shard(command, &error)) {
			blame_signal(&error);
			*refusal = report_impossible(command, &error);
			return false;
		}
		if (command->config->shard.index > 0)
			config_check_paths(command->config, &command->diagnostics);
		selection_make(&command->selection, command->config, &command->diagnostics);
		selection_read_exceptions(&command->selection, &command->exceptions, command->config,
					  &command->diagnostics);
		check_exception_names(command);
		open_reports(command);
	}
	if (interruption_reason() && command->diagnostics.count > 0) {
		*refusal = report_interrupted(command);
		return false;
	}
	if (command->diagnostics.count > 0)
		refuse(&command->diagnostics);
	return command->diagnostics.count == 0;
}

/* ---- warnings ---- */

/* A name that matches a pattern may still be misspelled: it is scanned, with a warning. */
static void warn_of_unknown_regions(const struct scan_command *command, const struct config *config)
{
	const struct text_list *regions = &config->regions;

	for (size_t i = 0; i < regions->count; i++) {
		const char *nearest;

		if (strcmp(regions->items[i], "enabled") == 0 || partition_knows_region(regions->items[i]))
			continue;
		nearest = partition_nearest_region(regions->items[i]);
		log_line(&command->log, LOG_WARNING, "region.unknown",
			 "region %s is not in this version's list and is scanned all the same%s%s%s",
			 regions->items[i], nearest ? ". Did you mean \"" : "", nearest ? nearest : "",
			 nearest ? "\"?" : "");
	}
}

static bool has_warning(const struct config *config, const char *text)
{
	for (const struct diagnostic *warning = config->warnings.first; warning; warning = warning->next)
		if (strcmp(warning->text, text) == 0)
			return true;
	return false;
}

/* Settings of the environment apply to every organization, so their warnings are logged once. */
static void warn_of_settings(const struct scan_command *command, size_t organization)
{
	const struct config *config = &command->organizations[organization].config;

	for (const struct diagnostic *warning = config->warnings.first; warning; warning = warning->next) {
		bool was_said = false;

		for (size_t i = 0; i < organization; i++)
			was_said = was_said || has_warning(&command->organizations[i].config, warning->text);
		if (!was_said)
			log_line(&command->log, LOG_WARNING, "settings.doubtful", "%s", warning->text);
	}
}

/* Logs the warning, and adds it to the report. */
static void warn(struct scan_command *command, const char *event, const char *text)
{
	if (!text)
		return;
	log_line(&command->log, LOG_WARNING, event, "%s", text);
	matrix_note_run(&command->matrix, text);
}

static void warn_of_exceptions(struct scan_command *command)
{
	bool names_known = true;

	for (size_t i = 0; i < command->count; i++)
		names_known = names_known && command->organizations[i].config.accounts.count == 0;
	if (command->config->exceptions && exceptions_are_none(&command->exceptions))
		warn(command, "exceptions.none",
		     arena_format(&command->arena,
				  "controls.exceptions: %s holds no exception, so none applies",
				  command->config->exceptions));
	else if (!names_known && exceptions_go_by_name(&command->exceptions))
		warn(command, "exceptions.unnamed",
		     "exceptions that name an account by its name cover nothing where organization.accounts is "
		     "set: "
		     "names are not known then; use ids");
}

/* ---- the scan ---- */

static void on_cell(void *owner, const struct matrix *matrix, size_t row, size_t column)
{
	struct scan_command *command = owner;

	report_set_write_cell(&command->reports, matrix, row, column);
}

/*
 * Uploads a store that is an object. After an interruption as well: so the run can be resumed elsewhere.
 * False: logged.
 */
static bool publish_store(struct scan_command *command)
{
	struct error error;

	if (!command->store || !command->store_file.folder ||
	    (store_join_log(command->store, &error) &&
	     storage_publish(command->storage, &command->store_file, &error)))
		return true;
	log_line(&command->log, LOG_ERROR, "store.not-published", "%s", error.text);
	return false;
}

static enum exit_code report_not_kept(const struct scan_command *command)
{
	if (!command->config->quiet)
		outcome_write_failure(&command->log, "the run or its reports could not be written",
				      EXIT_IMPOSSIBLE);
	return EXIT_IMPOSSIBLE;
}

/* Stores a run that could not start, so that readers of the latest run see it. */
static enum exit_code report_not_started(struct scan_command *command, const struct run_options *run_options,
					 const struct organization *organizations, struct error *error)
{
	blame_signal(error);
	interruption_spare_requests(NULL); /* which publish the store */
	run_record_failure(run_options, organizations, command->count, &command->matrix, error);
	publish_store(command);
	return report_impossible(command, error);
}

/* For all organizations, before any is scanned. */
static bool find_credentials(struct scan_command *command, struct organization *organizations,
			     struct error *error)
{
	for (size_t i = 0; i < command->count; i++) {
		struct settings *settings = &command->organizations[i];
		struct credentials found;

		if (!credentials_find(&settings->config, &command->log, NULL, &found, error))
			return false;
		log_line(&command->log, LOG_DETAIL, "credentials.found", "credentials from %s", found.where);
		settings->caller = caller_session_new(&settings->config, &command->log, &found);
		organizations[i].caller = settings->caller;
		if (!settings->caller)
			return error_out_of_memory(error);
	}
	return true;
}

/* Waits for a program that lists the organization now. Where no lock shows which, the first shard does. */
static bool open_accounts(struct scan_command *command, struct organization *organizations, struct error *error)
{
	for (size_t i = 0; i < command->count; i++) {
		struct settings *settings = &command->organizations[i];

		if (!settings->config.accounts_file)
			continue;
		settings->accounts = accounts_file_open(&settings->config, command->config->shard.index <= 1,
							&command->log, error);
		if (!settings->accounts)
			return false;
		organizations[i].accounts = settings->accounts;
	}
	return true;
}

static bool open_store(struct scan_command *command, struct error *error)
{
	const char *path = command->config->store_path;

	if (strcmp(path, "none") == 0)
		return true;
	if (!files_make_folders(path, command->config->store_folder))
		return error_set(error, ERROR_FILE, "cannot create the folder of the run store %s: %s", path,
				 strerror(errno));
	if (!fetch_store(command, error))
		return false;
	command->store = store_open(command->store_file.path, error);
	return command->store != NULL;
}

static struct organization *make_organizations(struct scan_command *command, struct error *error)
{
	struct organization *organizations =
		arena_take(&command->arena, command->count * sizeof *organizations);

	if (!organizations)
		error_out_of_memory(error);
	for (size_t i = 0; organizations && i < command->count; i++) {
		const struct settings *settings = &command->organizations[i];

		warn_of_settings(command, i);
		warn_of_unknown_regions(command, &settings->config);
		organizations[i] = (struct organization){.config = &settings->config};
	}
	return organizations;
}

static struct run_options make_options(struct scan_command *command)
{
	return (struct run_options){
		.config = command->config,
		.log = &command->log,
		.progress = &command->progress,
		.selected = command->selection.selected,
		.needs = command->selection.needs,
		.policy = command->selection.policy,
		.exceptions = command->config->exceptions ? &command->exceptions : NULL,
		.store = command->store,
		.shard = command->config->shard,
		.cell_recorded = on_cell,
		.owner = command,
	};
}

/* Damage of an earlier run must not cost this one its reports: they are written without a trend. */
static void read_history(struct scan_command *command)
{
	struct error error;

	if (!history_read(&command->history, command->store, &command->matrix,
			  report_set_needs(&command->reports), &error))
		log_line(&command->log, LOG_WARNING, "store.history",
			 "the reports know nothing of earlier runs (trend, changes, first seen): %s",
			 error.text);
	history_provide(&command->history, &command->reports);
}

/* After the reports, which read the store. */
static bool prune(struct scan_command *command)
{
	int64_t keep = command->config->store_keep, dropped = 0;
	struct error error;

	if (!command->store || keep == 0)
		return true;
	if (!store_prune(command->store, keep, &dropped, &error)) {
		log_line(&command->log, LOG_ERROR, "store.not-pruned", "%s", error.text);
		return false;
	}
	if (dropped > 0)
		log_line(&command->log, LOG_INFO, "store.pruned",
			 "store.keep is %lld: %lld older run%s deleted", (long long)keep, (long long)dropped,
			 dropped == 1 ? "" : "s");
	return true;
}

/* The last thing that a scan says. */
static void tell_outcome(struct scan_command *command, const struct conclusion *conclusion)
{
	progress_clear(&command->progress);
	if (!command->config->quiet)
		outcome_write(&(struct outcome_facts){
			.matrix = &command->matrix,
			.conclusion = conclusion,
			.reports = &command->reports,
			.log = &command->log,
			.milliseconds = clock_monotonic_milliseconds() - command->progress.started,
		});
}

static enum exit_code scan(struct scan_command *command)
{
	struct organization *organizations;
	struct run_options run_options;
	struct conclusion conclusion;
	struct error error = {0};
	bool is_run, is_kept;

	if (!open_store(command, &error)) {
		blame_signal(&error);
		return report_impossible(command, &error);
	}
	command->matrix.selected = command->selection.selected;
	report_set_describe(command->config, NULL, &command->matrix);
	warn_of_exceptions(command);
	run_options = make_options(command);
	organizations = make_organizations(command, &error);
	if (!organizations)
		return report_impossible(command, &error);
	if (!find_credentials(command, organizations, &error) || !open_accounts(command, organizations, &error))
		return report_not_started(command, &run_options, organizations, &error);
	interruption_spare_requests(NULL); /* the coordinator ends them */
	is_run = run_scan(&run_options, organizations, command->count, &command->matrix, &error);
	interruption_spare_requests(
		"\nneptune-scan: the scan has ended, and its results are being written; a second "
		"signal ends the program at once\n");
	for (size_t i = 0; i < command->count; i++)
		accounts_file_finish(organizations[i].accounts);
	if (!is_run) {
		publish_store(command);
		return report_impossible(command, &error);
	}
	read_history(command);
	conclusion_draw(&command->matrix, &conclusion);
	is_kept = report_set_write(&command->reports, &command->matrix, &conclusion, &command->log) &&
		  prune(command);
	is_kept = publish_store(command) && is_kept;
	if (!is_kept)
		return report_not_kept(command);
	tell_outcome(command, &conclusion);
	return conclusion.exit_code;
}

static enum exit_code run(int argument_count, const char *const *arguments)
{
	struct scan_command command = {0};
	enum exit_code code;

	interruption_begin();
	matrix_init(&command.matrix);
	history_init(&command.history);
	network_init();
	if (read_config(&command, argument_count, arguments, &code))
		code = scan(&command);
	report_set_close(&command.reports);
	history_deinit(&command.history);
	matrix_deinit(&command.matrix);
	store_close(command.store);
	storage_file_close(&command.store_file);
	storage_close(command.storage);
	exceptions_deinit(&command.exceptions);
	for (size_t i = 0; i < command.count; i++) {
		caller_session_free(command.organizations[i].caller);
		accounts_file_close(command.organizations[i].accounts);
		config_deinit(&command.organizations[i].config);
	}
	network_deinit();
	arena_deinit(&command.arena);
	diagnostics_deinit(&command.diagnostics);
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

static void print_common(const struct option *option)
{
	char left[64];

	snprintf(left, sizeof left, "--%s%s%s", option->flag, option->value_name ? " " : "",
		 option->value_name ? option->value_name : "");
	printf("  %-22s %s\n", left, option->help);
}

static void print_formats(const char *format)
{
	puts("\nReport formats:");
	for (const struct report_format *const *known = report_formats; *known; known++)
		printf(format, (*known)->name, (*known)->description);
}

static const char usage[] =
	"usage: neptune-scan scan [--config FILE] [FLAG ...]\n\n"
	"Lists the accounts of the AWS organization, assumes a role in each, lists the Neptune resources\n"
	"of every region, and reports whether each is encrypted at rest, and what could not be\n"
	"assessed.\n";

static const char exit_codes[] = "\nExit codes:\n"
				 "  0  every cell in scope was assessed, no resource fails\n"
				 "  1  every cell in scope was assessed, at least one resource fails\n"
				 "  2  usage or configuration error; nothing was scanned\n"
				 "  3  incomplete: at least one cell was not, or only partly, assessed\n"
				 "  4  the scan could not start, or its reports could not be written";

static void help(void)
{
	puts(usage);
	puts("Examples:\n"
	     "  neptune-scan scan\n"
	     "  neptune-scan scan --accounts 111111111111 --regions eu-west-1,us-east-1\n"
	     "  neptune-scan scan --report table --report html=report.html --report csv=findings.csv\n\n"
	     "Common flags (`neptune-scan help scan --all` describes all):\n"
	     "  --config FILE          INI file (default: ./neptune-scan.ini, else /etc/neptune-scan.ini)");
	for (size_t i = 0; i < option_count; i++)
		if (options[i].is_common)
			print_common(&options[i]);
	print_formats("  %-22s %s\n");
	puts(exit_codes);
}

static void help_all(void)
{
	const char *section = "";

	puts(usage);
	puts("Settings come from defaults, the INI file (./neptune-scan.ini, else /etc/neptune-scan.ini), the\n"
	     "environment and flags; later ones win. In brackets: INI key, environment variables, default.\n\n"
	     "  --config FILE              INI file; given again (or FILE,FILE): one organization each,\n"
	     "                             in one matrix");
	for (size_t i = 0; i < option_count; i++) {
		if (!options[i].flag)
			continue;
		if (strcmp(section, options[i].section) != 0)
			putchar('\n');
		section = options[i].section;
		print_option(&options[i]);
	}
	print_formats("  %-26s %s\n");
	puts(exit_codes);
}

const struct command command_scan = {
	.name = "scan",
	.summary = "scan an organization and write reports",
	.run = run,
	.help = help,
	.help_all = help_all,
};
