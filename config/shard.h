/*
 * shard.h - which part of the accounts a program scans that is a job of an array.
 *
 * `--shard array` takes index and count from the engine, `array/8` the index alone. A job that is
 * submitted again alone (`sbatch --array=5`) has the variables of another array, and of another part: they
 * contradict the count, or the array has one job, or does not begin at 0 or 1, or the run store holds a part of
 * another count, or the array's name is not the engine's and no store tells the count of that array. In that
 * case the latest part of the same array in the run store decides; without one the part must be named, because
 * the first array may have begun at 0 or at 1. No other part than the intended one is ever scanned.
 */
#ifndef CONFIG_SHARD_H
#define CONFIG_SHARD_H

#include "base/buffer.h"
#include "config/job_array.h"
#include "config/settings.h"

/* The latest run of a run store, and what the stores beside it tell. */
struct earlier_shard {
	struct shard shard; /* count 0: there is no run, or it is of all accounts */
	const char *array;  /* its name; NULL: none */
	/* That the names of the stores in its folder have in common ("3-of-8.db"); 0: none. */
	int64_t count_beside;
};

/* "3-of-8", for file names. */
enum { SHARD_NAME_SIZE = 48 };
void shard_name(const struct shard *shard, char name[static SHARD_NAME_SIZE]);
/* Reads "3/8". False: it is no such text. */
bool shard_parse(const char *text, struct shard *shard);
/* For a path with {shard} in the name of the file: the count that the names in its folder have; 0: no single
 * one. */
int64_t shard_count_beside(const char *path);
/*
 * Sets the index and count of a shard that a job array determines. `name`: of the array, NULL: none. False: the
 * text says why not, and what to do.
 */
bool shard_resolve(struct shard *shard, const struct job_array *array, const char *name,
		   const struct earlier_shard *earlier, struct buffer *problem);

#endif
