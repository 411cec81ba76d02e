#include "scanner/credentials/fetch.h"

#include <poll.h>
#include <stdio.h>
#include <sys/random.h>

#include "base/interruption.h"
#include "base/log.h"

enum { TOO_MANY_REQUESTS = 429 };

static double random_part(void)
{
	uint32_t number;

	return getrandom(&number, sizeof number, 0) == (ssize_t)sizeof number ? number / 4294967296.0 : 0.5;
}

bool fetch_is_final(const struct sync_page *page)
{
	return page->status != TOO_MANY_REQUESTS && page->status < 500;
}

/* Failures that a retry may overcome. */
static bool is_transient(enum exchange_outcome outcome)
{
	return outcome == EXCHANGE_UNRESOLVED || outcome == EXCHANGE_UNREACHED ||
	       outcome == EXCHANGE_TIMED_OUT || outcome == EXCHANGE_BROKEN;
}

static int64_t attempts_for(const struct fetch_rules *rules, const struct sync_page *page)
{
	if (page->outcome == EXCHANGE_ANSWERED)
		return rules->is_final(page) ? 0 : rules->max_attempts;
	if (!is_transient(page->outcome))
		return 0;
	return page->outcome == EXCHANGE_BROKEN ? rules->max_attempts : rules->max_attempts_without_response;
}

static void log_retry(const struct log *log, const struct sync_page *page, int64_t delay_ms)
{
	char status[40];

	snprintf(status, sizeof status, "HTTP %ld", page->status);
	log_line(log, LOG_DETAIL, "call.retry", "%s: %s; retrying in %lld ms", page->url,
		 page->outcome == EXCHANGE_ANSWERED ? status : page->problem, (long long)delay_ms);
}

bool fetch_page(struct sync_client *client, const struct log *log, const struct fetch_rules *rules,
		struct sync_page *page)
{
	struct retry retry = {0};
	struct retry_quota quota;
	int64_t delay_ms;

	retry_quota_fill(&quota);
	for (;;) {
		bool answered = sync_client_fetch(client, page);
		enum retry_reason reason = page->status == TOO_MANY_REQUESTS ? RETRY_THROTTLE : RETRY_TRANSIENT;

		retry.attempts++;
		if (!retry_again(&retry, &quota, reason, attempts_for(rules, page), random_part(), -1,
				 &delay_ms))
			return answered;
		if (rules->pause_ms)
			delay_ms = rules->pause_ms;
		if (interruption_ends_requests())
			return answered;
		log_retry(log, page, delay_ms);
		poll(NULL, 0, (int)delay_ms);
	}
}
