#include "scanner/engine/account_listing.h"

#include <poll.h>

#include "base/container_of.h"
#include "scanner/engine/account_recorder.h"
#include "scanner/engine/caller_session.h"

enum { TICK_MS = 100 };

struct fetch {
	struct account_recorder recorder;
	struct scan scan;
	struct mailbox mailbox;
	struct discovery *discovery;
	struct caller_session *caller;
	struct error *error;
	bool is_over, good;
};

static void on_finished(void *owner, bool tree_known)
{
	struct fetch *fetch = owner;

	(void)tree_known;
	fetch->is_over = fetch->good = true;
}

static void on_failed(void *owner, const struct error *error)
{
	struct fetch *fetch = owner;

	*fetch->error = *error;
	fetch->is_over = true;
}

static void run(struct fetch *fetch)
{
	struct pollfd watched = {.fd = fetch->mailbox.wakeup, .events = POLLIN};

	discovery_start(fetch->discovery);
	while (!fetch->is_over || caller_session_is_refreshing(fetch->caller)) {
		struct message *message;

		poll(&watched, 1, TICK_MS);
		if (watched.revents)
			mailbox_clear_wakeup(&fetch->mailbox);
		message = mailbox_drain(&fetch->mailbox);
		while (message) {
			struct job *job = container_of(message, struct job, task.message);

			message = message->next;
			job->returned(job, NULL);
		}
		caller_session_tick(fetch->caller, &fetch->scan);
	}
}

static bool open_fetch(struct fetch *fetch)
{
	const struct pool_options options = aws_pool_options(fetch->scan.config, 1, 1);
	const struct discovery_listener listener = account_recorder_listen(
		&fetch->recorder,
		&(struct discovery_listener){.finished = on_finished, .failed = on_failed, .owner = fetch});

	if (!mailbox_open(&fetch->mailbox, fetch->error))
		return false;
	fetch->scan.pool = pool_open(&options, fetch->error);
	if (!fetch->scan.pool)
		return false;
	fetch->discovery = discovery_new(&fetch->scan, fetch->caller,
					 &(struct discovery_options){.organization = true}, &listener);
	return fetch->discovery || error_out_of_memory(fetch->error);
}

bool account_list_fetch(struct account_list *list, const struct config *config, struct caller_session *caller,
			const struct log *log, struct error *error)
{
	struct fetch fetch = {
		.mailbox = {.wakeup = -1},
		.caller = caller,
		.scan = {.client = {.config = config, .log = log},
			 .config = config,
			 .session_name = config->session_name ? config->session_name : "neptune-scan-accounts"},
		.error = error,
	};
	bool good;

	fetch.scan.mailbox = &fetch.mailbox;
	good = open_fetch(&fetch);
	if (good) {
		run(&fetch);
		good = fetch.good;
	}
	pool_close(fetch.scan.pool);
	discovery_free(fetch.discovery);
	mailbox_close(&fetch.mailbox);
	*list = fetch.recorder.list;
	if (good && list->arena.failed)
		return error_out_of_memory(error);
	if (good && !list->organization)
		return error_set(error, ERROR_ACCESS,
				 "the caller's account is in no AWS organization, so there is nothing to list");
	return good;
}
