#!/bin/sh
# Loads the export into the new cluster by the bulk loader. Runs where its endpoint can be reached: in its VPC.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
check_identity
needs created 35-instances.sh
if proved loaded; then
	say "loaded already: $(cat "$state/loaded")"
	exit 0
fi
[ -n "$LOADER_ROLE" ] || fail "choices.sh: LOADER_ROLE is empty; it is the ARN of a role of the cluster that may read $EXPORT_S3"
if [ "$execute" = no ]; then
	say "would load $EXPORT_S3 ($LOADER_FORMAT) into $NEW_CLUSTER"
	exit 0
fi
endpoint=$(of_cluster "$NEW_CLUSTER" Endpoint)
url=${DATA_ENDPOINT_URL:-https://$endpoint:$PORT}
if [ ! -s "$state/loading" ]; then
	job=$(look neptunedata start-loader-job --endpoint-url "$url" --source "$EXPORT_S3" --format "$LOADER_FORMAT" --s3-bucket-region "$REGION" \
		--iam-role-arn "$LOADER_ROLE" --fail-on-error --query payload.loadId) || fail "the loader did not start"
	prove loading "$job"
fi
job=$(cat "$state/loading")
say "loader job $job (state/loading; take that file away to load once more)"
wait_until "loader job $job" LOAD_COMPLETED "$LIMIT" look neptunedata get-loader-job-status --endpoint-url "$url" --load-id "$job" \
	--query payload.overallStatus.status
prove loaded "$job"
