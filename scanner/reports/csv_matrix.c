/* One line an account, one column a region. */
#include "scanner/reports/csv_field.h"
#include "scanner/reports/reports.h"

static void write(const struct matrix *matrix, const struct report_output *output)
{
	FILE *stream = output->stream;

	fputs("account,account_name,ou,status,state", stream);
	for (size_t column = 0; column < matrix->column_count; column++)
		fprintf(stream, ",%s", matrix->columns[column].region);
	fputs(",organization\r\n", stream);
	for (size_t row = 0; row < matrix->row_count; row++) {
		const struct row *account = &matrix->rows[row];
		const char *const fields[] = {account->id, account->name, account->ou, account->status,
					      cell_state_name(matrix_row_state(matrix, row))};

		for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
			if (i > 0)
				fputc(',', stream);
			csv_write_field(stream, fields[i]);
		}
		for (size_t column = 0; column < matrix->column_count; column++)
			fprintf(stream, ",%s",
				cell_state_name((enum cell_state)matrix_cell(matrix, row, column).state));
		fputc(',', stream);
		csv_write_field(stream, account->organization);
		fputs("\r\n", stream);
	}
}

const struct report_format report_csv_matrix = {
	.name = "csv-matrix",
	.description = "one line an account, one column a region",
	.write = write,
};
