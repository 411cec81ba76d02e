/*
 * markdown.h - the Markdown of the program's own texts, block by block.
 *
 * The part that these texts use: "#" headings, paragraphs and list items of one line each, and fenced code.
 * Within a line: `code`, **strong** and [links](url). Every span points into the text.
 */
#ifndef BASE_MARKDOWN_H
#define BASE_MARKDOWN_H

#include "base/span.h"

enum markdown_kind { MARKDOWN_HEADING, MARKDOWN_PARAGRAPH, MARKDOWN_ITEM, MARKDOWN_CODE };

struct markdown_block {
	enum markdown_kind kind;
	int number;       /* heading: its level; item: its number, 0 for a bullet */
	struct span text; /* without its mark; of code: the lines, each with its end */
};

/* Takes the next block off the front of `*rest`; false when nothing is left. */
bool markdown_next(struct span *rest, struct markdown_block *block);

enum markdown_style { MARKDOWN_PLAIN, MARKDOWN_MONOSPACE, MARKDOWN_STRONG, MARKDOWN_LINK };

struct markdown_piece {
	enum markdown_style style;
	struct span text, url; /* the URL of a link only */
};

/* Are both items of one list, that of bullets or that of numbers? */
bool markdown_same_list(const struct markdown_block *a, const struct markdown_block *b);

/* Takes the next piece off the front of a block's text. A mark without its end is plain text. */
bool markdown_next_piece(struct span *rest, struct markdown_piece *piece);

/* What stands below a heading, up to the next one of its level or above. Absent: there is no such heading. */
struct span markdown_section(struct span text, int level, const char *heading);

#endif
