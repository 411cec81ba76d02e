# lib-snapshot.sh - what the scripts of a snapshot share beside lib.sh. Sourced by them; not run by itself.
# shellcheck shell=sh disable=SC2034,SC2154,SC2153 # variables come from lib.sh, observed.sh and choices.sh

# old_snapshot: found is the time at which the snapshot of the scan was taken; ends the script if it is gone, or its name is another's.
old_snapshot() {
	snapshot_named "$OLD_SNAPSHOT" || fail "snapshot $OLD_SNAPSHOT no longer exists. Scan again"
	taken=$found
	if before "$taken" "$OLD_SNAPSHOT_TAKEN" || before "$OLD_SNAPSHOT_TAKEN" "$taken"; then
		fail "snapshot $OLD_SNAPSHOT is not the one of the scan (taken $taken, not $OLD_SNAPSHOT_TAKEN). Scan again and create a new plan"
	fi
	encrypted=$(of_snapshot "$OLD_SNAPSHOT" StorageEncrypted)
	[ "$encrypted" = False ] || fail "snapshot $OLD_SNAPSHOT: StorageEncrypted is $encrypted. This plan changes unencrypted resources only"
	found=$taken
}

# shares_of SNAPSHOT: shares is the accounts that may restore it, one a line; "all": public.
shares_of() {
	shares=$(look neptune describe-db-cluster-snapshot-attributes --db-cluster-snapshot-identifier "$1" \
		--query "DBClusterSnapshotAttributesResult.DBClusterSnapshotAttributes[?AttributeName=='restore'].AttributeValues[].[@]") || exit 1
	shares=$(printf '%s\n' "$shares" | grep -v -e '^$' -e '^None$' || true)
}

# compare_shares: accounts is those that the old snapshot is shared with now, missing those of them that the new one is not shared with.
compare_shares() {
	shares_of "$OLD_SNAPSHOT"
	accounts=$shares
	shares_of "$NEW_SNAPSHOT"
	missing=
	for account in $accounts; do
		printf '%s\n' "$shares" | grep -qxF -- "$account" || missing="$missing $account"
	done
}
