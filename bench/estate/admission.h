/*
 * admission.h - decides whether a request is answered, in AWS's order: operation and service, signature,
 * permissions, rate limit.
 */
#ifndef ESTATE_ADMISSION_H
#define ESTATE_ADMISSION_H

#include "bench/estate/operations.h"

enum admission { ADMITTED, REFUSED, REFUSED_WRITING, REFUSED_THROTTLED };

/* `now`: microseconds of a monotonic clock. `*operation` may be set for a refused request as well. */
enum admission admit(struct request *request, int64_t now, const struct operation **operation);

#endif
