#!/bin/sh
# Undoes what was done: the temporary cluster and the encrypted snapshot go; the old snapshot stays.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
check_identity
snapshot_status "$OLD_SNAPSHOT" || fail "the old snapshot $OLD_SNAPSHOT is gone: $NEW_SNAPSHOT is the only one, and stays"
undo_cluster "$TEMPORARY"
undo_snapshot "$NEW_SNAPSHOT"
if [ "$execute" = yes ]; then
	rm -f "$state/verified" "$state/claims"
fi
say "backed out: $OLD_SNAPSHOT is as before"
