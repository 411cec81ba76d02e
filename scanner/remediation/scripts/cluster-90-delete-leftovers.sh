#!/bin/sh
# Deletes the unencrypted snapshots of the migration: the one that was restored, and, KEEP_FINAL_DAYS (choices.sh) after the old cluster
# was deleted and with --final-snapshot-is-not-needed, its final snapshot, the last copy of its data.
set -eu
FLAGS='--final-snapshot-is-not-needed'
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
if recorded clean; then
	say "done already: $(cat "$state/clean")"
	exit 0
fi
recorded deleted || fail "the old cluster still exists, and its snapshots may be needed. Run 80-delete-old.sh --execute first"
new_cluster
check_new_is_encrypted
check_available cluster "$new"
undo_snapshot "$SNAPSHOT"
left=$(($(cut -d' ' -f1 "$state/deleted") + KEEP_FINAL_DAYS * 86400 - $(date -u +%s)))
[ "$left" -le 0 ] || fail "the final snapshot $FINAL_SNAPSHOT is kept until $(iso $(($(date -u +%s) + left)))Z (KEEP_FINAL_DAYS in choices.sh)"
given --final-snapshot-is-not-needed || fail "the final snapshot $FINAL_SNAPSHOT is the last copy of the old cluster's data. If it is no longer needed, give --final-snapshot-is-not-needed"
undo_snapshot "$FINAL_SNAPSHOT"
[ -z "$left_alone" ] || fail "not clean: it is not known whether this plan created$left_alone. Delete it if it is not needed (aws neptune delete-db-cluster-snapshot), then run this script again"
record clean "no unencrypted snapshot of this migration remains"
