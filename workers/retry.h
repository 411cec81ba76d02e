/*
 * retry.h - whether to ask again, and when.
 *
 * Backoff with full jitter: before attempt i + 1 wait a random part of min(scale * 2^(i-1), 20 s), with
 * a scale of 1 s for throttles and 50 ms for the rest. Retries that are not throttles draw on a quota
 * of 500 tokens, 14 each, given back when the call succeeds, so that an endpoint that is down is not
 * hammered. Throttles draw nothing: AWS limits each account on its own, and one busy account must not
 * use up the patience that the others need. The server's own wish (x-amz-retry-after) is obeyed, up to
 * 5 s beyond our delay. Figures: botocore 1.43 retries/standard.py.
 */
#ifndef WORKERS_RETRY_H
#define WORKERS_RETRY_H

#include <stdbool.h>
#include <stdint.h>

enum retry_reason { RETRY_THROTTLE, RETRY_TRANSIENT };

enum { RETRY_QUOTA_TOKENS = 500, RETRY_COST = 14, RETRY_MAX_DELAY_MS = 20000, RETRY_MAX_EXTRA_DELAY_MS = 5000 };

/* Shared by all calls of one worker to one endpoint. */
struct retry_quota {
	int tokens;
};

/* One call's own. All zeroes is a call that was not sent yet. */
struct retry {
	int attempts; /* sent so far */
	int borrowed; /* tokens of its last retry */
};

void retry_quota_fill(struct retry_quota *quota);

/*
 * The attempt failed: may it be asked again? Then `delay` is how many milliseconds to wait.
 * `random` is in [0, 1); `asked_delay` is what the server asked for, or -1.
 */
bool retry_again(struct retry *retry, struct retry_quota *quota, enum retry_reason reason, int64_t max_attempts,
		 double random, int64_t asked_delay, int64_t *delay);

/* The attempt succeeded: what it borrowed comes back, a call that never failed earns one token. */
void retry_succeeded(struct retry *retry, struct retry_quota *quota);

#endif
