/*
 * rds.h - shared by the operations of the RDS API, which Neptune uses.
 */
#ifndef ESTATE_RDS_H
#define ESTATE_RDS_H

#include "bench/estate/operations.h"
#include "bench/estate/paging.h"

enum { RDS_ARN = 256 };

void rds_arn(const struct request *request, const char *kind, const char *id, char arn[RDS_ARN]);

/* Filters.Filter.N: the supported filters; others are refused, as by AWS. */
struct rds_filters {
	char engine[64], cluster[WORLD_TEXT]; /* empty: any */
};

bool rds_read_filters(struct request *request, struct rds_filters *filters);
bool rds_filter_lets_by(const struct rds_filters *filters, const char *engine, const char *cluster);

/* StorageEncrypted, StorageEncryptionType, KmsKeyId. */
void rds_append_encryption(struct request *request, enum encryption encryption, enum key_kind key);
/* In lists, unless the estate returns tags separately. */
void rds_append_listed_tags(struct request *request, const struct cluster *cluster);
void rds_append_tags(struct request *request, const struct cluster *cluster);

#endif
