#!/bin/sh
# Disables the key again. What is encrypted with it cannot be read from then on.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
check_identity
proved rescued || fail "this plan has not enabled the key; nothing is undone"
change kms disable-key --key-id "$BROKEN_KEY"
if [ "$execute" = yes ]; then
	rm -f "$state/rescued"
fi
say "backed out: key $BROKEN_KEY is disabled"
