/*
 * SARIF 2.1.0 (OASIS): controls are rules, findings are results; what is exempt is suppressed. What could not
 * be assessed is no result: it is what the run could not do, a notification of its invocation.
 */
#include <stdio.h>

#include "base/clock.h"
#include "scanner/reports/json_objects.h"
#include "scanner/reports/unassessed.h"
#include "scanner/version.h"

#define INTERRUPTED_ID "interrupted"

static const char *level_of(enum severity severity)
{
	static const char *const levels[] = {"note", "warning", "error", "error"};

	return levels[severity];
}

/* GitHub's scale, 0 to 10. */
static const char *score_of(enum severity severity)
{
	static const char *const scores[] = {"3.0", "5.5", "8.0", "9.5"};

	return scores[severity];
}

static json_t *rule_of(const struct control *control)
{
	return json_pack("{s:s,s:{s:s},s:{s:s},s:{s:s},s:{s:s},s:{s:s,s:[s]}}", "id", control->id,
			 "shortDescription", "text", control->title, "fullDescription", "text",
			 control->rationale, "help", "text", control->remediation, "defaultConfiguration",
			 "level", level_of(control->severity), "properties", "security-severity",
			 score_of(control->severity), "tags", control->group);
}

struct writing {
	FILE *stream;
	bool first;
};

static void write_result(void *userdata, const struct found *found)
{
	static const char *const kinds[] = {"pass", "fail", "open"};
	struct writing *writing = userdata;
	const struct finding *finding = found->finding;
	char id[700];
	json_t *result;

	found_write_id(found, id, sizeof id);
	result = json_pack("{s:s,s:s,s:s,s:{s:o},s:[{s:[{s:o,s:o,s:s}]}],s:{s:o},s:o}", "ruleId",
			   finding->control->id, "kind", kinds[finding->verdict], "level",
			   finding->verdict == VERDICT_FAIL ? level_of(finding->control->severity) : "none",
			   "message", "text", json_text(finding->reason ? finding->reason : ""), "locations",
			   "logicalLocations", "name", json_text(finding->resource->id), "fullyQualifiedName",
			   json_text(resource_name(finding->resource)), "kind", "resource",
			   "partialFingerprints", "neptuneScan/v1", json_text(id), "properties",
			   json_object_of_finding(found->matrix, found->row, found->column, finding));
	if (finding->exception)
		json_object_set_new(result, "suppressions",
				    json_pack("[{s:s,s:s,s:s}]", "kind", "external", "status", "accepted",
					      "justification", finding->exception));
	json_separate(writing->stream, &writing->first);
	json_write_object(writing->stream, result);
}

/* ---- what the run could not do ---- */

static json_t *descriptor_of(const char *id, const char *meaning)
{
	return json_pack("{s:s,s:{s:s}}", "id", id, "shortDescription", "text", meaning);
}

/* Of the notifications: a state each, and the notes. */
static json_t *descriptors(void)
{
	json_t *list = json_array();

	for (enum cell_state state = 0; state < CELL_STATE_COUNT; state++)
		if (!cell_state_facts(state)->looked_at)
			json_array_append_new(
				list, descriptor_of(cell_state_name(state), cell_state_facts(state)->meaning));
	json_array_append_new(list, descriptor_of(INTERRUPTED_ID, "the run did not finish"));
	json_array_append_new(list, descriptor_of(NOTE_LABEL, "what limits an account or the run"));
	return list;
}

/* The account, and in it the region. */
static json_t *location_of(const struct row *account, const char *region)
{
	return json_pack("[{s:[{s:o,s:o,s:s}]}]", "logicalLocations", "name",
			 json_text(region ? region : account->id), "fullyQualifiedName",
			 region ? json_sprintf("%s/%s", account->id, region) : json_text(account->id), "kind",
			 region ? "region" : "account");
}

static void write_notification(struct writing *writing, const char *id, const char *level, const char *text,
			       json_t *properties, json_t *locations)
{
	json_t *notification = json_pack("{s:{s:s},s:s,s:{s:o},s:o}", "descriptor", "id", id, "level", level,
					 "message", "text", json_text(text), "properties", properties);

	if (locations)
		json_object_set_new(notification, "locations", locations);
	json_separate(writing->stream, &writing->first);
	json_write_object(writing->stream, notification);
}

static void write_unassessed(void *userdata, const struct unassessed *unassessed)
{
	json_t *properties = json_pack(
		"{s:s,s:o,s:o,s:s,s:o}", "account", unassessed->account->id, "region",
		json_text(unassessed->region), "verdict", json_text(unassessed_label(unassessed)), "state",
		cell_state_name(unassessed->state), "request_id", json_text(unassessed->request_id));

	write_notification(userdata, cell_state_name(unassessed->state), "error", unassessed->reason,
			   properties, location_of(unassessed->account, unassessed->region));
}

static void write_note(void *userdata, const struct note *note)
{
	json_t *properties =
		json_pack("{s:o,s:s}", "account", json_text(note->account ? note->account->id : NULL),
			  "verdict", NOTE_LABEL);

	write_notification(userdata, note->is_interruption ? INTERRUPTED_ID : NOTE_LABEL,
			   note->is_interruption ? "error" : "warning", note->text, properties,
			   note->account ? location_of(note->account, NULL) : NULL);
}

/*
 * SARIF 2.1.0, appendix I: results are not complete when executionSuccessful is false, or when a tool execution
 * notification has the level "error".
 */
static void write_invocation(const struct matrix *matrix, const struct report_output *output)
{
	static const struct walk_callbacks callbacks = {.note = write_note, .unassessed = write_unassessed};
	struct writing writing = {output->stream, true};
	char time[CLOCK_ISO_SIZE];

	clock_format_iso(matrix->run.started, time);
	fprintf(output->stream, ",\n\"invocations\":[{\"executionSuccessful\":%s,\"startTimeUtc\":\"%s\"",
		matrix_totals(matrix).complete ? "true" : "false", time);
	clock_format_iso(matrix->run.finished, time);
	if (matrix->run.finished)
		fprintf(output->stream, ",\"endTimeUtc\":\"%s\"", time);
	fputs(",\"toolExecutionNotifications\":[", output->stream);
	walk_records(matrix, output, &callbacks, &writing);
	fputs("\n]}]", output->stream);
}

static void write(const struct matrix *matrix, const struct report_output *output)
{
	struct writing writing = {output->stream, true};
	json_t *rules = json_array(), *driver;

	for (const struct control **control = matrix->selected; *control; control++)
		json_array_append_new(rules, rule_of(*control));
	driver = json_pack("{s:s,s:s,s:s,s:o,s:o}", "name", "neptune-scan", "version", NEPTUNE_SCAN_VERSION,
			   "semanticVersion", NEPTUNE_SCAN_VERSION, "rules", rules, "notifications",
			   descriptors());
	fputs("{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{"
	      "\"tool\":{\"driver\":",
	      output->stream);
	json_write_object(output->stream, driver);
	fputs("},\n\"automationDetails\":", output->stream);
	json_write_object(output->stream, json_pack("{s:s}", "id", matrix->run.id));
	write_invocation(matrix, output);
	fputs(",\n\"results\":[", output->stream);
	walk_findings(matrix, output, write_result, &writing);
	fputs("\n]}]}\n", output->stream);
}

const struct report_format report_sarif = {
	.name = "sarif",
	.description = "SARIF 2.1.0, for code scanning dashboards",
	.write = write,
};
