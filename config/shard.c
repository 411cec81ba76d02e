#include "config/shard.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_IT "\n  Fix: name the part with --shard INDEX/COUNT"

void shard_name(const struct shard *shard, char name[static SHARD_NAME_SIZE])
{
	snprintf(name, SHARD_NAME_SIZE, "%" PRId64 "-of-%" PRId64, shard->index, shard->count);
}

bool shard_parse(const char *text, struct shard *shard)
{
	char *end;

	shard->index = strtoll(text, &end, 10);
	if (*end != '/')
		return false;
	shard->count = strtoll(end + 1, &end, 10);
	return !*end && shard->index >= 1 && shard->index <= shard->count;
}

/* Does nothing contradict the part that the engine's variables give? */
static bool fits(const struct shard *wanted, const struct job_array *array, const struct earlier_shard *earlier)
{
	if (array->index == 0 || array->index > array->count)
		return false;
	if (wanted->count > 0)
		return wanted->count == array->count;
	return array->count > 1 && array->first <= 1 &&
	       (earlier->shard.count == 0 || earlier->shard.count == array->count);
}

/* The part that the run store holds of this array, if it can be that of this job: engines count from 0 or 1. */
static bool is_known(const struct shard *wanted, const struct job_array *array, const char *name,
		     const struct earlier_shard *earlier)
{
	return name && earlier->array && strcmp(name, earlier->array) == 0 &&
	       (wanted->count == 0 || wanted->count == earlier->shard.count) &&
	       (array->number == earlier->shard.index || array->number == earlier->shard.index - 1);
}

static void suggest(const struct shard *wanted, const struct job_array *array,
		    const struct earlier_shard *earlier, struct buffer *problem)
{
	if (earlier->shard.count > 0)
		buffer_print(problem,
			     "; the latest run of the run store is part %" PRId64 "/%" PRId64
			     "\n  Fix: name it with --shard %" PRId64 "/%" PRId64 ", or another",
			     earlier->shard.index, earlier->shard.count, earlier->shard.index,
			     earlier->shard.count);
	else if (wanted->count > 0 && array->number >= 1 && array->number < wanted->count)
		buffer_print(problem,
			     "\n  Fix: name the part: --shard %" PRId64 "/%" PRId64
			     " where the array began at 1, --shard %" PRId64 "/%" PRId64 " where it began at 0",
			     array->number, wanted->count, array->number + 1, wanted->count);
	else
		buffer_text(problem, NAME_IT ", or scan all accounts with --shard 1/1");
}

static bool refuse(const struct shard *wanted, const struct job_array *array,
		   const struct earlier_shard *earlier, struct buffer *problem)
{
	buffer_print(problem, "%s is %" PRId64 " in an array of %" PRId64 " job%s", array->variable,
		     array->number, array->count, array->count == 1 ? "" : "s");
	if (wanted->count > 0)
		buffer_print(problem, ", and scan.shard is array/%" PRId64, wanted->count);
	buffer_text(problem, ": the part of the accounts cannot be determined");
	suggest(wanted, array, earlier, problem);
	return false;
}

bool shard_resolve(struct shard *shard, const struct job_array *array, const char *name,
		   const struct earlier_shard *earlier, struct buffer *problem)
{
	struct job_array counted = *array;

	if (shard->index > 0)
		return true;
	if (!array->variable) {
		buffer_text(problem, "scan.shard is for a job of an array, and none of JOB_COMPLETION_INDEX, "
				     "AWS_BATCH_JOB_ARRAY_INDEX and SLURM_ARRAY_TASK_ID is set" NAME_IT);
		return false;
	}
	if (array->number < 0) {
		buffer_print(problem, "%s is no index of a job" NAME_IT, array->variable);
		return false;
	}
	if (array->count == 0 && shard->count == 0) {
		buffer_print(problem,
			     "%s gives the index of this job, and no variable the number of jobs\n  Fix: set "
			     "scan.shard to array/COUNT",
			     array->variable);
		return false;
	}
	if (array->count == 0)
		counted.count = shard->count;
	if (fits(shard, &counted, earlier)) {
		*shard = (struct shard){counted.index, counted.count};
		return true;
	}
	if (!is_known(shard, &counted, name, earlier))
		return refuse(shard, &counted, earlier, problem);
	*shard = earlier->shard;
	return true;
}
