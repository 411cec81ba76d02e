#!/bin/sh
# Removes the old members from the old global database, secondaries first, and deletes it. Stops unless every member is cut over and
# has completed its soak. The old clusters themselves are deleted by their folders' 80-delete-old.sh, after this.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
begin
recorded prepared || fail "gate \"prepared\" is not passed. The old global database was not deleted. Run 10-prepare.sh --execute first"
recorded verified || fail "gate \"verified\" is not passed. The old global database was not deleted. Run 40-verify.sh --execute first"
while read -r arn _ folder; do
	recorded ../../"$folder"/state/soaked || fail "the successor of $arn has not completed its soak. The old global database was not deleted. Run 60 and 70 in ../$folder first"
done <"$here/members.list"
check_new_global
if there GlobalClusterNotFoundFault neptune describe-global-clusters --global-cluster-identifier "$OLD_GLOBAL" --query 'GlobalClusters[0].[StorageEncrypted,GlobalClusterResourceId]'; then
	[ "${found#*	}" = "$(cut -d' ' -f2 "$state/prepared")" ] ||
		fail "global database $OLD_GLOBAL is not the one of 10-prepare.sh (${found#*	}, not $(cut -d' ' -f2 "$state/prepared")). It was not deleted"
	[ "${found%%	*}" = False ] || fail "global database $OLD_GLOBAL is encrypted, so it is not the old one. It was not deleted"
	if [ "$(look neptune describe-global-clusters --global-cluster-identifier "$OLD_GLOBAL" --query 'GlobalClusters[0].DeletionProtection')" = True ]; then
		change neptune modify-global-cluster --global-cluster-identifier "$OLD_GLOBAL" --no-deletion-protection
	fi
	for role in member writer; do
		while read -r arn is folder; do
			[ "$is" != "$role" ] || leave_global "$OLD_GLOBAL" "$arn" "$(printf %s "$arn" | cut -d: -f4)"
		done <"$here/members.list"
	done
	change neptune delete-global-cluster --global-cluster-identifier "$OLD_GLOBAL"
else
	say "global database $OLD_GLOBAL does not exist"
fi
record deleted "$OLD_GLOBAL"
