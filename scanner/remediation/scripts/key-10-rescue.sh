#!/bin/sh
# Enables a KMS key that is disabled or scheduled for deletion, and records it for backout.sh. Then lists the clusters that lost their
# key, with the days that remain; --start-clusters starts them. Seven days after AWS lost access to the key, a cluster can only be
# restored from a backup (user guide, "Encrypting Neptune resources at rest").
set -eu
FLAGS='--start-clusters'
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
begin
there NotFoundException kms describe-key --key-id "$BROKEN_KEY" --query KeyMetadata.KeyState || fail "KMS key $BROKEN_KEY no longer exists, so data encrypted with it cannot be read"
key_state=$found
say "KMS key $BROKEN_KEY: $key_state"
case $key_state in
PendingDeletion | Disabled) ;;
Enabled)
	recorded rescued || say "KMS key $BROKEN_KEY is enabled: nothing to do"
	;;
PendingImport) fail "the key material of $BROKEN_KEY is missing or has expired. Import it again (aws kms import-key-material)" ;;
*) fail "KMS key $BROKEN_KEY is $key_state, which this script cannot fix" ;;
esac
if [ "$key_state" = PendingDeletion ]; then
	date=$(of_key "$BROKEN_KEY" DeletionDate)
	change kms cancel-key-deletion --key-id "$BROKEN_KEY"
	record was-pending-deletion "until $date"
	key_state=Disabled
fi
if [ "$key_state" = Disabled ]; then
	change kms enable-key --key-id "$BROKEN_KEY"
	record rescued "$BROKEN_KEY"
	wait_until "key $BROKEN_KEY" Enabled call kms describe-key --key-id "$BROKEN_KEY" --query KeyMetadata.KeyState
fi
clusters=$(look neptune describe-db-clusters --query "DBClusters[?KmsKeyId=='$BROKEN_KEY'].[DBClusterIdentifier,Status]" | tr '\t' '=')
for pair in $clusters; do
	name=${pair%%=*}
	case ${pair#*=} in
	inaccessible-encryption-credentials-recoverable)
		ends=$(of_cluster "$name" AutomaticRestartTime)
		if ends_at=$(epoch "$ends"); then
			left="until $ends, in $(((ends_at - $(date +%s)) / 86400)) days"
		else
			left="the response has no AutomaticRestartTime. When it lost the key is among its events: aws neptune describe-events --source-type db-cluster --source-identifier $name --duration 20160"
		fi
		say "cluster $name lost its KMS key, and can be started (aws neptune start-db-cluster) within seven days of that: $left"
		if given --start-clusters; then
			change neptune start-db-cluster --db-cluster-identifier "$name"
			wait_until "cluster $name" available call neptune describe-db-clusters --db-cluster-identifier "$name" --query 'DBClusters[0].Status'
		fi
		;;
	inaccessible-encryption-credentials) say "cluster $name lost its KMS key more than seven days ago. Restore it from a backup (aws neptune restore-db-cluster-to-point-in-time)" ;;
	*) say "cluster $name: ${pair#*=}" ;;
	esac
done
