/*
 * job.h - a unit of work that the coordinator sends to the pool and gets back by its mailbox.
 *
 * A job runs on one worker, sends requests to AWS as often as it needs, and then returns itself. Between
 * pool_send and its return it belongs to the worker's thread.
 */
#ifndef SCANNER_ENGINE_JOB_H
#define SCANNER_ENGINE_JOB_H

#include <stdatomic.h>

#include "scanner/aws/call.h"
#include "scanner/controls/controls.h"
#include "scanner/engine/sts_endpoints.h"
#include "workers/mailbox.h"
#include "workers/pool.h"

/* What all jobs of one organization's scan share. Read-only while jobs run, but for `policy_refused`. */
struct scan {
	struct client client;
	const struct config *config;
	const char *partition;       /* "aws" */
	const char *session_name;    /* of assumed roles */
	const char *session_policy;  /* of roles in accounts (permission.h); NULL: none */
	atomic_bool *policy_refused; /* STS refused it: it is not sent any more */
	const struct control *const *selected;
	uint32_t needs;          /* QUERY_BIT()s of all of them */
	struct policy policy;    /* without the organization's accounts: cells get those once they are listed */
	struct mailbox *mailbox; /* the coordinator's */
	struct pool *pool;
	struct sts_endpoints *sts; /* the coordinator's */
};

struct job {
	struct task task; /* its message carries the job back, too */
	const struct scan *scan;
	void (*returned)(struct job *job, void *coordinator); /* on the coordinator's thread */
};

/* From any thread: the job is the coordinator's again. */
static inline void job_return(struct job *job)
{
	mailbox_push(job->scan->mailbox, &job->task.message);
}

#endif
