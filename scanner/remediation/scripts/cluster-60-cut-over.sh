#!/bin/sh
# Shows which names change, and what holds them. People switch them; then --done says so. From there the soak runs.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
check_identity
needs verified 40-verify.sh
needs data-checked 50-data-check.sh
say "Old names: $OLD_ENDPOINT and $OLD_READER_ENDPOINT"
if [ "$execute" = yes ] || proved created; then
	say "New names: $(of_cluster "$NEW_CLUSTER" '[Endpoint,ReaderEndpoint]' | tr '\t' ' ')"
fi
say "Switch: DNS records that point at the old names; secrets and parameters that hold them; applications' settings; IAM"
say "policies that name the old cluster's resource id ($OLD_RESOURCE_ID) in neptune-db: statements; alarms and dashboards."
if given --done; then
	prove cut-over "$(date -u +%s) by $(look sts get-caller-identity --query Arn)"
else
	say "When all are switched: 60-cut-over.sh --done --execute"
fi
