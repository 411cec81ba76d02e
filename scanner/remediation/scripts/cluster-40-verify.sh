#!/bin/sh
# Proves that the new cluster is encrypted, with the key that was asked for, and has all its instances. Deleting the old
# one asks for this proof.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
check_identity
needs created 35-instances.sh
if [ "$execute" = no ] && ! proved created; then
	say "would ask AWS for StorageEncrypted and KmsKeyId of $NEW_CLUSTER"
	exit 0
fi
encrypted=$(of_cluster "$NEW_CLUSTER" StorageEncrypted)
key=$(of_cluster "$NEW_CLUSTER" KmsKeyId)
check_encrypted "cluster $NEW_CLUSTER" "$encrypted" "$key"
wanted=$(find "$here/instances" -name '*.json' | wc -l)
have=$(members_of "$NEW_CLUSTER" | grep -cv '^$' || true)
[ "$have" -ge "$wanted" ] || fail "$NEW_CLUSTER has $have instances, not the $wanted of the plan"
identity=$(of_cluster "$NEW_CLUSTER" DbClusterResourceId)
prove verified "$NEW_CLUSTER $identity StorageEncrypted=true KmsKeyId=$key"
