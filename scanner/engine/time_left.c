#include "scanner/engine/time_left.h"

#include <string.h>

enum {
	MIN_SPAN_MS = 100, /* of the samples that a rate is taken from */
	FILL_MS = 1000,    /* after which cells of the most distant regions end, three round trips each */
	TAIL_MS = 500,     /* two round trips more, at most */
	KEEPS_UP_PERCENT = 65,
};

/* Half of the samples are as good. */
static void thin_out(struct time_left *left)
{
	for (size_t i = 0; i < TIME_LEFT_SAMPLES / 2; i++)
		left->samples[i] = left->samples[2 * i];
	left->count = TIME_LEFT_SAMPLES / 2;
}

/* How long the cells took that end now: since the moment at which as many were sent as have ended. */
static int64_t taking_ms(const struct time_left *left, const struct time_left_sample *now)
{
	size_t i = 0;

	while (i < left->count && left->samples[i].sent < now->done)
		i++;
	return now->done > 0 && i < left->count ? now->at_ms - left->samples[i].at_ms : 0;
}

/* The last sample is the present one; it is kept when it is old enough for the distance between samples. */
static bool replaces_last(const struct time_left *left, const struct time_left_sample *now)
{
	const struct time_left_sample *samples = left->samples;
	int64_t spacing_ms = (now->at_ms - samples[0].at_ms) / TIME_LEFT_SAMPLES;

	return left->count > 1 && samples[left->count - 1].at_ms - samples[left->count - 2].at_ms < spacing_ms;
}

void time_left_update(struct time_left *left, const struct time_left_sample *now, size_t cells,
		      bool accounts_wait)
{
	left->cells = cells;
	left->accounts_wait = accounts_wait;
	if (now->sent == 0)
		return;
	if (left->count == 0 || now->sent > left->samples[left->count - 1].sent) {
		left->sent_ms = now->at_ms;
		left->taking_ms = taking_ms(left, now);
	}
	if (replaces_last(left, now))
		left->count--;
	if (left->count == TIME_LEFT_SAMPLES)
		thin_out(left);
	left->samples[left->count++] = *now;
}

/* The sample at the beginning of the last half of the time. */
static const struct time_left_sample *middle(const struct time_left *left)
{
	const struct time_left_sample *samples = left->samples, *last = &samples[left->count - 1];
	int64_t middle_ms = samples[0].at_ms + (last->at_ms - samples[0].at_ms) / 2;
	size_t i = 0;

	while (i + 1 < left->count && samples[i + 1].at_ms <= middle_ms)
		i++;
	return &samples[i];
}

/* The cells whose rate counts, of those that were sent and that ended in the last half of the time. */
static size_t counting_cells(const struct time_left *left, size_t sent, size_t done)
{
	int64_t working_ms = left->samples[left->count - 1].at_ms - left->samples[0].at_ms;

	if (!left->accounts_wait || sent < done)
		return done;
	return working_ms <= FILL_MS || done * 100 >= sent * KEEPS_UP_PERCENT ? sent : done;
}

/* How long the longest cells will still be out when all others have ended. */
static int64_t tail_ms(const struct time_left *left, const struct time_left_sample *now)
{
	int64_t tail = left->taking_ms * 3 / 2, gone = now->at_ms - left->sent_ms - left->taking_ms;

	tail = tail < TAIL_MS ? tail : TAIL_MS;
	if (now->sent < left->cells || gone < 0)
		return tail;
	return gone < tail ? tail - gone : 0;
}

int64_t time_left_ms(const struct time_left *left)
{
	const struct time_left_sample *from, *now;
	size_t cells;

	if (left->count == 0)
		return -1;
	from = middle(left);
	now = &left->samples[left->count - 1];
	cells = counting_cells(left, now->sent - from->sent, now->done - from->done);
	if (now->at_ms - from->at_ms < MIN_SPAN_MS || cells == 0)
		return -1;
	return (int64_t)((double)(left->cells - now->done) * (double)(now->at_ms - from->at_ms) /
			 (double)cells) +
	       tail_ms(left, now);
}
