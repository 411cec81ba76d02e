#!/bin/sh
# Exports from a clone, so that the old cluster is not burdened: a copy-on-write clone, one instance in it, and then the
# export itself by neptune-export, which is a program of its own (README.md). --exported: it has written to EXPORT_S3.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
check_identity
needs prepared 10-prepare.sh
[ -n "$EXPORT_S3" ] || fail "choices.sh: EXPORT_S3 is empty; it is where the export goes, s3://BUCKET/PREFIX, in $REGION"
if ! proved exported; then
	if cluster_status "$CLONE"; then
		of_this_plan cluster "$CLONE"
		say "clone $CLONE is there already: $found"
	else
		claim cluster "$CLONE"
		change neptune restore-db-cluster-to-point-in-time --source-db-cluster-identifier "$OLD_CLUSTER" --db-cluster-identifier "$CLONE" \
			--restore-type copy-on-write --use-latest-restorable-time
	fi
	wait_for_cluster "$CLONE"
	if instance_of "$CLONE" "$CLONE_INSTANCE"; then
		say "instance $CLONE_INSTANCE is there already"
	else
		change neptune create-db-instance --db-instance-identifier "$CLONE_INSTANCE" --db-instance-class "$CLONE_CLASS" --engine neptune \
			--db-cluster-identifier "$CLONE"
	fi
	wait_until "instance $CLONE_INSTANCE" available "$LIMIT" of_instance "$CLONE_INSTANCE" DBInstanceStatus
fi
if given --exported; then
	prove exported "$EXPORT_S3"
	undo_cluster "$CLONE"
else
	say "Run neptune-export against the clone's endpoint, to $EXPORT_S3; then: 20-export.sh --exported --execute"
fi
