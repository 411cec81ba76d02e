/*
 * finding.h - one resource, judged by one control, with the evidence.
 */
#ifndef SCANNER_MATRIX_FINDING_H
#define SCANNER_MATRIX_FINDING_H

#include <stdint.h>

#include "scanner/controls/controls.h"

/* Texts live in the arena of whoever holds the finding. */
struct finding {
	struct finding *next;
	const struct control *control;
	const struct resource *resource; /* shared by the findings about it */
	struct pair *evidence;           /* what the control goes by, in its order */
	enum verdict verdict;
	const char *reason;
	const char *exception;  /* the name of the one that covers a failure; NULL: none */
	const char *request_id; /* finds the call in CloudTrail */
	int64_t at;             /* wall seconds */
};

#endif
