/*
 * estate - a simulated AWS organization on the loopback address.
 *
 * It verifies signatures, responds as AWS does, and computes the expected results of a scan (--manifest),
 * with which a scanner is compared.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/estate/access.h"
#include "bench/estate/limits.h"
#include "bench/estate/manifest.h"
#include "bench/estate/options.h"
#include "bench/estate/server.h"
#include "bench/estate/session_policies.h"
#include "bench/estate/statistics.h"
#include "scanner/aws/sigv4.h"

/* Resources of the program beside the estate. */
struct holdings {
	struct options options;
	struct estate estate;
	struct session_policies session_policies;
	struct certificate certificate;
	char ca[4096];
	bool ca_is_ours; /* a temporary file, deleted at exit */
	FILE *log;
};

static bool fail(const char *what, const char *why)
{
	fprintf(stderr, "estate: %s: %s\n", what, why);
	return false;
}

static bool write_manifest(const struct estate *estate, const struct options *options)
{
	struct demands demands = {.key = (enum required_key)options->required_key};
	FILE *stream;
	bool good;

	if (!controls_read(options->controls, demands.key, &demands.controls))
		return fail(options->controls,
			    "--controls wants ids of controls, or encryption, hardening, extended, all");
	if (!options->manifest)
		return true;
	stream = fopen(options->manifest, "w");
	if (!stream)
		return fail(options->manifest, "cannot be written");
	good = manifest_write(estate, &demands, stream);
	good = fclose(stream) == 0 && good;
	return good || fail(options->manifest, "cannot be written");
}

static bool write_authority(struct holdings *holdings)
{
	const char *folder = getenv("TMPDIR");
	FILE *stream;
	bool good;

	if (holdings->options.ca) {
		snprintf(holdings->ca, sizeof holdings->ca, "%s", holdings->options.ca);
		stream = fopen(holdings->ca, "w");
	} else {
		int file;

		snprintf(holdings->ca, sizeof holdings->ca, "%s/estate-ca-XXXXXX", folder ? folder : "/tmp");
		file = mkstemp(holdings->ca);
		stream = file >= 0 ? fdopen(file, "w") : NULL;
		holdings->ca_is_ours = stream != NULL;
	}
	good = stream && fputs(holdings->certificate.authority, stream) >= 0;
	good = stream && fclose(stream) == 0 && good;
	return good || fail(holdings->ca, "the certificate cannot be written");
}

static bool make_estate(struct holdings *holdings)
{
	const struct options *options = &holdings->options;
	struct estate *estate = &holdings->estate;
	char problem[400] = "";

	estate->world = options->world;
	estate->session_policies = &holdings->session_policies;
	estate->latency = options->latency;
	estate->tls = options->tls;
	estate->tags_apart = options->tags_apart;
	estate->session_seconds = (int64_t)options->session_seconds;
	estate->hub_account = options->hub_account;
	estate->is_delegated = options->is_delegated;
	estate->no_paths = options->no_paths;
	estate->newest_hours = options->newest_hours == ULONG_MAX ? -1 : (int64_t)options->newest_hours;
	snprintf(estate->role, sizeof estate->role, "%s", options->role);
	snprintf(estate->hub, sizeof estate->hub, "%s", options->hub);
	snprintf(estate->access_key_id, sizeof estate->access_key_id, "AKIAESTATE%010llu",
		 (unsigned long long)options->world.seed);
	snprintf(estate->secret_access_key, sizeof estate->secret_access_key,
		 "estate/secret+%llu/of/the/simulated/user", (unsigned long long)options->world.seed);
	if (options->faults && !(estate->faults = faults_load(options->faults, problem, sizeof problem)))
		return fail("--faults", problem);
	for (enum document i = 0; i < DOCUMENTS; i++)
		if (options->documents[i] &&
		    !(estate->documents[i] = policy_load(options->documents[i], access_attachment(i), problem,
							 sizeof problem)))
			return fail("a policy", problem);
	if (options->has_limits && !(estate->limits = limits_new()))
		return fail("limits", "no memory");
	estate->signer = sigv4_signer_new();
	return estate->signer || fail("signer", "no memory");
}

static void announce(const struct estate *estate, const void *context, unsigned port)
{
	const struct holdings *holdings = context;

	printf("AWS_ENDPOINT_URL=%s://%s:%u\nAWS_ACCESS_KEY_ID=%s\nAWS_SECRET_ACCESS_KEY=%s\n"
	       "AWS_REGION=%s\nNEPTUNE_SCAN_ROLE_NAME=%s\n",
	       estate->tls ? "https" : "http", holdings->options.host, port, estate->access_key_id,
	       estate->secret_access_key, world_region(0), estate->role);
	if (estate->tls)
		printf("AWS_CA_BUNDLE=%s\n", holdings->ca);
	printf("\n");
	fflush(stdout);
}

static bool run(struct holdings *holdings)
{
	const struct options *options = &holdings->options;
	struct server_settings settings = {
		.port = (unsigned)options->port,
		.idle_seconds = (unsigned)options->idle_seconds,
		.certificate = options->tls ? &holdings->certificate : NULL,
		.tickets = !options->no_tickets,
		.until_eof = options->until_eof,
		.ready = announce,
		.context = holdings,
	};

	if (!make_estate(holdings) || !write_manifest(&holdings->estate, options))
		return false;
	if (options->tls &&
	    (!certificate_make(&holdings->certificate, options->host) || !write_authority(holdings)))
		return false;
	if (options->log && !(holdings->log = fopen(options->log, "w")))
		return fail(options->log, "cannot be written");
	if (holdings->log)
		log_open(settings.log = holdings->log);
	return server_run(&holdings->estate, &settings);
}

int main(int count, char **arguments)
{
	static struct holdings holdings;
	enum options_read read = options_read(&holdings.options, count, arguments);
	bool good;

	if (read != OPTIONS_GOOD)
		return read == OPTIONS_HELP ? 0 : 2;
	good = run(&holdings);
	if (holdings.log && fclose(holdings.log) != 0)
		good = fail(holdings.options.log, "cannot be written");
	if (holdings.ca_is_ours)
		unlink(holdings.ca);
	certificate_deinit(&holdings.certificate);
	sigv4_signer_free(holdings.estate.signer);
	limits_free(holdings.estate.limits);
	for (enum document i = 0; i < DOCUMENTS; i++)
		policy_free(holdings.estate.documents[i]);
	session_policies_deinit(&holdings.session_policies);
	faults_free(holdings.estate.faults);
	return good ? 0 : 1;
}
