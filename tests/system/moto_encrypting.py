"""A moto server that also encrypts what is restored with a key, as Neptune does.

moto 5.2 takes the key of RestoreDBClusterFromSnapshot and leaves StorageEncrypted as it was, tells keys as they were asked
for, keeps automated snapshots of a cluster that is deleted, and cannot restore one that has no master password, as Neptune's
have none. AWS encrypts the new cluster, tells the key's ARN, and lets automated snapshots go (API reference of Neptune). Run by the tests as a program: the last line of its output names its address.
"""
import sys

from moto.kms.models import kms_backends
from moto.rds.models import DBCluster, RDSBackend
from moto.server import main

_delete = RDSBackend.delete_db_cluster
_create, _restore, _get_cfg = RDSBackend.create_db_cluster, RDSBackend.restore_db_cluster_from_snapshot, DBCluster.get_cfg


def _key_arn(backend, key):
    keys = kms_backends[backend.account_id][backend.region_name]
    return keys.describe_key(keys.any_id_to_key_id(key)).arn


def create_db_cluster(self, kwargs):
    if kwargs.get("kms_key_id") and not kwargs["kms_key_id"].startswith(("arn:", "default_kms")):
        kwargs["kms_key_id"] = _key_arn(self, kwargs["kms_key_id"])
    return _create(self, kwargs)


def delete_db_cluster(self, cluster_identifier, *rest, **more):
    deleted = _delete(self, cluster_identifier, *rest, **more)
    for name, snapshot in list(self.cluster_snapshots.items()):
        if snapshot.snapshot_type == "automated" and snapshot.cluster.db_cluster_identifier == cluster_identifier:
            del self.cluster_snapshots[name]
    return deleted


def get_cfg(self):
    self.__dict__.setdefault("_master_user_password", "")
    return _get_cfg(self)


def restore_db_cluster_from_snapshot(self, from_snapshot_id, overrides):
    if overrides.get("kms_key_id"):
        overrides["storage_encrypted"] = True
    return _restore(self, from_snapshot_id, overrides)


DBCluster.get_cfg = get_cfg
RDSBackend.delete_db_cluster = delete_db_cluster
RDSBackend.create_db_cluster = create_db_cluster
RDSBackend.restore_db_cluster_from_snapshot = restore_db_cluster_from_snapshot

if __name__ == "__main__":
    sys.exit(main(["-H", "127.0.0.1", "-p", "0"]))
