/*
 * exceptions.h - approved failures.
 *
 * An INI file with a section for each exception, which has an owner, a reason and an end date. A covered
 * failure stays a failure and names the exception; a cell is exempt when every failure in it is covered.
 * Unknown verdicts cannot be covered. An expired exception covers nothing; the findings that it would cover
 * are counted, so that reports can show them.
 *
 * The file also holds accepted gaps (gaps.h), which cover cells, not findings.
 *
 * An exception may name its account by id or by name. A name that several accounts have is refused as soon as
 * the accounts are known: the approval is for one account.
 */
#ifndef SCANNER_MATRIX_EXCEPTIONS_H
#define SCANNER_MATRIX_EXCEPTIONS_H

#include "base/diagnostics.h"
#include "scanner/matrix/gaps.h"
#include "scanner/matrix/matrix.h"

struct exception {
	const char *name;                       /* "graph-lab" of [exception graph-lab] */
	const char *control, *account, *region; /* an id; an id, name or "*"; a name or "*" */
	const char *resource;                   /* a shell pattern on the resource's id */
	const char *tag_name, *tag_value;       /* NULL: any tags */
	const char *tag;                        /* as written */
	const char *owner, *reason, *ticket, *expires;
	bool by_name; /* `account` is neither an id nor "*" */
	int64_t ends; /* wall seconds: the end of the day `expires` in UTC */
	bool is_expired;
	size_t findings; /* that it covers, or would cover if it were not expired */
	int line;
};

struct exceptions {
	struct exception *items;
	size_t count, capacity;
	bool by_tag; /* at least one exception matches by tag */
	struct gaps gaps;
	struct arena arena;
};

/*
 * Reads the file (exceptions_file.c). Adds every problem to `diagnostics`. False: there is one. `now`: wall
 * seconds. A file without exceptions is valid; the caller reports that.
 */
bool exceptions_load(struct exceptions *exceptions, const char *path, int64_t now, int64_t max_days,
		     struct diagnostics *diagnostics);
/* Appends an exception of zeroes; `arena` owns the array. NULL: out of memory, or too many. */
struct exception *exceptions_add(struct exceptions *exceptions, struct arena *arena);
void exceptions_deinit(struct exceptions *exceptions);
/* Neither exceptions nor gaps. */
bool exceptions_are_none(const struct exceptions *exceptions);

/* True: an exception or a gap names an account by its name. */
bool exceptions_go_by_name(const struct exceptions *exceptions);
/*
 * Compares their account names with all accounts, and adds a problem for each name that several accounts
 * have. False: there is one.
 */
bool exceptions_check_names(const struct exceptions *exceptions, const struct matrix *matrix,
			    struct diagnostics *diagnostics);

/* "*": any account, or any resource. */
bool exception_matches_all(const char *pattern);
/* True: it covers the finding, or would if it were not expired. */
bool exception_covers(const struct exception *exception, const struct row *account, const char *region,
		      const struct finding *finding);
/* The exception that covers the finding; NULL: none. Counts an expired one that would. */
const struct exception *exceptions_match(struct exceptions *exceptions, const struct row *account,
					 const char *region, const struct finding *finding);
/* Marks covered findings, and updates the record's state and counts. `exceptions` NULL: none. */
void exceptions_apply(struct exceptions *exceptions, const struct row *account, const char *region,
		      struct cell_record *record);

/* Wall seconds: the end of the day "2027-03-31" in UTC; 0: it is no day. */
int64_t exception_end(const char *expires);
/* "used", "unused", "expired" */
const char *exception_state(const struct exception *exception);

#endif
