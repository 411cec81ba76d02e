#!/bin/sh
# Brings a key back that is disabled or waits for its deletion: everything that is encrypted with it can be read only while
# the key can be used, and after its deletion date never again.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
check_identity
there NotFoundException of_key "$BROKEN_KEY" KeyState || fail "key $BROKEN_KEY is gone: what it encrypted cannot be read any more"
say "key $BROKEN_KEY: $found"
if [ "$found" = PendingDeletion ]; then
	change kms cancel-key-deletion --key-id "$BROKEN_KEY"
	found=Disabled
fi
if [ "$found" = Disabled ]; then
	change kms enable-key --key-id "$BROKEN_KEY"
	wait_until "key $BROKEN_KEY" Enabled 60 of_key "$BROKEN_KEY" KeyState
fi
[ "$found" != PendingImport ] || fail "its material has expired: import it again (aws kms import-key-material), nobody else can"
prove rescued "$BROKEN_KEY"
