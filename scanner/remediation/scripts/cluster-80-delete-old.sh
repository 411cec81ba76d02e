#!/bin/sh
# Deletes the old cluster permanently, by its resource id. Stops unless every gate is passed, the new cluster is still encrypted, and
# the old one was not written to since writing was stopped. In a global database, the new one must have the old one's place. A final
# snapshot is always taken and kept; the point-in-time history of the old cluster ends.
# --stack-let-go: the owner of the stack (CloudFormation, Terraform) confirms that it no longer manages this cluster.
set -eu
FLAGS='--stack-let-go --accept-commits-unseen --accept-lag-unseen'
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
if recorded deleted; then
	say "done already: $(cat "$state/deleted")"
	exit 0
fi
for gate in verified data-checked cut-over soaked; do
	recorded "$gate" || fail "gate \"$gate\" is not passed. The old cluster was not deleted"
done
new_cluster
check_new_is_encrypted
check_available cluster "$new"
check_place
case $(cat "$state/verified") in
*" $new_id "*) ;;
*) fail "$new ($new_id) is not the cluster that was verified. The old cluster was not deleted" ;;
esac
own_snapshot "$SOAKED" || fail "snapshot $SOAKED of the new cluster no longer exists. The old cluster was not deleted. Run 70-soak.sh --execute again"
if cluster_by_id "$OLD_RESOURCE_ID"; then
	old_cluster
	[ "$old" != "$new" ] || fail "nothing was deleted: old and new cluster are the same"
	group=$(of_cluster "$old" GlobalClusterIdentifier)
	[ "$group" = None ] || [ -z "$group" ] || fail "$old is a member of the global database $group. Remove it with the scripts of that folder first"
	if [ -n "$STACK" ]; then
		given --stack-let-go || recorded stack-let-go || fail "$STACK manages this cluster. When its owner has released it (README.md), give --stack-let-go"
		if [ "$STACK_KIND" = cloudformation ] && there ValidationError cloudformation describe-stack-resources --physical-resource-id "$old" --query 'StackResources[0].StackName'; then
			fail "the stack $found still contains $old, and deleting it would break the stack. See README.md, \"The stack first\""
		fi
		record stack-let-go "confirmed by $(whoami_aws)"
	fi
	status=$(of_cluster "$old" Status)
	if [ "$status" != deleting ]; then
		check_available cluster "$old"
		[ "$execute" = no ] || still_quiet
	fi
fi
delete_keeping "$OLD_RESOURCE_ID" "$FINAL_SNAPSHOT"
record deleted "$(date -u +%s) $OLD_RESOURCE_ID, its final snapshot is $FINAL_SNAPSHOT"
