#include "scanner/engine/caller_session.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "scanner/engine/job.h"

enum { RETRY_AFTER = 60 /* seconds */ };

struct caller_session {
	struct job job;
	const struct config *config;
	const struct log *log;
	const struct credentials_source *kind;
	struct session **sessions; /* the newest is the last */
	size_t count;
	int64_t failed_at; /* wall seconds; 0: the last attempt was good */
	char problem[1024];

	/* The thread's while it is under way. */
	bool is_refreshing;
	pthread_t thread;
	struct credentials fresh;
	bool is_good;
	struct error error;
};

static bool keep(struct caller_session *source, struct session *session)
{
	struct session **grown =
		session ? realloc(source->sessions, (source->count + 1) * sizeof *grown) : NULL;

	if (!grown) {
		session_close(session);
		return false;
	}
	source->sessions = grown;
	source->sessions[source->count++] = session;
	return true;
}

struct caller_session *caller_session_open(const struct config *config, const struct log *log,
					   struct credentials *found)
{
	struct caller_session *source = calloc(1, sizeof *source);
	struct session *session = found->session;

	found->session = NULL;
	if (!source || !keep(source, session)) {
		if (!source)
			session_close(session);
		free(source);
		return NULL;
	}
	source->config = config;
	source->log = log;
	source->kind = found->source;
	return source;
}

void caller_session_close(struct caller_session *source)
{
	if (!source)
		return;
	if (source->is_refreshing) {
		pthread_join(source->thread, NULL);
		session_close(source->fresh.session);
	}
	for (size_t i = 0; i < source->count; i++)
		session_close(source->sessions[i]);
	free(source->sessions);
	free(source);
}

const struct session *caller_session_current(const struct caller_session *source)
{
	return source->sessions[source->count - 1];
}

bool caller_session_failed_lately(const struct caller_session *source)
{
	return source->failed_at && clock_wall_seconds() - source->failed_at < RETRY_AFTER;
}

bool caller_session_is_due(const struct caller_session *source)
{
	return session_is_due(caller_session_current(source), clock_wall_seconds()) &&
	       !caller_session_failed_lately(source);
}

bool caller_session_is_over(const struct caller_session *source)
{
	int64_t expires = caller_session_current(source)->expires;

	return expires == 0 || expires <= clock_wall_seconds();
}

bool caller_session_is_refreshing(const struct caller_session *source)
{
	return source->is_refreshing;
}

const char *caller_session_problem(const struct caller_session *source)
{
	return source->problem;
}

/* ---- the thread ---- */

static void *find(void *given)
{
	struct caller_session *source = given;

	source->is_good =
		credentials_find(source->config, source->log, source->kind, &source->fresh, &source->error);
	job_return(&source->job);
	return NULL;
}

bool caller_session_refresh(struct caller_session *source, const struct scan *scan,
			    void (*returned)(struct job *, void *))
{
	int problem;

	source->job = (struct job){.scan = scan, .returned = returned};
	source->fresh = (struct credentials){0};
	problem = pthread_create(&source->thread, NULL, find, source);
	source->is_refreshing = problem == 0;
	if (problem) {
		source->failed_at = clock_wall_seconds();
		snprintf(source->problem, sizeof source->problem, "no thread to renew them: %s",
			 strerror(problem));
	}
	return source->is_refreshing;
}

static bool is_same(const struct session *a, const struct session *b)
{
	return strcmp(a->access_key_id, b->access_key_id) == 0 && !a->token == !b->token &&
	       (!a->token || strcmp(a->token, b->token) == 0);
}

bool caller_session_take(struct caller_session *source)
{
	struct session *fresh = source->fresh.session;

	pthread_join(source->thread, NULL);
	source->is_refreshing = false;
	source->fresh.session = NULL;
	source->failed_at = clock_wall_seconds();
	if (!source->is_good) {
		snprintf(source->problem, sizeof source->problem, "%s", source->error.text);
		return false;
	}
	if (is_same(fresh, caller_session_current(source))) {
		snprintf(source->problem, sizeof source->problem, "%s still gives the same keys",
			 source->fresh.where);
		session_close(fresh);
		return false;
	}
	if (!keep(source, fresh)) {
		snprintf(source->problem, sizeof source->problem, "out of memory");
		return false;
	}
	source->failed_at = 0;
	return true;
}
