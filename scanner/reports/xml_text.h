/*
 * xml_text.h - escapes untrusted text for XML and HTML, without characters that either forbids.
 */
#ifndef SCANNER_REPORTS_XML_TEXT_H
#define SCANNER_REPORTS_XML_TEXT_H

#include <stdio.h>

/*
 * For elements and attributes. NULL writes nothing; characters that are not visible become "?" (base/utf8.h).
 */
void xml_text_write(FILE *stream, const char *text);

#endif
