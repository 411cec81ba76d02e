/*
 * manifest.h - the report that a perfect scan of this estate would write, in the report's own schema.
 *
 * It is computed from the world, not from a scan, and written piece by piece, so memory does not grow with
 * the estate. Permanent faults (a region that refuses sessions) are included.
 */
#ifndef ESTATE_MANIFEST_H
#define ESTATE_MANIFEST_H

#include <stdio.h>

#include "bench/estate/expected_verdicts.h"
#include "bench/estate/request.h"

/* False: the stream failed, or out of memory. */
bool manifest_write(const struct estate *estate, const struct demands *demands, FILE *stream);

#endif
