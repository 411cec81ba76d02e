/*
 * cli_input.h - what the scripts give to the AWS CLI as --cli-input-json: everything that the old resource was,
 * for the new one. As JSON, so that no name, tag or list is ever a word of a shell.
 */
#ifndef SCANNER_REMEDIATION_CLI_INPUT_H
#define SCANNER_REMEDIATION_CLI_INPUT_H

#include "scanner/remediation/plan.h"

enum { PLAN_NAME_SIZE = 64 /* of clusters, instances and snapshots: 63 letters */ };

/* "ID-SUFFIX", cut so that it is a name. */
void plan_new_name(char name[static PLAN_NAME_SIZE], const char *id, const char *suffix);

/* Each returns a new reference. */
json_t *cli_input_restore(const struct plan_item *item, const char *cluster, const char *snapshot);
json_t *cli_input_create(const struct plan_item *item, const char *cluster);
json_t *cli_input_modify(const struct plan_item *item, const char *cluster);
json_t *cli_input_instance(const struct plan_instance *instance, const char *id, const char *cluster);
/* What can be set only when the instance is there. */
json_t *cli_input_instance_certificate(const struct plan_instance *instance, const char *id);
/* Of the old cluster, in its network, to be exported from. */
json_t *cli_input_clone(const struct plan_item *item, const char *clone);
/* A throw-away restore; its snapshot has the same name. */
json_t *cli_input_trial(const struct plan_item *item, const char *trial);
json_t *cli_input_snapshot(const struct plan_item *item, const char *cluster, const char *snapshot);

#endif
