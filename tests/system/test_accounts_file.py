"""The organization is listed once: --accounts-file, which the first scan writes and the others read, and `accounts FILE`."""
import datetime
import fcntl
import json
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

import harness
import reports

ESTATE = ("--accounts", "60", "--regions", "3", "--seed", "5", "--ous", "2", "--odd-names")
LISTING = ("organizations:ListAccounts", "organizations:ListRoots", "organizations:ListOrganizationalUnitsForParent")


def calls(environment):
    counted = harness.statistics(environment)["operations"]
    return {name: counted.get(name, 0) for name in (*LISTING, "organizations:DescribeOrganization")}


def times(counts, factor):
    return {name: count * factor for name, count in counts.items()}


class AccountsFile(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.file = self.path("accounts.json")
        self.flags = ("--accounts-file", self.file)

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self):
        with open(self.file, encoding="utf-8") as stream:
            return json.load(stream)

    def change(self, **members):
        with open(self.file, "w", encoding="utf-8") as stream:
            json.dump({**self.good, **members}, stream)

    def test_the_first_writes_it_and_others_read_it(self):
        with harness.estate(*ESTATE) as (environment, manifest):
            first = harness.scan(environment, *self.flags)
            self.assertEqual(reports.differences(manifest, first.report), [])
            self.assertIn(f"{len(manifest['accounts'])} accounts of", first.err)
            one = calls(environment)
            written = pathlib.Path(self.file).read_bytes()
            second = harness.scan(environment, *self.flags)
            self.assertEqual(reports.differences(manifest, second.report), [])
            self.assertEqual(calls(environment), {**one, "organizations:DescribeOrganization": 2})
            self.assertEqual(pathlib.Path(self.file).read_bytes(), written)
        for member in ("accounts", "regions"):
            self.assertEqual(first.report[member], second.report[member])
        for member in ("organization", "management_account", "complete", "note"):
            self.assertEqual(first.report["run"][member], second.report["run"][member])
        listed = self.read()
        self.assertEqual(listed["schema"], "neptune-scan/accounts/1")
        self.assertRegex(listed["when"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual({account["id"]: (account["name"], account["status"]) for account in listed["accounts"]},
                         {account["id"]: (account["name"], account["status"]) for account in first.report["accounts"]})
        self.assertEqual(set(listed["accounts"][0]), {"id", "name", "unit", "status"})

    def test_shards_list_once(self):
        """Side by side: one of them lists, in whatever order they come."""
        with harness.estate(*ESTATE) as (environment, manifest):
            harness.scan(environment)
            one = calls(environment)
            stores = [self.path(f"{index}.db") for index in range(1, 7)]
            processes = [subprocess.Popen([harness.SCANNER, "scan", *self.flags, "--db", store, "--shard", f"{index}/6",
                                           "--report", f"csv-matrix={store}.csv"], env=environment, stderr=subprocess.DEVNULL)
                         for index, store in enumerate(stores, 1)]
            for process in processes:
                self.assertEqual(process.wait(harness.TIMEOUT), 0)
            after = calls(environment)
            self.assertEqual({name: after[name] for name in LISTING}, times({name: one[name] for name in LISTING}, 2))
        merged = harness.run(["merge", *stores, "--db", "none", "--report", f"json={self.path('merged.json')}"],
                             harness.clean_environment())
        self.assertIn(merged.code, (1, 3), merged)
        self.assertEqual(reports.differences(manifest, reports.load(self.path("merged.json"))), [])

    def test_units_are_known_by_the_file(self):
        with harness.estate(*ESTATE) as (environment, manifest):
            harness.scan(environment, *self.flags)
            listed = self.read()
            unit = next(unit for unit in listed["units"] if unit["parent"])
            paths = {account["ou"] for account in manifest["accounts"]}
            for name in (unit["id"], min(paths, key=len)):
                for flag in ("--ous", "--exclude-ous"):
                    with_file = harness.scan(environment, *self.flags, flag, name)
                    without = harness.scan(environment, flag, name)
                    self.assertEqual(with_file.code, without.code, with_file)
                    if without.report:
                        self.assertEqual(with_file.report["accounts"], without.report["accounts"])
            wrong = harness.scan(environment, *self.flags, "--ous", "/none")
            self.assertEqual(wrong.code, 2, wrong)

    def test_made_by_hand_for_a_caller_that_may_not_list(self):
        with harness.estate(*ESTATE) as (environment, manifest):
            made = harness.run(["accounts", self.file], environment)
            self.assertEqual(made.code, 0, made)
            self.assertRegex(made.out, rf"^{len(manifest['accounts'])} accounts of o-[a-z0-9]+ written to ")
            again = harness.run(["accounts", self.file], environment)  # of the same organization
            self.assertEqual(again.code, 0, again)
        for fault in ("organizations:List*=denied@100%", "organizations:*=denied@100%"):
            with harness.estate(*ESTATE, "--faults", fault) as (environment, _):
                self.assertEqual(harness.scan(environment).code, 4)
                result = harness.scan(environment, *self.flags)
                self.assertEqual(reports.differences(manifest, result.report), [], fault)

    def test_what_cannot_be_used(self):
        """Each with a message and exit 2; nothing is overwritten, and nothing is listed instead."""
        def at(hours):
            return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")

        with harness.estate(*ESTATE) as (environment, _):
            harness.scan(environment, *self.flags)
            self.good = self.read()
            accounts, units = self.good["accounts"], self.good["units"]
            before = calls(environment)
            cases = [
                ({"organization": "o-other"}, "is of organization o-other, and the caller's account"),
                ({"when": at(-13)}, "more than twelve hours ago"), ({"when": at(13)}, "ahead of this machine's clock"),
                ({"when": "yesterday"}, '"when" is no time'), ({"schema": "neptune-scan/accounts/2"}, "it is not of schema"),
                ({"organization": None}, '"organization" and'), ({"accounts": []}, '"accounts" is no list, or empty'),
                ({"accounts": None}, '"accounts" is no list, or empty'), ({"accounts": accounts + accounts[:1]}, "is listed twice"),
                ({"accounts": [{**accounts[0], "id": "12345"}]}, "account 1 needs id (twelve digits)"),
                ({"accounts": [{"id": accounts[0]["id"]}]}, "account 1 needs id"),
                ({"accounts": [{**accounts[0], "unit": "ou-none"}]}, "is in unit ou-none, which is not in"),
                ({"units": [*units, {"id": "ou-x", "parent": "ou-none", "name": "x"}]}, "unit ou-x needs a name and a parent"),
                ({"units": "none"}, '"units" is neither a list nor null'),
            ]
            for members, message in cases:
                self.change(**members)
                self.expect_refusal(environment, message)
            for text, message in (("", "line 1"), ("{", "line 1"), ('{"schema": "a", "schema": "b"}', "duplicate"), ("[]", "schema")):
                pathlib.Path(self.file).write_text(text, encoding="utf-8")
                self.expect_refusal(environment, message)
                result = harness.run(["accounts", self.file], environment)
                self.assertEqual(result.code, 2, result)
                self.assertIn("is no accounts file", result.err)
                self.assertEqual(pathlib.Path(self.file).read_text(encoding="utf-8"), text)
            self.change(organization="o-other")
            result = harness.run(["accounts", self.file], environment)
            self.assertEqual(result.code, 2, result)
            self.assertEqual(self.read()["organization"], "o-other")
            self.assertEqual(calls(environment)["organizations:ListAccounts"],
                             before["organizations:ListAccounts"] * 6)  # those of `accounts` alone
            for flags in (("--accounts", accounts[0]["id"]), ("--report", f"json={self.file}")):
                result = harness.scan(environment, *self.flags, *flags)
                self.assertEqual(result.code, 2, result)
            self.assertEqual(harness.run(["accounts"], environment).code, 2)

    def expect_refusal(self, environment, message):
        before = pathlib.Path(self.file).read_bytes()
        result = harness.scan(environment, *self.flags)
        self.assertEqual(result.code, 2, result)
        self.assertIn(message, result.err)
        self.assertIn(self.file, result.err)
        self.assertEqual(pathlib.Path(self.file).read_bytes(), before)

    def test_waits_with_a_limit(self):
        """For a program that never comes to its end: then it lists by itself, and leaves the file to that one."""
        with harness.estate(*ESTATE) as (environment, manifest), open(self.file + ".creating", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            result = harness.scan(environment, *self.flags, "--deadline", "2s")
            self.assertIn("waiting for", result.err)
            self.assertIn("was not written within 2 s: this program lists the organization", result.err)
            self.assertEqual(reports.differences(manifest, result.report), [])
            self.assertFalse(os.path.exists(self.file))
            with harness.running([harness.SCANNER, "scan", *self.flags, "--report", f"json={self.path('r.json')}"],
                                 env=environment, stderr=subprocess.DEVNULL) as process:
                time.sleep(0.5)
                self.assertIsNone(process.poll())
                fcntl.flock(lock, fcntl.LOCK_UN)  # as when that one is killed
                process.wait(harness.TIMEOUT)
            self.assertEqual(reports.differences(manifest, reports.load(self.path("r.json"))), [])
            self.assertEqual(self.read()["schema"], "neptune-scan/accounts/1")

    def test_a_list_that_is_not_whole_is_not_written(self):
        for fault in ("organizations:ListAccounts=denied@100%", "organizations:ListAccounts=no-result@1/2"):
            with harness.estate(*ESTATE, "--faults", fault) as (environment, _):
                harness.scan(environment, *self.flags, "--max-attempts", "1")
                self.assertFalse(os.path.exists(self.file))
                self.assertEqual(harness.run(["accounts", self.file, "--max-attempts", "1"], environment).code, 4)
                self.assertFalse(os.path.exists(self.file))
        with harness.estate(*ESTATE, "--faults", "organizations:ListRoots=denied@100%") as (environment, manifest):
            harness.scan(environment, *self.flags)
            self.assertIsNone(self.read()["units"])
            result = harness.scan(environment, *self.flags)
            self.assertEqual(len(result.report["accounts"]), len(manifest["accounts"]))

    def test_a_folder_that_is_not_there(self):
        with harness.estate(*ESTATE) as (environment, manifest):
            result = harness.scan(environment, "--accounts-file", self.path("none/accounts.json"))
            self.assertIn("cannot be written: No such file or directory; this program lists", result.err)
            self.assertEqual(reports.differences(manifest, result.report), [])

    def test_a_folder_with_a_placeholder(self):
        """Is made, as for stores and reports."""
        with harness.estate(*ESTATE) as (environment, _):
            scan = harness.scan(environment, "--shard", "1/2", "--array", "x", "--accounts-file", self.path("{array}/lists/accounts.json"))
            self.assertEqual(scan.code, 0, scan)
            self.assertTrue(os.path.exists(self.path("x/lists/accounts.json")), scan)
            result = harness.run(["accounts", "--array", "y", "--accounts-file", self.path("{array}/accounts.json")], environment)
            self.assertEqual(result.code, 0, result)
            self.assertTrue(os.path.exists(self.path("y/accounts.json")))
            self.assertNotEqual(harness.run(["accounts", self.path("none/accounts.json")], environment).code, 0)
            self.assertFalse(os.path.exists(self.path("none")))

    def test_advice_for_what_is_no_list(self):
        """It works: `accounts` replaces a list, but no other file."""
        with harness.estate(*ESTATE) as (environment, _):
            harness.run(["accounts", self.file], environment)
            whole = pathlib.Path(self.file).read_bytes()
            for broken in (whole[:len(whole) // 2], b""):
                pathlib.Path(self.file).write_bytes(broken)
                scan = harness.scan(environment, *self.flags)
                self.assertEqual(scan.code, 2, scan)
                self.assertIn(f"Fix: delete it if it was to be a list of accounts, then neptune-scan accounts {self.file}, or name", scan.err)
                refused = harness.run(["accounts", self.file], environment)
                self.assertEqual(refused.code, 2, refused)
                self.assertIn("exists and is no accounts file\n  Fix: name another file, or delete it first", refused.err)
                os.unlink(self.file)
                self.assertEqual(harness.run(["accounts", self.file], environment).code, 0)
            old = self.read()
            old["when"] = "2026-01-01T00:00:00Z"
            pathlib.Path(self.file).write_text(json.dumps(old), encoding="utf-8")
            scan = harness.scan(environment, *self.flags)
            self.assertIn(f"Fix: neptune-scan accounts {self.file}, or name", scan.err)
            self.assertEqual(harness.run(["accounts", self.file], environment).code, 0)
            os.unlink(self.file)
            for make, what in ((os.mkdir, "it is a directory"), (os.mkfifo, "it is not a regular file")):
                path = self.path(make.__name__)
                make(path)
                scan = harness.scan(environment, "--accounts-file", path)
                self.assertEqual(scan.code, 2, scan)
                self.assertIn(f"{what}\n  Fix: name another file with --accounts-file\n", scan.err)
                refused = harness.run(["accounts", path], environment)
                self.assertEqual(refused.code, 2, refused)
                self.assertIn("is no accounts file\n  Fix: name another file\n", refused.err)


if __name__ == "__main__":
    unittest.main()
