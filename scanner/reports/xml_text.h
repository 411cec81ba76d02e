/*
 * xml_text.h - escapes untrusted text for XML and HTML, without characters that either forbids.
 */
#ifndef SCANNER_REPORTS_XML_TEXT_H
#define SCANNER_REPORTS_XML_TEXT_H

#include <stdio.h>

#include "base/span.h"

/*
 * For elements and attributes. NULL writes nothing; characters that are not visible become "?" (base/utf8.h).
 */
void xml_text_write(FILE *stream, const char *text);
/* Of a longer text that ends in a NUL. */
void xml_span_write(FILE *stream, struct span text);

#endif
