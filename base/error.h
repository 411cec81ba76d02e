/*
 * error.h - the reason of a failure.
 *
 * A function that can fail returns bool or a pointer, and fills the struct error of its caller: a kind for
 * the program, and a text for the user (what was tried, on what, the result, what to do). A function either
 * returns an error or logs it, never both: the caller that handles the error reports it.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

enum error_kind {
	ERROR_NONE,
	ERROR_USAGE,       /* the user's input is invalid */
	ERROR_FILE,        /* a file cannot be read or written */
	ERROR_CREDENTIALS, /* no usable AWS credentials */
	ERROR_ACCESS,      /* AWS denied the request */
	ERROR_NETWORK,     /* no response */
	ERROR_PROTOCOL,    /* a response that AWS does not send */
	ERROR_MEMORY,      /* out of memory */
	ERROR_SYSTEM,      /* a system call failed: no thread, no descriptor ... */
	ERROR_INTERRUPTED, /* by a signal (interruption.h) */
};

struct error {
	enum error_kind kind;
	char text[1536];
};

/* Fills `error`, which may be NULL, and returns false, for `return error_set(...)`. */
__attribute__((format(printf, 3, 4))) bool error_set(struct error *error, enum error_kind kind,
						     const char *format, ...);

/* The length of the text without its last part, "Fix: ...": for a sentence about it that has a fix of its own.
 */
int error_length_without_fix(const char *text);

/* Sets the message for a failed allocation, and returns false. */
bool error_out_of_memory(struct error *error);

#endif
