/*
 * Any bytes as a response of AWS: classified, read and evaluated, and never taken for a list that is missing.
 */
#include <string.h>

#include "scanner/aws/answer.h"
#include "scanner/aws/graphs.h"
#include "scanner/aws/kms.h"
#include "scanner/aws/neptune.h"
#include "scanner/aws/organizations.h"
#include "scanner/aws/regions.h"
#include "scanner/aws/sts.h"
#include "scanner/controls/controls.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* All handlers of responses. */
struct readers {
	struct listing listing;
	struct neptune_reading about;
	struct regions_reading regions;
	struct sts_reading sts;
	struct arena arena;
};

static const struct listing_shape *shape_of(enum operation_id operation)
{
	switch (operation) {
	case NEPTUNE_DESCRIBE_DB_CLUSTERS:
		return &listing_clusters;
	case NEPTUNE_DESCRIBE_DB_CLUSTER_SNAPSHOTS:
		return &listing_snapshots;
	case NEPTUNE_DESCRIBE_DB_CLUSTER_AUTOMATED_BACKUPS:
		return &listing_backups;
	case NEPTUNE_DESCRIBE_DB_INSTANCES:
		return &listing_instances;
	case NEPTUNE_DESCRIBE_GLOBAL_CLUSTERS:
		return &listing_global_databases;
	default:
		return NULL;
	}
}

static const struct xml_handler *reader_of(struct readers *readers, enum operation_id operation)
{
	const struct listing_shape *shape = shape_of(operation);

	regions_reading_init(&readers->regions, "us-east-1");
	sts_reading_init(&readers->sts);
	if (shape) {
		listing_init(&readers->listing, shape, &readers->arena);
		return &readers->listing.handler;
	}
	if (operation == NEPTUNE_DESCRIBE_DB_CLUSTER_SNAPSHOT_ATTRIBUTES)
		neptune_reading_of_sharing(&readers->about, &readers->arena, "snapshot");
	else if (operation == NEPTUNE_DESCRIBE_DB_CLUSTER_PARAMETERS)
		neptune_reading_of_parameters(&readers->about, &readers->arena);
	else if (operation == NEPTUNE_LIST_TAGS_FOR_RESOURCE)
		neptune_reading_of_tags(&readers->about, &readers->arena);
	else
		return operation == EC2_DESCRIBE_REGIONS ? &readers->regions.handler : &readers->sts.handler;
	return &readers->about.handler;
}

static void evaluate_all(const struct resource *resource)
{
	const struct policy policy = {.require_key = KEY_CUSTOMER, .min_backup_days = 7};

	for (; resource; resource = resource->next) {
		if (resource->values[ATTRIBUTE_KMS_KEY_ID])
			kms_read_name(resource->values[ATTRIBUTE_KMS_KEY_ID]);
		for (const struct control *const *control = controls; *control; control++) {
			struct evaluation evaluation;

			control_evaluate(*control, resource, &policy, &evaluation);
		}
	}
}

static void read_json(struct readers *readers, const json_t *json)
{
	struct resource key = {.kind = RESOURCE_KEY, .id = "k", .account = "1"}, *graphs = NULL,
			**last = &graphs;
	struct listed_account account;
	struct listed_unit unit;
	struct organization_description organization;
	struct json_page page;

	if (organizations_read_page(&page, json, "Accounts"))
		for (size_t i = 0; i < json_array_size(page.items); i++)
			if (organizations_read_account(&page, i, &account))
				organizations_is_scanned(account.state);
	if (organizations_read_page(&page, json, "Roots"))
		for (size_t i = 0; i < json_array_size(page.items); i++)
			organizations_read_unit(&page, i, &unit);
	organizations_read_organization(json, &organization);
	kms_read_key(json, &key, &readers->arena);
	kms_read_rotation(json, &key);
	kms_read_rotations(&page, json, &key, &readers->arena);
	kms_read_aliases(&page, json, &key);
	evaluate_all(&key);
	graphs_read(&page, json, &(struct graphs_request){.kind = RESOURCE_GRAPH}, &readers->arena, &last);
	evaluate_all(graphs);
}

/* The first two bytes choose operation and status; the rest is headers, an empty line, and the body. */
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const long statuses[] = {200, 400, 403, 503};
	static struct xml_parser *parser;
	struct response response = {.outcome = EXCHANGE_ANSWERED};
	struct readers readers = {.arena = {0}};
	struct answer answer;
	enum operation_id operation;
	const unsigned char *body;
	char text[400];

	if (size < 2)
		return 0;
	if (!parser)
		parser = xml_parser_new();
	operation = (enum operation_id)(data[0] % OPERATION_COUNT);
	response.status = statuses[data[1] % 4];
	body = memmem(data + 2, size - 2, "\n\n", 2);
	body = body ? body + 2 : data + 2;
	buffer_append(&response.headers, data + 2, (size_t)(body - data - 2));
	buffer_append(&response.body, body, (size_t)(data + size - body));
	answer_read(&answer, &operations[operation], &response, 0, parser, reader_of(&readers, operation));
	answer_describe(&answer, text, sizeof text);
	if (answer.class == ANSWER_OK && shape_of(operation))
		evaluate_all(readers.listing.first);
	if (answer.class == ANSWER_OK && operation == EC2_DESCRIBE_REGIONS)
		regions_problem(&readers.regions);
	if (answer.class == ANSWER_OK && answer.json)
		read_json(&readers, answer.json);
	/* A success without its list would pass by absence. */
	if (answer.class == ANSWER_OK && shape_of(operation) &&
	    !memmem(body, (size_t)(data + size - body), operations[operation].result,
		    strlen(operations[operation].result)))
		__builtin_trap();
	session_free(sts_take_session(&readers.sts, 0));
	answer_deinit(&answer);
	sts_reading_deinit(&readers.sts);
	regions_reading_deinit(&readers.regions);
	arena_deinit(&readers.arena);
	response_deinit(&response);
	return 0;
}
