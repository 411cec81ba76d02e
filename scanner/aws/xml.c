#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "scanner/aws/xml_internal.h"

enum { PIECE = 65536 };

static void refuse(struct xml_parser *parser)
{
	parser->refused = true;
	XML_StopParser(parser->expat, XML_FALSE);
}

/* The names' buffer may move when it grows. */
static void point_at_names(struct xml_parser *parser)
{
	for (size_t i = 0; i < parser->path.depth; i++)
		parser->path.names[i].at = parser->names.at + parser->name_starts[i];
}

static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
	struct xml_parser *parser = user;
	const char *colon = strchr(name, ':'), *before = parser->names.at;
	size_t depth = parser->path.depth;
	struct span local = span_of(colon ? colon + 1 : name);

	(void)attributes;
	if (depth == XML_DEPTH) {
		refuse(parser);
		return;
	}
	parser->name_starts[depth] = parser->names.length;
	parser->text_starts[depth] = parser->text.length;
	buffer_append(&parser->names, local.at, local.length);
	if (parser->names.failed) {
		refuse(parser);
		return;
	}
	parser->path.names[depth] = (struct span){parser->names.at + parser->name_starts[depth], local.length};
	parser->path.depth++;
	if (parser->names.at != before)
		point_at_names(parser);
	if (parser->handler->open)
		parser->handler->open(parser->handler->user, &parser->path);
}

static void XMLCALL on_end(void *user, const XML_Char *name)
{
	struct xml_parser *parser = user;
	size_t start;

	(void)name;
	if (parser->refused)
		return; /* expat may still report the end of the element that was refused */
	start = parser->text_starts[parser->path.depth - 1];
	xml_end_element(parser, (struct span){parser->text.at ? parser->text.at + start : "",
					      parser->text.length - start});
	parser->names.length = parser->name_starts[parser->path.depth];
}

static void XMLCALL on_text(void *user, const XML_Char *text, int length)
{
	struct xml_parser *parser = user;

	if (parser->path.depth == 0)
		return;
	if (parser->text.length + (size_t)length > XML_TEXT_LIMIT) {
		refuse(parser);
		return;
	}
	buffer_append(&parser->text, text, (size_t)length);
	if (parser->text.failed)
		refuse(parser);
}

static void XMLCALL on_doctype(void *user, const XML_Char *name, const XML_Char *system, const XML_Char *public,
			       int internal)
{
	(void)name;
	(void)system;
	(void)public;
	(void)internal;
	refuse(user);
}

struct xml_parser *xml_parser_new(void)
{
	struct xml_parser *parser = calloc(1, sizeof *parser);

	if (!parser)
		return NULL;
	parser->expat = XML_ParserCreate(NULL);
	if (!parser->expat || getrandom(&parser->salt, sizeof parser->salt, 0) != sizeof parser->salt) {
		XML_ParserFree(parser->expat);
		free(parser);
		return NULL;
	}
	return parser;
}

void xml_parser_free(struct xml_parser *parser)
{
	if (!parser)
		return;
	XML_ParserFree(parser->expat);
	buffer_wipe(&parser->text);
	buffer_deinit(&parser->names);
	free(parser);
}

/* Feeds expat in pieces: it copies its input, and a small copy stays in the processor's cache. */
static bool parse(XML_Parser expat, struct span document)
{
	while (document.length > PIECE) {
		if (XML_Parse(expat, document.at, PIECE, XML_FALSE) != XML_STATUS_OK)
			return false;
		document.at += PIECE;
		document.length -= PIECE;
	}
	return XML_Parse(expat, document.at, (int)document.length, XML_TRUE) == XML_STATUS_OK;
}

bool xml_read_any(struct xml_parser *parser, struct span document, const struct xml_handler *handler)
{
	if (!XML_ParserReset(parser->expat, NULL))
		return false;
	XML_SetHashSalt(parser->expat, parser->salt);
	XML_SetUserData(parser->expat, parser);
	XML_SetElementHandler(parser->expat, on_start, on_end);
	XML_SetCharacterDataHandler(parser->expat, on_text);
	XML_SetStartDoctypeDeclHandler(parser->expat, on_doctype);
	xml_begin(parser, handler);
	return parse(parser->expat, document) && !parser->refused;
}

bool xml_read(struct xml_parser *parser, struct span document, const struct xml_handler *handler)
{
	return xml_read_plain(parser, document, handler) || xml_read_any(parser, document, handler);
}
