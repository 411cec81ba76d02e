/*
 * queries.h - what can be queried about an account's region or about one resource, as a table: the operation,
 * how a request begins, and how a response is read. It knows neither cells nor scheduling. A scan, `doctor` and
 * `iam-policy` use the same rows. A new query is a kind in resources/query_kind.h, a row, and its reader.
 *
 * A query is filled by query_init, sent page after page (query_begin, then query_read of each good response),
 * and given back by query_deinit. What it reads lives in the caller's arena. One thread uses a query at a time.
 */
#ifndef SCANNER_QUERIES_QUERIES_H
#define SCANNER_QUERIES_QUERIES_H

#include "scanner/aws/neptune.h"
#include "scanner/aws/regions.h"
#include "scanner/queries/permission.h"

/* What a query is about. */
enum query_subject {
	SUBJECT_REGION,  /* the account in the region: a list */
	SUBJECT_CLUSTER, /* or whatever else has an ARN and tags */
	SUBJECT_SNAPSHOT,
	SUBJECT_KEY,
};

struct query_spec;

struct query {
	const struct query_spec *spec;
	struct resource *subject; /* NULL: SUBJECT_REGION */
	const char *account;      /* whose resources are listed */
	const char *region;       /* that the request is sent to */
	struct arena *arena;
	const char *marker;  /* of the next page; NULL: of the first */
	size_t pages;        /* that were answered */
	bool without_filter; /* AWS does not accept the filter */
	union {
		struct listing listing;
		struct neptune_reading about;
		struct regions_reading regions;
	} reading;
};

enum query_result {
	QUERY_DONE,
	QUERY_NEXT_PAGE,
	QUERY_BROKEN, /* the list ends before its last page, and the rest is not known: `problem` says why */
};

/* What a good response contained. */
struct query_page {
	struct resource *first; /* of a list: its resources, by `next` */
	const char *problem;    /* QUERY_BROKEN; in the query's arena */
};

/* What a response that is not good means for the query's subject. */
enum query_refusal {
	REFUSAL_EXPLAINED, /* it is an answer of its own: nothing about the subject stays unknown for it */
	REFUSAL_UNKNOWN,   /* a part of the cell is not assessed */
};

struct query_spec {
	enum query_kind kind;
	enum operation_id operation;
	enum query_subject about;
	/* Makes the request. Returns the handler of an XML response; NULL: the response is JSON. */
	const struct xml_handler *(*begin)(struct query *query, struct call *call);
	enum query_result (*read)(struct query *query, const struct answer *answer, struct query_page *page);
	/* NULL: REFUSAL_UNKNOWN, always. */
	enum query_refusal (*refuse)(struct query *query, const struct answer *answer);
	const struct listing_shape *shape; /* of the RDS API's lists */
	const char *filter;                /* of neptune_request_list; NULL: there is none */
	bool is_fallback;                  /* query_is_fallback */
};

extern const struct query_spec query_specs[QUERY_KINDS];
/* The account's own list of regions, from its home region. No control needs it; region_check.h does. */
extern const struct query_spec query_regions;

/* `account` and `region` must outlive the query. `subject` NULL: of SUBJECT_REGION. */
void query_init(struct query *query, const struct query_spec *spec, struct resource *subject,
		const char *account, const char *region, struct arena *arena);
/* The request of the next page. Returns what call_send takes. */
const struct xml_handler *query_begin(struct query *query, struct call *call);
/* Of a response that is ANSWER_OK. */
enum query_result query_read(struct query *query, const struct answer *answer, struct query_page *page);
/* Of any other response to a query about a resource; `reason` is kept with the resource. */
enum query_refusal query_refuse(struct query *query, const struct answer *answer, const char *reason);
/* True: AWS does not accept the query's filter. Then the first page is requested again, without it. */
bool query_drops_filter(struct query *query, const struct answer *answer);
void query_deinit(struct query *query);

#endif
