/*
 * account_recorder.h - takes the events of discovery.h on their way to another listener, and makes a list of
 * them.
 */
#ifndef SCANNER_ENGINE_ACCOUNT_RECORDER_H
#define SCANNER_ENGINE_ACCOUNT_RECORDER_H

#include "scanner/engine/account_list.h"
#include "scanner/engine/discovery.h"

struct account_recorder {
	struct account_list list; /* the owner frees it */
	struct discovery_listener next;
	/* Called once, when the list is complete, after the next listener was. May be NULL. */
	void (*complete)(void *owner, struct account_list *list);
	void *owner;
};

/* The listener that records and passes on; members of `next` may be NULL. The recorder must outlive discovery.
 */
struct discovery_listener account_recorder_listen(struct account_recorder *recorder,
						  const struct discovery_listener *next);

#endif
