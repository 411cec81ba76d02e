/*
 * cell_internal.h - what the files of a cell share: query.c holds its state and its queries, queries.c
 * says what can be asked and reads, region_check.c finds out why a region refuses, verdicts.c judges,
 * global_databases.c says which region reports one, repetitions.c finds what two pages list, cell.c goes from
 * phase to phase. No other file includes it.
 */
#ifndef SCANNER_ENGINE_CELL_INTERNAL_H
#define SCANNER_ENGINE_CELL_INTERNAL_H

#include "scanner/aws/neptune.h"
#include "scanner/aws/regions.h"
#include "scanner/engine/cell.h"

enum query_next { QUERY_NEXT_PAGE, QUERY_DONE };

/* One query under way, about the cell or about one resource. */
struct query {
	struct call call; /* first member */
	struct query *next;
	struct cell *cell;
	const struct query_spec *facts;
	struct resource *subject; /* NULL: the cell */
	const char *region;       /* where it is asked */
	const char *marker;
	size_t pages;        /* answered */
	bool without_filter; /* AWS did not take it */
	bool is_spare;       /* was allocated */
	union {
		struct listing listing;
		struct neptune_reading about;
		struct regions_reading regions;
	} reading;
};

struct query_spec {
	enum query_kind kind;
	enum operation_id operation;
	/* Makes the request; gives the handler of its answer, NULL for JSON. */
	const struct xml_handler *(*ask)(struct query *);
	/* Of a good answer. */
	enum query_next (*read)(struct query *, const struct answer *);
	const struct listing_shape *shape; /* of RDS's lists */
	const char *filter;
	/* Of any other answer from home, unless the scan is stopping. Elsewhere NULL: the cell is blind there.
	 */
	void (*fail)(struct query *, const struct answer *);
	/* Frees what `ask` took for the answer; NULL: nothing. */
	void (*release)(struct query *);
	bool is_sent_home; /* to the home region: it tells of the account, not of the cell's region */
};

extern const struct query_spec query_specs[QUERY_KINDS];
/* Is it the region that is disabled, or are the keys no good? */
extern const struct query_spec region_check;

/* In this order; the next one begins when all queries of the one before are answered. */
enum phase { PHASE_PROBE, PHASE_LISTS, PHASE_RESOURCES, PHASE_KEYS, PHASE_TAGS, PHASES };

enum { SERVICES = 3 /* that a cell asks: each is throttled by itself */ };

/* Why a part of a cell could not be seen. */
struct reason {
	const char *text;
	struct reason *next;
};

struct cell {
	struct job job; /* first member */
	const char *account, *region;
	const struct session *session;
	struct account_session *account_session;
	struct cell *next;
	size_t column;
	struct rate_limiter buckets[SERVICES]; /* of each service in this account and region */
	int refreshes;
	bool wants_session, keys_refused;

	struct policy policy; /* the scan's, and the organization's accounts once they are known */
	bool accounts_known;  /* or it is known that there is no list of them */
	bool wants_accounts;

	/* Inquiries: waiting, parked until there is a new session, and to be used again. */
	struct query *waiting, **last_waiting, *parked, *spare;
	struct query first;
	size_t in_flight;
	uint8_t given_up[QUERY_KINDS]; /* about single resources, after all attempts */
	struct worker *worker;
	enum phase phase;
	bool is_open;           /* a good answer has come */
	bool is_refreshed;      /* the session that it came with was over before all was asked */
	const char *refusal;    /* by a region that may be disabled, which is being checked; NULL: by none */
	bool says_not_opted_in; /* the refusal itself */
	bool is_over;           /* nothing more is asked, though not all was */
	bool is_stopped;        /* because the scan is stopping */
	bool is_closed;         /* the request id that decided it is known */
	bool is_proceeding;
	bool is_connected, is_judged;

	struct resource *resources, **last_resource;
	struct arena arena;
	struct cell_record record;
	struct reason *reasons; /* of the worst state, sorted: the record's, one by one */
	bool has_more_reasons;  /* than are kept */
	struct finding **last_finding;
};

/* query.c */
void cell_set_state(struct cell *cell, enum cell_state state, const char *reason);
/* One more query, of the account itself or a resource; it waits until it may be sent. */
void cell_add_query(struct cell *cell, const struct query_spec *facts, struct resource *subject);
/* It is answered, or will not be asked: to be used again. */
void cell_release_query(struct query *query);
/* The list breaks off: the cell, or what is known of the resource that was asked about, is not whole. */
void cell_end_list(struct query *query, const char *reason);
bool cell_marker_moves(struct query *query, const char *marker);
bool cell_needs(const struct cell *cell, enum query_kind query);

/* queries.c */
void plan_queries(struct cell *cell, enum phase phase);
/* About one resource: what an answer that is no good means. True: it is not a blind part of the cell. */
bool query_refused(struct query *query, const struct answer *answer, const char *what);

/* region_check.c */
enum { MAX_REFUSAL = 260 /* bytes of a refusal that stands beside more words */ };

bool region_check_is_needed(const struct query *query, const struct answer *answer);
/* Of the refused query. Once for each cell and session. */
void region_check_begin(struct query *query, const struct answer *answer);
/* For the reason of any other refusal: what to do about a region that is known to be enabled; "": none is. */
const char *region_check_advice(const struct query *query, const struct answer *answer);

/* repetitions.c */
/*
 * Something that is created or deleted while a list is read moves the others: one of them may then stand on two
 * pages. It is one resource, by its ARN or else its id, and what the later page says is newer.
 */
void repetitions_drop(struct cell *cell);

/* key_links.c */
/* Adds the keys that resources are encrypted with, and links them. Once. */
void key_links_make(struct cell *cell);

/* verdicts.c */
/* `target` NULL: nothing is related. */
void cell_relate(struct cell *cell, struct resource *resource, const char *role, const char *target);
void cell_sort_relations(struct cell *cell, struct resource *resource);
/* Does a verdict rest on whether an account is one of the organization's? */
bool verdicts_want_accounts(const struct cell *cell);
void verdicts_connect(struct cell *cell); /* resources with each other */
void verdicts_judge(struct cell *cell);   /* once */
/* One that is left out there: a global database that this cell reports for all regions that list it. */
void verdicts_judge_one(struct cell *cell, const struct resource *resource);

#endif
