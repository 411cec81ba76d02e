#!/bin/sh
# Records that writing has stopped, and looks whether it has. README.md tells how writers are fenced off; --fenced says that it was
# done. Two looks, QUIET seconds apart (choices.sh), must see no commit: by the streams where they are on, else by CloudWatch.
# --accept-commits-unseen: nobody can look, and you know.
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
! recorded rehearsal || fail "this was a rehearsal: backout.sh --execute first, so that nothing of it is taken for the migration"
given --fenced || fail "are all writers fenced off (README.md, \"Stop writing\")? Then give --fenced"
stopped=$(date -u +%s)
quiet "$old" "$stopped"
case $evidence in
'streams '*) position=${evidence#streams } ;;
*) position= ;;
esac
record writes-stopped "$stopped $(iso "$stopped") $evidence|$position"
