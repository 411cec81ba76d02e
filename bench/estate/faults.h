/*
 * faults.h - what goes wrong on demand.
 *
 * A specification is a list of rules, separated by commas or lines, with # for comments in files:
 *
 *     PATTERN=KIND@SHARE     rds:DescribeDB*=throttle@10%, *=reset@1/50
 *     seed=N
 *
 * PATTERN is a shell pattern on "service:Operation"; SHARE a percentage of the requests, drawn from the
 * seed and from what is asked, or 1/N for every N-th. Of the rules that match a request, the first that
 * strikes counts. A drawn fault does not depend on the order of requests: the same question meets the same
 * faults at its first, second, third attempt in every run of the same seed.
 */
#ifndef ESTATE_FAULTS_H
#define ESTATE_FAULTS_H

#include "bench/estate/world.h"

enum fault {
	FAULT_NONE,
	FAULT_THROTTLE,       /* AWS's own throttling error */
	FAULT_INTERNAL,       /* 500, AWS's error */
	FAULT_UNAVAILABLE,    /* 503 without a body */
	FAULT_HTML,           /* 502 with a proxy's page */
	FAULT_GARBAGE,        /* 200, and no AWS answer */
	FAULT_NO_RESULT,      /* 200, well-formed, its result element missing */
	FAULT_CUT,            /* the connection ends in the middle of the body */
	FAULT_LENGTH,         /* Content-Length says less than what comes */
	FAULT_DRIP,           /* a few bytes a second */
	FAULT_HANG,           /* no answer */
	FAULT_RESET,          /* TCP reset instead of an answer */
	FAULT_ALERT,          /* a fatal TLS alert instead of an answer; a reset without TLS */
	FAULT_EXPIRED,        /* the session is said to be over */
	FAULT_DENIED,         /* access denied */
	FAULT_EMPTY_PAGE,     /* a page without items that is not the last */
	FAULT_REPEATED_TOKEN, /* a page that names itself as the next */
	FAULT_SHIFTED_PAGE,   /* a page that begins with the last items of the one before */
	/* Of a cell, for as long as it lives: */
	FAULT_DISABLED, /* the region refuses the session, though the account's list of regions has it */
	/* Of an endpoint (service and region), for as long as it lives: */
	FAULT_CLOCK, /* its clock is twenty minutes ahead */
	/* Of the client's machine; the estate cannot do it itself (tests/system/failing_resolver.c): */
	FAULT_KINDS
};

enum { FAULT_CLOCK_SECONDS = 1200 };

/* A question that a client asks. */
struct client_request {
	const char *service, *operation;
	size_t account;
	const char *region;
	uint64_t parameters; /* a hash */
};

struct faults;

/* NULL: what is wrong, and where, is in `problem`. */
struct faults *faults_read(const char *specification, char *problem, size_t size);
/* `source`: a file if there is one of that name, otherwise the specification itself. */
struct faults *faults_load(const char *source, char *problem, size_t size);
void faults_free(struct faults *faults);

const char *fault_name(enum fault fault);
/* For --help: each kind, a line. */
const char *fault_explanation(enum fault fault);

/* What happens to this request. Counts it as an attempt. `faults` may be NULL. */
enum fault faults_strike(struct faults *faults, const struct client_request *asked);
bool faults_clock_is_off(const struct faults *faults, const char *service, const char *operation,
			 const char *region);
bool faults_disable(const struct faults *faults, const char *service, const char *operation, size_t account,
		    const char *region);

#endif
