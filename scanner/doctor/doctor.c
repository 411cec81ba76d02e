#include <stdio.h>

#include "base/ulid.h"
#include "scanner/doctor/doctor_internal.h"

/* In the order in which a scan needs them. */
static const struct {
	const char *name;
	doctor_check *check;
} checks[] = {
	{"credentials", doctor_check_credentials},   {"organization role", doctor_check_reader},
	{"organization", doctor_check_organization}, {"role", doctor_check_roles},
	{"permissions", doctor_check_permissions},   {"regions", doctor_check_regions},
};

enum { CHECKS = sizeof checks / sizeof checks[0] };

static void close_accounts(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->account_count; i++)
		session_free(doctor->accounts[i].assumed);
}

static void run_checks(struct doctor *doctor)
{
	const char *failed = NULL;

	for (size_t i = 0; i < CHECKS; i++) {
		if (failed)
			doctor_report(doctor->findings, DOCTOR_SKIPPED, checks[i].name, NULL,
				      "the %s check failed", failed);
		else if (!checks[i].check(doctor))
			failed = checks[i].name;
	}
	if (!failed)
		doctor_report_gap_accounts(doctor);
}

/* Trust policies may have a condition on it (sts:RoleSessionName), so it is a scan's, of a run that is not. */
static void name_sessions(struct doctor *doctor)
{
	const char *wanted = doctor->config->session_name;
	char run[ULID_SIZE];

	ulid_make(run);
	snprintf(doctor->session_name, sizeof doctor->session_name, "%s%s", wanted ? "" : "neptune-scan-",
		 wanted ? wanted : run);
}

void doctor_examine(const struct doctor_options *options, struct doctor_findings *findings)
{
	struct doctor doctor = {.options = options, .config = options->config, .findings = findings};
	struct error error;

	name_sessions(&doctor);
	doctor.client =
		sync_client_open(options->config, options->log, 0,
				 options->all_accounts ? DOCTOR_AT_ONCE_OF_ALL : DOCTOR_AT_ONCE, &error);
	if (doctor.client)
		run_checks(&doctor);
	else
		doctor_report_error(findings, DOCTOR_FAILURE, "machine", NULL, &error);
	close_accounts(&doctor);
	buffer_deinit(&doctor.session_policy);
	session_free(doctor.reader);
	session_free(doctor.credentials.session);
	sync_client_close(doctor.client);
}
