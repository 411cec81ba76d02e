#!/bin/sh
# Exports from a clone, so that the old cluster gets no load: creates a copy-on-write clone in the old cluster's network with one
# instance, and prints the command of neptune-export, a separate program. --exported confirms that it has written to EXPORT_S3.
# --rehearsal: writing continues; a cut over is refused, and backout.sh ends the rehearsal.
set -eu
FLAGS='--exported --rehearsal --accept-commits-unseen'
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
needs prepared 10-prepare.sh
case $EXPORT_S3 in
s3://?*/?*) ;;
*) fail "choices.sh: EXPORT_S3 is \"$EXPORT_S3\"; set it to the destination of the export, s3://BUCKET/PREFIX, in $REGION" ;;
esac
one_of DATA_MODEL "$DATA_MODEL" property-graph rdf
old_cluster
if recorded exported; then
	undo_cluster "$CLONE"
	exit 0
fi
if given --rehearsal; then
	! recorded writes-stopped || fail "writing is stopped, so this cannot be a rehearsal. Run without --rehearsal"
	record rehearsal "a cut over is refused"
elif recorded rehearsal; then
	[ "$execute" = no ] || given --exported || fail "this was a rehearsal. Run backout.sh --execute first, so that the migration does not use its clone"
else
	needs writes-stopped '15-stop-writes.sh --fenced'
	[ "$execute" = no ] || still_quiet
fi
make_cluster "$CLONE" neptune restore-db-cluster-to-point-in-time --cli-input-json "file://$here/clone.json"
if [ "$execute" = yes ]; then
	created=$(of_cluster "$CLONE" ClusterCreateTime)
	recorded rehearsal || made_after cluster "$CLONE" "$created" "$(cut -d' ' -f1 "$state/writes-stopped")" ||
		fail "clone $CLONE was created $created, before writing stopped. Run backout.sh --execute, then start again with 10-prepare.sh"
fi
if instance_in "$CLONE" "$CLONE_INSTANCE"; then
	say "instance $CLONE_INSTANCE exists already"
else
	change neptune create-db-instance --db-instance-identifier "$CLONE_INSTANCE" --db-instance-class "$CLONE_CLASS" --engine neptune \
		--db-cluster-identifier "$CLONE"
fi
wait_for_instance "$CLONE_INSTANCE"
if given --exported; then
	record exported "$EXPORT_S3"
	undo_cluster "$CLONE"
	exit 0
fi
case $DATA_MODEL in
property-graph) what='export-pg --format csv' ;;
rdf) what='export-rdf --format nquads' ;;
esac
if [ "$execute" = yes ]; then
	say "Now, on a machine in this VPC, with Java (user guide, \"Using the neptune-export command-line tool to export data from Neptune\"):"
	say "  java -jar neptune-export.jar $what -e $(of_cluster "$CLONE" Endpoint) -p $(of_cluster "$CLONE" Port)$([ "$IAM_AUTHENTICATION" != true ] || echo ' --use-iam-auth') -d export"
	say "  aws s3 sync export/EXPORT-ID $EXPORT_S3 --sse aws:kms    (EXPORT-ID: the folder that it created, with nodes/ and edges/)"
fi
say "Then: 20-export.sh --exported --execute"
