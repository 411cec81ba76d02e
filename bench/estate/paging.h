/*
 * paging.h - lists in pages.
 *
 *     for (size_t i = listing.first; listing_goes_on(&listing, i, count); i++)
 *             if (wanted(i))
 *                     append(i), listing.listed++;
 *
 * A token contains a position, characters that must be escaped, and a generation, so that a page without
 * items can name a next one that is not itself.
 */
#ifndef ESTATE_PAGING_H
#define ESTATE_PAGING_H

#include "bench/estate/request.h"

struct listing {
	size_t first, length; /* the position where the page starts, and its maximum length */
	size_t listed;        /* items so far; the caller counts */
	size_t next;
	bool more;
	unsigned generation;
	enum fault fault;
};

enum { LISTING_TOKEN = 48 };

/* MaxRecords and Marker of the query protocol. False: refused. */
bool listing_of_records(struct request *request, struct listing *listing);
/* Other names, in JSON: a size between 1 and `max`, the default. */
bool listing_of_json(struct request *request, const json_t *body, const char *size_name, const char *token_name,
		     size_t max, struct listing *listing);
/* The same in a query string. */
bool listing_of_query(struct request *request, const char *size_name, const char *token_name, size_t max,
		      struct listing *listing);

bool listing_goes_on(struct listing *listing, size_t index, size_t count);
/* False: this is the last page. */
bool listing_token(const struct listing *listing, char token[LISTING_TOKEN]);
void listing_append_marker(struct request *request, const struct listing *listing);
void listing_add_token(json_t *answer, const char *name, const struct listing *listing);

#endif
