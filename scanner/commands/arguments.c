#include "scanner/commands/arguments.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/suggestion.h"
#include "base/visible.h"
#include "config/address.h"
#include "config/flag.h"
#include "config/options.h"

/*
 * True: the next argument is the value of a setting's flag, or most likely that of an unknown flag, which the
 * settings refuse.
 */
static bool takes_value(int count, const char *const *given, int i)
{
	const struct option *option;
	struct flag flag;

	if (!flag_split(given, count, i, &flag) || !flag.separate)
		return false;
	option = option_by_flag(flag.name);
	if (!option && !span_equals(flag.name, "config"))
		return flag.value[0] != '-';
	return !option || option->type != OPTION_SWITCH;
}

static void set_own(const struct own_flag *own, const struct flag *flag, struct diagnostics *diagnostics)
{
	if (!own->value && flag->value && !flag->separate)
		diagnostics_add(diagnostics, "%s: takes no value", own->name);
	else if (!own->value)
		*own->given = true;
	else if (!flag->value)
		diagnostics_add(diagnostics, "%s: a value is missing", own->name);
	else
		*own->value = flag->value;
}

/* True: the argument at *i is a flag of the command; *i is then its last argument. */
static bool take_own(const struct own_flag *own, int count, const char *const *given, int *i,
		     struct diagnostics *diagnostics)
{
	struct flag flag;

	if (!flag_split(given, count, *i, &flag))
		return false;
	while (own->name && !span_equals(flag.name, own->name + 2))
		own++;
	if (!own->name)
		return false;
	set_own(own, &flag, diagnostics);
	*i += own->value && flag.separate;
	return true;
}

static void take_word(struct arguments *arguments, const char *word, size_t max_words,
		      struct diagnostics *diagnostics)
{
	char shown[ADDRESS_SIZE];

	if (arguments->word_count < max_words)
		arguments->words[arguments->word_count++] = word;
	else
		diagnostics_add(diagnostics, "%s: one argument too many",
				address_show(word, shown, sizeof shown));
}

bool arguments_read(struct arguments *arguments, const char *command, const struct own_flag *flags,
		    size_t max_words, struct config *config, int count, const char *const *given)
{
	struct diagnostics diagnostics = {0}, excess = {0};
	const char **rest = arguments->settings, *own_flags[ARGUMENT_FLAGS] = {NULL};
	char before[40];
	int rest_count = 0;
	bool good;

	*arguments = (struct arguments){0};
	for (int i = 0; given && i < count; i++) {
		if (take_own(flags, count, given, &i, &diagnostics))
			continue;
		if (given[i][0] != '-') {
			take_word(arguments, given[i], max_words, &excess);
			continue;
		}
		if (rest_count > ARGUMENT_SETTINGS - 2) {
			diagnostics_add(&diagnostics, "%s: more than %d arguments", given[i],
					ARGUMENT_SETTINGS - 2);
			break;
		}
		rest[rest_count++] = given[i];
		if (takes_value(count, given, i))
			rest[rest_count++] = given[++i];
	}
	arguments->setting_count = rest_count;
	for (size_t i = 0; flags[i].name && i < ARGUMENT_FLAGS - 1; i++)
		own_flags[i] = flags[i].name;
	config_load_usual(config, NULL, rest_count, rest, own_flags, &diagnostics);
	/* A word too many may follow from a wrong flag, which comes first. */
	for (const struct diagnostic *word = excess.first; word; word = word->next)
		diagnostics_add(&diagnostics, "%s", word->text);
	good = diagnostics.count + excess.count == 0;
	snprintf(before, sizeof before, "neptune-scan: error: %s", command);
	diagnostics_print(&diagnostics, stderr, before);
	if (!good && !diagnostics_have_fixes(&diagnostics))
		fprintf(stderr, "  Fix: neptune-scan help %s\n", command);
	diagnostics_deinit(&diagnostics);
	diagnostics_deinit(&excess);
	return good;
}

void arguments_refuse_word(const char *command, const char *word, const char *const *words)
{
	struct suggestion nearest = suggestion_for(word);
	char suggestion[SUGGESTION_SIZE], shown[ADDRESS_SIZE];

	for (size_t i = 0; words[i]; i++)
		suggestion_consider(&nearest, words[i]);
	visible_print(stderr, "neptune-scan: error: %s: unknown argument \"%s\"%s\n  Fix: neptune-scan help %s",
		      command, address_show(word, shown, sizeof shown), suggestion_write(&nearest, suggestion),
		      command);
}

bool arguments_know_format(const char *command, const char *format, const char *const *formats)
{
	struct suggestion nearest = suggestion_for(format);
	struct buffer known = {0};

	for (size_t i = 0; formats[i]; i++)
		if (strcmp(format, formats[i]) == 0)
			return true;
	for (size_t i = 0; formats[i]; i++) {
		suggestion_consider(&nearest, formats[i]);
		buffer_texts(&known, i == 0 ? "" : formats[i + 1] ? ", " : " or ", formats[i], NULL);
	}
	visible_print(stderr, "neptune-scan: error: %s: --format \"%s\": must be %s%s%s%s", command, format,
		      known.at ? known.at : "another", nearest.name ? ". Did you mean \"" : "",
		      nearest.name ? nearest.name : "", nearest.name ? "\"?" : "");
	buffer_deinit(&known);
	return false;
}
