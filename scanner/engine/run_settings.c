#include "scanner/engine/run_settings.h"

#include <stdlib.h>

#include "base/text.h"
#include "base/version.h"
#include "config/options.h"
#include "config/value.h"
#include "scanner/matrix/settings_fingerprint.h"

/* Settings of the run, and of each organization. The selected controls and severities are compared one by one.
 */
static const char *const of_all[][2] = {
	{"controls", "min_backup_days"},
	{"controls", "require_key"},
};

static const char *const of_each[][2] = {
	{"organization", "accounts"},
	{"organization", "exclude_accounts"},
	{"organization", "ous"},
	{"organization", "exclude_ous"},
	{"regions", "include"},
	{"regions", "exclude"},
	{"role", "name"},
	{"role", "management"},
};

/* Written last: the text before it is what shards have in common. */
static const char *const of_shard[][2] = {{"scan", "shard"}, {"scan", "array"}};

/* The order of a list does not matter. value_set has removed repetitions. */
static void write_sorted(const struct text_list *list, struct buffer *text)
{
	const char **items = calloc(list->count + 1, sizeof *items);

	if (!items) {
		text->failed = true;
		return;
	}
	for (size_t i = 0; i < list->count; i++)
		items[i] = list->items[i];
	qsort(items, list->count, sizeof *items, text_compare);
	for (size_t i = 0; i < list->count; i++)
		buffer_texts(text, i ? ", " : "", items[i], NULL);
	free(items);
}

static void write_value(const struct config *config, const struct option *option, struct buffer *text)
{
	const struct text_list *list = value_list(config, option);

	if (list)
		write_sorted(list, text);
	else
		value_write(config, option, text);
}

/* As "section.key = value"; those of a second organization begin with "2.". */
static void write_settings(const struct config *config, const char *const names[][2], size_t count,
			   size_t organization, struct buffer *text)
{
	for (size_t i = 0; i < count; i++) {
		if (organization > 0)
			buffer_print(text, "%zu.", organization + 1);
		buffer_print(text, "%s.%s = ", names[i][0], names[i][1]);
		write_value(config, option_by_key(names[i][0], names[i][1]), text);
		buffer_text(text, "\n");
	}
}

void run_settings_write(const struct run_options *run, const struct organization *organizations, size_t count,
			struct buffer *text)
{
	write_settings(run->config, of_all, sizeof of_all / sizeof of_all[0], 0, text);
	for (size_t i = 0; i < count; i++)
		write_settings(organizations[i].config, of_each, sizeof of_each / sizeof of_each[0], i, text);
	fingerprint_add_catalogue(text, NEPTUNE_SCAN_VERSION);
	if (!shard_is_whole(&run->shard))
		write_settings(run->config, of_shard, run->config->array ? 2 : 1, 0, text);
}

void run_settings_write_all(const char *settings, const struct run_options *run, struct buffer *text)
{
	buffer_text(text, settings);
	fingerprint_add_controls(text, run->selected);
	fingerprint_add_exceptions(text, run->exceptions);
}
