#!/bin/sh
# Creates the encrypted secondary in the new global database, which 20-create-global.sh of that folder created from the new writer. Its
# data is replicated.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
needs prepared 10-prepare.sh
if recorded cut-over-begun; then
	say "done already"
	exit 0
fi
recorded ../../"$GLOBAL_FOLDER"/state/global-created || [ "$execute" = no ] ||
	fail "the new global database does not exist. Run 20-create-global.sh --execute in ../$GLOBAL_FOLDER first"
needs preflight 05-preflight.sh
make_cluster "$NEW_CLUSTER" neptune create-db-cluster --cli-input-json "file://$here/create.json" --global-cluster-identifier "$NEW_GLOBAL" \
	--storage-encrypted --kms-key-id "$KEY"
record snapshot "none: the data of a secondary is replicated"
