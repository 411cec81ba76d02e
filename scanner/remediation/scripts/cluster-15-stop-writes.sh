#!/bin/sh
# Checks and records that writing has stopped. README.md describes how to fence writers; --fenced confirms that it was done. Two
# checks, QUIET seconds apart (choices.sh), must find no commit: in the streams if they are on, otherwise in CloudWatch.
# --accept-commits-unseen: no check is possible, and you know that writing has stopped.
set -eu
FLAGS='--fenced --accept-commits-unseen'
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
needs prepared 10-prepare.sh
needs preflight 05-preflight.sh
old_cluster
if recorded writes-stopped; then
	still_quiet
	exit 0
fi
! recorded rehearsal || fail "this was a rehearsal. Run backout.sh --execute first, so that the migration does not use its resources"
given --fenced || fail "writers may still be connected. Fence them (README.md, \"Stop writing\"), then give --fenced"
stopped=$(date -u +%s)
quiet "$old" "$stopped"
case $evidence in
'streams '*) position=${evidence#streams } ;;
*) position= ;;
esac
record writes-stopped "$stopped $(iso "$stopped") $evidence|$position"
