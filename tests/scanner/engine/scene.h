/*
 * scene.h - a scan without a network, for tests of the engine: settings, a caller's session, and a
 * coordinator's mailbox whose jobs are handed out by scene_run.
 */
#ifndef TESTS_SCANNER_ENGINE_SCENE_H
#define TESTS_SCANNER_ENGINE_SCENE_H

#include "base/clock.h"
#include "base/container_of.h"
#include "config/config.h"
#include "scanner/engine/caller_session.h"
#include "scanner/engine/job.h"
#include "tests/scanner/engine/scripted_transport.h"
#include "tests/unit.h"

enum { HOUR = 3600 };

struct scene {
	struct config config;
	struct log log;
	char *logged;
	size_t logged_length;
	struct mailbox mailbox;
	struct scan scan;
	struct sts_endpoints sts;
	struct caller_session *caller;
};

static inline struct session *scene_session(const char *key, bool with_token, int64_t lasts)
{
	return session_new(span_of(key), span_of("c2VjcmV0LW9mLXRoZS1zY2VuZQ"),
			   with_token ? span_of("token-of-the-scene-0123456789") : (struct span){NULL, 0},
			   lasts ? clock_wall_seconds() + lasts : 0);
}

/* With these controls; NULL: encryption at rest of clusters alone. */
static inline void scene_open(struct scene *scene, const struct control *const *selected,
			      const char *const *arguments, int argument_count)
{
	const struct config_sources sources = {.argument_count = argument_count, .arguments = arguments};
	struct credentials found = {.session = scene_session("AKIACALLER0000000001", true, HOUR)};
	struct diagnostics diagnostics = {0};
	struct pool_options options;
	struct error error;

	memset(scene, 0, sizeof *scene);
	script_reset();
	assert_true(config_load(&scene->config, &sources, &diagnostics));
	diagnostics_deinit(&diagnostics);
	scene->log = (struct log){.stream = open_memstream(&scene->logged, &scene->logged_length),
				  .level = LOG_DETAIL};
	assert_true(mailbox_open(&scene->mailbox, &error));
	scene->scan = (struct scan){.client = {.config = &scene->config, .log = &scene->log},
				    .config = &scene->config,
				    .partition = "aws",
				    .session_name = "scene",
				    .selected = selected,
				    .policy = {.min_backup_days = 7, .partition = "aws"},
				    .mailbox = &scene->mailbox,
				    .sts = &scene->sts};
	sts_endpoints_init(&scene->sts, &scene->config, 1, &scene->log);
	for (const struct control *const *control = selected; control && *control; control++)
		scene->scan.needs |= control_needs(*control, &scene->scan.policy);
	options = aws_pool_options(&scene->config, 1, 16);
	scene->scan.pool = pool_open(&options, &error);
	scene->caller = caller_session_new(&scene->config, &scene->log, &found);
}

static inline void scene_close(struct scene *scene)
{
	pool_close(scene->scan.pool);
	caller_session_free(scene->caller);
	mailbox_close(&scene->mailbox);
	config_deinit(&scene->config);
	fclose(scene->log.stream);
	free(scene->logged);
}

/* Hands out the jobs that returned, in order. */
static inline void scene_deliver(struct scene *scene, void *coordinator)
{
	struct message *message = mailbox_drain(&scene->mailbox);

	while (message) {
		struct job *job = container_of(message, struct job, task.message);

		message = message->next;
		job->returned(job, coordinator);
	}
}

/* Until nothing is sent or returned any more. */
static inline void scene_run(struct scene *scene, void *coordinator)
{
	for (int i = 0; i < 100; i++) {
		script_run();
		scene_deliver(scene, coordinator);
	}
}

static inline const struct control *scene_control(const char *id)
{
	for (const struct control *const *control = controls; *control; control++)
		if (strcmp((*control)->id, id) == 0)
			return *control;
	fail_msg("there is no control %s", id);
	return NULL;
}

#endif
