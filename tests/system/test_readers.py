"""Reading a store that may not be written, beside the one who writes it, or a copy: all of it, or a word that it is not all."""
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

import harness
import reports

ESTATE = ("--accounts", "40", "--regions", "9", "--seed", "7")
OWNER, READER = 64001, 64002  # who stores runs, and who may only read them
COMMANDS = (("report", "--report", "json"), ("report", "--report", "html"), ("show",), ("runs",), ("trend",), ("diff", "--format", "json"))


def become(user):
    """What a command begins with; only root can."""
    return ("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--")


@unittest.skipUnless(os.getuid() == 0 and shutil.which("setpriv"), "only root can run programs as two other users")
class Readers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Two nights in a store of the owner's; and the program where everybody may run it."""
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        cls.program, cls.base = shutil.copy(harness.SCANNER, folder.name), os.path.join(folder.name, "base.db")
        os.chmod(cls.program, 0o755)
        for night in ("0", "1"):
            with harness.estate(*ESTATE, "--night", night) as (environment, _):
                harness.scan(environment, "--db", cls.base)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.store = folder.name, os.path.join(folder.name, "runs.db")
        os.chown(self.folder, OWNER, OWNER)
        os.chmod(self.folder, 0o755)

    def keep(self, source=None):
        shutil.copy(source or self.base, self.store)
        self.own(self.store)

    @staticmethod
    def own(path):
        os.chown(path, OWNER, OWNER)
        os.chmod(path, 0o644)

    def run_as(self, user, *arguments, environment=None):
        completed = subprocess.run([*become(user), self.program, *arguments], env=environment or harness.clean_environment(),
                                   cwd="/", timeout=harness.TIMEOUT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, check=False)
        result = harness.Result(completed, None)
        self.assertNotIn("Sanitizer", result.err)
        return result

    def files(self):
        """With what is in them."""
        found = {}
        for name in os.listdir(self.folder):
            with open(os.path.join(self.folder, name), "rb") as stream:
                found[name] = hashlib.sha256(stream.read()).hexdigest()
        return found

    def expect_whole(self, what, original=None):
        """Whatever is read is what root reads of the original, and nothing is left behind."""
        before = self.files()
        for command in COMMANDS:
            with self.subTest(what, command=command):
                source = original or self.base
                expected = harness.run([*command, "--db", source], harness.clean_environment())
                result = self.run_as(READER, *command, "--db", self.store)
                # The page names the store in the commands that it suggests.
                self.assertEqual((result.code, result.out, result.err),
                                 (expected.code, expected.out.replace(source, self.store), expected.err))
        self.assertEqual(self.files(), before)

    def test_at_rest(self):
        self.keep()
        self.expect_whole("in a folder that may not be written")
        os.chmod(self.folder, 0o777)
        self.expect_whole("in a folder that may be written")
        os.chmod(self.store, 0o666)
        os.chmod(self.folder, 0o755)
        self.expect_whole("that may be written, in a folder that may not")

    def test_copies(self):
        for how in ("VACUUM INTO", "backup", "after prune"):
            if os.path.exists(self.store):
                os.unlink(self.store)
            database = sqlite3.connect(self.base)
            if how == "VACUUM INTO":
                database.execute("VACUUM INTO ?", (self.store,))
            else:
                copy = sqlite3.connect(self.store)
                database.backup(copy)
                copy.close()
            database.close()
            if how == "after prune":
                self.assertEqual(harness.run(["runs", "prune", "--keep", "2", "--db", self.store], harness.clean_environment()).code, 0)
                os.unlink(self.store + ".lock")
            self.own(self.store)
            self.expect_whole(how)

    def test_a_reader_leaves_nothing_that_keeps_the_owner_out(self):
        self.keep()
        os.chmod(self.folder, 0o777)
        with harness.estate(*ESTATE, "--night", "2") as (environment, _):
            for _ in range(2):
                self.assertEqual(self.run_as(READER, "runs", "--db", self.store).code, 0)
                result = self.run_as(OWNER, "scan", "--quiet", "--db", self.store, "--report", f"json={self.folder}/report.json",
                                     environment=environment)
                self.assertEqual((result.code, result.err), (3, ""), result)

    def test_older_schemas(self):
        """Brought up to date by who writes; who reads, reads a copy."""
        older = os.path.join(self.folder, "older.db")
        shutil.copy(self.base, older)
        harness.age_store(older, 3)
        self.keep(older)
        os.unlink(older)
        # What no older program knew, and a report has.
        original = f"{self.base}.original"
        self.addCleanup(os.unlink, original)
        shutil.copy(self.base, original)
        harness.edit_store(original, "UPDATE runs SET most_in_flight = NULL")
        self.expect_whole("of schema 3", original)
        os.chmod(self.store, 0o666)
        os.chmod(self.folder, 0o777)
        self.expect_whole("of schema 3, that may be written", original)
        self.assertEqual(self.run_as(OWNER, "runs", "prune", "--keep", "2", "--db", self.store).code, 0)
        database = sqlite3.connect(self.store)
        self.assertEqual(database.execute("PRAGMA user_version").fetchone(), (max(harness.BACK_FROM),))
        database.close()
        self.expect_whole("brought up to date", original)

    def test_what_may_not_be_read_or_written(self):
        self.keep()
        os.chmod(self.store, 0o600)
        result = self.run_as(READER, "runs", "--db", self.store)
        self.assertEqual(result.code, 4)
        self.assertIn("cannot be read: Permission denied", result.err)
        os.chmod(self.store, 0o644)
        before = self.files()
        for command in (("runs", "prune", "--keep", "1"), ("scan",)):
            with harness.estate("--accounts", "2", "--regions", "1") as (environment, _):
                result = self.run_as(READER, *command, "--db", self.store, environment=environment)
            self.assertEqual(result.code, 4, result)
            self.assertIn(self.store, result.err)
        self.assertEqual(self.files(), before)

    def test_shards_that_may_not_be_written(self):
        stores = [os.path.join(self.folder, f"{index}.db") for index in (1, 2)]
        with harness.estate(*ESTATE) as (environment, manifest):
            for index, store in enumerate(stores, 1):
                harness.scan(environment, "--db", store, "--shard", f"{index}/2")
                self.own(store)
        before = self.files()
        merged = self.run_as(READER, "merge", *stores, "--db", "none", "--report", "json")
        self.assertEqual(reports.differences(manifest, json.loads(merged.out)), [], merged)
        self.assertEqual(self.files(), before)

    def scan_to_be_stopped(self, environment, cells):
        """A scan of the owner's that is under way, with so many cells asked."""
        process = subprocess.Popen([*become(OWNER), self.program, "scan", "--quiet", "--db", self.store, "--concurrency", "8",
                                    "--report", f"json={self.folder}/report.json"], env=environment, cwd="/",
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and harness.statistics(environment)["operations"].get("rds:DescribeDBClusters", 0) < cells:
            time.sleep(0.05)
        time.sleep(1.2)  # what was answered is stored, and partly brought from the log to the file
        return process

    def test_beside_the_writer_and_after_a_kill(self):
        """And copies of that: all that was stored, and a word on what it is a part of."""
        self.keep()
        copy = os.path.join(self.folder, "copy.db")
        with harness.estate("--accounts", "300", "--regions", "9", "--seed", "7", "--latency", "aws") as (environment, _):
            process = self.scan_to_be_stopped(environment, 200)
            for user, said in ((READER, "the scan did not finish, or is still running"),
                               (OWNER, rf"the scan is still running (process {process.pid}, since 20")):
                report = json.loads(self.run_as(user, "report", "--report", "json", "--db", self.store).out)
                self.assertFalse(report["run"]["complete"])
                self.assertIn(said, report["run"]["interrupted"])
                self.assertGreater(report["run"]["totals"]["cells"], 100)
            shutil.copy(self.store, copy)  # without its log
            self.own(copy)
            process.send_signal(signal.SIGKILL)
            process.wait(20)
        self.expect_a_part(copy)
        whole = self.stored(OWNER, self.store)
        self.assertEqual(self.stored(READER, self.store), whole)
        for suffix in ("", "-wal"):  # with its log, but without its shared memory
            shutil.copy(self.store + suffix, copy + suffix)
            self.own(copy + suffix)
        before = self.files()
        for mode in (0o755, 0o777):
            os.chmod(self.folder, mode)
            self.assertEqual(self.stored(READER, copy), whole)
            self.assertEqual(self.files(), before)
        os.unlink(copy + "-wal")
        self.expect_a_part(copy)

    def stored(self, user, path):
        """What a report has, but for the words on why it is not whole: not everybody can see whether a scan writes."""
        report = json.loads(self.run_as(user, "report", "--report", "json", "--db", path).out)
        why = report["run"].pop("interrupted")
        self.assertIn("the scan did not finish", why)
        return json.loads(json.dumps(report).replace(json.dumps(why)[1:-1], "why"))

    def expect_a_part(self, copy):
        """The copy lacks what stood in the log, and may be torn: never less without a word."""
        result = self.run_as(READER, "report", "--report", "json", "--db", copy)
        if result.code == 4:
            self.assertIn("a copy that was made while a scan wrote it", result.err)
            return
        self.assertEqual(result.code, 0, result)
        self.assertIn("or this file is a copy that was made while it ran", json.loads(result.out)["run"]["interrupted"])

    def test_written_while_it_is_read(self):
        """By one who may not lock it: the reader says so, and does not mix two runs."""
        self.keep()
        reader = subprocess.Popen([*become(READER), self.program, "report", "--report", "json", "--db", self.store],
                                  env=harness.clean_environment(), cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        first = reader.stdout.read(1)  # it is in the middle of it: the rest does not fit into the pipe
        with harness.estate(*ESTATE, "--night", "2") as (environment, _):
            result = self.run_as(OWNER, "scan", "--quiet", "--db", self.store, "--report", f"json={self.folder}/report.json",
                                 environment=environment)
        self.assertEqual(result.code, 3, result)
        rest, error = reader.communicate(timeout=60)
        self.assertGreater(len(first + rest), 65536)
        self.assertEqual(reader.returncode, 4, error)
        self.assertIn("a scan wrote meanwhile", error.decode())


if __name__ == "__main__":
    unittest.main()
