/*
 * xml_text.h - foreign text in XML and HTML: escaped, and without what neither may hold.
 */
#ifndef SCANNER_REPORTS_XML_TEXT_H
#define SCANNER_REPORTS_XML_TEXT_H

#include <stddef.h>
#include <stdio.h>

/*
 * How many bytes the character at `text` has; 0: it is no UTF-8, a control character, or one that changes the
 * direction in which its neighbours are read.
 */
size_t xml_character_length(const char *text);
/* For elements and attributes. NULL writes nothing; characters without a length become "?". */
void xml_text_write(FILE *stream, const char *text);

#endif
