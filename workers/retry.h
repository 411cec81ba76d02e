/*
 * retry.h - whether a failed attempt is retried, and after which delay.
 *
 * Exponential backoff with full jitter: the delay before attempt i + 1 is a random part of
 * min(scale * 2^(i-1), 20 s), with a scale of 1 s for throttled attempts and 50 ms for the others. A retry of
 * an attempt that was not throttled takes 14 tokens from a quota of 500, which are returned when the call
 * succeeds, so that an endpoint that is down is not flooded with retries. Throttled attempts take none: AWS
 * limits each account separately, and one busy account must not exhaust the quota that the others need. A delay
 * that the server asks for (x-amz-retry-after) is respected, up to 5 s beyond the computed delay. Figures:
 * botocore 1.43 retries/standard.py.
 */
#ifndef WORKERS_RETRY_H
#define WORKERS_RETRY_H

#include <stdbool.h>
#include <stdint.h>

enum retry_reason { RETRY_THROTTLE, RETRY_TRANSIENT };

enum { RETRY_QUOTA_TOKENS = 500, RETRY_COST = 14, RETRY_MAX_DELAY_MS = 20000, RETRY_MAX_EXTRA_DELAY_MS = 5000 };

/* Shared by all calls of one worker to one endpoint. Not thread-safe. */
struct retry_quota {
	int tokens;
};

/* Of one call. All zeroes: not sent yet. */
struct retry {
	int attempts; /* sent so far; the caller counts them */
	int borrowed; /* tokens that its last retry took */
};

void retry_quota_fill(struct retry_quota *quota);

/*
 * The attempt failed. True: retry it after `*delay_ms` milliseconds. `random` is in [0, 1); `server_delay_ms`
 * is the delay that the server asked for; -1: none.
 */
bool retry_again(struct retry *retry, struct retry_quota *quota, enum retry_reason reason, int64_t max_attempts,
		 double random, int64_t server_delay_ms, int64_t *delay_ms);

/* The attempt succeeded: returns the tokens that its retry took; a call without a retry earns one token. */
void retry_succeeded(struct retry *retry, struct retry_quota *quota);

#endif
