"""The whole program against moto, a simulated AWS that others wrote, held against what boto3 says.

An organization is seeded through AWS's own API; then every cell and every cluster of our report must be
what boto3 reads from the same server: first with open doors, then with signatures, session tokens and
IAM policies enforced.
"""
import json
import os
import tempfile
import unittest

import harness
import reports
from moto_organization import CROWD, MASTER, REGIONS, ROLE, WHOLE, MotoCase

import boto3  # only in the virtual environment, which moto_organization has entered


class AgainstMoto(MotoCase):
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
        result = harness.scan(self.moto.environment(), "--controls", "neptune-key-usable,neptune-key-rotation",
                              "--accounts", account, "--regions", region)
        # Where no key was named, moto names one that its KMS does not know: not a key that is gone, but no key's name.
        self.assertEqual((result.code, result.report["cells"][0]["complete"]), (3, False))
        self.assertEqual(result.report["cells"][0]["reason"], "kms:DescribeKey: NotFoundException: Invalid keyId default_kms_key_id")
        unnamed = [f["verdict"] for f in result.report["findings"] if f["resource"]["id"] == "default_kms_key_id"]
        self.assertEqual(set(unnamed), {"unknown"})
        kms = self.moto.client("kms", region, self.moto.session_in(account))
        usable = self.verdicts(result.report, "neptune-key-usable")
        rotated = self.verdicts(result.report, "neptune-key-rotation")
        for state, arn in self.moto.keys.items():
            truth = kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"]
            self.assertEqual(usable[arn], "pass" if truth == "Enabled" else "fail", state)
            # Of a key that will be deleted KMS says nothing of use.
            expected = None if truth == "PendingDeletion" else "pass" if state == "rotated" else "fail"
            self.assertEqual(rotated.get(arn), expected, state)
        users = {f["resource"]["arn"]: f["resource"]["relations"]["user"] for f in result.report["findings"]}
        self.assertEqual(users[self.moto.keys["off"]][-1], f"arn:aws:rds:{region}:{account}:cluster:key-off")
        print(f"{len(usable)} keys agree with boto3")

    def test_8_security_hub(self):
        """The batches of the report asff are taken as they are; a second import updates and doubles nothing."""
        account = self.moto.accounts["payments"]
        hub = self.moto.client("securityhub", "eu-west-1", self.moto.session_in(account))
        hub.enable_security_hub()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "findings.jsonl")
            for _ in range(2):
                harness.run(["scan", "--accounts", account, "--regions", "eu-west-1", "--report", f"asff={path}"],
                            self.moto.environment())
                with open(path, encoding="utf-8") as stream:
                    batches = [json.loads(line) for line in stream]
                for batch in batches:
                    answer = hub.batch_import_findings(**batch)
                    self.assertEqual((answer["FailedCount"], answer["SuccessCount"]), (0, len(batch["Findings"])))
        sent = {finding["Id"]: finding["Compliance"]["Status"] for batch in batches for finding in batch["Findings"]}
        kept = hub.get_findings(MaxResults=100)["Findings"]
        self.assertEqual({finding["Id"]: finding["Compliance"]["Status"] for finding in kept}, sent)
        self.assertEqual(len(kept), len(sent))
        print(f"{len(kept)} findings taken by moto's Security Hub")

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
