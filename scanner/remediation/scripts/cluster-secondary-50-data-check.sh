#!/bin/sh
# Checks that the new secondary follows the new writer: it must be a read-only member of the new global database, and at most MAX_LAG
# milliseconds behind (choices.sh), as measured by CloudWatch. Its data is the writer's, which was compared there.
set -eu
FLAGS='--accept-lag-unseen'
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
needs verified 40-verify.sh
if [ "$execute" = no ] && ! recorded verified; then
	say "would check that $NEW_CLUSTER follows the writer of $NEW_GLOBAL"
	exit 0
fi
new_cluster
check_follows
record data-checked "$new follows the writer of $NEW_GLOBAL, $evidence"
