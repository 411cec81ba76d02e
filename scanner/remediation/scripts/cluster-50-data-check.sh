#!/bin/sh
# Compares the data of both clusters through their own addresses: the addresses lead to two clusters, statistics, numbers of nodes,
# edges and RDF triples, and the values of samples. Runs in their VPC, where the addresses can be reached.
# --accept-without-counts: the data was compared in another way. --the-cluster-is-empty: the old cluster holds no data.
set -eu
FLAGS='--accept-without-counts --the-cluster-is-empty'
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
needs verified 40-verify.sh
if [ "$execute" = no ] && ! recorded verified; then
	say "would compare the data of $OLD_CLUSTER and $NEW_CLUSTER"
	exit 0
fi
old_cluster
new_cluster
if recorded cut-over-begun; then
	say "done already: after the cut over the data differs"
	exit 0
fi
if [ "$REPLAY" = yes ] || recorded replay-from; then
	needs replayed '45-replay.sh --caught-up'
fi
if given --accept-without-counts; then
	compared="compared in another way, confirmed by $(whoami_aws)"
else
	compare_data
fi
record data-checked "$compared"
