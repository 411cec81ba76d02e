"""The whole program against moto, a simulated AWS that others wrote, held against what boto3 says.

An organization is seeded through AWS's own API; then every cell and every cluster of our report must be
what boto3 reads from the same server: first with open doors, then with signatures, session tokens and
IAM policies enforced.
"""
import json
import os
import subprocess
import sys
import time
import unittest
import urllib.request

import harness
import reports

PYTHON = harness.SOURCE / "build/python/bin/python"
if not (harness.SOURCE / "build/python/ready").exists():
    harness.skip("moto and boto3 are not in build/python; `./dev test` fetches them where PyPI can be reached")
if sys.prefix != str(harness.SOURCE / "build/python"):
    os.execv(PYTHON, [str(PYTHON), *sys.argv])

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


def start():
    log = open(harness.SOURCE / "build/moto.log", "wb")
    process = subprocess.Popen([PYTHON.with_name("moto_server"), "-H", "127.0.0.1", "-p", "0"], stdout=log,
                               stderr=subprocess.STDOUT, env=harness.clean_environment(PYTHONUNBUFFERED="1"))
    log.close()
    for _ in range(300):
        text = (harness.SOURCE / "build/moto.log").read_text(encoding="utf-8", errors="replace")
        if "Running on http://127.0.0.1:" in text:
            return process, "http://127.0.0.1:" + text.split("Running on http://127.0.0.1:")[1].split()[0]
        time.sleep(0.1)
    process.terminate()
    harness.skip("moto did not start; see build/moto.log")


