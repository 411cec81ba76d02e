#!/bin/sh
# Optional, if the old cluster has streams: writes since the snapshot are replayed into the new cluster by AWS's
# Neptune-to-Neptune replication (user guide, "Using AWS CloudFormation to Set Up Neptune-to-Neptune Replication with the Streams
# Consumer Application"), so that writing stops for minutes only. Without --caught-up it prints the parameters of the stack; with it,
# and after 15-stop-writes.sh, it compares the replay's checkpoint with the end of the old cluster's stream.
set -eu
FLAGS='--caught-up --accept-commits-unseen'
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
if [ "$REPLAY" = no ] && ! recorded replay-from; then
	say "REPLAY in choices.sh is no: nothing is replayed, and writing stops before the snapshot"
	exit 0
fi
needs replay-from 20-snapshot.sh
needs verified 40-verify.sh
if [ "$execute" = no ] && ! recorded verified; then
	say "would print the parameters of the replication stack"
	exit 0
fi
old_cluster
new_cluster
if ! given --caught-up; then
	from=$(cut -d: -f2 "$state/replay-from" | cut -d' ' -f1)
	say "Launch the stack neptune_to_neptune with: NeptuneStreamEndpoint=$(address_of "$old")/propertygraph/stream (of RDF: /sparql/stream),"
	say "TargetNeptuneClusterEndpoint=$(of_cluster "$new" Endpoint), TargetNeptuneClusterPort=$(of_cluster "$new" Port), ApplicationName=$REPLAY_APPLICATION,"
	say "and in its lease table, for $REPLAY_APPLICATION, checkpoint $from and checkpointSubSequenceNumber 1: the snapshot may hold more, and a"
	say "record that is replayed twice changes nothing. Then stop writing (15-stop-writes.sh), and run: 45-replay.sh --caught-up --execute"
	exit 0
fi
needs writes-stopped '15-stop-writes.sh --fenced'
[ "$execute" = no ] || still_quiet
[ -n "$REPLAY_TABLE" ] || fail "choices.sh: REPLAY_TABLE is empty. Set it to the DynamoDB table of the stack, which holds the checkpoint"
position "$old" || fail "the streams of $old can no longer be read"
at=$(look dynamodb scan --table-name "$REPLAY_TABLE" --query 'Items[].checkpoint.[N || S]')
end=${position#pg:}
end=${end%% *}
rdf=${position##*:}
[ "$end" -ge "$rdf" ] || end=$rdf
case $at in
'' | *[!0-9]*) fail "the checkpoint in $REPLAY_TABLE is \"$at\", which is not a number" ;;
esac
[ "$at" -ge "$end" ] || fail "the replay is $((end - at)) commits behind ($at of $end). Run this script again later"
record replayed "$at of $end commits"
say "Stop the stack's poller now, so that it no longer writes to the new cluster."
