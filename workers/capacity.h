/*
 * capacity.h - how many connections this process may have, by its descriptors and its memory.
 *
 * Memory: what the system calls available (MemAvailable, proc_meminfo(5)), or what is left below the limit of
 * a control group on the way from the process's own to the root, whichever is less (memory.max and
 * memory.current, "Control Group v2" in the kernel's documentation; version 1 has no such path and is not
 * read). Connections may have a quarter of it.
 */
#ifndef WORKERS_CAPACITY_H
#define WORKERS_CAPACITY_H

#include <stddef.h>
#include <stdint.h>

struct capacity {
	size_t descriptors;   /* that may be open; SIZE_MAX: no limit */
	int64_t memory_bytes; /* that may be used in addition; -1: not known */
};

/* Raises the soft limit of descriptors to the hard one. */
struct capacity capacity_of_process(void);
/*
 * The connections that fit, at least one for each worker. The other descriptors are those of workers, the run
 * store, reports, the resolver, and second sockets of connections that try two addresses.
 */
size_t capacity_connections(const struct capacity *capacity, size_t workers);

#endif
