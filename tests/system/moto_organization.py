"""A moto server with an organization in it, for whoever runs in build/python.

Accounts in organizational units, a role in each, clusters, instances, snapshots, shares and keys; made through AWS's
own API, so that boto3 and other tools can be asked about them.
"""
import json
import unittest
import urllib.request

import harness

harness.enter_python("moto and boto3 are")

import boto3  # noqa: E402  (only there in the virtual environment)
import botocore.config  # noqa: E402

ROLE = "NeptuneScanAudit"
MASTER = "123456789012"
REGIONS = ["eu-west-1", "us-east-1", "ap-southeast-2"]
CROWD = 120
ROLE_POLICY = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["rds:Describe*", "ec2:DescribeRegions", "kms:DescribeKey", "kms:ListAliases",
                                   "kms:GetKeyRotationStatus"], "Resource": "*"}]}
CLUSTERS = "neptune-encryption-at-rest"
# All that moto can serve: it knows neither retained backups nor Neptune Analytics.
WHOLE = ("neptune-encryption-at-rest,neptune-snapshot-encryption,neptune-instance-encryption,"
         "neptune-deletion-protection,neptune-backup-retention,neptune-copy-tags-to-snapshots,neptune-multi-az,"
         "neptune-snapshot-not-public,neptune-instance-not-public,neptune-minor-upgrades")
TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}


