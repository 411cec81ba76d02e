#!/bin/sh
# Has the new cluster served for SOAK_DAYS (choices.sh) since the cut over? Then a snapshot of it, encrypted as it is, is
# the last known good state. --skip-soak: do not wait.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
check_identity
needs cut-over '60-cut-over.sh --done'
if proved cut-over && ! given --skip-soak; then
	since=$(cut -d' ' -f1 "$state/cut-over")
	left=$((since + SOAK_DAYS * 86400 - $(date -u +%s)))
	[ "$left" -le 0 ] || [ "$execute" = no ] || fail "the soak lasts another $((left / 3600 + 1)) hours"
fi
take_snapshot "$NEW_CLUSTER" "$SOAKED"
prove soaked "$SOAKED"
