#include "scanner/commands/selection.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/span.h"
#include "base/suggestion.h"

static const char *suggest(const char *name, bool groups, char text[static SUGGESTION_SIZE])
{
	struct suggestion nearest = suggestion_for(name);

	if (groups)
		suggestion_consider(&nearest, "all");
	for (const struct control *const *control = controls; *control; control++) {
		suggestion_consider(&nearest, (*control)->id);
		if (groups)
			suggestion_consider(&nearest, (*control)->group);
	}
	return suggestion_write(&nearest, text);
}

static bool is_known(const char *name, const struct policy *policy)
{
	for (const struct control *const *control = controls; *control; control++)
		if (control_is_named(*control, name, policy))
			return true;
	return false;
}

static bool is_selected(const struct control *control, const struct text_list *names,
			const struct policy *policy)
{
	for (size_t i = 0; i < names->count; i++)
		if (control_is_named(control, names->items[i], policy))
			return true;
	return false;
}

static void take(struct selection *selection, size_t *count, const struct control *control)
{
	if (*count == MAX_CONTROLS)
		return;
	selection->copies[*count] = *control;
	selection->selected[*count] = &selection->copies[*count];
	selection->needs |= control_needs(control, &selection->policy);
	(*count)++;
}

static bool set_severity(struct selection *selection, const char *id, enum severity severity)
{
	bool known = false;

	for (const struct control *const *control = controls; *control; control++)
		known = known || strcmp((*control)->id, id) == 0;
	for (size_t i = 0; selection->selected[i]; i++)
		if (strcmp(selection->copies[i].id, id) == 0)
			selection->copies[i].severity = severity;
	return known;
}

static void set_severities(struct selection *selection, const struct text_list *list,
			   struct diagnostics *diagnostics)
{
	for (size_t i = 0; i < list->count; i++) {
		struct span rest = span_of(list->items[i]), id = {NULL, 0}, level;
		enum severity severity;
		char near[SUGGESTION_SIZE], name[120];

		span_split(&rest, '=', &id);
		id = span_trim(id);
		level = span_trim(rest);
		snprintf(name, sizeof name, SPAN_FORMAT, SPAN_ARGUMENTS(level));
		if (!severity_by_name(name, &severity)) {
			diagnostics_add(
				diagnostics,
				"controls.severity: \"%s\" is not CONTROL=LEVEL, with low, medium, high or "
				"critical",
				list->items[i]);
			continue;
		}
		snprintf(name, sizeof name, SPAN_FORMAT, SPAN_ARGUMENTS(id));
		if (!set_severity(selection, name, severity))
			diagnostics_add(diagnostics, "controls.severity: unknown control \"%s\"%s", name,
					suggest(name, false, near));
	}
}

void selection_make(struct selection *selection, const struct config *config, struct diagnostics *diagnostics)
{
	size_t count = 0;
	char near[SUGGESTION_SIZE];

	*selection = (struct selection){.policy = {.require_key = key_requirement_by_name(
							   config->require_key ? config->require_key : "any"),
						   .min_backup_days = config->min_backup_days,
						   .now = clock_wall_seconds()}};
	if (config->controls.count == 0)
		diagnostics_add(diagnostics, "controls.select: names no control");
	for (size_t i = 0; i < config->controls.count; i++)
		if (!is_known(config->controls.items[i], &selection->policy))
			diagnostics_add(diagnostics, "controls.select: unknown control or group \"%s\"%s",
					config->controls.items[i],
					suggest(config->controls.items[i], true, near));
	for (const struct control *const *control = controls; *control; control++)
		if (is_selected(*control, &config->controls, &selection->policy))
			take(selection, &count, *control);
	set_severities(selection, &config->severities, diagnostics);
}

void selection_read_exceptions(struct selection *selection, struct exceptions *exceptions,
			       const struct config *config, struct diagnostics *diagnostics)
{
	if (!config->exceptions)
		return;
	exceptions_load(exceptions, config->exceptions, clock_wall_seconds(), config->max_exception_days,
			diagnostics);
	if (exceptions->by_tag)
		selection->needs |= QUERY_BIT(QUERY_TAGS);
}

void selection_of_all(struct selection *selection)
{
	size_t count = 0;

	*selection = (struct selection){.policy = {.now = clock_wall_seconds()}};
	for (const struct control *const *control = controls; *control; control++)
		take(selection, &count, *control);
}
