#!/bin/sh
# Creates the new cluster, empty and encrypted with the key, with the configuration of the old one.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
begin
needs exported '20-export.sh --exported'
if recorded cut-over-begun; then
	say "done already"
	exit 0
fi
make_cluster "$NEW_CLUSTER" neptune create-db-cluster --cli-input-json "file://$here/create.json" --storage-encrypted --kms-key-id "$KEY"
