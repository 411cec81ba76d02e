#!/bin/sh
# Loads the export into the new cluster with the bulk loader: nodes first, then edges; RDF in one load. Runs in the cluster's VPC, where
# its address can be reached. If a load fails, the script prints the loader's errors.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
needs created 35-instances.sh
if recorded loaded; then
	say "loaded already: $(cat "$state/loaded")"
	exit 0
fi
case $LOADER_ROLE in
arn:*:iam::*:role/*) ;;
*) fail "choices.sh: LOADER_ROLE is \"$LOADER_ROLE\"; set it to the ARN of a role of the cluster that can read $EXPORT_S3" ;;
esac
one_of DATA_MODEL "$DATA_MODEL" property-graph rdf
if [ "$execute" = no ]; then
	say "would load $EXPORT_S3 into $NEW_CLUSTER"
	exit 0
fi
new_cluster
of_cluster "$new" 'AssociatedRoles[].[RoleArn]' | grep -qxF -- "$LOADER_ROLE" || fail "$LOADER_ROLE is not a role of $new. Add it (aws neptune add-role-to-db-cluster --db-cluster-identifier $new --role-arn $LOADER_ROLE)"
url=$(address_of "$new")

# load PART SOURCE FORMAT: state/loading.PART holds its job, so that a second run waits for the same job.
load() {
	! recorded "loaded.$1" || return 0
	if ! recorded "loading.$1"; then
		attempt data "$url" 60 start-loader-job --source "$2" --format "$3" --s3-bucket-region "$REGION" --iam-role-arn "$LOADER_ROLE" --fail-on-error \
			--query payload.loadId || fail "the load of $2 could not be started: $(why)"
		record "loading.$1" "$answer"
	fi
	job=$(cat "$state/loading.$1")
	await "loader job $job ($2)" LOAD_COMPLETED data "$url" 60 get-loader-job-status --load-id "$job" --query payload.overallStatus.status || {
		attempt data "$url" 60 get-loader-job-status --load-id "$job" --details --errors --query payload.errors --output json || answer="its errors could not be read: $(why)"
		fail "$waited. $answer Fix the cause, remove state/loading.$1, and run backout.sh or this script again"
	}
	record "loaded.$1" "$job"
}

case $DATA_MODEL in
property-graph)
	load nodes "${EXPORT_S3%/}/nodes" csv
	load edges "${EXPORT_S3%/}/edges" csv
	;;
rdf) load rdf "$EXPORT_S3" nquads ;;
esac
record loaded "$EXPORT_S3 $(date -u +%s)"
