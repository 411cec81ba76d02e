/*
 * xml_internal.h - shared by the two XML readers: xml.c, with libexpat, and xml_plain.c. Only they and the
 * tests that compare them include it.
 */
#ifndef SCANNER_AWS_XML_INTERNAL_H
#define SCANNER_AWS_XML_INTERNAL_H

#include <expat.h>

#include "scanner/aws/xml.h"

struct xml_parser {
	XML_Parser expat;
	unsigned long
		salt; /* for expat's hash tables, kept for the parser's life: drawing one costs a system call */
	const struct xml_handler *handler;
	struct xml_path path;
	size_t text_starts[XML_DEPTH]; /* where the text of each open element begins in `text` */
	struct buffer text;
	struct buffer names; /* the names of the path, concatenated */
	size_t name_starts[XML_DEPTH];
	bool refused;
};

/* Resets the parser for a document and its handler. */
void xml_begin(struct xml_parser *parser, const struct xml_handler *handler);
/* Ends the current element. */
void xml_end_element(struct xml_parser *parser, struct span text);

/* Reads any document. False: not well-formed, refused, or out of memory. */
bool xml_read_any(struct xml_parser *parser, struct span document, const struct xml_handler *handler);

/*
 * Reads a document as AWS writes it: elements without attributes except the root's xmlns, text, and the five
 * predefined entities. It reads in place, without a copy, in a sixth of the time. False, perhaps after the
 * handler received a part: the document contains something else, and xml_read_any decides. It never accepts a
 * document that xml_read_any refuses, nor calls the handler differently.
 */
bool xml_read_plain(struct xml_parser *parser, struct span document, const struct xml_handler *handler);

#endif
