"""A damaged store, or another's: a report says so, or is what it was; nothing crashes."""
import contextlib
import json
import os
import random
import shutil
import sqlite3
import tempfile
import unittest

import harness

# Every kind of row: two runs, exceptions, gaps, resources of each kind.
ESTATE = ("--accounts", "3", "--regions", "2", "--clusters", "2", "--seed", "5", "--controls", "all")
COMMANDS = (("report", "--report", "json"), ("report", "--report", "html"), ("show",), ("diff", "--format", "json"), ("trend",),
            ("runs",), ("plan", "--format", "json"))
FLIPS = int(os.environ.get("NEPTUNE_SCAN_FLIPS", "300"))
EXCEPTIONS = f"""[exception known]
control = neptune-encryption-at-rest
account = *
resource = graph-*
owner = a@example.com
reason = to be counted
expires = {harness.LATER}
[gap closed]
regions = xx-new-1
state = denied
owner = a@example.com
reason = to be listed
expires = {harness.LATER}
"""


class Damage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.whole = os.path.join(cls.folder, "whole.db")
        written = os.path.join(cls.folder, "written.db")
        with open(os.path.join(cls.folder, "exceptions.ini"), "w", encoding="utf-8") as stream:
            stream.write(EXCEPTIONS)
        for night in ("1", "2"):
            with harness.estate(*ESTATE, "--night", night) as (environment, _):
                result = harness.run(["scan", "--controls", "all", "--exceptions", "exceptions.ini", "--db", written],
                                     environment, cls.folder)
                assert result.code in (1, 3), result
        with contextlib.closing(sqlite3.connect(written)) as database:
            database.execute("VACUUM INTO ?", (cls.whole,))
        cls.right = {command: cls.run_on(cls.whole, *command) for command in COMMANDS}

    @classmethod
    def run_on(cls, store, *command):
        result = harness.run([*command, "--db", store], harness.clean_environment(), cls.folder)
        return result.code, result.out.replace(store, "STORE")  # a page names it in the commands that it suggests

    def changed(self, name="damaged.db"):
        path = os.path.join(self.folder, name)
        for suffix in ("", "-wal", "-shm", ".lock"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path + suffix)
        shutil.copy(self.whole, path)
        return path

    def expect_same_or_refused(self, path, what):
        """How many commands refused it."""
        refused = 0
        for command in COMMANDS:
            code, out = self.run_on(path, *command)
            self.assertGreaterEqual(code, 0, f"{command} of {what} crashed")
            if (code, out) != self.right[command]:
                self.assertIn(code, (2, 4), f"{command} of {what}: exit {code}, and another result")
                refused += 1
        return refused

    def test_whole(self):
        code, out = self.run_on(self.whole, "runs", "--check")
        self.assertEqual((code, out), (0, "STORE: 2 runs, as written\n"))
        for command, (code, out) in self.right.items():
            self.assertIn(code, (0, 1, 3), command)
            self.assertTrue(out, command)

    def test_flipped_bits(self):
        """None of them changes what a command tells; the check of the whole finds each that a command finds."""
        size = os.path.getsize(self.whole)
        choice = random.Random(11)
        refused = 0
        for _ in range(FLIPS):
            bit = choice.randrange(size * 8)
            path = self.changed()
            with open(path, "r+b") as stream:
                stream.seek(bit // 8)
                byte = stream.read(1)[0]
                stream.seek(bit // 8)
                stream.write(bytes([byte ^ 1 << bit % 8]))
            command = COMMANDS[choice.randrange(len(COMMANDS))]
            for one in {COMMANDS[0], command}:
                code, out = self.run_on(path, *one)
                self.assertGreaterEqual(code, 0, f"{one} of bit {bit} crashed")
                if (code, out) == self.right[one]:
                    continue
                refused += 1
                if code not in (2, 4) and os.environ.get("KEEP"):
                    shutil.copy(path, os.environ["KEEP"])
                    shutil.copy(self.whole, os.environ["KEEP"]+"whole")
                self.assertIn(code, (2, 4), f"{one} of bit {bit}: exit {code}, and another result")
                self.assertEqual(self.run_on(path, "runs", "--check")[0], 4, f"bit {bit} is not found by the check")
        self.assertGreater(refused, 0)
        print(f"{FLIPS} flipped bits: {refused} reports refused, the others as they were")

    def test_what_another_wrote(self):
        """Each value of each row, in place of its own: of one who can write the file, but not the digests."""
        with contextlib.closing(sqlite3.connect(self.whole)) as database:
            columns = [(table, column) for table, in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
                       for column, kind in database.execute("SELECT name, type FROM pragma_table_info(?)", (table,)).fetchall()
                       if kind != "BLOB" and table != "parts"]  # which only merged runs have: test_merge.py
        self.assertGreater(len(columns), 60)
        for table, column in columns:
            path = self.changed()
            with contextlib.closing(sqlite3.connect(path)) as database:
                database.execute("PRAGMA ignore_check_constraints = ON")
                number = database.execute("SELECT type FROM pragma_table_info(?) WHERE name = ?", (table, column)).fetchone()[0] == "INTEGER"
                database.execute(f"UPDATE {table} SET {column} = " +
                                 (f"ifnull({column}, 0) + 1000000" if number else f"ifnull({column}, '') || 'x'"))
                database.commit()
            self.assertEqual(self.run_on(path, "runs", "--check")[0], 4, f"{table}.{column}")
            self.expect_same_or_refused(path, f"{table}.{column}")

    def test_the_next_scan(self):
        """Damage of an earlier run does not cost the next one its verdict or its reports: they have no trend."""
        stores = {"whole": self.changed("next.db"), "damaged": self.changed()}
        with contextlib.closing(sqlite3.connect(stores["damaged"])) as database:
            database.execute("UPDATE accounts SET rest = 'skipped' WHERE run = (SELECT min(run) FROM runs)")
            database.commit()
        self.assertEqual(self.run_on(stores["damaged"], "report", "--report", "html")[0], 4)
        results = {}
        for which, store in stores.items():
            with harness.estate(*ESTATE, "--night", "3") as (environment, _):
                results[which] = harness.run(["scan", "--controls", "all", "--exceptions", "exceptions.ini", "--report", "html",
                                              "--keep", "2", "--db", store], environment, self.folder)
        self.assertEqual(results["damaged"].code, results["whole"].code)
        for which, result in results.items():
            self.assertEqual("the reports know nothing of earlier runs (trend, changes, first seen): run store" in result.err, which == "damaged")
            self.assertEqual("no earlier run to compare with" in result.out, which == "damaged")

    def test_nulls(self):
        """A schema that allows them, as no neptune-scan writes it, and no digest."""
        with contextlib.closing(sqlite3.connect(self.whole)) as database:
            tables = dict(database.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").fetchall())
            columns = [(table, column) for table in tables
                       for column, key in database.execute("SELECT name, pk FROM pragma_table_info(?)", (table,)).fetchall()
                       if not key]
        for table, column in columns:
            path = self.changed()
            with contextlib.closing(sqlite3.connect(path)) as database:
                database.executescript(harness.FORGET_DIGESTS + "PRAGMA writable_schema = ON;"
                                       "UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL', '');"
                                       "PRAGMA writable_schema = RESET")
                with contextlib.suppress(sqlite3.IntegrityError):
                    database.execute(f"UPDATE {table} SET {column} = NULL")
                    database.commit()
            for command in COMMANDS:
                code, _ = self.run_on(path, *command)
                self.assertIn(code, (0, 1, 2, 3, 4), f"{command} of {table}.{column} NULL")

    def test_text_that_is_none(self):
        """Bytes that are no UTF-8: in every column, in every report that is JSON."""
        path = self.changed()
        with contextlib.closing(sqlite3.connect(path)) as database:
            for table, column in (("accounts", "name"), ("resources", "id"), ("findings", "reason"), ("cells", "reason"),
                                  ("exceptions", "owner")):
                database.execute(f"UPDATE {table} SET {column} = CAST(x'c328ff' AS TEXT) || {column} WHERE {column} IS NOT NULL")
            database.commit()
            database.executescript(harness.FORGET_DIGESTS)
        for form in ("json", "sarif", "ocsf"):
            code, out = self.run_on(path, "report", "--report", form)
            self.assertEqual(code, 0, form)
            json.loads(out)
            self.assertNotIn("�", out)


if __name__ == "__main__":
    unittest.main()
