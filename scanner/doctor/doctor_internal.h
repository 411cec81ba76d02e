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
#include "scanner/doctor/causes.h"
#include "scanner/doctor/doctor.h"
#include "scanner/engine/units.h"

enum {
	DOCTOR_SAMPLE = 5,          /* accounts that are checked, besides the caller's own */
	DOCTOR_AT_ONCE = 16,        /* concurrent queries */
	DOCTOR_AT_ONCE_OF_ALL = 64, /* the same with --all */
	DOCTOR_NEW_S = 24 * 3600,   /* an account is new: what is rolled out may not be there yet */
};

struct region_probes;

/* An active account of the organization. */
struct found_account {
	struct found_account *next;
	const char *id, *name;
	const struct unit *unit; /* NULL: not known */
	int64_t joined;
	bool is_chosen;
};

struct doctor_account {
	const char *id, *name;
	int64_t joined; /* the organization, in wall seconds; 0: not known */
	bool is_own;
	const struct session *session; /* NULL: the role cannot be assumed; then `problem` has the reason */
	struct session *assumed; /* the account's own session, to be freed; NULL: `session` is the caller's */
	const char *problem;     /* an error code of AWS, or a sentence */
	bool is_accepted;        /* the problem is in an accepted gap */
	const struct answer *refusal; /* of AssumeRole, that is the problem; NULL: it has another */
	const char *const *regions;   /* enabled regions, or those of the settings */
	size_t region_count;
	const char *regions_problem;         /* NULL: `regions` is known */
	const struct answer *regions_answer; /* that is the problem */
	/* Found by the probes of the regions. */
	const char *open_region; /* where permissions are checked; NULL: no region is open */
	const char *key,
		*key_region; /* a KMS key of the account that encrypts a cluster; NULL: none was seen */
};

struct doctor {
	const struct doctor_options *options;
	const struct config *config;
	struct doctor_findings *findings;
	struct sync_client *client;
	struct credentials credentials;
	struct identity identity;
	char session_name[65];           /* of assumed roles, in the form of a scan's */
	const char *principal;           /* ARN of the caller's role or user, for trust policies */
	struct session *reader;          /* of organization.role; NULL: the caller reads the organization */
	struct buffer session_policy;    /* of roles in accounts (permission.h); empty: none */
	bool is_policy_refused;          /* by STS, and the settings do not require it */
	const char *organization;        /* its id; NULL: none, or not known */
	const char *management_account;  /* NULL: no organization, or not known */
	struct units units;              /* the tree, if the settings name OUs */
	struct doctor_account *accounts; /* to be checked */
	size_t account_count;
	/* Accounts of the organization: all, active ones, those that a scan covers. */
	size_t listed, active, wanted;
	struct causes permission_causes;
	struct region_probes *region_probes;
};

/* False: the checks that follow need what this one did not find. */
typedef bool doctor_check(struct doctor *doctor);

doctor_check doctor_check_credentials, doctor_check_reader, doctor_check_organization, doctor_check_units,
	doctor_check_roles, doctor_check_permissions, doctor_check_regions;

/* The OU that holds the account of a path, "o-x/r-y/ou-z/ACCOUNT/". NULL: not known. */
const struct unit *doctor_unit_of_path(const struct doctor *doctor, const char *path);
/* If OUs are named, finds those of accounts that AWS listed without a path. False: failed, and reported. */
bool doctor_place_accounts(struct doctor *doctor, struct found_account *accounts);
/* True: by its OU, a scan covers the account. NULL: it is not known, and the account is covered. */
bool doctor_unit_is_wanted(const struct doctor *doctor, const struct unit *unit);

/* Reports why the role cannot be assumed: a line for each cause. */
void doctor_report_refusals(struct doctor *doctor, size_t tried, size_t refused);

/* Sends the probes of the regions, for doctor_check_permissions and doctor_check_regions. False: no memory. */
bool doctor_probe_regions(struct doctor *doctor);

/* Signs requests to Organizations. */
const struct session *doctor_reader(const struct doctor *doctor);
/* False: a probe of the region did not reach the service, which doctor_check_regions reports. */
bool doctor_service_responds(const struct doctor *doctor, const struct service *service, const char *region);

/* The accepted gap that covers the account's cell of the region, if a scan finds it in this state; NULL: none.
 * `region` NULL: of all. */
const struct gap *doctor_gap_of(const struct doctor *doctor, const struct doctor_account *account,
				const char *region, enum cell_state state);
/* True: the role is not assumed, and gaps cover each cell of the account: a scan gives it one in each region
 * that any account has. Adds their names. */
bool doctor_gaps_cover_account(const struct doctor *doctor, const struct doctor_account *account,
			       struct names *gaps);
/* True: the role is assumed, and accepted gaps cover every region of the account. Adds their names. */
bool doctor_gaps_cover_regions(const struct doctor *doctor, const struct doctor_account *account,
			       struct names *gaps);
/* Reports the accounts of which accepted gaps leave nothing to be assessed. */
void doctor_report_gap_accounts(struct doctor *doctor);
/* "[gap NAME]" for these regions, to be filled in and pasted: a name that is free, and no line that is too
 * long. */
const char *doctor_write_gap(const struct doctor *doctor, const struct names *regions);
/* The gap in force that these regions can be added to; NULL: none. */
const struct gap *doctor_gap_to_extend(const struct doctor *doctor);
/* "sampled ", where the role is not tried in every account; else empty. */
const char *doctor_sampled(const struct doctor *doctor);
/* A copy that outlives the call, without its JSON. NULL: out of memory. */
const struct answer *doctor_keep_answer(struct doctor *doctor, const struct answer *answer);
#endif
