/*
 * log.h - the log, on standard error.
 *
 * A line is an event with a stable name and fields. In the text format it reads as a sentence; in the JSON
 * format each field is a member. Control characters in untrusted text are escaped, so that a response cannot
 * drive a terminal. Safe to call from any thread: each line is a single write.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DETAIL };

struct log {
	FILE *stream;
	enum log_level level; /* events of a higher level are dropped */
	bool json;
	/* Called before a line is written, so that the progress display can clear its line; may be NULL. */
	void (*before_line)(void *owner);
	void *owner;
};

struct log_number {
	const char *name; /* NULL: the end of a list */
	int64_t value;
};

/* The subject of an event, as members for programs; the text repeats it for people. NULL or 0: not set. */
struct log_fields {
	const char *account, *region, *operation, *request_id;
	int attempt;
	const struct log_number *numbers;
};

/* `event` is a stable name such as "role.refused" (docs/operations.md). */
__attribute__((format(printf, 4, 5))) void log_line(const struct log *log, enum log_level level,
						    const char *event, const char *format, ...);
__attribute__((format(printf, 5, 6))) void log_about(const struct log *log, enum log_level level,
						     const char *event, const struct log_fields *fields,
						     const char *format, ...);

#endif
