/*
 * plan.h - from findings to work: what must be done with each failing resource, in which order, and by which
 * scripts.
 *
 * A plan is made of what a stored run saw, and of nothing else: it asks AWS nothing, and changes nothing.
 * People run what it writes, with credentials of their own. Ways and limits, with their sources:
 * docs/remediation.md.
 */
#ifndef SCANNER_REMEDIATION_PLAN_H
#define SCANNER_REMEDIATION_PLAN_H

#include <jansson.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/error.h"
#include "scanner/matrix/matrix.h"

/* In the order in which they are to be done. */
enum plan_kind {
	PLAN_KEY,    /* brought back before anything else: what it encrypts cannot be read without it */
	PLAN_GLOBAL, /* an order for its clusters, which have plans of their own */
	PLAN_CLUSTER,
	PLAN_SNAPSHOT,
	PLAN_BACKUP,
	PLAN_KINDS
};

enum plan_method { PLAN_BY_SNAPSHOT, PLAN_BY_EXPORT };

/* How clients come to the new cluster: it takes the old one's name, or they take its address. */
enum plan_cut_over { PLAN_TO_NEW_ENDPOINT, PLAN_BY_RENAME };

/* What makes resources by templates, and would undo what is done beside it. */
enum plan_stack { PLAN_NO_STACK, PLAN_CLOUDFORMATION, PLAN_TERRAFORM };

struct plan_options {
	const char *account, *region, *resource; /* only these; NULL: all */
	const char *key;                         /* id, ARN or alias; NULL: the AWS-managed key of RDS */
	bool create_key;                         /* one for each cluster */
	enum plan_method method;
	enum plan_cut_over cut_over;
};

struct plan_instance {
	struct plan_instance *next;
	const char *id;
	struct pair *tags;
	const char *values[ATTRIBUTE_COUNT];
};

/* One resource, with all that its scripts need. Texts live in the plan's arena, or in the matrix. */
struct plan_item {
	struct plan_item *next;
	enum plan_kind kind;
	const char *account, *account_name, *region;
	const char *id, *arn, *reason;
	const char *owner; /* by its tags; NULL: nobody is named */
	const char *values[ATTRIBUTE_COUNT];
	struct pair *tags;
	struct relation *relations;
	struct plan_instance *instances;
	size_t instance_count;
	const char *key;    /* that its encrypted successor shall have */
	const char *folder; /* its name in the plan's */
	bool is_automated;  /* a snapshot that comes and goes with its cluster */
	bool is_backup;     /* a snapshot that is a recovery point of AWS Backup */
	enum plan_stack stack;
	const char *stack_name; /* "the CloudFormation stack NAME"; NULL: none is known */
	/* Of a member of a global database that has a plan: that plan, and the one of its writer. */
	const struct plan_item *global, *writer;
};

/* A finding without a plan: a setting, or of a resource that is being deleted. */
struct plan_setting {
	struct plan_setting *next;
	const char *account, *region, *resource;
	const struct control *control;
};

struct plan {
	struct arena arena;
	const char *run, *partition;
	struct plan_options options;
	struct plan_item *items;
	size_t count;
	struct plan_setting *settings, *leaving;
};

/*
 * Fills the plan from a loaded run. False: something that was wished for cannot be, or the run did not see what
 * a plan needs; the error says what to do. A plan of nothing is a plan.
 */
bool plan_make(struct plan *plan, const struct matrix *matrix, const struct plan_options *options,
	       struct error *error);
void plan_free(struct plan *plan);

/* Of a global database's member: the cluster's plan; NULL: it has none. */
const struct plan_item *plan_member(const struct plan *plan, const char *arn);

const char *plan_kind_name(enum plan_kind kind);
/* "writes stop from snapshot to cut over" ... */
const char *plan_downtime(const struct plan *plan, const struct plan_item *item);
/* "hours, with people" ... */
const char *plan_effort(const struct plan *plan, const struct plan_item *item);

/* The forms. */
json_t *plan_json(const struct plan *plan);
void plan_write_index(const struct plan *plan, FILE *stream);
void plan_write_runbook(const struct plan *plan, const struct plan_item *item, FILE *stream);
/* A folder that is not there, or empty. All of it is written, or nothing. */
bool plan_write_folder(const struct plan *plan, const char *path, struct error *error);

#endif
