#!/bin/sh
# Undoes what was done, whatever phase it stopped in: the new cluster, its instances and a clone go, then snapshots that the
# migration made; the old cluster is as it was, and stays. From the cut over on, what was written to the new cluster is not in the
# old one: a last snapshot of it is taken and kept, how long it served is told, and --accept-loss-of-writes must be given. Where
# people switched the names (CUT_OVER new-endpoint), they switch them back first, and say so with --switched-back; where the clusters
# were renamed, they get their names back. When the old cluster is deleted, README.md tells the way back.
set -eu
FLAGS='--switched-back --accept-loss-of-writes --accept-commits-unseen --no-last-snapshot'
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
! recorded deleted || fail "the old cluster is deleted: restore $FINAL_SNAPSHOT as README.md tells"
old_cluster
check_available cluster "$old"

evidence=

# keep_writes: what the new cluster holds and the old one does not, is kept in a snapshot that stays.
keep_writes() {
	new_cluster
	since=$(cut -d' ' -f1 "$state/cut-over-begun")
	served=$(($(date -u +%s) - since))
	say "WARNING: $new may have been written to since $(iso "$since")Z, for $((served / 3600)) h $((served % 3600 / 60)) min. Those writes are not in $old, and will be lost to it."
	given --accept-loss-of-writes || fail "to go back all the same, give --accept-loss-of-writes; a last snapshot, $LAST, keeps what is in $new"
	if given --no-last-snapshot; then
		say "no last snapshot is taken, says $(whoami_aws)"
		return 0
	fi
	[ "$(of_cluster "$new" Status)" = available ] || fail "$new is $(of_cluster "$new" Status), and no last snapshot can be taken: its writes would be gone. --no-last-snapshot accepts that"
	# A snapshot of an earlier run must still be the last word.
	[ "$execute" = no ] || quiet "$new" "$(cut -d' ' -f1 "$state/claims/snapshot.$LAST" 2>/dev/null || date -u +%s)" "$(cat "$state/kept-position" 2>/dev/null || true)"
	case $evidence in
	'streams '*) [ "$execute" = no ] || printf '%s\n' "${evidence#streams }" >"$state/kept-position" ;;
	esac
	take_snapshot "$new" "$LAST"
	record kept "$LAST holds what was written to $new until $(date -u +%Y-%m-%dT%H:%M:%SZ)"
}

if recorded cut-over-begun; then
	if [ "$CUT_OVER" = new-endpoint ]; then
		given --switched-back || fail "applications may have been switched to the new cluster: switch them back, then give --switched-back"
	fi
	# Once the new cluster is gone, a second run has nothing to keep.
	id=$(made_id cluster "$NEW_CLUSTER")
	if [ -n "$id" ] && cluster_by_id "$id" && [ "$(of_cluster "$found" Status)" != deleting ]; then
		keep_writes
		if [ "$CUT_OVER" = rename ]; then
			rename_back
		fi
	fi
fi
undo_cluster "$NEW_CLUSTER"
undo_cluster "$CLONE"
undo_cluster "$TRIAL"
if recorded cut-over-begun || recorded ended; then
	record ended "backed out after the cut over"
	say "snapshots $LAST and $SOAKED stay, where they were taken: they hold what was written after the cut over"
else
	undo_snapshot "$SOAKED"
fi
undo_snapshot "$TRIAL"
undo_snapshot "$SNAPSHOT"
forget prepared preflight writes-stopped rehearsal replay-from replayed snapshot exported created loading loaded verified data-checked cut-over-begun cut-over soaked stack-let-go trial
if [ "$CREATE_KEY" = yes ]; then
	say "the key $KEY stays: schedule its deletion if nothing is encrypted with it"
fi
say "backed out: $OLD_CLUSTER serves as before. Let writers in again (README.md, \"Stop writing\")."
