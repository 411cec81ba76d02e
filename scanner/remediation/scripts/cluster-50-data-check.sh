#!/bin/sh
# Compares the data of both clusters through their own addresses: that these lead to two clusters, what their statistics say, the
# numbers of nodes, edges and RDF triples, and the values of samples. Runs where the addresses can be reached: in their VPC.
# --accept-without-counts: somebody has compared the data in another way, and says so. --the-cluster-is-empty: 0 = 0 is right.
set -eu
FLAGS='--accept-without-counts --the-cluster-is-empty'
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
needs verified 40-verify.sh
if [ "$execute" = no ] && ! recorded verified; then
	say "would compare what is in $OLD_CLUSTER and in $NEW_CLUSTER"
	exit 0
fi
old_cluster
new_cluster
if recorded cut-over-begun; then
	say "done already: after the cut over they differ"
	exit 0
fi
if [ "$REPLAY" = yes ] || recorded replay-from; then
	needs replayed '45-replay.sh --caught-up'
fi
if given --accept-without-counts; then
	compared="compared in another way, says $(whoami_aws)"
else
	compare_data
fi
record data-checked "$compared"
