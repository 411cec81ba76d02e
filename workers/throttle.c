#include "workers/throttle.h"

#include <math.h>

enum { STEP = 5 /* milliseconds */ };

/* Of a known limit: so that no second sees more than that, with the burst that makes up for a busy moment. */
static const double margin = 0.97, burst_seconds = 0.03;
static const double fall = 0.7, steepness = 0.4, smoothing = 0.8, slowest = 0.5,
		    share_left = 0.25; /* of a known limit, whatever others take */

static double at_least(const struct throttle *throttle, double rate)
{
	double least = throttle->limit > 0 ? throttle->limit * share_left : slowest;

	return rate < least ? least : rate;
}

static double most_tokens(const struct throttle *throttle)
{
	double most = throttle->rate * burst_seconds;

	return most < 1 ? 1 : most;
}

void throttle_open(struct throttle *throttle, double limit, int64_t now)
{
	*throttle = (struct throttle){.limit = limit * margin, .rate = limit * margin, .filled = now};
	throttle->tokens = most_tokens(throttle);
}

/* How fast we ask, as long as nobody minds. */
static void measure(struct throttle *throttle, int64_t now)
{
	int64_t window = now / 500;

	throttle->counted++;
	if (window <= throttle->window)
		return;
	throttle->measured = smoothing * throttle->counted / (0.5 * (double)(window - throttle->window)) +
			     (1 - smoothing) * throttle->measured;
	throttle->window = window;
	throttle->counted = 0;
}

static void fill(struct throttle *throttle, int64_t now)
{
	double most = most_tokens(throttle);

	throttle->tokens += (double)(now - throttle->filled) * throttle->rate / 1000;
	if (throttle->tokens > most)
		throttle->tokens = most;
	throttle->filled = now;
}

static int64_t wait_for_a_token(const struct throttle *throttle)
{
	return throttle->tokens >= 1 ? 0 : 1 + (int64_t)((1 - throttle->tokens) * 1000 / throttle->rate);
}

int64_t throttle_take(struct throttle *throttle, int64_t now)
{
	int64_t wait;

	if (throttle->rate <= 0) {
		measure(throttle, now);
		return 0;
	}
	fill(throttle, now);
	wait = wait_for_a_token(throttle);
	if (wait > 0)
		return wait < STEP ? STEP : wait;
	throttle->tokens--;
	return 0;
}

int64_t throttle_reserve(struct throttle *throttle, int64_t now)
{
	int64_t wait;

	if (throttle_take(throttle, now) == 0)
		return 0;
	wait = wait_for_a_token(throttle);
	throttle->tokens--;
	return wait;
}

void throttle_accepted(struct throttle *throttle, int64_t now)
{
	double since, plateau, rate;

	if (throttle->throttled == 0)
		return;
	since = (double)(now - throttle->throttled) / 1000;
	plateau = cbrt(throttle->rate_before * (1 - fall) / steepness);
	rate = steepness * pow(since - plateau, 3) + throttle->rate_before;
	if (throttle->limit > 0 && rate > throttle->limit)
		rate = throttle->limit;
	throttle->rate = at_least(throttle, rate);
}

void throttle_refused(struct throttle *throttle, int64_t now)
{
	double rate = throttle->rate > 0 ? throttle->rate : throttle->measured;

	/* Refusals of one round trip speak of one rate: it falls once for all of them. */
	if (throttle->throttled != 0 && now - throttle->throttled < 100)
		return;
	if (throttle->rate <= 0) {
		throttle->filled = now;
		throttle->tokens = 0;
	}
	throttle->rate_before = at_least(throttle, rate);
	throttle->rate = at_least(throttle, throttle->rate_before * fall);
	throttle->throttled = now;
}
