/*
 * json_memory.h - whether jansson ever ran out of memory.
 *
 * Building an object, a member that cannot be added is simply not there, and what is written looks whole. So
 * the allocations are watched, and whoever has made JSON asks before it is handed out.
 */
#ifndef SCANNER_MATRIX_JSON_MEMORY_H
#define SCANNER_MATRIX_JSON_MEMORY_H

#include <stdbool.h>

/* Once, before any thread uses jansson. */
void json_memory_watch(void);
/* The same for JSON that is made without jansson. */
void json_memory_fail(void);
/* From any thread; it stays true. */
bool json_memory_failed(void);

#endif
