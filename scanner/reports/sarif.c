/*
 * SARIF 2.1.0 (OASIS) for code scanning: controls are rules, and each failing finding that no exception covers
 * is a result. GitHub shows every result as an alert: it reads neither `kind` nor `suppressions`, refuses a
 * file in which a result has no physical location, and tells alerts apart by primaryLocationLineHash (GitHub
 * docs, "SARIF support for code scanning"). So a resource is located in a file that does not exist,
 * aws/ACCOUNT/REGION/TYPE/ID. What could not be assessed is a notification of the run's invocation, which is
 * then not successful.
 */
#include <ctype.h>
#include <inttypes.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/version.h"
#include "scanner/reports/json_objects.h"
#include "scanner/reports/scope.h"
#include "scanner/reports/unassessed.h"

#define INTERRUPTED_ID "interrupted"

static const char *level_of(enum severity severity)
{
	static const char *const levels[] = {"note", "warning", "error", "error"};

	return levels[severity];
}

/* GitHub's scale from 0 to 10. */
static const char *score_of(enum severity severity)
{
	static const char *const scores[] = {"3.0", "5.5", "8.0", "9.5"};

	return scores[severity];
}

static void put_message(struct json_writer *json, const char *name, const char *text)
{
	json_open_object(json, name);
	json_put_text(json, "text", text);
	json_close_object(json);
}

static void put_rule(struct json_writer *json, const struct control *control)
{
	json_open_object(json, NULL);
	json_put_text(json, "id", control->id);
	put_message(json, "shortDescription", control->title);
	put_message(json, "fullDescription", control->rationale);
	put_message(json, "help", control->remediation);
	json_open_object(json, "defaultConfiguration");
	json_put_text(json, "level", level_of(control->severity));
	json_close_object(json);
	json_open_object(json, "properties");
	json_put_text(json, "security-severity", score_of(control->severity));
	json_open_list(json, "tags");
	json_put_text(json, NULL, control->group);
	json_close_list(json);
	json_close_object(json);
	json_close_object(json);
}

static void open_location(struct json_writer *json)
{
	json_open_list(json, "locations");
	json_open_object(json, NULL);
}

/* RFC 3986: what is not unreserved, in a segment of the path. */
static void append_segment(struct buffer *uri, const char *text)
{
	buffer_text(uri, "/");
	for (const unsigned char *byte = (const unsigned char *)text; *byte; byte++) {
		if (isalnum(*byte) || *byte == '-' || *byte == '.' || *byte == '_' || *byte == '~')
			buffer_append(uri, (const char *)byte, 1);
		else
			buffer_print(uri, "%%%02X", *byte);
	}
}

static void put_physical_location(struct json_writer *json, const struct found *found)
{
	const struct resource *resource = found->finding->resource;
	struct buffer uri = {0};

	buffer_text(&uri, "aws");
	append_segment(&uri, found->account->id);
	append_segment(&uri, found->region);
	append_segment(&uri, resource_kind_name(resource->kind));
	append_segment(&uri, resource->id);
	json_open_object(json, "physicalLocation");
	json_open_object(json, "artifactLocation");
	json_put_buffer(json, "uri", &uri);
	json_close_object(json);
	json_open_object(json, "region");
	json_put_number(json, "startLine", 1);
	json_close_object(json);
	json_close_object(json);
}

static void open_logical_location(struct json_writer *json, const char *name)
{
	json_open_list(json, "logicalLocations");
	json_open_object(json, NULL);
	json_put_text(json, "name", name);
}

static void close_location(struct json_writer *json, const char *kind)
{
	json_put_text(json, "kind", kind);
	json_close_object(json);
	json_close_list(json);
	json_close_object(json);
	json_close_list(json);
}

/* ---- results ---- */

/* The same finding has the same hash in every run. */
static void put_fingerprint(struct json_writer *json, const struct found *found)
{
	struct buffer id = {0};
	char hash[32];

	found_append_id(found, &id);
	snprintf(hash, sizeof hash, "%016" PRIx64 ":1", hash64_text(HASH64_OF_NOTHING, id.at ? id.at : ""));
	json_open_object(json, "partialFingerprints");
	json_put_text(json, "primaryLocationLineHash", hash);
	json_put_buffer(json, "neptuneScan/v1", &id);
	json_close_object(json);
}

