/*
 * credentials.h - where our own keys come from.
 *
 * A source is one file, credentials_NAME.c, and one line in the chain (credentials_chain.c), which does
 * nothing but ask them in the order of the AWS SDKs. These are the only places that read the
 * environment after start-up: the variables are AWS's own.
 */
#ifndef SCANNER_AWS_CREDENTIALS_H
#define SCANNER_AWS_CREDENTIALS_H

#include "base/error.h"
#include "config/settings.h"
#include "scanner/aws/session.h"

enum credentials_result {
	CREDENTIALS_FOUND,
	CREDENTIALS_ABSENT, /* nothing here, the next source may have some; the error says what was looked for
			     */
	CREDENTIALS_BROKEN, /* meant to be here, but unusable: the chain stops */
};

struct credentials_source {
	const char *name;
	enum credentials_result (*find)(const struct config *config, struct session **session,
					struct error *error);
};

/* The first source that has keys; NULL with an error that lists every source that was tried. */
struct session *credentials_find(const struct config *config, const char **source, struct error *error);

#endif
