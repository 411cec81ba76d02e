#include "scanner/commands/markdown_terminal.h"

#include "base/buffer.h"
#include "base/markdown.h"

enum { STEP = 2 /* columns of one indentation */ };

struct page {
	FILE *stream;
	size_t columns;
	int indent; /* of the present section's text */
	struct markdown_block last;
	struct buffer plain; /* the present line without marks */
	bool is_whole;
};

/* From one column to the other, with `first` in front of the first line. */
static void write_wrapped(struct page *page, const char *first, struct span text)
{
	int left = page->indent + (int)strlen(first);
	size_t column = (size_t)left;
	struct span word;
	bool starts = true;

	fprintf(page->stream, "%*s%s", page->indent, "", first);
	while (span_split(&text, ' ', &word)) {
		if (word.length == 0)
			continue;
		if (!starts && column + 1 + word.length > page->columns) {
			fprintf(page->stream, "\n%*s", left, "");
			column = (size_t)left;
			starts = true;
		}
		fprintf(page->stream, "%s" SPAN_FORMAT, starts ? "" : " ", SPAN_ARGUMENTS(word));
		column += word.length + !starts;
		starts = false;
	}
	fputc('\n', page->stream);
}

static bool has_blank(struct span text)
{
	return text.length > 0 && memchr(text.at, ' ', text.length);
}

/* A link is its text, and its address in a line of its own. */
static void write_text(struct page *page, const char *first, struct span text)
{
	struct span address = {NULL, 0};
	struct markdown_piece piece;

	buffer_clear(&page->plain);
	while (markdown_next_piece(&text, &piece)) {
		/* A command in a sentence: where it ends must be seen. */
		const char *mark = piece.style == MARKDOWN_MONOSPACE && has_blank(piece.text) ? "`" : "";

		buffer_text(&page->plain, mark);
		buffer_append(&page->plain, piece.text.at, piece.text.length);
		buffer_text(&page->plain, mark);
		if (piece.style == MARKDOWN_LINK)
			address = piece.url;
	}
	page->is_whole = page->is_whole && !page->plain.failed;
	write_wrapped(page, first, buffer_span(&page->plain));
	if (address.at)
		fprintf(page->stream, "%*s" SPAN_FORMAT "\n", page->indent + (int)strlen(first), "",
			SPAN_ARGUMENTS(address));
}

static void write_code(struct page *page, struct span code)
{
	struct span line;

	code = (struct span){code.at, code.length > 0 ? code.length - 1 : 0}; /* without the last line end */
	while (span_split(&code, '\n', &line))
		fprintf(page->stream, "%*s" SPAN_FORMAT "\n", page->indent + STEP, "", SPAN_ARGUMENTS(line));
}

static void write_heading(struct page *page, const struct markdown_block *block)
{
	page->indent = STEP * (block->number - 1);
	write_text(page, "", block->text);
	page->indent += STEP;
}

static void write_item(struct page *page, const struct markdown_block *block)
{
	char first[16] = "- ";

	if (block->number > 0)
		snprintf(first, sizeof first, "%d. ", block->number);
	write_text(page, first, block->text);
}

bool markdown_terminal_write(struct span text, size_t columns, FILE *stream)
{
	struct page page = {.stream = stream,
			    .columns = columns,
			    .indent = STEP,
			    .last = {.kind = MARKDOWN_HEADING},
			    .is_whole = true};
	struct markdown_block block;

	while (markdown_next(&text, &block)) {
		/* What belongs together stands together: a heading and its text, the items of a list. */
		if (block.kind == MARKDOWN_HEADING ||
		    (page.last.kind != MARKDOWN_HEADING && !markdown_same_list(&page.last, &block)))
			fputc('\n', stream);
		if (block.kind == MARKDOWN_HEADING)
			write_heading(&page, &block);
		else if (block.kind == MARKDOWN_ITEM)
			write_item(&page, &block);
		else if (block.kind == MARKDOWN_CODE)
			write_code(&page, block.text);
		else
			write_text(&page, "", block.text);
		page.last = block;
	}
	buffer_deinit(&page.plain);
	return page.is_whole;
}
