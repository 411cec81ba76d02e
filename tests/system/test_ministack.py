"""The whole program against ministack, a second simulated AWS that others wrote, held against what boto3 says.

moto tests what it serves well; another author's idea of AWS finds what both sides of one test would overlook. The default
controls and settings: every region that each account lists, every cell and every finding of clusters, snapshots, instances,
global databases and keys.
"""
import collections
import itertools
import tempfile
import unittest

import harness
import reports

harness.enter_python("boto3 is")

import boto3  # noqa: E402  (only there in the virtual environment)
import botocore.config  # noqa: E402

MASTER = "111122223333"  # ministack takes an access key of twelve digits for the account's id
ROLE = "NeptuneScanAudit"
HOME = "us-east-1"
UNITS = {"/Prod": ("payments", "search"), "/Prod/Cards": ("cards",), "/Dev": ("lab",), "/": ("quiet",)}
# What each account has where: {cluster: encrypted}.
CLUSTERS = {
    ("payments", "eu-west-1"): {"pay-1": True, "pay-2": False, "pay-3": True},
    ("payments", "us-east-1"): {"pay-4": True},
    ("search", "ap-southeast-2"): {"find-1": False},
    ("cards", "us-east-1"): {f"card-{i}": True for i in range(25)},
    ("cards", "af-south-1"): {"cape-1": True},
    ("lab", "eu-north-1"): {"lab-1": False, "lab-2": False},
}
KEYS = ("plain", "rotated", "off", "dying")


