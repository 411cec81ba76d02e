/*
 * fetch.h - requests a page with credentials, with retries.
 *
 * The rules are botocore's: a container's endpoint is requested three times, a second apart, whatever it
 * returns instead of credentials; IAM Identity Center as often as any AWS operation. Source: botocore 1.43
 * utils.ContainerMetadataFetcher, data/_retry.json.
 */
#ifndef SCANNER_CREDENTIALS_FETCH_H
#define SCANNER_CREDENTIALS_FETCH_H

#include "scanner/aws/sync_client.h"

struct fetch_rules {
	int64_t max_attempts;
	/* When there is no response at all: the endpoint may not exist. */
	int64_t max_attempts_without_response;
	int64_t pause_ms; /* 0: exponential backoff with full jitter */
	/* True: the response is final, good or bad. */
	bool (*is_final)(const struct sync_page *page);
};

/* True for every status but 429 and 5xx. */
bool fetch_is_final(const struct sync_page *page);

/* True: the page holds a response, with any status. */
bool fetch_page(struct sync_client *client, const struct log *log, const struct fetch_rules *rules,
		struct sync_page *page);

#endif
