/*
 * sts_endpoints.h - the regional STS endpoints that account sessions are entered through.
 *
 * STS accepts 600 requests a second for each calling account and region (AWS re:Post, "How do I resolve API
 * throttling or 'Rate exceeded' errors for IAM and AWS STS?", iam-sts-throttling-error), and a session of one
 * regional endpoint is valid in all regions (IAM user guide, "Manage AWS STS in an AWS Region"). So a long list
 * of accounts is entered through several endpoints, each at its own rate: each is an endpoint queue of one
 * worker, with its own rate limiter. The home region is the first. With aws.sts_regions = auto, a further one
 * is used when the accounts that wait would keep those in use busy for more than PAYS_AFTER_S: up to MAX_NEAR
 * regions of the same area that no account can disable.
 *
 *   UNUSED -> TRIED     one account goes through it
 *   TRIED  -> OPEN      it was entered
 *   TRIED  -> UNUSED    it was not, and neither through the home region: that says nothing about the endpoint
 *   any    -> DROPPED   it was not, but through the home region: not used any more in this run
 *
 * An endpoint may refuse because of a service control policy or a trust policy with aws:RequestedRegion,
 * because an administrator has deactivated STS there, or because the network leads only to the home region. No
 * account suffers: account_session.h sends it to the home region then, and only its response counts.
 *
 * Used by the coordinator's thread only; workers read `region` and `number`, which never change.
 */
#ifndef SCANNER_ENGINE_STS_ENDPOINTS_H
#define SCANNER_ENGINE_STS_ENDPOINTS_H

#include "base/log.h"
#include "config/settings.h"

enum sts_state { STS_UNUSED, STS_TRIED, STS_OPEN, STS_DROPPED };

struct sts_endpoint {
	const char *region; /* borrowed from the settings or the partition */
	size_t number;      /* 0: the home region */
	enum sts_state state;
	size_t out;     /* account sessions that are being entered through it */
	size_t entered; /* that were */
};

enum { STS_MAX_ENDPOINTS = 8 };

struct sts_endpoints {
	struct sts_endpoint items[STS_MAX_ENDPOINTS];
	size_t count;
	bool are_named;  /* by the settings: used whenever accounts wait */
	double a_second; /* sessions of each */
	const struct log *log;
};

/* `sharing`: the number of programs that share the limits; 0: only this one. Borrows `config` and `log`. */
void sts_endpoints_init(struct sts_endpoints *endpoints, const struct config *config, int64_t sharing,
			const struct log *log);
/* For one more account, while `waiting` others wait. */
struct sts_endpoint *sts_endpoints_choose(struct sts_endpoints *endpoints, size_t waiting);
struct sts_endpoint *sts_endpoints_home(struct sts_endpoints *endpoints);
/* An account session is sent through it; and has come back, with a session or without. */
void sts_endpoint_take(struct sts_endpoint *endpoint);
void sts_endpoint_return(struct sts_endpoint *endpoint, bool entered);
/* It refused an account that was entered through the home region. */
void sts_endpoints_drop(struct sts_endpoints *endpoints, struct sts_endpoint *endpoint, const char *reason);

#endif
