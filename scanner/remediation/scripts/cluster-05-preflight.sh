#!/bin/sh
# Run days before the migration. Checks its requirements: cluster, key, available engine version and instance classes, quotas, pending
# maintenance and changes, shares, roles. Changes nothing, and can run at any time.
# --trial restores a snapshot with the key into a temporary cluster. That tests the permissions of the key and measures the duration of
# snapshot and restore. Both are deleted again, and the durations are added to README.md.
set -eu
FLAGS='--trial'
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
forget preflight
old_cluster
check_available cluster "$old"

troubles=0
trouble() {
	say "MISSING: $*"
	troubles=$((troubles + 1))
}

# check_quota NAME WHAT NEEDED: as many more must be allowed.
check_quota() {
	quota "$1"
	if [ -z "$most" ]; then
		say "quota of $2: not in the AWS response"
	elif [ "$((used + $3))" -le "$most" ]; then
		say "quota of $2: $used of $most used"
	else
		trouble "quota of $2: $used of $most used, and $3 more are needed. Raise it (Service Quotas, RDS: $1)"
	fi
}

version=$(of_cluster "$old" EngineVersion)
say "cluster $old: engine $version"
pending=$(of_cluster "$old" 'PendingModifiedValues' --output json)
case $pending in
None | null | '{}' | '') say "pending changes of the cluster: none" ;;
*) trouble "the cluster has pending changes, which a restore does not include: $pending" ;;
esac
instances=$(members_of "$old")
those="ends_with(ResourceIdentifier, ':cluster:$old')"
for instance in $instances; do
	those="$those || ends_with(ResourceIdentifier, ':db:$instance')"
done
pending=$(look neptune describe-pending-maintenance-actions --query "PendingMaintenanceActions[?$those].PendingMaintenanceActionDetails[].[Action]")
case $pending in
'' | None) say "pending maintenance: none" ;;
*) trouble "maintenance is pending, which may restart the cluster during the migration: $(printf %s "$pending" | tr '\n' ' ')" ;;
esac
group=$(of_cluster "$old" GlobalClusterIdentifier)
case $group in
None | '') ;;
*) [ "$group" = "$GLOBAL" ] || trouble "the cluster is a member of the global database $group; at scan time: ${GLOBAL:-none}" ;;
esac
# Shares stay with the old snapshots: a shared snapshot is unencrypted, and has its own folder in a plan.
snapshots=$(look neptune describe-db-cluster-snapshots --db-cluster-identifier "$old" --snapshot-type manual --query 'DBClusterSnapshots[].[DBClusterSnapshotIdentifier]')
for snapshot in $snapshots; do
	[ "$snapshot" != None ] || continue
	shared=$(look neptune describe-db-cluster-snapshot-attributes --db-cluster-snapshot-identifier "$snapshot" \
		--query "DBClusterSnapshotAttributesResult.DBClusterSnapshotAttributes[?AttributeName=='restore'].AttributeValues[].[@]" | tr '\n' ' ')
	case $shared in
	*[!\ ]*) say "shares: snapshot $snapshot of this cluster is shared with: ${shared% }. It stays shared and unencrypted until its own folder of the plan is done" ;;
	esac
done
for instance in $instances; do
	class=$(of_instance "$instance" DBInstanceClass)
	zone=$(of_instance "$instance" AvailabilityZone)
	zones=$(look neptune describe-orderable-db-instance-options --engine neptune --engine-version "$version" --db-instance-class "$class" \
		--query 'OrderableDBInstanceOptions[].AvailabilityZones[].[Name]')
	if printf '%s\n' "$zones" | grep -qxF -- "$zone"; then
		say "instance $instance: $class with engine $version is available in $zone"
	else
		trouble "instance $instance: $class with engine $version is not available in $zone (available in: $(printf %s "$zones" | tr '\n' ' '))"
	fi
done
check_quota DBClusters clusters 1
check_quota ManualClusterSnapshots 'manual snapshots of clusters' 3
if there NoSuchEntity iam get-role --role-name AWSServiceRoleForRDS --query Role.Arn; then
	say "service-linked role: $found"
else
	trouble "the service-linked role AWSServiceRoleForRDS does not exist. Create it (aws iam create-service-linked-role --aws-service-name rds.amazonaws.com)"
fi
check_key
size=$(look cloudwatch get-metric-statistics --namespace AWS/Neptune --metric-name VolumeBytesUsed --statistics Maximum --period 3600 \
	--start-time "$(iso $(($(date +%s) - 7200)))" --end-time "$(iso "$(date +%s)")" --dimensions "Name=DBClusterIdentifier,Value=$old" \
	--query 'max(Datapoints[].Maximum)')
size=${size%.*}
case $size in
'' | *[!0-9]*) say "size: CloudWatch has no VolumeBytesUsed" ;;
*) say "size: $((size / 1048576)) MiB (VolumeBytesUsed)" ;;
esac

if given --trial; then
	began=$(date +%s)
	take_snapshot "$old" "$TRIAL"
	taken=$(date +%s)
	make_cluster "$TRIAL" neptune restore-db-cluster-from-snapshot --cli-input-json "file://$here/trial.json" --kms-key-id "$KEY"
	restored=$(date +%s)
	if [ "$execute" = yes ]; then
		check_encrypted "cluster $TRIAL" "$(of_cluster "$TRIAL" StorageEncrypted)" "$(of_cluster "$TRIAL" KmsKeyId)"
		record trial "snapshot $((taken - began)) s, encrypted restore $((restored - taken)) s, of ${size:-unknown} bytes, $(date -u +%Y-%m-%d)"
		printf '\n## Measured by 05-preflight.sh --trial\n\n%s\n' "$(cat "$state/trial")" >>"$here/README.md"
	fi
	undo_cluster "$TRIAL"
	undo_snapshot "$TRIAL"
fi
[ "$troubles" = 0 ] || fail "requirements not met: $troubles (MISSING above)"
record preflight "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
