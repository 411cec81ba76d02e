/*
 * answers.h - builds a response from its text.
 */
#ifndef TESTS_SCANNER_AWS_ANSWERS_H
#define TESTS_SCANNER_AWS_ANSWERS_H

#include "scanner/aws/answer.h"
#include "tests/unit.h"

static inline void response_from_text(struct response *response, const char *text)
{
	const char *body = strstr(text, "\r\n\r\n"), *line = strchr(text, '\n');
	size_t gap = 4;

	if (!body || (strstr(text, "\n\n") && strstr(text, "\n\n") < body)) {
		body = strstr(text, "\n\n");
		gap = 2;
	}
	*response = (struct response){.outcome = EXCHANGE_ANSWERED, .status = atol(text + 9)};
	if (!body) {
		buffer_text(&response->headers, line ? line + 1 : "");
		return;
	}
	if (line && line < body)
		buffer_append(&response->headers, line + 1, (size_t)(body - line));
	buffer_text(&response->body, body + gap);
}

#endif
