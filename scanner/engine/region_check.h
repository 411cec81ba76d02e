/*
 * region_check.h - a region refuses a session that is good elsewhere: is it disabled, or is something wrong?
 *
 * Only the account's own list of regions tells: ec2:DescribeRegions, requested in the home region with the same
 * session, once for each cell that is refused before any good response.
 *
 * - The list has the region: it is enabled, and the cell is an error. AWS names two causes. Tokens of version
 * 1, which the global STS endpoint issues, are not valid in regions that must be enabled (IAM API reference,
 *   SetSecurityTokenServicePreferences). And a region takes minutes to hours until it can be used after it was
 *   enabled (AWS Account Management, EnableRegion).
 * - The list lacks it: it is disabled.
 * - The list cannot be read: "not opted in" in the region's own words proves that it is disabled, unless it is
 *   one that no account can disable. Any other refusal proves nothing.
 * - The home region refuses the session, too: what it says is true of the session or the account, not of a
 *   region. The keys are rejected (the cell has the session refreshed first), or the account is not activated.
 *
 * A refusal that comes later, or of a region that the account has listed before, needs no request: the region
 * is known to be enabled, and the reason says so with the same advice.
 */
#ifndef SCANNER_ENGINE_REGION_CHECK_H
#define SCANNER_ENGINE_REGION_CHECK_H

#include "scanner/engine/cell_internal.h"

enum { MAX_REFUSAL = 260 /* bytes of a refusal that stands beside more words */ };

bool region_check_is_needed(const struct pending_query *pending, const struct answer *answer);
/* Keeps the refusal. True: query_regions is to be sent; once for each cell and session. */
bool region_check_begin(struct pending_query *pending, const struct answer *answer);
/* Is this query the check itself? Its response decides the whole cell. */
bool region_check_is(const struct pending_query *pending);
void region_check_end(struct pending_query *pending, const struct answer *answer);
/* For the reason of any other refusal: what to do about a region that is known to be enabled; "": nothing. */
const char *region_check_advice(const struct pending_query *pending, const struct answer *answer);

#endif
