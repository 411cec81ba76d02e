#!/bin/sh
# Applies settings that a restore cannot set, then creates the instances and adds the roles. The first instance of a cluster becomes
# its writer, so the counterpart of the old cluster's current writer is created first.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
if recorded cut-over-begun; then
	say "done already"
	exit 0
fi
[ "$execute" = no ] || own_cluster "$NEW_CLUSTER" || fail "cluster $NEW_CLUSTER does not exist. Run 30-create-encrypted.sh --execute first"
old_cluster
for folder in "$here"/instances/*/; do
	[ ! -d "$folder" ] || instance_in "$NEW_CLUSTER" "$(cat "$folder/name")" || true
done
change neptune modify-db-cluster --cli-input-json "file://$here/modify.json"
wait_for_cluster "$NEW_CLUSTER"

# make_instance FOLDER: its name, its settings, and those that can be changed only later.
make_instance() {
	name=$(cat "$1/name")
	if instance_in "$NEW_CLUSTER" "$name"; then
		say "instance $name exists already"
	else
		change neptune create-db-instance --cli-input-json "file://$1/create.json"
	fi
}

complete_instance() {
	name=$(cat "$1/name")
	wait_for_instance "$name"
	[ -f "$1/modify.json" ] || return 0
	[ "$execute" = no ] || [ "$(of_instance "$name" CACertificateIdentifier)" != "$(cat "$1/ca")" ] || return 0
	change neptune modify-db-instance --cli-input-json "file://$1/modify.json"
	wait_for_instance "$name"
}

writer=$(writer_of "$old")
for folder in "$here"/instances/*/; do
	[ -d "$folder" ] || continue
	if [ "$(cat "$folder/old")" = "$writer" ]; then
		make_instance "${folder%/}"
		complete_instance "${folder%/}"
	fi
done
for folder in "$here"/instances/*/; do
	[ ! -d "$folder" ] || make_instance "${folder%/}"
done
for folder in "$here"/instances/*/; do
	[ ! -d "$folder" ] || complete_instance "${folder%/}"
done
while IFS= read -r role; do
	[ -n "$role" ] || continue
	if [ "$execute" = yes ] && of_cluster "$NEW_CLUSTER" 'AssociatedRoles[].[RoleArn]' | grep -qxF -- "$role"; then
		say "role $role is associated already"
	else
		change neptune add-role-to-db-cluster --db-cluster-identifier "$NEW_CLUSTER" --role-arn "$role"
	fi
done <"$here/roles.list"
wait_for_cluster "$NEW_CLUSTER"
record created "$NEW_CLUSTER $(made_id cluster "$NEW_CLUSTER")"
