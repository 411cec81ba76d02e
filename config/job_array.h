/*
 * job_array.h - the position of this job in a job array.
 *
 * Kubernetes (an Indexed Job), AWS Batch and Slurm set environment variables that tell the jobs of an array
 * apart. AWS Batch and Slurm also set the size of the array; Kubernetes does not.
 */
#ifndef CONFIG_JOB_ARRAY_H
#define CONFIG_JOB_ARRAY_H

#include <stdint.h>

struct job_array {
	const char *variable; /* that holds the index; NULL: not a job of an array */
	int64_t index;        /* from 1; 0: the variables do not determine it */
	int64_t count;        /* 0: not known */
};

struct job_array job_array_find(const char *(*environment)(const char *name));

#endif
