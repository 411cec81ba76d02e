#include <string.h>

#include "base/utf8.h"
#include "scanner/aws/xml_internal.h"

/* Classes of bytes. */
enum { TEXT = 1, BLANK = 2, NAME = 4, NAME_START = 8 };

// clang-format off
enum { t = TEXT, b = TEXT | BLANK, n = TEXT | NAME, s = TEXT | NAME | NAME_START };

/*
 * Bytes of no class - other control characters, `&`, `<`, `>`, non-ASCII - are handled separately, or
 * refused.
 */
static const unsigned char kinds[256] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, b, b, 0, 0, 0, 0, 0, /* tab, line feed */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	b, t, t, t, t, t, 0, t, t, t, t, t, t, n, n, t, /*  !"#$%&'()*+,-./ */
	n, n, n, n, n, n, n, n, n, n, t, t, 0, t, 0, t, /* 0123456789:;<=>? */
	t, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, /* @ABCDEFGHIJKLMNO */
	s, s, s, s, s, s, s, s, s, s, s, t, t, t, t, s, /* PQRSTUVWXYZ[\]^_ */
	t, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, /* `abcdefghijklmno */
	s, s, s, s, s, s, s, s, s, s, s, t, t, t, t, 0, /* pqrstuvwxyz{|}~  */
};
// clang-format on

static const struct span declarations[] = {
	SPAN("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"),
	SPAN("<?xml version=\"1.0\" encoding=\"utf-8\"?>"),
	SPAN("<?xml version=\"1.0\"?>"),
};

static const struct {
	struct span name;
	char character;
} entities[] = {
	{SPAN("&amp;"), '&'},  {SPAN("&lt;"), '<'},    {SPAN("&gt;"), '>'},
	{SPAN("&quot;"), '"'}, {SPAN("&apos;"), '\''},
};

static const struct span namespace = SPAN(" xmlns=\"");

/* The rest of the document. */
struct rest {
	const char *at, *end;
};

static bool take(struct rest *rest, struct span expected)
{
	if ((size_t)(rest->end - rest->at) < expected.length ||
	    memcmp(rest->at, expected.at, expected.length) != 0)
		return false;
	rest->at += expected.length;
	return true;
}

static bool take_byte(struct rest *rest, char expected)
{
	if (rest->at == rest->end || *rest->at != expected)
		return false;
	rest->at++;
	return true;
}

static struct span take_all(struct rest *rest, int kind)
{
	const char *from = rest->at;

	while (rest->at < rest->end && kinds[(unsigned char)*rest->at] & kind)
		rest->at++;
	return (struct span){from, (size_t)(rest->at - from)};
}

static bool take_name(struct rest *rest, struct span *name)
{
	if (rest->at == rest->end || !(kinds[(unsigned char)*rest->at] & NAME_START))
		return false;
	*name = take_all(rest, NAME);
	return true;
}

static bool take_namespace(struct rest *rest)
{
	if (!take(rest, namespace))
		return true;
	while (rest->at < rest->end && *rest->at != '"' && kinds[(unsigned char)*rest->at] & TEXT)
		rest->at++;
	return take_byte(rest, '"');
}

/* Copies a text to the buffer, when an entity or a child element makes it discontiguous. */
static bool copy_text(struct xml_parser *parser, struct span text)
{
	if (text.length > 0)
		buffer_append(&parser->text, text.at, text.length);
	return !parser->text.failed;
}

static bool take_entity(struct xml_parser *parser, struct rest *rest)
{
	for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++)
		if (take(rest, entities[i].name))
			return copy_text(parser, (struct span){&entities[i].character, 1});
	return false;
}

static bool take_character(struct rest *rest)
{
	uint32_t code;
	size_t length = utf8_read(rest->at, (size_t)(rest->end - rest->at), &code);

	rest->at += length;
	return length > 1 && code != 0xfffe && code != 0xffff;
}

/* Reads up to the next `<`; `*text` is the part that was not copied. */
static bool take_text(struct xml_parser *parser, struct rest *rest, struct span *text)
{
	text->at = rest->at;
	for (;;) {
		take_all(rest, TEXT);
		text->length = (size_t)(rest->at - text->at);
		if (rest->at == rest->end)
			return false;
		if (*rest->at == '<')
			return parser->text.length + text->length <= XML_TEXT_LIMIT;
		if (*rest->at == '&') {
			if (!copy_text(parser, *text) || !take_entity(parser, rest))
				return false;
			text->at = rest->at;
		} else if (!take_character(rest)) {
			return false;
		}
	}
}

static bool open_element(struct xml_parser *parser, struct rest *rest)
{
	struct xml_path *path = &parser->path;
	struct span name;

	if (path->depth == XML_DEPTH || !take_name(rest, &name) || (path->depth == 0 && !take_namespace(rest)))
		return false;
	parser->text_starts[path->depth] = parser->text.length;
	path->names[path->depth++] = name;
	if (parser->handler->open)
		parser->handler->open(parser->handler->user, path);
	if (take_byte(rest, '/'))
		xml_end_element(parser, (struct span){"", 0});
	return take_byte(rest, '>');
}

static bool close_element(struct xml_parser *parser, struct rest *rest, struct span text)
{
	struct xml_path *path = &parser->path;
	size_t start = parser->text_starts[path->depth - 1];

	if (!take(rest, path->names[path->depth - 1]) || !take_byte(rest, '>'))
		return false;
	if (parser->text.length > start) {
		if (!copy_text(parser, text))
			return false;
		text = (struct span){parser->text.at + start, parser->text.length - start};
	}
	xml_end_element(parser, text);
	return true;
}

static bool read_elements(struct xml_parser *parser, struct rest *rest)
{
	if (!take_byte(rest, '<') || !open_element(parser, rest))
		return false;
	while (parser->path.depth > 0) {
		struct span text;

		if (!take_text(parser, rest, &text) || !take_byte(rest, '<'))
			return false;
		if (take_byte(rest, '/') ? !close_element(parser, rest, text)
					 : !copy_text(parser, text) || !open_element(parser, rest))
			return false;
	}
	return true;
}

bool xml_read_plain(struct xml_parser *parser, struct span document, const struct xml_handler *handler)
{
	struct rest rest = {document.at, document.at + document.length};

	xml_begin(parser, handler);
	for (size_t i = 0; i < sizeof declarations / sizeof declarations[0]; i++)
		if (take(&rest, declarations[i]))
			break;
	take_all(&rest, BLANK);
	if (!read_elements(parser, &rest))
		return false;
	take_all(&rest, BLANK);
	return rest.at == rest.end;
}
