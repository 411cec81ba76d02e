#!/bin/sh
# Does the new secondary follow the new writer? It must be a member of the new global database that only reads, and at most MAX_LAG
# milliseconds behind (choices.sh), by CloudWatch; its data are the writer's, which were compared there.
set -eu
FLAGS='--accept-lag-unseen'
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
needs verified 40-verify.sh
if [ "$execute" = no ] && ! recorded verified; then
	say "would ask whether $NEW_CLUSTER follows the writer of $NEW_GLOBAL"
	exit 0
fi
new_cluster
check_follows
record data-checked "$new follows the writer of $NEW_GLOBAL, $evidence"
