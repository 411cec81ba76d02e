/*
 * job_array.h - which of how many jobs are we?
 *
 * Kubernetes (an Indexed Job), AWS Batch and Slurm each tell the jobs of an array apart by environment
 * variables. AWS Batch and Slurm tell the size of the array, too; Kubernetes does not.
 */
#ifndef CONFIG_JOB_ARRAY_H
#define CONFIG_JOB_ARRAY_H

#include <stdint.h>

struct job_array {
	const char *variable; /* that says which one we are; NULL: no array runs us */
	int64_t index;        /* from 1; 0: what the variables hold does not tell */
	int64_t count;        /* 0: not told */
};

struct job_array job_array_find(const char *(*environment)(const char *name));

#endif
