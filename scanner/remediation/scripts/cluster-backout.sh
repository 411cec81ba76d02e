#!/bin/sh
# Undoes what was done, whatever phase it stopped in: the new cluster, its instances and a clone go, then snapshots that the
# migration made; the old cluster is as it was, and stays. From the cut over on, what was written to the new cluster is not in the
# old one: how long it served is told, --accept-loss-of-writes must be given, and the new cluster is deleted with a last snapshot,
# which is kept. Where people switched the names (CUT_OVER new-endpoint), they switch them back first, and say so with
# --switched-back; where the clusters were renamed, they get their names back. Before the cut over, CloudWatch must see no commit of
# the new cluster: a copy of this folder may have cut over; --accept-commits-unseen does not look, and keeps a last snapshot.
# When the old cluster is deleted, README.md tells the way back.
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
find_new || true

# loss_is_accepted: of what was written to the new cluster since the cut over.
loss_is_accepted() {
	[ "$1" != new-endpoint ] || given --switched-back || fail "applications may have been switched to the new cluster: switch them back, then give --switched-back"
	since=$(cut -d' ' -f1 "$state/cut-over-begun")
	served=$(($(date -u +%s) - since))
	say "WARNING: ${new:-the new cluster, which is gone,} may have been written to since $(iso "$since")Z, for $((served / 3600)) h $((served % 3600 / 60)) min. Those writes are not in $old, and will be lost to it."
	given --accept-loss-of-writes || fail "to go back all the same, give --accept-loss-of-writes${new:+; a last snapshot, $LAST, keeps what is in $new}"
}

# nobody_went_there: before the cut over, the new cluster holds what this plan put there, and nothing else. False where that cannot be
# seen: a replay and a load commit, too.
nobody_went_there() {
	if given --accept-loss-of-writes || given --accept-commits-unseen || recorded replay-from; then
		return 1
	fi
	since=$(cut -d' ' -f1 "$state/claims/cluster.$NEW_CLUSTER")
	if recorded loaded; then
		since=$(sed 's/.* //' "$state/loaded")
	elif recorded loading.nodes || recorded loading.rdf; then
		return 1
	fi
	quiet_by_cloudwatch "$new" "$since" "This folder knows of no cut over: if a copy of it has done it, go on there. To delete $new all the same, give --accept-loss-of-writes; a last snapshot, $LAST, keeps what is in it"
}

if ! recorded backout-begun; then
	last=no
	way=$(cut_over_way)
	if [ -n "$way" ]; then
		loss_is_accepted "$way"
		last=yes
	elif [ "$old" != "$OLD_CLUSTER" ] || [ "${new:-$NEW_CLUSTER}" != "$NEW_CLUSTER" ]; then
		fail "$OLD_CLUSTER is called $old now, $NEW_CLUSTER is called ${new:-nothing}, and this folder knows of no cut over: it is a copy. Go on in the folder that did it"
	elif [ -n "$new" ]; then
		nobody_went_there || last=yes
	fi
	if [ -z "$new" ]; then
		last=no
	elif [ "$last" = yes ] && given --no-last-snapshot; then
		say "no last snapshot is taken, says $(whoami_aws)"
		last=no
	elif [ "$last" = yes ]; then
		status=$(of_cluster "$new" Status)
		[ "$status" = available ] || fail "$new is $status, and no last snapshot can be taken: its writes would be gone. --no-last-snapshot accepts that"
	fi
	if [ "$way" = rename ] || [ "$old" != "$OLD_CLUSTER" ]; then
		rename_back
	fi
	record backout-begun "the new cluster goes; with a last snapshot: $last"
else
	last=$(sed 's/.* //' "$state/backout-begun")
fi
if [ "$last" = yes ] && [ -n "$new_id" ]; then
	delete_keeping "$new_id" "$LAST"
	record kept "$LAST holds what was written to the new cluster until it was deleted"
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
forget prepared writes-stopped rehearsal replay-from replayed snapshot exported created loading.nodes loading.edges loading.rdf loaded.nodes loaded.edges loaded.rdf loaded \
	verified data-checked cut-over-begun name-passed cut-over soaked stack-let-go trial backout-begun
if [ "$CREATE_KEY" = yes ]; then
	say "the key $KEY stays: schedule its deletion if nothing is encrypted with it"
fi
say "backed out: $OLD_CLUSTER serves as before. Let writers in again (README.md, \"Stop writing\")."
