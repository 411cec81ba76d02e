#include "workers/exchange.h"

#include <string.h>

void request_add_header(struct request *request, const char *name, const char *value)
{
	if (request->count == REQUEST_HEADERS) {
		request->lines.failed = true;
		return;
	}
	request->starts[request->count++] = request->lines.length;
	buffer_text(&request->lines, name);
	buffer_text(&request->lines, *value ? ": " : ":");
	buffer_append(&request->lines, value, strlen(value) + 1);
}

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

void request_deinit(struct request *request)
{
	buffer_wipe(&request->lines);
}

void response_deinit(struct response *response)
{
	buffer_deinit(&response->headers);
	buffer_wipe(&response->body);
}
