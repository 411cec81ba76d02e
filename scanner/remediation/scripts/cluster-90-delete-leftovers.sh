#!/bin/sh
# Deletes the unencrypted snapshots that the migration made: the one that was restored, and the old cluster's last one.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
check_identity
proved deleted || fail "the old cluster is not deleted yet (80-delete-old.sh): its snapshots may be needed"
undo_snapshot "$SNAPSHOT"
undo_snapshot "$FINAL_SNAPSHOT"
prove clean "no unencrypted snapshot of this migration is left"
