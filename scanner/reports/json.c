/*
 * Written object by object, so that memory does not grow with the organization.
 */
#include "scanner/reports/json_objects.h"
#include "scanner/reports/reports.h"
#include "scanner/reports/walk.h"

/* ---- lists, each item on its own line ---- */

static void begin_item(struct json_stream *out)
{
	json_break_line(&out->json);
	json_open_object(&out->json, NULL);
}

static void end_item(struct json_stream *out)
{
	json_close_object(&out->json);
	json_stream_flush(out);
}

/* The next item begins on a new line. */
static void end_list(struct json_stream *out)
{
	json_break_line(&out->json);
	json_close_list(&out->json);
	json_break_line(&out->json);
}

/* ---- the lists ---- */

static void write_controls(const struct matrix *matrix, struct json_stream *out)
{
	json_open_list(&out->json, "controls");
	for (const struct control **control = matrix->selected; *control; control++) {
		begin_item(out);
		json_put_control_members(&out->json, *control);
		end_item(out);
	}
	end_list(out);
	json_open_list(&out->json, "regions");
	for (size_t i = 0; i < matrix->column_count; i++)
		json_put_text(&out->json, NULL, matrix->columns[i].region);
	json_close_list(&out->json);
	json_break_line(&out->json);
}

static void write_exceptions(const struct matrix *matrix, struct json_stream *out)
{
	const struct exceptions *exceptions = matrix->run.exceptions;

	json_open_list(&out->json, "exceptions");
	for (size_t i = 0; exceptions && i < exceptions->count; i++) {
		begin_item(out);
		json_put_exception_members(&out->json, &exceptions->items[i]);
		end_item(out);
	}
	end_list(out);
	json_open_list(&out->json, "gaps");
	for (size_t i = 0; exceptions && i < exceptions->gaps.count; i++) {
		begin_item(out);
		json_put_gap_members(&out->json, matrix, &exceptions->gaps.items[i]);
		end_item(out);
	}
	end_list(out);
}

static void write_accounts(const struct matrix *matrix, struct json_stream *out)
{
	json_open_list(&out->json, "accounts");
	for (size_t row = 0; row < matrix->row_count; row++) {
		begin_item(out);
		json_put_account_members(&out->json, matrix, row);
		end_item(out);
	}
	end_list(out);
}

static void write_cells(const struct matrix *matrix, struct json_stream *out)
{
	json_open_list(&out->json, "cells");
	for (size_t row = 0; row < matrix->row_count; row++) {
		for (size_t column = 0; column < matrix->column_count; column++) {
			begin_item(out);
			json_put_cell_members(&out->json, matrix, row, column);
			end_item(out);
		}
	}
	end_list(out);
}

static void write_finding(void *userdata, const struct found *found)
{
	struct json_stream *out = userdata;

	begin_item(out);
	json_put_finding_members(&out->json, found->matrix, found->row, found->column, found->finding);
	end_item(out);
}

static bool write(const struct matrix *matrix, const struct report_output *output)
{
	struct json_stream out;

	json_stream_open(&out, output->stream);
	json_open_object(&out.json, NULL);
	json_put_text(&out.json, "schema", REPORT_SCHEMA);
	json_break_line(&out.json);
	json_open_object(&out.json, "run");
	json_put_run_members(&out.json, &matrix->run, output->conclusion);
	json_close_object(&out.json);
	json_break_line(&out.json);
	write_controls(matrix, &out);
	write_exceptions(matrix, &out);
	write_accounts(matrix, &out);
	write_cells(matrix, &out);
	json_open_list(&out.json, "findings");
	walk_findings(matrix, output, write_finding, &out);
	end_list(&out);
	json_close_object(&out.json);
	json_stream_end_line(&out);
	return json_stream_close(&out);
}

const struct report_format report_json = {
	.name = "json",
	.description = "all data as one JSON document (" REPORT_SCHEMA ")",
	.needs = REPORT_NEEDS_CONCLUSION,
	.write = write,
};
