/*
 * Sources: the Kubernetes documentation, "Indexed Job for parallel processing with static work assignment"; the
 * AWS Batch user guide, "AWS Batch job environment variables"; sbatch(1), "OUTPUT ENVIRONMENT VARIABLES".
 */
#include "config/job_array.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

/*
 * Variables for the first and last index, the step, and the number of jobs. Without a variable: 0, 0, 1 and
 * unknown.
 */
static const struct {
	const char *index, *first, *last, *step, *count;
} kinds[] = {
	{"AWS_BATCH_JOB_ARRAY_INDEX", NULL, NULL, NULL, "AWS_BATCH_JOB_ARRAY_SIZE"},
	{"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX", "SLURM_ARRAY_TASK_STEP",
	 "SLURM_ARRAY_TASK_COUNT"},
	{"JOB_COMPLETION_INDEX", NULL, NULL, NULL, NULL},
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

struct job_array job_array_find(const char *(*environment)(const char *name))
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		const char *text = environment(kinds[i].index);
		struct job_array array = {.variable = kinds[i].index};
		int64_t at = 0, first = 0, last = -1, step = 1;

		if (!text || !*text)
			continue;
		if (!read_number(environment, kinds[i].index, &at) ||
		    !read_number(environment, kinds[i].first, &first) ||
		    !read_number(environment, kinds[i].last, &last) ||
		    !read_number(environment, kinds[i].step, &step) ||
		    !read_number(environment, kinds[i].count, &array.count) || step == 0 || at < first)
			return (struct job_array){.variable = kinds[i].index};
		/* Slurm allows any set of indexes ("1,5-7"), from which no position can be computed. */
		if ((at - first) % step == 0 && (last < 0 || (last - first) / step + 1 == array.count))
			array.index = (at - first) / step + 1;
		return array;
	}
	return (struct job_array){.variable = NULL};
}
