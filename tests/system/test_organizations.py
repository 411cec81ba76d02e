"""Several organizations, even partitions, in one run: one matrix, with the organization of each account."""
import csv
import json
import os
import sqlite3
import tempfile
import unittest

import harness
import reports


class Organizations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Two estates: their organizations differ by their seed."""
        cls.estates = []
        for seed, controls in ((1, "encryption"), (2, "encryption")):
            context = harness.estate("--accounts", "12", "--regions", "3", "--seed", str(seed), "--controls", controls)
            cls.estates.append(context.__enter__())
            cls.addClassCleanup(context.__exit__, None, None, None)

    def settings(self, folder, *more):
        """A file for each, with all that it needs; keys come from profiles."""
        paths = []
        with open(f"{folder}/credentials", "w", encoding="utf-8") as keys:
            for number, (environment, _) in enumerate(self.estates):
                keys.write(f"[org{number}]\naws_access_key_id = {environment['AWS_ACCESS_KEY_ID']}\n"
                           f"aws_secret_access_key = {environment['AWS_SECRET_ACCESS_KEY']}\n")
                path = f"{folder}/org{number}.ini"
                paths.append(path)
                with open(path, "w", encoding="utf-8") as stream:
                    stream.write(f"[aws]\nprofile = org{number}\nendpoint_url = {environment['AWS_ENDPOINT_URL']}\n"
                                 f"{more[number] if number < len(more) else ''}\n")
        os.chmod(f"{folder}/credentials", 0o600)
        return paths, harness.clean_environment(AWS_SHARED_CREDENTIALS_FILE=f"{folder}/credentials")

    def truth(self):
        """Both manifests as one."""
        one, two = (truth for _, truth in self.estates)
        regions = sorted(set(one["regions"]) | set(two["regions"]))
        return {"regions": regions, **{name: one[name] + two[name] for name in ("accounts", "cells", "findings")}}

    def test_one_matrix(self):
        with tempfile.TemporaryDirectory() as folder:
            paths, environment = self.settings(folder)
            environment["NEPTUNE_SCAN_STORE_PATH"] = f"{folder}/runs.db"
            flags = [flag for path in paths for flag in ("--config", path)]
            result = harness.run(["scan", *flags, "--report", "table", "--report", f"json={folder}/report.json",
                                  "--report", f"csv={folder}/report.csv", "--report", f"csv-matrix={folder}/matrix.csv",
                                  "--report", f"html={folder}/report.html"], {**environment, "COLUMNS": "200"}, folder)
            report = reports.load(f"{folder}/report.json")
            self.assertEqual(reports.differences(self.truth(), report), [], result)
            ids = sorted({account["organization"] for account in report["accounts"]})
            self.assertEqual(len(ids), 2, ids)
            self.assertEqual(set(report["run"]["organization"].split(", ")), set(ids))
            of = {account["id"]: account["organization"] for account in report["accounts"]}
            first = {account["id"] for account in self.estates[0][1]["accounts"]}
            self.assertEqual({of[account] for account in first}, {report["run"]["organization"].split(", ")[0]})
            # The column, in each form.
            shown = {cell["account"] for cell in report["cells"]
                     if cell["state"] == "fail" or not cell["complete"] and cell["state"] != "unreached"}
            self.assertTrue({of[account] for account in shown} == set(ids) and len(shown) < len(of), shown)
            for account in shown:  # the others are counted below the matrix
                self.assertRegex(result.out, rf"(?m)^{account} {of[account]} ")
            with open(f"{folder}/report.csv", encoding="utf-8", newline="") as stream:
                for row in csv.DictReader(stream):
                    self.assertEqual(row["organization"], of[row["account"]])
            with open(f"{folder}/matrix.csv", encoding="utf-8", newline="") as stream:
                self.assertEqual({row["account"]: row["organization"] for row in csv.DictReader(stream)}, of)
            with open(f"{folder}/report.html", encoding="utf-8") as stream:
                self.assertIn(f'"ou":"/{ids[0]}', stream.read())
            # And back from the store.
            stored = harness.run(["report", "--report", "json", "--db", f"{folder}/runs.db"], environment, folder)
            self.assertEqual({account["id"]: account["organization"] for account in json.loads(stored.out)["accounts"]}, of)
            shown = harness.run(["show", "--db", f"{folder}/runs.db"], environment, folder)
            self.assertIn("ORGANIZATION", shown.out)

    def test_in_shards(self):
        """Each shard has its part of every organization; the first file says which one it is."""
        with tempfile.TemporaryDirectory() as folder:
            paths, environment = self.settings(folder, "[scan]\nshard = array/3\n")
            stores = []
            for index in range(3):
                stores.append(f"{folder}/{index}.db")
                result = harness.scan({**environment, "JOB_COMPLETION_INDEX": str(index)}, "--config", ",".join(paths), "--db", stores[-1])
                self.assertEqual(result.report["run"]["shard"], f"{index + 1}/3")
            merged = harness.run(["merge", *stores, "--db", "none", "--report", "json"], harness.clean_environment(), folder)
            self.assertEqual(reports.differences(self.truth(), json.loads(merged.out)), [], merged)
            paths, environment = self.settings(folder, "", "[scan]\nshard = 1/2\n")
            refused = harness.run(["scan", "--config", ",".join(paths)], environment, folder)
            self.assertEqual(refused.code, 2)
            self.assertIn("scan.shard is of the whole run", refused.err)

    def test_a_list_is_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            paths, environment = self.settings(folder)
            result = harness.scan(environment, "--config", ",".join(paths))
            self.assertEqual(reports.differences(self.truth(), result.report), [], result)

    def test_regions_of_one_are_not_the_others(self):
        with tempfile.TemporaryDirectory() as folder:
            paths, environment = self.settings(folder, "[regions]\ninclude = us-east-1\n", "[regions]\ninclude = eu-west-1\n")
            result = harness.scan(environment, "--config", paths[0], "--config", paths[1])
            self.assertEqual(reports.inconsistencies(result.report), [])
            self.assertEqual(result.report["regions"], ["eu-west-1", "us-east-1"])
            expected = {(cell["account"], cell["region"]): cell["state"] for cell in self.truth()["cells"]}
            first = {account["id"] for account in self.estates[0][1]["accounts"]}
            for (account, region), cell in reports.cells_of(result.report).items():
                if (account in first) == (region == "us-east-1"):
                    self.assertEqual(cell["state"], expected.get((account, region), cell["state"]))
                elif cell["state"] != "unreached":
                    self.assertEqual(cell["state"], "skipped")

    def test_one_that_fails_does_not_hide(self):
        """The second cannot be read: the first is told in full, and that this is not everything."""
        with tempfile.TemporaryDirectory() as folder:
            paths, environment = self.settings(folder)
            with open(f"{folder}/credentials", "r+", encoding="utf-8") as keys:
                text = keys.read()
                keys.seek(text.rindex("aws_secret_access_key"))
                keys.truncate()
                keys.write("aws_secret_access_key = wrong\n")
            result = harness.scan(environment, "--config", paths[0], "--config", paths[1])
            self.assertEqual(result.code, 3, result)
            self.assertIn("SignatureDoesNotMatch", result.err)
            self.assertIn("SignatureDoesNotMatch", result.report["run"]["interrupted"])
            self.assertFalse(result.report["run"]["complete"])
            self.assertEqual({account["id"] for account in result.report["accounts"]},
                             {account["id"] for account in self.estates[0][1]["accounts"]})

    def test_what_is_the_runs_stands_in_the_first_file(self):
        with tempfile.TemporaryDirectory() as folder:
            paths, environment = self.settings(folder, "", "[controls]\nselect = all\n[store]\npath = x.db\n[scan]\ntimeout = 20s\n")
            del environment["NEPTUNE_SCAN_STORE_PATH"]
            result = harness.scan(environment, "--config", paths[0], "--config", paths[1])
            self.assertEqual(result.code, 2, result)
            self.assertIn(f"{paths[1]}:5: controls.select is of the whole run, not of one organization\n  Fix: move it to {paths[0]}", result.err)
            self.assertIn("store.path is of the whole run", result.err)
            self.assertNotIn("scan.timeout", result.err)

    def test_the_same_twice(self):
        with tempfile.TemporaryDirectory() as folder:
            paths, environment = self.settings(folder)
            result = harness.scan(environment, "--config", paths[0], "--config", paths[0])
            self.assertEqual(reports.differences(self.estates[0][1], result.report), [], result)
            self.assertIn("it was scanned already", result.err)

    def test_doctor_looks_at_each(self):
        with tempfile.TemporaryDirectory() as folder:
            paths, environment = self.settings(folder)
            result = harness.run(["doctor", "--config", paths[0], "--config", paths[1], "--format", "json"], environment)
            self.assertEqual(result.code, 1, result)
            checks = json.loads(result.out)["checks"]
            self.assertEqual({(line["settings"], line["text"].split(",")[0]) for line in checks if line["check"] == "organization"},
                             {(paths[0], "o-estate0001"), (paths[1], "o-estate0002")})
            self.assertEqual(len([line for line in checks if line["check"] == "store"]), 1)
            result = harness.run(["doctor", "--config", ",".join(paths)], environment)
            self.assertRegex(result.out, rf"(?s)^{paths[0]}\nok .*\n{paths[1]}\nok .*\n{paths[0]}\nok +store")

    def test_an_older_store_is_brought_up_to_date(self):
        with tempfile.TemporaryDirectory() as folder:
            environment, truth = self.estates[0]
            path = f"{folder}/runs.db"
            harness.run(["scan", "--db", path], environment, folder)
            harness.age_store(path, 1)
            shown = harness.run(["report", "--report", "json", "--db", path], environment, folder)
            self.assertEqual(shown.code, 0, shown)
            self.assertEqual(reports.differences(truth, json.loads(shown.out)), [])
            result = harness.run(["scan", "--db", path], environment, folder)
            self.assertIn(result.code, (1, 3), result)
            with sqlite3.connect(path) as database:
                self.assertEqual(database.execute("PRAGMA user_version").fetchone(), (max(harness.BACK_FROM),))
                self.assertEqual(database.execute("SELECT count(DISTINCT run) FROM accounts WHERE organization IS NOT NULL").fetchone(), (1,))
            database.close()


if __name__ == "__main__":
    unittest.main()
