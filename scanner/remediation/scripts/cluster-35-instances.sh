#!/bin/sh
# What a restore cannot set, then the instances and the roles.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
check_identity

if [ "$execute" = yes ]; then
	cluster_status "$NEW_CLUSTER" || fail "cluster $NEW_CLUSTER is not there: run 30-create-encrypted.sh --execute first"
	of_this_plan cluster "$NEW_CLUSTER"
fi
change neptune modify-db-cluster --cli-input-json "file://$here/modify.json"
for file in "$here"/instances/*.json; do
	[ -e "$file" ] || continue
	name=$(basename "$file" .json)
	if instance_of "$NEW_CLUSTER" "$name"; then
		say "instance $name is there already"
	else
		change neptune create-db-instance --cli-input-json "file://$file"
	fi
done
while IFS= read -r role; do
	[ -n "$role" ] || continue
	if [ "$execute" = yes ] && of_cluster "$NEW_CLUSTER" 'AssociatedRoles[].[RoleArn]' | grep -qxF -- "$role"; then
		say "role $role is there already"
	else
		change neptune add-role-to-db-cluster --db-cluster-identifier "$NEW_CLUSTER" --role-arn "$role" </dev/null
	fi
done <"$here/roles.list"
for file in "$here"/instances/*.json; do
	[ -e "$file" ] || continue
	name=$(basename "$file" .json)
	wait_until "instance $name" available "$LIMIT" of_instance "$name" DBInstanceStatus
done
wait_for_cluster "$NEW_CLUSTER"
prove created "$NEW_CLUSTER"
