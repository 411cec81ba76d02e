#include "config/value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arn.h"
#include "base/buffer.h"
#include "base/suggestion.h"
#include "config/address.h"
#include "config/partition.h"

enum { MAX_ENDPOINT = 255 /* characters; leaves room for the path of an operation */ };

/* The value being parsed, and what its messages need. */
struct value {
	struct config *config;
	const struct option *option;
	const char *text;
	const char *origin;
	const char *name; /* the setting as the user wrote it: "--timeout" or "scan.timeout" */
	void *member;
	bool more;
	struct diagnostics *diagnostics;
};

static bool refuse(const struct value *value, const char *found, const char *allowed, const char *nearest)
{
	bool is_flag = strncmp(value->origin, "--", 2) == 0;

	diagnostics_add(value->diagnostics, "%s%s%s \"%s\": must be %s%s%s%s", value->origin,
			is_flag ? "" : ": ", is_flag ? "" : value->name,
			option_is_secret(value->option) ? "(hidden)" : found, allowed,
			nearest ? ". Did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
	return false;
}

static bool out_of_memory(const struct value *value)
{
	diagnostics_add(value->diagnostics, "%s: out of memory", value->origin);
	return false;
}

static bool set_text(const struct value *value)
{
	const char *copy = arena_copy(&value->config->arena, value->text);

	if (!copy)
		return out_of_memory(value);
	if (!*copy && !value->option->may_be_empty)
		return refuse(value, "",
			      "a text that is not empty\n  Fix: leave the setting out for its default", NULL);
	*(const char **)value->member = *copy ? copy : NULL;
	return true;
}

static bool set_switch(const struct value *value)
{
	static const char *const yes[] = {"true", "yes", "on", "1", NULL};
	static const char *const no[] = {"false", "no", "off", "0", NULL};
	struct span text = span_of(value->text);

	for (size_t i = 0; yes[i]; i++) {
		if (span_equals_ignoring_case(text, yes[i]) || span_equals_ignoring_case(text, no[i])) {
			*(bool *)value->member = span_equals_ignoring_case(text, yes[i]);
			return true;
		}
	}
	return refuse(value, value->text, option_type_describe(value->option), NULL);
}

static bool in_range(const struct value *value, int64_t number)
{
	return number >= value->option->minimum && number <= value->option->maximum;
}

static bool set_number(const struct value *value)
{
	char allowed[96];
	char *end;
	long long number;

	if (value->option->zero_name && strcmp(value->text, value->option->zero_name) == 0) {
		*(int64_t *)value->member = 0;
		return true;
	}
	snprintf(allowed, sizeof allowed, "%s%sa whole number from %" PRId64 " to %" PRId64,
		 value->option->zero_name ? value->option->zero_name : "",
		 value->option->zero_name ? ", or " : "", value->option->minimum, value->option->maximum);
	errno = 0;
	number = strtoll(value->text, &end, 10);
	if (end == value->text || *end || errno || !in_range(value, number))
		return refuse(value, value->text, allowed, NULL);
	*(int64_t *)value->member = number;
	return true;
}

static const struct {
	const char *name;
	int64_t milliseconds;
} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};

static void describe_duration(int64_t milliseconds, char *text, size_t size)
{
	size_t unit = 0;

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (milliseconds % units[i].milliseconds == 0)
			unit = i;
	if (milliseconds == 0)
		unit = 1;
	snprintf(text, size, "%" PRId64 "%s", milliseconds / units[unit].milliseconds, units[unit].name);
}

static bool set_duration(const struct value *value)
{
	char minimum_text[32], maximum_text[32], allowed[160];
	char *end;
	long long number;

	describe_duration(value->option->minimum, minimum_text, sizeof minimum_text);
	describe_duration(value->option->maximum, maximum_text, sizeof maximum_text);
	snprintf(allowed, sizeof allowed, "%s, from %s to %s", option_type_describe(value->option),
		 minimum_text, maximum_text);
	errno = 0;
	number = strtoll(value->text, &end, 10);
	if (end == value->text || errno || number < 0 || number > INT64_MAX / 3600000)
		return refuse(value, value->text, allowed, NULL);
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (strcmp(end, units[i].name) != 0)
			continue;
		number *= units[i].milliseconds;
		if (!in_range(value, number))
			break;
		*(int64_t *)value->member = number;
		return true;
	}
	return refuse(value, value->text, allowed, NULL);
}

