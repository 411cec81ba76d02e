/*
 * jansson 2.14 does not survive a failed allocation while it parses: a text of more than a few bytes loses
 * its end and is then written beyond its allocation. After the first failure the guard therefore serves
 * jansson from a reserve, which suffices to finish the current operation, and reports the failure.
 */
#include "base/json_oom_guard.h"

#include <jansson.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

enum { RESERVE = 262144, ALIGNMENT = 16 };

/* jansson has one allocator for the whole program, so there is one flag as well. */
static atomic_bool failed;
static alignas(ALIGNMENT) unsigned char reserve[RESERVE];
static atomic_size_t used;

void json_oom_guard_fail(void)
{
	atomic_store_explicit(&failed, true, memory_order_relaxed);
}

void *json_oom_guard_calloc(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory)
		json_oom_guard_fail();
	return memory;
}

static void *take_from_reserve(size_t size)
{
	size_t start;

	json_oom_guard_fail();
	if (size > RESERVE)
		return NULL;
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	start = atomic_fetch_add_explicit(&used, size, memory_order_relaxed);
	return start <= RESERVE - size ? reserve + start : NULL;
}

static void *allocate(size_t size)
{
	void *memory = malloc(size);

	return memory ? memory : take_from_reserve(size);
}

static void give_back(void *memory)
{
	uintptr_t address = (uintptr_t)memory, first = (uintptr_t)reserve;

	if (address < first || address >= first + RESERVE)
		free(memory);
}

void json_oom_guard_init(void)
{
	json_set_alloc_funcs(allocate, give_back);
}

bool json_oom_guard_failed(void)
{
	return atomic_load_explicit(&failed, memory_order_relaxed);
}
