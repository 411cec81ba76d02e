/*
 * For LD_PRELOAD: the FAIL_AT-th allocation fails, once. Without FAIL_AT, or with 0, allocations are counted,
 * and the count is written to the file COUNT_INTO. Allocations of libcrypto and of the dynamic loader neither
 * count nor fail: OpenSSL 3.0 does not survive a failure in its first initialization, nor glibc's loader
 * while it opens a library, whatever their caller does.
 */
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

static atomic_long seen;
static long fail_at;
/* Code ranges whose allocations are left alone. */
static struct range {
	const char *name;
	uintptr_t begin, end;
} spared[] = {{.name = "libcrypto"}, {.name = "ld-linux"}};

static int find_range(struct dl_phdr_info *info, size_t size, void *wanted)
{
	struct range *range = wanted;

	(void)size;
	if (!strstr(info->dlpi_name, range->name))
		return 0;
	range->begin = info->dlpi_addr;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		uintptr_t end = info->dlpi_addr + part->p_vaddr + part->p_memsz;

		if (part->p_type == PT_LOAD && end > range->end)
			range->end = end;
	}
	return 1;
}

__attribute__((constructor)) static void begin(void)
{
	const char *text = getenv("FAIL_AT");

	fail_at = text ? strtol(text, NULL, 10) : 0;
	for (size_t i = 0; i < sizeof spared / sizeof *spared; i++)
		dl_iterate_phdr(find_range, &spared[i]);
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

static int fails(const void *caller)
{
	for (size_t i = 0; i < sizeof spared / sizeof *spared; i++)
		if ((uintptr_t)caller >= spared[i].begin && (uintptr_t)caller < spared[i].end)
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