static bool set_choice(const struct value *value)
{
	struct suggestion nearest = suggestion_for(value->text);
	struct buffer allowed = {0};

	for (const char *const *choice = value->option->choices; *choice; choice++) {
		if (strcmp(value->text, *choice) == 0) {
			*(const char **)value->member = *choice;
			buffer_deinit(&allowed);
			return true;
		}
		suggestion_consider(&nearest, *choice);
		buffer_print(&allowed, "%s%s", allowed.length ? ", " : "one of ", *choice);
	}
	refuse(value, value->text, allowed.at && !allowed.failed ? allowed.at : "another word", nearest.name);
	buffer_deinit(&allowed);
	return false;
}

static bool check_account(const struct value *value, const char *item)
{
	if (is_account_id(item))
		return true;
	return refuse(value, item, "account ids of exactly 12 digits", NULL);
}

static bool check_region(const struct value *value, const char *item)
{
	if (region_is_plausible(span_of(item)))
		return true;
	return refuse(value, item, "a region's name such as eu-west-1", partition_nearest_region(item));
}

/*
 * Whether the organization has the unit is known only later; a text that is neither path nor id is refused at
 * once.
 */
static bool check_unit(const struct value *value, const char *item)
{
	char path[160];

	if (item[0] == '/' || strncmp(item, "ou-", 3) == 0 || strncmp(item, "r-", 2) == 0)
		return true;
	snprintf(path, sizeof path, "/%s", item);
	return refuse(value, item, option_type_describe(value->option), path);
}

static bool accept_any(const struct value *value, const char *item)
{
	(void)value;
	(void)item;
	return true;
}

/* Names that users choose may contain blanks ("/Prod/Cards EU"); ids and regions may not. */
static bool is_separator(const struct option *option, char c)
{
	bool has_blanks = option->type == OPTION_LIST || option->type == OPTION_UNITS;

	return c == ',' || c == '\n' || (!has_blanks && (c == ' ' || c == '\t' || c == '\r'));
}

/* Removes the next item from the front, trimmed. */
static struct span next_item(const struct option *option, const char **text)
{
	struct span item = {*text, 0};

	while (item.at[item.length] && !is_separator(option, item.at[item.length]))
		item.length++;
	*text = item.at + item.length;
	return span_trim(item);
}

/* A repeated item counts once. */
static bool set_list(const struct value *value, bool (*check)(const struct value *, const char *))
{
	struct text_list *list = value->member;
	size_t length = strlen(value->text), count = value->more ? list->count : 0;
	const char **items = arena_take(&value->config->arena, (count + length + 2) * sizeof *items);
	const char *rest = value->text;
	bool good = true;

	if (!items)
		return out_of_memory(value);
	for (size_t i = 0; i < count; i++)
		items[i] = list->items[i];
	for (; *rest; rest += *rest != '\0') {
		struct span span = next_item(value->option, &rest);
		const char *item = arena_copy_span(&value->config->arena, span);

		if (!item)
			return out_of_memory(value);
		if (!*item)
			continue;
		if (!check(value, item))
			good = false;
		else if (!text_list_contains((struct text_list){items, count}, item))
			items[count++] = item;
	}
	*list = (struct text_list){items, count};
	return good;
}

static bool is_choice(const struct option *option, const char *text)
{
	for (const char *const *choice = option->choices; choice && *choice; choice++)
		if (strcmp(*choice, text) == 0)
			return true;
	return false;
}

static bool set_regions(const struct value *value)
{
	return set_list(value, is_choice(value->option, value->text) ? accept_any : check_region);
}

static bool set_region(const struct value *value)
{
	return check_region(value, value->text) && set_text(value);
}

