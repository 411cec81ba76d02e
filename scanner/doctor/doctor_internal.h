/*
 * doctor_internal.h - what the checks share: each is one function that looks at one thing, and leaves what the
 * next ones need. No other file includes it.
 */
#ifndef SCANNER_DOCTOR_DOCTOR_INTERNAL_H
#define SCANNER_DOCTOR_DOCTOR_INTERNAL_H

#include "scanner/aws/regions.h"
#include "scanner/aws/sts.h"
#include "scanner/aws/sync_client.h"
#include "scanner/credentials/credentials.h"
#include "scanner/doctor/doctor.h"

enum {
	DOCTOR_SAMPLE = 5,   /* accounts whose permissions and regions are looked at */
	DOCTOR_AT_ONCE = 16, /* queries under way */
};

struct doctor_account {
	const char *id, *name;
	bool is_own;
	const struct session *session; /* NULL: nobody gets in; then `problem` says why */
	struct session *assumed;       /* to be closed; NULL: the session is the source's */
	const char *problem;
	const char *const *regions; /* enabled, or those of the settings */
	size_t region_count;
	const char *regions_problem; /* NULL: they are known */
};

struct doctor {
	const struct doctor_options *options;
	const struct config *config;
	struct doctor_findings *findings;
	struct sync_client *client;
	struct credentials credentials;
	struct identity identity;
	const char *management_account;  /* NULL: in no organization, or not known */
	struct doctor_account *accounts; /* to be tried */
	size_t account_count, listed;    /* `listed`: in the organization, as far as was read */
	bool listed_all;
};

/* False: nothing that comes after makes sense. */
typedef bool doctor_check(struct doctor *doctor);

doctor_check doctor_check_credentials, doctor_check_organization, doctor_check_units, doctor_check_roles,
	doctor_check_permissions, doctor_check_regions;

#endif
