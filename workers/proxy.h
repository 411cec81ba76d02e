/*
 * proxy.h - the proxy that requests use, and how its error responses are read.
 */
#ifndef WORKERS_PROXY_H
#define WORKERS_PROXY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

enum { PROXY_NAME_SIZE = 128 };

/*
 * The proxy for a URL: `configured`, else the environment variable for its scheme, as libcurl reads it. The
 * text may contain a user and a password. NULL: none. It does not apply the list of hosts that bypass the
 * proxy.
 */
const char *proxy_setting(const char *configured, const char *url);
/* The same as HOST:PORT, without user and password. False: none. */
bool proxy_name(const char *configured, const char *url, char name[static PROXY_NAME_SIZE]);

/*
 * True: a proxy's response (status, header lines, body) reports that the host's name does not exist. Only
 * wordings that mean NXDOMAIN count, near the host's own name, and not beside the wording of a temporary
 * failure.
 */
bool proxy_denies_name(long status, struct span headers, struct span body, const char *host);

#endif
