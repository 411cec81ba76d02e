"""Nights of the same estate, which differ in a few known things: what the history commands tell of them."""
import csv
import datetime
import io
import json
import os
import sqlite3
import tempfile
import time
import unittest

import harness
import reports

NIGHTS = 4
BLIND = {"denied", "unreached", "error", "pending"}


class History(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder, cls.store = folder.name, os.path.join(folder.name, "runs.db")
        cls.truths, cls.told = [], []
        for night in range(NIGHTS):
            if night == NIGHTS // 2:
                time.sleep(1)  # times are in seconds: what the first nights found is older than the last
            with harness.estate("--accounts", "60", "--regions", "9", "--seed", "7", "--night", str(night)) as (
                    cls.environment, truth):
                result = harness.scan(cls.environment, "--db", cls.store)
            assert reports.differences(truth, result.report) == []
            cls.truths.append(truth)
            cls.told.append(result.report)

    def command(self, *arguments, code=0):
        result = harness.run([*arguments, "--db", self.store], self.environment)
        self.assertEqual(result.code, code, result)
        return result.out

    def ids(self):
        return [report["run"]["id"] for report in self.told]

    def expected(self, old, new):
        """What changed, by the manifests alone."""
        before, after = reports.findings_of(old), reports.findings_of(new)
        old_cells, new_cells = reports.cells_of(old), reports.cells_of(new)
        changes = {name: set() for name in ("newly_failing", "newly_unknown", "fixed", "newly_blind", "seen_again",
                                            "appeared", "vanished")}
        for key, finding in after.items():
            verdict, was = finding["verdict"], before[key]["verdict"] if key in before else None
            if verdict == "fail" and was != "fail":
                changes["newly_failing"].add(key)
            if verdict == "unknown" and was not in (None, "unknown"):
                changes["newly_unknown"].add(key)
            if verdict == "pass" and was == "fail":
                changes["fixed"].add(key)
        resources = lambda findings: {(key[1], key[2], key[3]) for key in findings}
        for there, other, cells, name in ((after, before, old_cells, "appeared"), (before, after, new_cells, "vanished")):
            for account, region, arn in resources(there) - resources(other):
                if cells[account, region]["complete"]:
                    changes[name].add((account, region, arn))
        for key, cell in new_cells.items():
            if cell["state"] in BLIND and old_cells[key]["complete"]:
                changes["newly_blind"].add(key)
            if old_cells[key]["state"] in BLIND and cell["complete"]:
                changes["seen_again"].add(key)
        return changes

    def test_diff(self):
        seen = dict.fromkeys(("newly_failing", "newly_unknown", "fixed", "newly_blind", "seen_again", "appeared", "vanished"), 0)
        for i in range(NIGHTS):
            for j in range(NIGHTS):
                expected = self.expected(self.truths[i], self.truths[j])
                worse = any(expected[name] for name in ("newly_failing", "newly_unknown", "newly_blind"))
                told = json.loads(self.command("diff", self.ids()[i], self.ids()[j], "--format", "json", code=int(worse)))
                for name in seen:
                    keys = {"newly_failing": lambda item: (item["control"], item["account"], item["region"], item["resource"]),
                            "appeared": lambda item: (item["account"], item["region"], item["resource"]),
                            "newly_blind": lambda item: (item["account"], item["region"])}
                    like = {"newly_unknown": "newly_failing", "fixed": "newly_failing", "vanished": "appeared",
                            "seen_again": "newly_blind"}.get(name, name)
                    self.assertEqual({keys[like](item) for item in told[name]}, expected[name], (i, j, name))
                    seen[name] += len(expected[name])
        self.assertTrue(all(seen.values()), seen)  # something of each kind was there to be told
        latest = self.command("diff", code=int(any(self.expected(self.truths[-2], self.truths[-1])[name] for name in
                                                   ("newly_failing", "newly_unknown", "newly_blind"))))
        self.assertIn(f"\nfrom {self.ids()[-2]}  ", latest)
        self.assertIn(f"\nto   {self.ids()[-1]}  ", latest)
        print(", ".join(f"{count} {name}" for name, count in seen.items()))

    def test_an_exception_that_is_over(self):
        with tempfile.TemporaryDirectory() as folder, harness.estate("--accounts", "20", "--regions", "9", "--seed", "7") as (
                environment, manifest):
            finding = next(f for f in manifest["findings"] if f["verdict"] == "fail")
            store = os.path.join(folder, "runs.db")
            for expires in (harness.LATER, "2026-01-01"):
                path = os.path.join(folder, "exceptions.ini")
                with open(path, "w", encoding="utf-8") as stream:
                    stream.write(f"[exception e]\ncontrol={finding['control']}\naccount={finding['account']}\n"
                                 f"resource={finding['resource']['id']}\nowner=o\nreason=r\nexpires={expires}\n")
                harness.scan(environment, "--db", store, "--exceptions", path)
            result = harness.run(["diff", "--db", store], environment)
        self.assertEqual(result.code, 1)
        self.assertIn("its exception no longer applies", result.out)

    def test_markdown(self):
        text = self.command("diff", self.ids()[0], self.ids()[-1], "--format", "markdown", code=1)
        self.assertIn("## Newly failing", text)

    def test_runs_and_trend(self):
        runs = json.loads(self.command("runs", "--format", "json"))
        self.assertEqual([run["id"] for run in runs], self.ids())
        totals = [report["run"]["totals"] for report in self.told]
        self.assertEqual([(run["cells"], run["failing_resources"]) for run in runs],
                         [(total["cells"], total["failing_resources"]) for total in totals])
        rows = list(csv.DictReader(io.StringIO(self.command("trend", "--format", "csv"), newline="")))
        self.assertEqual([int(row["failing_resources"]) for row in rows], [total["failing_resources"] for total in totals])
        for row in rows:
            share = 100 * (int(row["cells_in_scope"]) - int(row["blind"])) / int(row["cells_in_scope"])
            self.assertAlmostEqual(float(row["coverage_percent"]), share, 3)
        self.assertEqual([int(row["cells_in_scope"]) for row in rows], [total["cells"] - total["skipped"] for total in totals])
        self.assertEqual(len(json.loads(self.command("trend", "--format", "json"))), NIGHTS)
        self.assertEqual(self.command("trend").count("\n"), NIGHTS + 2)
        self.assertEqual(self.command("runs").count("\n"), NIGHTS + 2)

    def test_first_seen(self):
        """Each event of OCSF is as old as its verdict, by the reports of the nights alone."""
        since = {}
        for report in self.told:
            for key, finding in reports.findings_of(report).items():
                if since.get(key, (None,))[0] != finding["verdict"]:
                    since[key] = finding["verdict"], finding["at"]
        path = os.path.join(self.folder, "events.json")
        self.command("report", "--run", self.ids()[-1], "--report", f"ocsf={path}")
        with open(path, encoding="utf-8") as stream:
            events = {event["finding_info"]["uid"]: event for event in json.load(stream)}
        old = 0
        for key, finding in reports.findings_of(self.told[-1]).items():
            event = events["/".join(("neptune-scan", *key))]
            seen = [datetime.datetime.fromtimestamp(event["finding_info"][name] / 1000, datetime.timezone.utc).strftime(
                "%Y-%m-%dT%H:%M:%SZ") for name in ("created_time", "first_seen_time", "last_seen_time")]
            first = since[key][1]
            self.assertEqual(seen, [first, first, finding["at"]], key)
            activity = "Create" if first == finding["at"] else "Update"
            self.assertEqual((event["activity_name"], event["type_name"]), (activity, f"Compliance Finding: {activity}"))
            self.assertEqual(event["type_uid"], 200300 + event["activity_id"])
            old += first != finding["at"]
        self.assertGreater(old, len(events) // 2)

    def test_show(self):
        report = self.told[-1]
        self.assertEqual(json.loads(self.command("show", "--format", "json")), report["accounts"])
        finding = next(f for f in report["findings"] if f["verdict"] == "fail")
        name = next(a["name"] for a in report["accounts"] if a["id"] == finding["account"])
        for account in (finding["account"], name):
            cells = json.loads(self.command("show", account, "--format", "json"))["cells"]
            self.assertEqual(cells, [c for c in report["cells"] if c["account"] == finding["account"]])
        cell = json.loads(self.command("show", name, finding["region"], "--format", "json"))
        self.assertIn(finding, cell["findings"])
        text = self.command("show", name, finding["region"])
        for word in (finding["resource"]["arn"], finding["request_id"], finding["reason"], "StorageEncrypted"):
            self.assertIn(word, text)
        blind = next(c for c in report["cells"] if c["state"] == "denied")
        self.assertIn("AccessDenied", self.command("show", blind["account"], blind["region"]))
        self.assertIn("ACCOUNT", self.command("show"))

    def test_show_counts_as_all_others(self):
        """Cells not assessed and cells assessed only in part are apart, and add up to the report's totals."""
        for report in self.told:
            lines = self.command("show", "--run", report["run"]["id"]).splitlines()
            self.assertRegex(lines[2], r"ACCOUNT +NAME +OU +STATE +FAILING +NOT ASSESSED +PARTLY$")
            counts = [[int(word) for word in line.split()[-3:]] for line in lines[3:]]
            totals = report["run"]["totals"]
            not_assessed = sum(totals.get(state, 0) for state in ("unknown", "denied", "unreached", "error", "pending"))
            self.assertEqual([sum(column) for column in zip(*counts)],
                             [totals["failing_resources"], not_assessed, totals["partly_assessed"]])
            self.assertTrue(totals["partly_assessed"])

    def test_show_lists_failures_first(self):
        report = self.told[-1]
        ranks = {"fail": 0, "unknown": 1, "exempt": 2, "pass": 3}
        mixed = [cell for cell in report["cells"] if 0 < cell["failing"] < cell["resources"]]
        self.assertTrue(mixed)
        titles = set()
        for cell in mixed:
            text = self.command("show", cell["account"], cell["region"])
            blocks = text.split("\n\n  ")[1:]
            self.assertEqual(len(blocks), cell["resources"])
            verdicts = [[ranks[line.split()[0]] for line in block.splitlines() if line.startswith("    ") and line[4] != " "] for block in blocks]
            self.assertEqual([min(block) for block in verdicts], sorted(min(block) for block in verdicts), text)
            self.assertTrue(all(block == sorted(block) for block in verdicts), text)
            self.assertEqual(sum(min(block) == 0 for block in verdicts), cell["failing"])
            titles.update(line.strip()[:11].strip() for block in blocks for line in block.splitlines())
            self.assertNotRegex(text, r"\n +belongs +")
        self.assertTrue({"used by", "member of", "snapshot of"} <= titles, titles)

    def test_older_runs(self):
        first = json.loads(self.command("report", "--run", self.ids()[0], "--report", "json"))
        self.assertEqual(first, self.told[0])

    def test_prune(self):
        copy = os.path.join(self.folder, "copy.db")
        source, target = sqlite3.connect(self.store), sqlite3.connect(copy)
        source.backup(target)
        source.close()
        target.close()
        result = harness.run(["runs", "prune", "--keep", "1", "--db", copy], self.environment)
        self.assertIn("3 runs deleted, 1 kept", result.out)
        database = sqlite3.connect(copy)
        for table in ("accounts", "cells", "resources", "findings"):
            join = " JOIN accounts USING (account)" if table != "accounts" else ""
            self.assertEqual(database.execute(f"SELECT count(DISTINCT run) FROM {table}{join}").fetchone(), (1,))
            left = database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            kept = database.execute(f"SELECT count(*) FROM {table}{join}").fetchone()[0]
            self.assertEqual(left, kept)
        self.assertEqual(database.execute("PRAGMA foreign_key_check").fetchall(), [])
        database.close()
        report = harness.run(["report", "--report", "json", "--db", copy], self.environment)
        self.assertEqual({**json.loads(report.out)}["findings"], self.told[-1]["findings"])

    def test_keep(self):
        """Each scan deletes what is older, after its reports."""
        store = os.path.join(self.folder, "kept.db")
        with harness.estate("--accounts", "3", "--regions", "2") as (environment, _):
            for _ in range(4):
                result = harness.scan(environment, "--db", store, "--keep", "2")
            runs = harness.run(["runs", "--format", "json", "--db", store], environment)
            self.assertEqual(len(json.loads(runs.out)), 2, runs)
            self.assertIn("store.keep is 2: 1 older run deleted", result.err)
            self.assertEqual(json.loads(runs.out)[-1]["id"], result.report["run"]["id"])
            refused = harness.run(["scan", "--keep", "-1"], environment)
            self.assertEqual(refused.code, 2, refused)

    def test_an_unfinished_run_is_told_as_such(self):
        with tempfile.TemporaryDirectory() as folder, harness.estate("--accounts", "40", "--regions", "9", "--latency", "aws") as (
                environment, _):
            store = os.path.join(folder, "runs.db")
            harness.scan(environment, "--db", store, "--deadline", "1s", "--grace", "0s", "--concurrency", "8")
            report = json.loads(harness.run(["report", "--db", store, "--report", "json"], environment).out)
            shown = harness.run(["show", "--db", store], environment).out
        self.assertFalse(report["run"]["complete"])
        self.assertEqual(report["run"]["interrupted"], "the deadline has passed")
        self.assertIn("(not finished)", shown)
        self.assertEqual(reports.inconsistencies(report), [])


if __name__ == "__main__":
    unittest.main()
