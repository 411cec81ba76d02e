/*
 * credentials.h - where our own keys come from.
 *
 * The sources are asked in the order of the AWS SDKs; the first that has keys is the one. If the settings name
 * a chain of roles, they are assumed from there, and what comes out is the session that everything else is done
 * with. When it comes to its end, the same source is asked again: files are read again, processes run again.
 * These are the only places that read the environment after start-up: the variables are AWS's own.
 */
#ifndef SCANNER_CREDENTIALS_CREDENTIALS_H
#define SCANNER_CREDENTIALS_CREDENTIALS_H

#include "base/error.h"
#include "base/log.h"
#include "config/settings.h"
#include "scanner/aws/session.h"

struct credentials_source;

/* What was found, and where. */
struct credentials {
	struct session *session; /* the caller's to close */
	const struct credentials_source *source;
	char where[256]; /* for people: "shared profile (audit in /home/x/.aws/credentials)" */
};

/*
 * Blocks until there are keys, at most for as long as the sources' time limits say. `source` NULL: all are
 * tried; else that one alone. False: the error lists every source that was tried and why it did not serve.
 */
bool credentials_find(const struct config *config, const struct log *log,
		      const struct credentials_source *source, struct credentials *credentials,
		      struct error *error);

#endif
