/*
 * options.h - the command line of the estate.
 */
#ifndef ESTATE_OPTIONS_H
#define ESTATE_OPTIONS_H

#include "bench/estate/request.h"

struct options {
	struct world world;
	unsigned long port, idle_seconds, session_seconds, required_key; /* enum required_key */
	unsigned long hub_account, newest_hours;                         /* ULONG_MAX: not given */
	const char *role, *hub, *host, *manifest, *controls, *log, *ca, *faults;
	const char *documents[DOCUMENTS]; /* files of policies */
	enum latency latency;
	bool is_delegated, no_paths, tls, no_tickets, tags_apart, until_eof, has_limits, limits_given;
};

enum options_read { OPTIONS_GOOD, OPTIONS_BAD, OPTIONS_HELP };

/* Prints errors on standard error. */
enum options_read options_read(struct options *options, int count, char **arguments);

#endif
