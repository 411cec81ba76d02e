#include "scanner/reports/scope.h"

#include "base/text.h"

enum { MAX_ITEMS = 10 };

/* Settings that narrow the scope unless they have this value. */
static const struct {
	const char *name, *unless;
} narrowing[] = {
	{"organization.accounts", ""},
	{"organization.exclude_accounts", ""},
	{"organization.ous", ""},
	{"organization.exclude_ous", ""},
	{"regions.include", "enabled"},
	{"regions.exclude", ""},
	{"scan.shard", ""},
};

/* Without the number of the organization: "2.regions.include". */
static struct span name_in_table(struct span name)
{
	struct span rest = name, number;

	if (span_split(&rest, '.', &number) && number.length > 0 &&
	    strspn(number.at, "0123456789") >= number.length)
		return rest;
	return name;
}

static bool narrows(const struct scope_setting *setting)
{
	struct span name = name_in_table(setting->name);

	for (size_t i = 0; i < sizeof narrowing / sizeof narrowing[0]; i++)
		if (span_equals(name, narrowing[i].name))
			return !span_equals(setting->value, narrowing[i].unless);
	return false;
}

struct scope_walk scope_begin(const struct run *run)
{
	return (struct scope_walk){.settings = span_of(run->settings ? run->settings : ""),
				   .filter = span_of(run->filter_settings ? run->filter_settings : ""),
				   .only_failing = run->only_failing};
}

/* The next line, "NAME = VALUE". */
static bool next_setting(struct span *rest, struct scope_setting *setting)
{
	static const char equals[] = " = ";
	struct span line;

	while (span_split(rest, '\n', &line)) {
		const char *at = line.length ? memmem(line.at, line.length, equals, sizeof equals - 1) : NULL;

		if (!at)
			continue;
		setting->name = (struct span){line.at, (size_t)(at - line.at)};
		at += sizeof equals - 1;
		setting->value = (struct span){at, (size_t)(line.at + line.length - at)};
		return true;
	}
	return false;
}

bool scope_next(struct scope_walk *walk, struct scope_setting *setting)
{
	setting->is_filter = false;
	while (next_setting(&walk->settings, setting))
		if (narrows(setting))
			return true;
	setting->is_filter = true;
	if (next_setting(&walk->filter, setting))
		return true;
	if (!walk->only_failing)
		return false;
	walk->only_failing = false;
	setting->name = span_of(SCOPE_FILTER "only_failing");
	setting->value = span_of("true");
	return true;
}

void scope_append_value(const struct scope_setting *setting, struct buffer *text)
{
	struct span list = setting->value, item;
	size_t count = 0;

	while (span_split(&list, ',', &item))
		if (count++ < MAX_ITEMS) {
			item = span_trim(item);
			buffer_text(text, count > 1 ? ", " : "");
			buffer_append(text, item.at, item.length);
		}
	if (count > MAX_ITEMS)
		buffer_print(text, " and %s more", text_count(count - MAX_ITEMS).text);
}

static void append_setting(const struct scope_setting *setting, struct buffer *text)
{
	buffer_print(text, "%s" SPAN_FORMAT " = ", text->length > 0 ? "; " : "", SPAN_ARGUMENTS(setting->name));
	scope_append_value(setting, text);
}

void scope_describe(const struct run *run, struct buffer *text)
{
	struct scope_walk walk = scope_begin(run);
	struct scope_setting setting;

	while (scope_next(&walk, &setting))
		append_setting(&setting, text);
}

static void describe_settings(const struct run *run, struct buffer *text)
{
	struct scope_walk walk = scope_begin(run);
	struct scope_setting setting;

	while (scope_next(&walk, &setting) && !setting.is_filter)
		append_setting(&setting, text);
}

void scope_describe_filter(const struct run *run, struct buffer *text)
{
	struct scope_walk walk = scope_begin(run);
	struct scope_setting setting;

	while (scope_next(&walk, &setting)) {
		if (!setting.is_filter)
			continue;
		setting.name.at += sizeof SCOPE_FILTER - 1;
		setting.name.length -= sizeof SCOPE_FILTER - 1;
		append_setting(&setting, text);
	}
}

void scope_put(struct json_writer *json, const char *name, const struct run *run)
{
	struct scope_walk walk = scope_begin(run);
	struct scope_setting setting;

	json_open_object(json, name);
	while (scope_next(&walk, &setting)) {
		struct buffer key = {0}, value = {0};

		buffer_append(&key, setting.name.at, setting.name.length);
		buffer_append(&value, setting.value.at, setting.value.length);
		if (key.failed)
			json->text->failed = true;
		else
			json_put_buffer(json, key.at, &value);
		buffer_deinit(&key);
	}
	json_close_object(json);
}

void scope_say(const struct run *run, struct buffer *text)
{
	struct buffer settings = {0};

	describe_settings(run, &settings);
	if (settings.length > 0)
		buffer_texts(text, "Scope narrowed by settings: ", settings.at, NULL);
	else if (!run->settings || !*run->settings)
		buffer_text(text, "Scope: not known, because the settings of the run are not");
	else
		buffer_text(text, "Scope: every active account, and every region that is enabled in one");
	text->failed = text->failed || settings.failed;
	buffer_deinit(&settings);
}

void scope_say_filter(const struct run *run, struct buffer *text)
{
	buffer_text(text, run->filter ? run->filter : "");
	if (run->only_failing)
		buffer_texts(text, run->filter ? "; " : "", "findings that pass are left out", NULL);
}
