/*
 * error.h - why something did not work.
 *
 * A function that can fail returns bool (or a pointer) and fills the struct error that its caller
 * passed: a kind that code can act on, and a text that a person can act on (what was tried, on what,
 * what came back, what to do). Nobody logs and returns: whoever decides, reports.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

enum error_kind {
	ERROR_NONE,
	ERROR_USAGE,       /* what the user asked for makes no sense */
	ERROR_FILE,        /* a file cannot be read or written */
	ERROR_CREDENTIALS, /* no usable AWS credentials */
	ERROR_ACCESS,      /* AWS refused */
	ERROR_NETWORK,     /* nobody answered */
	ERROR_PROTOCOL,    /* somebody answered, but not as AWS does */
	ERROR_MEMORY,      /* out of memory */
	ERROR_SYSTEM,      /* the operating system refused a thread, a descriptor ... */
};

struct error {
	enum error_kind kind;
	char text[1024];
};

/* Fills `error` (which may be NULL) and returns false, so that `return error_set(...)` reads well. */
__attribute__((format(printf, 3, 4))) bool error_set(struct error *error, enum error_kind kind,
						     const char *format, ...);

/* The one message for a failed allocation. Returns false. */
bool error_out_of_memory(struct error *error);

#endif
