/*
 * operations.h - the operations of the simulated AWS, one line each.
 *
 * A new operation is a function in an answer_*.c and a line in the table. All of them read; writing
 * operations are refused, because the table does not have them.
 */
#ifndef ESTATE_OPERATIONS_H
#define ESTATE_OPERATIONS_H

#include "bench/estate/request.h"

struct operation {
	const char *service, *name;
	const char *method, *path; /* REST: after a path that ends in a slash follows an identifier */
	void (*answer)(struct request *);
};

enum { OPERATIONS = 28 };
extern const struct operation operations[OPERATIONS];

/* Finds the operation and writes its name into the request, also of an unknown one. NULL: unknown. */
const struct operation *operation_find(struct request *request);
/* True: its name begins like that of a writing operation. */
bool operation_writes(const struct request *request);

void sts_assume_role(struct request *request);
void sts_assume_role_with_web_identity(struct request *request);
void sts_get_caller_identity(struct request *request);
void organizations_describe_organization(struct request *request);
void organizations_list_roots(struct request *request);
void organizations_list_accounts(struct request *request);
void organizations_list_accounts_for_parent(struct request *request);
void organizations_list_organizational_units_for_parent(struct request *request);
void organizations_list_parents(struct request *request);
void organizations_list_delegated_administrators(struct request *request);
void account_list_regions(struct request *request);
void ec2_describe_regions(struct request *request);
void rds_describe_db_clusters(struct request *request);
void rds_describe_db_cluster_parameters(struct request *request);
void rds_describe_global_clusters(struct request *request);
void rds_list_tags_for_resource(struct request *request);
void rds_describe_db_instances(struct request *request);
void rds_describe_db_cluster_snapshots(struct request *request);
void rds_describe_db_cluster_snapshot_attributes(struct request *request);
void rds_describe_db_cluster_automated_backups(struct request *request);
void kms_describe_key(struct request *request);
void kms_list_aliases(struct request *request);
void kms_get_key_rotation_status(struct request *request);
void kms_list_key_rotations(struct request *request);
void graph_list_graphs(struct request *request);
void graph_get_graph(struct request *request);
void graph_list_graph_snapshots(struct request *request);
void graph_list_tags_for_resource(struct request *request);

/* Answers requests for a machine's credentials: IMDSv2, and the container endpoints of ECS and EKS. False:
 * another request. */
bool answer_metadata(struct request *request);
/* The prefix of a valid web identity token. */
#define ESTATE_WEB_IDENTITY "estate-web-identity-token"

#endif
