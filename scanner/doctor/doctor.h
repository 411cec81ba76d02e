/*
 * doctor.h - checks that a scan would work: everything that it needs, in the order in which it needs it, by
 * requests that change nothing. Each problem comes with its fix.
 */
#ifndef SCANNER_DOCTOR_DOCTOR_H
#define SCANNER_DOCTOR_DOCTOR_H

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "config/settings.h"
#include "scanner/controls/controls.h"
#include "scanner/matrix/gaps.h"

enum doctor_level {
	DOCTOR_OK,
	DOCTOR_WARNING, /* a scan would be incomplete, or soon fail */
	DOCTOR_FAILURE, /* a scan would fail */
	DOCTOR_SKIPPED, /* not checked, because of an earlier failure */
};

/* The findings' arena owns the texts. */
struct doctor_line {
	struct doctor_line *next;
	enum doctor_level level;
	const char *check;    /* "credentials" */
	const char *text;     /* the result */
	const char *advice;   /* what to do; NULL: nothing */
	const char *section;  /* of a file, to be pasted; NULL: none */
	const char *settings; /* the settings file of the organization; NULL: there is only one */
};

struct doctor_findings {
	struct arena arena; /* `failed`: lines are missing */
	struct doctor_line *first, **last;
	/* Called for each line as it is found; may be NULL. */
	void (*found)(void *owner, const struct doctor_line *line);
	void *owner;
	enum doctor_level worst; /* without skipped checks */
	size_t warnings, failures;
	bool no_account;      /* the role can be assumed in none */
	const char *settings; /* of the following lines */
};

struct doctor_options {
	const struct config *config;
	const struct log *log;
	uint32_t needs;          /* QUERY_BIT()s that the selected controls need */
	const struct gaps *gaps; /* accepted ones of the file of exceptions */
	bool all_accounts;       /* tries the role in all accounts instead of a sample */
};

void doctor_findings_init(struct doctor_findings *findings);
void doctor_findings_deinit(struct doctor_findings *findings);
const char *doctor_level_name(enum doctor_level level);

/* Adds a line. `advice` may be NULL. */
__attribute__((format(printf, 5, 6))) void doctor_report(struct doctor_findings *findings,
							 enum doctor_level level, const char *check,
							 const char *advice, const char *format, ...);

/* The error's "Fix:" line becomes the advice; of an error without one it is `advice`, which may be NULL. */
void doctor_report_error(struct doctor_findings *findings, enum doctor_level level, const char *check,
			 const char *advice, const struct error *error);

/* The same, with a section to be pasted into a file. */
__attribute__((format(printf, 6, 7))) void doctor_report_section(struct doctor_findings *findings,
								 enum doctor_level level, const char *check,
								 const char *advice, const char *section,
								 const char *format, ...);

/* All checks that involve AWS. */
void doctor_examine(const struct doctor_options *options, struct doctor_findings *findings);
/* Checks that the objects of the settings (s3://BUCKET/KEY) can be read and written, and changes none. */
void doctor_examine_objects(const struct doctor_options *options, struct doctor_findings *findings);
/* The same for the accounts file alone: the other objects belong to the first organization's settings. */
void doctor_examine_accounts_file(const struct doctor_options *options, struct doctor_findings *findings);
/* Checks that the run can be stored, and how the latest one ended. */
void doctor_examine_store(const struct doctor_options *options, struct doctor_findings *findings);

#endif
