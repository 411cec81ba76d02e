/* What the sections of the table have in common. */
#include <string.h>

#include "base/text.h"
#include "scanner/reports/table_internal.h"
#include "scanner/reports/terminal_text.h"

enum { MIN_REST = 20 };

const char *table_color_of(enum cell_state state)
{
	switch (state) {
	case CELL_FAIL:
		return "1;31";
	case CELL_PASS:
		return "32";
	case CELL_EXEMPT:
		return "36";
	default:
		return cell_state_group(state) == CELL_NOT_ASSESSED ? "1;35" : "2";
	}
}

void table_paint(const struct report_output *output, const char *color, const char *text)
{
	if (output->color)
		fprintf(output->stream, "\033[%sm%s\033[0m", color, text);
	else
		fputs(text, output->stream);
}

void table_heading(const struct report_output *output, const char *text)
{
	fputc('\n', output->stream);
	table_paint(output, TABLE_BOLD, text);
	fputc('\n', output->stream);
}

void table_write_account(const struct row *account, FILE *stream)
{
	fputs(account->id, stream);
	if (!account->name)
		return;
	fputc(' ', stream);
	terminal_text_write(stream, account->name);
}

void table_write_rest(const struct report_output *output, const char *text, size_t used)
{
	size_t room = output->width > used + MIN_REST ? output->width - used : MIN_REST;

	terminal_text_cut(output->stream, text, room);
}

void table_write_wrapped(const struct report_output *output, const char *text, size_t used, size_t indent)
{
	size_t at = used;

	while (*text) {
		size_t length = strcspn(text, " "), width;
		char word[SENTENCE_SIZE];

		text_copy(word, sizeof word, (struct span){text, length});
		width = terminal_text_width(word);
		if (at > used && at + 1 + width > output->width) {
			fprintf(output->stream, "\n%*s", (int)indent, "");
			at = used = indent;
		} else if (at > used) {
			fputc(' ', output->stream);
			at++;
		}
		terminal_text_write(output->stream, word);
		at += width;
		text += length + strspn(text + length, " ");
	}
	fputc('\n', output->stream);
}

void table_write_command(const struct matrix *matrix, const char *command, const char *report, FILE *stream)
{
	if (matrix->run.is_not_stored) {
		fprintf(stream, "scan with --report %s=FILE\n", report);
		return;
	}
	fprintf(stream, "neptune-scan %s", command);
	if (matrix->run.flags)
		terminal_text_write(stream, matrix->run.flags);
	fputc('\n', stream);
}
