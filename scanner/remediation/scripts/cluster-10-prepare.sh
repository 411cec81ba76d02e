#!/bin/sh
# Is everything there that the migration needs? The cluster as the scan saw it, by its resource id; the key, which is made where
# the plan was made with --create-key; no cluster of others under the name of the new one.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
! recorded ended || fail "this migration was backed out after its cut over, and its snapshots are kept: scan again, and make a new plan"
old_cluster
if ! recorded cut-over-begun; then
	[ "$old" = "$OLD_CLUSTER" ] || fail "cluster $OLD_RESOURCE_ID is called $old now, the scan saw $OLD_CLUSTER: scan again, and make a new plan"
	! own_cluster "$NEW_CLUSTER" || say "cluster $NEW_CLUSTER is there already"
fi
check_available cluster "$old"
version=$(of_cluster "$old" EngineVersion)
[ "$version" = "$ENGINE_VERSION" ] || fail "its engine is $version, the scan saw $ENGINE_VERSION: scan again, and make a new plan"
say "cluster $old ($OLD_RESOURCE_ID): available, engine $version, not encrypted"
members_of "$old" | sort >"$errors.now"
sort "$here/instances.seen" >"$errors.seen"
if cmp -s "$errors.now" "$errors.seen"; then
	rm -f "$errors.now" "$errors.seen"
else
	now=$(tr '\n' ' ' <"$errors.now")
	rm -f "$errors.now" "$errors.seen"
	recorded cut-over-begun || fail "its instances are not those that the scan saw, they are: ${now}Scan again, and make a new plan"
fi
check_key
if [ -n "$STACK" ]; then
	say "NOTE: $STACK manages this cluster. Begin with \"The stack first\" in README.md."
fi
record prepared "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
