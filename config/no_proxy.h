/*
 * no_proxy.h - which hosts go without a proxy, as libcurl reads the list.
 */
#ifndef CONFIG_NO_PROXY_H
#define CONFIG_NO_PROXY_H

#include "base/buffer.h"

/*
 * Appends the entries that libcurl matches with no host, parted by commas: globs, ports, brackets, ranges, IPv6
 * blocks. It honours names (each with all below it), IP addresses, IPv4 blocks, and a * alone. Source: curl's
 * manual, CURLOPT_NOPROXY, and libcurl 7.88.1 as measured.
 */
void no_proxy_find_ignored(const char *list, struct buffer *ignored);

#endif
