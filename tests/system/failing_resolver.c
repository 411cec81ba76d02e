/*
 * For LD_PRELOAD: NAME_FAULTS percent of the name lookups fail, drawn from a counter, as with an overloaded
 * resolver. Names that end in ".test" resolve to the loopback address, because libcurl resolves localhost
 * itself.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static atomic_uint lookups;

int getaddrinfo(const char *restrict node, const char *restrict service, const struct addrinfo *restrict hints,
		struct addrinfo **restrict result)
{
	static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
	const char *share = getenv("NAME_FAULTS");
	uint32_t draw = (atomic_fetch_add(&lookups, 1) + 1) * 2654435761U >> 16;

	if (share && draw % 100 < (uint32_t)atoi(share))
		return EAI_AGAIN;
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	if (node && strlen(node) > 5 && strcmp(node + strlen(node) - 5, ".test") == 0)
		node = "127.0.0.1";
	return real(node, service, hints, result);
}
