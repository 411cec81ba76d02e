#!/bin/sh
# Asks AWS whether the new cluster is encrypted, with the key that was asked for, and whether it has what the old one has: as many
# instances of each class, the same engine, network and settings. Deleting the old one asks for this gate.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-cluster.sh
. "$(dirname -- "$0")/lib-cluster.sh"
begin
needs created 35-instances.sh
if [ "$execute" = no ] && ! recorded created; then
	say "would ask AWS for StorageEncrypted and KmsKeyId of $NEW_CLUSTER, and compare it with $OLD_CLUSTER"
	exit 0
fi
old_cluster
new_cluster
check_new_is_encrypted
classes() {
	look neptune describe-db-instances --filters "Name=db-cluster-id,Values=$1" --query 'sort_by(DBInstances, &DBInstanceClass)[].[DBInstanceClass]'
}
theirs=$(classes "$old")
ours=$(classes "$new")
[ "$theirs" = "$ours" ] || fail "instances differ: $old has $(printf %s "$theirs" | tr '\n' ' '), $new has $(printf %s "$ours" | tr '\n' ' ')"
facts='[EngineVersion,Port,DBSubnetGroup,DBClusterParameterGroup,IAMDatabaseAuthenticationEnabled,BackupRetentionPeriod,StorageType]'
theirs=$(of_cluster "$old" "$facts")
ours=$(of_cluster "$new" "$facts")
[ "$theirs" = "$ours" ] || fail "$facts differ: $(printf %s "$theirs" | tr '\t' ' ') at $old, $(printf %s "$ours" | tr '\t' ' ') at $new"
# Not in Neptune's own API, but in that of RDS, which is the same.
theirs=$(look rds describe-db-clusters --db-cluster-identifier "$old" --query 'DBClusters[0].NetworkType')
ours=$(look rds describe-db-clusters --db-cluster-identifier "$new" --query 'DBClusters[0].NetworkType')
[ "$theirs" = "$ours" ] || fail "NetworkType differs: $theirs at $old, $ours at $new (aws rds modify-db-cluster --db-cluster-identifier $new --network-type $theirs)"
record verified "$new $new_id StorageEncrypted=true KmsKeyId=$(of_cluster "$new" KmsKeyId)"
