#!/bin/sh
# Undoes the migration from any phase: deletes the new cluster, its instances, a clone and the snapshots of the migration. The old
# cluster stays as it was. From the cut over on, writes to the new cluster are not in the old one: the script prints how long it
# served, requires --accept-loss-of-writes, and deletes the new cluster with a last snapshot, which is kept. If operators switched the
# names (CUT_OVER new-endpoint), they switch them back first and confirm it with --switched-back; renamed clusters get their names
# back. Before the cut over, CloudWatch must show no commit of the new cluster, because a copy of this folder may have cut over;
# --accept-commits-unseen skips that check and keeps a last snapshot.
# If the old cluster is deleted, README.md describes how to restore it.
set -eu
FLAGS='--switched-back --accept-loss-of-writes --accept-commits-unseen --no-last-snapshot'
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
! recorded deleted || fail "the old cluster is deleted. Restore $FINAL_SNAPSHOT as described in README.md"
old_cluster
check_available cluster "$old"
find_new || true

# loss_is_accepted: of writes to the new cluster since the cut over.
loss_is_accepted() {
	[ "$1" != new-endpoint ] || given --switched-back || fail "applications may have been switched to the new cluster. First switch them back, then give --switched-back"
	since=$(cut -d' ' -f1 "$state/cut-over-begun")
	served=$(($(date -u +%s) - since))
	say "WARNING: ${new:-the new cluster, which no longer exists,} may have been written to since $(iso "$since")Z, for $((served / 3600)) h $((served % 3600 / 60)) min. Those writes are not in $old."
	given --accept-loss-of-writes || fail "writes would be lost. To back out nevertheless, give --accept-loss-of-writes${new:+; the last snapshot $LAST keeps the data of $new}"
}

# holds_no_writes: before the cut over, the new cluster holds the data of this plan only. False if that cannot be checked: a replay and
# a load commit, too.
holds_no_writes() {
	if given --accept-loss-of-writes || given --accept-commits-unseen || recorded replay-from; then
		return 1
	fi
	since=$(cut -d' ' -f1 "$state/claims/cluster.$NEW_CLUSTER")
	if recorded loaded; then
		since=$(sed 's/.* //' "$state/loaded")
	elif recorded loading.nodes || recorded loading.rdf; then
		return 1
	fi
	quiet_by_cloudwatch "$new" "$since" "This folder has no record of a cut over. If a copy of it has cut over, continue there. To delete $new nevertheless, give --accept-loss-of-writes; the last snapshot $LAST keeps its data"
}

if ! recorded backout-begun; then
	last=no
	way=$(cut_over_way)
	if [ -n "$way" ]; then
		loss_is_accepted "$way"
		last=yes
	elif [ "$old" != "$OLD_CLUSTER" ] || [ "${new:-$NEW_CLUSTER}" != "$NEW_CLUSTER" ]; then
		fail "$OLD_CLUSTER is named $old now, $NEW_CLUSTER ${new:+is named }${new:-does not exist}, and this folder has no record of a cut over: it is a copy. Continue in the folder that cut over"
	elif [ -n "$new" ]; then
		holds_no_writes || last=yes
	fi
	if [ -z "$new" ]; then
		last=no
	elif [ "$last" = yes ] && given --no-last-snapshot; then
		say "no last snapshot is taken, accepted by $(whoami_aws)"
		last=no
	elif [ "$last" = yes ]; then
		status=$(of_cluster "$new" Status)
		[ "$status" = available ] || fail "$new is $status, so no last snapshot can be taken, and its writes would be lost. To accept that, give --no-last-snapshot"
	fi
	if [ "$way" = rename ] || [ "$old" != "$OLD_CLUSTER" ]; then
		rename_back
	fi
	record backout-begun "the new cluster is deleted; with a last snapshot: $last"
else
	last=$(sed 's/.* //' "$state/backout-begun")
fi
if [ "$last" = yes ] && [ -n "$new_id" ]; then
	delete_keeping "$new_id" "$LAST"
	record kept "$LAST holds the data of the new cluster at its deletion"
fi
undo_cluster "$NEW_CLUSTER"
undo_cluster "$CLONE"
undo_cluster "$TRIAL"
if recorded cut-over-begun || recorded ended; then
	record ended "backed out after the cut over"
	say "snapshots $LAST and $SOAKED are kept, if they were taken: they hold writes after the cut over"
else
	undo_snapshot "$SOAKED"
fi
undo_snapshot "$TRIAL"
undo_snapshot "$SNAPSHOT"
forget prepared writes-stopped rehearsal replay-from replayed snapshot exported created loading.nodes loading.edges loading.rdf loaded.nodes loaded.edges loaded.rdf loaded \
	verified data-checked cut-over-begun name-passed cut-over soaked stack-let-go trial backout-begun
if [ "$CREATE_KEY" = yes ]; then
	say "KMS key $KEY is kept. Schedule its deletion if nothing is encrypted with it"
fi
say "backed out: $OLD_CLUSTER serves as before. Remove the fence (README.md, \"Stop writing\")."
