#!/bin/sh
# Loads the export into the new cluster by the bulk loader: nodes first, then the edges between them; RDF in one load. Runs where the
# cluster's address can be reached: in its VPC. A load that failed ends the script with the loader's errors.
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
*) fail "choices.sh: LOADER_ROLE is \"$LOADER_ROLE\"; it is the ARN of a role of the cluster that may read $EXPORT_S3" ;;
esac
one_of DATA_MODEL "$DATA_MODEL" property-graph rdf
if [ "$execute" = no ]; then
	say "would load $EXPORT_S3 into $NEW_CLUSTER"
	exit 0
fi
new_cluster
of_cluster "$new" 'AssociatedRoles[].[RoleArn]' | grep -qxF -- "$LOADER_ROLE" || fail "$LOADER_ROLE is no role of $new: aws neptune add-role-to-db-cluster --db-cluster-identifier $new --role-arn $LOADER_ROLE"
url=$(address_of "$new")

# load PART SOURCE FORMAT: state/loading.PART holds its job, so that a second run waits for the same one.
load() {
	! recorded "loaded.$1" || return 0
	if ! recorded "loading.$1"; then
		attempt data "$url" 60 start-loader-job --source "$2" --format "$3" --s3-bucket-region "$REGION" --iam-role-arn "$LOADER_ROLE" --fail-on-error \
			--query payload.loadId || fail "the loader did not start on $2: $(why)"
		record "loading.$1" "$answer"
	fi
	job=$(cat "$state/loading.$1")
	await "loader job $job ($2)" LOAD_COMPLETED data "$url" 60 get-loader-job-status --load-id "$job" --query payload.overallStatus.status || {
		attempt data "$url" 60 get-loader-job-status --load-id "$job" --details --errors --query payload.errors --output json || answer="its errors cannot be read: $(why)"
		fail "$waited. $answer Mend that, remove state/loading.$1, and run backout.sh or this script again"
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
