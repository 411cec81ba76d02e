/*
 * xml_internal.h - what the two readers of XML share: xml.c, which has libexpat parse, and xml_plain.c. No
 * other file includes it, but the tests that compare them.
 */
#ifndef SCANNER_AWS_XML_INTERNAL_H
#define SCANNER_AWS_XML_INTERNAL_H

#include <expat.h>

#include "scanner/aws/xml.h"

struct xml_parser {
	XML_Parser expat;
	unsigned long salt; /* of expat's hash tables, for this parser's whole life: drawing one costs a system
			       call */
	const struct xml_handler *handler;
	struct xml_path path;
	size_t text_starts[XML_DEPTH]; /* where each open element's text begins in `text` */
	struct buffer text;
	struct buffer names; /* the path's names, one after the other */
	size_t name_starts[XML_DEPTH];
	bool refused;
};

/* As new, for a document that this handler is to hear. */
void xml_begin(struct xml_parser *parser, const struct xml_handler *handler);
/* The end of the current element. */
void xml_end_element(struct xml_parser *parser, struct span text);

/* Any document. False: not well-formed, refused, or no memory. */
bool xml_read_any(struct xml_parser *parser, struct span document, const struct xml_handler *handler);

/*
 * A document as AWS writes it: elements without attributes but the root's xmlns, text and the five predefined
 * entities between them. It is read where it stands, without a copy, in a sixth of the time. False, maybe after
 * a part of it was heard: something else is in it, and xml_read_any must say what to think of it. Never true
 * for a document that xml_read_any refuses, nor heard otherwise than by it.
 */
bool xml_read_plain(struct xml_parser *parser, struct span document, const struct xml_handler *handler);

#endif
