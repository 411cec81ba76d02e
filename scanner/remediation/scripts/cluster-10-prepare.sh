#!/bin/sh
# Is everything there that the migration needs? The account, the cluster as the scan saw it, the key, room for one more
# cluster; with --create-key in the plan, the key is made.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
check_identity

cluster_status "$OLD_CLUSTER" || fail "cluster $OLD_CLUSTER is not there any more: scan again, and make a new plan"
[ "$found" = available ] || fail "cluster $OLD_CLUSTER is $found; wait until it is available"
version=$(of_cluster "$OLD_CLUSTER" EngineVersion)
[ "$version" = "$ENGINE_VERSION" ] || fail "its engine is $version, the scan saw $ENGINE_VERSION: scan again, and make a new plan"
encrypted=$(of_cluster "$OLD_CLUSTER" StorageEncrypted)
say "cluster $OLD_CLUSTER: available, engine $version, StorageEncrypted $encrypted"

members_of "$OLD_CLUSTER" | sort >"$here/.members"
grep -v '^$' "$here/instances.seen" | sort >"$here/.seen" || true
if cmp -s "$here/.members" "$here/.seen"; then
	say "its instances are those that the scan saw"
else
	say "WARNING: its instances are not those that the scan saw; compare instances/ with: $(tr '\n' ' ' <"$here/.members")"
fi
rm -f "$here/.members" "$here/.seen"

if cluster_status "$NEW_CLUSTER"; then
	of_this_plan cluster "$NEW_CLUSTER"
fi

# A key that was made, and did not get its alias, is not made again.
make_key() {
	if [ ! -s "$state/key" ]; then
		id=$(look kms create-key --description "Neptune cluster $NEW_CLUSTER" --query KeyMetadata.KeyId) || fail "cannot make a key"
		prove key "$id"
	fi
	id=$(cat "$state/key")
	change kms enable-key-rotation --key-id "$id"
	change kms create-alias --alias-name "$KEY" --target-key-id "$id"
}

if [ "$CREATE_KEY" = yes ] && ! there NotFoundException of_key "$KEY" KeyState; then
	if [ "$execute" = yes ]; then
		make_key
	else
		say "would make a key, with the alias $KEY and yearly rotation"
	fi
elif [ "$KEY" != alias/aws/rds ]; then
	there NotFoundException of_key "$KEY" KeyState || fail "there is no key $KEY in $REGION"
	[ "$found" = Enabled ] || fail "key $KEY is $found; it must be Enabled"
	spec=$(of_key "$KEY" KeySpec)
	[ "$spec" = SYMMETRIC_DEFAULT ] || fail "key $KEY is a $spec key; Neptune wants a symmetric one"
	say "key $KEY: Enabled"
fi

clusters=$(look neptune describe-db-clusters --query 'length(DBClusters)')
say "$clusters clusters of all engines are in $REGION: the quota must leave room for one more (aws service-quotas list-service-quotas --service-code rds)"
say "permissions: operator-policy.json holds what these scripts call; nobody can ask AWS for that without doing it"
prove prepared "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
