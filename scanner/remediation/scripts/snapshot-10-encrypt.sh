#!/bin/sh
# Creates an encrypted snapshot from an unencrypted one. A copy of it cannot be encrypted, so it is restored into a temporary cluster
# that is encrypted with the key and needs no instance; a snapshot of that cluster is taken, and the cluster is deleted.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-snapshot.sh
. "$(dirname -- "$0")/lib-snapshot.sh"
begin
if recorded verified; then
	say "done already: $(cat "$state/verified")"
	exit 0
fi
old_snapshot
if [ -s "$here/shared.list" ]; then
	[ "$KEY" != alias/aws/rds ] || fail "this snapshot is shared, and one that is encrypted with alias/aws/rds cannot be shared. Set KEY in choices.sh to a customer managed key that the other accounts can use"
fi
check_key
if [ "$execute" = yes ] && own_snapshot "$NEW_SNAPSHOT"; then
	say "snapshot $NEW_SNAPSHOT exists already"
else
	[ "$execute" = yes ] || ! snapshot_named "$NEW_SNAPSHOT" || own_snapshot "$NEW_SNAPSHOT"
	make_cluster "$TEMPORARY" neptune restore-db-cluster-from-snapshot --cli-input-json "file://$here/restore.json" --kms-key-id "$KEY" \
		${SUBNET_GROUP:+--db-subnet-group-name "$SUBNET_GROUP"}
fi
make_snapshot "$NEW_SNAPSHOT" neptune create-db-cluster-snapshot --cli-input-json "file://$here/snapshot.json"
if [ "$execute" = yes ]; then
	check_encrypted "snapshot $NEW_SNAPSHOT" "$(of_snapshot "$NEW_SNAPSHOT" StorageEncrypted)" "$(of_snapshot "$NEW_SNAPSHOT" KmsKeyId)"
fi
undo_cluster "$TEMPORARY"
record verified "$NEW_SNAPSHOT StorageEncrypted=true"
