/* Checks credentials, clock and network with one request to STS. */
#include "scanner/credentials/credentials.h"

#include <stdlib.h>
#include <string.h>

#include "base/arn.h"
#include "base/clock.h"
#include "config/address.h"
#include "scanner/aws/endpoint.h"
#include "scanner/doctor/doctor_internal.h"
#include "scanner/engine/sts_endpoints.h"
#include "workers/proxy.h"

enum { MAX_AHEAD = 60 /* seconds; AWS accepts up to 300 */ };

static bool find(struct doctor *doctor)
{
	struct error error;

	if (credentials_find(doctor->config, doctor->options->log, NULL, &doctor->credentials, &error))
		return true;
	doctor_report_error(
		doctor->findings, DOCTOR_FAILURE, "credentials",
		"docs/credentials.md has the sources; what a hub's role must trust: neptune-scan iam-policy "
		"hub-trust",
		&error);
	return false;
}

/*
 * The role of a session: trust policies name it, never the session. The ARN of a session lacks the path of its
 * role; that of a chain's last role is in the settings.
 */
static const char *principal_of(const struct doctor *doctor)
{
	const struct text_list *chain = &doctor->config->role_chain;
	const char *arn = doctor->identity.arn;
	struct span rest, kind, role;
	struct arn parts;

	if (chain->count > 0)
		return chain->items[chain->count - 1];
	if (!arn_split(span_of(arn), &parts))
		return arn;
	rest = parts.resource;
	if (!span_split(&rest, '/', &kind) || !span_equals(kind, "assumed-role") ||
	    !span_split(&rest, '/', &role))
		return arn;
	return arena_format(
		&doctor->findings->arena, "arn:" SPAN_FORMAT ":iam::" SPAN_FORMAT ":role/" SPAN_FORMAT,
		SPAN_ARGUMENTS(parts.partition), SPAN_ARGUMENTS(parts.account), SPAN_ARGUMENTS(role));
}

static void report_identity(struct doctor *doctor)
{
	const struct session *session = doctor->credentials.session;
	char when[CLOCK_ISO_SIZE] = "";

	doctor->principal = principal_of(doctor);
	if (session->expires)
		clock_format_iso(session->expires, when);
	doctor_report(doctor->findings, DOCTOR_OK, "credentials", NULL, "%s: %s%s%s; trust policies name %s",
		      doctor->credentials.where, doctor->identity.arn,
		      session->expires ? ", until "
		      : session->token ? ""
				       : ", long-term keys",
		      when, doctor->principal);
}

static void report_clock(struct doctor *doctor, const struct sync_call *sync_call)
{
	int64_t ahead = call_clock_ahead(&sync_call->call, &sync_call->answer);

	if (!sync_call->answer.dated)
		doctor_report(doctor->findings, DOCTOR_WARNING, "clock", NULL,
			      "the STS response has no Date header");
	else if (ahead > MAX_AHEAD || ahead < -MAX_AHEAD)
		doctor_report(
			doctor->findings, DOCTOR_WARNING, "clock",
			"timedatectl set-ntp true (a scan corrects its signatures; times in reports are wrong)",
			"the clock of this machine is %lld seconds %s the AWS clock", (long long)llabs(ahead),
			ahead > 0 ? "behind" : "ahead of");
	else
		doctor_report(doctor->findings, DOCTOR_OK, "clock", NULL, "within %lld s of the AWS clock",
			      (long long)llabs(ahead));
}

static void report_network(struct doctor *doctor)
{
	const struct config *config = doctor->config;
	struct address address, proxy_address;
	const char *proxy, *problem;
	struct endpoint endpoint;
	bool stays_here;

	if (!endpoint_resolve(&endpoint, config, &service_sts, config->region, NULL))
		return;
	problem = address_parse(&address, ADDRESS_ENDPOINT, endpoint.url);
	if (problem) {
		doctor_report(doctor->findings, DOCTOR_WARNING, "network", NULL,
			      "%s responds; whether by TLS is not known: %s", endpoint.url, problem);
		return;
	}
	proxy = proxy_setting(config->proxy, endpoint.url);
	proxy = proxy && !address_parse(&proxy_address, ADDRESS_PROXY, proxy) ? proxy_address.shown : "";
	stays_here = address_is_loopback(&address) || strcmp(address.host, "localhost") == 0;
	if (address.is_tls)
		doctor_report(doctor->findings, DOCTOR_OK, "network", NULL,
			      "%s responds; certificate verified by %s%s%s", endpoint.url,
			      config->ca_bundle ? config->ca_bundle : "the system's certificate authorities",
			      *proxy ? "; proxy " : "", proxy);
	else
		doctor_report(doctor->findings, stays_here ? DOCTOR_OK : DOCTOR_WARNING, "network",
			      stays_here ? NULL : "use an address with https://", "%s responds, without TLS",
			      endpoint.url);
}

/* They are tried only by a scan that needs them, which goes on without those that refuse. */
static void report_sts(struct doctor *doctor)
{
	struct sts_endpoints endpoints;
	struct arena *arena = &doctor->findings->arena;
	struct names others = {0};

	sts_endpoints_init(&endpoints, doctor->config, 0, NULL);
	for (size_t i = 1; i < endpoints.count; i++)
		names_add(&others, arena, endpoints.items[i].region);
	doctor_report(doctor->findings, DOCTOR_OK, "sts", NULL,
		      "roles are assumed at the STS endpoint of %s%s%s", endpoints.items[0].region,
		      endpoints.count < 2   ? ""
		      : endpoints.are_named ? ", and at those of "
					    : "; of a long list of accounts, also at those of ",
		      endpoints.count < 2 ? "" : names_join(&others, arena, 0));
}

static bool request_identity(struct doctor *doctor, struct sync_call *sync_call)
{
	struct sts_reading reading;
	bool good;

	sts_reading_init(&reading);
	sync_call_init(sync_call, doctor->client, doctor->credentials.session);
	sync_call->handler = &reading.handler;
	sts_request_caller_identity(&sync_call->call, doctor->config->region);
	good = sync_client_call(doctor->client, sync_call);
	doctor->identity = reading.identity;
	sts_reading_deinit(&reading);
	return good;
}

bool doctor_check_credentials(struct doctor *doctor)
{
	struct sync_call sync_call;
	char what[560];
	bool good;

	if (!find(doctor))
		return false;
	good = request_identity(doctor, &sync_call);
	if (good) {
		report_identity(doctor);
		report_clock(doctor, &sync_call);
		report_network(doctor);
		report_sts(doctor);
	} else {
		answer_describe(&sync_call.answer, what, sizeof what);
		doctor_report(doctor->findings, DOCTOR_FAILURE,
			      sync_call.answer.class == ANSWER_UNTRUSTED ||
					      sync_call.answer.class == ANSWER_PROXY ||
					      sync_call.answer.class == ANSWER_TRANSIENT
				      ? "network"
				      : "credentials",
			      answer_advice(&sync_call.answer), "%s with credentials from %s: %s",
			      sync_call.call.operation->permission, doctor->credentials.where, what);
	}
	sync_call_deinit(&sync_call);
	return good;
}
