"""One scan by several programs, each a part of the accounts, and their stores joined: the same as by one."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import harness
import reports

ESTATE = ("--accounts", "60", "--regions", "9", "--seed", "11")
ARRAYS = {  # by what runs the array: the variables of its third job of four
    "Kubernetes": {"JOB_COMPLETION_INDEX": "2"},
    "AWS Batch": {"AWS_BATCH_JOB_ARRAY_INDEX": "2", "AWS_BATCH_JOB_ARRAY_SIZE": "4"},
    "Slurm": {"SLURM_ARRAY_TASK_ID": "20", "SLURM_ARRAY_TASK_MIN": "10", "SLURM_ARRAY_TASK_MAX": "25",
              "SLURM_ARRAY_TASK_STEP": "5", "SLURM_ARRAY_TASK_COUNT": "4"},
}


class Shards(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.all = self.path("all.db")

    def path(self, name):
        return os.path.join(self.folder, name)

    def shard(self, index, count):
        return self.path(f"{index}-of-{count}.db")

    def scan(self, environment, index, count, *flags):
        return harness.scan(environment, "--db", self.shard(index, count), "--shard", f"{index}/{count}", *flags)

    def merge(self, *stores, flags=(), target=None):
        report = self.path("merged.json")
        if os.path.exists(report):
            os.unlink(report)
        result = harness.run(["merge", *stores, "--db", target or self.all, "--report", f"json={report}", *flags],
                             harness.clean_environment())
        if os.path.exists(report):
            result.report = reports.load(report)
        return result

    def test_joined_they_are_the_whole(self):
        exceptions = self.path("exceptions.ini")
        with open(exceptions, "w", encoding="utf-8") as stream:
            for name, account in (("all-clusters", "*"), ("nobody", "111111111111")):
                stream.write(f"[exception {name}]\ncontrol = neptune-encryption-at-rest\naccount = {account}\n"
                             "resource = graph-*\nowner = a@example.com\nreason = to see it counted\n"
                             f"expires = {harness.LATER}\n\n")
        cases = ((1, ()), (3, ()), (7, ()), (3, ("--regions", "eu-west-1,us-east-1,ap-south-1")),
                 (2, ("--controls", "all", "--exceptions", exceptions)),
                 (2, ("--role-name", "Nobody", "--management-role", "Nobody")))
        for case, (count, flags) in enumerate(cases):
            with self.subTest(count=count, flags=flags), harness.estate(*ESTATE) as (environment, manifest):
                self.all = self.path(f"all-{count}-{case}.db")
                whole = harness.scan(environment, "--db", self.path(f"whole-{count}-{case}.db"), *flags)
                parts = [self.scan(environment, index, count, *flags) for index in range(1, count + 1)]
                if count == 1:  # this is the whole already
                    self.assertIsNone(parts[0].report["run"]["shard"])
                    continue
                stores = [self.shard(index, count) for index in range(count, 0, -1)]
                merged = self.merge(*stores)
                self.assertEqual(merged.code, whole.code, merged)
                if not flags:
                    self.assertEqual(reports.differences(manifest, merged.report), [])
                self.compare(whole.report, merged.report, [part.report for part in parts])
                self.assertEqual(harness.query_store(self.all, "PRAGMA integrity_check"), [("ok",)])
                self.assertEqual(harness.query_store(self.all, "PRAGMA foreign_key_check"), [])

    def compare(self, whole, merged, parts):
        """Everything but times, ids and how much was asked."""
        def timeless(items):
            text = json.dumps([{name: value for name, value in item.items() if name not in ("at", "request_id")}
                               for item in items])
            return json.loads(re.sub(r"request [0-9a-f-]{36}", "request", text))

        for list_of in ("cells", "findings", "accounts"):
            self.assertEqual(timeless(merged[list_of]), timeless(whole[list_of]))
        for member in ("regions", "controls", "schema", "exceptions"):
            self.assertEqual(merged[member], whole[member])
        run = merged["run"]
        for member in ("totals", "complete", "interrupted", "organization", "management_account", "partition",
                       "note", "shard", "caller"):
            self.assertEqual(run[member], whole["run"][member], member)
        self.assertEqual(run["requests"]["sent"], sum(part["run"]["requests"]["sent"] for part in parts))
        self.assertEqual(run["started"], min(part["run"]["started"] for part in parts))
        self.assertEqual(run["finished"], max(part["run"]["finished"] for part in parts))
        cells = {(cell["account"], cell["region"]): cell for part in parts for cell in part["cells"]
                 if not (cell["reason"] or "").startswith("left to shard")}
        for cell in merged["cells"]:
            key = cell["account"], cell["region"]
            if cell["state"] not in ("disabled", "skipped"):
                self.assertEqual((cell["at"], cell["request_id"]), (cells[key]["at"], cells[key]["request_id"]))

    def test_each_account_is_of_one_shard(self):
        with harness.estate(*ESTATE) as (environment, _):
            parts = [self.scan(environment, index, 4) for index in range(1, 5)]
        taken = {}
        for index, part in enumerate(parts, 1):
            self.assertEqual(part.report["run"]["shard"], f"{index}/4")
            self.assertIn(part.code, (0, 1, 3))
            self.assertEqual(len(part.report["accounts"]), 60)  # each row, in each report
            for account in part.report["accounts"]:
                owner = int(account["id"]) % 4 + 1
                if (account["reason"] or "").startswith("left to shard"):
                    self.assertEqual((account["state"], account["reason"]), ("skipped", f"left to shard {owner}/4"))
                elif account["state"] != "skipped":
                    self.assertEqual(owner, index)
                    taken.setdefault(account["id"], []).append(index)
        self.assertTrue(all(len(by) == 1 for by in taken.values()))

    def test_one_that_is_not_there(self):
        """Its accounts are pending, the run is incomplete, and can be gone on with."""
        with harness.estate(*ESTATE) as (environment, manifest):
            for index in (1, 2, 4):
                self.scan(environment, index, 4)
            merged = self.merge(*(self.shard(index, 4) for index in (1, 2, 4)))
            self.assertEqual(merged.code, 3)
            self.assertEqual(reports.inconsistencies(merged.report), [])
            self.assertIn("shards that were not merged: 3/4", merged.report["run"]["interrupted"])
            self.assertRegex(merged.err, r"Scanned 60 accounts in .*\nStored  run \w+ in .*\nWrote .*(?:.*\n)+Result  .*INCOMPLETE.*\(exit code 3\)\n$")
            missing = [account for account in merged.report["accounts"] if account["state"] == "pending"]
            self.assertTrue(missing)
            for account in missing:
                self.assertEqual(int(account["id"]) % 4, 2)
                self.assertEqual(account["reason"], "shard 3/4 is not among those that were merged")
            resumed = harness.scan(environment, "--db", self.all, "--resume")
            whole = harness.scan(environment)
        self.assertEqual(reports.differences(manifest, resumed.report), [])
        self.assertEqual(resumed.report["run"]["id"], merged.report["run"]["id"])
        self.assertEqual(*(report["run"]["requests"]["operations"]["sts:AssumeRole"]["sent"]  # each account once
                           for report in (resumed.report, whole.report)))
        self.assertEqual(harness.query_store(self.all, "SELECT state FROM runs"), [("finished",)])

    def test_one_that_did_not_come_to_its_end(self):
        with harness.estate("--accounts", "80", "--regions", "17", "--latency", "aws") as (environment, manifest):
            self.scan(environment, 1, 2)
            left = self.scan(environment, 2, 2, "--deadline", "1s", "--grace", "0s", "--concurrency", "24")
            self.assertEqual(left.code, 3)
            merged = self.merge(self.shard(1, 2), self.shard(2, 2))
            self.assertEqual(merged.code, 3)
            self.assertRegex(merged.report["run"]["interrupted"], "^shard 2/2: ")
            self.assertEqual(merged.report["run"]["totals"]["pending"], left.report["run"]["totals"]["pending"])
            resumed = harness.scan(environment, "--db", self.all, "--resume")
            self.assertEqual(reports.differences(manifest, resumed.report), [])
            again = self.scan(environment, 2, 2, "--resume")
            self.assertEqual(again.report["run"]["shard"], "2/2")
            merged = self.merge(self.shard(1, 2), self.shard(2, 2), target=self.path("again.db"))
        self.assertEqual(reports.differences(manifest, merged.report), [])

    def test_one_that_was_killed(self):
        """As a killed program leaves it: nobody said which regions are shown, nothing is summed up."""
        with harness.estate(*ESTATE) as (environment, manifest):
            for index in (1, 2):
                self.scan(environment, index, 2)
            for sql in ("UPDATE runs SET state = 'running', finished = NULL, organization = NULL, caller = NULL,"
                        " management_account = NULL, sent = NULL, cells = NULL, failing = NULL, blind = NULL",
                        "UPDATE regions SET shown = 0", "DELETE FROM requests", "DELETE FROM accounts WHERE is_done = 0"):
                harness.edit_store(self.shard(2, 2), sql)
            merged = self.merge(self.shard(1, 2), self.shard(2, 2))
            self.assertEqual(merged.code, 3)
            self.assertEqual(merged.report["run"]["interrupted"], "shard 2/2: the scan did not finish")
            self.assertRegex(merged.report["run"]["organization"], "^o-")
            self.assertEqual(merged.report["regions"], manifest["regions"])
            self.assertEqual(reports.inconsistencies(merged.report), [])
            cells, truth = reports.cells_of(merged.report), reports.cells_of(manifest)
            for place, cell in cells.items():
                self.assertIn(cell["state"], ("pending", truth[place]["state"]))
            resumed = harness.scan(environment, "--db", self.all, "--resume")
        self.assertEqual(reports.differences(manifest, resumed.report), [])

    def test_they_share_the_pace_of_sts(self):
        """Side by side, with one caller's limit for both of them: each at its half of it."""
        with harness.estate("--accounts", "1600", "--regions", "1", "--limits", "aws") as (environment, manifest):
            commands = [[harness.SCANNER, "scan", "--quiet", "--db", self.shard(index, 2), "--shard", f"{index}/2",
                         "--report", f"csv-matrix={self.path(str(index))}"] for index in (1, 2)]
            processes = [subprocess.Popen(command, env=environment) for command in commands]
            for process in processes:
                self.assertIn(process.wait(harness.TIMEOUT), (0, 1, 3))
        merged = self.merge(self.shard(1, 2), self.shard(2, 2))
        self.assertEqual(reports.differences(manifest, merged.report), [])
        # None on a quiet machine; more than a hundred where each takes the whole limit for its own.
        self.assertLess(merged.report["run"]["requests"]["operations"]["sts:AssumeRole"]["throttled"], 40)

    def test_nights_of_merged_runs(self):
        """Merged into one store night by night, runs can be compared as any others."""
        for night in ("1", "2"):
            with harness.estate(*ESTATE, "--night", night) as (environment, manifest):
                for index in (1, 2):
                    self.scan(environment, index, 2)
                merged = self.merge(self.shard(1, 2), self.shard(2, 2))
                self.assertEqual(reports.differences(manifest, merged.report), [])
        environment = harness.clean_environment()
        diff = harness.run(["diff", "--db", self.all, "--format", "json"], environment)
        self.assertIn(diff.code, (0, 1), diff)
        shard = harness.run(["diff", "--db", self.shard(1, 2), "--format", "json"], environment)
        self.assertIn(shard.code, (0, 1), shard)
        runs = json.loads(harness.run(["runs", "--db", self.shard(1, 2), "--format", "json"], environment).out)
        self.assertEqual([run["shard"] for run in runs], ["1/2", "1/2"])
        with harness.estate(*ESTATE) as (environment, _):
            harness.scan(environment, "--db", self.shard(1, 2))
        for arguments, code, said in (((), 2, "has only one run that can be compared"), ((runs[0]["id"],), 2, "they scan different accounts"),
                                      ((runs[0]["id"], runs[1]["id"]), shard.code, "")):
            result = harness.run(["diff", *arguments, "--db", self.shard(1, 2)], harness.clean_environment())
            self.assertEqual(result.code, code, result)
            self.assertIn(said, result.err)
        for run, has_before in ((runs[1]["id"], True), (None, False)):  # the latest is the only whole one
            page = harness.run(["report", "--db", self.shard(1, 2), "--report", "html", *(("--run", run) if run else ())],
                               harness.clean_environment())
            self.assertEqual("since the previous run" in page.out, has_before)
        trend = harness.run(["trend", "--db", self.shard(1, 2), "--format", "csv"], harness.clean_environment())
        self.assertEqual(len(trend.out.splitlines()), 2, trend)  # a head, and the one whole run
        page = harness.run(["report", "--db", self.shard(1, 2), "--run", runs[0]["id"], "--report", "json"],
                           harness.clean_environment())
        self.assertEqual(json.loads(page.out)["run"]["shard"], "1/2")

    def test_only_of_one_scan(self):
        with harness.estate(*ESTATE) as (environment, _):
            for index in (1, 2):
                self.scan(environment, index, 2)
            self.scan(environment, 2, 3)
            harness.scan(environment, "--db", self.path("whole.db"))
            harness.scan(environment, "--db", self.path("other.db"), "--shard", "2/2", "--controls", "all",
                         "--regions", "eu-west-1")
        one, two = self.shard(1, 2), self.shard(2, 2)
        for name in ("stranger.db", "one.db"):
            shutil.copy(two if name != "one.db" else one, self.path(name))
        harness.edit_store(self.path("stranger.db"), "UPDATE runs SET organization = 'o-other'")
        for stores, message in (
                ((one, self.shard(2, 3)), "one of 2 shards"),
                ((one, self.path("whole.db")), "is no shard\n  Fix: scan with --shard INDEX/COUNT"),
                ((one, self.path("other.db")), 'have different settings: regions.include was "enabled", now "eu-west-1"; controls added: neptune-'),
                ((one, self.path("one.db")), "both hold shard 1/2"),
                ((one, one), "both hold shard 1/2"),
                ((one, self.path("stranger.db")), "of organization"),
                ((one, self.all), "is the one to merge into")):
            with self.subTest(message):
                shutil.copy(one, self.all) if self.all in stores else None
                merged = self.merge(*stores)
                self.assertEqual(merged.code, 2, merged)
                self.assertIn(message, merged.err)
                self.assertIsNone(merged.report)
                if self.all in stores:
                    os.unlink(self.all)
                self.assertFalse(os.path.exists(self.all))
        nothing = harness.run(["merge"], harness.clean_environment())
        self.assertEqual(nothing.code, 2)
        self.assertIn("no run store is named", nothing.err)

    def test_only_reports(self):
        with harness.estate(*ESTATE) as (environment, manifest):
            for index in (1, 2):
                self.scan(environment, index, 2)
        merged = self.merge(self.shard(1, 2), self.shard(2, 2), target="none")
        self.assertEqual(reports.differences(manifest, merged.report), [])
        self.assertFalse(os.path.exists("none"))

    def test_by_whoever_runs_the_array(self):
        with harness.estate(*ESTATE) as (environment, _):
            for name, variables in ARRAYS.items():
                with self.subTest(name):
                    array = {**environment, **variables}
                    result = harness.scan(array, "--db", ":memory:", "--shard", "array/4")
                    self.assertEqual(result.report["run"]["shard"], "3/4")
                    result = harness.scan(array, "--db", ":memory:", "--shard", "array")
                    if name == "AWS Batch":
                        self.assertEqual(result.report["run"]["shard"], "3/4")
                    else:  # Kubernetes does not tell of how many, and Slurm's array begins at 10
                        self.assertEqual(result.code, 2)
                        self.assertIn("set scan.shard to array/COUNT" if name == "Kubernetes" else "cannot be determined", result.err)
                    self.assertIsNone(harness.scan(array, "--db", ":memory:", "--shard",
                                                   "1/1").report["run"]["shard"])
            slurm = {**environment, **ARRAYS["Slurm"], "SLURM_ARRAY_TASK_COUNT": "3"}  # --array=10,20,25
            result = harness.scan(slurm, "--db", ":memory:", "--shard", "array/3")
            self.assertEqual(result.code, 2)
            self.assertIn("cannot be determined", result.err)
            for shard in ("array/4", "array/2"):
                broken = {**environment, "JOB_COMPLETION_INDEX": "two" if shard == "array/4" else "2"}
                result = harness.scan(broken, "--db", ":memory:", "--shard", shard)
                self.assertEqual(result.code, 2, result)

    def test_what_is_no_shard(self):
        environment = harness.clean_environment()
        for shard in ("0/4", "5/4", "1", "/4", "1/", "1/0", "-1/4", "1/1001", "a/4", "1/4x", "array/0", "array/",
                      "1/99999999999999999999"):
            with self.subTest(shard):
                result = harness.run(["scan", "--shard", shard], environment)
                self.assertEqual(result.code, 2)
                self.assertIn(f'--shard "{shard}": must be INDEX/COUNT', result.err)

    def test_resumed_as_another_shard(self):
        """That is another run; the other shard's can still be gone on with."""
        with harness.estate("--accounts", "40", "--regions", "9", "--latency", "aws") as (environment, _):
            first = self.scan(environment, 1, 2, "--deadline", "1s", "--grace", "0s", "--concurrency", "4")
            for shard, now in (("2/2", '"2/2"'), ("1/1", '""')):
                store = self.path(f"copy-{shard[0]}.db")
                shutil.copy(self.shard(1, 2), store)
                result = harness.scan(environment, "--db", store, "--resume", "--shard", shard)
                self.assertIn(result.code, (0, 1, 3), result)
                self.assertIn(f'is not resumed: scan.shard was "1/2", now {now}', result.err)
                self.assertNotEqual(result.report["run"]["id"], first.report["run"]["id"])

    def test_units_with_nothing_of_a_shard(self):
        """Not an error: the accounts are there, they are somebody else's."""
        with harness.estate("--accounts", "6", "--regions", "3", "--ous", "2") as (environment, manifest):
            looked_at = {cell["account"] for cell in manifest["cells"] if cell["state"] != "skipped"}
            unit = next(account["ou"] for account in manifest["accounts"] if account["id"] in looked_at)
            for index in range(1, 8):
                result = self.scan(environment, index, 7, "--ous", unit)
                self.assertIn(result.code, (0, 1, 3), result)
                self.assertEqual(len(result.report["accounts"]), 6)


if __name__ == "__main__":
    unittest.main()
