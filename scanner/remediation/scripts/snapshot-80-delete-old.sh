#!/bin/sh
# Deletes the unencrypted snapshot of the scan permanently, and no other one of its name. Stops unless the encrypted one exists, and is
# shared as the old one was.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-snapshot.sh
. "$(dirname -- "$0")/lib-snapshot.sh"
begin
if recorded deleted; then
	say "done already: $(cat "$state/deleted")"
	exit 0
fi
recorded verified || fail "gate \"verified\" is not passed. The old snapshot was not deleted. Run 10-encrypt.sh --execute first"
recorded shared || fail "gate \"shared\" is not passed. The old snapshot was not deleted. Run 20-share.sh --execute first"
own_snapshot "$NEW_SNAPSHOT" || fail "the new snapshot $NEW_SNAPSHOT does not exist. The old one was not deleted"
[ "$(of_snapshot "$NEW_SNAPSHOT" Status)" = available ] || fail "the new snapshot $NEW_SNAPSHOT is not available. The old one was not deleted"
check_encrypted "snapshot $NEW_SNAPSHOT" "$(of_snapshot "$NEW_SNAPSHOT" StorageEncrypted)" "$(of_snapshot "$NEW_SNAPSHOT" KmsKeyId)"
if snapshot_named "$OLD_SNAPSHOT"; then
	old_snapshot
	taken=$found
	compare_shares
	for account in $missing; do
		case "$account $(cat "$state/shared")" in
		'all '*all*) ;; # accepted in 20-share.sh
		*) fail "snapshot $OLD_SNAPSHOT is shared with $account, and $NEW_SNAPSHOT is not. The old one was not deleted. Run 20-share.sh --execute again" ;;
		esac
	done
	delete_snapshot "$OLD_SNAPSHOT" "$taken"
fi
record deleted "$OLD_SNAPSHOT"
