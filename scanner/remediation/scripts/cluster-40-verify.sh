#!/bin/sh
# Verifies that the new cluster is encrypted with the intended key, and has the configuration of the old one: as many instances of
# each class, the same engine, network and settings. Required before the old cluster is deleted.
# shellcheck disable=SC2016 # queries are in single quotes
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
needs created 35-instances.sh
if [ "$execute" = no ] && ! recorded created; then
	say "would read StorageEncrypted and KmsKeyId of $NEW_CLUSTER, and compare it with $OLD_CLUSTER"
	exit 0
fi
old_cluster
new_cluster
check_new_is_encrypted
# The instances, one a line, sorted.
instances_of() {
	look neptune describe-db-instances --filters "Name=db-cluster-id,Values=$1" --query 'DBInstances[].[DBInstanceClass,AvailabilityZone,PromotionTier,PubliclyAccessible,AutoMinorVersionUpgrade,PreferredMaintenanceWindow,CACertificateIdentifier,DBParameterGroups[0].DBParameterGroupName]' |
		tr '\t' ' ' | sort
}
theirs=$(instances_of "$old")
ours=$(instances_of "$new")
[ "$theirs" = "$ours" ] || fail "instances differ (class, zone, tier, public, minor upgrades, window, CA, parameter group): $old has $(printf %s "$theirs" | tr '\n' ';'), $new has $(printf %s "$ours" | tr '\n' ';')"
settings='SecurityGroups:sort((VpcSecurityGroups||`[]`)[].VpcSecurityGroupId),LogExports:sort(EnabledCloudwatchLogsExports||`[]`),Roles:sort((AssociatedRoles||`[]`)[].RoleArn)'
for name in EngineVersion Port DBSubnetGroup DBClusterParameterGroup IAMDatabaseAuthenticationEnabled BackupRetentionPeriod PreferredBackupWindow \
	PreferredMaintenanceWindow StorageType ServerlessV2ScalingConfiguration DeletionProtection CopyTagsToSnapshot; do
	settings="$settings,$name:$name"
done
settings_of() {
	look neptune describe-db-clusters --db-cluster-identifier "$1" --output json --query "DBClusters[0].{$settings}"
}
settings_of "$old" >"$errors.old"
settings_of "$new" >"$errors.new"
cmp -s "$errors.old" "$errors.new" ||
	fail "settings differ: $(grep -vxFf "$errors.new" "$errors.old" | tr -s '\n ' ' ')at $old, $(grep -vxFf "$errors.old" "$errors.new" | tr -s '\n ' ' ')at $new. Change them at $new (aws neptune modify-db-cluster), then run this script again"
# In responses of the RDS API only, which lists the same clusters.
theirs=$(look rds describe-db-clusters --db-cluster-identifier "$old" --query 'DBClusters[0].NetworkType')
ours=$(look rds describe-db-clusters --db-cluster-identifier "$new" --query 'DBClusters[0].NetworkType')
[ "$theirs" = "$ours" ] || fail "NetworkType differs: $theirs at $old, $ours at $new. Change it (aws rds modify-db-cluster --db-cluster-identifier $new --network-type $theirs), then run this script again"
record verified "$new $new_id StorageEncrypted=true KmsKeyId=$(of_cluster "$new" KmsKeyId)"
