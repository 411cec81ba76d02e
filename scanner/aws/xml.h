/*
 * xml.h - reading AWS's XML as it streams by.
 *
 * No tree: a handler hears of each element's start and end, with its path of local names (namespaces
 * are dropped) and, at the end, the text that stood directly in it. DTDs, and with them entities of
 * one's own, are refused; so is what is deeper than XML_DEPTH. libexpat decides what is well-formed; a
 * document as plain as AWS writes them is read without it (xml_plain.c).
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
	void (*begin)(void *user); /* the document starts, maybe anew: forget what was heard; may be NULL */
	void (*open)(void *user, const struct xml_path *path); /* may be NULL */
	void (*close)(void *user, const struct xml_path *path, struct span text);
	void *user;
	/* Of a whole document: why what it says cannot be the answer to the request; NULL: it can. May be NULL.
	 */
	const char *(*problem)(void *user);
};

struct xml_parser;

/* A parser is reused from document to document; it belongs to one thread. NULL: no memory. */
struct xml_parser *xml_parser_new(void);
void xml_parser_free(struct xml_parser *parser);

/* False: not well-formed, refused, or no memory; the handler may then have heard a part of it. */
bool xml_read(struct xml_parser *parser, struct span document, const struct xml_handler *handler);

/* The name `above` levels over the current element (0: itself); empty when there is none. */
struct span xml_name(const struct xml_path *path, size_t above);

/*
 * Of an element that may stand once, whose text is read already (NULL: not yet): a second one with another text
 * contradicts it, and no reader can know which of them counts. The problem, in the arena; NULL: none.
 */
const char *xml_contradiction(const char *read, const struct xml_path *path, struct span text,
			      struct arena *arena);

#endif
