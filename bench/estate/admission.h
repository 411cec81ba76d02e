/*
 * admission.h - may this request be answered?
 *
 * In AWS's order: which operation of which service, whose signature, which permissions, which rate.
 */
#ifndef ESTATE_ADMISSION_H
#define ESTATE_ADMISSION_H

#include "bench/estate/operations.h"

enum admission { ADMITTED, REFUSED, REFUSED_WRITING, REFUSED_THROTTLED };

/* `now` in microseconds, of a clock that never jumps. `operation` may be known of a refused one, too. */
enum admission admit(struct request *request, int64_t now, const struct operation **operation);

#endif
