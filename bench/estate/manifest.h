/*
 * manifest.h - what a perfect scan of this estate must report, in the report's own schema.
 *
 * It knows the world, and nothing of how a scanner gets there. Written piece by piece: memory does not
 * grow with the estate. Faults that no scanner can undo (a region that refuses sessions) are part of the truth.
 */
#ifndef ESTATE_MANIFEST_H
#define ESTATE_MANIFEST_H

#include <stdio.h>

#include "bench/estate/expected_verdicts.h"
#include "bench/estate/request.h"

/* False: the stream, or memory, failed. */
bool manifest_write(const struct estate *estate, const struct demands *demands, FILE *stream);

#endif
