#!/bin/sh
# Deletes the unencrypted snapshots that the migration made: the one that was restored, and, KEEP_FINAL_DAYS (choices.sh) after the
# old cluster was deleted and with --final-snapshot-is-not-needed, its final one, which is the last of its data.
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
recorded deleted || fail "the old cluster is not deleted yet (80-delete-old.sh): its snapshots may be needed"
new_cluster
check_new_is_encrypted
check_available cluster "$new"
undo_snapshot "$SNAPSHOT"
left=$(($(cut -d' ' -f1 "$state/deleted") + KEEP_FINAL_DAYS * 86400 - $(date -u +%s)))
[ "$left" -le 0 ] || fail "the final snapshot $FINAL_SNAPSHOT stays until $(iso $(($(date -u +%s) + left)))Z (KEEP_FINAL_DAYS in choices.sh)"
given --final-snapshot-is-not-needed || fail "the final snapshot $FINAL_SNAPSHOT is the last of the old cluster's data. Does nobody need it? Then give --final-snapshot-is-not-needed"
undo_snapshot "$FINAL_SNAPSHOT"
[ -z "$left_alone" ] || fail "not clean: this plan cannot tell whether it made$left_alone. See whose it is, and delete it if it is not needed (aws neptune delete-db-cluster-snapshot); then run this script again"
record clean "no unencrypted snapshot of this migration is left"
