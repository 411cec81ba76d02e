/*
 * faults.h - fault injection.
 *
 * A specification is a list of rules, separated by commas or lines, with # for comments in files:
 *
 *     PATTERN=KIND@SHARE     rds:DescribeDB*=throttle@10%, *=reset@1/50
 *     seed=N
 *
 * PATTERN is a shell pattern on "service:Operation" or "service:Operation/region". SHARE is a percentage of the
 * requests, drawn from the seed and the request, or 1/N for every N-th. The first matching rule that strikes
 * applies. A drawn fault does not depend on the order of requests: with the same seed, the first, second and
 * third attempts of a request meet the same faults in every run.
 */
#ifndef ESTATE_FAULTS_H
#define ESTATE_FAULTS_H

#include "bench/estate/world.h"

enum fault {
	FAULT_NONE,
	FAULT_THROTTLE,       /* AWS's own throttling error */
	FAULT_INTERNAL,       /* 500, AWS's error */
	FAULT_UNAVAILABLE,    /* 503 without a body */
	FAULT_HTML,           /* 502 with an HTML page of a proxy */
	FAULT_GARBAGE,        /* 200 with a body that is not from AWS */
	FAULT_NO_RESULT,      /* 200, well-formed, without the result element */
	FAULT_CUT,            /* the connection ends inside the body */
	FAULT_LENGTH,         /* Content-Length is less than the body */
	FAULT_DRIP,           /* a few bytes a second */
	FAULT_HANG,           /* no response */
	FAULT_RESET,          /* TCP reset instead of a response */
	FAULT_ALERT,          /* a fatal TLS alert instead of a response; a reset without TLS */
	FAULT_EXPIRED,        /* the session has expired */
	FAULT_DENIED,         /* access denied */
	FAULT_EMPTY_PAGE,     /* an empty page that is not the last */
	FAULT_REPEATED_TOKEN, /* a page whose token names itself */
	FAULT_SHIFTED_PAGE,   /* a page that repeats the last items of the previous one */
	/* Of a cell, permanently: */
	FAULT_DISABLED, /* the region refuses the session, although the account lists it as enabled */
	/* Of an endpoint (service and region), permanently: */
	FAULT_CLOCK, /* its clock is twenty minutes ahead */
	/* Of the client's machine, injected by tests/system/failing_resolver.c: */
	FAULT_KINDS
};

enum { FAULT_CLOCK_SECONDS = 1200 };

/* The identity of a request. */
struct client_request {
	const char *service, *operation;
	size_t account;
	const char *region;
	uint64_t parameters; /* a hash */
};

struct faults;

/* NULL: `problem` describes the error and its position. */
struct faults *faults_read(const char *specification, char *problem, size_t size);
/* `source`: the name of a file, or else the specification itself. */
struct faults *faults_load(const char *source, char *problem, size_t size);
void faults_free(struct faults *faults);

const char *fault_name(enum fault fault);
/* For --help: each kind on a line. */
const char *fault_explanation(enum fault fault);

/* The fault of this request, which counts as an attempt. `faults` may be NULL. */
enum fault faults_strike(struct faults *faults, const struct client_request *requested);
bool faults_clock_is_off(const struct faults *faults, const char *service, const char *operation,
			 const char *region);
bool faults_disable(const struct faults *faults, const char *service, const char *operation, size_t account,
		    const char *region);

#endif
