/*
 * policy_documents.h - the IAM policies of a roll-out, as JSON trees.
 *
 * They follow from the table of operations, the selected controls and the settings, so a policy allows what a
 * scan requests and nothing else. The input has been checked by its caller. Each function returns a new
 * reference; NULL: out of memory.
 *
 * Sources: AWS IAM User Guide, "AWS global condition context keys" (aws:PrincipalArn, aws:PrincipalOrgID,
 * aws:ResourceOrgID), "How to use external ID" and "Pass session tags in AWS STS" (sts:TagSession, also for
 * tags that a role chain passes on); Amazon EKS User Guide, "Create IAM role with trust policy required by EKS
 * Pod Identity", "Enable or disable session tags" and "Assign IAM roles to Kubernetes service accounts";
 * Amazon ECS Developer Guide, "Amazon ECS task IAM role"; AWS Organizations User Guide, "Resource-based policy
 * examples for AWS Organizations"; S3 API Reference, "GetObject" (s3:ListBucket); KMS Developer Guide,
 * "kms:ViaService".
 */
#ifndef SCANNER_COMMANDS_POLICY_DOCUMENTS_H
#define SCANNER_COMMANDS_POLICY_DOCUMENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/settings.h"

/* Texts are NULL if they were not given. */
struct policy_input {
	const struct config *config;
	uint32_t needs;           /* QUERY_BIT(query) of the selected controls */
	const char *principal;    /* ARN of the role, user or account that is trusted */
	const char *organization; /* o-... */
	const char *next_external_id;
	const char *service; /* that runs the scan: ec2.amazonaws.com ... */
	const char *account; /* twelve digits */
	const char *cluster; /* ARN of an EKS cluster */
	const char *namespace, *service_account;
	const char *oidc_provider; /* ARN */
	json_t *merged;            /* the organization's resource policy; borrowed. NULL: there is none */
	bool removes;              /* the statement that lets `account` read, from `merged` */
};

/* Permissions of the role in each account. */
json_t *policy_of_member(const struct policy_input *input);
/* Permissions of the identity that scans: the caller, or the last role of --role-chain. */
json_t *policy_of_caller(const struct policy_input *input);
/* Permissions of the identity that assumes the role of --role-chain, which has one. */
json_t *policy_of_chain(const struct policy_input *input);
/* Who may assume the role in each account: `principal`, also after it was deleted and created again. */
json_t *policy_of_trust(const struct policy_input *input);
/* Who may assume the hub's role: the service, the service account of a cluster, the principal. */
json_t *policy_of_hub_trust(const struct policy_input *input);
/*
 * The organization's resource policy: `merged` with the statement that lets `account` read, or without it
 * (`removes`). Everything else of `merged` stays as it is: its version, its id and all other statements, also
 * that of another account, and one that has our id but grants something else.
 */
json_t *policy_of_delegation(const struct policy_input *input);

/* True: the ARN names a whole account: each role and user of it that has the permission. */
bool policy_principal_is_account(const char *principal);

/* Services that may run the scan, as users name them. The list is NULL-terminated. */
#define POLICY_SERVICE_EC2 "ec2.amazonaws.com"
#define POLICY_SERVICE_ECS "ecs-tasks.amazonaws.com"
#define POLICY_SERVICE_EKS "pods.eks.amazonaws.com"
extern const char *const policy_services[];

#endif
