/*
 * mailbox.h - how threads hand things to each other.
 *
 * Many threads put, one takes. Putting never blocks and takes no lock: it is one atomic exchange, and
 * a write to an eventfd when the box was empty. Taking gives everything that is there, in the order in
 * which it was put. Mail is embedded in what is sent; whoever takes it owns it.
 */
#ifndef WORKERS_MAILBOX_H
#define WORKERS_MAILBOX_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/error.h"

struct mail {
	struct mail *next;
};

struct mailbox {
	_Atomic(struct mail *) newest;
	int wakeup; /* eventfd: written to when the box was empty; watch it for edges, or call mailbox_heard */
};

bool mailbox_open(struct mailbox *mailbox, struct error *error);
void mailbox_close(struct mailbox *mailbox);
/* From any thread. */
void mailbox_put(struct mailbox *mailbox, struct mail *mail);
/* The same without waking the taker. True: the box was empty, so mailbox_wake has to follow. */
bool mailbox_slip(struct mailbox *mailbox, struct mail *mail);
/* Wakes the taker without mail. Safe in a signal handler. */
void mailbox_wake(struct mailbox *mailbox);
/* Before taking, when the eventfd was found readable: it falls silent. */
void mailbox_heard(struct mailbox *mailbox);
/* A list by `next`, oldest first; NULL when empty. Only the owner calls it. */
struct mail *mailbox_take(struct mailbox *mailbox);

#endif
