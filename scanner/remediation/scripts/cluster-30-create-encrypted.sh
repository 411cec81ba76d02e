#!/bin/sh
# Restores the snapshot into a new cluster that is encrypted with the key, with the configuration of the old one: restore.json,
# modify.json, instances/ and roles.list, from the scan.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
begin
needs snapshot 20-snapshot.sh
if recorded cut-over-begun; then
	say "done already"
	exit 0
fi
if [ "$execute" = yes ]; then
	own_snapshot "$SNAPSHOT" || fail "snapshot $SNAPSHOT no longer exists. Run backout.sh --execute, then start again with 10-prepare.sh"
	[ "$(cat "$state/snapshot")" = "$SNAPSHOT $found" ] || fail "snapshot $SNAPSHOT was taken $found, and is not the one of gate \"snapshot\". Run backout.sh --execute, then start again with 10-prepare.sh"
fi
make_cluster "$NEW_CLUSTER" neptune restore-db-cluster-from-snapshot --cli-input-json "file://$here/restore.json" --kms-key-id "$KEY"
