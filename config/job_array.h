/*
 * job_array.h - the position of this job in a job array.
 *
 * Slurm, AWS Batch and Kubernetes (an Indexed Job) set environment variables that identify the jobs of an
 * array. Slurm and AWS Batch also set the size of the array and its id; Kubernetes does not. Slurm sets them
 * for the jobs of one submission: of a job that is submitted again alone, they tell nothing about the first
 * array.
 *
 * Owns nothing: texts belong to the environment.
 */
#ifndef CONFIG_JOB_ARRAY_H
#define CONFIG_JOB_ARRAY_H

#include <stdint.h>

#include "base/span.h"

struct job_array {
	const char *variable; /* that holds the index; NULL: not a job of an array */
	struct span name;     /* the array's id; empty: the engine does not set it */
	int64_t number;       /* the index as the engine counts it; -1: it is not a number */
	int64_t first;        /* that of the first job */
	int64_t index;        /* from 1; 0: the variables do not determine it */
	int64_t count;        /* 0: not known */
	int64_t extent;       /* jobs from the first index to the last; 0: not known */
};

struct job_array job_array_find(const char *(*environment)(const char *name));

#endif
