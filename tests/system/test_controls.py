"""The whole control against the simulated organization: every kind of resource, every group, every permission."""
import json
import os
import tempfile
import unittest

import harness
import reports

ESTATE = ("--accounts", "40", "--regions", "9", "--seed", "3")
GROUPS = ("encryption", "hardening", "extended", "all")
BLIND = {"unknown", "denied", "unreached", "error", "pending"}

# What a role needs for all of it, and which controls cannot do without.
PERMISSIONS = {
    "rds:DescribeDBClusters": {"neptune-encryption-at-rest", "neptune-multi-az"},
    "rds:DescribeDBClusterSnapshots": {"neptune-snapshot-encryption", "neptune-snapshot-not-public"},
    "rds:DescribeDBClusterAutomatedBackups": {"neptune-retained-backup-encryption"},
    "rds:DescribeDBInstances": {"neptune-instance-encryption", "neptune-minor-upgrades"},
    "rds:DescribeGlobalClusters": {"neptune-global-database-encryption"},
    "rds:DescribeDBClusterParameters": {"neptune-encryption-in-transit", "neptune-audit-logs"},
    "rds:DescribeDBClusterSnapshotAttributes": {"neptune-snapshot-not-public"},
    "kms:DescribeKey": {"neptune-key-usable", "neptune-key-rotation"},
    "kms:GetKeyRotationStatus": {"neptune-key-rotation"},
    "kms:ListKeyRotations": {"neptune-key-rotation"},
    "neptune-graph:ListGraphs": {"neptune-analytics-key"},
    "neptune-graph:ListGraphSnapshots": {"neptune-analytics-key"},
}


def operations(result):
    return {name: counts["sent"] for name, counts in result.report["run"]["requests"]["operations"].items()}


