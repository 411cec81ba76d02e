#include "scanner/source.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "scanner/job.h"

enum { RETRY_AFTER = 60 /* seconds */ };

struct source {
	struct job job; /* first member */
	const struct config *config;
	const struct log *log;
	const struct credentials_source *kind;
	struct session **sessions; /* the newest is the last */
	size_t count;
	int64_t failed_at; /* wall seconds; 0: the last attempt was good */
	char problem[1024];

	/* The thread's while it is under way. */
	bool is_renewing;
	pthread_t thread;
	struct credentials fresh;
	bool is_good;
	struct error error;
};

static bool keep(struct source *source, struct session *session)
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

struct source *source_open(const struct config *config, const struct log *log, struct credentials *found)
{
	struct source *source = calloc(1, sizeof *source);
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

void source_close(struct source *source)
{
	if (!source)
		return;
	if (source->is_renewing) {
		pthread_join(source->thread, NULL);
		session_close(source->fresh.session);
	}
	for (size_t i = 0; i < source->count; i++)
		session_close(source->sessions[i]);
	free(source->sessions);
	free(source);
}

const struct session *source_session(const struct source *source)
{
	return source->sessions[source->count - 1];
}

bool source_failed_lately(const struct source *source)
{
	return source->failed_at && clock_wall_seconds() - source->failed_at < RETRY_AFTER;
}

bool source_is_due(const struct source *source)
{
	return session_is_due(source_session(source), clock_wall_seconds()) && !source_failed_lately(source);
}

bool source_is_over(const struct source *source)
{
	int64_t expires = source_session(source)->expires;

	return expires == 0 || expires <= clock_wall_seconds();
}

bool source_is_renewing(const struct source *source)
{
	return source->is_renewing;
}

const char *source_problem(const struct source *source)
{
	return source->problem;
}

/* ---- the thread ---- */

static void *find(void *given)
{
	struct source *source = given;

	source->is_good =
		credentials_find(source->config, source->log, source->kind, &source->fresh, &source->error);
	job_post(&source->job);
	return NULL;
}

bool source_renew(struct source *source, const struct scan *scan, void (*returned)(struct job *, void *))
{
	int problem;

	source->job = (struct job){.scan = scan, .returned = returned};
	source->fresh = (struct credentials){0};
	problem = pthread_create(&source->thread, NULL, find, source);
	source->is_renewing = problem == 0;
	if (problem) {
		source->failed_at = clock_wall_seconds();
		snprintf(source->problem, sizeof source->problem, "no thread to renew them: %s",
			 strerror(problem));
	}
	return source->is_renewing;
}

static bool is_same(const struct session *a, const struct session *b)
{
	return strcmp(a->access_key_id, b->access_key_id) == 0 && !a->token == !b->token &&
	       (!a->token || strcmp(a->token, b->token) == 0);
}

bool source_take(struct source *source)
{
	struct session *fresh = source->fresh.session;

	pthread_join(source->thread, NULL);
	source->is_renewing = false;
	source->fresh.session = NULL;
	source->failed_at = clock_wall_seconds();
	if (!source->is_good) {
		snprintf(source->problem, sizeof source->problem, "%s", source->error.text);
		return false;
	}
	if (is_same(fresh, source_session(source))) {
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
