/*
 * access.h - the policies of the simulated organization, and what they refuse, in AWS's order and words.
 *
 * Each document is optional; without it, nothing of its kind refuses. An action needs the permission of all
 * documents that apply to the caller. An explicit deny of any of them wins, then the first that does not allow
 * is named, as AWS names one only (IAM User Guide, "Policy evaluation logic", "Troubleshoot access denied error
 * messages"). A session policy is one more document that must allow; it is evaluated even where the estate has
 * no other. An AssumeRole needs, besides, that the trust policy admits the caller; STS does not say why it
 * refuses another account. Sessions of EKS Pod Identity carry transitive tags, so both sides must allow
 * sts:TagSession for them (EKS User Guide, "Grant Pods access to AWS resources based on tags").
 *
 * A difference from AWS: the caller's own policy must allow the AssumeRole in its own account, too, even where
 * the trust policy names the role itself. And a resource-based policy that names a session does not add to its
 * session policy.
 */
#ifndef ESTATE_ACCESS_H
#define ESTATE_ACCESS_H

#include "bench/estate/policy.h"
#include "bench/estate/request.h"

/* How to load a document, for `estate --FLAG FILE`. */
enum policy_attachment access_attachment(enum document document);

/* By all documents except the trust policies. False: refused. */
bool access_permits(struct request *request);
/* By the trust policy of the role that is to be assumed. False: refused. */
bool access_is_trusted(struct request *request, enum document trust, const char *role);

/* A service that gives its workloads sessions of the hub's role. */
enum workload { WORKLOAD_INSTANCE, WORKLOAD_TASK, WORKLOAD_POD, WORKLOAD_WEB_IDENTITY };

/* By the trust policy of the hub. Without one, every service is trusted. */
bool access_serves(const struct request *request, enum workload workload);

/* May the caller list the organization? The management account and a delegated administrator may, and so may
 * the scan role there if its policy allows it. */
bool access_reads_organization(const struct request *request);

#endif