/* Alerts of one rule are told apart by the resource. */
static void put_finding_message(struct json_writer *json, const struct found *found)
{
	const struct finding *finding = found->finding;
	const struct row *account = found->account;
	struct buffer text = {0};

	buffer_texts(&text, resource_kind_name(finding->resource->kind), " ", finding->resource->id, " in ",
		     found->region, ", account ", account->id, account->name ? " (" : "",
		     account->name ? account->name : "", account->name ? ")" : "", ": ",
		     finding->reason ? finding->reason : finding->control->title, NULL);
	json_open_object(json, "message");
	json_put_buffer(json, "text", &text);
	json_close_object(json);
}

static void write_result(void *userdata, const struct found *found)
{
	struct json_stream *out = userdata;
	struct json_writer *json = &out->json;
	const struct finding *finding = found->finding;
	const struct control *control = finding->control;

	if (!finding_fails(finding))
		return;
	json_break_line(json);
	json_open_object(json, NULL);
	json_put_text(json, "ruleId", control->id);
	json_put_text(json, "kind", "fail");
	json_put_text(json, "level", level_of(control->severity));
	put_finding_message(json, found);
	open_location(json);
	put_physical_location(json, found);
	open_logical_location(json, finding->resource->id);
	json_put_text(json, "fullyQualifiedName", resource_name(finding->resource));
	close_location(json, "resource");
	put_fingerprint(json, found);
	json_open_object(json, "properties");
	json_put_finding_members(json, found->matrix, found->row, found->column, finding);
	json_close_object(json);
	json_close_object(json);
	json_stream_flush(out);
}

/* ---- invocation ---- */

/* GitHub requires description and help of every descriptor, not of rules only. */
static void put_descriptor(struct json_writer *json, const char *id, const char *meaning, const char *advice)
{
	json_open_object(json, NULL);
	json_put_text(json, "id", id);
	put_message(json, "shortDescription", meaning);
	put_message(json, "fullDescription", meaning);
	put_message(json, "help", advice);
	json_close_object(json);
}

/* Descriptors of notifications: one for each state, and for notes. */
static void put_descriptors(struct json_writer *json)
{
	json_open_list(json, "notifications");
	for (enum cell_state state = 0; state < CELL_STATE_COUNT; state++)
		if (!cell_state_facts(state)->looked_at)
			put_descriptor(json, cell_state_name(state), cell_state_facts(state)->meaning,
				       unassessed_advice_on_state(state));
	put_descriptor(json, INTERRUPTED_ID, "the run did not finish",
		       unassessed_advice_on_state(CELL_PENDING));
	put_descriptor(json, NOTE_LABEL, "what limits an account or the run",
		       "Correct what the message names, and scan again.");
	json_close_list(json);
}

/* The account, and the region in it. */
static void put_cell_location(struct json_writer *json, const struct row *account, const char *region)
{
	struct buffer name = {0};

	buffer_texts(&name, account->id, region ? "/" : "", region ? region : "", NULL);
	open_location(json);
	open_logical_location(json, region ? region : account->id);
	json_put_buffer(json, "fullyQualifiedName", &name);
	close_location(json, region ? "region" : "account");
}

static void begin_notification(struct json_writer *json, const char *id, const char *level, const char *text)
{
	json_break_line(json);
	json_open_object(json, NULL);
	json_open_object(json, "descriptor");
	json_put_text(json, "id", id);
	json_close_object(json);
	json_put_text(json, "level", level);
	put_message(json, "message", text);
}

static void write_unassessed(void *userdata, const struct unassessed *unassessed)
{
	struct json_stream *out = userdata;
	struct json_writer *json = &out->json;

	begin_notification(json, cell_state_name(unassessed->state), unassessed->gap ? "note" : "error",
			   unassessed->reason);
	json_open_object(json, "properties");
	json_put_text(json, "account", unassessed->account->id);
	json_put_text(json, "region", unassessed->region);
	json_put_text(json, "verdict", unassessed_label(unassessed));
	json_put_text(json, "state", cell_state_name(unassessed->state));
	json_put_text(json, "request_id", unassessed->request_id);
	json_put_text(json, "gap", unassessed->gap ? unassessed->gap->name : NULL);
	json_close_object(json);
	put_cell_location(json, unassessed->account, unassessed->region);
	json_close_object(json);
	json_stream_flush(out);
}

