#!/bin/sh
# Undoes what was done, whatever phase it stopped in: the new cluster, its instances and a clone go, then snapshots that the
# migration made; the old cluster is as it was, and stays. After the cut over, switch the names back first, and say so with
# --switched-back. When the old cluster is deleted there is no way back by this script (README.md).
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
check_identity
cluster_status "$OLD_CLUSTER" || fail "the old cluster $OLD_CLUSTER is gone: restore $FINAL_SNAPSHOT as README.md tells"
[ "$found" = available ] || fail "the old cluster $OLD_CLUSTER is $found: nothing is undone before it is available"
if proved cut-over && ! given --switched-back; then
	fail "applications were switched to $NEW_CLUSTER: switch them back, then give --switched-back"
fi
undo_cluster "$NEW_CLUSTER"
undo_cluster "$CLONE"
undo_snapshot "$SOAKED"
undo_snapshot "$SNAPSHOT"
if [ "$execute" = yes ]; then
	for proof in prepared snapshot exported created loading loaded verified data-checked cut-over soaked claims; do
		rm -f "$state/$proof"
	done
fi
if [ "$CREATE_KEY" = yes ]; then
	say "the key $KEY stays: nothing is encrypted with it, schedule its deletion if nobody else uses it"
fi
say "backed out: $OLD_CLUSTER serves as before"
