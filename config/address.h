/*
 * address.h - addresses of servers and proxies, taken apart by libcurl.
 *
 * libcurl connects, so libcurl says what an address means: a second parser that understands one otherwise would
 * send a token to another host than the one that was checked. `http://169.254.170.2:80@HOST/` names HOST.
 */
#ifndef CONFIG_ADDRESS_H
#define CONFIG_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

enum { ADDRESS_SIZE = 2048 };

enum address_kind {
	ADDRESS_ENDPOINT, /* http or https, a host, perhaps a port and a path; nothing else */
	ADDRESS_PAGE,     /* the same, perhaps with a query */
	ADDRESS_PROXY,    /* perhaps without a scheme, which then is http; perhaps with a user and a password */
};

struct address {
	/*
	 * As libcurl writes it: scheme and host in lower case, IP addresses in their usual form, without the
	 * scheme's own port, dot segments and a path that is only a slash. Empty for a proxy.
	 */
	char url[ADDRESS_SIZE];
	char host[256];  /* IPv6 in brackets */
	char shown[300]; /* for people: scheme, host and port alone, the scheme only where it is not http */
	bool is_tls;
	bool has_user;
};

/* NULL: it is one. Else what is wrong with it, in words that hold no part of it. */
const char *address_parse(struct address *address, enum address_kind kind, const char *text);

/*
 * Of any text that was meant to be an address, what may be shown: a user and a password are hidden, also where
 * no parser finds them. Returns `shown`.
 */
const char *address_show(const char *text, char *shown, size_t size);

/* A loopback address by number; names are not. */
bool address_is_loopback(const struct address *address);
/* The same IP address, however `ip` is written; IPv6 without brackets. */
bool address_is_ip(const struct address *address, const char *ip);

#endif
