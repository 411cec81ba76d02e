/*
 * contradictions.h - what a page says twice, and not in the same words.
 *
 * Nobody can know which of two values counts, so such a page is no answer. Each problem is a text in the arena;
 * NULL: there is none.
 */
#ifndef SCANNER_AWS_CONTRADICTIONS_H
#define SCANNER_AWS_CONTRADICTIONS_H

#include "base/arena.h"
#include "scanner/resources/resource.h"

/* A key with two values. The same tag twice is one: the list has each once afterwards. */
const char *contradictions_in_tags(struct pair **tags, struct arena *arena);
/*
 * A resource, by its ARN or its id, with two descriptions. `dropped`: of other engines. Two pages may differ,
 * because time passes between them (scanner/repetitions.c); within one page none does.
 */
const char *contradictions_in_page(const struct resource *kept, const struct resource *dropped,
				   struct arena *arena);

#endif