class AgainstMoto(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        process, url = start()
        cls.addClassCleanup(process.wait, 20)
        cls.addClassCleanup(process.terminate)
        cls.moto = Moto(process, url)

    def compare(self, report, regions, session=None, unreached=()):
        """Every cell and every cluster, against boto3 with the same keys."""
        moto = self.moto
        self.assertEqual(reports.inconsistencies(report), [])
        self.assertEqual(report["regions"], sorted(regions))
        self.assertEqual({account["id"] for account in report["accounts"]}, {MASTER, *moto.accounts.values()})
        cells, findings = reports.cells_of(report), {f["resource"]["arn"]: f for f in report["findings"]}
        clusters = 0
        for account in (MASTER, *moto.accounts.values()):
            skipped = account == moto.accounts["gone"]
            member = None if skipped or account in unreached else moto.session_in(account, session)
            for region in regions:
                cell = cells[account, region]
                if skipped or account in unreached:
                    self.assertEqual(cell["state"], "skipped" if skipped else "unreached")
                    continue
                truth = moto.says(account, region, member)
                expected = "empty" if not truth else "pass" if all(truth.values()) else "fail"
                self.assertEqual((cell["state"], cell["resources"], cell["failing"]),
                                 (expected, len(truth), list(truth.values()).count(False)), (account, region))
                for arn, encrypted in truth.items():
                    finding = findings.pop(arn)
                    self.assertEqual(finding["verdict"], "pass" if encrypted else "fail", arn)
                    self.assertEqual(finding["evidence"]["StorageEncrypted"], str(encrypted).lower())
                    clusters += 1
        self.assertEqual(findings, {})
        print(f"{len(cells)} cells and {clusters} clusters agree with boto3")
        return clusters

    def test_1_open_doors(self):
        result = harness.scan(self.moto.environment(), "--regions", ",".join(REGIONS))
        self.assertEqual(result.code, 1, result)
        self.assertEqual(self.compare(result.report, REGIONS), CROWD + 9)
        ous = {account["id"]: account["ou"] for account in result.report["accounts"]}
        self.assertEqual(ous, {MASTER: "/", **self.moto.units})
        names = {account["id"]: account["name"] for account in result.report["accounts"]}
        self.assertEqual(names[self.moto.accounts["search <&> é 漢"]], "search <&> é 漢")

    def test_2_regions_as_each_account_has_them(self):
        account = self.moto.accounts["payments"]
        listed = self.moto.client("ec2", session=self.moto.session_in(account)).describe_regions()["Regions"]
        enabled = [region["RegionName"] for region in listed if region["OptInStatus"] != "not-opted-in"
                   and not region["RegionName"].startswith(("cn-", "us-gov-"))]
        result = harness.scan(self.moto.environment(), "--accounts", account)
        self.assertEqual(result.report["regions"], sorted(enabled))
        self.assertEqual(result.code, 1, result)
        for region in enabled:
            truth = self.moto.says(account, region, self.moto.session_in(account))
            self.assertEqual(reports.cells_of(result.report)[account, region]["resources"], len(truth), region)

    def test_3_all_encrypted(self):
        result = harness.scan(self.moto.environment(), "--accounts", self.moto.accounts["payments"], "--regions",
                              "us-east-1,eu-north-1")
        self.assertEqual((result.code, result.report["run"]["complete"]), (0, True), result)

    def test_4_organizational_units(self):
        """moto gives no paths with the accounts, so the tree is walked."""
        result = harness.scan(self.moto.environment(), "--ous", "/Prod", "--regions", "eu-west-1")
        scanned = {cell["account"] for cell in result.report["cells"] if cell["state"] != "skipped"}
        self.assertEqual(scanned, {account for account, path in self.moto.units.items() if path.startswith("/Prod")})

    def test_5_no_organization(self):
        """Another account of the same server is in no organization: it alone is scanned, and that is said."""
        keys = self.moto.client("sts").assume_role(RoleArn=f"arn:aws:iam::999999999999:role/{ROLE}",
                                                   RoleSessionName="alone")["Credentials"]
        environment = {**self.moto.environment(keys["AccessKeyId"], keys["SecretAccessKey"]),
                       "AWS_SESSION_TOKEN": keys["SessionToken"]}
        result = harness.scan(environment, "--regions", "eu-west-1")
        self.assertEqual(result.code, 0, result)
        self.assertIn("account 999999999999 is in no AWS organization", result.err)
        self.assertIsNone(result.report["run"]["organization"])
        self.assertEqual([cell["state"] for cell in result.report["cells"]], ["empty"])

    def verdicts(self, report, control):
        return {f["resource"]["arn"]: f["verdict"] for f in report["findings"] if f["control"] == control}

    def test_6_the_whole_control(self):
        """Every finding is what boto3 reads of the same resource."""
        account, region = self.moto.accounts["payments"], "eu-west-1"
        result = harness.scan(self.moto.environment(), "--controls", WHOLE, "--regions", ",".join(REGIONS))
        self.assertEqual(result.code, 1, result)
        self.assertEqual(reports.inconsistencies(result.report), [])
        neptune = self.moto.client("neptune", region, self.moto.session_in(account))
        rds = self.moto.client("rds", region, self.moto.session_in(account))
        ours = {"findings": [f for f in result.report["findings"] if (f["account"], f["region"]) == (account, region)]}
        clusters = {c["DBClusterArn"]: c for c in neptune.describe_db_clusters()["DBClusters"] if c["Engine"] == "neptune"}
        instances = {i["DBInstanceArn"]: i for i in neptune.describe_db_instances()["DBInstances"]
                     if i["Engine"] == "neptune"}
        snapshots = {s["DBClusterSnapshotArn"]: s for s in rds.describe_db_cluster_snapshots()["DBClusterSnapshots"]
                     if s["Engine"] == "neptune"}

        def expect(control, truth):
            self.assertEqual(self.verdicts(ours, control), {arn: "pass" if good else "fail" for arn, good in truth.items()},
                             control)
            return len(truth)

        def encrypted(resources):
            return {arn: resource["StorageEncrypted"] for arn, resource in resources.items()}

        def shared_with(snapshot):
            answer = rds.describe_db_cluster_snapshot_attributes(DBClusterSnapshotIdentifier=snapshot)
            return {value for attribute in answer["DBClusterSnapshotAttributesResult"]["DBClusterSnapshotAttributes"]
                    if attribute["AttributeName"] == "restore" for value in attribute["AttributeValues"]}

        members = {MASTER, *self.moto.accounts.values()}
        by_cluster = {c["DBClusterIdentifier"]: c for c in clusters.values()}
        agreed = expect("neptune-encryption-at-rest", encrypted(clusters))
        agreed += expect("neptune-snapshot-encryption", encrypted(snapshots))
        agreed += expect("neptune-instance-encryption",
                         {arn: by_cluster[i["DBClusterIdentifier"]]["StorageEncrypted"] for arn, i in instances.items()})
        agreed += expect("neptune-deletion-protection", {arn: c["DeletionProtection"] for arn, c in clusters.items()})
        agreed += expect("neptune-backup-retention", {arn: c["BackupRetentionPeriod"] >= 7 for arn, c in clusters.items()})
        agreed += expect("neptune-copy-tags-to-snapshots", {arn: c["CopyTagsToSnapshot"] for arn, c in clusters.items()})
        agreed += expect("neptune-multi-az", {arn: c["MultiAZ"] for arn, c in clusters.items()})
        agreed += expect("neptune-instance-not-public",
                         {arn: not i["PubliclyAccessible"] for arn, i in instances.items()})
        agreed += expect("neptune-minor-upgrades", {arn: i["AutoMinorVersionUpgrade"] for arn, i in instances.items()})
        agreed += expect("neptune-snapshot-not-public",
                         {arn: shared_with(s["DBClusterSnapshotIdentifier"]) <= members for arn, s in snapshots.items()})
        self.assertEqual((len(instances), len(snapshots)), (3, 4 + len(clusters)))  # moto makes one of each cluster itself
        print(f"{agreed} findings of {len(WHOLE.split(','))} controls agree with boto3")

    def test_7_keys(self):
        """Each key once, with its users; its state and rotation as KMS says."""
        account, region = self.moto.accounts["payments"], "eu-west-1"
        # moto has no retained backups, so those cells are blind; what is seen of keys must be right all the same.
        result = harness.scan(self.moto.environment(), "--controls", "neptune-key-usable,neptune-key-rotation",
                              "--accounts", account, "--regions", region, "--max-attempts", "1")
        self.assertEqual((result.code, result.report["cells"][0]["complete"]), (3, False))
        self.assertIn("rds:DescribeDBClusterAutomatedBackups", result.report["cells"][0]["reason"])
        kms = self.moto.client("kms", region, self.moto.session_in(account))
        usable = self.verdicts(result.report, "neptune-key-usable")
        rotated = self.verdicts(result.report, "neptune-key-rotation")
        for state, arn in self.moto.keys.items():
            truth = kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"]
            self.assertEqual(usable[arn], "pass" if truth == "Enabled" else "fail", state)
            self.assertEqual(rotated[arn], "pass" if state == "rotated" else "fail", state)
        users = {f["resource"]["arn"]: f["resource"]["relations"]["user"] for f in result.report["findings"]}
        self.assertEqual(users[self.moto.keys["off"]][-1], f"arn:aws:rds:{region}:{account}:cluster:key-off")
        print(f"{len(usable)} keys agree with boto3")

    def test_9_enforced(self):
        """From here on moto checks every signature, token and policy."""
        key, secret = self.moto.enforce()
        session = boto3.Session(key, secret)
        result = harness.scan(self.moto.environment(key, secret), "--regions", ",".join(REGIONS))
        self.assertEqual(result.code, 3, result)
        clusters = self.compare(result.report, REGIONS, session, unreached=(self.moto.accounts["closed"],))
        self.assertEqual(clusters, CROWD + 9)
        wrong = harness.run(["scan"], self.moto.environment(key, secret + "x"))
        self.assertEqual(wrong.code, 4)
        self.assertIn("SignatureDoesNotMatch", wrong.err)


if __name__ == "__main__":
    unittest.main()
