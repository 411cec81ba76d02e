/*
 * proxy.h - which proxy requests go through, and what it means when it carries none.
 */
#ifndef WORKERS_PROXY_H
#define WORKERS_PROXY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

enum { PROXY_NAME_SIZE = 128 };

/*
 * The proxy for a URL: `configured`, else what the environment names for its scheme, as libcurl has it. It may
 * hold a user and a password. NULL: there is none. Hosts that go without it are not looked at.
 */
const char *proxy_setting(const char *configured, const char *url);
/* The same as HOST:PORT, for people: never its user and password. False: there is none. */
bool proxy_name(const char *configured, const char *url, char name[static PROXY_NAME_SIZE]);

/*
 * Does a proxy's response (its status, its lines, its page) say that this host's name does not exist? Only
 * words that mean NXDOMAIN count, together with the host's own name, and not beside words of a failure that may
 * pass.
 */
bool proxy_denies_name(long status, struct span head, struct span page, const char *host);

#endif