class Ministack:
    """A ministack server with a seeded organization."""

    def __init__(self, url):
        self.url = url
        self.root = boto3.Session(MASTER, "secret")
        self.accounts = {"master": MASTER}
        self.units = {MASTER: "/"}
        self.sessions = {MASTER: self.root}
        self.keys = {}
        self.seed()

    def client(self, service, account=MASTER, region=HOME):
        config = botocore.config.Config(retries={"max_attempts": 1}, max_pool_connections=2)
        return self.sessions[account].client(service, region_name=region, endpoint_url=self.url, config=config)

    def seed(self):
        organizations = self.client("organizations")
        root = organizations.list_roots()["Roots"][0]["Id"]
        ids = {"/": root}
        for path, names in UNITS.items():
            parent, _, name = path.rpartition("/")
            if name:
                unit = organizations.create_organizational_unit(ParentId=ids[parent or "/"], Name=name)
                ids[path] = unit["OrganizationalUnit"]["Id"]
            for account in names:
                self.add_account(organizations, account, path, root, ids[path])
        for (name, region), clusters in CLUSTERS.items():
            self.add_clusters(self.accounts[name], region, clusters)
        self.add_more(self.accounts["payments"], "eu-west-1")
        self.add_keys(self.accounts["payments"], "us-east-1")

    def add_account(self, organizations, name, path, root, unit):
        created = organizations.create_account(Email=f"{name}@example.com", AccountName=name)
        account = created["CreateAccountStatus"]["AccountId"]
        if unit != root:
            organizations.move_account(AccountId=account, SourceParentId=root, DestinationParentId=unit)
        keys = self.client("sts").assume_role(RoleArn=f"arn:aws:iam::{account}:role/{ROLE}", RoleSessionName="seed")["Credentials"]
        self.accounts[name], self.units[account] = account, path
        self.sessions[account] = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])

    def add_clusters(self, account, region, clusters):
        neptune = self.client("neptune", account, region)
        for name, encrypted in clusters.items():
            neptune.create_db_cluster(DBClusterIdentifier=name, Engine="neptune", StorageEncrypted=encrypted)
        for name in list(clusters)[:2]:
            neptune.create_db_cluster_snapshot(DBClusterSnapshotIdentifier=f"{name}-nightly", DBClusterIdentifier=name)

    def add_more(self, account, region):
        """Other engines, which the same API answers for, instances, and a global database."""
        neptune, rds = self.client("neptune", account, region), self.client("rds", account, region)
        for name, engine in (("documents", "docdb"), ("sql", "aurora-postgresql")):
            rds.create_db_cluster(DBClusterIdentifier=name, Engine=engine, MasterUsername="root",
                                  MasterUserPassword="password1")
        rds.create_db_cluster_snapshot(DBClusterSnapshotIdentifier="sql-nightly", DBClusterIdentifier="sql")
        for number, (cluster, encrypted) in enumerate((("pay-1", True), ("pay-2", False), ("pay-3", False))):
            neptune.create_db_instance(DBInstanceIdentifier=f"i-{number}", DBInstanceClass="db.r6g.large", Engine="neptune",
                                       DBClusterIdentifier=cluster, StorageEncrypted=encrypted)
        writer = neptune.describe_db_clusters(DBClusterIdentifier="pay-3")["DBClusters"][0]["DBClusterArn"]
        rds.create_global_cluster(GlobalClusterIdentifier="world", SourceDBClusterIdentifier=writer)

    def add_keys(self, account, region):
        kms, neptune = self.client("kms", account, region), self.client("neptune", account, region)
        self.keys = {state: kms.create_key()["KeyMetadata"]["Arn"] for state in KEYS}
        kms.enable_key_rotation(KeyId=self.keys["rotated"])
        kms.disable_key(KeyId=self.keys["off"])
        kms.schedule_key_deletion(KeyId=self.keys["dying"], PendingWindowInDays=7)
        for state, arn in self.keys.items():
            neptune.create_db_cluster(DBClusterIdentifier=f"key-{state}", Engine="neptune", StorageEncrypted=True, KmsKeyId=arn)

    def environment(self):
        return harness.clean_environment(AWS_ACCESS_KEY_ID=MASTER, AWS_SECRET_ACCESS_KEY="secret", AWS_ENDPOINT_URL=self.url,
                                         AWS_REGION=HOME)

    def regions(self, account):
        """Those that the account lists as enabled."""
        listed = self.client("ec2", account).describe_regions()["Regions"]
        return {region["RegionName"] for region in listed if region["OptInStatus"] != "not-opted-in"}

    def says(self, account, region):
        """What boto3 reads in a cell, as {control: {ARN: expected verdict}}."""
        rds = self.client("rds", account, region)

        def neptune_only(operation, result):
            pages = rds.get_paginator(operation).paginate()
            return [one for page in pages for one in page[result] if one["Engine"] == "neptune"]

        clusters = neptune_only("describe_db_clusters", "DBClusters")
        snapshots = neptune_only("describe_db_cluster_snapshots", "DBClusterSnapshots")
        truth = {"neptune-encryption-at-rest": {one["DBClusterArn"]: one["StorageEncrypted"] for one in clusters},
                 "neptune-snapshot-encryption": {one["DBClusterSnapshotArn"]: one["StorageEncrypted"] for one in snapshots}}
        if clusters:  # instances are only looked for beside clusters
            truth["neptune-instance-encryption"] = self.instances(neptune_only("describe_db_instances", "DBInstances"), clusters)
        truth.update(self.key_verdicts(account, region, clusters))
        return {control: {arn: {True: "pass", False: "fail", None: "unknown"}[good] for arn, good in found.items()}
                for control, found in truth.items() if found}

    def global_databases(self):
        """What boto3 reads in the only account and region that has one, as {(account, ARN): verdict}."""
        account = self.accounts["payments"]
        listed = self.client("rds", account, "eu-west-1").describe_global_clusters()["GlobalClusters"]
        return {(account, one["GlobalClusterArn"]): "pass" if one["StorageEncrypted"] else "fail" for one in listed}

    @staticmethod
    def instances(instances, clusters):
        """An instance inherits its cluster's encryption; one that contradicts it is unknown."""
        encrypted = {one["DBClusterIdentifier"]: one["StorageEncrypted"] for one in clusters}
        return {one["DBInstanceArn"]: encrypted[one["DBClusterIdentifier"]]
                if one["StorageEncrypted"] == encrypted[one["DBClusterIdentifier"]] else None for one in instances}

    def key_verdicts(self, account, region, clusters):
        kms = self.client("kms", account, region)
        usable, rotated = {}, {}
        for arn in {one["KmsKeyId"] for one in clusters if one.get("KmsKeyId")}:
            usable[arn] = kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "Enabled"
            if arn != self.keys["dying"]:  # what will be deleted cannot be rotated: the control does not apply
                rotated[arn] = kms.get_key_rotation_status(KeyId=arn)["KeyRotationEnabled"]
        return {"neptune-key-usable": usable, "neptune-key-rotation": rotated}


