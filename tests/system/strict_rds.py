"""Neptune's control plane as a stand-in for tests: every change takes time, and what AWS refuses in a state is refused.

"Time" is how often a resource has been looked at: what is creating, modifying or deleting ends after TURNS looks, so no test waits
for a clock. Refusals have the error codes of the API reference ("Neptune Management API Reference"; where that names none, of
RDS, whose API it is). Requests and answers are members of botocore's models, so a misspelt one cannot pass.
"""
import copy
import datetime

TURNS = 2


class Refused(Exception):
    def __init__(self, code, text, status=400):
        super().__init__(text)
        self.code, self.text, self.status = code, text, status


def now():
    return datetime.datetime.now(datetime.timezone.utc)


class Region:
    """One region of one account: `do(operation, input)` is its API."""

    def __init__(self, world, name):
        self.world, self.name = world, name
        self.clusters, self.instances, self.snapshots, self.backups = {}, {}, {}, {}
        self.turns = {}  # (kind, resource id or name) -> looks that are left
        self.fate = None  # what becomes of the next cluster that is made, instead of available
        self.pending_maintenance, self.quota = [], {"DBClusters": 40, "ManualClusterSnapshots": 100}
        self.offers = {"db.r6g.large": ["a", "b", "c"], "db.r5.large": ["a", "b", "c"], "db.serverless": ["a", "b", "c"]}

    def do(self, operation, request):
        name = "".join("_" + c.lower() if c.isupper() and i and not operation[i - 1].isupper() else c.lower() for i, c in enumerate(operation))
        return getattr(self, name)(request)

    # ---- names and states ----

    def arn(self, kind, name):
        return f"arn:aws:rds:{self.name}:{self.world.account}:{kind}:{name}"

    def cluster(self, name):
        name = name.rsplit(":", 1)[-1].lower()
        if name not in self.clusters:
            raise Refused("DBClusterNotFoundFault", f"DBCluster {name} not found.", 404)
        return self.clusters[name]

    def instance(self, name):
        if name not in self.instances:
            raise Refused("DBInstanceNotFound", f"DBInstance {name} not found.", 404)
        return self.instances[name]

    def snapshot(self, name):
        name = (name.split(":", 6)[-1] if name.startswith("arn:") else name).lower()  # of an automated one, "rds:..."
        if name not in self.snapshots:
            raise Refused("DBClusterSnapshotNotFoundFault", f"DBClusterSnapshot {name} not found.", 404)
        return self.snapshots[name]

    def begin(self, what, status, key="Status"):
        what[key], what["_turns"] = status, TURNS

    def members(self, cluster):
        return [instance for instance in self.instances.values() if instance["DBClusterIdentifier"] == cluster["DBClusterIdentifier"]]

    def need(self, cluster, *states):
        if cluster["Status"] not in states:
            raise Refused("InvalidDBClusterStateFault", f"DbCluster {cluster['DBClusterIdentifier']} is in {cluster['Status']} state")

    def pass_time(self):
        """One look: everything under way comes one turn nearer to its end."""
        for store, key in ((self.clusters, "Status"), (self.instances, "DBInstanceStatus"), (self.snapshots, "Status")):
            for name, what in list(store.items()):
                if what.get("_turns", 0) > 0:
                    what["_turns"] -= 1
                    if what["_turns"] == 0:
                        self.end(store, key, name, what)

    def end(self, store, key, name, what):
        status = what[key]
        if status == "deleting":
            if store is self.clusters and self.members(what):
                what["_turns"] = 1  # its instances go first
                return
            del store[name]
            if store is self.clusters:
                self.world.release(self.name, name)
                for other, snapshot in list(self.snapshots.items()):
                    if snapshot["SnapshotType"] == "automated" and snapshot["DBClusterIdentifier"] == name:
                        del self.snapshots[other]
            return
        if status == "stopping":
            what[key] = "stopped"
            return
        if "_renamed" in what:
            self.rename(store, name, what, what.pop("_renamed"))
        what[key] = self.fate if self.fate and status == "creating" and store is self.clusters else "available"

    def rename(self, store, name, what, to):
        del store[name]
        store[to] = what
        if store is self.clusters:
            for instance in self.members(what):
                instance["DBClusterIdentifier"] = to
            what["DBClusterIdentifier"], what["DBClusterArn"] = to, self.arn("cluster", to)
            self.world.release(self.name, name)
            self.set_endpoints(what)
        else:
            what["DBInstanceIdentifier"], what["DBInstanceArn"] = to, self.arn("db", to)

    def set_endpoints(self, cluster):
        cluster["Endpoint"] = cluster["ReaderEndpoint"] = self.world.address(self.name, cluster["DBClusterIdentifier"], cluster["Port"])

    def key_for(self, request, was=None):
        """The ARN of the key, which must be usable; None: not encrypted."""
        key = request.get("KmsKeyId") or was
        if not key:
            return self.world.key(self.name, "alias/aws/rds") if request.get("StorageEncrypted") else None
        arn = self.world.key(self.name, key)
        if not arn or self.world.keys[self.name][arn]["KeyState"] != "Enabled":
            raise Refused("KMSKeyNotAccessibleFault", f"The specified KMS key [{key}] does not exist, is not enabled or you do not have permissions to access it.")
        return arn

    def new_cluster(self, request, data, key, **more):
        name = request["DBClusterIdentifier"].lower()
        if name in self.clusters:
            raise Refused("DBClusterAlreadyExistsFault", "DB Cluster already exists")
        if len(self.clusters) >= self.quota["DBClusters"]:
            raise Refused("DBClusterQuotaExceededFault", "DB cluster quota exceeded", 403)
        if key and request.get("StorageEncrypted") is False:
            raise Refused("InvalidParameterCombination", "KmsKeyId and StorageEncrypted=false")
        number = self.world.number()
        cluster = {
            "AllocatedStorage": 1, "DBClusterIdentifier": name, "DBClusterArn": self.arn("cluster", name), "Engine": "neptune",
            "EngineVersion": request.get("EngineVersion", "1.3.2.1"), "DbClusterResourceId": f"cluster-{number:026}", "ClusterCreateTime": now(),
            "Port": request.get("Port", 8182), "DBSubnetGroup": request.get("DBSubnetGroupName", "default"),
            "DBClusterParameterGroup": request.get("DBClusterParameterGroupName", "default.neptune1.3"), "MultiAZ": True,
            "VpcSecurityGroups": [{"VpcSecurityGroupId": group, "Status": "active"} for group in request.get("VpcSecurityGroupIds", ["sg-default"])],
            "BackupRetentionPeriod": request.get("BackupRetentionPeriod", 1), "PreferredBackupWindow": request.get("PreferredBackupWindow", "06:00-06:30"),
            "PreferredMaintenanceWindow": request.get("PreferredMaintenanceWindow", "mon:07:00-mon:07:30"),
            "StorageEncrypted": bool(key), "AssociatedRoles": [], "HostedZoneId": "Z1", "StorageType": request.get("StorageType"),
            "IAMDatabaseAuthenticationEnabled": request.get("EnableIAMDatabaseAuthentication", False),
            "EnabledCloudwatchLogsExports": request.get("EnableCloudwatchLogsExports"), "DeletionProtection": request.get("DeletionProtection", False),
            "CopyTagsToSnapshot": request.get("CopyTagsToSnapshot", False), "AvailabilityZones": [f"{self.name}{zone}" for zone in "abc"],
            "ServerlessV2ScalingConfiguration": request.get("ServerlessV2ScalingConfiguration"),
            "EarliestRestorableTime": now(), "LatestRestorableTime": now(), "TagList": request.get("Tags", []), "_data": data, **more}
        if key:
            cluster["KmsKeyId"] = key
        self.clusters[name] = cluster
        self.set_endpoints(cluster)
        self.begin(cluster, "creating")
        return {"DBCluster": self.view(cluster)}

    def view(self, cluster):
        seen = {name: value for name, value in cluster.items() if not name.startswith("_") and value is not None}
        members = [instance for instance in self.members(cluster)]
        seen["DBClusterMembers"] = [{"DBInstanceIdentifier": instance["DBInstanceIdentifier"], "IsClusterWriter": instance["_writer"],
                                     "DBClusterParameterGroupStatus": "in-sync", "PromotionTier": instance["PromotionTier"]} for instance in members]
        return seen

    # ---- clusters ----

    def describe_dbclusters(self, request):
        self.pass_time()
        if request.get("DBClusterIdentifier"):
            return {"DBClusters": [self.view(self.cluster(request["DBClusterIdentifier"]))]}
        return {"DBClusters": [self.view(cluster) for cluster in self.clusters.values()]}

    def create_dbcluster(self, request):
        group = request.get("GlobalClusterIdentifier")
        data, more = self.world.graph(), {}
        key = self.key_for(request)
        if group:
            database = self.world.global_cluster(group)
            writer = self.world.global_writer(database)
            if writer["StorageEncrypted"] != bool(key):
                raise Refused("InvalidParameterCombination", "The encryption of a secondary must match the primary's" if writer["StorageEncrypted"] else
                              "The source cluster is not encrypted")
            data, more = writer["_data"], {"GlobalClusterIdentifier": group}
        answer = self.new_cluster(request, data, key, **more)
        if group:
            database["GlobalClusterMembers"].append({"DBClusterArn": answer["DBCluster"]["DBClusterArn"], "IsWriter": False, "Readers": []})
        return answer

    def restore_dbcluster_from_snapshot(self, request):
        snapshot = self.snapshot(request["SnapshotIdentifier"])
        if snapshot["Status"] != "available":
            raise Refused("InvalidDBClusterSnapshotStateFault", f"The snapshot is {snapshot['Status']}")
        return self.new_cluster({"EngineVersion": snapshot["EngineVersion"], **request}, copy.deepcopy(snapshot["_data"]),
                                self.key_for(request, snapshot.get("KmsKeyId")))

    def restore_dbcluster_to_point_in_time(self, request):
        source = self.cluster(request["SourceDBClusterIdentifier"])
        self.need(source, "available")
        if request.get("KmsKeyId") and not source["StorageEncrypted"]:
            raise Refused("InvalidParameterCombination", "KmsKeyId cannot be given: the source is not encrypted")
        return self.new_cluster({"EngineVersion": source["EngineVersion"], **request}, copy.deepcopy(source["_data"]), source.get("KmsKeyId"))

    def modify_dbcluster(self, request):
        cluster = self.cluster(request["DBClusterIdentifier"])
        self.need(cluster, "available")
        to = request.get("NewDBClusterIdentifier")
        if to:
            if to in self.clusters:
                raise Refused("DBClusterAlreadyExistsFault", "DB Cluster already exists")
            if not request.get("ApplyImmediately"):
                return {"DBCluster": self.view(cluster)}  # in the next maintenance window
            if cluster.get("GlobalClusterIdentifier"):
                raise Refused("InvalidDBClusterStateFault", "A member of a global cluster cannot be renamed")
            cluster["_renamed"] = to
        for name in ("BackupRetentionPeriod", "PreferredBackupWindow", "PreferredMaintenanceWindow", "DeletionProtection", "CopyTagsToSnapshot",
                     "EngineVersion"):
            if name in request:
                cluster[name] = request[name]
        self.begin(cluster, "renaming" if to else "modifying")
        return {"DBCluster": self.view(cluster)}

    def delete_dbcluster(self, request):
        cluster = self.cluster(request["DBClusterIdentifier"])
        if cluster["DeletionProtection"]:
            raise Refused("InvalidParameterCombination", "Cannot delete protected Cluster, please disable deletion protection and try again.")
        self.need(cluster, "available", "inaccessible-encryption-credentials")
        if cluster.get("GlobalClusterIdentifier"):
            raise Refused("InvalidDBClusterStateFault", "This cluster is a part of a global cluster, please remove it from globalcluster first")
        if any(instance["DBInstanceStatus"] != "deleting" for instance in self.members(cluster)):
            raise Refused("InvalidDBClusterStateFault", "Cluster cannot be deleted, it still contains DB instances in non-deleting state.")
        if not request.get("SkipFinalSnapshot"):
            self.create_dbcluster_snapshot({"DBClusterIdentifier": cluster["DBClusterIdentifier"],
                                            "DBClusterSnapshotIdentifier": request["FinalDBSnapshotIdentifier"]})
        self.begin(cluster, "deleting")
        return {"DBCluster": self.view(cluster)}

    def start_dbcluster(self, request):
        cluster = self.cluster(request["DBClusterIdentifier"])
        self.need(cluster, "stopped", "inaccessible-encryption-credentials-recoverable")
        self.begin(cluster, "starting")
        return {"DBCluster": self.view(cluster)}

    def add_role_to_dbcluster(self, request):
        cluster = self.cluster(request["DBClusterIdentifier"])
        self.need(cluster, "available")
        if any(role["RoleArn"] == request["RoleArn"] for role in cluster["AssociatedRoles"]):
            raise Refused("DBClusterRoleAlreadyExists", "Role is already associated")
        cluster["AssociatedRoles"].append({"RoleArn": request["RoleArn"], "Status": "ACTIVE"})

    # ---- instances ----

    def describe_dbinstances(self, request):
        self.pass_time()
        found = [self.instance(request["DBInstanceIdentifier"])] if request.get("DBInstanceIdentifier") else self.instances.values()
        for only in request.get("Filters", []):
            if only["Name"] == "db-cluster-id":
                found = [one for one in found if one["DBClusterIdentifier"] in [value.rsplit(":", 1)[-1] for value in only["Values"]]]
        return {"DBInstances": [{name: value for name, value in one.items() if not name.startswith("_") and value is not None} for one in found]}

    def create_dbinstance(self, request):
        cluster, name = self.cluster(request["DBClusterIdentifier"]), request["DBInstanceIdentifier"].lower()
        if name in self.instances:
            raise Refused("DBInstanceAlreadyExists", "DB Instance already exists")
        self.need(cluster, "available")
        zones = self.offers.get(request["DBInstanceClass"])
        zone = request.get("AvailabilityZone") or self.name + "a"
        if not zones or zone[len(self.name):] not in zones:
            raise Refused("InsufficientDBInstanceCapacity", f"{request['DBInstanceClass']} is not available in {zone}")
        instance = {
            "DBInstanceIdentifier": name, "DBInstanceArn": self.arn("db", name), "DBClusterIdentifier": cluster["DBClusterIdentifier"],
            "Engine": "neptune", "EngineVersion": cluster["EngineVersion"], "DBInstanceClass": request["DBInstanceClass"], "AvailabilityZone": zone,
            "PromotionTier": request.get("PromotionTier", 1), "PubliclyAccessible": request.get("PubliclyAccessible", False),
            "AutoMinorVersionUpgrade": request.get("AutoMinorVersionUpgrade", True), "StorageEncrypted": cluster["StorageEncrypted"],
            "PreferredMaintenanceWindow": request.get("PreferredMaintenanceWindow", "mon:07:00-mon:07:30"), "CACertificateIdentifier": "rds-ca-rsa2048-g1",
            "DBParameterGroups": [{"DBParameterGroupName": request.get("DBParameterGroupName", "default.neptune1.3"), "ParameterApplyStatus": "in-sync"}],
            "KmsKeyId": cluster.get("KmsKeyId"), "InstanceCreateTime": now(), "DbiResourceId": f"db-{self.world.number():026}", "TagList": request.get("Tags", []),
            "_writer": not self.members(cluster)}
        self.instances[name] = instance
        self.begin(instance, "creating", "DBInstanceStatus")
        return {"DBInstance": {key: value for key, value in instance.items() if not key.startswith("_")}}

    def modify_dbinstance(self, request):
        instance = self.instance(request["DBInstanceIdentifier"])
        if instance["DBInstanceStatus"] != "available":
            raise Refused("InvalidDBInstanceState", f"instance is {instance['DBInstanceStatus']}")
        to = request.get("NewDBInstanceIdentifier")
        if to in self.instances:
            raise Refused("DBInstanceAlreadyExists", "DB Instance already exists")
        if to:
            instance["_renamed"] = to
        for name in ("CACertificateIdentifier", "PubliclyAccessible", "PreferredMaintenanceWindow"):
            if name in request:
                instance[name] = request[name]
        self.begin(instance, "renaming" if to else "modifying", "DBInstanceStatus")
        return {}

    def delete_dbinstance(self, request):
        instance = self.instance(request["DBInstanceIdentifier"])
        if instance["DBInstanceStatus"] == "deleting":
            raise Refused("InvalidDBInstanceState", "Instance is already being deleted.")
        if self.cluster(instance["DBClusterIdentifier"])["Status"] not in ("available", "deleting"):
            raise Refused("InvalidDBClusterStateFault", "the cluster is not available")
        self.begin(instance, "deleting", "DBInstanceStatus")
        return {}

    # ---- snapshots ----

    def describe_dbcluster_snapshots(self, request):
        self.pass_time()
        found = list(self.snapshots.values())
        if request.get("DBClusterSnapshotIdentifier"):
            found = [self.snapshot(request["DBClusterSnapshotIdentifier"])]
        if request.get("DBClusterIdentifier"):
            found = [one for one in found if one["DBClusterIdentifier"] == request["DBClusterIdentifier"]]
        return {"DBClusterSnapshots": [{name: value for name, value in one.items() if not name.startswith("_") and value is not None} for one in found]}

    def create_dbcluster_snapshot(self, request, kind="manual"):
        cluster, name = self.cluster(request["DBClusterIdentifier"]), request["DBClusterSnapshotIdentifier"].lower()
        if name in self.snapshots:
            raise Refused("DBClusterSnapshotAlreadyExistsFault", "snapshot already exists")
        self.need(cluster, "available")
        if sum(one["SnapshotType"] == "manual" for one in self.snapshots.values()) >= self.quota["ManualClusterSnapshots"]:
            raise Refused("SnapshotQuotaExceeded", "manual snapshot quota exceeded")
        snapshot = {
            "DBClusterSnapshotIdentifier": name, "DBClusterSnapshotArn": self.arn("cluster-snapshot", name), "Engine": "neptune",
            "DBClusterIdentifier": cluster["DBClusterIdentifier"], "DbClusterResourceId": cluster["DbClusterResourceId"], "SnapshotType": kind,
            "SnapshotCreateTime": now(), "EngineVersion": cluster["EngineVersion"], "StorageEncrypted": cluster["StorageEncrypted"],
            "KmsKeyId": cluster.get("KmsKeyId"), "Port": cluster["Port"], "VpcId": "vpc-1", "AllocatedStorage": 1, "ClusterCreateTime": cluster["ClusterCreateTime"],
            "TagList": request.get("Tags", []) or (cluster["TagList"] if cluster["CopyTagsToSnapshot"] else []), "_shared": [],
            "_data": copy.deepcopy(cluster["_data"])}
        self.snapshots[name] = snapshot
        self.begin(snapshot, "creating")
        return {"DBClusterSnapshot": {key: value for key, value in snapshot.items() if not key.startswith("_") and value is not None}}

    def delete_dbcluster_snapshot(self, request):
        snapshot = self.snapshot(request["DBClusterSnapshotIdentifier"])
        if snapshot["SnapshotType"] != "manual" or snapshot["Status"] != "available":
            raise Refused("InvalidDBClusterSnapshotStateFault", f"{snapshot['SnapshotType']} snapshot is {snapshot['Status']}")
        self.begin(snapshot, "deleting")
        return {"DBClusterSnapshot": {"DBClusterSnapshotIdentifier": snapshot["DBClusterSnapshotIdentifier"]}}

    def describe_dbcluster_snapshot_attributes(self, request):
        snapshot = self.snapshot(request["DBClusterSnapshotIdentifier"])
        return {"DBClusterSnapshotAttributesResult": {"DBClusterSnapshotIdentifier": snapshot["DBClusterSnapshotIdentifier"], "DBClusterSnapshotAttributes":
                                                      [{"AttributeName": "restore", "AttributeValues": snapshot["_shared"]}]}}

    def modify_dbcluster_snapshot_attribute(self, request):
        snapshot = self.snapshot(request["DBClusterSnapshotIdentifier"])
        add = request.get("ValuesToAdd", [])
        if add and snapshot["StorageEncrypted"] and ("all" in add or snapshot["KmsKeyId"] == self.world.key(self.name, "alias/aws/rds")):
            raise Refused("InvalidDBClusterSnapshotStateFault", "a snapshot that is encrypted with the default key cannot be shared, an encrypted one never with all")
        snapshot["_shared"] = [one for one in snapshot["_shared"] if one not in request.get("ValuesToRemove", [])] + [one for one in add if one not in snapshot["_shared"]]
        return self.describe_dbcluster_snapshot_attributes(request)

    # ---- backups of clusters that are gone ----

    def describe_dbcluster_automated_backups(self, request):
        found = [one for one in self.backups.values() if request.get("DbClusterResourceId") in (None, one["DbClusterResourceId"])]
        if request.get("DbClusterResourceId") and not found:
            raise Refused("DBClusterAutomatedBackupNotFoundFault", "not found", 404)
        return {"DBClusterAutomatedBackups": found}

    def delete_dbcluster_automated_backup(self, request):
        return {"DBClusterAutomatedBackup": self.backups.pop(request["DbClusterResourceId"])}

    # ---- global databases: of all regions ----

    def describe_global_clusters(self, request):
        self.pass_time()
        wanted = request.get("GlobalClusterIdentifier")
        if wanted:
            return {"GlobalClusters": [self.world.global_cluster(wanted)]}
        return {"GlobalClusters": list(self.world.globals.values())}

    def create_global_cluster(self, request):
        name = request["GlobalClusterIdentifier"]
        if name in self.world.globals:
            raise Refused("GlobalClusterAlreadyExistsFault", "exists already")
        source = self.cluster(request["SourceDBClusterIdentifier"])
        self.need(source, "available")
        if source.get("GlobalClusterIdentifier"):
            raise Refused("InvalidDBClusterStateFault", "is a member of a global cluster")
        source["GlobalClusterIdentifier"] = name
        self.world.globals[name] = {
            "GlobalClusterIdentifier": name, "GlobalClusterArn": f"arn:aws:rds::{self.world.account}:global-cluster:{name}", "Status": "available",
            "GlobalClusterResourceId": f"cluster-{self.world.number():026}", "Engine": "neptune", "EngineVersion": source["EngineVersion"],
            "StorageEncrypted": source["StorageEncrypted"], "DeletionProtection": False,
            "GlobalClusterMembers": [{"DBClusterArn": source["DBClusterArn"], "IsWriter": True, "Readers": []}]}
        return {"GlobalCluster": self.world.globals[name]}

    def modify_global_cluster(self, request):
        database = self.world.global_cluster(request["GlobalClusterIdentifier"])
        database["DeletionProtection"] = request.get("DeletionProtection", database["DeletionProtection"])
        return {"GlobalCluster": database}

    def remove_from_global_cluster(self, request):
        database = self.world.global_cluster(request["GlobalClusterIdentifier"])
        arn = request["DbClusterIdentifier"]
        member = next((one for one in database["GlobalClusterMembers"] if one["DBClusterArn"] == arn), None)
        if not member:
            raise Refused("DBClusterNotFoundFault", f"{arn} is no member", 404)
        if member["IsWriter"] and len(database["GlobalClusterMembers"]) > 1:
            raise Refused("InvalidGlobalClusterStateFault", "remove the secondaries first")
        database["GlobalClusterMembers"].remove(member)
        cluster = self.world.region(arn.split(":")[3]).cluster(arn)
        del cluster["GlobalClusterIdentifier"]
        if not member["IsWriter"]:
            cluster["_data"] = copy.deepcopy(cluster["_data"])  # its own from here on
        return {"GlobalCluster": database}

    def delete_global_cluster(self, request):
        database = self.world.global_cluster(request["GlobalClusterIdentifier"])
        if database["GlobalClusterMembers"] or database["DeletionProtection"]:
            raise Refused("InvalidGlobalClusterStateFault", "it has members, or is protected")
        return {"GlobalCluster": self.world.globals.pop(request["GlobalClusterIdentifier"])}

    # ---- what else is looked at ----

    def list_tags_for_resource(self, request):
        for store in (self.clusters, self.instances, self.snapshots):
            for one in store.values():
                if request["ResourceName"] in (one.get("DBClusterArn"), one.get("DBInstanceArn"), one.get("DBClusterSnapshotArn")):
                    return {"TagList": one["TagList"]}
        raise Refused("DBClusterNotFoundFault", "no such resource", 404)

    def describe_orderable_dbinstance_options(self, request):
        zones = self.offers.get(request.get("DBInstanceClass"), [])
        return {"OrderableDBInstanceOptions": [{"Engine": "neptune", "EngineVersion": request.get("EngineVersion"), "DBInstanceClass": request["DBInstanceClass"],
                                                "AvailabilityZones": [{"Name": self.name + zone} for zone in zones]}] if zones else []}

    def describe_pending_maintenance_actions(self, request):
        return {"PendingMaintenanceActions": self.pending_maintenance}

    def describe_account_attributes(self, _):
        used = {"DBClusters": len(self.clusters), "ManualClusterSnapshots": sum(one["SnapshotType"] == "manual" for one in self.snapshots.values())}
        return {"AccountQuotas": [{"AccountQuotaName": name, "Used": used[name], "Max": most} for name, most in self.quota.items()]}

    def describe_dbcluster_endpoints(self, _):
        return {"DBClusterEndpoints": []}

    def describe_dbcluster_parameters(self, _):
        return {"Parameters": []}
