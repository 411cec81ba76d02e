#include "scanner/doctor/probe.h"

#include <stdio.h>
#include <string.h>

#include "config/partition.h"

#define NO_RESOURCE "neptune-scan-doctor"
#define NO_KEY "00000000-0000-0000-0000-000000000000"

static struct resource *make_subject(const struct doctor *doctor, struct probe *probe, enum query_subject about,
				     const char *key)
{
	struct resource *subject = &probe->subject;

	if (about == SUBJECT_REGION)
		return NULL;
	if (about == SUBJECT_KEY) {
		subject->kind = RESOURCE_KEY;
		subject->id = key ? key : NO_KEY;
		return subject;
	}
	snprintf(probe->arn, sizeof probe->arn, "arn:%s:rds:%s:%s:cluster:" NO_RESOURCE,
		 partition_of_home(doctor->config->region)->id, probe->region, probe->account->id);
	subject->id = NO_RESOURCE;
	subject->arn = probe->arn;
	subject->values[ATTRIBUTE_PARAMETER_GROUP] = NO_RESOURCE;
	return subject;
}

void probe_begin(struct probe *probe, struct doctor *doctor, struct doctor_account *account, const char *region,
		 const char *key, enum query_kind kind)
{
	const struct query_spec *spec = &query_specs[kind];

	*probe = (struct probe){.account = account, .region = region};
	sync_call_init(&probe->call, doctor->client, account->session);
	query_init(&probe->query, spec, make_subject(doctor, probe, spec->about, key), account->id, region,
		   &probe->arena);
	probe->query.without_filter = true;
	probe->call.handler = query_begin(&probe->query, &probe->call.call);
}

/* sync_client_call_all takes an array of calls; these are members of probes. */
void probes_send(struct doctor *doctor, struct probe *probes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sync_client_start(doctor->client, &probes[i].call);
	sync_client_wait(doctor->client, count);
}

bool probe_has_failed(const struct probe *probe)
{
	const struct answer *answer = &probe->call.answer;

	switch (answer->class) {
	case ANSWER_ACCESS_DENIED:
		return true;
	case ANSWER_TRANSIENT:
	case ANSWER_THROTTLE:
	case ANSWER_PROXY:
	case ANSWER_UNTRUSTED:
		/* A region without Neptune Analytics has no name for it. */
		return !(answer->unresolved &&
			 service_may_be_absent(probe->call.call.operation->service, probe->region));
	case ANSWER_OK:
	case ANSWER_UNSUPPORTED: /* of the region, which is a verdict */
		return false;
	default:
		/* About a resource, "not found" and its like: the request was allowed. */
		return probe->query.spec->about == SUBJECT_REGION;
	}
}

struct failed_request probe_failure(const struct probe *probe, char *what, size_t size)
{
	answer_describe(&probe->call.answer, what, size);
	return (struct failed_request){
		probe->call.call.operation, probe->account->id, probe->region, &probe->call.answer, what,
		!probe->account->assumed};
}

void probe_end(struct probe *probe)
{
	query_deinit(&probe->query);
	sync_call_deinit(&probe->call);
	arena_deinit(&probe->arena);
}
