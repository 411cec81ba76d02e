#include "base/markdown.h"

#include <stdlib.h>

/* ---- blocks ---- */

static struct span without(struct span line, size_t mark)
{
	return span_trim((struct span){line.at + mark, line.length - mark});
}

static size_t count_of(struct span line, const char *set)
{
	size_t count = 0;

	while (count < line.length && strchr(set, line.at[count]))
		count++;
	return count;
}

static void read_code(struct span *rest, struct markdown_block *block)
{
	struct span line;

	block->kind = MARKDOWN_CODE;
	block->text = (struct span){rest->at ? rest->at : "", 0};
	while (span_split(rest, '\n', &line) && !span_starts_with(line, "```"))
		block->text.length = (size_t)((rest->at ? rest->at : line.at + line.length) - block->text.at);
}

/* "# ", "- ", "12. ", or none of them. */
static void read_line(struct span line, struct markdown_block *block)
{
	size_t hashes = count_of(line, "#"), digits = count_of(line, "0123456789");
	struct span after_digits = {line.at + digits, line.length - digits};

	*block = (struct markdown_block){.kind = MARKDOWN_PARAGRAPH, .text = line};
	if (hashes > 0) {
		*block = (struct markdown_block){MARKDOWN_HEADING, (int)hashes, without(line, hashes)};
	} else if (span_starts_with(line, "- ")) {
		*block = (struct markdown_block){MARKDOWN_ITEM, 0, without(line, 2)};
	} else if (digits > 0 && digits < 4 && span_starts_with(after_digits, ". ")) {
		*block = (struct markdown_block){MARKDOWN_ITEM, atoi(line.at), without(line, digits + 2)};
	}
}

bool markdown_next(struct span *rest, struct markdown_block *block)
{
	struct span line;

	while (span_split(rest, '\n', &line)) {
		line = span_trim(line);
		if (line.length == 0)
			continue;
		if (span_starts_with(line, "```"))
			read_code(rest, block);
		else
			read_line(line, block);
		return true;
	}
	return false;
}

bool markdown_same_list(const struct markdown_block *a, const struct markdown_block *b)
{
	return a->kind == MARKDOWN_ITEM && b->kind == MARKDOWN_ITEM && (a->number > 0) == (b->number > 0);
}

struct span markdown_section(struct span text, int level, const char *heading)
{
	struct span found = {NULL, 0}, rest = text;
	struct markdown_block block;
	const char *end = text.at;

	while (markdown_next(&rest, &block)) {
		bool ends = block.kind == MARKDOWN_HEADING && block.number <= level;

		if (found.at && ends)
			break;
		end = rest.at ? rest.at : text.at + text.length;
		if (!found.at && ends && block.number == level && span_equals(block.text, heading))
			found.at = end;
	}
	if (found.at)
		found.length = (size_t)(end - found.at);
	return found;
}

/* ---- pieces ---- */

static const char *find(struct span text, const char *what)
{
	return text.length > 0 ? memmem(text.at, text.length, what, strlen(what)) : NULL;
}

/* Between two marks at the front of the text. False: there is no second one. */
static bool take_marked(struct span *rest, const char *mark, enum markdown_style style,
			struct markdown_piece *piece)
{
	size_t length = strlen(mark);
	struct span inside = {rest->at + length, rest->length - length};
	const char *end;

	if (!span_starts_with(*rest, mark))
		return false;
	end = find(inside, mark);
	if (!end)
		return false;
	piece->style = style;
	piece->text = (struct span){inside.at, (size_t)(end - inside.at)};
	rest->length -= (size_t)(end - rest->at) + length;
	rest->at = end + length;
	return true;
}

static bool take_link(struct span *rest, struct markdown_piece *piece)
{
	struct span url;
	const char *middle, *end;

	if (!span_starts_with(*rest, "["))
		return false;
	middle = find(*rest, "](");
	if (!middle)
		return false;
	url = (struct span){middle + 2, rest->length - (size_t)(middle + 2 - rest->at)};
	end = find(url, ")");
	if (!end)
		return false;
	piece->style = MARKDOWN_LINK;
	piece->text = (struct span){rest->at + 1, (size_t)(middle - rest->at) - 1};
	piece->url = (struct span){url.at, (size_t)(end - url.at)};
	rest->length -= (size_t)(end + 1 - rest->at);
	rest->at = end + 1;
	return true;
}

bool markdown_next_piece(struct span *rest, struct markdown_piece *piece)
{
	size_t length = 1;

	*piece = (struct markdown_piece){.style = MARKDOWN_PLAIN};
	if (rest->length == 0)
		return false;
	if (take_marked(rest, "`", MARKDOWN_MONOSPACE, piece) ||
	    take_marked(rest, "**", MARKDOWN_STRONG, piece) || take_link(rest, piece))
		return true;
	while (length < rest->length && !strchr("`*[", rest->at[length]))
		length++;
	piece->text = (struct span){rest->at, length};
	rest->at += length;
	rest->length -= length;
	return true;
}
