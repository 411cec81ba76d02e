/*
 * cli_input.h - the --cli-input-json of the scripts' AWS CLI calls: the properties of the old resource, for
 * its replacement. As JSON, no name, tag or list becomes a word of a shell.
 */
#ifndef SCANNER_REMEDIATION_CLI_INPUT_H
#define SCANNER_REMEDIATION_CLI_INPUT_H

#include "scanner/remediation/plan.h"

enum { PLAN_NAME_SIZE = 64 /* 63 characters for clusters, instances and snapshots */ };

/* "ID-SUFFIX", shortened to a valid name. */
void plan_new_name(char name[static PLAN_NAME_SIZE], const char *id, const char *suffix);

/* Each returns a new reference. */
json_t *cli_input_restore(const struct plan_item *item, const char *cluster, const char *snapshot);
json_t *cli_input_create(const struct plan_item *item, const char *cluster);
json_t *cli_input_modify(const struct plan_item *item, const char *cluster);
json_t *cli_input_instance(const struct plan_instance *instance, const char *id, const char *cluster);
/* Properties that can be set only on an existing instance. */
json_t *cli_input_instance_certificate(const struct plan_instance *instance, const char *id);
/* A clone of the old cluster, in its network, for the export. */
json_t *cli_input_clone(const struct plan_item *item, const char *clone);
/* A temporary restore, whose snapshot has the same name. */
json_t *cli_input_trial(const struct plan_item *item, const char *trial);
json_t *cli_input_snapshot(const struct plan_item *item, const char *cluster, const char *snapshot);

#endif
