/*
 * log.h - what the program says of its work, on standard error only.
 *
 * A line is an event with a stable name and fields. As text it reads as a sentence; as JSON every
 * field is a member. Control characters in foreign text are made visible, so that nothing that AWS
 * sends can drive a terminal. Safe to call from any thread: one line is one write.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdio.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DETAIL };

struct log {
	FILE *stream;
	enum log_level level; /* lines above it are dropped */
	bool json;
	/* Called before a line is written, so that a progress line can step aside; may be NULL. */
	void (*before_line)(void *owner);
	void *owner;
};

/* What an event is about, for programs that read JSON lines; the text says it for people. NULL or 0: nothing.
 */
struct log_fields {
	const char *account, *region, *operation, *request_id;
	int attempt;
};

/* `event` is a stable name such as "role.refused" (docs/operations.md). */
__attribute__((format(printf, 4, 5))) void log_line(const struct log *log, enum log_level level,
						    const char *event, const char *format, ...);
__attribute__((format(printf, 5, 6))) void log_about(const struct log *log, enum log_level level,
						     const char *event, const struct log_fields *fields,
						     const char *format, ...);

#endif
