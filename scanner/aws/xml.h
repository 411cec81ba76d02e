/*
 * xml.h - a streaming reader of AWS's XML.
 *
 * A handler is called at the start and the end of each element, with the path of local names (without
 * namespaces) and, at the end, the element's own text. Documents with a DTD, and therefore with custom
 * entities, are refused, and so are those deeper than XML_DEPTH. libexpat decides what is well-formed;
 * documents as simple as AWS writes them are parsed without it (xml_plain.c).
 */
#ifndef SCANNER_AWS_XML_H
#define SCANNER_AWS_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/span.h"

enum { XML_DEPTH = 32, XML_TEXT_LIMIT = 65536 };

struct xml_path {
	size_t depth;                 /* 1 at the root element */
	struct span names[XML_DEPTH]; /* names[0] is the root's, names[depth - 1] the current one's */
};

struct xml_handler {
	void (*begin)(void *user); /* the document starts, perhaps for the second time: drop earlier results;
				      may be NULL */
	void (*open)(void *user, const struct xml_path *path); /* may be NULL */
	void (*close)(void *user, const struct xml_path *path, struct span text);
	void *user;
	/* After a whole document: why it cannot be the response to the request; NULL: it can. May be NULL. */
	const char *(*problem)(void *user);
};

struct xml_parser;

/* A parser is reused for many documents and belongs to one thread. NULL: out of memory. */
struct xml_parser *xml_parser_new(void);
void xml_parser_free(struct xml_parser *parser);

/* False: not well-formed, refused, or out of memory; the handler may have received a part of it. */
bool xml_read(struct xml_parser *parser, struct span document, const struct xml_handler *handler);

/* The name `above` levels above the current element (0: itself); empty above the root. */
struct span xml_name(const struct xml_path *path, size_t above);

/*
 * For an element that may occur once, and whose text was `read` before (NULL: not yet): a second one with
 * another text is a contradiction. Returns the problem, in the arena; NULL: none.
 */
const char *xml_contradiction(const char *read, const struct xml_path *path, struct span text,
			      struct arena *arena);

#endif
