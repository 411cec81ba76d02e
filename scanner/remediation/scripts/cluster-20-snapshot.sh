#!/bin/sh
# Takes a manual snapshot of the old cluster. What is written after this is not in it: from here on nobody should write,
# or what was written is caught up from the stream (README.md).
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
check_identity
needs prepared 10-prepare.sh
take_snapshot "$OLD_CLUSTER" "$SNAPSHOT"
prove snapshot "$SNAPSHOT"
