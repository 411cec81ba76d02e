/*
 * diff.h - the differences between two runs, shared by the command and its output formats.
 */
#ifndef SCANNER_COMMANDS_DIFF_H
#define SCANNER_COMMANDS_DIFF_H

#include "base/arena.h"
#include "scanner/matrix/matrix.h"

/* In order of importance. */
enum change {
	NEWLY_FAILING,
	NEWLY_BLIND,
	NEWLY_UNKNOWN,
	FIXED,
	SEEN_AGAIN,
	APPEARED,
	VANISHED,
	LEFT_SCOPE,
	CHANGES
};

struct change_facts {
	const char *name, *title;
	bool is_worse;
};

extern const struct change_facts change_facts[CHANGES];

/*
 * Members that do not apply are NULL: a change of a cell has no resource, one of a whole account no region.
 */
struct item {
	struct item *next;
	const char *account, *name, *region, *control, *resource, *detail;
};

/* Accounts, regions, or differences of settings. */
struct names {
	struct name {
		struct name *next;
		const char *text; /* an account's id, a region, or a sentence */
		const char *more; /* an account's name; NULL: none */
	} * first, **last;
	size_t count;
};

struct differences {
	struct item *first[CHANGES], **last[CHANGES];
	size_t count[CHANGES];
	/* The differences in scope. */
	struct names settings, accounts_left, accounts_joined, regions_left, regions_joined;
	size_t cells_left; /* that left the scope */
	struct arena arena;
};

/* True: something fails, is blind or unknown that was not before. */
bool diff_got_worse(const struct differences *differences);

void diff_print_table(const struct differences *differences, const struct matrix *old,
		      const struct matrix *new);
void diff_print_markdown(const struct differences *differences, const struct matrix *old,
			 const struct matrix *new);
void diff_print_json(const struct differences *differences, const struct matrix *old, const struct matrix *new);

#endif
