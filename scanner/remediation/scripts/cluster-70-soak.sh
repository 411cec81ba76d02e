#!/bin/sh
# Takes an encrypted snapshot of the new cluster, the last known good state, after it has served for SOAK_DAYS (choices.sh) since the
# cut over. --skip-soak: do not wait.
set -eu
FLAGS='--skip-soak'
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
needs cut-over 60-cut-over.sh
if ! recorded cut-over; then
	say "would take a snapshot of the new cluster, after $SOAK_DAYS days"
	exit 0
fi
new_cluster
check_new_is_encrypted
check_available cluster "$new"
if ! given --skip-soak; then
	since=$(cut -d' ' -f1 "$state/cut-over")
	left=$((since + SOAK_DAYS * 86400 - $(date -u +%s)))
	[ "$left" -le 0 ] || [ "$execute" = no ] || fail "the soak lasts another $((left / 3600 + 1)) hours (SOAK_DAYS in choices.sh). Run this script again then"
fi
take_snapshot "$new" "$SOAKED"
record soaked "$SOAKED"
