/*
 * shard.h - which part of the accounts a program scans that is a job of an array.
 *
 * `--shard array` takes index and count from the engine, `array/8` the index alone. A job that is
 * submitted again alone (`sbatch --array=5`) has the variables of another array, and of another part: they
 * contradict the count, or the array has one job, or does not begin at 0 or 1, or the run store holds a part of
 * another count. In that case the latest part of the same array in the run store decides; without one the part
 * must be named. No other part than the intended one is ever scanned.
 */
#ifndef CONFIG_SHARD_H
#define CONFIG_SHARD_H

#include "base/buffer.h"
#include "config/job_array.h"
#include "config/settings.h"

/* The latest run of a run store. */
struct earlier_shard {
	struct shard shard; /* count 0: there is no run, or it is of all accounts */
	const char *array;  /* its name; NULL: none */
};

/* "3-of-8", for file names. */
enum { SHARD_NAME_SIZE = 48 };
void shard_name(const struct shard *shard, char name[static SHARD_NAME_SIZE]);
/* Reads "3/8". False: it is no such text. */
bool shard_parse(const char *text, struct shard *shard);
/*
 * Sets the index and count of a shard that a job array determines. `name`: of the array, NULL: none. False: the
 * text says why not, and what to do.
 */
bool shard_resolve(struct shard *shard, const struct job_array *array, const char *name,
		   const struct earlier_shard *earlier, struct buffer *problem);

#endif
