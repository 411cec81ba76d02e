/*
 * diff.h - what changed from one run to another: found by the comparison, written by formats and reports.
 *
 * Changes of findings are items, one for each finding, as the JSON format lists them. The formats for people
 * group them by cluster. Balances explain how each total of the older run became that of the newer one: every
 * resource and every cell is part of exactly one flow.
 *
 * Automated snapshots replace each other every night. Those of a cluster that both runs list are rotated: they
 * are neither new nor gone, and a rotated snapshot is newly failing only if none of its predecessors failed.
 *
 * What entered the scope is not compared, and is neither new nor worse: cells that only the newer run covers,
 * and findings of controls that only the newer run evaluates.
 */
#ifndef SCANNER_DIFF_DIFF_H
#define SCANNER_DIFF_DIFF_H

#include "base/arena.h"
#include "base/buffer.h"
#include "scanner/matrix/gap_cells.h"
#include "scanner/matrix/matrix.h"

/* In the order in which they are printed. */
enum change {
	NEWLY_FAILING,
	NEWLY_BLIND,
	NEWLY_UNKNOWN,
	NEWLY_ACCEPTED,
	FIXED,
	SEEN_AGAIN,
	APPEARED,
	VANISHED,
	LEFT_SCOPE,
	ENTERED_SCOPE,
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
	const char *brief; /* the detail for people, with the cause in one line; NULL: the detail is brief */
	/* Of a change of a resource. */
	enum resource_kind kind;
	const char *id;
	const char *cluster; /* the id of the cluster that it belongs to, or is; NULL: none */
	const char *verdict; /* of a resource that only one run lists: "passes"; NULL: both do */
	bool fails;          /* a resource that only one run lists */
	bool is_new;         /* the older run does not list the resource */
	bool is_worse;       /* new, and also among what is newly failing */
	/* Of a change of a cell. */
	bool is_part;    /* it is assessed only in part */
	bool is_grouped; /* with an item before it, see groups.h */
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

/* Why a total changed. */
enum flow {
	FLOW_NEW,
	FLOW_FIXED,
	FLOW_GONE,
	FLOW_ROTATED_IN,
	FLOW_ROTATED_OUT,
	FLOW_REVEALED, /* the older run could not assess it */
	FLOW_HIDDEN,   /* the newer run cannot assess it */
	FLOW_DROPPED,  /* no control evaluates it any more */
	FLOW_ENTERED,
	FLOW_LEFT,
	FLOW_UNKNOWN, /* its findings are newly unknown */
	FLOW_KNOWN,   /* its findings are not unknown any more */
	FLOW_OTHER,   /* changed, and counted in both totals */
	FLOWS
};

enum balanced { FAILING_RESOURCES, UNASSESSED_CELLS, PARTLY_CELLS, ALL_RESOURCES, ACCOUNTS_IN_SCOPE, BALANCES };

struct balance {
	size_t old, new, flows[FLOWS];
};

/* The automated snapshots of a cluster that only one of the runs lists. */
struct rotation {
	struct rotation *next;
	const char *account, *name, *region, *cluster;
	size_t new, gone;
};

struct differences {
	const struct matrix *old, *new; /* borrowed */
	struct item *first[CHANGES], **last[CHANGES];
	size_t count[CHANGES];
	/* What the two runs cover. */
	struct names settings, accounts_left, accounts_joined, regions_left, regions_joined;
	size_t cells_left, cells_entered;
	size_t failing_entered; /* resources in both runs' cells that only controls of the newer run fail */
	bool controls_differ;
	struct balance balances[BALANCES];
	struct rotation *rotations, **last_rotation;
	struct rotation **rotations_of_cell; /* the first of the cell that is being compared */
	struct arena arena;
};

/* A cell of both runs. */
struct cell_pair {
	struct differences *differences;
	const struct matrix *old, *new;
	const struct row *account;
	const char *region;
	const struct cell_record *before, *after;
	const struct gap *gap;    /* the accepted gap that covers it in the newer run; NULL: none */
	bool knew_all, knows_all; /* its resources are listed completely: in the older run, in the newer one */
};

void differences_init(struct differences *differences);
void differences_deinit(struct differences *differences);
const char *differences_keep(struct differences *differences, const char *text);
/* NULL: out of memory. `finding` NULL: a change of a cell, or of an account. */
struct item *differences_add(const struct cell_pair *pair, enum change change, const struct finding *finding,
			     const char *detail);
void differences_add_name(struct differences *differences, struct names *names, const char *text,
			  const char *more);
void differences_count(struct differences *differences, enum balanced balanced, enum flow flow, size_t number);
void differences_add_rotated(const struct cell_pair *pair, const char *cluster, bool is_new);
/* True: a resource fails, or a cell or finding has no verdict, that was not so before. */
bool differences_got_worse(const struct differences *differences);
/* True: only one of the runs covers some accounts, regions or cells. */
bool differences_in_scope(const struct differences *differences);
/*
 * "The runs differ in scope and settings. Only cells that both cover are compared."; empty if they do not
 * differ. With other controls: "Only controls that both evaluate are compared."
 */
void differences_write_scope(const struct differences *differences, struct buffer *text);
/*
 * "Entered the scope, not compared: 38 resources, 12 of them failing; 3 cells not assessed; 5 resources that
 * fail only controls of the newer run"; empty if nothing entered.
 */
void differences_write_entered(const struct differences *differences, struct buffer *text);

/* Both matrices must outlive the differences. Errors: arena.failed; each matrix's reading->failed. */
void diff_compare(struct differences *differences, const struct matrix *old, const struct matrix *new);
void diff_compare_resources(const struct cell_pair *pair);
/* True: the control is one of the run's. Runs have lists of their own, so that only names can be compared. */
bool diff_evaluates(const struct matrix *run, const char *control);

#endif