class AgainstMinistack(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not harness.MINISTACK.with_name("..").joinpath("ready").exists():
            harness.skip("ministack is not in build/ministack; `./dev test` fetches it where PyPI can be reached")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        process, url = harness.start_server([harness.MINISTACK], "ministack.log", GATEWAY_PORT="0", BIND_HOST="127.0.0.1",
                                            TMPDIR=folder.name)
        cls.addClassCleanup(process.wait, 20)
        cls.addClassCleanup(process.terminate)
        cls.server = Ministack(url)

    def test_1_default_controls_in_every_region(self):
        """Each cell's state and counts, each finding's verdict: what boto3 reads, nothing more and nothing less."""
        result = harness.scan(self.server.environment())
        report = result.report
        self.assertEqual(reports.inconsistencies(report), [])
        self.assertEqual(report["regions"], sorted(set.union(*map(self.server.regions, self.server.sessions))))
        self.assertEqual({account["id"]: account["ou"] for account in report["accounts"]}, self.server.units)
        cells, found = reports.cells_of(report), collections.defaultdict(dict)
        global_databases = []  # once in their account: by a region that lists them and was assessed in full, if there is one
        for finding in report["findings"]:
            if finding["control"] == "neptune-global-database-encryption":
                global_databases.append(((finding["account"], finding["resource"]["arn"]), finding["verdict"]))
                continue
            of_control = found[finding["account"], finding["region"]].setdefault(finding["control"], {})
            of_control[finding["resource"]["arn"]] = finding["verdict"]
        differences, agreed = [], 0
        for cell in itertools.product(self.server.sessions, report["regions"]):
            truth = self.server.says(*cell)
            verdicts = [verdict for control in truth.values() for verdict in control.values()]
            state = next((state for state in ("fail", "unknown", "pass") if state in verdicts), "empty")
            expected = (state, "unknown" not in verdicts, truth)
            seen = (cells[cell]["state"], cells[cell]["complete"], found.pop(cell, {}))
            if seen == expected:
                agreed += len(verdicts)
            else:
                differences.append(f"{cell}: {seen}, but boto3 says {expected}; {cells[cell]['reason']}")
        self.assertEqual(differences, [])
        self.assertEqual(sorted(global_databases), sorted(self.server.global_databases().items()))
        agreed += len(global_databases)
        self.assertEqual(dict(found), {}, "findings of cells that boto3 does not know")
        self.assertEqual(result.code, 3, result)  # one instance contradicts its cluster
        print(f"{len(cells)} cells and {agreed} findings agree with boto3")

    def test_2_what_it_lacks(self):
        """A query that the server does not have is a blind part with its reason, in the cell and on the screen."""
        account = self.server.accounts["payments"]
        backups, graphs = "rds:DescribeDBClusterAutomatedBackups", "neptune-graph:ListGraphs"
        for controls, state, query in (("neptune-retained-backup-encryption", "unknown", backups),
                                       ("encryption,neptune-retained-backup-encryption", "fail", backups),
                                       ("neptune-analytics-key", "error", graphs)):
            with self.subTest(controls=controls):
                result = harness.scan(self.server.environment(), "--controls", controls, "--accounts", account, "--regions",
                                      "eu-west-1", "--max-attempts", "1", "--report", "table")
                cell = result.report["cells"][0]
                self.assertEqual((result.code, cell["state"], result.report["run"]["complete"]), (3, state, False), result)
                self.assertIn(query, cell["reason"])
                self.assertIn(query, result.out)

    def test_3_a_unit_and_what_is_below_it(self):
        result = harness.scan(self.server.environment(), "--ous", "/Prod", "--regions", "us-east-1")
        scanned = {cell["account"] for cell in result.report["cells"] if cell["state"] != "skipped"}
        self.assertEqual(scanned, {self.server.accounts[name] for name in ("payments", "search", "cards")})


if __name__ == "__main__":
    unittest.main()
