/*
 * home_path.h - expands paths as the AWS CLI does for AWS_CONFIG_FILE and similar variables: first $NAME and
 * ${NAME}, then ~ and ~USER at the front. Unset variables and unknown users stay unexpanded. Source: botocore
 * 1.43 configloader (os.path.expandvars, os.path.expanduser).
 */
#ifndef CONFIG_HOME_PATH_H
#define CONFIG_HOME_PATH_H

#include "base/buffer.h"

/* Appends to `into`, whose `failed` reports an out-of-memory condition. */
void home_path_expand(struct buffer *into, const char *path, const char *(*environment)(const char *name));

#endif
