#!/bin/sh
# Restores the snapshot into a new cluster that is encrypted with the key, with everything that the old one had:
# restore.json, modify.json, instances/ and roles.list hold what the scan saw.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
check_identity
needs snapshot 20-snapshot.sh

if cluster_status "$NEW_CLUSTER"; then
	of_this_plan cluster "$NEW_CLUSTER"
	say "cluster $NEW_CLUSTER is there already: $found"
else
	claim cluster "$NEW_CLUSTER"
	change neptune restore-db-cluster-from-snapshot --cli-input-json "file://$here/restore.json" --kms-key-id "$KEY"
fi
wait_for_cluster "$NEW_CLUSTER"
