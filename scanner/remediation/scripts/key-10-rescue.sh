#!/bin/sh
# Brings a key back that is disabled or waits for its deletion, and records what was done, for backout.sh. Then the clusters that lost
# their key are named, with the days that are left, and started by --start-clusters: seven days after AWS lost access to the key, a
# cluster can only be restored from a backup (user guide, "Encrypting Neptune resources at rest").
set -eu
FLAGS='--start-clusters'
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
begin
there NotFoundException kms describe-key --key-id "$BROKEN_KEY" --query KeyMetadata.KeyState || fail "key $BROKEN_KEY is gone: what it encrypted cannot be read any more"
key_state=$found
say "key $BROKEN_KEY: $key_state"
case $key_state in
PendingDeletion | Disabled) ;;
Enabled)
	recorded rescued || say "it is enabled: there is nothing to bring back"
	;;
PendingImport) fail "its material has expired: import it again (aws kms import-key-material), nobody else can" ;;
*) fail "it is $key_state, which this script does not mend" ;;
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
			left="AWS does not tell when they end; when it lost the key is among its events: aws neptune describe-events --source-type db-cluster --source-identifier $name --duration 20160"
		fi
		say "cluster $name lost its key, and can be started (aws neptune start-db-cluster) within seven days of that: $left"
		if given --start-clusters; then
			change neptune start-db-cluster --db-cluster-identifier "$name"
			wait_until "cluster $name" available call neptune describe-db-clusters --db-cluster-identifier "$name" --query 'DBClusters[0].Status'
		fi
		;;
	inaccessible-encryption-credentials) say "cluster $name lost its key for more than seven days: restore it from a backup (aws neptune restore-db-cluster-to-point-in-time)" ;;
	*) say "cluster $name: ${pair#*=}" ;;
	esac
done
