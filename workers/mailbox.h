/*
 * mailbox.h - a queue of messages to a thread.
 *
 * Many threads push, one drains. A push never blocks and takes no lock: it is one compare-and-swap, and a
 * write to an eventfd when the mailbox was empty. A drain returns all messages in the order in which they were
 * pushed. A message is embedded in the structure that is sent; after the drain the receiving thread owns it.
 */
#ifndef WORKERS_MAILBOX_H
#define WORKERS_MAILBOX_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/error.h"

struct message {
	struct message *next;
};

struct mailbox {
	_Atomic(struct message *) newest;
	/*
	 * An eventfd, written to when a push finds the mailbox empty. The owner polls it edge-triggered, or
	 * calls mailbox_clear_wakeup.
	 */
	int wakeup;
};

bool mailbox_open(struct mailbox *mailbox, struct error *error);
void mailbox_close(struct mailbox *mailbox);
/* Safe to call from any thread, like the two below. */
void mailbox_push(struct mailbox *mailbox, struct message *message);
/* Does not wake the owner. True: the mailbox was empty, and the caller has to call mailbox_wake. */
bool mailbox_push_quiet(struct mailbox *mailbox, struct message *message);
/* Wakes the owner without a message. Safe in a signal handler. */
void mailbox_wake(struct mailbox *mailbox);
/* Resets the eventfd: after it was readable, before a drain. */
void mailbox_clear_wakeup(struct mailbox *mailbox);
/* A list by `next`, oldest first; NULL when empty. Only the owner calls it. */
struct message *mailbox_drain(struct mailbox *mailbox);

#endif
