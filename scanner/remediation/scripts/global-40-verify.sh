#!/bin/sh
# Has the new global database as many members as the old one, each of them verified in its own folder?
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
begin
needs global-created 20-create-global.sh
if [ "$execute" = no ]; then
	say "would compare the members of $NEW_GLOBAL with those of $OLD_GLOBAL"
	exit 0
fi
encrypted=$(look neptune describe-global-clusters --global-cluster-identifier "$NEW_GLOBAL" --query 'GlobalClusters[0].StorageEncrypted')
[ "$encrypted" = True ] || fail "the global database $NEW_GLOBAL: StorageEncrypted is $encrypted"
while read -r arn _ folder; do
	recorded ../../"$folder"/state/data-checked || fail "the successor of $arn is not there: in ../$folder everything up to 50-data-check.sh comes first"
done <"$here/members.list"
now=$(look neptune describe-global-clusters --global-cluster-identifier "$NEW_GLOBAL" --query 'length(GlobalClusters[0].GlobalClusterMembers)')
seen=$(wc -l <"$here/members.list")
[ "$now" -eq "$seen" ] || fail "$NEW_GLOBAL has $now members, $OLD_GLOBAL has $seen"
record verified "$NEW_GLOBAL has $now members, encrypted"
