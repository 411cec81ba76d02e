#!/bin/sh
# Makes the new cluster, empty and encrypted with the key, with everything that the old one had.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
check_identity
needs exported '20-export.sh --exported'
if cluster_status "$NEW_CLUSTER"; then
	of_this_plan cluster "$NEW_CLUSTER"
	say "cluster $NEW_CLUSTER is there already: $found"
else
	claim cluster "$NEW_CLUSTER"
	change neptune create-db-cluster --cli-input-json "file://$here/create.json" --storage-encrypted --kms-key-id "$KEY"
fi
wait_for_cluster "$NEW_CLUSTER"
