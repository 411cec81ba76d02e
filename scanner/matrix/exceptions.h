/*
 * exceptions.h - failures that somebody answers for, for a while.
 *
 * An INI file of its own, a section an exception, each with an owner, a reason and an end. A covered failure
 * stays a failure with the exception's name on it; the cell is exempt when every failure in it is covered. What
 * is unknown cannot be exempted. An expired exception covers nothing; what it would have covered is counted, so
 * that somebody takes it up.
 *
 * An exception may name its account by id or by name. A name that several accounts bear is refused as soon as
 * the accounts are known: the owner answers for one account, not for each that bears its name.
 */
#ifndef SCANNER_MATRIX_EXCEPTIONS_H
#define SCANNER_MATRIX_EXCEPTIONS_H

#include "base/diagnostics.h"
#include "scanner/matrix/matrix.h"

struct exception {
	const char *name;                       /* "graph-lab" of [exception graph-lab] */
	const char *control, *account, *region; /* an id; an id, name or "*"; a name or "*" */
	const char *resource;                   /* a shell pattern on the resource's id */
	const char *tag_name, *tag_value;       /* NULL: whatever its tags */
	const char *tag;                        /* as written */
	const char *owner, *reason, *ticket, *expires;
	bool by_name; /* the account is neither an id nor "*" */
	int64_t ends; /* wall seconds: the end of the day `expires`, in UTC */
	bool is_expired;
	size_t findings; /* covered; of an expired one: that it would have covered */
	int line;
};

struct exceptions {
	struct exception *items;
	size_t count, capacity;
	bool by_tag; /* at least one goes by a tag */
	struct arena arena;
};

/*
 * Adds everything that is wrong to `diagnostics`; false when something was. `now`: wall seconds. A file without
 * any exception, or of no byte, is good: the caller says so.
 */
bool exceptions_load(struct exceptions *exceptions, const char *path, int64_t now, int64_t max_days,
		     struct diagnostics *diagnostics);
/* One more, all zeroes, with room from `arena`; NULL: there is none, or there are too many. */
struct exception *exceptions_add(struct exceptions *exceptions, struct arena *arena);
void exceptions_free(struct exceptions *exceptions);

bool exceptions_go_by_name(const struct exceptions *exceptions);
/* Holds their names against all accounts. Adds a problem for each that several bear; false: there is one. */
bool exceptions_check_names(const struct exceptions *exceptions, const struct matrix *matrix,
			    struct diagnostics *diagnostics);

/* Would it cover the finding, were it not expired? */
bool exception_covers(const struct exception *exception, const struct row *account, const char *region,
		      const struct finding *finding);
/* The one that covers the finding; NULL: none. An expired one that would have is counted. */
const struct exception *exceptions_match(struct exceptions *exceptions, const struct row *account,
					 const char *region, const struct finding *finding);
/* Marks what is covered, and makes the record's state and counts say so. NULL: nothing is. */
void exceptions_apply(struct exceptions *exceptions, const struct row *account, const char *region,
		      struct cell_record *record);

/* "used", "unused", "expired" */
const char *exception_state(const struct exception *exception);

#endif
