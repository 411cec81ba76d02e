/*
 * Any bytes as a response to a list request of a cell, up to a report: read, evaluated by every control,
 * recorded and written. An invalid response becomes the reason of the cell.
 */
#include <string.h>

#include "scanner/aws/answer.h"
#include "scanner/aws/neptune.h"
#include "scanner/controls/controls.h"
#include "tests/fuzz/report_check.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const struct {
	enum operation_id operation;
	const struct listing_shape *shape;
} lists[] = {
	{NEPTUNE_DESCRIBE_DB_CLUSTERS, &listing_clusters},
	{NEPTUNE_DESCRIBE_DB_CLUSTER_SNAPSHOTS, &listing_snapshots},
	{NEPTUNE_DESCRIBE_DB_CLUSTER_AUTOMATED_BACKUPS, &listing_backups},
	{NEPTUNE_DESCRIBE_DB_INSTANCES, &listing_instances},
	{NEPTUNE_DESCRIBE_GLOBAL_CLUSTERS, &listing_global_databases},
};

static const long statuses[] = {200, 400, 403, 503};

static void add_finding(struct cell_record *cell, const struct control *control, struct resource *resource,
			struct arena *arena)
{
	const struct policy policy = {.require_key = KEY_CUSTOMER, .min_backup_days = 7};
	struct pair *evidence = arena_take(arena, sizeof *evidence);
	struct finding *finding = arena_take(arena, sizeof *finding);
	struct evaluation evaluation = {0};

	control_evaluate(control, resource, &policy, &evaluation);
	if (evaluation.verdict == VERDICT_NOT_APPLICABLE)
		return;
	*evidence = (struct pair){NULL, "Status", resource->values[ATTRIBUTE_STATUS]};
	*finding = (struct finding){.next = cell->findings,
				    .control = control,
				    .resource = resource,
				    .evidence = evidence,
				    .verdict = evaluation.verdict,
				    .reason = arena_copy(arena, evaluation.reason),
				    .at = 1795495582};
	cell->findings = finding;
	cell->failing += evaluation.verdict == VERDICT_FAIL;
}

/* Records the list as a cell does. */
static void evaluate(struct cell_record *cell, struct resource *first, struct arena *arena)
{
	for (struct resource *resource = first; resource; resource = resource->next) {
		resource->account = "111111111111";
		cell->resources++;
		for (const struct control *const *control = controls; *control; control++)
			if (control_applies_to(*control, resource->kind))
				add_finding(cell, *control, resource, arena);
	}
	cell->state = cell->failing ? CELL_FAIL : cell->resources ? CELL_PASS : CELL_EMPTY;
	cell->state_without_failures = cell->resources ? CELL_PASS : CELL_EMPTY;
	cell->complete = true;
}

static void fill(struct matrix *matrix, const struct cell_record *cell, struct arena *arena)
{
	static const struct control *selected[64];

	for (size_t i = 0; controls[i]; i++)
		selected[i] = controls[i];
	matrix_init(matrix);
	matrix->selected = selected;
	matrix->run =
		(struct run){.id = "01J0000000000000000000TEST", .started = 1795495580, .finished = 1795495590};
	matrix_add_row(matrix, "111111111111");
	matrix_add_column(matrix, "us-east-1");
	matrix_show_column(matrix, 0);
	matrix_record(matrix, 0, 0, cell, arena);
	matrix_finish(matrix);
}

/* The first three bytes choose list, status and format; the rest is headers, an empty line, and the body. */
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static struct xml_parser *parser;
	struct response response = {.outcome = EXCHANGE_ANSWERED};
	struct cell_record cell = {.state = CELL_ERROR, .state_without_failures = CELL_ERROR, .at = 1795495582};
	struct arena arena = {0};
	struct listing listing;
	struct answer answer;
	struct matrix matrix;
	const unsigned char *body;
	size_t list;
	char text[560];

	if (size < 3)
		return 0;
	if (!parser)
		parser = xml_parser_new();
	list = data[0] % (sizeof lists / sizeof lists[0]);
	response.status = statuses[data[1] % 4];
	body = memmem(data + 3, size - 3, "\n\n", 2);
	body = body ? body + 2 : data + 3;
	buffer_append(&response.headers, data + 3, (size_t)(body - data - 3));
	buffer_append(&response.body, body, (size_t)(data + size - body));
	listing_init(&listing, lists[list].shape, &arena);
	answer_read(&answer, &operations[lists[list].operation], &response, 0, parser, &listing.handler);
	if (answer.class == ANSWER_OK) {
		evaluate(&cell, listing.first, &arena);
	} else {
		answer_describe(&answer, text, sizeof text);
		cell.reason = arena_copy(&arena, text);
	}
	cell.request_id = arena_copy(&arena, answer.request_id);
	fill(&matrix, &cell, &arena);
	report_write_and_check(&matrix, data[2]);
	matrix_deinit(&matrix);
	answer_deinit(&answer);
	response_deinit(&response);
	arena_deinit(&arena);
	return 0;
}
