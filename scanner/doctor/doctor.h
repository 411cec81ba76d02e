/*
 * doctor.h - checks whether a nightly scan would succeed. Each requirement is checked in the order in which a
 * scan needs it, by calls that change nothing, and each problem comes with advice.
 */
#ifndef SCANNER_DOCTOR_DOCTOR_H
#define SCANNER_DOCTOR_DOCTOR_H

#include "base/arena.h"
#include "base/log.h"
#include "config/settings.h"
#include "scanner/controls/controls.h"

enum doctor_level {
	DOCTOR_OK,
	DOCTOR_WARNING, /* the scan works, but is incomplete, or will soon fail */
	DOCTOR_FAILURE, /* the scan cannot succeed */
	DOCTOR_SKIPPED, /* not checked, because of an earlier failure or by request */
};

/* The findings' arena owns the texts. */
struct doctor_line {
	struct doctor_line *next;
	enum doctor_level level;
	const char *check;    /* "credentials" */
	const char *text;     /* the result */
	const char *advice;   /* what to do; NULL: nothing */
	const char *settings; /* the settings file of the organization; NULL: there is only one */
};

struct doctor_findings {
	struct arena arena; /* `failed`: lines are missing */
	struct doctor_line *first, **last;
	/* Called for each line as it is found; may be NULL. */
	void (*found)(void *owner, const struct doctor_line *line);
	void *owner;
	enum doctor_level worst; /* without skipped checks */
	const char *settings;    /* of the following lines */
};

struct doctor_options {
	const struct config *config;
	const struct log *log;
	uint32_t needs;    /* QUERY_BIT()s that the selected controls need */
	bool all_accounts; /* tries the role in all accounts instead of a sample */
};

void doctor_findings_init(struct doctor_findings *findings);
void doctor_findings_deinit(struct doctor_findings *findings);
const char *doctor_level_name(enum doctor_level level);

/* Adds a line. `advice` may be NULL. */
__attribute__((format(printf, 5, 6))) void doctor_report(struct doctor_findings *findings,
							 enum doctor_level level, const char *check,
							 const char *advice, const char *format, ...);

/* All checks that involve AWS. */
void doctor_examine(const struct doctor_options *options, struct doctor_findings *findings);
/* Checks that the run can be stored. */
void doctor_examine_store(const struct config *config, struct doctor_findings *findings);

#endif
