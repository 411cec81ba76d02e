/*
 * unit.h - included by every unit test: cmocka, with its headers in the required order.
 */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"

/* The contents of a file, which the caller frees; NULL: it cannot be read. */
static inline char *read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *text = file ? calloc(1, 1 << 21) : NULL;
	size_t length = text ? fread(text, 1, (1 << 21) - 1, file) : 0;

	if (file)
		fclose(file);
	return text && !text[length] ? text : NULL;
}

#define assert_contains(text, part)                                                                            \
	do {                                                                                                   \
		if (!strstr(text, part))                                                                       \
			fail_msg("\"%s\" is not in \"%s\"", part, text);                                       \
	} while (0)

#define assert_span_equal(span, text) assert_true(span_equals(span, text))

#endif
