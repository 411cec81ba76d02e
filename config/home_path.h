/*
 * home_path.h - paths as the AWS CLI reads them from AWS_CONFIG_FILE and its kin: first $NAME and ${NAME}, then
 * ~ and ~USER at the front. A variable that is not set and a user who does not exist stay as they are written.
 * Source: botocore 1.43 configloader (os.path.expandvars, os.path.expanduser).
 */
#ifndef CONFIG_HOME_PATH_H
#define CONFIG_HOME_PATH_H

#include "base/buffer.h"

/* Appends to `into`; its `failed` tells of memory. */
void home_path_expand(struct buffer *into, const char *path, const char *(*environment)(const char *name));

#endif
