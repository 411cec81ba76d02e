#include "base/span.h"

#include <string.h>
#include <strings.h>

struct span span_of(const char *text)
{
	return (struct span){text, text ? strlen(text) : 0};
}

bool span_same(struct span a, struct span b)
{
	return a.at && b.at && a.length == b.length && memcmp(a.at, b.at, a.length) == 0;
}

int span_compare(struct span a, struct span b)
{
	size_t common = a.length < b.length ? a.length : b.length;
	int order = common > 0 ? memcmp(a.at, b.at, common) : 0;

	return order ? order : (a.length > b.length) - (a.length < b.length);
}

bool span_equals_ignoring_case(struct span span, const char *text)
{
	return span.at && strlen(text) == span.length && strncasecmp(span.at, text, span.length) == 0;
}

bool span_starts_with(struct span span, const char *prefix)
{
	size_t length = strlen(prefix);

	return span.at && span.length >= length && memcmp(span.at, prefix, length) == 0;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span span_trim(struct span span)
{
	while (span.length > 0 && is_space(span.at[0])) {
		span.at++;
		span.length--;
	}
	while (span.length > 0 && is_space(span.at[span.length - 1]))
		span.length--;
	return span;
}

bool span_split(struct span *rest, char separator, struct span *part)
{
	const char *end;

	if (!rest->at)
		return false;
	end = memchr(rest->at, separator, rest->length);
	part->at = rest->at;
	if (!end) {
		part->length = rest->length;
		*rest = (struct span){NULL, 0};
		return true;
	}
	part->length = (size_t)(end - rest->at);
	rest->length -= part->length + 1;
	rest->at = end + 1;
	return true;
}
