/*
 * Sources: sbatch(1), "OUTPUT ENVIRONMENT VARIABLES"; the AWS Batch user guide, "AWS Batch job environment
 * variables" and "Array jobs" (a child's id is the array's, a colon and the index); the Kubernetes
 * documentation, "Indexed Job for parallel processing with static work assignment".
 */
#include "config/job_array.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*
 * Variables for the first and last index, the step, the number of jobs, and the array's id. Without a variable:
 * 0, 0, 1, unknown, and none.
 */
static const struct {
	const char *index, *first, *last, *step, *count, *id;
} kinds[] = {
	{"AWS_BATCH_JOB_ARRAY_INDEX", NULL, NULL, NULL, "AWS_BATCH_JOB_ARRAY_SIZE", "AWS_BATCH_JOB_ID"},
	{"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX", "SLURM_ARRAY_TASK_STEP",
	 "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_JOB_ID"},
	{"JOB_COMPLETION_INDEX", NULL, NULL, NULL, NULL, NULL},
};

/* False: the variable is set, but not to a number of at least zero. */
static bool read_number(const char *(*environment)(const char *name), const char *name, int64_t *number)
{
	const char *text = name ? environment(name) : NULL;
	char *end;

	if (!text || !*text)
		return true;
	errno = 0;
	*number = strtoll(text, &end, 10);
	return !*end && !errno && *number >= 0;
}

static struct span read_name(const char *(*environment)(const char *name), const char *variable)
{
	const char *text = variable ? environment(variable) : NULL;

	return text ? (struct span){text, strcspn(text, ":")} : (struct span){NULL, 0};
}

struct job_array job_array_find(const char *(*environment)(const char *name))
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		const char *text = environment(kinds[i].index);
		struct job_array array = {.variable = kinds[i].index,
					  .name = read_name(environment, kinds[i].id)};
		const struct job_array unknown = {.variable = kinds[i].index, .name = array.name, .number = -1};
		int64_t last = -1, step = 1;

		if (!text || !*text)
			continue;
		if (!read_number(environment, kinds[i].index, &array.number) ||
		    !read_number(environment, kinds[i].first, &array.first) ||
		    !read_number(environment, kinds[i].last, &last) ||
		    !read_number(environment, kinds[i].step, &step) ||
		    !read_number(environment, kinds[i].count, &array.count) || step == 0 ||
		    array.number < array.first)
			return unknown;
		if (last >= array.first)
			array.extent = (last - array.first) / step + 1;
		/* Slurm allows any set of indexes ("1,5-7"), from which no position can be computed. */
		if ((array.number - array.first) % step == 0 &&
		    (last < 0 || array.count == 0 || array.extent == array.count))
			array.index = (array.number - array.first) / step + 1;
		return array;
	}
	return (struct job_array){.number = -1};
}
