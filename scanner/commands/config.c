#include "config/config.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/json_oom_guard.h"
#include "config/options.h"
#include "config/value.h"
#include "scanner/commands/arguments.h"
#include "scanner/commands/commands.h"
#include "scanner/reports/json_objects.h"

enum { ORIGIN_COLUMN = 44 };

extern const char neptune_scan_ini[]; /* config/neptune-scan.ini */

static const char *origin_of(const struct config *config, size_t option)
{
	const char *origin = config->origins[option];

	return origin ? origin : "default";
}

/* Prints a file that can be loaded again; settings without a value are commented out. */
static void print_ini(const struct config *config)
{
	const char *section = "";

	for (size_t i = 0; i < option_count; i++) {
		struct buffer line = {0};
		bool is_set;

		if (strcmp(section, options[i].section) != 0)
			printf("%s[%s]\n", *section ? "\n" : "", options[i].section);
		section = options[i].section;
		buffer_print(&line, "%s = ", options[i].key);
		is_set = value_write(config, &options[i], &line);
		if (is_set)
			printf("%s%-*s ; %s\n", option_is_secret(&options[i]) ? ";" : "", ORIGIN_COLUMN,
			       line.at ? line.at : "", origin_of(config, i));
		else
			printf(";%s =\n", options[i].key);
		if (line.failed)
			json_oom_guard_fail();
		buffer_deinit(&line);
	}
}

static void print_json(const struct config *config)
{
	json_t *settings = json_array();

	for (size_t i = 0; i < option_count; i++) {
		struct buffer value = {0};
		bool is_set = value_write(config, &options[i], &value);

		json_array_append_new(settings, json_pack("{s:s, s:s, s:s*, s:s*}", "section",
							  options[i].section, "key", options[i].key, "value",
							  is_set ? value.at ? value.at : "" : NULL, "from",
							  is_set ? origin_of(config, i) : NULL));
		if (value.failed)
			json_oom_guard_fail();
		buffer_deinit(&value);
	}
	json_print(settings);
}

static bool takes_words(const struct arguments *arguments, const char *const *words)
{
	if (arguments->word_count == 0 || strcmp(arguments->words[0], words[0]) == 0)
		return true;
	arguments_refuse_word("config", arguments->words[0], words);
	return false;
}

static enum exit_code run(int argument_count, const char *const *given)
{
	static const char *const formats[] = {"ini", "json", NULL}, *const words[] = {"example", NULL};
	const char *format = formats[0];
	const struct own_flag flags[] = {{"--format", &format, NULL}, {NULL, NULL, NULL}};
	struct config config = {0};
	struct arguments arguments;
	enum exit_code code = EXIT_USAGE;

	if (argument_count == 1 && strcmp(given[0], words[0]) == 0) {
		fputs(neptune_scan_ini, stdout);
		return EXIT_COMPLIANT;
	}
	if (arguments_read(&arguments, "config", flags, 1, &config, argument_count, given) &&
	    takes_words(&arguments, words) && arguments_know_format("config", format, formats)) {
		if (arguments.word_count > 0)
			fputs(neptune_scan_ini, stdout);
		else if (strcmp(format, "json") == 0)
			print_json(&config);
		else
			print_ini(&config);
		code = EXIT_COMPLIANT;
	}
	config_deinit(&config);
	return code;
}

static void help(void)
{
	puts("usage: neptune-scan config [--config FILE] [FLAG ...] [--format ini|json]\n"
	     "       neptune-scan config example\n\n"
	     "Examples:\n"
	     "  neptune-scan config\n"
	     "  neptune-scan config example >neptune-scan.ini\n\n"
	     "Prints the settings in force as an INI file, each with its origin: \"default\", a profile of "
	     "the\n"
	     "shared AWS files, FILE:LINE, an environment variable or a flag. Secrets are hidden. The flags\n"
	     "are those of `scan`. `config example` prints an annotated example.");
}

const struct command command_config = {
	.name = "config",
	.summary = "print the settings in force and their origin",
	.run = run,
	.help = help,
};
