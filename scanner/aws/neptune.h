/*
 * neptune.h - what is asked of Neptune, by the RDS API: its lists, and what must be asked of each resource.
 */
#ifndef SCANNER_AWS_NEPTUNE_H
#define SCANNER_AWS_NEPTUNE_H

#include "scanner/aws/call.h"
#include "scanner/aws/listing.h"

/* A page of a list. `filter` "engine": Neptune's only, "status": retained backups only; NULL: everything. */
void neptune_request_list(struct call *call, enum operation_id operation, const char *region,
			  const char *filter, const char *marker);

/* What controls read of a cluster parameter group. */
enum { NEPTUNE_PARAMETERS = 2 };
extern const enum attribute neptune_parameters[NEPTUNE_PARAMETERS];

/* Answers about one resource. The texts live in the arena. */
struct neptune_reading {
	struct xml_handler handler;
	struct arena *arena;
	const char *shared_with;                    /* separated by commas. NULL: the attribute was not there */
	const char *parameters[NEPTUNE_PARAMETERS]; /* their values. NULL: not on this page, or without one */
	const char *marker;                         /* of the next page */
	bool has_marker;
	const char *problem;  /* why it is no answer to the request; NULL: it is */
	const char *asked_of; /* the snapshot; NULL: not compared */
	const char *snapshot; /* that the answer names */
	struct pair *tags;

	/* Of the item that is being read. */
	const char *name, *text;
};

void neptune_request_sharing(struct call *call, const char *region, const char *snapshot);
/* An answer that names another snapshot than `asked_of`, or two, is none. The text must outlive the reading. */
void neptune_reading_of_sharing(struct neptune_reading *reading, struct arena *arena, const char *asked_of);

void neptune_request_parameters(struct call *call, const char *region, const char *group, const char *marker);
void neptune_reading_of_parameters(struct neptune_reading *reading, struct arena *arena);

void neptune_request_tags(struct call *call, const char *region, const char *arn);
void neptune_reading_of_tags(struct neptune_reading *reading, struct arena *arena);

#endif
