#!/bin/sh
# An unencrypted snapshot cannot be encrypted by copying it. It is restored into a new cluster, encrypted with the key,
# and that cluster, which needs no instance, is snapshotted and deleted.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
check_identity
if proved verified; then
	say "done already: $(cat "$state/verified")"
	exit 0
fi
snapshot_status "$OLD_SNAPSHOT" || fail "snapshot $OLD_SNAPSHOT is not there any more: scan again"
if [ "$KEY" != alias/aws/rds ]; then
	key_arn
fi
if snapshot_status "$NEW_SNAPSHOT"; then
	of_this_plan snapshot "$NEW_SNAPSHOT"
	say "snapshot $NEW_SNAPSHOT is there already"
else
	if cluster_status "$TEMPORARY"; then
		of_this_plan cluster "$TEMPORARY"
		say "cluster $TEMPORARY is there already: $found"
	else
		claim cluster "$TEMPORARY"
		change neptune restore-db-cluster-from-snapshot --cli-input-json "file://$here/restore.json" --kms-key-id "$KEY" \
			${SUBNET_GROUP:+--db-subnet-group-name "$SUBNET_GROUP"}
	fi
	wait_for_cluster "$TEMPORARY"
	claim snapshot "$NEW_SNAPSHOT"
	change neptune create-db-cluster-snapshot --cli-input-json "file://$here/snapshot.json"
fi
wait_for_snapshot "$NEW_SNAPSHOT"
if [ "$execute" = yes ]; then
	encrypted=$(of_snapshot "$NEW_SNAPSHOT" StorageEncrypted)
	key=$(of_snapshot "$NEW_SNAPSHOT" KmsKeyId)
	check_encrypted "snapshot $NEW_SNAPSHOT" "$encrypted" "$key"
fi
undo_cluster "$TEMPORARY"
prove verified "$NEW_SNAPSHOT StorageEncrypted=true"
while IFS= read -r other; do
	[ -z "$other" ] || say "was shared with $other: aws neptune modify-db-cluster-snapshot-attribute --db-cluster-snapshot-identifier $NEW_SNAPSHOT --attribute-name restore --values-to-add $other, and let that account use the key"
done <"$here/shared.list"
