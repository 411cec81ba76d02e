/*
 * expected_verdicts.h - what every control should say of what rests in a cell: the truth, from the world
 * itself.
 *
 * It shares nothing with the scanner's controls: neither code nor what AWS answers.
 */
#ifndef ESTATE_EXPECTED_VERDICTS_H
#define ESTATE_EXPECTED_VERDICTS_H

#include "bench/estate/resources.h"

enum { JUDGEMENT_ARN = 256, CONTROLS = 19 };

struct expected_verdict {
	const char *control, *verdict, *severity;
	const char *type; /* of resource */
	char id[WORLD_TEXT], arn[JUDGEMENT_ARN];
	char owner[WORLD_TEXT];     /* value of the tag "owner"; empty: no tags */
	bool has_encryption;        /* the control goes by it */
	enum encryption encryption; /* as the resource itself says */
};

/* Which controls, as bits. */
typedef uint32_t control_set;

enum required_key { REQUIRED_ANY, REQUIRED_KMS, REQUIRED_CUSTOMER };

/* What the manifest judges by. */
struct demands {
	control_set controls;
	enum required_key key;
};

/*
 * Ids and groups (encryption, hardening, extended, all), separated by commas; the group encryption has two more
 * where a kind of key is required. False: one is not known.
 */
bool controls_read(const char *list, enum required_key key, control_set *set);

/* What resources of one cell add up to. */
struct tally {
	size_t resources, failing, unknown;
};

/*
 * Calls `take` for each expected_verdict of a cell, resource by resource. A global database is reported by one
 * cell of its account: the one that `reports_global_database`.
 */
struct tally expected_verdicts_of_cell(const struct place *place, const struct demands *demands,
				       bool reports_global_database,
				       void (*take)(const struct expected_verdict *, void *context),
				       void *context);

#endif