static void write_note(void *userdata, const struct note *note)
{
	struct json_stream *out = userdata;
	struct json_writer *json = &out->json;

	begin_notification(json, note->is_interruption ? INTERRUPTED_ID : NOTE_LABEL,
			   note->is_interruption ? "error" : "warning", note->text);
	json_open_object(json, "properties");
	json_put_text(json, "account", note->account ? note->account->id : NULL);
	json_put_text(json, "verdict", NOTE_LABEL);
	json_put_text(json, "gap", note->gap ? note->gap->name : NULL);
	json_close_object(json);
	if (note->account)
		put_cell_location(json, note->account, NULL);
	json_close_object(json);
	json_stream_flush(out);
}

/*
 * SARIF 2.1.0, appendix I: results are incomplete when executionSuccessful is false, or when a tool execution
 * notification has the level "error". A cell in an accepted gap has the level "note".
 */
static void write_invocation(const struct matrix *matrix, const struct report_output *output,
			     struct json_stream *out)
{
	static const struct walk_callbacks callbacks = {.note = write_note, .unassessed = write_unassessed};
	struct json_writer *json = &out->json;
	char time[CLOCK_ISO_SIZE];

	json_open_list(json, "invocations");
	json_open_object(json, NULL);
	json_put_bool(json, "executionSuccessful", matrix_totals(matrix).complete);
	clock_format_iso(matrix->run.started, time);
	json_put_text(json, "startTimeUtc", time);
	clock_format_iso(matrix->run.finished, time);
	if (matrix->run.finished)
		json_put_text(json, "endTimeUtc", time);
	json_open_list(json, "toolExecutionNotifications");
	walk_records(matrix, output, &callbacks, out);
	json_break_line(json);
	json_close_list(json);
	json_close_object(json);
	json_close_list(json);
}

static void put_driver(struct json_writer *json, const struct matrix *matrix)
{
	json_open_object(json, "tool");
	json_open_object(json, "driver");
	json_put_text(json, "name", "neptune-scan");
	json_put_text(json, "version", NEPTUNE_SCAN_VERSION);
	json_put_text(json, "semanticVersion", NEPTUNE_SCAN_VERSION);
	json_open_list(json, "rules");
	for (const struct control **control = matrix->selected; *control; control++)
		put_rule(json, *control);
	json_close_list(json);
	put_descriptors(json);
	json_close_object(json);
	json_close_object(json);
}

/* A filtered report has a category of its own: the alerts that it leaves out are not closed. */
static void append_filter(struct buffer *id, const struct run *run)
{
	if (run->filter_settings)
		buffer_print(id, "/filter-%016" PRIx64, hash64_text(HASH64_OF_NOTHING, run->filter_settings));
}

/* "CATEGORY/RUN": an upload replaces earlier ones of its category, so each organization has its own. */
static void put_automation(struct json_writer *json, const struct matrix *matrix)
{
	const struct run *run = &matrix->run;
	struct buffer id = {0};

	buffer_texts(&id, "neptune-scan/",
		     run->organization        ? run->organization
		     : matrix->row_count == 1 ? matrix->rows[0].id
					      : "accounts",
		     NULL);
	append_filter(&id, run);
	buffer_texts(&id, "/", run->id, NULL);
	json_open_object(json, "automationDetails");
	json_put_buffer(json, "id", &id);
	json_close_object(json);
}

static bool write(const struct matrix *matrix, const struct report_output *output)
{
	struct json_stream out;

	json_stream_open(&out, output->stream);
	json_open_object(&out.json, NULL);
	json_put_text(&out.json, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	json_put_text(&out.json, "version", "2.1.0");
	json_open_list(&out.json, "runs");
	json_open_object(&out.json, NULL);
	put_driver(&out.json, matrix);
	json_break_line(&out.json);
	put_automation(&out.json, matrix);
	json_break_line(&out.json);
	json_open_object(&out.json, "properties");
	scope_put(&out.json, "scope", &matrix->run);
	json_close_object(&out.json);
	json_break_line(&out.json);
	write_invocation(matrix, output, &out);
	json_break_line(&out.json);
	json_open_list(&out.json, "results");
	walk_findings(matrix, output, write_result, &out);
	json_break_line(&out.json);
	json_close_list(&out.json);
	json_close_object(&out.json);
	json_close_list(&out.json);
	json_close_object(&out.json);
	json_stream_end_line(&out);
	return json_stream_close(&out);
}

const struct report_format report_sarif = {
	.name = "sarif",
	.description = "SARIF 2.1.0, for code scanning dashboards",
	.write = write,
};
