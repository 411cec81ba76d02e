"""Runs on disk: going on after a crash, a full disk, a second writer, files that are no store of ours."""
import contextlib
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

import harness
import reports

LONG = os.environ.get("NEPTUNE_SCAN_LONG") == "1"
KILLS = int(os.environ.get("NEPTUNE_SCAN_KILLS", "1000" if LONG else "12"))


class Store(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.path = os.path.join(self.folder, "runs.db")

    def scan(self, environment, *flags, before=()):
        return harness.scan(environment, "--db", self.path, *flags, before=before)

    def query(self, sql):
        return harness.query_store(self.path, sql)

    def test_a_store_of_an_older_program(self):
        """As that program wrote it: its digests hold, and it is brought to the newest schema when a scan writes to it."""
        with contextlib.closing(sqlite3.connect(self.path)) as database:
            database.executescript((harness.SOURCE / "tests/data/stores/schema-06.sql").read_text(encoding="utf-8"))
        environment = harness.clean_environment(NEPTUNE_SCAN_STORE_PATH=self.path)
        checked = harness.run(["runs", "--check"], environment)
        self.assertEqual((checked.code, "1 run, as written" in checked.out), (0, True), checked)
        self.assertEqual(harness.run(["report", "--report", "json"], environment).code, 0)
        with harness.estate("--accounts", "2", "--regions", "1", "--clusters", "1") as (environment, _):
            self.scan(environment)
        checked = harness.run(["runs", "--check", "--db", self.path], environment)
        self.assertEqual((checked.code, "2 runs, as written" in checked.out), (0, True), checked)

    def test_holds_what_the_report_says(self):
        with harness.estate("--accounts", "30", "--regions", "9") as (environment, manifest):
            result = self.scan(environment)
        self.assertEqual(reports.differences(manifest, result.report), [])
        run = result.report["run"]
        self.assertEqual(self.query("SELECT id, state, cells, sent FROM runs"),
                         [(run["id"], "finished", run["totals"]["cells"], run["requests"]["sent"])])
        cells = self.query("SELECT a.id, r.name, c.state, c.resources, c.failing, c.request_id, c.reason FROM cells c"
                           " JOIN accounts a USING (account) JOIN regions r USING (region)")
        told = {(cell["account"], cell["region"]): cell for cell in result.report["cells"]}
        for account, region, *values in cells:
            cell = told[account, region]
            self.assertEqual(values, [cell["state"], cell["resources"], cell["failing"], cell["request_id"],
                                      cell["reason"]])
        findings = self.query("SELECT control, a.id, g.name, arn, verdict, evidence, tags, relations FROM findings"
                              " JOIN resources USING (account, region, number) JOIN accounts a USING (account)"
                              " JOIN regions g USING (region)")
        told = reports.findings_of(result.report)
        self.assertEqual(sorted((*row[:5],) for row in findings),
                         sorted((*key, finding["verdict"]) for key, finding in told.items()))
        for *key, _, evidence, tags, relations in findings:
            self.assertEqual(json.loads(evidence), told[tuple(key)]["evidence"])
            self.assertEqual(json.loads(tags), told[tuple(key)]["resource"]["tags"])
            self.assertEqual(json.loads(relations), told[tuple(key)]["resource"]["relations"])
        requests = dict(self.query("SELECT operation, sent FROM requests"))
        self.assertEqual(requests, {name: counts["sent"] for name, counts in run["requests"]["operations"].items()})
        self.assertEqual(sum(requests.values()), run["requests"]["sent"])
        self.assertEqual(self.query("PRAGMA integrity_check"), [("ok",)])
        self.assertEqual(self.query("PRAGMA foreign_key_check"), [])

    def test_runs_add_up(self):
        with harness.estate("--accounts", "5", "--regions", "3") as (environment, manifest):
            for _ in range(3):
                self.assertEqual(reports.differences(manifest, self.scan(environment).report), [])
        self.assertEqual(len(self.query("SELECT DISTINCT id FROM runs WHERE state = 'finished'")), 3)

    def test_report_of_a_killed_run(self):
        """What was found is shown, as a part of something unfinished."""
        with harness.estate("--accounts", "60", "--regions", "9", "--latency", "aws") as (environment, manifest):
            with harness.running([harness.SCANNER, "scan", "--quiet", "--db", self.path, "--concurrency", "16"],
                                 env=environment, stdout=subprocess.DEVNULL) as process:
                deadline = time.monotonic() + 60
                while harness.clusters_asked(environment) < 60 and time.monotonic() < deadline:
                    time.sleep(0.05)
                process.kill()
                process.wait()
        stored = self.query("SELECT a.id, r.name, state FROM cells JOIN accounts a USING (account)"
                            " JOIN regions r USING (region)")
        self.assertEqual(self.query("SELECT state FROM runs"), [("running",)])
        self.assertTrue(stored)
        quiet = harness.clean_environment()
        report = json.loads(harness.run(["report", "--db", self.path, "--report", "json"], quiet).out)
        self.assertEqual(reports.inconsistencies(report), [])
        self.assertFalse(report["run"]["complete"])
        self.assertIsNone(report["run"]["finished"])
        cells = {(cell["account"], cell["region"]): cell["state"] for cell in report["cells"]}
        truth = reports.cells_of(manifest)
        for account, region, state in stored:
            if state != "disabled":
                self.assertEqual(cells[account, region], state)
        for place, state in cells.items():
            self.assertIn(state, ("pending", truth[place]["state"]))
        table = harness.run(["report", "--db", self.path], quiet).out
        self.assertRegex(table, r"(?s)^Neptune encryption at rest   \S+, not finished\n.*The run did not finish: the scan did not finish"
                                r".*This report does not prove compliance")
        metrics = harness.run(["report", "--db", self.path, "--report", "prometheus"], quiet).out
        self.assertRegex(metrics, r"\nneptune_scan_duration_seconds\{[^}]*\} 0\n")
        asff = harness.run(["report", "--db", self.path, "--report", "asff"], quiet).out
        self.assertNotIn("1970-", asff)

    def test_killed(self):
        """SIGKILL at any moment, again and again; then the same matrix as on a perfect night, and no cell lost."""
        draw, asked_again, kills, nights = random.Random(4), 0, 0, 0
        flags = ["--quiet", "--resume", "--db", self.path, "--concurrency", "32"]
        with harness.estate("--accounts", "60", "--regions", "9", "--latency", "aws", "--limits",
                            "none") as (environment, manifest):
            # A crowded cell has more than one page.
            pages = self.questions_of_a_night(environment, manifest)
            while kills < KILLS:
                for suffix in ("", "-wal", "-shm", ".lock"):
                    if os.path.exists(self.path + suffix):
                        os.unlink(self.path + suffix)
                before, killed = harness.clusters_asked(environment), 0
                for _ in range(draw.randint(1, 4)):
                    process = subprocess.Popen([harness.SCANNER, "scan", *flags, "--report", "csv-matrix=" +
                                                os.path.join(self.folder, "matrix.csv")], env=environment,
                                               stderr=subprocess.PIPE)
                    time.sleep(draw.random() * 1.5)
                    process.send_signal(signal.SIGKILL)
                    error = process.communicate()[1].decode()
                    if process.returncode != -signal.SIGKILL:
                        self.assertIn(process.returncode, (0, 3), error)
                        break  # it was done: what comes next would be a run of its own
                    killed += 1
                else:
                    result = self.scan(environment, "--resume")
                    self.assertEqual(reports.differences(manifest, result.report), [], f"after {kills} kills")
                    self.assertEqual(self.query("PRAGMA integrity_check"), [("ok",)])
                    kills += killed
                    nights += 1
                    # Killed while the reports were written: the run was whole, and a new one began.
                    if len(self.query("SELECT * FROM runs")) == 1:
                        asked_again += harness.clusters_asked(environment) - before - pages
            # Only what was in flight, and what came in the last moment before the end.
            self.assertLess(asked_again, kills * 64)
        print(f"{kills} kills in {nights} runs, {asked_again} requests repeated, {pages} in a run without a kill")

    def questions_of_a_night(self, environment, manifest):
        before = harness.clusters_asked(environment)
        self.assertEqual(reports.differences(manifest, harness.scan(environment).report), [])
        return harness.clusters_asked(environment) - before

    def test_second_writer(self):
        with harness.estate("--accounts", "400", "--regions", "17") as (environment, _):
            process = subprocess.Popen([harness.SCANNER, "scan", "--quiet", "--db", self.path, "--concurrency", "1",
                                        "--report", "csv=" + os.path.join(self.folder, "c.csv")], env=environment)
            for _ in range(500):
                if harness.statistics(environment)["requests"] > 100:
                    break
                time.sleep(0.02)
            second = self.scan(environment)
            process.send_signal(signal.SIGTERM)
            process.wait(60)
            self.assertEqual(second.code, 4)
            self.assertRegex(second.err, rf"is in use by process {process.pid}, since 20..-")
            self.assertNotEqual(self.scan(environment, "--resume", "--deadline", "1s", "--grace", "0s").code, 4)

    def expect_refusal(self, environment, text):
        result = self.scan(environment)
        self.assertEqual(result.code, 4, result)
        self.assertIn(self.path, result.err)
        self.assertRegex(result.err, text)

    def test_files_that_are_no_store(self):
        with harness.estate("--accounts", "2", "--regions", "1") as (environment, _):
            with open(self.path, "w", encoding="utf-8") as stream:
                stream.write("this is no database, but somebody's letter\n" * 50)
            self.expect_refusal(environment, "file is not a database.*damaged or no store")
            with open(self.path, encoding="utf-8") as stream:
                self.assertIn("somebody's letter", stream.read())
            os.unlink(self.path)
            harness.edit_store(self.path, "CREATE TABLE holidays (day TEXT)")
            self.expect_refusal(environment, "not one of neptune-scan")
            os.unlink(self.path)
            self.scan(environment)
            harness.edit_store(self.path, "PRAGMA user_version = 99")
            self.expect_refusal(environment, r"schema 99 is newer than the \d+ that")
            self.path = os.path.join(self.folder, "no/such/folder/runs.db")
            self.expect_refusal(environment, "/no/such/folder does not exist\n  Fix: create it")

    def test_damage_in_the_middle(self):
        with harness.estate("--accounts", "30", "--regions", "9") as (environment, _):
            self.scan(environment)
            size = os.path.getsize(self.path)
            with open(self.path, "r+b") as stream:
                stream.seek(4096)
                stream.write(b"\xff" * (size - 4096))
            result = self.scan(environment)
        self.assertEqual(result.code, 4)
        self.assertRegex(result.err, "damaged or no store|malformed")

    def test_full_disk(self):
        """A file system that is too small: a clear error, exit 4, and the store is still good."""
        mounted = os.path.join(self.folder, "small")
        os.mkdir(mounted)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", mounted], check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            self.skipTest(f"no file system can be mounted here: {done.stdout.decode().strip()}")
        try:
            self.path = os.path.join(mounted, "runs.db")
            with harness.estate("--accounts", "150", "--regions", "17") as (environment, _):
                result = self.scan(environment)
            self.assertEqual(result.code, 4, result)
            self.assertRegex(result.err, "the disk is full|disk I/O error|does not work as it should")
            copy = os.path.join(self.folder, "copy.db")
            for suffix in ("", "-wal"):
                if os.path.exists(self.path + suffix):
                    shutil.copy(self.path + suffix, copy + suffix)
            self.path = copy
            self.assertEqual(self.query("PRAGMA integrity_check"), [("ok",)])
        finally:
            subprocess.run(["umount", mounted], check=False)

    def test_read_only(self):
        if os.getuid() == 0:
            self.skipTest("root may write everywhere")
        with harness.estate("--accounts", "2", "--regions", "1") as (environment, _):
            self.scan(environment)
            os.chmod(self.path, 0o444)
            self.expect_refusal(environment, "may not be written")

    def test_no_core_dumps(self):
        """They would hold keys."""
        with harness.estate("--accounts", "300", "--regions", "17") as (environment, _):
            process = subprocess.Popen(["sh", "-c", 'ulimit -c unlimited; exec "$@"', "sh", harness.SCANNER, "scan", "--quiet",
                                        "--db", self.path, "--concurrency", "1", "--report",
                                        "csv=" + os.path.join(self.folder, "c.csv")], env=environment, cwd=self.folder,
                                       stderr=subprocess.DEVNULL)
            for _ in range(500):
                if harness.statistics(environment)["requests"] > 50:
                    break
                time.sleep(0.02)
            with open(f"/proc/{process.pid}/limits", encoding="ascii") as stream:
                limits = stream.read()
            with open(f"/proc/{process.pid}/cmdline", "rb") as stream:
                self.assertNotIn(environment["AWS_SECRET_ACCESS_KEY"].encode(), stream.read())
            process.send_signal(signal.SIGKILL)
            process.wait(20)
        self.assertRegex(limits, r"Max core file size +0 +0 ")

    def test_secrets_are_not_stored(self):
        with harness.estate("--accounts", "10", "--regions", "3") as (environment, _):
            result = self.scan({**environment, "NEPTUNE_SCAN_ROLE_EXTERNAL_ID": "PLANTED-EXTERNAL-ID"}, "--verbose")
            secret = environment["AWS_SECRET_ACCESS_KEY"]
        for suffix in ("", "-wal"):
            if os.path.exists(self.path + suffix):
                with open(self.path + suffix, "rb") as stream:
                    stored = stream.read()
                for planted in (secret.encode(), b"PLANTED-EXTERNAL-ID", b"IQoJb3JpZ2luX2VjE"):
                    self.assertNotIn(planted, stored)
        for planted in (secret, "PLANTED-EXTERNAL-ID", "IQoJb3JpZ2luX2VjE"):
            self.assertNotIn(planted, result.err + json.dumps(result.report))
        self.assertTrue(re.search("credentials from", result.err))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *os.environ.get("NEPTUNE_SCAN_ONLY", "").split()])
