#include "scanner/aws/neptune.h"

#include <string.h>

#include "scanner/aws/contradictions.h"

static const char page_size[] = "100"; /* the maximum of RDS */

void neptune_request_list(struct call *call, enum operation_id operation, const char *region,
			  const char *filter, const char *marker)
{
	call_begin(call, operation, region);
	if (filter) {
		call_parameter(call, "Filters.Filter.1.Name", filter);
		call_parameter(call, "Filters.Filter.1.Values.Value.1",
			       strcmp(filter, "status") == 0 ? "retained" : "neptune");
	}
	call_parameter(call, "MaxRecords", page_size);
	if (marker)
		call_parameter(call, "Marker", marker);
}

static void on_begin(void *user)
{
	struct neptune_reading *reading = user;

	*reading = (struct neptune_reading){.handler = reading->handler,
					    .arena = reading->arena,
					    .expected_snapshot = reading->expected_snapshot};
}

/* Only the first problem is reported. NULL: none. */
static void note_problem(struct neptune_reading *reading, const char *problem)
{
	if (!reading->problem)
		reading->problem = problem;
}

static void read_once(struct neptune_reading *reading, const char **read, const struct xml_path *path,
		      struct span text)
{
	note_problem(reading, xml_contradiction(*read, path, text, reading->arena));
	if (!*read)
		*read = arena_copy_span(reading->arena, text);
}

static const char *problem_of(void *user)
{
	const struct neptune_reading *reading = user;

	return reading->problem;
}

static void init(struct neptune_reading *reading, struct arena *arena,
		 void (*on_close)(void *, const struct xml_path *, struct span))
{
	*reading = (struct neptune_reading){
		.handler = {.begin = on_begin, .close = on_close, .user = reading, .problem = problem_of},
		.arena = arena};
}

/* ---- sharing of a snapshot ---- */

void neptune_request_sharing(struct call *call, const char *region, const char *snapshot)
{
	call_begin(call, NEPTUNE_DESCRIBE_DB_CLUSTER_SNAPSHOT_ATTRIBUTES, region);
	call_parameter(call, "DBClusterSnapshotIdentifier", snapshot);
}

/* RDS ignores the case of identifiers. */
static void read_snapshot(struct neptune_reading *reading, const struct xml_path *path, struct span text)
{
	read_once(reading, &reading->snapshot, path, text);
	if (reading->expected_snapshot && !span_equals_ignoring_case(text, reading->expected_snapshot))
		note_problem(reading, arena_format(reading->arena, "it is about " SPAN_FORMAT " instead of %s",
						   SPAN_ARGUMENTS(text), reading->expected_snapshot));
}

static void on_sharing(void *user, const struct xml_path *path, struct span text)
{
	struct neptune_reading *reading = user;
	struct span name = xml_name(path, 0);

	text = span_trim(text);
	if (span_equals(name, "AttributeName")) {
		read_once(reading, &reading->name, path, text);
	} else if (span_equals(name, "DBClusterSnapshotIdentifier")) {
		read_snapshot(reading, path, text);
	} else if (span_equals(name, "AttributeValue")) {
		reading->text = reading->text ? arena_format(reading->arena, "%s," SPAN_FORMAT, reading->text,
							     SPAN_ARGUMENTS(text))
					      : arena_copy_span(reading->arena, text);
	} else if (span_equals(name, "DBClusterSnapshotAttribute")) {
		if (reading->name && strcmp(reading->name, "restore") == 0) {
			if (reading->shared_with)
				note_problem(reading, "the attribute restore occurs twice");
			reading->shared_with = reading->text ? reading->text : "";
		}
		reading->name = reading->text = NULL;
	}
}

void neptune_reading_of_sharing(struct neptune_reading *reading, struct arena *arena,
				const char *expected_snapshot)
{
	init(reading, arena, on_sharing);
	reading->expected_snapshot = expected_snapshot;
}

/* ---- parameters of a parameter group ---- */

const enum attribute neptune_parameters[NEPTUNE_PARAMETERS] = {ATTRIBUTE_ENFORCE_SSL, ATTRIBUTE_AUDIT_LOG};

void neptune_request_parameters(struct call *call, const char *region, const char *group, const char *marker)
{
	call_begin(call, NEPTUNE_DESCRIBE_DB_CLUSTER_PARAMETERS, region);
	call_parameter(call, "DBClusterParameterGroupName", group);
	call_parameter(call, "MaxRecords", page_size);
	if (marker)
		call_parameter(call, "Marker", marker);
}

/* A parameter without a value has the engine's default. */
static void end_parameter(struct neptune_reading *reading)
{
	for (size_t i = 0; i < NEPTUNE_PARAMETERS; i++) {
		if (!reading->name || strcmp(reading->name, attribute_name(neptune_parameters[i])) != 0)
			continue;
		if (reading->parameters[i] &&
		    (!reading->text || strcmp(reading->text, reading->parameters[i]) != 0))
			note_problem(reading, "a parameter occurs twice, with different values");
		reading->parameters[i] = reading->text;
	}
	reading->name = reading->text = NULL;
}

static void on_parameter(void *user, const struct xml_path *path, struct span text)
{
	struct neptune_reading *reading = user;
	struct span name = xml_name(path, 0);

	text = span_trim(text);
	if (span_equals(name, "ParameterName")) {
		read_once(reading, &reading->name, path, text);
	} else if (span_equals(name, "ParameterValue")) {
		read_once(reading, &reading->text, path, text);
	} else if (span_equals(name, "Parameter")) {
		end_parameter(reading);
	} else {
		note_problem(reading, listing_read_marker(&reading->marker, &reading->has_marker, path, text,
							  reading->arena));
	}
}

void neptune_reading_of_parameters(struct neptune_reading *reading, struct arena *arena)
{
	init(reading, arena, on_parameter);
}

/* ---- tags ---- */

void neptune_request_tags(struct call *call, const char *region, const char *arn)
{
	call_begin(call, NEPTUNE_LIST_TAGS_FOR_RESOURCE, region);
	call_parameter(call, "ResourceName", arn);
}

static void on_tag(void *user, const struct xml_path *path, struct span text)
{
	struct neptune_reading *reading = user;
	struct span name = xml_name(path, 0);
	struct pair *tag;

	if (span_equals(name, "Key")) {
		read_once(reading, &reading->name, path, text);
	} else if (span_equals(name, "Value")) {
		read_once(reading, &reading->text, path, text);
	} else if (span_equals(name, "Tag")) {
		tag = reading->name ? arena_take(reading->arena, sizeof *tag) : NULL;
		if (tag) {
			*tag = (struct pair){reading->tags, reading->name, reading->text ? reading->text : ""};
			reading->tags = tag;
		}
		reading->name = reading->text = NULL;
	} else if (path->depth == 1) {
		note_problem(reading, contradictions_in_tags(&reading->tags, reading->arena));
	}
}

void neptune_reading_of_tags(struct neptune_reading *reading, struct arena *arena)
{
	init(reading, arena, on_tag);
}
