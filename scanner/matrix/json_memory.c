#include "scanner/matrix/json_memory.h"

#include <jansson.h>
#include <stdatomic.h>
#include <stdlib.h>

/* jansson has one allocator for the whole program, so there is one answer for it, too. */
static atomic_bool failed;

static void *allocate(size_t size)
{
	void *memory = malloc(size);

	if (!memory)
		atomic_store_explicit(&failed, true, memory_order_relaxed);
	return memory;
}

void json_memory_watch(void)
{
	json_set_alloc_funcs(allocate, free);
}

bool json_memory_failed(void)
{
	return atomic_load_explicit(&failed, memory_order_relaxed);
}
