/*
 * address.h - parses addresses of servers and proxies with libcurl.
 *
 * libcurl opens the connections, so libcurl also parses: with a second parser that reads an address
 * differently, a token could go to another host than the one that was checked. Example:
 * `http://169.254.170.2:80@HOST/` names HOST.
 */
#ifndef CONFIG_ADDRESS_H
#define CONFIG_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

enum { ADDRESS_SIZE = 2048 };

enum address_kind {
	ADDRESS_ENDPOINT, /* http or https and a host, optionally a port and a path */
	ADDRESS_PAGE,     /* the same, optionally with a query */
	ADDRESS_PROXY, /* optionally without a scheme, which is then http; optionally with user and password */
};

struct address {
	/*
	 * As libcurl normalizes it: scheme and host in lower case, canonical IP addresses, without the
	 * scheme's default port, dot segments or a path of a single slash. Empty for a proxy.
	 */
	char url[ADDRESS_SIZE];
	char host[256];  /* IPv6 in brackets */
	char shown[300]; /* for people: scheme, host and port; the scheme only when it is not http */
	bool is_tls;
	bool has_user;
};

/* NULL: valid. Else the problem, in words that contain no part of the address. */
const char *address_parse(struct address *address, enum address_kind kind, const char *text);

/*
 * A text that was meant as an address, as it may be shown: with user and password hidden, even when it does
 * not parse. Returns `shown`.
 */
const char *address_show(const char *text, char *shown, size_t size);

/* True for a loopback IP address; false for a name. */
bool address_is_loopback(const struct address *address);
/* True: the same IP address, in any notation of `ip`; IPv6 without brackets. */
bool address_is_ip(const struct address *address, const char *ip);

#endif
