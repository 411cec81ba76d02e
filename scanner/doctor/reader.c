/* Assumes organization.role, with which the organization is read. */
#include "scanner/doctor/doctor_internal.h"

static const char advice[] = "correct the trust policy of organization.role so that the caller may assume it,\n"
			     "or remove organization.role";

bool doctor_check_reader(struct doctor *doctor)
{
	const struct config *config = doctor->config;
	const struct role_request role = {.arn = config->organization_role,
					  .session_name = doctor->session_name,
					  .seconds = STS_MAX_SESSION_S};
	struct sts_reading reading;
	struct sync_call sync_call;
	char what[560];

	if (!config->organization_role || config->accounts.count > 0)
		return true;
	sts_reading_init(&reading);
	sync_call_init(&sync_call, doctor->client, doctor->credentials.session);
	sync_call.handler = &reading.handler;
	sts_request_assume_role(&sync_call.call, config->region, &role);
	if (sync_client_call(doctor->client, &sync_call))
		doctor->reader =
			sts_take_session(&reading, call_clock_ahead(&sync_call.call, &sync_call.answer));
	answer_describe(&sync_call.answer, what, sizeof what);
	if (doctor->reader)
		doctor_report(doctor->findings, DOCTOR_OK, "organization", NULL, "read as %s", role.arn);
	else
		doctor_report(doctor->findings, DOCTOR_FAILURE, "organization", advice,
			      "organization.role %s cannot be assumed: %s", role.arn,
			      sync_call.answer.class == ANSWER_OK ? "the response has no usable credentials"
								  : what);
	sts_reading_deinit(&reading);
	sync_call_deinit(&sync_call);
	return doctor->reader;
}

const struct session *doctor_reader(const struct doctor *doctor)
{
	return doctor->reader ? doctor->reader : doctor->credentials.session;
}
