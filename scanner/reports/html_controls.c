#include "scanner/reports/html_controls.h"

#include "base/buffer.h"
#include "base/markdown.h"
#include "scanner/controls/control_text.h"
#include "scanner/reports/xml_text.h"

enum { SECTION_LEVEL = 3 /* of a heading within a control */ };

static void write_element(FILE *stream, const char *element, struct span text)
{
	fprintf(stream, "<%s>", element);
	xml_span_write(stream, text);
	fprintf(stream, "</%s>", element);
}

static void write_pieces(FILE *stream, struct span text)
{
	struct markdown_piece piece;

	while (markdown_next_piece(&text, &piece)) {
		if (piece.style == MARKDOWN_MONOSPACE) {
			write_element(stream, "code", piece.text);
		} else if (piece.style == MARKDOWN_STRONG) {
			write_element(stream, "strong", piece.text);
		} else if (piece.style == MARKDOWN_LINK) {
			fputs("<a rel=\"noreferrer\" href=\"", stream);
			xml_span_write(stream, piece.url);
			fputs("\">", stream);
			xml_span_write(stream, piece.text);
			fputs("</a>", stream);
		} else {
			xml_span_write(stream, piece.text);
		}
	}
}

static const char *list_of(const struct markdown_block *item)
{
	return item->number > 0 ? "ol" : "ul";
}

/* A list goes on over its items; a numbered one begins with the number of its first. */
static void write_item(FILE *stream, const struct markdown_block *item, const char **list)
{
	if (!*list || strcmp(*list, list_of(item)) != 0) {
		if (*list)
			fprintf(stream, "</%s>\n", *list);
		*list = list_of(item);
		fprintf(stream, "<%s", *list);
		if (item->number > 1)
			fprintf(stream, " start=\"%d\"", item->number);
		fputs(">\n", stream);
	}
	fputs("<li>", stream);
	write_pieces(stream, item->text);
	fputs("</li>\n", stream);
}

static void write_block(FILE *stream, const struct markdown_block *block)
{
	char heading[4];

	if (block->kind == MARKDOWN_HEADING) {
		snprintf(heading, sizeof heading, "h%d", block->number);
		write_element(stream, heading, block->text);
		fputc('\n', stream);
	} else if (block->kind == MARKDOWN_CODE) {
		write_element(stream, "pre", block->text);
		fputc('\n', stream);
	} else {
		fputs("<p>", stream);
		write_pieces(stream, block->text);
		fputs("</p>\n", stream);
	}
}

static void write_document(FILE *stream, struct span text)
{
	struct markdown_block block;
	const char *list = NULL;

	while (markdown_next(&text, &block)) {
		if (block.kind == MARKDOWN_ITEM) {
			write_item(stream, &block, &list);
			continue;
		}
		if (list)
			fprintf(stream, "</%s>\n", list);
		list = NULL;
		write_block(stream, &block);
	}
	if (list)
		fprintf(stream, "</%s>\n", list);
}

static bool write_control(const struct control *control, FILE *stream)
{
	struct buffer document = {0};
	bool is_whole;

	control_document(control, SECTION_LEVEL, &document);
	is_whole = !document.failed;
	if (is_whole && document.length > 0) {
		fprintf(stream, "<details class=\"about\" id=\"about-%s\">\n<summary>%s</summary>\n",
			control->id, control->id);
		write_document(stream, buffer_span(&document));
		fputs("</details>\n", stream);
	}
	buffer_deinit(&document);
	return is_whole;
}

bool html_controls_write(const struct matrix *matrix, FILE *stream)
{
	bool is_whole = true;

	fputs("<section id=\"controls\">\n<h2>Controls</h2>\n<p class=\"quiet\">What each one checks and why, "
	      "how "
	      "to audit it by hand, and how to implement it.</p>\n",
	      stream);
	for (const struct control **control = matrix->selected; is_whole && *control; control++)
		is_whole = write_control(*control, stream);
	fputs("</section>\n", stream);
	return is_whole;
}
