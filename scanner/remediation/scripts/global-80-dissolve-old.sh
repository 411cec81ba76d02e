#!/bin/sh
# Takes the old members out of the old global database, secondaries first, and deletes it. Stops unless every member is cut over and
# has served for its soak. The old clusters themselves are deleted by their folders' 80-delete-old.sh, after this.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
begin
recorded prepared || fail "gate \"prepared\" is not passed (10-prepare.sh --execute): the old global database stays"
recorded verified || fail "gate \"verified\" is not passed (40-verify.sh --execute): the old global database stays"
while read -r arn _ folder; do
	recorded ../../"$folder"/state/soaked || fail "the successor of $arn has not served yet: 60 and 70 in ../$folder come first; the old global database stays"
done <"$here/members.list"
check_new_global
if there GlobalClusterNotFoundFault neptune describe-global-clusters --global-cluster-identifier "$OLD_GLOBAL" --query 'GlobalClusters[0].[StorageEncrypted,GlobalClusterResourceId]'; then
	[ "${found#*	}" = "$(cut -d' ' -f2 "$state/prepared")" ] ||
		fail "the global database $OLD_GLOBAL that is there is another one (${found#*	}) than 10-prepare.sh saw ($(cut -d' ' -f2 "$state/prepared")): it stays"
	[ "${found%%	*}" = False ] || fail "the global database $OLD_GLOBAL that is there is encrypted: it is not the old one, and stays"
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
	say "global database $OLD_GLOBAL is not there"
fi
record deleted "$OLD_GLOBAL"
