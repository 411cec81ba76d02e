/* What the sections of the table have in common. */
#include <string.h>

#include "base/text.h"
#include "scanner/reports/table_internal.h"
#include "scanner/reports/terminal_text.h"

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
	size_t length = strlen(text);
	char line[SENTENCE_SIZE];

	while (length > output->width && memrchr(text, ' ', length))
		length = (size_t)((char *)memrchr(text, ' ', length) - text);
	text_copy(line, sizeof line, (struct span){text, length});
	fputc('\n', output->stream);
	table_paint(output, TABLE_BOLD, line);
	if (text[length]) {
		fputs("\n ", output->stream);
		table_paint(output, TABLE_BOLD, text + length);
	}
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
	terminal_text_cut(output->stream, text, output->width > used ? output->width - used : 1);
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

void table_write_command(const struct matrix *matrix, const struct report_output *output, const char *lead,
			 const char *command, const char *report)
{
	size_t blanks = strspn(lead, " "), indent = blanks + 2, wanted, flags_width;
	const char *flags = matrix->run.flags && !matrix->run.is_not_stored ? matrix->run.flags : "";
	FILE *stream = output->stream;
	char text[SENTENCE_SIZE];

	if (matrix->run.is_not_stored)
		text_join(text, sizeof text, "scan with --report ", report, "=FILE", NULL);
	else
		text_join(text, sizeof text, "neptune-scan ", command, NULL);
	flags_width = terminal_text_width(flags);
	wanted = terminal_text_width(text) + flags_width;
	if (terminal_text_width(lead) + wanted <= output->width) {
		fputs(lead, stream);
	} else {
		fprintf(stream, "%*s", (int)blanks, "");
		table_write_wrapped(output, lead + blanks, blanks, indent);
		fprintf(stream, "%*s", (int)indent, "");
	}
	fputs(text, stream);
	if (indent + wanted > output->width && flags_width > 0)
		fprintf(stream, " \\\n%*s", (int)indent + 1, "");
	terminal_text_write(stream, flags);
	fputc('\n', stream);
}
