# lib-snapshot.sh - what the scripts of a snapshot share beside lib.sh. Sourced by them; not run by itself.
# shellcheck shell=sh disable=SC2034,SC2154,SC2153 # variables come from lib.sh, observed.sh and choices.sh

# old_snapshot: found is the time at which the one that the scan saw was taken; stops if it is gone, or another one has its name.
old_snapshot() {
	snapshot_named "$OLD_SNAPSHOT" || fail "snapshot $OLD_SNAPSHOT is not there any more: scan again"
	taken=$found
	if before "$taken" "$OLD_SNAPSHOT_TAKEN" || before "$OLD_SNAPSHOT_TAKEN" "$taken"; then
		fail "snapshot $OLD_SNAPSHOT is another one than the scan saw (taken $taken, not $OLD_SNAPSHOT_TAKEN): scan again, and make a new plan"
	fi
	encrypted=$(of_snapshot "$OLD_SNAPSHOT" StorageEncrypted)
	[ "$encrypted" = False ] || fail "snapshot $OLD_SNAPSHOT: StorageEncrypted is $encrypted; this plan is for one that is not encrypted, and touches no other"
	found=$taken
}

# shares_of SNAPSHOT: shares is the accounts that may restore it, one a line; "all": everybody.
shares_of() {
	shares=$(look neptune describe-db-cluster-snapshot-attributes --db-cluster-snapshot-identifier "$1" \
		--query "DBClusterSnapshotAttributesResult.DBClusterSnapshotAttributes[?AttributeName=='restore'].AttributeValues[].[@]") || exit 1
	shares=$(printf '%s\n' "$shares" | grep -v -e '^$' -e '^None$' || true)
}

# compare_shares: accounts is those that the old snapshot is shared with today, missing those of them that the new one is not.
compare_shares() {
	shares_of "$OLD_SNAPSHOT"
	accounts=$shares
	shares_of "$NEW_SNAPSHOT"
	missing=
	for account in $accounts; do
		printf '%s\n' "$shares" | grep -qxF -- "$account" || missing="$missing $account"
	done
}
