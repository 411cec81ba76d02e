"""The policies that `iam-policy` prints are enough, and have nothing to spare.

The simulated organization enforces them: with the whole policy a scan is right in every cell; without any one of its
actions it is not, and names exactly that one. `ctest -V -R system.policy` prints the table.
"""
import datetime
import json
import os
import re
import tempfile
import unittest

import harness
import reports

ACTION = re.compile(r"\b(?:rds|kms|ec2|neptune-graph):[A-Z]\w+")


def policy(*flags):
    result = harness.run(["iam-policy", *flags], harness.clean_environment())
    assert result.code == 0, result
    return json.loads(result.out)


def actions_of(document):
    return {action for statement in document["Statement"] for action in statement["Action"]}


class Policy(unittest.TestCase):
    def scan(self, actions, controls):
        """(result, truth) of a scan by a role that may do just that."""
        document = {"Version": "2012-10-17",
                    "Statement": [{"Effect": "Allow", "Action": sorted(actions), "Resource": "*"}]}
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "policy.json")
            with open(path, "w", encoding="utf-8") as stream:
                json.dump(document, stream)
            # Our own account is scanned by the role, too: nothing is done by keys that may do anything.
            with harness.estate("--accounts", "30", "--regions", "4", "--controls", controls, "--policy", path) as (environment, truth):
                environment["NEPTUNE_SCAN_ORGANIZATION_EXCLUDE_ACCOUNTS"] = ""
                return harness.scan(environment, "--controls", controls, "--verbose"), truth

    @staticmethod
    def named(result):
        """The actions that cells, findings and warnings say were denied."""
        texts = [cell["reason"] or "" for cell in result.report["cells"] if cell["state"] in ("denied", "unknown", "fail")]
        texts += [finding["reason"] or "" for finding in result.report["findings"] if finding["verdict"] == "unknown"]
        texts += [line for line in result.err.splitlines() if "the list of enabled regions could not be read" in line]
        of_others = ("service control policy", "resource-based policies")  # a fence, and a key that another account hides
        return {action for text in texts if not any(words in text for words in of_others) for action in ACTION.findall(text)}

    def test_enough_and_nothing_to_spare(self):
        for controls in ("neptune-encryption-at-rest", "encryption", "all"):
            needed = actions_of(policy("--controls", controls))
            whole, truth = self.scan(needed, controls)
            self.assertEqual(reports.differences(truth, whole.report), [], whole)
            print(f"\n{controls}: {len(needed)} actions, every cell right")
            for action in sorted(needed):
                result, truth = self.scan(needed - {action}, controls)
                denied = self.named(result) - self.named(whole)
                states = {state: count for state, count in result.report["run"]["totals"].items()
                          if count != whole.report["run"]["totals"][state] and state in ("denied", "unknown", "empty", "pass", "fail")}
                print(f"  without {action:40} named: {', '.join(sorted(denied)) or '-':40} {states}")
                self.assertEqual(denied, {action}, result)

    def test_tags_only_for_exceptions_that_need_them(self):
        exception = "[exception lab]\ncontrol = neptune-encryption-at-rest\naccount = *\nresource = lab-*\n{}owner = me\nreason = none\nexpires = {}\n"
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "exceptions.ini")
            for tag, expected in (("", False), ("tag = a=b\n", True)):
                with open(path, "w", encoding="utf-8") as stream:
                    stream.write(exception.format(tag, datetime.date.today() + datetime.timedelta(30)))
                self.assertEqual("rds:ListTagsForResource" in actions_of(policy("--exceptions", path)), expected)

    def test_the_callers(self):
        caller = policy("caller")
        self.assertEqual(caller["Statement"][0]["Resource"], "arn:aws:iam::*:role/NeptuneScanAudit")
        self.assertEqual(policy("caller", "--region", "cn-north-1", "--role-name", "/audit/Scan")["Statement"][0]["Resource"],
                         "arn:aws-cn:iam::*:role/audit/Scan")
        self.assertNotIn("organizations:ListAccounts", actions_of(policy("caller", "--accounts", "111111111111")))
        self.assertNotIn("rds:DescribeDBClusters", actions_of(policy("caller", "--management-role", "Audit")))
        # What a scan really asked, by the server's own count.
        with harness.estate("--accounts", "30", "--regions", "4", "--controls", "all") as (environment, _):
            harness.scan(environment, "--controls", "all")
            asked = {name for name, count in harness.statistics(environment)["operations"].items() if count}
        allowed = actions_of(policy("caller", "--controls", "all")) | {"sts:GetCallerIdentity"}
        spare = {"organizations:ListAccountsForParent"}  # only where AWS does not tell an account's path with the account
        self.assertEqual({name.rpartition(":")[2] for name in asked} | {name.rpartition(":")[2] for name in spare},
                         {name.rpartition(":")[2] for name in allowed})

    def test_trust(self):
        trust = policy("trust", "--principal", "arn:aws:iam::111111111111:role/scan", "--organization", "o-abc", "--external-id", "xyz")
        statement = trust["Statement"][0]
        self.assertEqual(statement["Principal"], {"AWS": "arn:aws:iam::111111111111:role/scan"})
        self.assertEqual(statement["Condition"], {"StringEquals": {"sts:ExternalId": "xyz", "aws:PrincipalOrgID": "o-abc"}})
        result = harness.run(["iam-policy", "trust"], harness.clean_environment())
        self.assertEqual(result.code, 2, result)
        self.assertIn("--principal ARN", result.err)


if __name__ == "__main__":
    unittest.main()
