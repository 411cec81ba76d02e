#include "workers/rate_limiter.h"

#include <math.h>

enum { STEP = 5 /* milliseconds */ };

/* Of a known limit: so that no second sees more than that, with the burst that makes up for a busy moment. */
static const double margin = 0.97, burst_seconds = 0.03;
static const double fall = 0.7, steepness = 0.4, smoothing = 0.8, slowest = 0.5,
		    share_left = 0.25; /* of a known limit, whatever others take */

static double at_least(const struct rate_limiter *limiter, double rate)
{
	double min_rate = limiter->limit > 0 ? limiter->limit * share_left : slowest;

	return rate < min_rate ? min_rate : rate;
}

static double max_tokens(const struct rate_limiter *limiter)
{
	double max = limiter->rate * burst_seconds;

	return max < 1 ? 1 : max;
}

void rate_limiter_init(struct rate_limiter *limiter, double limit, int64_t now)
{
	*limiter = (struct rate_limiter){.limit = limit * margin, .rate = limit * margin, .filled = now};
	limiter->tokens = max_tokens(limiter);
}

/* How fast we ask, as long as nobody minds. */
static void measure(struct rate_limiter *limiter, int64_t now)
{
	int64_t window = now / 500;

	limiter->counted++;
	if (window <= limiter->window)
		return;
	limiter->measured = smoothing * limiter->counted / (0.5 * (double)(window - limiter->window)) +
			    (1 - smoothing) * limiter->measured;
	limiter->window = window;
	limiter->counted = 0;
}

static void fill(struct rate_limiter *limiter, int64_t now)
{
	double max = max_tokens(limiter);

	limiter->tokens += (double)(now - limiter->filled) * limiter->rate / 1000;
	if (limiter->tokens > max)
		limiter->tokens = max;
	limiter->filled = now;
}

static int64_t wait_for_a_token(const struct rate_limiter *limiter)
{
	return limiter->tokens >= 1 ? 0 : 1 + (int64_t)((1 - limiter->tokens) * 1000 / limiter->rate);
}

int64_t rate_limiter_take(struct rate_limiter *limiter, int64_t now)
{
	int64_t wait;

	if (limiter->rate <= 0) {
		measure(limiter, now);
		return 0;
	}
	fill(limiter, now);
	wait = wait_for_a_token(limiter);
	if (wait > 0)
		return wait < STEP ? STEP : wait;
	limiter->tokens--;
	return 0;
}

int64_t rate_limiter_reserve(struct rate_limiter *limiter, int64_t now)
{
	int64_t wait;

	if (rate_limiter_take(limiter, now) == 0)
		return 0;
	wait = wait_for_a_token(limiter);
	limiter->tokens--;
	return wait;
}

void rate_limiter_accepted(struct rate_limiter *limiter, int64_t now)
{
	double since, plateau, rate;

	if (limiter->throttled == 0)
		return;
	since = (double)(now - limiter->throttled) / 1000;
	plateau = cbrt(limiter->rate_before * (1 - fall) / steepness);
	rate = steepness * pow(since - plateau, 3) + limiter->rate_before;
	if (limiter->limit > 0 && rate > limiter->limit)
		rate = limiter->limit;
	limiter->rate = at_least(limiter, rate);
}

void rate_limiter_refused(struct rate_limiter *limiter, int64_t now)
{
	double rate = limiter->rate > 0 ? limiter->rate : limiter->measured;

	/* Refusals of one round trip speak of one rate: it falls once for all of them. */
	if (limiter->throttled != 0 && now - limiter->throttled < 100)
		return;
	if (limiter->rate <= 0) {
		limiter->filled = now;
		limiter->tokens = 0;
	}
	limiter->rate_before = at_least(limiter, rate);
	limiter->rate = at_least(limiter, limiter->rate_before * fall);
	limiter->throttled = now;
}
