#!/bin/sh
# Deletes the old cluster, for good. Refuses without every proof, and asks AWS once more whether the new one is encrypted.
# A final snapshot is kept unless --skip-final-snapshot is given; it is as unencrypted as the cluster was, and
# 90-delete-leftovers.sh takes it away.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
check_identity
for proof in verified data-checked cut-over soaked; do
	proved "$proof" || fail "there is no proof \"$proof\" in state/: the old cluster stays"
done
encrypted=$(of_cluster "$NEW_CLUSTER" StorageEncrypted) ||
	fail "the new cluster $NEW_CLUSTER cannot be seen: the old one stays"
key=$(of_cluster "$NEW_CLUSTER" KmsKeyId)
check_encrypted "cluster $NEW_CLUSTER" "$encrypted" "$key"
identity=$(of_cluster "$NEW_CLUSTER" DbClusterResourceId)
case $(cat "$state/verified") in
"$NEW_CLUSTER $identity "*) ;;
*) fail "$NEW_CLUSTER is not the cluster that was verified: the old one stays" ;;
esac
if given --skip-final-snapshot; then
	delete_cluster "$OLD_CLUSTER"
else
	claim snapshot "$FINAL_SNAPSHOT"
	delete_cluster "$OLD_CLUSTER" "$FINAL_SNAPSHOT"
fi
prove deleted "$OLD_CLUSTER"
