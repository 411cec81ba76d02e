/*
 * json_oom_guard.h - records that a report may be incomplete because memory ran out.
 *
 * jansson leaves out a member that it cannot allocate, and the output still looks complete. The guard
 * therefore wraps jansson's allocator and remembers failures. Code that builds a part of a report without
 * jansson (a text, details read from the store) reports failures by itself, and code that publishes output
 * checks json_oom_guard_failed first.
 */
#ifndef BASE_JSON_OOM_GUARD_H
#define BASE_JSON_OOM_GUARD_H

#include <stdbool.h>
#include <stddef.h>

/* To be called once, before any thread uses jansson. */
void json_oom_guard_init(void);
/* Records a failure of code that does not use jansson. */
void json_oom_guard_fail(void);
/*
 * calloc that records a failure, for callers that would otherwise leave out a part of a report. The caller
 * frees.
 */
void *json_oom_guard_calloc(size_t count, size_t size);
/* True once any allocation has failed; it stays true. Safe to call from any thread. */
bool json_oom_guard_failed(void);

#endif
