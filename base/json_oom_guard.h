/*
 * json_oom_guard.h - whether a part of what is told may be missing, because there was no memory for it.
 *
 * jansson, building an object, leaves out a member that cannot be added, and what is written looks whole. So
 * its allocations are watched. Whoever makes text in another way tells by itself, and whoever hands out asks
 * before.
 */
#ifndef BASE_JSON_OOM_GUARD_H
#define BASE_JSON_OOM_GUARD_H

#include <stdbool.h>
#include <stddef.h>

/* Once, before any thread uses jansson. */
void json_oom_guard_begin(void);
/* The same for text that is made without jansson. */
void json_oom_guard_fail(void);
/* calloc, for whoever would leave out a part of a text without it. Give it back with free. */
void *json_oom_guard_calloc(size_t count, size_t size);
/* From any thread; it stays true. */
bool json_oom_guard_failed(void);

#endif
