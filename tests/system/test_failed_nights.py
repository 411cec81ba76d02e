"""Nights on which nothing was assessed: they are runs, said first, and nothing is compared with them or concluded from them."""
import csv
import json
import os
import shutil
import tempfile
import unittest
import xml.etree.ElementTree

import harness
import reports

ESTATE = ("--accounts", "40", "--regions", "5", "--seed", "7")
FORMATS = ("table", "json", "jsonl", "csv", "csv-matrix", "html", "markdown", "ocsf", "asff", "sarif", "junit", "prometheus")
# By how it came to such a night: flags of the estate, what is wrong in the environment, flags of the scan, the exit code with
# which it is told later, and what is said. A mistake in the settings that only AWS's answer shows ends the scan itself with 2.
NIGHTS = {
    "keys that were revoked": ((), {"AWS_SECRET_ACCESS_KEY": "revoked"}, (), 4, "SignatureDoesNotMatch"),
    "no keys": ((), {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}, (), 4, "no AWS credentials found"),
    "no access to the organization": (("--faults", "organizations:ListAccounts=denied@100%"), {}, (), 4, "organizations:ListAccounts: AccessDeniedException: "),
    "a unit that was renamed": ((), {}, ("--ous", "/Old"), 4, "organization.ous names no unit of"),
    "nobody gets in": ((), {}, ("--role-name", "Gone", "--management-role", "Gone"), 3, "no cell of it could be assessed"),
    "an early deadline": (("--faults", "sts:GetCallerIdentity=hang@100%"), {}, ("--deadline", "1s", "--grace", "0s"), 3,
                          "the deadline has passed"),
}


