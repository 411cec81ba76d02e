#!/bin/sh
# Takes a manual snapshot of the old cluster, after writing has stopped. Later writes are not in the new cluster.
# --rehearsal: writing continues; the scripts up to 50 can be tried, a cut over is refused, and backout.sh ends the rehearsal.
set -eu
FLAGS='--rehearsal --accept-commits-unseen'
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
needs prepared 10-prepare.sh
old_cluster
if given --rehearsal; then
	! recorded writes-stopped || fail "writing is stopped, so this cannot be a rehearsal. Run without --rehearsal"
	record rehearsal "a cut over is refused"
elif recorded rehearsal; then
	fail "this was a rehearsal. Run backout.sh --execute first, so that the migration does not use its snapshot"
elif recorded replay-from; then
	say "the replay starts at $(cat "$state/replay-from")"
elif [ "$REPLAY" = yes ]; then
	! recorded snapshot || fail "snapshot $SNAPSHOT was taken for a migration without replay. Set REPLAY in choices.sh to no, or run backout.sh --execute first"
	position "$old" || fail "REPLAY in choices.sh is yes, and $old has no streams (neptune_streams), or its address cannot be reached"
	record replay-from "$position"
else
	needs writes-stopped '15-stop-writes.sh --fenced'
	[ "$execute" = no ] || still_quiet
fi
recorded cut-over-begun || check_available cluster "$old"
take_snapshot "$old" "$SNAPSHOT"
if [ "$execute" = yes ]; then
	snapshot_named "$SNAPSHOT" || fail "snapshot $SNAPSHOT no longer exists. Run this script again"
	taken=$found
	if recorded writes-stopped && ! recorded replay-from; then
		made_after snapshot "$SNAPSHOT" "$taken" "$(cut -d' ' -f1 "$state/writes-stopped")" ||
			fail "snapshot $SNAPSHOT was taken $taken, before writing stopped. Run backout.sh --execute, then start again with 10-prepare.sh"
	fi
	record snapshot "$SNAPSHOT $taken"
fi
