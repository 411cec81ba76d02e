#include "workers/rate_limiter.h"

#include <math.h>

enum { MIN_WAIT_MS = 5 };

/*
 * Of a known limit. Together they keep every second within the limit; the burst makes up for moments in which
 * the worker is busy.
 */
static const double margin = 0.97, burst_seconds = 0.03;
static const double fall = 0.7, steepness = 0.4, smoothing = 0.8, slowest = 0.5,
		    min_share = 0.25; /* of a known limit */

static double clamp_rate(const struct rate_limiter *limiter, double rate)
{
	double min_rate = limiter->limit > 0 ? limiter->limit * min_share : slowest;

	return rate < min_rate ? min_rate : rate;
}

static double max_tokens(const struct rate_limiter *limiter)
{
	double max = limiter->rate * burst_seconds;

	return max < 1 ? 1 : max;
}

void rate_limiter_init(struct rate_limiter *limiter, double limit, int64_t now_ms)
{
	*limiter = (struct rate_limiter){.limit = limit * margin, .rate = limit * margin, .filled_ms = now_ms};
	limiter->tokens = max_tokens(limiter);
}

/* The rate of requests, while no rate is in force. */
static void measure(struct rate_limiter *limiter, int64_t now_ms)
{
	int64_t window = now_ms / 500;

	limiter->counted++;
	if (window <= limiter->window)
		return;
	limiter->measured = smoothing * limiter->counted / (0.5 * (double)(window - limiter->window)) +
			    (1 - smoothing) * limiter->measured;
	limiter->window = window;
	limiter->counted = 0;
}

static void fill(struct rate_limiter *limiter, int64_t now_ms)
{
	double max = max_tokens(limiter);

	limiter->tokens += (double)(now_ms - limiter->filled_ms) * limiter->rate / 1000;
	if (limiter->tokens > max)
		limiter->tokens = max;
	limiter->filled_ms = now_ms;
}

static int64_t wait_for_token(const struct rate_limiter *limiter)
{
	return limiter->tokens >= 1 ? 0 : 1 + (int64_t)((1 - limiter->tokens) * 1000 / limiter->rate);
}

int64_t rate_limiter_take(struct rate_limiter *limiter, int64_t now_ms)
{
	int64_t wait_ms;

	if (limiter->rate <= 0) {
		measure(limiter, now_ms);
		return 0;
	}
	fill(limiter, now_ms);
	wait_ms = wait_for_token(limiter);
	if (wait_ms > 0)
		return wait_ms < MIN_WAIT_MS ? MIN_WAIT_MS : wait_ms;
	limiter->tokens--;
	return 0;
}

int64_t rate_limiter_reserve(struct rate_limiter *limiter, int64_t now_ms)
{
	int64_t wait_ms;

	if (rate_limiter_take(limiter, now_ms) == 0)
		return 0;
	wait_ms = wait_for_token(limiter);
	limiter->tokens--;
	return wait_ms;
}

void rate_limiter_accepted(struct rate_limiter *limiter, int64_t now_ms)
{
	double since, plateau, rate;

	if (limiter->throttled_ms == 0)
		return;
	since = (double)(now_ms - limiter->throttled_ms) / 1000;
	plateau = cbrt(limiter->rate_before * (1 - fall) / steepness);
	rate = steepness * pow(since - plateau, 3) + limiter->rate_before;
	if (limiter->limit > 0 && rate > limiter->limit)
		rate = limiter->limit;
	limiter->rate = clamp_rate(limiter, rate);
}

void rate_limiter_refused(struct rate_limiter *limiter, int64_t now_ms)
{
	double rate = limiter->rate > 0 ? limiter->rate : limiter->measured;

	/* Throttled responses within one round trip belong to one rate, so it falls only once. */
	if (limiter->throttled_ms != 0 && now_ms - limiter->throttled_ms < 100)
		return;
	if (limiter->rate <= 0) {
		limiter->filled_ms = now_ms;
		limiter->tokens = 0;
	}
	limiter->rate_before = clamp_rate(limiter, rate);
	limiter->rate = clamp_rate(limiter, limiter->rate_before * fall);
	limiter->throttled_ms = now_ms;
}
