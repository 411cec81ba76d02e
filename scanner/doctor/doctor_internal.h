/*
 * doctor_internal.h - shared by the checks, and private to them. Each check is a function for one
 * requirement, and stores what later checks need.
 */
#ifndef SCANNER_DOCTOR_DOCTOR_INTERNAL_H
#define SCANNER_DOCTOR_DOCTOR_INTERNAL_H

#include "scanner/aws/regions.h"
#include "scanner/aws/sts.h"
#include "scanner/aws/sync_client.h"
#include "scanner/credentials/credentials.h"
#include "scanner/doctor/doctor.h"

enum {
	DOCTOR_SAMPLE = 5,   /* accounts whose permissions and regions are checked */
	DOCTOR_AT_ONCE = 16, /* concurrent queries */
};

struct doctor_account {
	const char *id, *name;
	bool is_own;
	const struct session *session; /* NULL: the role cannot be assumed; then `problem` has the reason */
	struct session *assumed; /* the account's own session, to be freed; NULL: `session` is the caller's */
	const char *problem;     /* an error code of AWS, or a sentence */
	const char *const *regions; /* enabled regions, or those of the settings */
	size_t region_count;
	const char *regions_problem;         /* NULL: `regions` is known */
	const struct answer *regions_answer; /* that is the problem */
};

struct doctor {
	const struct doctor_options *options;
	const struct config *config;
	struct doctor_findings *findings;
	struct sync_client *client;
	struct credentials credentials;
	struct identity identity;
	const char *management_account;  /* NULL: no organization, or not known */
	struct doctor_account *accounts; /* to be checked */
	size_t account_count;
	/* Accounts of the organization, as far as it was read: all, active ones, those that a scan covers. */
	size_t listed, active, wanted;
	bool listed_all;
};

/* False: the checks that follow need what this one did not find. */
typedef bool doctor_check(struct doctor *doctor);

doctor_check doctor_check_credentials, doctor_check_organization, doctor_check_units, doctor_check_roles,
	doctor_check_permissions, doctor_check_regions;

/* "sampled ", where not every account is checked; else empty. */
const char *doctor_sampled(const struct doctor *doctor);
#endif
