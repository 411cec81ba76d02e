#!/bin/sh
# Undoes the work of this folder: deletes the temporary cluster and the encrypted snapshot; the old snapshot stays.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-snapshot.sh
. "$(dirname -- "$0")/lib-snapshot.sh"
begin
old_snapshot
undo_cluster "$TEMPORARY"
undo_snapshot "$NEW_SNAPSHOT"
forget verified shared
say "backed out: $OLD_SNAPSHOT is as before"
