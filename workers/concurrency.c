#include "workers/concurrency.h"

enum {
	WINDOW_US = 20000,
	SETTLE_US = 250000,
	BUSY_PERCENT = 90,
	TOLERANCE = 2,
	GRACE_US = 50000,
	MIN_SAMPLES = 8,
	MIN_LIMIT = 4,
	THROTTLED_SHARE = 5,
	PERCENT_AFTER_THROTTLE = 70,
};

static void set_limit(struct concurrency *concurrency, size_t limit)
{
	limit = limit < MIN_LIMIT ? MIN_LIMIT : limit;
	concurrency->limit = limit < concurrency->max ? limit : concurrency->max;
}

void concurrency_init(struct concurrency *concurrency, size_t start, size_t max)
{
	*concurrency = (struct concurrency){.max = max, .adapts = start > 0};
	set_limit(concurrency, start > 0 ? start : max);
}

void concurrency_on_start(struct concurrency *concurrency, size_t in_flight)
{
	if (in_flight > concurrency->window.peak)
		concurrency->window.peak = in_flight;
	if (in_flight > concurrency->peak)
		concurrency->peak = in_flight;
}

void concurrency_on_short(struct concurrency *concurrency)
{
	concurrency->window.is_short = true;
}

void concurrency_on_answer(struct concurrency *concurrency, bool throttled)
{
	concurrency->window.answered++;
	concurrency->window.throttled += throttled;
}

void concurrency_on_response(struct concurrency *concurrency, int64_t at_least_us, int64_t min_rtt_us)
{
	struct concurrency_window *window = &concurrency->window;

	if (min_rtt_us <= 0)
		return;
	window->samples++;
	window->rtt_us += at_least_us > min_rtt_us ? at_least_us : min_rtt_us;
	window->tolerated_us += TOLERANCE * min_rtt_us + GRACE_US;
}

static size_t square_root(size_t number)
{
	size_t root = 1;

	while (root * root < number)
		root++;
	return root;
}

static void lower(struct concurrency *concurrency, size_t limit, int64_t now_us)
{
	if (concurrency->window.peak < concurrency->limit / 2)
		return;
	set_limit(concurrency, limit);
	concurrency->lowered++;
	concurrency->settled_us = now_us + SETTLE_US;
}

static bool is_throttled(const struct concurrency_window *window)
{
	return window->answered >= MIN_SAMPLES && window->throttled * THROTTLED_SHARE > window->answered;
}

static bool is_slower(const struct concurrency_window *window)
{
	return window->samples >= MIN_SAMPLES && window->rtt_us > window->tolerated_us;
}

/* In proportion to the round trips, which are longer than they may be. */
static size_t allowed_by_rtt(const struct concurrency *concurrency)
{
	double gradient = (double)concurrency->window.tolerated_us / (double)concurrency->window.rtt_us;

	return (size_t)((double)concurrency->limit * (gradient < 0.5 ? 0.5 : gradient));
}

static void evaluate(struct concurrency *concurrency, int64_t now_us, bool is_busy)
{
	const struct concurrency_window *window = &concurrency->window;
	size_t limit = concurrency->limit;

	if (!concurrency->adapts || now_us < concurrency->settled_us)
		return;
	if (is_throttled(window))
		lower(concurrency, limit * PERCENT_AFTER_THROTTLE / 100, now_us);
	else if (is_slower(window))
		lower(concurrency, allowed_by_rtt(concurrency), now_us);
	else if (window->is_short && !is_busy)
		set_limit(concurrency, limit + (concurrency->lowered > 0 ? square_root(limit) : limit));
}

void concurrency_tick(struct concurrency *concurrency, int64_t now_us, int64_t busy_us)
{
	const struct concurrency_window *window = &concurrency->window;
	int64_t length_us = now_us - window->since_us;

	if (window->since_us > 0 && length_us < WINDOW_US)
		return;
	if (window->since_us > 0)
		evaluate(concurrency, now_us, (busy_us - window->busy_us) * 100 > length_us * BUSY_PERCENT);
	concurrency->window = (struct concurrency_window){.since_us = now_us, .busy_us = busy_us};
}

int64_t concurrency_due_us(const struct concurrency *concurrency)
{
	const struct concurrency_window *window = &concurrency->window;

	return concurrency->adapts && window->is_short && concurrency->limit < concurrency->max
		       ? window->since_us + WINDOW_US
		       : -1;
}
