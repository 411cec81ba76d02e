/*
 * judgement.h - what every control should say of what rests in a cell: the truth, from the world itself.
 *
 * It shares nothing with the scanner's controls: neither code nor what AWS answers.
 */
#ifndef ESTATE_JUDGEMENT_H
#define ESTATE_JUDGEMENT_H

#include "bench/estate/resources.h"

enum { JUDGEMENT_ARN = 256, CONTROLS = 19 };

struct judgement {
	const char *control, *verdict, *severity;
	const char *type; /* of resource */
	char id[WORLD_TEXT], arn[JUDGEMENT_ARN];
	char owner[WORLD_TEXT];     /* value of the tag "owner"; empty: no tags */
	bool has_encryption;        /* the control goes by it */
	enum encryption encryption; /* as the resource itself says */
};

/* Which controls, as bits. */
typedef uint32_t control_set;

/* Ids and groups (encryption, hardening, all), separated by commas. False: one is not known. */
bool controls_read(const char *list, control_set *set);

/* What resources of one cell add up to. */
struct tally {
	size_t resources, failing, unknown;
};

/*
 * Calls `take` for each judgement of a cell, resource by resource. A global database is reported by one cell of
 * its account: the one that `reports_global_database`.
 */
struct tally judge_cell(const struct place *place, control_set set, bool reports_global_database,
			void (*take)(const struct judgement *, void *context), void *context);

#endif
