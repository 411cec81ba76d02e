/*
 * A stack: a push is a compare-and-swap, a drain takes the whole stack by one atomic exchange and reverses it.
 */
#include "workers/mailbox.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

bool mailbox_open(struct mailbox *mailbox, struct error *error)
{
	atomic_init(&mailbox->newest, NULL);
	mailbox->wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (mailbox->wakeup < 0)
		return error_set(error, ERROR_SYSTEM, "cannot create an eventfd: %s", strerror(errno));
	return true;
}

void mailbox_close(struct mailbox *mailbox)
{
	if (mailbox->wakeup >= 0)
		close(mailbox->wakeup);
	mailbox->wakeup = -1;
}

void mailbox_wake(struct mailbox *mailbox)
{
	uint64_t one = 1;
	ssize_t written = write(mailbox->wakeup, &one, sizeof one);

	(void)written; /* EAGAIN: the counter is full, so the eventfd is readable already */
}

bool mailbox_push_quiet(struct mailbox *mailbox, struct message *message)
{
	struct message *newest = atomic_load_explicit(&mailbox->newest, memory_order_relaxed);

	do {
		message->next = newest;
	} while (!atomic_compare_exchange_weak_explicit(&mailbox->newest, &newest, message,
							memory_order_release, memory_order_relaxed));
	return newest == NULL;
}

void mailbox_push(struct mailbox *mailbox, struct message *message)
{
	if (mailbox_push_quiet(mailbox, message))
		mailbox_wake(mailbox);
}

void mailbox_clear_wakeup(struct mailbox *mailbox)
{
	uint64_t count;
	ssize_t drained = read(mailbox->wakeup, &count, sizeof count);

	(void)drained; /* EAGAIN: no thread has written since */
}

struct message *mailbox_drain(struct mailbox *mailbox)
{
	struct message *message, *oldest_first = NULL;

	if (!atomic_load_explicit(&mailbox->newest, memory_order_relaxed))
		return NULL;
	message = atomic_exchange_explicit(&mailbox->newest, NULL, memory_order_acquire);
	while (message) {
		struct message *next = message->next;

		message->next = oldest_first;
		oldest_first = message;
		message = next;
	}
	return oldest_first;
}
