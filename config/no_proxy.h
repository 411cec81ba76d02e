/*
 * no_proxy.h - checks a list of hosts that bypass the proxy, as libcurl reads it.
 */
#ifndef CONFIG_NO_PROXY_H
#define CONFIG_NO_PROXY_H

#include "base/buffer.h"

/*
 * Appends the entries that match no host in libcurl, separated by commas: globs, ports, brackets, ranges,
 * IPv6 blocks. libcurl supports names (including subdomains), IP addresses, IPv4 blocks, and a single *.
 * Source: curl's manual, CURLOPT_NOPROXY, and measurements of libcurl 7.88.1.
 */
void no_proxy_find_ignored(const char *list, struct buffer *ignored);

#endif
