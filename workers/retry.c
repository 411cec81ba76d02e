#include "workers/retry.h"

void retry_quota_fill(struct retry_quota *quota)
{
	quota->tokens = RETRY_QUOTA_TOKENS;
}

static int64_t full_jitter(enum retry_reason reason, int attempts, double random)
{
	int64_t max_delay = reason == RETRY_THROTTLE ? 1000 : 50;

	for (int i = 1; i < attempts && max_delay < RETRY_MAX_DELAY_MS; i++)
		max_delay *= 2;
	if (max_delay > RETRY_MAX_DELAY_MS)
		max_delay = RETRY_MAX_DELAY_MS;
	return (int64_t)(random * (double)max_delay);
}

bool retry_again(struct retry *retry, struct retry_quota *quota, enum retry_reason reason, int64_t max_attempts,
		 double random, int64_t asked_delay, int64_t *delay)
{
	int cost = reason == RETRY_THROTTLE ? 0 : RETRY_COST;

	if (retry->attempts >= max_attempts || quota->tokens < cost)
		return false;
	quota->tokens -= cost;
	retry->borrowed = cost;
	*delay = full_jitter(reason, retry->attempts, random);
	if (asked_delay > *delay)
		*delay = asked_delay < *delay + RETRY_MAX_EXTRA_DELAY_MS ? asked_delay
									 : *delay + RETRY_MAX_EXTRA_DELAY_MS;
	return true;
}

void retry_succeeded(struct retry *retry, struct retry_quota *quota)
{
	quota->tokens += retry->borrowed ? retry->borrowed : 1;
	if (quota->tokens > RETRY_QUOTA_TOKENS)
		quota->tokens = RETRY_QUOTA_TOKENS;
	retry->borrowed = 0;
}
