#!/bin/sh
# Undoes what 10-rescue.sh did, and no more: a key that it enabled is disabled again, and one whose deletion it cancelled is told, with
# the command that schedules it; nothing here brings a key nearer to its end. What is encrypted with it cannot be read from then on.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
begin
recorded rescued || fail "this plan has not enabled the key; nothing is undone"
change kms disable-key --key-id "$BROKEN_KEY"
if recorded was-pending-deletion; then
	say "its deletion was scheduled ($(cat "$state/was-pending-deletion")): aws kms schedule-key-deletion --key-id $BROKEN_KEY, if that is still wanted"
fi
forget rescued was-pending-deletion
say "backed out: key $BROKEN_KEY is disabled"
