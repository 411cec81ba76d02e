/*
 * plan.h - remediation plans: the actions for each failing resource, their order, and the scripts.
 *
 * A plan is derived from a stored run only: it sends no requests and changes nothing. The operator runs the
 * scripts with their own credentials. docs/remediation.md describes procedures and limits, with sources.
 */
#ifndef SCANNER_REMEDIATION_PLAN_H
#define SCANNER_REMEDIATION_PLAN_H

#include <jansson.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/error.h"
#include "scanner/matrix/matrix.h"

/* In the order of execution. */
enum plan_kind {
	PLAN_KEY,    /* restored first, because the data that it encrypts is unreadable without it */
	PLAN_GLOBAL, /* the order of its clusters, which have plans of their own */
	PLAN_CLUSTER,
	PLAN_SNAPSHOT,
	PLAN_BACKUP,
	PLAN_KINDS
};

enum plan_method { PLAN_BY_SNAPSHOT, PLAN_BY_EXPORT };

/* How clients reach the new cluster: by the old name, or by a new endpoint. */
enum plan_cut_over { PLAN_TO_NEW_ENDPOINT, PLAN_BY_RENAME };

/* A template tool that manages the resource, and would revert manual changes. */
enum plan_stack { PLAN_NO_STACK, PLAN_CLOUDFORMATION, PLAN_TERRAFORM };

struct plan_options {
	const char *account, *region, *resource; /* only this one; NULL: all */
	const char *key;                         /* id, ARN or alias; NULL: the AWS managed key of RDS */
	bool create_key;                         /* a key for each cluster */
	enum plan_method method;
	enum plan_cut_over cut_over;
};

struct plan_instance {
	struct plan_instance *next;
	const char *id;
	struct pair *tags;
	const char *values[ATTRIBUTE_COUNT];
};

/* A resource with what its scripts need. The plan's arena, or the matrix, owns the texts. */
struct plan_item {
	struct plan_item *next;
	enum plan_kind kind;
	const char *account, *account_name, *region;
	const char *id, *arn, *reason;
	const char *owner; /* from its tags; NULL: none */
	const char *values[ATTRIBUTE_COUNT];
	struct pair *tags;
	struct relation *relations;
	struct plan_instance *instances;
	size_t instance_count;
	const char *key;    /* for the encrypted replacement */
	const char *folder; /* name of its folder in the plan */
	bool is_automated;  /* a snapshot that AWS creates and deletes with its cluster */
	bool is_backup;     /* a snapshot that is a recovery point of AWS Backup */
	enum plan_stack stack;
	const char *stack_name; /* "the CloudFormation stack NAME"; NULL: not known */
	/* For a member of a global database: the plans of the database and of its writer; NULL: none. */
	const struct plan_item *global, *writer;
};

/* A failing finding without a plan: a setting, or of a resource that is being deleted. */
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
 * Fills the plan from a loaded run. False: an option cannot be fulfilled, or the run lacks a value that the
 * plan needs; the error has advice. A plan may be empty.
 */
bool plan_make(struct plan *plan, const struct matrix *matrix, const struct plan_options *options,
	       struct error *error);
void plan_deinit(struct plan *plan);

/* The plan of a global database's member; NULL: none. */
const struct plan_item *plan_member(const struct plan *plan, const char *arn);

const char *plan_kind_name(enum plan_kind kind);
/* "writes stop from snapshot to cut over" ... */
const char *plan_downtime(const struct plan *plan, const struct plan_item *item);
/* "hours, with people" ... */
const char *plan_effort(const struct plan *plan, const struct plan_item *item);

/* The output formats. */
json_t *plan_json(const struct plan *plan);
void plan_write_index(const struct plan *plan, FILE *stream);
void plan_write_runbook(const struct plan *plan, const struct plan_item *item, FILE *stream);
/* `path` must not exist, or be empty. Writes everything or nothing. */
bool plan_write_folder(const struct plan *plan, const char *path, struct error *error);

#endif
