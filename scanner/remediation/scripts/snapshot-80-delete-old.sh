#!/bin/sh
# Deletes the unencrypted snapshot, for good: the one that the scan saw, and no other of its name. Stops unless the encrypted one is
# there, and shared as the old one was.
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
recorded verified || fail "gate \"verified\" is not passed (10-encrypt.sh --execute): the old snapshot stays"
recorded shared || fail "gate \"shared\" is not passed (20-share.sh --execute): the old snapshot stays"
own_snapshot "$NEW_SNAPSHOT" || fail "the new snapshot $NEW_SNAPSHOT is not there: the old one stays"
[ "$(of_snapshot "$NEW_SNAPSHOT" Status)" = available ] || fail "the new snapshot $NEW_SNAPSHOT is not available: the old one stays"
check_encrypted "snapshot $NEW_SNAPSHOT" "$(of_snapshot "$NEW_SNAPSHOT" StorageEncrypted)" "$(of_snapshot "$NEW_SNAPSHOT" KmsKeyId)"
if snapshot_named "$OLD_SNAPSHOT"; then
	old_snapshot
	taken=$found
	compare_shares
	for account in $missing; do
		case "$account $(cat "$state/shared")" in
		'all '*all*) ;; # which 20 was told may end
		*) fail "snapshot $OLD_SNAPSHOT is shared with $account, and $NEW_SNAPSHOT is not: run 20-share.sh --execute again; the old one stays" ;;
		esac
	done
	delete_snapshot "$OLD_SNAPSHOT" "$taken"
fi
record deleted "$OLD_SNAPSHOT"
