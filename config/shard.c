#include "config/shard.h"

#include <dirent.h>
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

/* ---- stores beside the one of this job ---- */

/* The count in a file's name that has the shard between the two texts; 0: it is no such name. */
static int64_t count_in_name(const char *name, struct span before, const char *after)
{
	size_t length = strlen(name), end = strlen(after);
	struct shard shard;
	char part[SHARD_NAME_SIZE], *rest;

	if (length <= before.length + end || length - before.length - end >= sizeof part ||
	    strncmp(name, before.at, before.length) != 0 || strcmp(name + length - end, after) != 0)
		return 0;
	snprintf(part, sizeof part, "%.*s", (int)(length - before.length - end), name + before.length);
	shard.index = strtoll(part, &rest, 10);
	if (strncmp(rest, "-of-", 4) != 0)
		return 0;
	shard.count = strtoll(rest + 4, &rest, 10);
	return !*rest && shard.index >= 1 && shard.index <= shard.count ? shard.count : 0;
}

int64_t shard_count_beside(const char *path)
{
	static const char placeholder[] = "{shard}";
	const char *at = strstr(path, placeholder), *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char *folder_name;
	struct dirent *entry;
	int64_t found = 0;
	DIR *folder;

	if (!at || at < name)
		return 0;
	folder_name = slash ? strndup(path, (size_t)(name - path)) : strdup(".");
	folder = folder_name ? opendir(folder_name) : NULL;
	free(folder_name);
	while (folder && found >= 0 && (entry = readdir(folder))) {
		int64_t count = count_in_name(entry->d_name, (struct span){name, (size_t)(at - name)},
					      at + sizeof placeholder - 1);

		if (count > 0)
			found = found == 0 || found == count ? count : -1;
	}
	if (folder)
		closedir(folder);
	return found > 0 ? found : 0;
}

/* ---- the part of this job ---- */

struct shard_choice {
	struct shard wanted; /* the count: of the settings, or what is known of the array */
	bool is_named;       /* the count is of the settings */
	const struct job_array *array;
	const char *name;
	bool is_of_another; /* the array's name is not the engine's: the variables may be of a part of it */
	const struct earlier_shard *earlier;
};

static bool is_same_array(const struct shard_choice *choice)
{
	const char *name = choice->name, *earlier = choice->earlier->array;

	return name && earlier && strcmp(name, earlier) == 0;
}

/* Where the engine's count cannot be believed. */
static int64_t known_count(const struct shard_choice *choice)
{
	return is_same_array(choice) && choice->earlier->shard.count > 0 ? choice->earlier->shard.count
									 : choice->earlier->count_beside;
}

static struct shard_choice make_choice(const struct shard *wanted, const struct job_array *array,
				       const char *name, const struct earlier_shard *earlier)
{
	struct shard_choice choice = {.wanted = *wanted,
				      .is_named = wanted->count > 0,
				      .array = array,
				      .name = name,
				      .earlier = earlier};

	choice.is_of_another = name && array->name.length > 0 && !span_equals(array->name, name);
	if (!choice.is_named && choice.is_of_another)
		choice.wanted.count = known_count(&choice);
	return choice;
}

/* Does nothing contradict the part that the engine's variables give? */
static bool fits(const struct shard_choice *choice)
{
	const struct job_array *array = choice->array;
	const struct shard *earlier = &choice->earlier->shard;

	if (array->index == 0 || array->index > array->count)
		return false;
	if (choice->wanted.count > 0)
		return choice->wanted.count == array->count;
	return !choice->is_of_another && array->count > 1 && array->first <= 1 &&
	       (earlier->count == 0 || earlier->count == array->count);
}

/* The part that the run store holds of this array, if it can be that of this job: engines count from 0 or 1. */
static bool is_known(const struct shard_choice *choice)
{
	const struct shard *earlier = &choice->earlier->shard;
	int64_t number = choice->array->number;

	return is_same_array(choice) && (choice->wanted.count == 0 || choice->wanted.count == earlier->count) &&
	       (number == earlier->index || number == earlier->index - 1);
}

static void suggest(const struct shard_choice *choice, struct buffer *problem)
{
	const struct shard *earlier = &choice->earlier->shard;
	int64_t number = choice->array->number, count = choice->wanted.count;

	if (earlier->count > 0)
		buffer_print(problem,
			     "; the latest run of the run store is part %" PRId64 "/%" PRId64
			     "\n  Fix: name it with --shard %" PRId64 "/%" PRId64 ", or another",
			     earlier->index, earlier->count, earlier->index, earlier->count);
	else if (count > 0 && number == 0)
		buffer_print(problem, "\n  Fix: name the part: --shard 1/%" PRId64, count);
	else if (count > 0 && number == count)
		buffer_print(problem, "\n  Fix: name the part: --shard %" PRId64 "/%" PRId64, count, count);
	else if (count > 0 && number < count)
		buffer_print(problem,
			     "\n  Fix: name the part: --shard %" PRId64 "/%" PRId64
			     " where the array began at 1, --shard %" PRId64 "/%" PRId64 " where it began at 0",
			     number, count, number + 1, count);
	else if (choice->is_of_another)
		buffer_print(problem,
			     "\n  Fix: set scan.shard to array/COUNT, with the number of jobs of %s, or name "
			     "the part "
			     "with --shard INDEX/COUNT",
			     choice->name);
	else
		buffer_text(problem, NAME_IT ", or scan all accounts with --shard 1/1");
}

static bool refuse(const struct shard_choice *choice, struct buffer *problem)
{
	const struct job_array *array = choice->array;

	buffer_print(problem, "%s is %" PRId64 " in an array of %" PRId64 " job%s", array->variable,
		     array->number, array->count, array->count == 1 ? "" : "s");
	if (choice->is_named)
		buffer_print(problem, ", and scan.shard is array/%" PRId64, choice->wanted.count);
	else if (choice->is_of_another)
		buffer_print(problem, ", which is not the array %s of the settings", choice->name);
	if (!choice->is_named && choice->wanted.count > 0)
		buffer_print(problem, ", of which the run stores have %" PRId64 " parts", choice->wanted.count);
	buffer_text(problem, ": the part of the accounts cannot be determined");
	suggest(choice, problem);
	return false;
}

/* Where the engine does not tell the count, that of the settings holds, unless the indexes contradict it. */
static int64_t count_of(const struct shard *shard, const struct job_array *array)
{
	if (array->count > 0)
		return array->count;
	return array->extent > 0 ? array->extent : shard->count;
}

bool shard_resolve(struct shard *shard, const struct job_array *array, const char *name,
		   const struct earlier_shard *earlier, struct buffer *problem)
{
	struct job_array counted = *array;
	struct shard_choice choice;

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
	counted.count = count_of(shard, array);
	choice = make_choice(shard, &counted, name, earlier);
	if (fits(&choice)) {
		*shard = (struct shard){counted.index, counted.count};
		return true;
	}
	if (!is_known(&choice))
		return refuse(&choice, problem);
	*shard = earlier->shard;
	return true;
}
