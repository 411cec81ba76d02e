#!/bin/sh
# The cut over of a secondary: the script prints the new addresses, operators switch its readers and confirm it with --done.
set -eu
FLAGS='--done --accept-lag-unseen'
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
needs verified 40-verify.sh
needs data-checked 50-data-check.sh
if [ "$execute" = no ] && ! recorded data-checked; then
	say "would print the addresses of $NEW_CLUSTER"
	exit 0
fi
new_cluster
check_new_is_encrypted
recorded ../../"$WRITER_FOLDER"/state/cut-over-begun || [ "$execute" = no ] || fail "the writer is not cut over yet. Run 60-cut-over.sh --execute in ../$WRITER_FOLDER first"
[ "$execute" = no ] || check_follows
say "Old name: $OLD_READER_ENDPOINT"
say "New name: $(of_cluster "$new" ReaderEndpoint)"
if given --done; then
	recorded cut-over || record cut-over "$(date -u +%s) by $(whoami_aws), readers"
	recorded cut-over-begun || record cut-over-begun "$(date -u +%s) readers"
else
	say "When all readers are switched: 60-cut-over.sh --done --execute"
fi
