/*
 * object_url.h - paths of the form s3://BUCKET/KEY, for files that are kept in S3.
 *
 * Sources: S3 user guide, "General purpose bucket naming rules" and "Naming Amazon S3 objects".
 */
#ifndef CONFIG_OBJECT_URL_H
#define CONFIG_OBJECT_URL_H

#include <stdbool.h>

#include "base/span.h"

#define OBJECT_URL_SCHEME "s3://"

struct object_url {
	struct span bucket, key; /* parts of the parsed text; the key is not percent-encoded */
};

/* True: the path names an object, whether its form is valid or not. NULL is allowed. */
bool object_url_is(const char *path);
/* Why the path is not valid, as the end of a sentence; NULL: `parsed` is set. */
const char *object_url_parse(const char *path, struct object_url *parsed);

#endif
