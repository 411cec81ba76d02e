#!/bin/sh
# Does the new secondary follow the new writer? It must be a member of the new global database that only reads; its data are the
# writer's, which were compared there.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
needs verified 40-verify.sh
if [ "$execute" = no ] && ! recorded verified; then
	say "would ask whether $NEW_CLUSTER follows the writer of $NEW_GLOBAL"
	exit 0
fi
new_cluster
arn=$(of_cluster "$new" DBClusterArn)
follows=$(look neptune describe-global-clusters --global-cluster-identifier "$NEW_GLOBAL" --query "GlobalClusters[0].GlobalClusterMembers[?DBClusterArn=='$arn'].IsWriter | [0]")
[ "$follows" = False ] || fail "$new is no secondary of $NEW_GLOBAL (IsWriter is $follows)"
record data-checked "$new follows the writer of $NEW_GLOBAL"
