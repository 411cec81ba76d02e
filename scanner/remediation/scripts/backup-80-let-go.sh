#!/bin/sh
# Deletes a retained automated backup of a deleted cluster. Without this, the backup is deleted when its retention ends. If its data is
# still needed, restore and encrypt it first (README.md); then give --data-is-not-needed.
set -eu
FLAGS='--data-is-not-needed'
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
begin
given --data-is-not-needed || fail "the data would be deleted. If it is no longer needed, give --data-is-not-needed"
if there DBClusterAutomatedBackupNotFoundFault rds describe-db-cluster-automated-backups --db-cluster-resource-id "$BACKUP" \
	--query 'DBClusterAutomatedBackups[0].StorageEncrypted' && [ "$found" != None ]; then
	[ "$found" = False ] || fail "backup $BACKUP: StorageEncrypted is $found. This plan changes unencrypted resources only"
	change rds delete-db-cluster-automated-backup --db-cluster-resource-id "$BACKUP"
else
	say "backup $BACKUP no longer exists"
fi
record deleted "$BACKUP"
