"""merge takes what is there: a store that is missing, of another night, damaged, read-only; folders; the same array again."""
import concurrent.futures
import contextlib
import fcntl
import os
import pathlib
import shutil
import sqlite3
import stat
import subprocess
import tempfile
import time
import unittest

import harness
import reports

ESTATE = ("--accounts", "24", "--regions", "5", "--seed", "11")
COUNT = 4


def pending(report):
    """Reasons of pending accounts, by their shard."""
    found = {}
    for account in report["accounts"]:
        if account["state"] == "pending":
            found.setdefault(int(account["id"]) % COUNT + 1, set()).add(account["reason"])
    return found


class Merge(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Four parts without an array and four of array a, scanned once."""
        cls.scanned = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.scanned.cleanup)
        with harness.estate(*ESTATE) as (environment, cls.manifest):
            for index in range(1, COUNT + 1):
                for folder, flags in (("plain", ()), ("a", ("--array", "a")), ("b", ("--array", "b"))):
                    os.makedirs(os.path.join(cls.scanned.name, folder), exist_ok=True)
                    result = harness.scan(environment, "--db", os.path.join(cls.scanned.name, folder, f"{index}.db"),
                                          "--shard", f"{index}/{COUNT}", *flags)
                    assert result.code == 0, result

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        for name in ("plain", "a", "b"):
            shutil.copytree(os.path.join(self.scanned.name, name), self.path(name))
        self.all = self.path("all.db")

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def stores(self, folder="plain"):
        return [self.path(folder, f"{index}.db") for index in range(1, COUNT + 1)]

    def merge(self, *arguments, before=()):
        report = self.path("merged.json")
        if os.path.exists(report):
            os.unlink(report)
        result = harness.run(["merge", *arguments, "--db", self.all, "--report", f"json={report}"], harness.clean_environment(),
                             before=before)
        result.report = reports.load(report) if os.path.exists(report) else None
        return result

    def expect_gap(self, result, index, reason):
        """One shard is missing, for this reason and no other; the rest is there."""
        self.assertEqual(result.code, 3, result)
        self.assertEqual(reports.inconsistencies(result.report), [])
        gaps = pending(result.report)
        self.assertEqual(list(gaps), [index], result)
        self.assertEqual(len(gaps[index]), 1)
        self.assertIn(reason, gaps[index].pop())
        self.assertIn(reason, result.report["run"]["interrupted"])
        truth, cells = reports.cells_of(self.manifest), reports.cells_of(result.report)
        for place, cell in cells.items():
            self.assertIn(cell["state"], ("pending", truth[place]["state"]))
        self.assertEqual(harness.query_store(self.all, "PRAGMA foreign_key_check"), [])

    def test_each_gap_has_its_own_reason(self):
        def damage(path):
            with open(path, "r+b") as stream:
                stream.seek(4096)
                stream.write(b"\xff" * 8192)

        def flip(at):
            def spoil(path):
                with open(path, "r+b") as stream:
                    stream.seek(at)
                    byte = stream.read(1)[0]
                    stream.seek(at)
                    stream.write(bytes((byte ^ 0x80,)))
            return spoil

        stores = self.stores()
        cases = (
            ("does not exist", os.unlink),
            ("it is a database, but not one of neptune-scan", flip(60)),  # user_version, which is below 0 then
            ("it is a database, but not one of neptune-scan", flip(68)),  # application_id
            ("is empty: no run is in it", lambda path: harness.edit_store(path, "DELETE FROM runs")),
            ("is damaged", damage),
            ("is damaged or no store", lambda path: pathlib.Path(path).write_bytes(b"this is no database" * 100)),
            ("cannot read it", lambda path: os.truncate(path, 5000)),
            ("it is not a regular file", lambda path: (os.unlink(path), os.mkfifo(path))),
            ("they are of different nights. Fix: scan the older shard again",
             lambda path: harness.edit_store(path, "UPDATE runs SET started = started - 13 * 3600")),
            ("is of array a, not of none", lambda path: shutil.copy(self.path("a", "3.db"), path)),
            ("the scan did not finish", lambda path: harness.edit_store(path, "UPDATE runs SET state = 'running'")),
        )
        for reason, spoil in cases:
            with self.subTest(reason):
                if os.path.lexists(stores[2]):
                    os.unlink(stores[2])
                shutil.copy(os.path.join(self.scanned.name, "plain", "3.db"), stores[2])
                spoil(stores[2])
                result = self.merge(*stores)
                if reason == "the scan did not finish":
                    self.assertEqual(result.code, 3, result)
                    self.assertIn("shard 3/4: the scan did not finish", result.report["run"]["interrupted"])
                else:
                    self.expect_gap(result, 3, reason)

    def test_two_gaps(self):
        """Each has its own reason where it is known which store is whose, else those of both; and what is not named, another."""
        one, two, three, four = self.stores()
        harness.edit_store(two, "UPDATE runs SET started = started - 13 * 3600")
        os.unlink(three)
        merged = self.merge(one, two, three, four)
        gaps = pending(merged.report)
        self.assertIn("of different nights", gaps[2].pop())
        self.assertRegex(gaps[3].pop(), "^shard 3/4: run store .*3.db does not exist$")
        merged = self.merge(one, four)
        self.assertEqual(pending(merged.report), {index: {f"shard {index}/4 is not among those that were merged"} for index in (2, 3)})
        merged = self.merge(one, self.path("night-2-of-4.db"), self.path("night-3-of-4.db"), four)
        for index, reasons in pending(merged.report).items():
            self.assertRegex(reasons.pop(), f"^shard {index}/4: run store [^;]*night-{index}-of-4.db does not exist$")
        merged = self.merge(one, self.path("x.db"), self.path("y.db"), four)
        for index, reasons in pending(merged.report).items():
            self.assertRegex(reasons.pop(), f"^shard {index}/4: run store .*x.db does not exist; run store .*y.db does not exist$")

    def test_damage_in_an_index(self):
        """The run of a part is not looked up by what no digest covers: nothing of it is missing without a word."""
        part = self.stores()[2]
        (run,), = harness.query_store(part, "SELECT id FROM runs")
        content = pathlib.Path(part).read_bytes()
        places = [at for at in range(len(content)) if content.startswith(run.encode(), at)]
        self.assertGreater(len(places), 1, "the id is in the table and in its index")
        for at in places:
            with self.subTest(at):
                spoiled = bytearray(content)
                spoiled[at] ^= 1
                pathlib.Path(part).write_bytes(spoiled)
                result = self.merge(*self.stores())
                if result.report["run"]["interrupted"]:
                    self.expect_gap(result, 3, "is damaged")
                else:
                    self.assertEqual(reports.differences(self.manifest, result.report), [])

    def test_a_part_that_changes_after_it_was_examined(self):
        """It is left out with its reason, and all others are merged."""
        stores = self.stores("a")
        self.merge(*stores[:2])
        original = pathlib.Path(stores[2]).read_bytes()
        others = [("its run has changed since it was examined", pathlib.Path(self.path("b", "3.db")).read_bytes()),
                  ("cannot read it: file is not a database", b"no database " * 400),
                  *(("is not what was written", self.changed(stores[2], statement)) for statement in
                    ("DELETE FROM regions", "DELETE FROM cells WHERE state = 'empty'", "UPDATE cells SET resources = 7",
                     "UPDATE accounts SET rest = 'disabled'"))]
        for reason, other in others:
            with self.subTest(reason), contextlib.closing(sqlite3.connect(self.all, isolation_level=None)) as database:
                pathlib.Path(stores[2]).write_bytes(original)
                pathlib.Path(self.path("other.db")).write_bytes(other)
                database.execute("BEGIN IMMEDIATE")  # the merge has examined its parts, and waits for this to end
                with concurrent.futures.ThreadPoolExecutor() as pool:
                    result = pool.submit(self.merge, *stores)
                    self.wait_for_writer(f"{self.all}.lock")
                    os.replace(self.path("other.db"), stores[2])
                    database.execute("ROLLBACK")
                    self.expect_gap(result.result(), 3, reason)

    def changed(self, store, statement):
        """The bytes of the store after a change that its digests do not know."""
        copy = self.path("changed.db")
        shutil.copy(store, copy)
        with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as database:
            self.assertGreater(database.execute(statement).rowcount, 0, statement)
        return pathlib.Path(copy).read_bytes()

    def wait_for_writer(self, lock):
        """Until a program has the lock; SQLite makes it wait for five seconds then."""
        for _ in range(1000):
            with open(lock, "rb") as stream:
                try:
                    fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return
            time.sleep(0.01)
        self.fail("no program has taken the lock")

    def test_a_damaged_target(self):
        """It is called damaged, and not a lack of memory."""
        self.merge(*self.stores("a"))
        whole = pathlib.Path(self.all).read_bytes()
        said = set()
        for page in range(2, len(whole) // 4096):
            spoiled = bytearray(whole)
            spoiled[page * 4096:(page + 1) * 4096] = b"\xff" * 4096
            pathlib.Path(self.all).write_bytes(spoiled)
            result = self.merge(*self.stores("a"))
            self.assertNotIn("memory", result.err)
            if result.code == 4:
                self.assertIn("malformed", result.err)
            said.add(result.code)
        self.assertEqual(said, {3, 4})

    def test_nothing_to_merge(self):
        for arguments in ((self.path("absent.db"),), (self.path("absent.db"), self.path("other.db"))):
            result = self.merge(*arguments)
            self.assertEqual(result.code, 4, result)
            self.assertIn("nothing can be merged", result.err)
        os.mkdir(self.path("empty"))
        result = self.merge(self.path("empty"))
        self.assertEqual(result.code, 4, result)
        self.assertIn("no store of a shard is there", result.err)
        self.assertFalse(os.path.exists(self.all))

    def test_folders(self):
        for index, (folder, flags) in enumerate((("a", ()), ("plain", ()), ("a", ("--array", "a")))):
            self.all = self.path(folder, f"all-{index}.db")  # also beside the parts
            result = self.merge(self.path(folder), *flags)
            self.assertEqual(reports.differences(self.manifest, result.report), [])
            self.assertEqual(result.report["run"]["array"], "a" if folder == "a" else None)
        pathlib.Path(self.path("a", "notes.txt")).write_text("no store", encoding="utf-8")
        result = self.merge(self.path("a"))  # with the merged run of before beside it
        self.assertEqual(reports.differences(self.manifest, result.report), [])

    def test_two_arrays_in_one_folder(self):
        for store in self.stores("b"):
            shutil.copy(store, self.path("a", "b-" + os.path.basename(store)))
        result = self.merge(self.path("a"))
        self.assertEqual(result.code, 2, result)
        self.assertIn("both hold shard", result.err)
        self.assertIn("name one with --array", result.err)
        self.assertFalse(os.path.exists(self.all))
        for array in ("a", "b"):
            result = self.merge(self.path("a"), "--array", array)
            self.assertEqual(reports.differences(self.manifest, result.report), [])
            self.assertEqual(result.report["run"]["array"], array)
        os.unlink(self.path("a", "b-3.db"))
        self.expect_gap(self.merge(self.path("a"), "--array", "b"), 3, "is of array a, not of b")
        result = self.merge(self.path("a"), "--array", "c")
        self.assertEqual(result.code, 4, result)

    def test_an_array_has_no_night(self):
        """Twelve hours are for runs without an array; and a run of the array is found behind a later one."""
        harness.edit_store(self.path("a", "2.db"), "UPDATE runs SET started = started - 20 * 3600")
        result = self.merge(self.path("a"))
        self.assertEqual(reports.differences(self.manifest, result.report), [])
        with harness.estate(*ESTATE) as (environment, _):
            harness.scan(environment, "--db", self.path("a", "2.db"), "--shard", f"2/{COUNT}", "--array", "later")
        result = self.merge(self.path("a"), "--array", "a")
        self.assertEqual(reports.differences(self.manifest, result.report), [])

    def test_again(self):
        """The same array, or the same runs, are one run of the night."""
        first = self.merge(*self.stores("a")[:3])
        self.assertEqual(first.code, 3)
        second = self.merge(*self.stores("a"))
        self.assertIn("1 earlier run of the same parts is replaced", second.err)
        other = self.merge(*self.stores("plain"))
        self.assertNotIn("replaced", other.err)
        again = self.merge(*self.stores("plain"))
        self.assertEqual(harness.query_store(self.all, "SELECT id FROM runs ORDER BY run"),
                         [(second.report["run"]["id"],), (again.report["run"]["id"],)])
        self.assertEqual(reports.differences(self.manifest, again.report), [])
        for table in ("accounts", "regions", "parts", "requests", "controls"):
            self.assertEqual(harness.query_store(self.all, f"SELECT count(DISTINCT run) FROM {table}"), [(2,)], table)
        self.assertEqual(harness.query_store(self.all, "PRAGMA foreign_key_check"), [])
        checked = harness.run(["runs", "--db", self.all, "--check"], harness.clean_environment())
        self.assertEqual(checked.code, 0, checked)
        parts = harness.query_store(self.all, "SELECT parts.shard, store FROM parts JOIN runs USING (run) WHERE array = 'a'")
        self.assertEqual(parts, [(f"{index}/4", store) for index, store in enumerate(self.stores("a"), 1)])

    def test_parts_are_sealed(self):
        """Like each row of a run: what another wrote is found."""
        self.merge(*self.stores("a"))
        for change in ("UPDATE parts SET id = id || 'x'", "UPDATE parts SET shard = shard || '0'", "UPDATE parts SET store = 'other.db'",
                       "UPDATE parts SET run = run + 1", "DELETE FROM parts", "UPDATE runs SET array = 'b'",
                       "INSERT INTO parts SELECT run, '9/9', id, store FROM parts LIMIT 1"):
            shutil.copy(self.all, self.path("changed.db"))
            with contextlib.closing(sqlite3.connect(self.path("changed.db"))) as database:
                database.execute(change)
                database.commit()
            checked = harness.run(["runs", "--db", self.path("changed.db"), "--check"], harness.clean_environment())
            self.assertEqual(checked.code, 4, f"{change}: {checked}")

    def test_again_after_it_was_resumed(self):
        """It holds more than its parts now: it stays."""
        with harness.estate(*ESTATE) as (environment, _):
            merged = self.merge(*self.stores("a")[:3])
            resumed = harness.scan(environment, "--db", self.all, "--resume")
            self.assertEqual(resumed.report["run"]["id"], merged.report["run"]["id"])
        self.assertEqual(reports.differences(self.manifest, resumed.report), [])
        again = self.merge(*self.stores("a")[:3])
        self.assertIn(f"run {resumed.report['run']['id']} of the same parts was resumed", again.err)
        self.assertEqual(harness.query_store(self.all, "SELECT count(*) FROM runs"), [(2,)])

    def scan_parts(self, folder, seed, *flags):
        """The parts of array a, of an organization of its own, or with other settings."""
        os.mkdir(self.path(folder))
        with harness.estate("--accounts", "12", "--regions", "3", "--seed", seed) as (environment, _):
            for store in self.stores(folder):
                result = harness.scan(environment, "--db", store, "--shard", f"{os.path.basename(store)[0]}/{COUNT}", "--array", "a", *flags)
                self.assertEqual(result.code, 0, result)

    def test_keeps_runs_of_others(self):
        """Arrays are named by the night, so those of another organization or with other controls have the same name."""
        self.scan_parts("other", "12")
        self.scan_parts("hardening", "12", "--controls", "hardening")
        folders, ids = ("a", "other", "hardening"), {}
        for folder in folders:
            merged = self.merge(*self.stores(folder))
            self.assertNotIn("replaced", merged.err, folder)
            ids[folder] = merged.report["run"]["id"]
        self.assertEqual(harness.query_store(self.all, "SELECT id FROM runs ORDER BY run"), [(ids[folder],) for folder in folders])
        for folder in folders:
            merged = self.merge(*self.stores(folder)[:3])
            self.assertIn("1 earlier run of the same parts is replaced", merged.err, folder)
            ids[folder] = merged.report["run"]["id"]
        self.assertEqual(harness.query_store(self.all, "SELECT id FROM runs ORDER BY run"), [(ids[folder],) for folder in folders])
        self.assertEqual(harness.query_store(self.all, "PRAGMA foreign_key_check"), [])

    def test_scanned_again_under_the_same_name(self):
        """By other runs, all of them: one run of the organization, the settings and the array."""
        self.scan_parts("first", "12")
        self.scan_parts("second", "12")
        self.merge(*self.stores("first"))
        again = self.merge(*self.stores("second"))
        self.assertIn("1 earlier run of the same parts is replaced", again.err)
        self.assertEqual(harness.query_store(self.all, "SELECT id FROM runs"), [(again.report["run"]["id"],)])

    def test_all_or_nothing(self):
        """What a full disk or a kill leaves is the store of before, or the complete run."""
        earlier = self.merge(*self.stores("a")[:2]).report["run"]["id"]
        before = pathlib.Path(self.all).read_bytes()

        def look(how):
            runs = harness.query_store(self.all, f"SELECT id = '{earlier}', state, (SELECT count(*) FROM parts WHERE parts.run = runs.run) FROM runs")
            self.assertIn(runs, ([(1, "interrupted", 2)], [(0, "finished", COUNT)]), how)
            for table in ("accounts", "regions", "parts", "requests", "controls"):
                self.assertEqual(harness.query_store(self.all, f"SELECT count(DISTINCT run) FROM {table}"), [(1,)], how)
            for suffix in ("", "-wal", "-shm"):
                if os.path.exists(self.all + suffix):
                    os.unlink(self.all + suffix)
            pathlib.Path(self.all).write_bytes(before)
            return runs[0][0]

        kept = 0
        for limit in range(len(before), 5 * len(before), len(before) // 3):
            result = self.merge(*self.stores("a"), before=("prlimit", f"--fsize={limit}"))
            kept += look(f"{limit} bytes: {result}")
            self.assertNotEqual(result.code, 2, result)
        self.assertGreater(kept, 0)
        for milliseconds in range(0, 200, 15):
            with harness.running([harness.SCANNER, "merge", *self.stores("a"), "--db", self.all], env=harness.clean_environment(),
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                time.sleep(milliseconds / 1000)
                process.kill()
                process.wait(harness.TIMEOUT)
            look(f"killed after {milliseconds} ms")

    def test_writes_nothing_beside_a_finished_store(self):
        """Neither shared memory nor a log, of any schema, also in a folder that may be written."""
        harness.age_store(self.path("plain", "2.db"), 3)
        for store in self.stores():
            os.chmod(store, stat.S_IRUSR)

        def state():  # the time of the folder tells of files that are gone again
            return os.stat(self.path("plain")).st_mtime_ns, {
                name: (os.stat(self.path("plain", name)).st_mtime_ns, pathlib.Path(self.path("plain", name)).read_bytes())
                for name in os.listdir(self.path("plain"))}

        before = state()
        result = self.merge(self.path("plain"))
        self.assertEqual(reports.differences(self.manifest, result.report), [])
        self.assertEqual(before, state())

    def awaiting(self, *arguments):
        """merge --await, running beside the test."""
        return harness.running([harness.SCANNER, "merge", *arguments, "--db", self.all, "--report", f"json={self.path('merged.json')}"],
                               env=harness.clean_environment(), stderr=subprocess.DEVNULL)

    def test_waits_for_its_parts(self):
        """Started before them, beside finished parts of last night, and with a folder that is not there yet."""
        folder = self.path("night")
        with self.awaiting(folder, "--array", "b", "--await", str(COUNT), "--deadline", "60s") as process:
            shutil.copytree(self.path("a"), folder)
            for index, store in enumerate(self.stores("b"), 1):
                self.assertIsNone(process.poll())
                shutil.copy(store, os.path.join(folder, f"b{index}.db"))
                if index == 2:
                    harness.edit_store(os.path.join(folder, "b2.db"), "UPDATE runs SET state = 'interrupted', interrupted = 'by SIGTERM'")
            time.sleep(1)
            self.assertIsNone(process.poll())  # that one may still be resumed
            self.assertFalse(os.path.exists(self.all))
            shutil.copy(self.stores("b")[1], os.path.join(folder, "b2.db"))
            self.assertIn(process.wait(harness.TIMEOUT), (1, 3))
        report = reports.load(self.path("merged.json"))
        self.assertEqual(reports.differences(self.manifest, report), [])
        self.assertEqual(report["run"]["array"], "b")

    def test_a_failed_attempt_hides_no_finished_run(self):
        """Of the same part and array: a second attempt without permissions, and one after it that finishes."""
        store = self.stores("a")[1]
        first = harness.query_store(store, "SELECT id FROM runs")
        part = "SELECT parts.id FROM parts JOIN runs USING (run) WHERE parts.shard = '2/4' ORDER BY run DESC LIMIT 1"
        with harness.estate(*ESTATE) as (environment, _):
            flags = ("--db", store, "--shard", f"2/{COUNT}", "--array", "a")
            failed = harness.scan({**environment, "AWS_SECRET_ACCESS_KEY": "wrong"}, *flags)
            self.assertEqual(failed.code, 4, failed)
            self.assertEqual(harness.query_store(store, "SELECT state, shard, array FROM runs"),
                             [("finished", "2/4", "a"), ("interrupted", "2/4", "a")])
            for wait in ((), ("--await", str(COUNT), "--deadline", "20s")):
                result = self.merge(*self.stores("a"), "--array", "a", *wait)
                self.assertEqual(reports.differences(self.manifest, result.report), [], result)
                self.assertNotIn("deadline", result.err)
                self.assertEqual(harness.query_store(self.all, part), first)
            finished = harness.scan(environment, *flags)
            self.assertEqual(finished.code, 0, finished)
        self.merge(*self.stores("a"))
        self.assertEqual(harness.query_store(self.all, part), [(finished.report["run"]["id"],)])

    def test_merges_what_there_is_after_the_deadline(self):
        os.unlink(self.path("a", "3.db"))
        result = self.merge(self.path("a"), "--array", "a", "--await", str(COUNT), "--deadline", "1s")
        self.assertIn("3 of 4 parts finished; merging what is there", result.err)
        self.assertEqual(pending(result.report), {3: {"shard 3/4 is not among those that were merged"}})
        result = self.merge(self.path("a"), "--array", "none-such", "--await", "1", "--deadline", "1s")
        self.assertEqual(result.code, 4, result)

    def test_what_cannot_be_awaited(self):
        for arguments, message in ((("--await", "0"), 'must be a number of parts from 1 to 1000'), (("--await", "-1"), 'must be a number of parts from 1 to 1000'),
                                   (("--await", "1001"), 'must be a number of parts from 1 to 1000'), (("--await", "many"), 'must be a number of parts from 1 to 1000'),
                                   (("--await", "2", "--array", "a"), "add --deadline TIME"),
                                   (("--await", "2", "--deadline", "1s"), "set scan.array")):
            result = self.merge(self.path("a"), *arguments)
            self.assertEqual(result.code, 2, result)
            self.assertIn(message, result.err)
            self.assertFalse(os.path.exists(self.all))


if __name__ == "__main__":
    unittest.main()
