#!/bin/sh
# Undoes the migration: removes the new secondary from the new global database and deletes it. It holds no data of its own; the old one
# stays. After the cut over, readers are switched back first: --switched-back confirms it.
set -eu
FLAGS='--switched-back'
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
! recorded deleted || fail "the old secondary is deleted, so there is nothing to back out to"
old_cluster
! recorded cut-over-begun || given --switched-back || fail "readers may have been switched to the new secondary. First switch them back, then give --switched-back"
id=$(made_id cluster "$NEW_CLUSTER")
if [ -n "$id" ] && cluster_by_id "$id"; then
	new=$found
	group=$(of_cluster "$new" GlobalClusterIdentifier)
	[ "$group" != "$NEW_GLOBAL" ] || leave_global "$NEW_GLOBAL" "$(of_cluster "$new" DBClusterArn)"
fi
undo_cluster "$NEW_CLUSTER"
undo_snapshot "$SOAKED"
forget prepared preflight snapshot created verified data-checked cut-over-begun cut-over soaked
say "backed out: $OLD_CLUSTER serves as before"
