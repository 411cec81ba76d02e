/* SARIF 2.1.0 (OASIS): controls are rules, findings are results; what is exempt is suppressed. */
#include <stdio.h>

#include "scanner/reports/json_objects.h"
#include "scanner/reports/walk.h"
#include "scanner/version.h"

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

static void write_result(void *context, const struct found *found)
{
	static const char *const kinds[] = {"pass", "fail", "open"};
	struct writing *writing = context;
	const struct finding *finding = found->finding;
	char id[700];
	json_t *result;

	found_write_id(found, id, sizeof id);
	result = json_pack("{s:s,s:s,s:s,s:{s:s},s:[{s:[{s:s,s:s,s:s}]}],s:{s:s},s:o}", "ruleId",
			   finding->control->id, "kind", kinds[finding->verdict], "level",
			   finding->verdict == VERDICT_FAIL ? level_of(finding->control->severity) : "none",
			   "message", "text", finding->reason ? finding->reason : "", "locations",
			   "logicalLocations", "name", finding->resource->id, "fullyQualifiedName",
			   resource_name(found->finding->resource), "kind", "resource", "partialFingerprints",
			   "neptuneScan/v1", id, "properties",
			   json_object_of_finding(found->matrix, found->row, found->column, finding));
	if (finding->exception)
		json_object_set_new(result, "suppressions",
				    json_pack("[{s:s,s:s,s:s}]", "kind", "external", "status", "accepted",
					      "justification", finding->exception));
	json_separate(writing->stream, &writing->first);
	json_write_object(writing->stream, result);
}

static void write(const struct matrix *matrix, const struct report_output *output)
{
	struct writing writing = {output->stream, true};
	json_t *rules = json_array(), *driver;

	for (const struct control **control = matrix->selected; *control; control++)
		json_array_append_new(rules, rule_of(*control));
	driver = json_pack("{s:s,s:s,s:s,s:o}", "name", "neptune-scan", "version", NEPTUNE_SCAN_VERSION,
			   "semanticVersion", NEPTUNE_SCAN_VERSION, "rules", rules);
	fputs("{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{"
	      "\"tool\":{\"driver\":",
	      output->stream);
	json_write_object(output->stream, driver);
	fputs("},\n\"automationDetails\":", output->stream);
	json_write_object(output->stream, json_pack("{s:s}", "id", matrix->run.id));
	fputs(",\n\"results\":[", output->stream);
	walk_findings(matrix, output, write_result, &writing);
	fputs("\n]}]}\n", output->stream);
}

const struct report_format report_sarif = {
	.name = "sarif",
	.description = "SARIF 2.1.0, for code scanning dashboards",
	.write = write,
};
