/*
 * expected_verdicts.h - the expected verdict of every control on every resource, computed from the world.
 *
 * It shares neither code nor responses with the scanner's controls.
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
	bool has_encryption;        /* the evidence includes the encryption */
	enum encryption encryption; /* as the resource's own elements state it */
};

/* Bits of controls. */
typedef uint32_t control_set;

enum required_key { REQUIRED_ANY, REQUIRED_KMS, REQUIRED_CUSTOMER };

/* The policy of the manifest. */
struct demands {
	control_set controls;
	enum required_key key;
};

/*
 * Ids and groups (encryption, hardening, extended, all), separated by commas; the group encryption has two
 * more controls where a kind of key is required. False: an unknown name.
 */
bool controls_read(const char *list, enum required_key key, control_set *set);

/* Sums over a cell's resources. */
struct tally {
	size_t resources, failing, unknown;
	bool has_resources; /* also such as no selected control evaluates, for example while they are deleted */
};

/*
 * Calls `take` for each expected verdict of a cell, resource by resource. A global database is reported in
 * one cell of its account, for which `reports_global_database` is set.
 */
struct tally expected_verdicts_of_cell(const struct place *place, const struct demands *demands,
				       bool reports_global_database,
				       void (*take)(const struct expected_verdict *, void *context),
				       void *context);

#endif
