/*
 * neptune.h - requests to Neptune by the RDS API: its lists, and details of single resources.
 */
#ifndef SCANNER_AWS_NEPTUNE_H
#define SCANNER_AWS_NEPTUNE_H

#include "scanner/aws/call.h"
#include "scanner/aws/listing.h"

/*
 * Requests a page of a list. `filter` "engine": only Neptune's; "status": only retained backups; NULL:
 * everything.
 */
void neptune_request_list(struct call *call, enum operation_id operation, const char *region,
			  const char *filter, const char *marker);

/* The cluster parameters that controls evaluate. */
enum { NEPTUNE_PARAMETERS = 2 };
extern const enum attribute neptune_parameters[NEPTUNE_PARAMETERS];

/* Reads answers about one resource. The arena owns the texts. */
struct neptune_reading {
	struct xml_handler handler;
	struct arena *arena;
	const char *shared_with;                    /* separated by commas. NULL: the attribute is missing */
	const char *parameters[NEPTUNE_PARAMETERS]; /* values. NULL: not on this page, or without a value */
	const char *marker;                         /* of the next page */
	bool has_marker;
	const char *problem;           /* why this is not the response to the request; NULL: it is */
	const char *expected_snapshot; /* the snapshot of the request; NULL: not compared */
	const char *snapshot;          /* the snapshot that the answer names */
	struct pair *tags;

	/* State of the item that is being read. */
	const char *name, *text;
};

void neptune_request_sharing(struct call *call, const char *region, const char *snapshot);
/*
 * An answer that names another snapshot than `expected_snapshot`, or two snapshots, is invalid. The text must
 * outlive the reading.
 */
void neptune_reading_of_sharing(struct neptune_reading *reading, struct arena *arena,
				const char *expected_snapshot);

void neptune_request_parameters(struct call *call, const char *region, const char *group, const char *marker);
void neptune_reading_of_parameters(struct neptune_reading *reading, struct arena *arena);

void neptune_request_tags(struct call *call, const char *region, const char *arn);
void neptune_reading_of_tags(struct neptune_reading *reading, struct arena *arena);

#endif
