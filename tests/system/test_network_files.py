"""A run store on a network file system: no write-ahead log, no shared memory, the same results.

Every file system calls itself NFS, by a preloaded statfs; tests/scanner/store/test_file_system.c has the table of types.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import harness
import reports

LIBRARY = os.environ.get("NETWORK_FILES") or str(pathlib.Path(harness.SCANNER).with_name("tests") / "libnetwork_files.so")
ESTATE = ("--accounts", "12", "--regions", "4")

# A program that is killed in the middle of a transaction whose pages have reached the file.
KILLED = """
import os, signal, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.executescript("PRAGMA cache_size = 1; BEGIN IMMEDIATE; UPDATE findings SET reason = 'torn'")
os.kill(os.getpid(), signal.SIGKILL)
"""


def mode_of(path):
    """1: a rollback journal, 2: a write-ahead log."""
    return pathlib.Path(path).read_bytes()[18:20]


class OnTheNetwork(unittest.TestCase):
    def setUp(self):
        if "asan" in harness.SCANNER or "tsan" in harness.SCANNER:
            self.skipTest("sanitizers do not like to be preloaded")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.path = os.path.join(folder.name, "runs.db")

    def scan(self, environment, *flags, network=True):
        environment = {**environment, "NEPTUNE_SCAN_STORE_PATH": self.path}
        return harness.scan({**environment, "LD_PRELOAD": LIBRARY} if network else environment, *flags)

    def report(self, path, network):
        more = {"LD_PRELOAD": LIBRARY} if network else {}
        return harness.run(["report", "--report", "json", "--db", path], harness.clean_environment(**more), self.folder)

    def files(self):
        return sorted(os.listdir(self.folder))

    def test_same_results_without_a_log(self):
        with harness.estate(*ESTATE) as (environment, manifest):
            result = self.scan(environment)
            self.assertEqual(reports.differences(manifest, result.report), [])
            self.assertEqual(mode_of(self.path), b"\x01\x01")
            self.assertEqual(self.files(), ["runs.db", "runs.db.lock"])
            # The file alone is the store, here and on a local file system; the next scan there has a log again.
            copy = os.path.join(self.folder, "copy.db")
            shutil.copy(self.path, copy)
            there, here = self.report(self.path, True), self.report(copy, False)
            self.assertEqual((there.code, there.out), (0, here.out))
            checked = harness.run(["runs", "--check", "--db", copy], harness.clean_environment())
            self.assertEqual(checked.code, 0, checked)
            self.scan(environment, network=False)
            self.assertEqual(mode_of(self.path), b"\x02\x02")
            self.assertEqual(len(harness.query_store(self.path, "SELECT run FROM runs")), 2)

    def test_a_store_with_a_log_is_read_without_shared_memory(self):
        with harness.estate(*ESTATE) as (environment, _):
            self.scan(environment, network=False)
        before = self.files()
        self.assertEqual(mode_of(self.path), b"\x02\x02")
        there = self.report(self.path, True)
        self.assertEqual(self.files(), before)
        self.assertEqual((there.code, there.out), (0, self.report(self.path, False).out))

    def test_killed_in_the_middle_of_a_write(self):
        """Whoever reads is told, and never sees half of it; the next writer repairs the file."""
        with harness.estate(*ESTATE) as (environment, _):
            self.scan(environment)
            good = self.report(self.path, True)
            killed = subprocess.run([sys.executable, "-c", KILLED, self.path], check=False)
            self.assertEqual(killed.returncode, -signal.SIGKILL)
            self.assertGreater(os.path.getsize(self.path + "-journal"), 0)
            for network in (True, False):
                refused = self.report(self.path, network)
                self.assertEqual(refused.code, 4, refused)
                self.assertIn("was killed while it wrote it", refused.err)
            self.scan(environment)
            identity = harness.query_store(self.path, "SELECT id FROM runs ORDER BY run LIMIT 1")[0][0]
            again = harness.run(["report", "--report", "json", "--run", identity, "--db", self.path],
                                harness.clean_environment(), self.folder)
        self.assertEqual((again.code, again.out), (0, good.out))

    def test_killed_scan_is_resumed(self):
        with harness.estate(*ESTATE, "--latency", "aws") as (environment, manifest):
            environment = {**environment, "NEPTUNE_SCAN_STORE_PATH": self.path, "LD_PRELOAD": LIBRARY}
            process = subprocess.Popen([harness.SCANNER, "scan", "--report", "json", "--concurrency", "1"], env=environment,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder)
            until = time.monotonic() + 60
            while time.monotonic() < until and harness.clusters_asked(environment) < 12:
                time.sleep(0.05)
            busy = harness.run(["scan"], environment, self.folder)
            process.kill()
            process.wait()
            self.assertEqual(busy.code, 4, busy)
            self.assertIn("is in use by process", busy.err)
            resumed = harness.scan(environment, "--resume")
        self.assertEqual(reports.differences(manifest, resumed.report), [])
        self.assertEqual(len(harness.query_store(self.path, "SELECT run FROM runs")), 1, resumed)


if __name__ == "__main__":
    unittest.main()
