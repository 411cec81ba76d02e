#!/bin/sh
# Undoes 10-rescue.sh, and nothing else: disables a KMS key that it enabled. If it cancelled a deletion, the command that schedules the
# deletion is printed, not run. Data encrypted with the key cannot be read from then on.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
begin
recorded rescued || fail "nothing to undo: this plan has not enabled the KMS key"
change kms disable-key --key-id "$BROKEN_KEY"
if recorded was-pending-deletion; then
	say "its deletion was scheduled ($(cat "$state/was-pending-deletion")): aws kms schedule-key-deletion --key-id $BROKEN_KEY schedules it again"
fi
forget rescued was-pending-deletion
say "backed out: KMS key $BROKEN_KEY is disabled"