class FailedNights(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Two good nights, which differ."""
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.base, cls.good = os.path.join(folder.name, "good.db"), []
        for night in ("0", "1"):
            with harness.estate(*ESTATE, "--night", night) as (environment, _):
                cls.good.append(harness.scan(environment, "--db", cls.base).report["run"]["id"])

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.store = folder.name, os.path.join(folder.name, "runs.db")
        shutil.copy(self.base, self.store)
        self.environment = harness.clean_environment()

    def night(self, kind):
        """The exit code, and what is said of it."""
        estate, wrong, flags, code, why = NIGHTS[kind]
        with harness.estate(*ESTATE, "--night", "2", *estate) as (environment, _):
            environment = {name: value for name, value in {**environment, **wrong}.items() if value is not None}
            result = harness.scan(environment, "--db", self.store, *flags)
        self.assertEqual(result.code, 2 if "--ous" in flags else code, result)
        return code, why

    def good_night(self, *flags):
        with harness.estate(*ESTATE, "--night", "3") as (environment, _):
            return harness.scan(environment, "--db", self.store, *flags)

    def command(self, *arguments, code=0):
        result = harness.run([*arguments, "--db", self.store], self.environment, self.folder)
        self.assertEqual(result.code, code, result)
        return result

    def runs(self):
        return json.loads(self.command("runs", "--format", "json").out)

    def query(self, sql):
        return harness.query_store(self.store, sql)

    def expect_said(self, result, why):
        self.assertRegex(result.err, r"^neptune-scan: error: \S+: run \S+ of 20\S+Z assessed nothing: ")
        self.assertIn(why, result.err)
        self.assertIn(f"\n  Fix: use run {self.good[-1]} of 20", result.err)

    def test_it_is_said_first(self):
        exceptions = os.path.join(self.folder, "exceptions.ini")
        with open(exceptions, "w", encoding="utf-8") as stream:
            stream.write("[exception e]\ncontrol = neptune-encryption-at-rest\naccount = *\nresource = graph*\nowner = o\nreason = r\n"
                         f"expires = {harness.LATER}\n")
        for kind in NIGHTS:
            with self.subTest(kind):
                shutil.copy(self.base, self.store)
                code, why = self.night(kind)
                run = self.runs()[-1]
                self.assertEqual((len(self.runs()), run["assessed_nothing"]), (3, True))
                self.assertIn(run["state"], ("interrupted", "finished"))
                self.assertIn(why, run["interrupted"] or why)
                self.assertIn("nothing assessed: ", self.command("runs").out.splitlines()[-1])
                for name in FORMATS:
                    self.expect_said(self.command("report", "--report", name, code=code), why)
                self.expect_said(self.command("show", code=code), why)
                self.expect_said(self.command("trend", code=code), why)
                for command in (("diff",), ("diff", "--format", "json"), ("diff", self.good[0]), ("diff", self.good[0], run["id"]),
                                ("diff", run["id"], self.good[0]), ("plan", "--format", "markdown"), ("exceptions", "check", exceptions)):
                    result = self.command(*command, code=code)
                    self.expect_said(result, why)
                    self.assertEqual(result.out, "", command)

    def test_the_error_ends_with_its_fix(self):
        """And is one line where it is kept: the table of runs has no line breaks."""
        for kind, last in (("no access to the organization", ["  Caller: arn:aws:iam::000008000024:user/auditor",
                                                              "  Fix: run in the management account or as a delegated administrator, or name the accounts with --accounts"]),
                           ("keys that were revoked", ["  Fix: obtain new credentials: the access key is invalid or incomplete"]),
                           ("a unit that was renamed", ["  Fix: correct --ous, or name the unit by its id"])):
            with self.subTest(kind):
                estate, wrong, flags, _, _ = NIGHTS[kind]
                with harness.estate(*ESTATE, "--night", "2", *estate) as (environment, _):
                    result = harness.run(["scan", "--db", self.store, *flags], {**environment, **wrong}, self.folder)
                lines = result.err.splitlines()
                self.assertEqual(lines[-len(last) - 1:], [*last, f"Result  the scan could not start (exit code {result.code})"])
                self.assertRegex(lines[-len(last) - 2], r"^neptune-scan: error: [^;]*$")
                line = self.command("runs").out.splitlines()[-1]
                self.assertIn(". ".join(["", *(part.strip() for part in last)]), line.replace(".. ", ". "))
                self.assertNotIn("?", line)

    def test_reports_are_marked(self):
        """Those that have room for it say themselves that the run is not complete."""
        for kind in NIGHTS:
            shutil.copy(self.base, self.store)
            code, why = self.night(kind)
            report = json.loads(self.command("report", "--report", "json", code=code).out)
            self.assertEqual((report["run"]["complete"], report["findings"]), (False, []))
            if code == 4:
                self.assertIn(why, report["run"]["interrupted"])
            self.assertIn("INCOMPLETE", self.command("report", code=code).out)

    def test_a_report_without_accounts_is_not_green(self):
        """Where the scan could not start there is no account that could be red: the run is."""
        for kind in ("keys that were revoked", "no keys", "an early deadline"):
            with self.subTest(kind):
                shutil.copy(self.base, self.store)
                code, why = self.night(kind)
                tests = xml.etree.ElementTree.fromstring(self.command("report", "--report", "junit", code=code).out)
                suites = [(suite.get("name"), suite.get("tests"), suite.get("errors")) for suite in tests]
                self.assertEqual(suites, [("run", "1", "1")])
                case, = tests.iter("testcase")
                self.assertIn(why, case.find("error").get("message"))
                row, = csv.DictReader(self.command("report", "--report", "csv-matrix", code=code).out.splitlines())
                self.assertEqual((row["account"], row["state"], row["us-east-1"]), ("run", "not-assessed", "not-assessed"))
                self.assertIn(why, row["run_note"])

    def test_the_runs_that_did_are_as_they_were(self):
        self.night("keys that were revoked")
        report = json.loads(self.command("report", "--report", "json", "--run", self.good[1]).out)
        self.assertEqual(reports.inconsistencies(report), [])
        self.assertIn("Fixed", self.command("diff", *self.good).out)

    def test_the_next_good_night_is_compared_with_the_one_before(self):
        self.night("keys that were revoked")
        self.night("nobody gets in")
        failed = [run["id"] for run in self.runs()[2:]]
        good = self.good_night().report
        told = self.command("diff", "--format", "json", code=1)
        self.assertEqual((json.loads(told.out)["old"], json.loads(told.out)["new"]), (self.good[1], good["run"]["id"]))
        for run in failed:
            self.assertRegex(told.err, rf"run {run} of \S+ is left out, it assessed nothing: ")
        self.assertEqual(self.command("diff", self.good[1], good["run"]["id"], "--format", "json", code=1).out, told.out)
        # The page's line of history: from the good night before, and three nights in the chart.
        before = json.loads(self.command("report", "--report", "json", "--run", self.good[1]).out)["run"]["totals"]
        page = self.command("report", "--report", "html").out
        delta = good["run"]["totals"]["failing_resources"] - before["failing_resources"]
        self.assertIn(f"{delta:+d} since the previous run" if delta else "unchanged since the previous run", page.replace("\u2212", "-").replace("±", ""))
        self.assertEqual(self.command("show").err, "")

    def test_trend(self):
        self.night("keys that were revoked")
        self.night("nobody gets in")
        result = self.command("trend", "--format", "json", code=3)
        self.assertIn("left out 1 run that could not start; neptune-scan runs lists the reasons", result.err)
        rows = json.loads(result.out)
        self.assertEqual([row["run"] for row in rows][:2], self.good)
        self.assertEqual((len(rows), rows[2]["coverage_percent"] < 10), (3, True))
        self.good_night()
        self.assertEqual(len(json.loads(self.command("trend", "--format", "json").out)), 4)

    def test_pruning(self):
        """They neither push out the runs that assessed something, nor stay for ever."""
        for _ in range(3):
            self.night("keys that were revoked")
        self.night("nobody gets in")
        self.assertIn("Nothing to delete: ", self.command("runs", "prune", "--keep", "5").out)
        self.assertIn("4 runs deleted", self.command("runs", "prune", "--keep", "1").out)
        self.assertEqual([run["assessed_nothing"] for run in self.runs()], [False, True])
        self.assertEqual(self.runs()[0]["id"], self.good[1])
        self.command("report", "--run", self.good[1])
        self.good_night()
        self.assertIn("2 runs deleted", self.command("runs", "prune", "--keep", "1").out)
        self.assertEqual([run["assessed_nothing"] for run in self.runs()], [False])

    def test_a_resumed_scan_begins_anew(self):
        """There is nothing to go on with, and what is there stays."""
        for kind in ("keys that were revoked", "nobody gets in", "an early deadline"):
            shutil.copy(self.base, self.store)
            self.night(kind)
            result = self.good_night("--resume")
            self.assertIn("no unfinished run", result.err)
            self.assertEqual(len(self.runs()), 4)
            self.assertEqual(self.runs()[2]["assessed_nothing"], True)

    def test_doctor(self):
        self.night("no access to the organization")
        with harness.estate(*ESTATE) as (environment, _):
            result = harness.run(["doctor", "--db", self.store], environment)
        self.assertEqual(result.code, 1, result)
        self.assertRegex(result.out, r"warning +store +the latest run, 0 minutes ago, could not start: organizations:ListAccounts: AccessDeniedException")

    def test_all_out_of_scope_is_nothing(self):
        """No account is scanned: that proves nothing of any, and is not compared with a night that did."""
        with harness.estate(*ESTATE) as (environment, manifest):
            suspended = [account["id"] for account in manifest["accounts"] if account["status"] == "SUSPENDED"]
            rest = ",".join(account["id"] for account in manifest["accounts"] if account["id"] not in suspended)
            scan = harness.scan(environment, "--db", self.store, "--exclude-accounts", rest)
        self.assertEqual(scan.code, 3, scan)
        self.assertTrue(self.runs()[-1]["assessed_nothing"])
        self.expect_said(self.command("report", "--report", "json", code=3), "every account is excluded, suspended or outside the units")
        self.assertIn("Nothing to delete: ", self.command("runs", "prune", "--keep", "2").out)

    def test_a_shard_that_could_not_start(self):
        stores = [os.path.join(self.folder, f"{index}.db") for index in (1, 2)]
        with harness.estate(*ESTATE) as (environment, manifest):
            harness.scan(environment, "--db", stores[0], "--shard", "1/2")
            failed = harness.scan({**environment, "AWS_SECRET_ACCESS_KEY": "revoked"}, "--db", stores[1], "--shard", "2/2")
            self.assertEqual(failed.code, 4)
            merged = harness.run(["merge", *stores, "--db", self.store, "--report", "json"], self.environment)
            self.assertEqual(merged.code, 3)
            report = json.loads(merged.out)
            self.assertRegex(report["run"]["interrupted"], "^shard 2/2: sts:GetCallerIdentity .*SignatureDoesNotMatch")
            pending = [account for account in report["accounts"] if account["state"] == "pending"]
            self.assertTrue(pending)
            for account in pending:
                self.assertRegex(account["reason"], "^shard 2/2: sts:GetCallerIdentity .*SignatureDoesNotMatch")
            resumed = harness.scan(environment, "--db", self.store, "--resume")
            self.assertEqual(reports.differences(manifest, resumed.report), [])


if __name__ == "__main__":
    unittest.main()
