/*
 * fetch.h - a page that gives credentials, asked for again when it fails for a moment.
 *
 * As botocore does: a container's endpoint three times, a second apart, whatever it answers instead of
 * credentials; IAM Identity Center as often as any operation of AWS. Source: botocore 1.43
 * utils.ContainerMetadataFetcher, data/_retry.json.
 */
#ifndef SCANNER_CREDENTIALS_FETCH_H
#define SCANNER_CREDENTIALS_FETCH_H

#include "scanner/aws/sync_client.h"

struct fetch_rules {
	int64_t max_attempts;
	/* Where nothing is heard at all: nothing may be there. */
	int64_t max_unheard_attempts;
	int64_t pause_ms; /* 0: exponential backoff with full jitter */
	/* Is this the answer, good or bad? */
	bool (*is_final)(const struct sync_page *page);
};

/* All but 429 and 5xx. */
bool fetch_is_final(const struct sync_page *page);

/* True: the page holds an answer, with whatever status. */
bool fetch_page(struct sync_client *client, const struct log *log, const struct fetch_rules *rules,
		struct sync_page *page);

#endif
