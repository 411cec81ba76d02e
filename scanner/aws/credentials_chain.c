#include <stdio.h>
#include <string.h>

#include "scanner/aws/credentials.h"

/* In the order of the AWS SDKs. Add yours here. */
#define SOURCES(ONE)                                                                                           \
	ONE(credentials_environment)                                                                           \
	ONE(credentials_profile)

#define DECLARE(name) extern const struct credentials_source name;
#define LIST(name) &(name),

SOURCES(DECLARE)
static const struct credentials_source *const chain[] = {SOURCES(LIST)};

struct session *credentials_find(const struct config *config, const char **source, struct error *error)
{
	char tried[800] = "";

	for (size_t i = 0; i < sizeof chain / sizeof chain[0]; i++) {
		struct session *session = NULL;
		struct error why = {0};
		size_t length = strlen(tried);

		switch (chain[i]->find(config, &session, &why)) {
		case CREDENTIALS_FOUND:
			*source = chain[i]->name;
			return session;
		case CREDENTIALS_BROKEN:
			error_set(error, ERROR_CREDENTIALS, "credentials from %s: %.700s", chain[i]->name,
				  why.text);
			return NULL;
		case CREDENTIALS_ABSENT:
			snprintf(tried + length, sizeof tried - length, "\n  %s: %s", chain[i]->name, why.text);
		}
	}
	error_set(error, ERROR_CREDENTIALS, "no AWS credentials found; tried:%s", tried);
	return NULL;
}
