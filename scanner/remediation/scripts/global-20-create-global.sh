#!/bin/sh
# Creates the new global database from the new writer, which is encrypted: after the writer's folder has passed "data-checked".
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
begin
needs prepared 10-prepare.sh
if [ "$execute" = no ]; then
	say "would create the global database $NEW_GLOBAL from the new writer, after ../$WRITER_FOLDER has passed \"data-checked\""
	exit 0
fi
recorded ../../"$WRITER_FOLDER"/state/data-checked || fail "the new writer is not ready. Run the scripts up to 50-data-check.sh in ../$WRITER_FOLDER first"
recorded ../../"$WRITER_FOLDER"/state/verified || fail "the new writer is not verified. Run 40-verify.sh --execute in ../$WRITER_FOLDER first"
id=$(cut -d' ' -f2 "$here/../$WRITER_FOLDER/state/verified")
cluster_by_id "$id" || fail "the new writer ($id) no longer exists"
writer=$found
[ "$(of_cluster "$writer" StorageEncrypted)" = True ] || fail "the new writer $writer is not encrypted"
arn=$(of_cluster "$writer" DBClusterArn)
if there GlobalClusterNotFoundFault neptune describe-global-clusters --global-cluster-identifier "$NEW_GLOBAL" --query 'GlobalClusters[0].GlobalClusterResourceId'; then
	[ "$(made_id global "$NEW_GLOBAL")" = "$found" ] || not_ours "global database" "$NEW_GLOBAL"
	say "global database $NEW_GLOBAL exists already"
else
	make global "$NEW_GLOBAL" neptune create-global-cluster --global-cluster-identifier "$NEW_GLOBAL" --source-db-cluster-identifier "$arn" --query GlobalCluster.GlobalClusterResourceId
	made global "$NEW_GLOBAL" "$answer"
fi
wait_until "global database $NEW_GLOBAL" available call neptune describe-global-clusters --global-cluster-identifier "$NEW_GLOBAL" --query 'GlobalClusters[0].Status'
encrypted=$(look neptune describe-global-clusters --global-cluster-identifier "$NEW_GLOBAL" --query 'GlobalClusters[0].StorageEncrypted')
[ "$encrypted" = True ] || fail "global database $NEW_GLOBAL: StorageEncrypted is $encrypted"
record global-created "$NEW_GLOBAL, its writer is $arn"
