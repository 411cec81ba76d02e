/*
 * finding.h - the verdict of one control on one resource, with evidence.
 */
#ifndef SCANNER_MATRIX_FINDING_H
#define SCANNER_MATRIX_FINDING_H

#include <stdint.h>

#include "scanner/controls/controls.h"

/* The arena of the finding's owner owns the texts. */
struct finding {
	struct finding *next;
	const struct control *control;
	const struct resource *resource; /* shared by all findings about it */
	struct pair *evidence;           /* the attributes that the control evaluates, in its order */
	enum verdict verdict;
	const char *reason;
	const char *exception;  /* name of the exception that covers a failure; NULL: none */
	const char *request_id; /* for CloudTrail */
	int64_t at;             /* wall seconds */
};

/* A failure that no exception covers. */
bool finding_fails(const struct finding *finding);
/* The value of the attribute of this name (AWS's own) that the control evaluated; NULL: absent, or none. */
const char *finding_evidence(const struct finding *finding, const char *name);
/* A failure, covered or not, because the storage is not encrypted, whatever key is required. */
bool finding_is_of_unencrypted(const struct finding *finding);

#endif
