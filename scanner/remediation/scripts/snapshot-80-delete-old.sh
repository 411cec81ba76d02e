#!/bin/sh
# Deletes the unencrypted snapshot, for good. Refuses without the proof that the encrypted one is there.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
check_identity
proved verified || fail "there is no proof \"verified\" in state/ (10-encrypt.sh --execute): the old snapshot stays"
encrypted=$(of_snapshot "$NEW_SNAPSHOT" StorageEncrypted) ||
	fail "the new snapshot $NEW_SNAPSHOT cannot be seen: the old one stays"
[ "$encrypted" = True ] || fail "snapshot $NEW_SNAPSHOT: StorageEncrypted is \"$encrypted\": the old one stays"
delete_snapshot "$OLD_SNAPSHOT"
prove deleted "$OLD_SNAPSHOT"
