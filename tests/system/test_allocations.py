"""Every allocation fails once: a clear error or the right answer, never a crash, never a store that is not whole.

In short, some of them, spread over a scan and over each command that reads what it stored; `./dev test --long alloc`
fails each.
"""
import collections
import concurrent.futures
import json
import os
import re
import sqlite3
import sys
import tempfile
import unittest

import harness
import reports

LONG = os.environ.get("NEPTUNE_SCAN_LONG") == "1"
# One cell passes, one fails; what a crowded cell adds is more of the same.
SMALL = ("--accounts", "2", "--regions", "1", "--clusters", "1", "--seed", "27")
SAMPLES, SAMPLES_OF_A_COMMAND = 150, 30
FORMATS = ("table", "json", "jsonl", "csv", "csv-matrix", "html", "markdown", "ocsf", "asff", "sarif", "junit", "prometheus")
TOTALS, TOLD = collections.Counter(), collections.defaultdict(collections.Counter)  # by command
WRAPPER = os.environ.get("FAILING_MALLOC")
if not WRAPPER or "asan" in harness.SCANNER or "tsan" in harness.SCANNER:
    harness.skip("sanitizers have an allocator of their own")


def total_of(run):
    """How many allocations the perfect run makes, and what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        counted = os.path.join(folder, "count")
        perfect = run(COUNT_INTO=counted)
        with open(counted, encoding="ascii") as stream:
            return int(stream.read()), perfect


def fail_each(name, total, samples, check):
    """All of them, whatever comes of one: what is wrong is told at the end."""
    step = 1 if LONG else max(1, total // samples)
    wrong = []

    def checked(number):
        try:
            return check(number)
        except AssertionError as error:
            wrong.append(f"allocation {number} of {name}: {error}")
            print(wrong[-1], file=sys.stderr, flush=True)  # the end may be an hour away
            return "wrong"

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        TOLD[name].update(pool.map(checked, range(1, total + 1, step)))
    TOTALS[name] += total
    assert not wrong, "\n".join([f"{len(wrong)} are wrong, such as", *wrong[:3]])


def tearDownModule():
    for name, total in TOTALS.items():
        print(f"{name}: {sum(TOLD[name].values())} of {total} allocations failed: " +
              ", ".join(f"{count} {outcome}" for outcome, count in sorted(TOLD[name].items())))


def write_exceptions(path, account):
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(f"[exception old]\ncontrol = neptune-encryption-at-rest\naccount = {account}\n"
                     "resource = graph-*\nowner = a@example.com\nreason = to be counted\n"
                     f"expires = {harness.LATER}\n[gap closed]\nregions = us-east-1, xx-new-1\naccounts = {account}\nstate = denied\n"
                     f"owner = a@example.com\nreason = to be described\nexpires = {harness.LATER}\n")


class Scan(unittest.TestCase):
    def scan(self, environment, folder, *flags, **more):
        path = os.path.join(folder, "report.json")
        # When libcurl loses its place for lack of memory, its own time limit brings it back.
        result = harness.run(["scan", "--db", os.path.join(folder, "runs.db"), "--workers", "1", "--max-attempts", "2",
                              "--timeout", "2s", "--report", f"json={path}", *flags],
                             {**environment, "LD_PRELOAD": WRAPPER, **more}, folder)
        if os.path.exists(path):
            result.report = reports.load(path)
        return result

    def check(self, environment, manifest, flags, number):
        """One word for what came of it; raises when that may not be."""
        with tempfile.TemporaryDirectory() as folder:
            result = self.scan(environment, folder, *flags, FAIL_AT=str(number))
            assert result.code in (0, 1, 2, 3, 4), result
            if os.path.exists(os.path.join(folder, "runs.db")):
                database = sqlite3.connect(os.path.join(folder, "runs.db"))
                assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",), "the store is not whole"
                database.close()
            if result.code in (2, 4):
                assert result.err.strip(), f"exit {result.code} without a word"
                return "clear error"
            truth = reports.cells_of(manifest)
            for key, cell in reports.cells_of(result.report).items():
                # Without the account's list every known region is tried; those the estate lacks answer "not opted in".
                told = truth.get(key, {"state": "disabled"})["state"]
                assert cell["state"] == told or cell["state"] in ("error", "unreached", "pending", "unknown"), \
                    f"{key} is {cell['state']}, the truth is {told}"
            wrong = reports.inconsistencies(result.report)
            assert not wrong, wrong
            return "right answer" if not reports.differences(manifest, result.report) else "blind, and said so"

    def each(self, *flags, controls="encryption"):
        with harness.estate(*SMALL, "--controls", controls) as (environment, manifest), tempfile.TemporaryDirectory() as folder:
            flags += ("--controls", controls)
            total, perfect = total_of(lambda **more: self.scan(environment, folder, *flags, **more))
            self.assertEqual(reports.differences(manifest, perfect.report), [])
            fail_each("scan", total, SAMPLES, lambda number: self.check(environment, manifest, flags, number))

    def test_scan(self):
        self.each()

    def test_scan_with_accounts_file(self):
        """One that is there, and one that is written: never a part of the list."""
        with tempfile.TemporaryDirectory() as folder, harness.estate(*SMALL) as (environment, _):
            path = os.path.join(folder, "accounts.json")
            made = harness.run(["accounts", path], environment)
            self.assertEqual(made.code, 0, made)
            self.each("--accounts-file", path)
            self.each("--accounts-file", "new.json")

    def test_scan_of_all_controls(self):
        with tempfile.TemporaryDirectory() as folder:
            exceptions = os.path.join(folder, "exceptions.ini")
            write_exceptions(exceptions, "111111111111")  # of nobody here
            self.each("--exceptions", exceptions, controls="all")


class Commands(unittest.TestCase):
    """Two nights, two shards of one, and an exception; what reads them says the same as ever, or why it cannot."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.exceptions = cls.path("exceptions.ini")
        write_exceptions(cls.exceptions, "*")
        with harness.estate(*SMALL) as (environment, _):
            for index in (1, 2):
                harness.scan(environment, "--db", cls.path(f"{index}.db"), "--shard", f"{index}/2")
        for night in (0, 1):
            with harness.estate("--accounts", "3", "--regions", "2", "--clusters", "1", "--seed", "27",
                                "--night", str(night)) as (environment, manifest):
                harness.scan(environment, "--db", cls.path("runs.db"), "--exceptions", cls.exceptions)
        cls.account = manifest["accounts"][0]["id"]

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder, name)

    def run_once(self, environment, arguments, **more):
        """The result, with everything that it told: output and files."""
        with tempfile.TemporaryDirectory() as folder:
            result = harness.run(arguments, {**environment, "LD_PRELOAD": WRAPPER, **more}, folder)
            told = [result.out]
            for root, _, names in sorted(os.walk(folder)):
                for name in sorted(names):
                    if not name.startswith("merged.db"):
                        with open(os.path.join(root, name), encoding="utf-8") as stream:
                            told.append(name + stream.read())
            # A merged run is one of its own; how long something took is not always the same.
            result.told = re.sub(r"\b[0-9A-HJKMNP-TV-Z]{26}\b|\b\d+ m?s\b", "*", "".join(told))
        return result

    def check(self, environment, arguments, perfect, number):
        result = self.run_once(environment, arguments, FAIL_AT=str(number))
        assert result.code in (0, 1, 2, 3, 4), result
        if result.code in (2, 4):
            assert result.err.strip() or "failure" in result.out, result
            return "clear error"
        if arguments[0] == "doctor" and result.code == 1:
            assert "warning" in result.out, result
            return "a warning"
        assert (result.code, result.told) == (perfect.code, perfect.told), \
            f"{result}\n{result.told}\n--- without a failure: {perfect}\n{perfect.told}"
        return "right answer"

    def each(self, *arguments, environment=None):
        environment = environment or harness.clean_environment()
        total, perfect = total_of(lambda **more: self.run_once(environment, arguments, **more))
        self.assertIn(perfect.code, (0, 1, 3), perfect)
        fail_each(arguments[0], total, SAMPLES_OF_A_COMMAND,
                  lambda number: self.check(environment, arguments, perfect, number))

    def stored(self, *arguments):
        self.each(*arguments, "--db", self.path("runs.db"))

    def test_report(self):
        self.stored("report", *(word for name in FORMATS for word in ("--report", f"{name}=report.{name}")))

    def test_merge(self):
        self.each("merge", self.path("1.db"), self.path("2.db"), "--db", "merged.db")
        self.each("merge", self.path("1.db"), self.path("absent.db"), "--db", "merged.db")

    def test_history(self):
        self.stored("diff")
        self.stored("diff", "--format", "json")
        self.stored("trend")
        self.stored("trend", "--format", "json")
        self.stored("runs")
        self.stored("show", self.account)
        self.stored("exceptions", "check", self.exceptions)
        self.stored("exceptions", "check", self.exceptions, "--format", "json")

    def test_plan(self):
        self.stored("plan", "--create-key", "--out", "plan")
        self.stored("plan", "--format", "json")
        self.stored("plan", "--format", "markdown")

    def test_what_asks_nobody(self):
        self.each("config")
        self.each("config", "--format", "json")
        for form in ("table", "json", "markdown"):
            self.each("controls", "show", "neptune-encryption-at-rest", "--format", form)
        self.each("controls", "--format", "markdown")
        for policy in ("member", "caller"):
            self.each("iam-policy", policy)
        with open(self.path("policy.json"), "w", encoding="utf-8") as stream:
            stream.write('{"Version": "2012-10-17", "Statement": {"Sid": "Other", "Effect": "Allow"}}')
        principal = ("--principal", "arn:aws:iam::111122223333:role/scan", "--organization", "o-a1b2c3d4e5")
        with open(self.path("next-id"), "w", encoding="utf-8") as stream:
            stream.write("abcd")
        self.each("iam-policy", "trust", *principal, "--external-id", "efgh", "--next-external-id-file", self.path("next-id"))
        self.each("iam-policy", "hub-trust", "--service", "pods.eks.amazonaws.com", "--account", "111122223333", "--namespace", "n",
                  "--service-account", "s", "--oidc-provider", "arn:aws:iam::111122223333:oidc-provider/example.com/id/A", *principal)
        self.each("iam-policy", "chain", "--role-chain", "arn:aws:iam::111122223333:role/hub")
        self.each("iam-policy", "delegation", "--account", "111122223333", "--merge", self.path("policy.json"))

    def test_doctor(self):
        with harness.estate(*SMALL) as (environment, _):
            self.each("doctor", environment=environment)
            self.each("doctor", "--format", "json", environment=environment)

    def test_doctor_of_a_broken_roll_out(self):
        """A role that is missing, a new account, a region that is closed, accounts without their place in the tree."""
        fence = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "rds:*", "Resource": "*", "Condition": {
            "StringEquals": {"aws:RequestedRegion": "us-east-1"}}}]}
        with open(self.path("scp.json"), "w", encoding="utf-8") as stream:
            json.dump(fence, stream)
        with harness.estate("--accounts", "7", "--regions", "2", "--clusters", "1", "--calm", "--without-role", "2,6", "--newest-joined", "2",
                            "--no-paths", "--scp", self.path("scp.json")) as (environment, _):
            self.each("doctor", "--ous", "/", environment=environment)


if __name__ == "__main__":
    unittest.main()
