#!/bin/sh
# Deletes a retained automated backup of a cluster that is gone. Without it, the backup ends with its retention. If its data are still
# wanted, README.md tells how they are restored and encrypted first; then give --data-is-not-needed.
set -eu
FLAGS='--data-is-not-needed'
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
begin
given --data-is-not-needed || fail "is it certain that nobody needs the data? Then give --data-is-not-needed"
if there DBClusterAutomatedBackupNotFoundFault rds describe-db-cluster-automated-backups --db-cluster-resource-id "$BACKUP" \
	--query 'DBClusterAutomatedBackups[0].StorageEncrypted' && [ "$found" != None ]; then
	[ "$found" = False ] || fail "backup $BACKUP: StorageEncrypted is $found; this plan is for one that is not encrypted"
	change rds delete-db-cluster-automated-backup --db-cluster-resource-id "$BACKUP"
else
	say "backup $BACKUP is not there any more"
fi
record deleted "$BACKUP"