/* FORMAT[=PATH], separated by commas; a path may contain anything but a comma. */
static bool set_reports(const struct value *value)
{
	struct report_requests *requests = value->member;
	struct span rest = span_of(value->text), part;
	size_t count = value->more ? requests->count : 0;
	struct report_request *items =
		arena_take(&value->config->arena, (count + strlen(value->text) + 1) * sizeof *items);

	if (!items)
		return out_of_memory(value);
	if (count > 0)
		memcpy(items, requests->items, count * sizeof *items);
	while (span_split(&rest, ',', &part)) {
		struct span format;

		part = span_trim(part);
		span_split(&part, '=', &format);
		if (format.length == 0 || (part.at && part.length == 0))
			return refuse(value, value->text, option_type_describe(value->option), NULL);
		items[count].format = arena_copy_span(&value->config->arena, format);
		items[count].path =
			span_equals(part, "-") ? NULL : arena_copy_span(&value->config->arena, part);
		items[count].origin = arena_copy(&value->config->arena, value->origin);
		count++;
	}
	if (value->config->arena.failed)
		return out_of_memory(value);
	if (!*value->text)
		return refuse(value, "", option_type_describe(value->option), NULL);
	*requests = (struct report_requests){items, count};
	return true;
}

static bool refuse_address(const struct value *value, const char *wrong)
{
	char shown[ADDRESS_SIZE], allowed[400];

	snprintf(allowed, sizeof allowed, "%s: %s", option_type_describe(value->option), wrong);
	return refuse(value, address_show(value->text, shown, sizeof shown), allowed, NULL);
}

static bool set_url(const struct value *value)
{
	struct address address;
	const char *wrong = address_parse(&address, ADDRESS_ENDPOINT, value->text);

	if (!wrong && strlen(address.url) > MAX_ENDPOINT)
		wrong = "it is longer than 255 characters";
	if (wrong)
		return refuse_address(value, wrong);
	*(const char **)value->member = arena_copy(&value->config->arena, address.url);
	return *(const char **)value->member || out_of_memory(value);
}

/* Stored as written, because libcurl parses it again. */
static bool set_proxy(const struct value *value)
{
	struct address address;
	const char *wrong = *value->text ? address_parse(&address, ADDRESS_PROXY, value->text) : NULL;

	return wrong ? refuse_address(value, wrong) : set_text(value);
}

static bool check_role(const struct value *value, const char *item)
{
	struct arn arn;
	char account[13];

	if (arn_split(span_of(item), &arn) && span_starts_with(arn.partition, "aws") &&
	    span_equals(arn.service, "iam") && arn.account.length == 12 &&
	    span_starts_with(arn.resource, "role/") && arn.resource.length > 5) {
		snprintf(account, sizeof account, SPAN_FORMAT, SPAN_ARGUMENTS(arn.account));
		if (is_account_id(account))
			return true;
	}
	return refuse(value, item, option_type_describe(value->option), NULL);
}

static bool set_role(const struct value *value)
{
	return check_role(value, value->text) && set_text(value);
}

/* INDEX/COUNT from 1/1; or array or array/COUNT, of which the rest is set later. */
static bool set_shard(const struct value *value)
{
	const char *slash = strchr(value->text, '/');
	struct span index = {value->text, slash ? (size_t)(slash - value->text) : 0};
	struct shard shard = {0};
	char allowed[96];
	char *end = NULL;

	snprintf(allowed, sizeof allowed, "%s, of 1 to %" PRId64, option_type_describe(value->option),
		 value->option->maximum);
	if (strcmp(value->text, "array") == 0) {
		*(struct shard *)value->member = shard;
		return true;
	}
	if (index.length == 0 || strspn(slash + 1, "0123456789") != strlen(slash + 1))
		return refuse(value, value->text, allowed, NULL);
	shard.count = strtoll(slash + 1, NULL, 10);
	if (!span_equals(index, "array")) {
		shard.index = strtoll(value->text, &end, 10);
		if (end != slash || shard.index < 1 || shard.index > shard.count)
			return refuse(value, value->text, allowed, NULL);
	}
	if (!in_range(value, shard.count))
		return refuse(value, value->text, allowed, NULL);
	*(struct shard *)value->member = shard;
	return true;
}

