#!/bin/sh
# The cut over, after two more checks for writes and another comparison of the data. CUT_OVER in choices.sh is its method:
# rename: the old cluster and its instances get names ending in -old, and the new ones get the old names: endpoints, ARN, alarms and
# backup selections stay. new-endpoint: the script prints the names that change, operators switch them and confirm it with --done.
# From its start on, the new cluster may hold data that the old one does not, and backout.sh acts accordingly.
set -eu
FLAGS='--done --accept-commits-unseen --accept-without-counts --the-cluster-is-empty'
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
! recorded rehearsal || fail "this was a rehearsal. Run backout.sh --execute, then start again with 10-prepare.sh and with writing stopped"
needs writes-stopped '15-stop-writes.sh --fenced'
needs verified 40-verify.sh
needs data-checked 50-data-check.sh
if [ "$REPLAY" = yes ] || recorded replay-from; then
	needs replayed '45-replay.sh --caught-up'
fi
way=$(cut_over_way)
[ "${way:-$CUT_OVER}" = "$CUT_OVER" ] || fail "the cut over was started with $way, and CUT_OVER in choices.sh is $CUT_OVER. Set it to $way"
if [ "$execute" = no ] && ! recorded data-checked; then
	say "would cut over from $OLD_CLUSTER to $NEW_CLUSTER, by $CUT_OVER"
	exit 0
fi
old_cluster
new_cluster
check_new_is_encrypted
check_available cluster "$new"
if ! recorded cut-over-begun; then
	if [ "$CUT_OVER" = rename ] && [ -n "$GLOBAL" ]; then
		fail "a member of a global database ($GLOBAL) cannot be renamed. Set CUT_OVER in choices.sh to new-endpoint"
	fi
	[ "$execute" = no ] || still_quiet
	if given --accept-without-counts; then
		say "not compared again, accepted by $(whoami_aws)"
	else
		compare_data
	fi
	# A write during the comparison is in neither count.
	[ "$execute" = no ] || still_quiet
	record cut-over-begun "$(date -u +%s) by $(whoami_aws), $CUT_OVER"
fi

case $CUT_OVER in
rename)
	rename_forward
	recorded cut-over || record cut-over "$(date -u +%s) by $(whoami_aws), rename"
	say "$OLD_CLUSTER is the encrypted cluster now. Clients must connect again: DNS records change within seconds, open connections stay with the old cluster."
	say "Change what contains the old resource id: IAM policies with neptune-db: ($OLD_RESOURCE_ID becomes $new_id). Then remove the fence."
	;;
new-endpoint)
	say "Old names: $OLD_ENDPOINT and $OLD_READER_ENDPOINT"
	say "New names: $(of_cluster "$new" '[Endpoint,ReaderEndpoint]' | tr '\t' ' ')"
	say "Switch what README.md lists under \"What else changes\"; IAM policies with neptune-db: $OLD_RESOURCE_ID becomes $new_id."
	if given --done; then
		recorded cut-over || record cut-over "$(date -u +%s) by $(whoami_aws), new endpoint"
	else
		say "When all are switched: 60-cut-over.sh --done --execute"
	fi
	;;
esac
