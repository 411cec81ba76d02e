#!/bin/sh
# Checks that the global database is as it was scanned: the same members, the same writer, not encrypted. Each member has a folder of
# its own, which members.list names.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
begin
there GlobalClusterNotFoundFault neptune describe-global-clusters --global-cluster-identifier "$OLD_GLOBAL" --query 'GlobalClusters[0].[StorageEncrypted,GlobalClusterResourceId]' ||
	fail "global database $OLD_GLOBAL no longer exists. Scan again and create a new plan"
id=${found#*	}
[ "${found%%	*}" = False ] || fail "global database $OLD_GLOBAL: StorageEncrypted is ${found%%	*}. This plan changes unencrypted resources only"
look neptune describe-global-clusters --global-cluster-identifier "$OLD_GLOBAL" --query 'GlobalClusters[0].GlobalClusterMembers[].[DBClusterArn,IsWriter]' |
	sed 's/	True$/ writer/; s/	False$/ member/' | sort >"$errors.now"
cut -d' ' -f1,2 "$here/members.list" | sort >"$errors.seen"
same=yes
cmp -s "$errors.now" "$errors.seen" || same=no
now=$(tr '\n' ' ' <"$errors.now")
rm -f "$errors.now" "$errors.seen"
[ "$same" = yes ] || fail "the members of $OLD_GLOBAL have changed since the scan, they are: ${now% }. Scan again and create a new plan"
while read -r arn _ folder; do
	[ -d "$here/../$folder" ] || fail "member $arn has no folder, because it did not fail at scan time. Scan again and create a new plan"
	say "$arn: ../$folder"
done <"$here/members.list"
record prepared "$(date -u +%Y-%m-%dT%H:%M:%SZ) $id"
