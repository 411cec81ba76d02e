#!/bin/sh
# Undoes the migration, before 80-dissolve-old.sh: removes the new members from the new global database, secondaries first, and deletes
# it. The new clusters themselves are deleted by their folders' backout.sh, after this. If the writer is cut over, applications are
# switched back first: --switched-back confirms it.
set -eu
FLAGS='--switched-back'
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
begin
! recorded deleted || fail "the old global database is deleted, so there is nothing to back out to"
while read -r arn is folder; do
	recorded ../../"$folder"/state/cut-over-begun || continue
	[ "$is" != member ] || fail "readers may use the successor of $arn. Run backout.sh --execute in ../$folder first"
	given --switched-back || fail "applications may write to the successor of $arn. First switch them back, then give --switched-back; backout.sh in ../$folder keeps their writes"
done <"$here/members.list"
id=$(made_id global "$NEW_GLOBAL")
if there GlobalClusterNotFoundFault neptune describe-global-clusters --global-cluster-identifier "$NEW_GLOBAL" --query 'GlobalClusters[0].GlobalClusterResourceId'; then
	if [ -n "$id" ] && [ "$found" = "$id" ]; then
		for role in False True; do
			for arn in $(look neptune describe-global-clusters --global-cluster-identifier "$NEW_GLOBAL" \
				--query "GlobalClusters[0].GlobalClusterMembers[?to_string(IsWriter)=='$(echo "$role" | tr TF tf)'].[DBClusterArn]"); do
				[ "$arn" = None ] || leave_global "$NEW_GLOBAL" "$arn" "$(printf %s "$arn" | cut -d: -f4)"
			done
		done
		change neptune delete-global-cluster --global-cluster-identifier "$NEW_GLOBAL"
	else
		say "global database $NEW_GLOBAL exists, and this plan did not create it: not changed"
	fi
fi
unclaim global "$NEW_GLOBAL"
forget prepared global-created verified
say "backed out: $OLD_GLOBAL is as before. Next: backout.sh in the folder of each member, secondaries first."
