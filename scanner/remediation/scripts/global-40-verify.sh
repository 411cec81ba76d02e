#!/bin/sh
# Verifies that the new global database has as many members as the old one, each of them verified in its own folder.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
begin
needs global-created 20-create-global.sh
if [ "$execute" = no ]; then
	say "would compare the members of $NEW_GLOBAL with those of $OLD_GLOBAL"
	exit 0
fi
while read -r arn _ folder; do
	recorded ../../"$folder"/state/data-checked || fail "the successor of $arn is not ready. Run the scripts up to 50-data-check.sh in ../$folder first"
done <"$here/members.list"
check_new_global
record verified "$NEW_GLOBAL has $members members, encrypted"
