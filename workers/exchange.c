#include "workers/exchange.h"

#include <string.h>

struct span response_header(const struct response *response, const char *name)
{
	struct span rest = buffer_span(&response->headers), line;

	while (span_split(&rest, '\n', &line)) {
		struct span label;

		if (span_split(&line, ':', &label) && span_equals_ignoring_case(label, name))
			return line.at ? span_trim(line) : (struct span){NULL, 0};
	}
	return (struct span){NULL, 0};
}

void response_free(struct response *response)
{
	buffer_free(&response->headers);
	buffer_wipe(&response->body);
}
