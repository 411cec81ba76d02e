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
 * Does a proxy's response say that the host has no address? Proxies word that in a header, in the status line,
 * or on a page; `wording` is the words that did.
 */
bool proxy_finds_no_address(struct span response, const char **wording);

#endif
