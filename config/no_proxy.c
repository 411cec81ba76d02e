#include "config/no_proxy.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { MAX_ENTRY = 256, MAX_BITS = 32 };

/* "example.com", ".example.com" and "example.com."; digits and dots alone are an incomplete address. */
static bool is_name(const char *entry)
{
	bool has_letter = false;

	if (*entry == '.')
		entry++;
	if (!*entry || *entry == '.')
		return false;
	for (; *entry; entry++) {
		if (!isalnum((unsigned char)*entry) && !strchr("-._", *entry))
			return false;
		has_letter = has_letter || isalpha((unsigned char)*entry);
	}
	return has_letter;
}

static bool is_block(const char *entry)
{
	const char *slash = strchr(entry, '/');
	unsigned char bytes[4];
	char ip[MAX_ENTRY];

	if (!slash || !slash[1] || strspn(slash + 1, "0123456789") != strlen(slash + 1) ||
	    strlen(slash + 1) > 2 || atoi(slash + 1) < 1 || atoi(slash + 1) > MAX_BITS)
		return false;
	text_copy(ip, sizeof ip, (struct span){entry, (size_t)(slash - entry)});
	return inet_pton(AF_INET, ip, bytes) == 1;
}

static bool is_honoured(const char *entry)
{
	unsigned char bytes[16];

	return inet_pton(AF_INET, entry, bytes) == 1 || inet_pton(AF_INET6, entry, bytes) == 1 ||
	       is_name(entry) || is_block(entry);
}

void no_proxy_find_ignored(const char *list, struct buffer *ignored)
{
	if (strcmp(list, "*") == 0)
		return;
	while (*list) {
		size_t length = strcspn(list, ", \t");
		char entry[MAX_ENTRY];

		if (length > 0 &&
		    (!text_copy(entry, sizeof entry, (struct span){list, length}) || !is_honoured(entry)))
			buffer_print(ignored, "%s%.*s", ignored->length ? ", " : "", (int)length, list);
		list += length + (list[length] != '\0');
	}
}
