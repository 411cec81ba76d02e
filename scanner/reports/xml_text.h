/*
 * xml_text.h - foreign text in XML and HTML: escaped, and without what neither may hold.
 */
#ifndef SCANNER_REPORTS_XML_TEXT_H
#define SCANNER_REPORTS_XML_TEXT_H

#include <stdio.h>

/* For elements and attributes. NULL writes nothing; "?" stands for what is not shown (base/utf8.h). */
void xml_text_write(FILE *stream, const char *text);

#endif
