#include "scanner/engine/caller_session.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/container_of.h"
#include "scanner/engine/job.h"

enum { RETRY_AFTER_S = 60 };

struct caller_session {
	struct job job;
	const struct config *config;
	const struct log *log;
	const struct credentials_source *kind;
	struct session_list sessions; /* the newest is the last */
	int64_t failed_at;            /* wall seconds; 0: the last refresh was good */
	char problem[1024];
	struct caller_waiter *waiters;
	bool is_cancelled;

	/* The thread's, while it runs. */
	bool is_refreshing;
	pthread_t thread;
	struct credentials found;
	bool is_good;
	struct error error;
};

struct caller_session *caller_session_new(const struct config *config, const struct log *log,
					  struct credentials *found)
{
	struct caller_session *caller = calloc(1, sizeof *caller);
	struct session *session = found->session;

	found->session = NULL;
	if (!caller || !session_list_add(&caller->sessions, session)) {
		if (!caller)
			session_free(session);
		free(caller);
		return NULL;
	}
	caller->config = config;
	caller->log = log;
	caller->kind = found->source;
	return caller;
}

void caller_session_free(struct caller_session *caller)
{
	if (!caller)
		return;
	if (caller->is_refreshing) {
		pthread_join(caller->thread, NULL);
		session_free(caller->found.session);
	}
	session_list_deinit(&caller->sessions);
	free(caller);
}

const struct session *caller_session_current(const struct caller_session *caller)
{
	return caller->sessions.items[caller->sessions.count - 1];
}

const char *caller_session_problem(const struct caller_session *caller)
{
	return caller->problem;
}

bool caller_session_is_refreshing(const struct caller_session *caller)
{
	return caller->is_refreshing;
}

bool caller_session_is_awaited(const struct caller_session *caller)
{
	return caller->waiters && caller->is_refreshing;
}

/* ---- waiters ---- */

void caller_session_subscribe(struct caller_session *caller, struct caller_waiter *waiter)
{
	waiter->next = caller->waiters;
	caller->waiters = waiter;
}

/* A waiter may subscribe again, for the next event. After a cancel there is one event alone: a scan that stops
   leaves accounts pending, whatever became of the refresh. */
static void notify_all(struct caller_session *caller, enum caller_event result)
{
	enum caller_event event = caller->is_cancelled ? CALLER_CANCELLED : result;
	struct caller_waiter *waiters = caller->waiters;

	caller->waiters = NULL;
	while (waiters) {
		struct caller_waiter *waiter = waiters;

		waiters = waiter->next;
		waiter->notify(waiter, event);
	}
}

static bool is_expired(const struct caller_session *caller)
{
	int64_t expires = caller_session_current(caller)->expires;

	return expires == 0 || expires <= clock_wall_seconds();
}

static void notify_of_failure(struct caller_session *caller)
{
	notify_all(caller, is_expired(caller) ? CALLER_EXPIRED : CALLER_UNCHANGED);
}

/* ---- refreshing ---- */

static void *find(void *given)
{
	struct caller_session *caller = given;

	caller->is_good =
		credentials_find(caller->config, caller->log, caller->kind, &caller->found, &caller->error);
	job_return(&caller->job);
	return NULL;
}

static bool is_same(const struct session *a, const struct session *b)
{
	return strcmp(a->access_key_id, b->access_key_id) == 0 && !a->token == !b->token &&
	       (!a->token || strcmp(a->token, b->token) == 0);
}

/* False: there are no new keys, and `problem` says why. */
static bool take_found(struct caller_session *caller)
{
	struct session *found = caller->found.session;

	caller->found.session = NULL;
	if (!caller->is_good) {
		snprintf(caller->problem, sizeof caller->problem, "%s", caller->error.text);
		return false;
	}
	if (is_same(found, caller_session_current(caller))) {
		snprintf(caller->problem, sizeof caller->problem, "credentials from %s are unchanged",
			 caller->found.where);
		session_free(found);
		return false;
	}
	if (!session_list_add(&caller->sessions, found)) {
		snprintf(caller->problem, sizeof caller->problem, "out of memory");
		return false;
	}
	return true;
}

static void fail(struct caller_session *caller)
{
	caller->failed_at = clock_wall_seconds();
	log_line(caller->log, LOG_WARNING, "credentials.not-renewed",
		 "the caller's credentials could not be refreshed: %s", caller->problem);
	notify_of_failure(caller);
}

static void returned(struct job *job, void *coordinator)
{
	struct caller_session *caller = container_of(job, struct caller_session, job);

	(void)coordinator;
	pthread_join(caller->thread, NULL);
	caller->is_refreshing = false;
	if (!take_found(caller)) {
		fail(caller);
		return;
	}
	caller->failed_at = 0;
	log_line(caller->log, LOG_DETAIL, "credentials.renewed", "the caller's credentials were refreshed");
	notify_all(caller, CALLER_REFRESHED);
}

static void begin_refresh(struct caller_session *caller, const struct scan *scan)
{
	int problem;

	caller->job = (struct job){.scan = scan, .returned = returned};
	caller->found = (struct credentials){0};
	problem = pthread_create(&caller->thread, NULL, find, caller);
	caller->is_refreshing = problem == 0;
	if (!problem)
		return;
	snprintf(caller->problem, sizeof caller->problem,
		 "the thread that refreshes them could not be created: %s", strerror(problem));
	fail(caller);
}

/* Then another attempt is no use yet. */
static bool failed_lately(const struct caller_session *caller)
{
	return caller->failed_at && clock_wall_seconds() - caller->failed_at < RETRY_AFTER_S;
}

void caller_session_tick(struct caller_session *caller, const struct scan *scan)
{
	if (caller->is_cancelled)
		notify_all(caller, CALLER_CANCELLED); /* also while a refresh is under way */
	else if (caller->is_refreshing)
		return;
	else if (caller->waiters && failed_lately(caller))
		notify_of_failure(caller);
	else if (caller->waiters || (session_is_due(caller_session_current(caller), clock_wall_seconds()) &&
				     !failed_lately(caller)))
		begin_refresh(caller, scan);
}

void caller_session_cancel(struct caller_session *caller)
{
	caller->is_cancelled = true;
}