static bool parse(struct value *value)
{
	switch (value->option->type) {
	case OPTION_TEXT:
	case OPTION_SECRET:
		return set_text(value);
	case OPTION_SWITCH:
		return set_switch(value);
	case OPTION_NUMBER:
		return set_number(value);
	case OPTION_DURATION:
		return set_duration(value);
	case OPTION_CHOICE:
		return set_choice(value);
	case OPTION_LIST:
		return set_list(value, accept_any);
	case OPTION_UNITS:
		return set_list(value, check_unit);
	case OPTION_ACCOUNTS:
		return set_list(value, check_account);
	case OPTION_REGION:
		return set_region(value);
	case OPTION_REGIONS:
		return set_regions(value);
	case OPTION_REPORTS:
		return set_reports(value);
	case OPTION_URL:
		return set_url(value);
	case OPTION_PROXY:
		return set_proxy(value);
	case OPTION_ROLE:
		return set_role(value);
	case OPTION_ROLES:
		return set_list(value, check_role);
	case OPTION_SHARD:
		return set_shard(value);
	}
	return false;
}

bool value_set(struct config *config, const struct option *option, const char *text, const char *origin,
	       bool more, struct diagnostics *diagnostics)
{
	char name[80];
	struct value value = {config, option,     text, origin, name, (char *)config + option->member,
			      more,   diagnostics};

	if (option->section)
		snprintf(name, sizeof name, "%s.%s", option->section, option->key);
	else
		snprintf(name, sizeof name, "%s", option->flag);
	if (config->origins)
		config->origins[option - options] = arena_copy(&config->arena, origin);
	return parse(&value);
}

/* ---- formatting ---- */

static bool write_text(const char *value, struct buffer *text)
{
	if (value)
		buffer_text(text, value);
	return value != NULL;
}

static bool write_list(const struct text_list *list, struct buffer *text)
{
	for (size_t i = 0; i < list->count; i++)
		buffer_print(text, "%s%s", i ? ", " : "", list->items[i]);
	return list->count > 0;
}

static bool write_reports(const struct report_requests *requests, struct buffer *text)
{
	for (size_t i = 0; i < requests->count; i++)
		buffer_print(text, "%s%s%s%s", i ? ", " : "", requests->items[i].format,
			     requests->items[i].path ? "=" : "",
			     requests->items[i].path ? requests->items[i].path : "");
	return requests->count > 0;
}

static bool write_duration(int64_t milliseconds, struct buffer *text)
{
	char written[32];

	describe_duration(milliseconds, written, sizeof written);
	buffer_text(text, written);
	return true;
}

static bool write_shard(const struct shard *shard, struct buffer *text)
{
	if (shard->index > 0)
		buffer_print(text, "%" PRId64 "/%" PRId64, shard->index, shard->count);
	else if (shard->count > 0)
		buffer_print(text, "array/%" PRId64, shard->count);
	else
		buffer_text(text, "array");
	return true;
}

const struct text_list *value_list(const struct config *config, const struct option *option)
{
	switch (option->type) {
	case OPTION_LIST:
	case OPTION_UNITS:
	case OPTION_ACCOUNTS:
	case OPTION_REGIONS:
	case OPTION_ROLES:
		return (const void *)((const char *)config + option->member);
	default:
		return NULL;
	}
}

bool value_write(const struct config *config, const struct option *option, struct buffer *text)
{
	const void *member = (const char *)config + option->member;

	switch (option->type) {
	case OPTION_SECRET:
	case OPTION_PROXY:
		return write_text(*(const char *const *)member ? "(hidden)" : NULL, text);
	case OPTION_TEXT:
	case OPTION_CHOICE:
	case OPTION_REGION:
	case OPTION_URL:
	case OPTION_ROLE:
		return write_text(*(const char *const *)member, text);
	case OPTION_SWITCH:
		return write_text(*(const bool *)member ? "true" : "false", text);
	case OPTION_NUMBER:
		if (option->zero_name && *(const int64_t *)member == 0)
			return write_text(option->zero_name, text);
		buffer_print(text, "%" PRId64, *(const int64_t *)member);
		return true;
	case OPTION_DURATION: /* 0: not set, where 0 is not allowed */
		return (*(const int64_t *)member || option->minimum == 0) &&
		       write_duration(*(const int64_t *)member, text);
	case OPTION_LIST:
	case OPTION_UNITS:
	case OPTION_ACCOUNTS:
	case OPTION_REGIONS:
	case OPTION_ROLES:
		return write_list(member, text);
	case OPTION_REPORTS:
		return write_reports(member, text);
	case OPTION_SHARD:
		return write_shard(member, text);
	}
	return false;
}
