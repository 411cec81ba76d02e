/*
 * probe.h - sends a query of queries.h once, to see whether it is allowed: a list as it is, the others about a
 * resource that does not exist, since "not found" proves the permission, too.
 */
#ifndef SCANNER_DOCTOR_PROBE_H
#define SCANNER_DOCTOR_PROBE_H

#include "scanner/doctor/doctor_internal.h"
#include "scanner/queries/queries.h"

struct probe {
	struct doctor_account *account;
	const char *region;
	struct query query;
	struct resource subject; /* of a query about one */
	char arn[200];
	struct arena arena; /* of what is read */
	struct sync_call call;
};

/* `key` is the subject of a query about a key; NULL: none is known. It and `region` must outlive the probe. */
void probe_begin(struct probe *probe, struct doctor *doctor, struct doctor_account *account, const char *region,
		 const char *key, enum query_kind kind);
/* Sends all, and waits for all. */
void probes_send(struct doctor *doctor, struct probe *probes, size_t count);
/* False: the response shows that a scan may send the query. */
bool probe_has_failed(const struct probe *probe);
/* `what` has room for the description, and the result points to it. */
struct failed_request probe_failure(const struct probe *probe, char *what, size_t size);
void probe_end(struct probe *probe);

#endif
