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
    {"Effect": "Allow", "Action": ["rds:DescribeDBClusters", "ec2:DescribeRegions"], "Resource": "*"}]}
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
                                         AWS_ENDPOINT_URL=self.url, AWS_REGION="us-east-1")

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
                                           "rds:DescribeDBClusters", "ec2:DescribeRegions"], "Resource": "*"},
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
        self.assertEqual(self.compare(result.report, REGIONS), CROWD + 5)
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

    def test_9_enforced(self):
        """From here on moto checks every signature, token and policy."""
        key, secret = self.moto.enforce()
        session = boto3.Session(key, secret)
        result = harness.scan(self.moto.environment(key, secret), "--regions", ",".join(REGIONS))
        self.assertEqual(result.code, 3, result)
        clusters = self.compare(result.report, REGIONS, session, unreached=(self.moto.accounts["closed"],))
        self.assertEqual(clusters, CROWD + 5)
        wrong = harness.run(["scan"], self.moto.environment(key, secret + "x"))
        self.assertEqual(wrong.code, 4)
        self.assertIn("SignatureDoesNotMatch", wrong.err)


if __name__ == "__main__":
    unittest.main()
