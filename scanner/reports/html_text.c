#include "scanner/reports/html_text.h"

#include <string.h>

#include "base/text.h"
#include "scanner/reports/xml_text.h"

/* ---- sections and tables ---- */

void html_open_section(FILE *stream, const char *id, const char *title)
{
	fprintf(stream, "<section id=\"%s\" aria-labelledby=\"%s-title\">\n<h2 id=\"%s-title\">%s</h2>\n", id,
		id, id, title);
}

void html_close_section(FILE *stream)
{
	fputs("</section>\n", stream);
}

void html_open_table(FILE *stream, const struct html_table *table)
{
	fprintf(stream, "<div class=\"scroll%s\" tabindex=\"0\" role=\"region\" aria-label=\"Table: ",
		table->name ? " long" : "");
	xml_text_write(stream, table->label);
	fputs("\">\n<table class=\"plain\"", stream);
	if (table->name)
		fprintf(stream, " data-list=\"%s\"", table->name);
	fputs(">\n<thead><tr>", stream);
	for (const char *const *column = table->columns; *column; column++) {
		bool is_number = **column == '#';

		fprintf(stream, "<th scope=\"col\"%s>%s</th>", is_number ? " class=\"n\"" : "",
			*column + is_number);
	}
	fputs("</tr></thead>\n<tbody>\n", stream);
}

void html_close_table(FILE *stream)
{
	fputs("</tbody>\n</table>\n</div>\n", stream);
}

void html_write_rest(FILE *stream, size_t rest, const char *flags, const struct run *run)
{
	if (rest == 0)
		return;
	fprintf(stream, "<p class=\"rest\">... and %s more: <code>", text_count(rest).text);
	if (run->is_not_stored) {
		fprintf(stream, "neptune-scan scan %s", flags);
	} else {
		fprintf(stream, "neptune-scan report %s", flags);
		xml_text_write(stream, run->flags);
		if (!run->flags || !strstr(run->flags, " --run "))
			fprintf(stream, " --run %s", run->id);
	}
	fputs("</code></p>\n", stream);
}

/* ---- cells ---- */

void html_write_cell(FILE *stream, const char *text)
{
	fputs("<td>", stream);
	xml_text_write(stream, text);
	fputs("</td>", stream);
}

void html_write_count_cell(FILE *stream, size_t count)
{
	fprintf(stream, "<td class=\"n\">%s</td>", text_count(count).text);
}

void html_write_account_cell(FILE *stream, const struct row *account)
{
	fprintf(stream, "<td>%s ", account->id);
	xml_text_write(stream, account->name);
	fputs("</td>", stream);
}

void html_write_account_link(FILE *stream, const struct row *account)
{
	fprintf(stream, "<td><a href=\"#q=%s\">%s</a> ", account->id, account->id);
	xml_text_write(stream, account->name);
	fputs("</td>", stream);
}

/* ---- coverage ---- */

void html_format_coverage(size_t in_scope, size_t unassessed, bool is_complete,
			  char text[static HTML_PERCENT_SIZE])
{
	uint64_t tenths =
		in_scope > 0 ? 1000 * (uint64_t)(in_scope - unassessed) / in_scope : (is_complete ? 1000 : 0);

	if (tenths == 1000 && !is_complete)
		tenths = 999;
	snprintf(text, HTML_PERCENT_SIZE, "%u.%u %%", (unsigned)(tenths / 10), (unsigned)(tenths % 10));
}