class Moto:
    """A moto server with a seeded organization."""

    def __init__(self, process, url):
        self.process, self.url = process, url
        self.root = boto3.Session("rootkey", "rootsecret", region_name="us-east-1")
        self.accounts, self.units = {}, {}
        self.seed()

    def client(self, service, region="us-east-1", session=None):
        config = botocore.config.Config(retries={"max_attempts": 1}, max_pool_connections=2)
        return (session or self.root).client(service, region_name=region, endpoint_url=self.url, config=config)

    def session_in(self, account, session=None):
        """Keys of the role in an account, by STS."""
        if account == MASTER:
            return session or self.root
        keys = self.client("sts", session=session).assume_role(
            RoleArn=f"arn:aws:iam::{account}:role/{ROLE}", RoleSessionName="seed")["Credentials"]
        return boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])

    def seed(self):
        organizations = self.client("organizations")
        organizations.create_organization(FeatureSet="ALL")
        root = organizations.list_roots()["Roots"][0]["Id"]
        prod = organizations.create_organizational_unit(ParentId=root, Name="Prod")["OrganizationalUnit"]["Id"]
        cards = organizations.create_organizational_unit(ParentId=prod, Name="Cards")["OrganizationalUnit"]["Id"]
        dev = organizations.create_organizational_unit(ParentId=root, Name="Dev")["OrganizationalUnit"]["Id"]
        for name, unit, path in (("payments", cards, "/Prod/Cards"), ("search <&> é 漢", prod, "/Prod"),
                                 ("crowd", dev, "/Dev"), ("quiet", root, "/"), ("gone", dev, "/Dev"),
                                 ("closed", prod, "/Prod"), *((f"many-{i}", dev, "/Dev") for i in range(20))):
            account = organizations.create_account(Email=f"a{len(self.accounts)}@example.com",
                                                   AccountName=name)["CreateAccountStatus"]["AccountId"]
            if unit != root:
                organizations.move_account(AccountId=account, SourceParentId=root, DestinationParentId=unit)
            self.accounts[name], self.units[account] = account, path
        organizations.close_account(AccountId=self.accounts["gone"])
        for name, account in self.accounts.items():
            if name != "gone":
                self.add_role(account)
        self.add_clusters("payments", "eu-west-1", {"pay-1": True, "pay-2": False})
        self.add_clusters("payments", "us-east-1", {"pay-3": True})
        self.add_clusters("search <&> é 漢", "ap-southeast-2", {"find-1": False})
        self.add_clusters("crowd", "us-east-1", {f"c-{i:03}": i != 111 for i in range(CROWD)})
        self.add_clusters("crowd", "eu-west-1", {"sql": False}, engine="aurora-postgresql")
        self.add_clusters(None, "eu-west-1", {"own": True})
        self.add_more("payments", "eu-west-1")

    def add_more(self, name, region):
        """Instances, snapshots, shares and keys beside the clusters that are there."""
        session = self.session_in(self.accounts[name])
        rds, kms = self.client("rds", region, session), self.client("kms", region, session)
        for number, (cluster, public) in enumerate((("pay-1", False), ("pay-1", True), ("pay-2", False))):
            rds.create_db_instance(DBInstanceIdentifier=f"i-{number}", DBInstanceClass="db.r6g.large", Engine="neptune",
                                   DBClusterIdentifier=cluster, PubliclyAccessible=public,
                                   AutoMinorVersionUpgrade=number != 1)
        for number, (cluster, share) in enumerate((("pay-1", None), ("pay-2", "all"), ("pay-2", "999999999999"),
                                                   ("pay-1", self.accounts["quiet"]))):
            rds.create_db_cluster_snapshot(DBClusterSnapshotIdentifier=f"s-{number}", DBClusterIdentifier=cluster)
            if share:
                rds.modify_db_cluster_snapshot_attribute(DBClusterSnapshotIdentifier=f"s-{number}",
                                                         AttributeName="restore", ValuesToAdd=[share])
        rds.create_db_cluster_snapshot(DBClusterSnapshotIdentifier="other", DBClusterIdentifier=self.other(rds))
        self.keys = {state: kms.create_key()["KeyMetadata"]["Arn"] for state in ("rotated", "plain", "off", "dying")}
        ids = {state: arn.split("/")[1] for state, arn in self.keys.items()}  # moto does not take ARNs everywhere
        kms.enable_key_rotation(KeyId=ids["rotated"])
        kms.disable_key(KeyId=ids["off"])
        kms.schedule_key_deletion(KeyId=ids["dying"], PendingWindowInDays=7)
        for state, arn in self.keys.items():
            rds.create_db_cluster(DBClusterIdentifier=f"key-{state}", Engine="neptune", StorageEncrypted=True,
                                  KmsKeyId=arn, DeletionProtection=state == "rotated", BackupRetentionPeriod=9,
                                  CopyTagsToSnapshot=state == "plain")

    @staticmethod
    def other(rds):
        """A cluster of another engine, whose snapshot is none of ours."""
        rds.create_db_cluster(DBClusterIdentifier="pg", Engine="aurora-postgresql", MasterUsername="root",
                              MasterUserPassword="password1")
        return "pg"

    def add_role(self, account):
        iam = self.client("iam", session=self.session_in(account))
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.put_role_policy(RoleName=ROLE, PolicyName="audit", PolicyDocument=json.dumps(ROLE_POLICY))

    def add_clusters(self, name, region, clusters, engine="neptune"):
        session = self.session_in(self.accounts[name] if name else MASTER)
        rds = self.client("rds", region, session)
        for identifier, encrypted in clusters.items():
            more = {} if engine == "neptune" else {"MasterUsername": "root", "MasterUserPassword": "password1"}
            rds.create_db_cluster(DBClusterIdentifier=identifier, Engine=engine, StorageEncrypted=encrypted, **more)

    def environment(self, key="rootkey", secret="rootsecret"):
        return harness.clean_environment(AWS_ACCESS_KEY_ID=key, AWS_SECRET_ACCESS_KEY=secret,
                                         AWS_ENDPOINT_URL=self.url, AWS_REGION="us-east-1",
                                         NEPTUNE_SCAN_CONTROLS_SELECT=CLUSTERS)

    def says(self, account, region, session):
        """What boto3 reads: {arn: StorageEncrypted} of Neptune's clusters."""
        found = {}
        pages = self.client("neptune", region, session).get_paginator("describe_db_clusters")
        for page in pages.paginate():
            for cluster in page["DBClusters"]:
                if cluster["Engine"] == "neptune":
                    found[cluster["DBClusterArn"]] = cluster["StorageEncrypted"]
        return found

    def enforce(self):
        """A caller of our own, who may do what the documentation asks for, but not enter one account."""
        iam = self.client("iam")
        iam.create_user(UserName="scanner")
        closed = f"arn:aws:iam::{self.accounts['closed']}:role/{ROLE}"
        policy = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["sts:AssumeRole", "organizations:Describe*", "organizations:List*",
                                           "rds:Describe*", "ec2:DescribeRegions", "kms:Describe*", "kms:List*",
                                           "kms:Get*"], "Resource": "*"},
            {"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": closed}]}
        iam.put_user_policy(UserName="scanner", PolicyName="scan", PolicyDocument=json.dumps(policy))
        keys = iam.create_access_key(UserName="scanner")["AccessKey"]
        urllib.request.urlopen(urllib.request.Request(self.url + "/moto-api/reset-auth", data=b"0", method="POST",
                                                      headers={"Content-Type": "text/plain"}), timeout=10).close()
        return keys["AccessKeyId"], keys["SecretAccessKey"]


def start(program=("moto_server", "-H", "127.0.0.1", "-p", "0"), log_name="moto.log"):
    """(process, address) of a server; `program` is one of build/python."""
    return harness.start_server([harness.PYTHON.with_name(program[0]), *program[1:]], log_name)


def start_program(name, log_name):
    """(process, address) of a server that is a program of this folder."""
    return harness.start_server([harness.PYTHON, harness.SOURCE / "tests/system" / name], log_name)


class MotoCase(unittest.TestCase):
    """With one server and its organization for all tests of the class, as `self.moto`."""

    @classmethod
    def setUpClass(cls):
        process, url = start()
        cls.addClassCleanup(process.wait, 20)
        cls.addClassCleanup(process.terminate)
        cls.moto = Moto(process, url)
