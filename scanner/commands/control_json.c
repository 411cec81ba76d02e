#include "scanner/commands/control_json.h"

#include "base/markdown.h"
#include "scanner/controls/control_text.h"
#include "scanner/queries/permission.h"
#include "scanner/reports/json_objects.h"

static json_t *text_of(struct span span)
{
	return span.at ? json_stringn(span.at, span.length) : json_null();
}

static json_t *list_of_kinds(const struct control *control)
{
	json_t *list = json_array();

	for (enum resource_kind kind = 0; kind < RESOURCE_KINDS; kind++)
		if (control_applies_to(control, kind))
			json_array_append_new(list, json_string(resource_kind_name(kind)));
	return list;
}

static json_t *list_of_permissions(uint32_t needs)
{
	json_t *list = json_array();

	for (enum query_kind query = 0; query < QUERY_KINDS; query++)
		if (needs >> query & 1)
			json_array_append_new(list, json_string(query_permission(query)));
	return list;
}

/* ---- parts of the text ---- */

static json_t *text_in(const struct control *control, enum control_part part)
{
	return text_of(control_part(control, part));
}

/* The items of a list, without their marks. */
static json_t *list_in(const struct control *control, enum control_part part)
{
	struct span rest = control_part(control, part);
	struct markdown_block block;
	json_t *list = json_array();

	while (markdown_next(&rest, &block))
		if (block.kind == MARKDOWN_ITEM)
			json_array_append_new(list, text_of(block.text));
	return list;
}

static json_t *documentation_of(const struct control *control)
{
	struct span rest = control_part(control, CONTROL_REFERENCES);
	struct markdown_block block;
	struct markdown_piece piece;
	json_t *list = json_array();

	while (markdown_next(&rest, &block))
		while (markdown_next_piece(&block.text, &piece))
			if (piece.style == MARKDOWN_LINK)
				json_array_append_new(list, json_pack("{s:o,s:o}", "title", text_of(piece.text),
								      "url", text_of(piece.url)));
	return list;
}

/* " Rev. 5: CA-9(1), SC-28 (Neptune)", what follows a framework's name, in its three parts. */
static void add_requirements(json_t *framework, struct span text)
{
	struct span version, requirement;
	json_t *list = json_array();
	size_t open;

	if (!span_split(&text, ':', &version))
		version = (struct span){"", 0};
	open = text.length;
	while (open > 0 && text.at[open - 1] != '(')
		open--;
	json_object_set_new(framework, "version", text_of(span_trim(version)));
	json_object_set_new(framework, "basis",
			    open > 0 ? text_of((struct span){text.at + open, text.length - open - 1})
				     : json_null());
	text.length = open > 0 ? open - 1 : text.length;
	while (span_split(&text, ',', &requirement))
		json_array_append_new(list, text_of(span_trim(requirement)));
	json_object_set_new(framework, "requirements", list);
}

static json_t *frameworks_of(const struct control *control)
{
	struct span rest = control_part(control, CONTROL_FRAMEWORKS);
	struct markdown_block block;
	struct markdown_piece piece;
	json_t *list = json_array();

	while (markdown_next(&rest, &block)) {
		json_t *framework;

		if (block.kind != MARKDOWN_ITEM || !markdown_next_piece(&block.text, &piece) ||
		    piece.style != MARKDOWN_STRONG)
			continue;
		framework = json_pack("{s:o}", "framework", text_of(piece.text));
		add_requirements(framework, block.text);
		json_array_append_new(list, framework);
	}
	return list;
}

/* ---- the whole ---- */

json_t *control_json(const struct control *control)
{
	json_t *json = json_pack(
		"{s:s,s:s,s:s,s:s,s:o,s:o,s:o,s:s,s:s,s:s,s:o}", "id", control->id, "title", control->title,
		"group", control->group, "severity", severity_name(control->severity), "applies_to",
		list_of_kinds(control), "permissions", list_of_permissions(control->needs),
		"permissions_for_customer_key", list_of_permissions(control->needs_for_customer), "rationale",
		control->rationale, "judged", control->criteria, "remediation", control->remediation,
		"references", json_references_of(control));

	json_object_set_new(json, "profile_level", json_integer(control_profile_level(control)));
	json_object_set_new(json, "description", text_in(control, CONTROL_DESCRIPTION));
	json_object_set_new(json, "rationale_points", list_in(control, CONTROL_RATIONALE));
	json_object_set_new(json, "impact",
			    json_pack("{s:o,s:o}", "benefits", list_in(control, CONTROL_BENEFITS), "costs",
				      list_in(control, CONTROL_COSTS)));
	json_object_set_new(json, "default_value", text_in(control, CONTROL_DEFAULT_VALUE));
	json_object_set_new(json, "prerequisites",
			    json_pack("{s:o,s:o}", "audit", list_in(control, CONTROL_AUDIT_PERMISSIONS),
				      "implementation", list_in(control, CONTROL_IMPLEMENTATION_PERMISSIONS)));
	json_object_set_new(json, "audit",
			    json_pack("{s:o,s:o}", "console", list_in(control, CONTROL_AUDIT_CONSOLE), "cli",
				      text_in(control, CONTROL_AUDIT_CLI)));
	json_object_set_new(json, "implementation",
			    json_pack("{s:o,s:o,s:o}", "console",
				      list_in(control, CONTROL_IMPLEMENTATION_CONSOLE), "cli",
				      text_in(control, CONTROL_IMPLEMENTATION_CLI), "plan",
				      text_in(control, CONTROL_IMPLEMENTATION_PLAN)));
	json_object_set_new(json, "backout", text_in(control, CONTROL_BACKOUT));
	json_object_set_new(json, "documentation", documentation_of(control));
	json_object_set_new(json, "frameworks", frameworks_of(control));
	return json;
}
