/*
 * doctor.h - would the nightly run work? Each thing that it needs is looked at, in the order in which it needs
 * them, by calls that change nothing; what is not well says what to do.
 */
#ifndef SCANNER_DOCTOR_DOCTOR_H
#define SCANNER_DOCTOR_DOCTOR_H

#include "base/arena.h"
#include "base/log.h"
#include "config/settings.h"
#include "scanner/controls/controls.h"

enum doctor_level {
	DOCTOR_OK,
	DOCTOR_WARNING, /* the run will work, but not see everything, or soon not work */
	DOCTOR_FAILURE, /* the run cannot work */
	DOCTOR_SKIPPED, /* not looked at, because of an earlier failure or by wish */
};

/* Texts live in the findings' arena. */
struct doctor_line {
	struct doctor_line *next;
	enum doctor_level level;
	const char *check;    /* "credentials" */
	const char *text;     /* what was found */
	const char *advice;   /* what to do; NULL: nothing */
	const char *settings; /* the file of the organization that it is about; NULL: there is but one */
};

struct doctor_findings {
	struct arena arena; /* failed: lines are missing */
	struct doctor_line *first, **last;
	/* Told of each line as it is found; may be NULL. */
	void (*found)(void *owner, const struct doctor_line *line);
	void *owner;
	enum doctor_level worst; /* skipped does not count */
	const char *settings;    /* of the lines that come */
};

struct doctor_options {
	const struct config *config;
	const struct log *log;
	uint32_t needs;    /* QUERY_BIT(query), of the selected controls */
	bool all_accounts; /* the role is tried in each, not in a sample */
};

void doctor_findings_init(struct doctor_findings *findings);
void doctor_findings_deinit(struct doctor_findings *findings);
const char *doctor_level_name(enum doctor_level level);

/* One more line. `advice` may be NULL. */
__attribute__((format(printf, 5, 6))) void doctor_report(struct doctor_findings *findings,
							 enum doctor_level level, const char *check,
							 const char *advice, const char *format, ...);

/* Everything that has to do with AWS. */
void doctor_examine(const struct doctor_options *options, struct doctor_findings *findings);
/* Whether there is a place where the run can be kept. */
void doctor_examine_store(const struct config *config, struct doctor_findings *findings);

#endif
