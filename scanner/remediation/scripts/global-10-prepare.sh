#!/bin/sh
# Is the global database as the scan saw it: the same members, the same writer, not encrypted? Each member has a folder of its own,
# which members.list names.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
begin
there GlobalClusterNotFoundFault neptune describe-global-clusters --global-cluster-identifier "$OLD_GLOBAL" --query 'GlobalClusters[0].[StorageEncrypted,GlobalClusterResourceId]' ||
	fail "the global database $OLD_GLOBAL is not there any more: scan again, and make a new plan"
id=${found#*	}
[ "${found%%	*}" = False ] || fail "the global database $OLD_GLOBAL: StorageEncrypted is ${found%%	*}; this plan is for one that is not encrypted"
look neptune describe-global-clusters --global-cluster-identifier "$OLD_GLOBAL" --query 'GlobalClusters[0].GlobalClusterMembers[].[DBClusterArn,IsWriter]' |
	sed 's/	True$/ writer/; s/	False$/ member/' | sort >"$errors.now"
cut -d' ' -f1,2 "$here/members.list" | sort >"$errors.seen"
same=yes
cmp -s "$errors.now" "$errors.seen" || same=no
now=$(tr '\n' ' ' <"$errors.now")
rm -f "$errors.now" "$errors.seen"
[ "$same" = yes ] || fail "its members are not those that the scan saw, they are: ${now}Scan again, and make a new plan"
while read -r arn _ folder; do
	[ -d "$here/../$folder" ] || fail "member $arn has no folder: the scan did not see that it fails; scan again, and make a new plan"
	say "$arn: ../$folder"
done <"$here/members.list"
record prepared "$(date -u +%Y-%m-%dT%H:%M:%SZ) $id"
