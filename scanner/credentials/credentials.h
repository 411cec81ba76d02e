/*
 * credentials.h - the caller's credentials.
 *
 * The sources are tried in the order of the AWS SDKs, and the first one with credentials is used. When the
 * settings name a chain of roles, they are assumed from there, and the last session is the caller's. When it
 * expires, the same source is used again: files are read again, and processes run again. Only these sources
 * read the environment after start-up; the variables are AWS's own.
 */
#ifndef SCANNER_CREDENTIALS_CREDENTIALS_H
#define SCANNER_CREDENTIALS_CREDENTIALS_H

#include "base/error.h"
#include "base/log.h"
#include "config/settings.h"
#include "scanner/aws/session.h"

struct credentials_source;

/* The session, and its source. */
struct credentials {
	struct session *session; /* the caller frees it */
	const struct credentials_source *source;
	char where[256]; /* for people: "shared profile (audit in /home/x/.aws/credentials)" */
};

/*
 * Blocks until a session is obtained, at most for the time limits of the sources. `source` NULL: tries all;
 * else only that one. False: the error lists every source that was tried, with the reason.
 */
bool credentials_find(const struct config *config, const struct log *log,
		      const struct credentials_source *source, struct credentials *credentials,
		      struct error *error);

#endif
