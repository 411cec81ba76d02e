/*
 * The overview of a plan: order, owners, durations.
 */
#include "scanner/remediation/plan.h"
#include "scanner/reports/json_objects.h"
#include "scanner/reports/markdown_text.h"

static void write_cell(FILE *stream, const char *text)
{
	fputs(" | ", stream);
	markdown_text_write(stream, text ? text : "-");
}

static void write_settings(const struct plan_setting *setting, FILE *stream)
{
	for (; setting; setting = setting->next) {
		fputs("| ", stream);
		markdown_text_write(stream, setting->account);
		write_cell(stream, setting->region);
		write_cell(stream, setting->resource);
		fprintf(stream, " | %s |\n", setting->control->id);
	}
}

void plan_write_index(const struct plan *plan, FILE *stream)
{
	size_t number = 0;

	fprintf(stream, "# Remediation plan of run %s\n\n", plan->run);
	if (plan->count == 0)
		fputs("No failing resource needs a remediation plan.\n", stream);
	else
		fputs("Work in this order: KMS keys first, because data cannot be read without them. Each "
		      "folder "
		      "has a runbook (README.md), its scripts and the backout. Without `--execute` a script is "
		      "a dry run. Keep the folders side by side.\n\n"
		      "| | folder | account | region | kind | resource | owner | downtime | effort |\n"
		      "|---:|---|---|---|---|---|---|---|---|\n",
		      stream);
	for (const struct plan_item *item = plan->items; item; item = item->next) {
		fprintf(stream, "| %zu", ++number);
		fprintf(stream, " | [%s](%s/README.md)", item->folder, item->folder);
		write_cell(stream, item->account);
		write_cell(stream, item->region);
		write_cell(stream, plan_kind_name(item->kind));
		write_cell(stream, item->id);
		write_cell(stream, item->owner ? item->owner : "no owner tag");
		write_cell(stream, plan_downtime(plan, item));
		write_cell(stream, plan_effort(plan, item));
		fputs(" |\n", stream);
	}
	if (plan->count > 0)
		fputs("\n## Prevention\n\n`prevention/` has a service control policy, AWS Config rules and a "
		      "template "
		      "of an encrypted cluster (docs/remediation.md).\n",
		      stream);
	if (plan->leaving)
		fputs("\n## Being deleted\n\nThese resources fail, too, and were being deleted at scan time, "
		      "so they "
		      "have no plan. Scan again.\n\n| account | region | resource | control "
		      "|\n|---|---|---|---|\n",
		      stream);
	write_settings(plan->leaving, stream);
	if (plan->settings)
		fputs("\n## Settings\n\nThese resources fail, too, and need only a change of settings: "
		      "`neptune-scan "
		      "controls show CONTROL` describes it.\n\n"
		      "| account | region | resource | control |\n|---|---|---|---|\n",
		      stream);
	write_settings(plan->settings, stream);
}

static json_t *json_of_values(const char *const values[ATTRIBUTE_COUNT])
{
	json_t *object = json_object();

	for (enum attribute attribute = 0; attribute < ATTRIBUTE_COUNT; attribute++)
		if (values[attribute])
			json_object_set_new(object, attribute_name(attribute), json_text(values[attribute]));
	return object;
}

static json_t *json_of_item(const struct plan *plan, const struct plan_item *item)
{
	json_t *instances = json_array();
	json_t *object =
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "kind", plan_kind_name(item->kind), "folder",
			  item->folder, "account", item->account, "region", item->region, "id", item->id,
			  "downtime", plan_downtime(plan, item), "effort", plan_effort(plan, item));

	for (const struct plan_instance *instance = item->instances; instance; instance = instance->next)
		json_array_append_new(instances, json_pack("{s:s, s:o}", "id", instance->id, "observed",
							   json_of_values(instance->values)));
	json_object_set_new(object, "arn", json_text(item->arn));
	json_object_set_new(object, "reason", json_text(item->reason));
	json_object_set_new(object, "owner", json_text(item->owner));
	json_object_set_new(object, "key", json_text(item->key));
	json_object_set_new(object, "stack", json_text(item->stack_name));
	json_object_set_new(object, "global", item->global ? json_text(item->global->id) : json_null());
	json_object_set_new(object, "observed", json_of_values(item->values));
	json_object_set_new(object, "instances", instances);
	return object;
}

json_t *plan_json(const struct plan *plan)
{
	json_t *items = json_array(), *settings = json_array();

	for (const struct plan_item *item = plan->items; item; item = item->next)
		json_array_append_new(items, json_of_item(plan, item));
	for (const struct plan_setting *setting = plan->settings; setting; setting = setting->next)
		json_array_append_new(settings, json_pack("{s:s, s:s, s:s, s:s}", "account", setting->account,
							  "region", setting->region, "resource",
							  setting->resource, "control", setting->control->id));
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "schema", "neptune-scan/plan/1", "run", plan->run,
			 "method", plan->options.method == PLAN_BY_SNAPSHOT ? "snapshot" : "clone-export",
			 "cut_over", plan->options.cut_over == PLAN_BY_RENAME ? "rename" : "new-endpoint",
			 "items", items, "settings", settings);
}
