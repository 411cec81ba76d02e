/*
 * Preloaded into the program: the FAIL_AT-th allocation fails, once. Without FAIL_AT, or with 0, they are
 * counted, and the count goes to the file that COUNT_INTO names. libcrypto's own allocations neither count nor
 * fail: OpenSSL 3.0 does not survive that in its first initialisation, whatever its caller does.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

static atomic_long seen;
static long fail_at;

__attribute__((constructor)) static void begin(void)
{
	const char *text = getenv("FAIL_AT");

	fail_at = text ? strtol(text, NULL, 10) : 0;
	atomic_store(&seen, 0);
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("COUNT_INTO");
	FILE *stream = path ? fopen(path, "w") : NULL;

	if (!stream)
		return;
	fprintf(stream, "%ld\n", atomic_load(&seen));
	fclose(stream);
}

/* Looking up a name may allocate, which would look up a name. */
static _Thread_local int looking;

static int is_of_libcrypto(const void *caller)
{
	Dl_info info;
	int found;

	if (looking)
		return 1;
	looking = 1;
	found = dladdr(caller, &info) && info.dli_fname && strstr(info.dli_fname, "libcrypto");
	looking = 0;
	return found;
}

static int fails(const void *caller)
{
	if (is_of_libcrypto(caller))
		return 0;
	if (atomic_fetch_add(&seen, 1) + 1 != fail_at)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(memory, size);
}
