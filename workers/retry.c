#include "workers/retry.h"

void retry_quota_fill(struct retry_quota *quota)
{
	quota->tokens = RETRY_QUOTA_TOKENS;
}

static int64_t full_jitter(enum retry_reason reason, int attempts, double random)
{
	int64_t max_delay_ms = reason == RETRY_THROTTLE ? 1000 : 50;

	for (int i = 1; i < attempts && max_delay_ms < RETRY_MAX_DELAY_MS; i++)
		max_delay_ms *= 2;
	if (max_delay_ms > RETRY_MAX_DELAY_MS)
		max_delay_ms = RETRY_MAX_DELAY_MS;
	return (int64_t)(random * (double)max_delay_ms);
}

bool retry_again(struct retry *retry, struct retry_quota *quota, enum retry_reason reason, int64_t max_attempts,
		 double random, int64_t server_delay_ms, int64_t *delay_ms)
{
	int cost = reason == RETRY_THROTTLE ? 0 : RETRY_COST;

	if (retry->attempts >= max_attempts || quota->tokens < cost)
		return false;
	quota->tokens -= cost;
	retry->borrowed = cost;
	*delay_ms = full_jitter(reason, retry->attempts, random);
	if (server_delay_ms > *delay_ms)
		*delay_ms = server_delay_ms < *delay_ms + RETRY_MAX_EXTRA_DELAY_MS
				    ? server_delay_ms
				    : *delay_ms + RETRY_MAX_EXTRA_DELAY_MS;
	return true;
}

void retry_succeeded(struct retry *retry, struct retry_quota *quota)
{
	quota->tokens += retry->borrowed ? retry->borrowed : 1;
	if (quota->tokens > RETRY_QUOTA_TOKENS)
		quota->tokens = RETRY_QUOTA_TOKENS;
	retry->borrowed = 0;
}
