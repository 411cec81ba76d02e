/*
 * cell_internal.h - what the files of a cell share: inquiry.c holds its state and its questions, questions.c
 * says what can be asked and reads, region_check.c finds out why a region refuses, verdicts.c judges,
 * global_databases.c says which region reports one, repetitions.c finds what two pages list, cell.c goes from
 * phase to phase. No other file includes it.
 */
#ifndef SCANNER_CELL_INTERNAL_H
#define SCANNER_CELL_INTERNAL_H

#include "scanner/aws/neptune.h"
#include "scanner/aws/regions.h"
#include "scanner/cell.h"

enum inquiry_next { INQUIRY_PAGE, INQUIRY_DONE };

/* One question under way, about the cell or about one resource. */
struct inquiry {
	struct call call; /* first member */
	struct inquiry *next;
	struct cell *cell;
	const struct question_facts *facts;
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

struct question_facts {
	enum question question;
	enum operation_id operation;
	/* Makes the request; gives the handler of its answer, NULL for JSON. */
	const struct xml_handler *(*ask)(struct inquiry *);
	/* Of a good answer. */
	enum inquiry_next (*read)(struct inquiry *, const struct answer *);
	const struct listing_shape *shape; /* of RDS's lists */
	const char *filter;
	/* Of any other answer from home, unless the scan is stopping. Elsewhere NULL: the cell is blind there.
	 */
	void (*fail)(struct inquiry *, const struct answer *);
	/* Frees what `ask` took for the answer; NULL: nothing. */
	void (*release)(struct inquiry *);
	bool is_sent_home; /* to the home region: it tells of the account, not of the cell's region */
};

extern const struct question_facts question_facts[QUESTIONS];
/* Is it the region that is disabled, or are the keys no good? */
extern const struct question_facts region_check;

/* In this order; the next one begins when all questions of the one before are answered. */
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
	struct inquiry *waiting, **last_waiting, *parked, *spare;
	struct inquiry first;
	size_t in_flight;
	uint8_t given_up[QUESTIONS]; /* about single resources, after all attempts */
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

/* inquiry.c */
void cell_set_state(struct cell *cell, enum cell_state state, const char *reason);
/* One more question, of the account itself or a resource; it waits until it may be sent. */
void cell_ask(struct cell *cell, const struct question_facts *facts, struct resource *subject);
/* It is answered, or will not be asked: to be used again. */
void cell_put_inquiry(struct inquiry *inquiry);
/* The list breaks off: the cell, or what is known of the resource that was asked about, is not whole. */
void cell_end_list(struct inquiry *inquiry, const char *reason);
bool cell_marker_moves(struct inquiry *inquiry, const char *marker);
bool cell_needs(const struct cell *cell, enum question question);

/* questions.c */
void questions_plan(struct cell *cell, enum phase phase);
/* About one resource: what an answer that is no good means. True: it is not a blind part of the cell. */
bool questions_refused(struct inquiry *inquiry, const struct answer *answer, const char *what);

/* region_check.c */
enum { MAX_REFUSAL = 260 /* bytes of a refusal that stands beside more words */ };

bool region_check_is_wanted(const struct inquiry *inquiry, const struct answer *answer);
/* Of the refused inquiry. Once for each cell and session. */
void region_check_begin(struct inquiry *inquiry, const struct answer *answer);
/* For the reason of any other refusal: what to do about a region that is known to be enabled; "": none is. */
const char *region_check_advice(const struct inquiry *inquiry, const struct answer *answer);

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