class Controls(unittest.TestCase):
    def same(self, manifest, result):
        found = reports.differences(manifest, result.report)
        self.assertEqual(found[:5], [], f"{len(found)} differences")

    def scan_all(self, *flags, estate=(), controls="all", select=None):
        with harness.estate(*ESTATE, "--controls", controls, *estate) as (environment, manifest):
            return harness.scan(environment, "--controls", select or controls, *flags), manifest

    def test_groups_equal_the_manifest(self):
        for controls in GROUPS:
            for flags in ((), ("--workers", "3", "--concurrency", "7")):
                with self.subTest(controls, flags=flags):
                    result, manifest = self.scan_all(*flags, controls=controls)
                    self.same(manifest, result)

    def test_each_control_alone(self):
        catalogue = json.loads(harness.run(["controls", "--format", "json"], harness.clean_environment()).out)["controls"]
        self.assertEqual(len(catalogue), 19)
        for control in catalogue:
            with self.subTest(control["id"]):
                result, manifest = self.scan_all(controls=control["id"])
                self.same(manifest, result)
                asked = {name for name in operations(result) if name.split(":")[0] in ("rds", "kms", "neptune-graph")}
                self.assertLessEqual(asked, set(control["permissions"]))

    def test_required_keys_equal_the_manifest(self):
        """Where policy asks for a kind of key, by groups and by each encryption control alone."""
        catalogue = json.loads(harness.run(["controls", "--format", "json"], harness.clean_environment()).out)["controls"]
        alone = [control["id"] for control in catalogue if control["group"] != "hardening"]
        for key in ("kms", "customer"):
            for controls in ("encryption", "all", *alone):
                with self.subTest(controls, key=key):
                    result, manifest = self.scan_all("--require-key", key, estate=("--require-key", key), controls=controls)
                    self.same(manifest, result)

    def test_keys_of_other_accounts(self):
        """The organization's, described or hidden, and a stranger's; and all of them where it is not listed."""
        with harness.estate(*ESTATE, "--controls", "neptune-key-usable") as (environment, manifest):
            listed = harness.scan(environment, "--controls", "neptune-key-usable")
            accounts = sorted({f["account"] for f in manifest["findings"]})
            named = harness.scan(environment, "--controls", "neptune-key-usable", "--accounts", ",".join(accounts))
        self.same(manifest, listed)
        ours = {account["id"] for account in manifest["accounts"]}
        verdicts = {result: {} for result in ("listed", "named")}
        for name, result in (("listed", listed), ("named", named)):
            for finding in result.report["findings"]:
                owner = finding["resource"]["arn"].split(":")[4]
                if owner != finding["account"]:
                    seen = "described" if finding["evidence"]["KeyState"] else "hidden"
                    whose = seen if owner in ours else "stranger"
                    verdicts[name].setdefault(whose, set()).add(finding["verdict"])
        self.assertEqual(verdicts["listed"], {"described": {"pass"}, "hidden": {"unknown"}, "stranger": {"fail"}})
        self.assertEqual(verdicts["named"], {"described": {"unknown"}, "hidden": {"unknown"}, "stranger": {"unknown"}})

    def test_every_kind_is_there(self):
        with harness.estate("--accounts", "120", "--regions", "5", "--seed", "1", "--controls", "all") as (environment, manifest):
            result = harness.scan(environment, "--controls", "all")
        self.same(manifest, result)
        self.assertEqual({f["resource"]["type"] for f in result.report["findings"]},
                         {"cluster", "cluster-snapshot", "retained-backup", "instance", "global-database", "key", "graph",
                          "graph-snapshot"})
        self.check_relations(result.report["findings"])

    def check_relations(self, findings):
        """Whatever belongs to something says to what, and that is there."""
        arns = {f["resource"]["arn"] for f in findings}
        for resource in (f["resource"] for f in findings):
            relations = resource["relations"]
            if resource["type"] in ("instance", "cluster-snapshot"):
                self.assertEqual(len(relations["cluster"]), 1, resource)
                self.assertIn(relations["cluster"][0], arns)
            elif resource["type"] == "retained-backup":
                self.assertTrue(relations["cluster"][0].startswith("gone-"), resource)
            elif resource["type"] == "global-database":
                self.assertEqual((len(relations["writer"]), len(relations["member"])), (1, 1), resource)
                self.assertLessEqual(set(relations["writer"] + relations["member"]), arns)
            elif resource["type"] == "key":
                self.assertEqual(relations["user"], sorted(relations["user"]))
                self.assertLessEqual(set(relations["user"]), arns)
        shared = [f for f in findings if "shared-with" in f["resource"]["relations"]]
        self.assertTrue(any("outside the organization" in f["reason"] for f in shared if f["verdict"] == "fail"))
        self.assertTrue(any("of the organization" in f["reason"] for f in shared if f["verdict"] == "pass"))
        seen = [(f["account"], f["region"], f["resource"]["arn"]) for f in findings if f["resource"]["type"] == "key"
                and f["control"] == "neptune-key-usable"]
        self.assertEqual(len(seen), len(set(seen)))  # each key once in each cell

    def test_global_database_is_told_once(self):
        """Where its writer is; or, when the scan does not come there, in the first region that has a member."""
        with harness.estate("--accounts", "120", "--regions", "5", "--seed", "1", "--controls", "all") as (environment, manifest):
            told = [f for f in manifest["findings"] if f["resource"]["type"] == "global-database"]
            account, home = told[0]["account"], told[0]["region"]
            result = harness.scan(environment, "--controls", "neptune-global-database-encryption", "--accounts", account,
                                  "--exclude-regions", home)
        found = [f for f in result.report["findings"] if f["resource"]["type"] == "global-database"]
        self.assertEqual([f["resource"]["arn"] for f in found], [told[0]["resource"]["arn"]])
        self.assertNotEqual(found[0]["region"], home)

    def test_calls_of_an_empty_cell(self):
        for controls, calls in (("neptune-encryption-at-rest", 1), ("encryption", 2), ("hardening", 2), ("extended", 1), ("all", 5)):
            with harness.estate("--accounts", "6", "--regions", "5", "--clusters", "0") as (environment, _):
                result = harness.scan(environment, "--controls", controls)
            cells = [cell for cell in result.report["cells"] if cell["state"] == "empty"]
            self.assertGreater(len(cells), 10)
            asked = sum(count for name, count in operations(result).items()
                        if name.split(":")[0] in ("rds", "kms", "neptune-graph"))
            denied = sum(cell["state"] == "denied" for cell in result.report["cells"])
            self.assertEqual(asked, (len(cells) + denied) * calls, controls)

    def test_least_privilege(self):
        """With the permissions of the catalogue everything is seen; without one, exactly that one is named."""
        _, manifest = self.scan_all()
        full = self.with_policy(set(PERMISSIONS))
        self.same(manifest, full)
        truth = reports.findings_of(manifest)
        for permission, controls in PERMISSIONS.items():
            with self.subTest(permission):
                result = self.with_policy(set(PERMISSIONS) - {permission})
                self.assertEqual((result.code, reports.inconsistencies(result.report)), (3, []))
                self.check_named(permission, controls, result.report, truth)

    def check_named(self, permission, controls, report, truth):
        reasons = {part for cell in report["cells"] if cell["state"] not in ("unreached", "skipped", "disabled")
                   for part in (cell["reason"] or "").split("; ") if "identity-based" in part or "not allowed" in part}
        self.assertTrue(reasons)
        self.assertEqual({reason.split(": ")[0] for reason in reasons}, {permission})
        found = reports.findings_of(report)
        depend = {name for name, *_ in truth if name not in controls}
        for key, finding in found.items():
            told = truth[key]["verdict"] if key in truth else None
            if finding["verdict"] != told:
                self.assertEqual(finding["verdict"], "unknown", key)
                self.assertIn(permission.split(":")[1] if permission != "rds:DescribeDBClusters" else "cluster",
                              finding["reason"], key)
        untouched = depend - {f["control"] for f in found.values() if f["verdict"] == "unknown"}
        self.assertTrue(untouched)  # the others stand
        for cell in report["cells"]:
            if cell["state"] in ("pass", "empty"):
                self.assertNotIn(permission, cell["reason"] or "")

    def with_policy(self, actions):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "policy.json")
            with open(path, "w", encoding="utf-8") as stream:
                json.dump({"Version": "2012-10-17", "Statement": [
                    {"Effect": "Allow", "Action": sorted(actions | {"ec2:DescribeRegions"}), "Resource": "*"}]}, stream)
            with harness.estate(*ESTATE, "--policy", path) as (environment, _):
                return harness.scan(environment, "--controls", "all")

    def test_kinds_of_keys(self):
        for require, manager in (("kms", None), ("customer", "CUSTOMER")):
            result, _ = self.scan_all("--require-key", require)
            kinds = [f for f in result.report["findings"] if f["control"] == "neptune-key-managed-as-required"]
            self.assertGreater(len(kinds), 10)
            for finding in kinds:
                told = finding["evidence"]["KeyManager"]
                expected = "pass" if manager in (None, told) else "unknown" if told is None else "fail"
                self.assertEqual(finding["verdict"], expected, finding)
            owned = [f for f in result.report["findings"] if f["evidence"].get("StorageEncryptionType") == "sse-rds"
                     and f["control"] == "neptune-encryption-at-rest"]
            self.assertEqual({f["verdict"] for f in owned}, {"fail"})
            graphs = {(f["evidence"]["kmsKeyIdentifier"] == "AWS_OWNED_KEY", f["verdict"])
                      for f in result.report["findings"] if f["control"] == "neptune-analytics-key"}
            self.assertLessEqual(graphs, {(True, "fail"), (False, "pass")})

    def test_the_group_asks_for_graphs_only_when_a_key_is_required(self):
        plain, _ = self.scan_all(controls="encryption")
        kms, _ = self.scan_all("--require-key", "kms", controls="encryption")
        self.assertNotIn("neptune-graph:ListGraphs", operations(plain))
        self.assertIn("neptune-graph:ListGraphs", operations(kms))

    def test_aliases_are_the_poor_mans_answer(self):
        """Without kms:DescribeKey, an alias of AWS's still tells whose key it is; its state stays unknown."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "policy.json")
            with open(path, "w", encoding="utf-8") as stream:
                json.dump({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [
                    "rds:Describe*", "ec2:DescribeRegions", "kms:ListAliases"], "Resource": "*"}]}, stream)
            with harness.estate(*ESTATE, "--policy", path) as (environment, _):
                result = harness.scan(environment, "--require-key", "customer", "--controls",
                                      "neptune-key-managed-as-required,neptune-key-usable")
        verdicts = {(f["control"], f["evidence"]["KeyManager"], f["verdict"]) for f in result.report["findings"]}
        self.assertIn(("neptune-key-managed-as-required", "AWS", "fail"), verdicts)
        self.assertIn(("neptune-key-managed-as-required", None, "unknown"), verdicts)
        self.assertIn(("neptune-key-usable", "AWS", "unknown"), verdicts)

    def test_severities_of_its_own(self):
        result, _ = self.scan_all("--severity", "neptune-multi-az=critical,neptune-audit-logs = low", controls="hardening")
        by_control = {f["control"]: f["severity"] for f in result.report["findings"]}
        self.assertEqual((by_control["neptune-multi-az"], by_control["neptune-deletion-protection"]), ("critical", "low"))

    def test_tags_that_lists_leave_out(self):
        """Asked only where an exception goes by a tag, and only for what fails."""
        with tempfile.TemporaryDirectory() as folder:
            path = exceptions_file(folder, "[exception t]\ncontrol=neptune-multi-az\naccount=*\nresource=*\ntag=owner=team graph\n"
                                   f"owner=o\nreason=r\nexpires={harness.LATER}\n")
            results = []
            for estate in ((), ("--tags-apart",)):
                result, _ = self.scan_all("--exceptions", path, estate=estate, controls="hardening")
                results.append(result)
        covered = [{(f["resource"]["arn"], f["exception"]) for f in result.report["findings"]
                    if f["control"] == "neptune-multi-az"} for result in results]
        self.assertEqual(covered[0], covered[1])
        self.assertIn("t", {name for _, name in covered[0]})
        failing = {f["resource"]["arn"] for f in results[1].report["findings"] if f["verdict"] == "fail"
                   and f["resource"]["type"] in ("cluster", "cluster-snapshot", "instance")}
        self.assertNotIn("rds:ListTagsForResource", operations(results[0]))
        self.assertEqual(operations(results[1])["rds:ListTagsForResource"], len(failing))


def exceptions_file(folder, text):
    path = os.path.join(folder, "exceptions.ini")
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)
    return path


GOOD = """[exception lab]
control = neptune-encryption-at-rest
account = {account}
resource = *
owner = graph-team@example.com
reason = synthetic data
ticket = SEC-1
expires = {later}
[exception old]
control = neptune-snapshot-encryption
account = *
resource = *graph*
owner = o@example.com
reason = r
expires = 2026-01-31
[exception nothing]
control = neptune-encryption-at-rest
account = 000000000001
resource = x
owner = o@example.com
reason = r
expires = {later}
"""
WRONG = """[exception a]
control = neptune-encryption-at-rst
account = *
resource = *
reason = r
expires = 2036-12-31
[exception b]
control = neptune-multi-az
owner = o
"""


class Exceptions(unittest.TestCase):
    def test_shown_beside_and_never_instead(self):
        with harness.estate(*ESTATE) as (environment, manifest), tempfile.TemporaryDirectory() as folder:
            failing = [f for f in manifest["findings"] if f["verdict"] == "fail"
                       and f["control"] == "neptune-encryption-at-rest"]
            account = failing[0]["account"]
            path = exceptions_file(folder, GOOD.format(account=account, later=harness.LATER))
            store = os.path.join(folder, "runs.db")
            result = harness.scan(environment, "--controls", "neptune-encryption-at-rest", "--exceptions", path, "--db", store)
            check = harness.run(["exceptions", "check", path, "--db", store, "--format", "json"], environment)
            table = harness.run(["exceptions", "check", path, "--db", store], environment)
        self.assertEqual(reports.inconsistencies(result.report), [])
        covered = [f for f in result.report["findings"] if f["exception"]]
        self.assertEqual({f["resource"]["arn"] for f in covered},
                         {f["resource"]["arn"] for f in failing if f["account"] == account})
        self.assertEqual({f["verdict"] for f in covered}, {"fail"})
        states = {cell["state"] for cell in result.report["cells"] if cell["account"] == account}
        self.assertNotIn("fail", states)
        self.assertTrue(states & {"exempt", "unknown"})
        totals = result.report["run"]["totals"]
        self.assertEqual((totals["failing_resources"], totals["exempt_resources"]),
                         (len(failing) - len(covered), len(covered)))
        told = {e["name"]: (e["state"], e["findings"]) for e in result.report["exceptions"]}
        self.assertEqual(told, {"lab": ("used", len(covered)), "old": ("expired", 0), "nothing": ("unused", 0)})
        checked = json.loads(check.out)
        self.assertEqual((check.code, checked["covered"], checked["failing"]), (1, len(covered), len(failing)))
        for word in ("EXPIRED", "unused", "SEC-1", f"Exceptions cover {len(covered)} of {len(failing)} failing findings."):
            self.assertIn(word, table.out)

    def test_all_that_is_wrong_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            path = exceptions_file(folder, WRONG)
            result = harness.run(["scan", "--exceptions", path], harness.clean_environment())
            check = harness.run(["exceptions", "check", path], harness.clean_environment())
        for answer in (result, check):
            self.assertEqual(answer.code, 2)
            for word in ("exception a: unknown control", "Did you mean \"neptune-encryption-at-rest\"?",
                         "exception a: owner is missing", "more than 366 days ahead", "matches every resource\n  Fix: set account, resource or tag",
                         "exception b: account is missing", "exception b: expires is missing"):
                self.assertIn(word, answer.err)

    def test_exit_codes(self):
        """What is covered does not fail the night; what is expired does."""
        with harness.estate(*ESTATE) as (environment, manifest), tempfile.TemporaryDirectory() as folder:
            complete = {}
            for cell in manifest["cells"]:
                complete.setdefault(cell["account"], []).append(cell["complete"])
            accounts = [name for name, cells in complete.items() if all(cells)]
            failing = [f for f in manifest["findings"] if f["account"] in accounts and f["verdict"] == "fail"]
            account = failing[0]["account"]
            controls = sorted({f["control"] for f in failing if f["account"] == account})
            for expires, code in ((harness.LATER, 0), ("2026-01-01", 1)):
                path = exceptions_file(folder, "".join(
                    f"[exception {control}]\ncontrol={control}\naccount={account}\nresource=*\nowner=o\nreason=r\n"
                    f"expires={expires}\n" for control in controls))
                result = harness.scan(environment, "--accounts", account, "--exceptions", path)
                self.assertEqual(result.code, code, result)


if __name__ == "__main__":
    unittest.main()
