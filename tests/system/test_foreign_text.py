"""Texts of AWS with letters of several bytes, wherever a limit cuts them: no report may hold half a letter, or lose a finding."""
import json
import os
import tempfile
import unittest

import harness
import small_aws
from small_aws import HOME, cluster, rds, refused, serving

FORMATS = ("json", "jsonl", "csv", "csv-matrix", "ocsf", "asff", "sarif", "junit", "markdown", "prometheus", "html")
LETTERS = "é€😀"  # two, three and four bytes


def long(before):
    """So that every limit falls inside a letter for one of the four beginnings."""
    return "x" * before + LETTERS * 200


class ForeignText(unittest.TestCase):
    def answers(self, before):
        text = long(before)
        strange = (f"<DBCluster><DBClusterIdentifier>g-{text}</DBClusterIdentifier><Engine>neptune</Engine>"
                   f"<StorageEncrypted>{text}</StorageEncrypted><StorageEncryptionType>{text}</StorageEncryptionType>"
                   f"<EngineVersion>{text}</EngineVersion><DBClusterParameterGroup>{text}</DBClusterParameterGroup>"
                   f"<BackupRetentionPeriod>{text}</BackupRetentionPeriod><Status>{text}</Status></DBCluster>")
        return {"ec2:DescribeRegions": small_aws.regions("us-east-1", "eu-west-1"),
                "rds:DescribeDBClusters@us-east-1": rds("DescribeDBClusters", strange + cluster("plain", "us-east-1")),
                "rds:DescribeDBClusters@eu-west-1": refused(403, "AccessDenied", f"clusters {text}"),
                "rds:DescribeDBClusterSnapshots": refused(403, "AccessDenied", f"snapshots {text}"),
                "rds:DescribeDBClusterAutomatedBackups": refused(403, "AccessDenied", f"backups {text}"),
                "rds:DescribeDBInstances": refused(403, "AccessDenied", f"instances {text}"),
                "rds:DescribeGlobalClusters": refused(403, "AccessDenied", f"global {text}"),
                "rds:DescribeDBClusterParameters": refused(403, "AccessDenied", f"parameters {text}"),
                "neptune-graph:ListGraphs": refused(403, "AccessDenied", f"graphs {text}"),
                "neptune-graph:ListGraphSnapshots": refused(403, "AccessDenied", f"snapshots of graphs {text}"),
                "organizations:ListAccounts": (200, json.dumps(
                    {"Accounts": [{"Id": HOME, "Name": text, "State": "ACTIVE"}]}))}

    def scan(self, before):
        """The reports by format, and what the program said."""
        with serving(self.answers(before)) as (settings, self.asked), tempfile.TemporaryDirectory() as folder:
            flags = [flag for form in FORMATS for flag in ("--report", f"{form}={os.path.join(folder, form)}")]
            result = harness.run(["scan", "--controls", "all", "--db", os.path.join(folder, "runs.db"), "--log-format", "json",
                                  *flags], harness.clean_environment(**settings), folder)
            self.assertEqual(result.code, 3, result)
            written = {}
            for form in FORMATS:
                with open(os.path.join(folder, form), encoding="utf-8", errors="strict") as stream:
                    written[form] = stream.read()
            return written, result

    def test_no_letter_is_cut(self):
        for before in range(9):
            with self.subTest(before=before):
                written, result = self.scan(before)
                for form, text in written.items():
                    for broken in ("\ufffd", "\\ufffd", "x?", "€?", "é?", "😀?"):
                        self.assertNotIn(broken, text, form)
                for line in result.err.splitlines():
                    json.loads(line)
                self.assertNotIn("\ufffd", result.err + result.out)

    def test_nothing_is_lost(self):
        written, _ = self.scan(1)
        report = json.loads(written["json"])
        findings = len(report["findings"])
        self.assertEqual({finding["resource"]["id"][:2] for finding in report["findings"]}, {"g-", "pl"})
        events = json.loads(written["ocsf"])
        self.assertEqual(sum("control" in event["compliance"] for event in events), findings)
        failing = sum(finding["verdict"] == "fail" for finding in json.loads(written["json"])["findings"])
        self.assertEqual(len(json.loads(written["sarif"])["runs"][0]["results"]), failing)
        imported = [finding for line in written["asff"].splitlines() for finding in json.loads(line)["Findings"]]
        self.assertEqual(sum(finding["Resources"][0]["Type"] != "AwsAccount" for finding in imported), findings)

    def test_each_reason_is_named(self):
        """However long the others are."""
        written, _ = self.scan(0)
        reason = {cell["region"]: cell for cell in json.loads(written["json"])["cells"]}["eu-west-1"]["reason"]
        refused_there = {operation for _, region, operation in self.asked
                         if region == "eu-west-1" and operation in self.answers(0) and "Global" not in operation}
        self.assertGreater(len(refused_there), 3)
        for operation in refused_there:
            self.assertIn(f"{operation}: AccessDenied: ", reason)


if __name__ == "__main__":
    unittest.main()
