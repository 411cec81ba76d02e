#!/bin/sh
# Checks what the migration starts from: the cluster as it was scanned, by its resource id; the key, which is created if the plan was
# created with --create-key; no cluster of others with the name of the new one.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
! recorded ended || fail "this migration was backed out after its cut over, and its snapshots are kept. Scan again and create a new plan"
old_cluster
if ! recorded cut-over-begun; then
	[ "$old" = "$OLD_CLUSTER" ] || fail "cluster $OLD_RESOURCE_ID is named $old now, $OLD_CLUSTER at scan time. Scan again and create a new plan"
	! own_cluster "$NEW_CLUSTER" || say "cluster $NEW_CLUSTER exists already"
fi
check_available cluster "$old"
version=$(of_cluster "$old" EngineVersion)
[ "$version" = "$ENGINE_VERSION" ] || fail "the engine version of $old is $version, at scan time $ENGINE_VERSION. Scan again and create a new plan"
say "cluster $old ($OLD_RESOURCE_ID): available, engine $version, not encrypted"
members_of "$old" | sort >"$errors.now"
sort "$here/instances.seen" >"$errors.seen"
if cmp -s "$errors.now" "$errors.seen"; then
	rm -f "$errors.now" "$errors.seen"
else
	now=$(tr '\n' ' ' <"$errors.now")
	rm -f "$errors.now" "$errors.seen"
	recorded cut-over-begun || fail "the instances of $old have changed since the scan, they are: ${now% }. Scan again and create a new plan"
fi
check_key
if [ -n "$STACK" ]; then
	say "NOTE: $STACK manages this cluster. Start with \"The stack first\" in README.md."
fi
record prepared "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
