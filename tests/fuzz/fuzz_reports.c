/*
 * Any bytes as the texts of a matrix: each report is written, and JSON reports parse and contain every
 * finding and cell.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "tests/fuzz/report_check.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

enum { ROWS = 3, COLUMNS = 2, FINDINGS = 2 /* of each cell with findings */ };

/* Texts cut from the input, repaired like responses of AWS. */
struct source {
	const unsigned char *data;
	size_t left;
};

static const char *next_text(struct source *source, struct arena *arena)
{
	size_t length = source->left > 0 ? source->data[0] : 0;
	char *text;

	if (source->left == 0)
		return "";
	source->data++;
	source->left--;
	length = length > source->left ? source->left : length;
	text = arena_copy_span(arena, (struct span){(const char *)source->data, length});
	source->data += length;
	source->left -= length;
	return text ? text_repair(text) : "";
}

static struct finding *make_finding(struct source *source, const struct control *control, struct arena *arena)
{
	struct finding *finding = arena_take(arena, sizeof *finding);
	struct resource *resource = arena_take(arena, sizeof *resource);
	struct pair *tag = arena_take(arena, sizeof *tag), *evidence = arena_take(arena, sizeof *evidence);
	struct relation *relation = arena_take(arena, sizeof *relation);

	*tag = (struct pair){NULL, next_text(source, arena), next_text(source, arena)};
	*evidence = (struct pair){NULL, "StorageEncrypted", next_text(source, arena)};
	*relation = (struct relation){.role = "cluster", .target = next_text(source, arena)};
	resource->kind = (enum resource_kind)(source->left % RESOURCE_KINDS);
	resource->id = next_text(source, arena);
	resource->arn = next_text(source, arena);
	resource->tags = tag;
	resource->relations = relation;
	*finding = (struct finding){.control = control,
				    .resource = resource,
				    .evidence = evidence,
				    .verdict = (enum verdict)(source->left % VERDICT_NOT_APPLICABLE),
				    .reason = next_text(source, arena),
				    .request_id = next_text(source, arena)};
	if (finding->verdict == VERDICT_FAIL && source->left % 5 == 0)
		finding->exception = next_text(source, arena);
	return finding;
}

static void fill_cell(struct matrix *matrix, size_t row, size_t column, struct source *source)
{
	struct arena arena = {0};
	struct cell_record cell = {.state = (enum cell_state)(source->left % CELL_STATE_COUNT),
				   .reason = next_text(source, &arena),
				   .request_id = next_text(source, &arena),
				   .at = 1795495582};

	cell.state_without_failures = cell.state == CELL_FAIL ? CELL_DENIED : cell.state;
	cell.complete = cell_state_facts(cell.state)->looked_at && cell.state != CELL_FAIL;
	for (int i = 0; i < FINDINGS && cell.state <= CELL_EXEMPT; i++) {
		struct finding *finding = make_finding(source, matrix->selected[0], &arena);

		finding->next = cell.findings;
		cell.findings = finding;
		cell.resources++;
		cell.failing += finding->verdict == VERDICT_FAIL && !finding->exception;
	}
	matrix_record(matrix, row, column, &cell, &arena);
	arena_deinit(&arena);
}

static void fill(struct matrix *matrix, struct source *source)
{
	static const char *const regions[COLUMNS] = {"eu-west-1", "us-east-1"};
	static const struct control *selected[2];
	char id[16];

	selected[0] = controls[0];
	matrix_init(matrix);
	matrix->selected = selected;
	matrix->run =
		(struct run){.id = "01J0000000000000000000TEST", .started = 1795495580, .finished = 1795495590};
	matrix->run.organization = next_text(source, &matrix->arena);
	matrix->run.caller = next_text(source, &matrix->arena);
	matrix->run.note = next_text(source, &matrix->arena);
	for (size_t row = 0; row < ROWS; row++) {
		snprintf(id, sizeof id, "%012zu", row + 1);
		matrix_add_row(matrix, id);
		matrix->rows[row].name = next_text(source, &matrix->arena);
		matrix->rows[row].ou = next_text(source, &matrix->arena);
		matrix->rows[row].status = next_text(source, &matrix->arena);
		matrix->rows[row].note = next_text(source, &matrix->arena);
		matrix_set_default(matrix, row, CELL_UNREACHED, next_text(source, &matrix->arena), NULL);
	}
	for (size_t column = 0; column < COLUMNS; column++) {
		matrix_add_column(matrix, regions[column]);
		matrix_show_column(matrix, column);
		for (size_t row = 0; row + 1 < ROWS; row++) /* the last row has only its default state */
			fill_cell(matrix, row, column, source);
	}
	matrix_finish(matrix);
}

/* The first byte chooses the format. */
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct source source = {data, size};
	struct matrix matrix;

	if (size == 0)
		return 0;
	source.data++;
	source.left--;
	fill(&matrix, &source);
	report_write_and_check(&matrix, data[0]);
	matrix_deinit(&matrix);
	return 0;
}
