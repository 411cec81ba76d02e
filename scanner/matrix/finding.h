/*
 * finding.h - one resource, judged by one control, with the evidence.
 */
#ifndef SCANNER_MATRIX_FINDING_H
#define SCANNER_MATRIX_FINDING_H

#include <stdint.h>

#include "scanner/controls/controls.h"

struct pair {
	struct pair *next;
	const char *name;
	const char *value; /* NULL: AWS left the element out */
};

/* Texts live in the arena of whoever holds the finding. */
struct finding {
	struct finding *next;
	const struct control *control;
	const char *resource_id, *resource_arn; /* the ARN may be NULL, if AWS gave none */
	struct pair *tags, *evidence;
	enum verdict verdict;
	const char *reason;
	const char *request_id; /* finds the call in CloudTrail */
	int64_t at;             /* wall seconds */
};

#endif
