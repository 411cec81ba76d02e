#include "workers/capacity.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum {
	DESCRIPTORS = 40,            /* of files, signals and the resolver */
	DESCRIPTORS_OF_WORKER = 6,   /* epoll, wakeups, and libcurl's own */
	SECOND_SOCKETS_SHARE = 8,    /* one connection in so many tries a second address at a time */
	BYTES_OF_CONNECTION = 98304, /* measured over TLS: 60 KiB, and the work that it carries */
	MEMORY_SHARE = 4,
	LINE = 512,
	PATH = 640,
};

static const char groups[] = "/sys/fs/cgroup";

/* The number after `name` at the beginning of a line; -1: there is none. */
static int64_t read_number(const char *path, const char *name)
{
	FILE *file = fopen(path, "re");
	char line[LINE];
	int64_t number = -1;

	while (file && number < 0 && fgets(line, sizeof line, file))
		if (strncmp(line, name, strlen(name)) != 0 ||
		    sscanf(line + strlen(name), "%" SCNd64, &number) != 1)
			number = -1;
	if (file)
		fclose(file);
	return number;
}

static int64_t less(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* What is left in one control group; -1: it has no limit. */
static int64_t left_in_group(const char *group)
{
	char path[PATH + 32];
	int64_t max, current;

	snprintf(path, sizeof path, "%s%s/memory.max", groups, group);
	max = read_number(path, "");
	snprintf(path, sizeof path, "%s%s/memory.current", groups, group);
	current = read_number(path, "");
	if (max < 0 || current < 0)
		return -1;
	return max > current ? max - current : 0;
}

/* The least that is left from the process's own control group up to the root. */
static int64_t left_in_groups(void)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[LINE] = "", *group = NULL;
	int64_t left = -1;

	while (file && !group && fgets(line, sizeof line, file))
		group = strncmp(line, "0::/", 4) == 0 ? line + 3 : NULL;
	if (file)
		fclose(file);
	if (group)
		group[strcspn(group, "\n")] = '\0';
	while (group) {
		char *slash = strrchr(group, '/');

		left = less(left, left_in_group(group));
		if (slash)
			*slash = '\0';
		else
			group = NULL;
	}
	return left;
}

struct capacity capacity_of_process(void)
{
	struct capacity capacity = {.descriptors = SIZE_MAX, .memory_bytes = -1};
	int64_t kibibytes = read_number("/proc/meminfo", "MemAvailable:");
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
		if (limit.rlim_max != RLIM_INFINITY)
			capacity.descriptors = (size_t)limit.rlim_max;
	}
	capacity.memory_bytes = less(kibibytes < 0 ? -1 : kibibytes * 1024, left_in_groups());
	return capacity;
}

size_t capacity_connections(const struct capacity *capacity, size_t workers)
{
	size_t others = DESCRIPTORS + workers * DESCRIPTORS_OF_WORKER, connections = SIZE_MAX;

	if (capacity->descriptors < SIZE_MAX)
		connections = capacity->descriptors > others ? capacity->descriptors - others : 0;
	if (connections < SIZE_MAX)
		connections -= connections / SECOND_SOCKETS_SHARE;
	if (capacity->memory_bytes >= 0 &&
	    connections > (size_t)(capacity->memory_bytes / MEMORY_SHARE / BYTES_OF_CONNECTION))
		connections = (size_t)(capacity->memory_bytes / MEMORY_SHARE / BYTES_OF_CONNECTION);
	return connections > workers ? connections : workers;
}
