"""Going on with a run that did not come to its end: only with what was asked the same, of the same organization, and is not old."""
import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest

import harness
import reports
import small_aws

ESTATE = ("--accounts", "40", "--regions", "9", "--latency", "aws")
CUT_OFF = ("--deadline", "1s", "--grace", "0s", "--concurrency", "8")
EXCEPTION = ("[exception {name}]\ncontrol = neptune-encryption-at-rest\naccount = {account}\nresource = {resource}\nowner = team\n"
             "reason = test\nexpires = " + harness.LATER + "\n")


class Stored(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.path = os.path.join(self.folder, "runs.db")

    def scan(self, environment, *flags):
        return harness.scan(environment, "--db", self.path, *flags)

    def query(self, sql):
        return harness.query_store(self.path, sql)

    def edit(self, sql, *values):
        self.assertGreater(harness.edit_store(self.path, sql, *values), 0, sql)

    def cut_off(self):
        """As if the latest run had not come to its end, though all of it was scanned."""
        self.edit("UPDATE runs SET state = 'interrupted', interrupted = 'SIGTERM' WHERE run = (SELECT max(run) FROM runs)")

    def exceptions(self, *sections):
        path = os.path.join(self.folder, "exceptions.ini")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write("".join(sections))
        return path

    def report(self, *flags):
        result = harness.run(["report", "--db", self.path, "--report", "json", *flags], harness.clean_environment())
        return json.loads(result.out)

    def expect_resumed(self, result, run):
        self.assertIn(f"resuming run {run}", result.err)
        self.assertEqual(result.report["run"]["id"], run, result.err)

    def expect_anew(self, result, run, *reasons):
        """A run of its own, which says why; the other one stays as it was."""
        self.assertIn(result.code, (0, 1, 3), result)
        begun = result.report["run"]["id"]
        self.assertNotEqual(begun, run)
        self.assertRegex(result.err, rf"warning: run {run} is not resumed: .*\. Starting run {begun}")
        for reason in reasons:
            self.assertIn(reason, result.err)
        self.assertEqual(self.query("SELECT state FROM runs ORDER BY run")[-2:], [("interrupted",), ("finished",)])


class Resume(Stored):
    def test_resume_after_an_interruption(self):
        """What was scanned is not asked again, and the matrix is that of an uninterrupted run."""
        with harness.estate("--accounts", "80", "--regions", "17", "--latency", "aws") as (environment, manifest):
            first = self.scan(environment, "--deadline", "2s", "--grace", "0s", "--concurrency", "24")
            self.assertEqual(first.code, 3)
            self.assertGreater(first.report["run"]["totals"]["pending"], 0)
            before = harness.clusters_asked(environment)
            self.assertGreater(before, 50)
            second = self.scan(environment, "--resume")
            again = harness.clusters_asked(environment) - before
        self.assertEqual(second.report["run"]["id"], first.report["run"]["id"])
        self.assertEqual(reports.differences(manifest, second.report), [])
        settled = sum(cell["state"] not in ("pending", "skipped", "unreached", "disabled") for cell in first.report["cells"])
        every = sum(cell["state"] not in ("skipped", "unreached", "disabled") for cell in manifest["cells"])
        self.assertLessEqual(again, every - settled + 20)  # pages of the crowded cells
        self.assertIn("resuming run", second.err)
        requests = second.report["run"]["requests"]  # of both programs
        self.assertEqual(sum(counts["sent"] for counts in requests["operations"].values()), requests["sent"])
        self.assertEqual(self.query("SELECT state FROM runs"), [("finished",)])

    def test_resume_when_nothing_is_unfinished(self):
        with harness.estate("--accounts", "4", "--regions", "2") as (environment, manifest):
            self.scan(environment)
            result = self.scan(environment, "--resume")
        self.assertIn("no unfinished run", result.err)
        self.assertEqual(reports.differences(manifest, result.report), [])
        self.assertEqual(len(self.query("SELECT * FROM runs")), 2)

    def test_each_setting_of_the_question(self):
        """Another one is asked in a run of its own, and the warning says which: no error that comes every night."""
        lab = self.exceptions(EXCEPTION.format(name="lab", account="111111111111", resource="lab-*"))
        changes = {
            "controls added: neptune-": ("--controls", "all"), "controls changed: neptune-key-usable": ("--severity", "neptune-key-usable=low"),
            "exceptions added: lab": ("--exceptions", lab), "controls.min_backup_days was": ("--min-backup-days", "9"),
            "controls.require_key was": ("--require-key", "kms"), "organization.accounts was": ("--accounts", "111111111111"),
            "organization.exclude_accounts was": ("--exclude-accounts", "111111111111"), "organization.ous was": ("--ous", "/Prod"),
            "organization.exclude_ous was": ("--exclude-ous", "/Prod"), "regions.include was": ("--regions", "us-east-1"),
            "regions.exclude was": ("--exclude-regions", "us-east-1"), "role.name was": ("--role-name", "Other"),
            "role.management was": ("--management-role", "Other"), "scan.shard was": ("--shard", "1/2")}
        with harness.estate("--accounts", "20", "--regions", "3") as (environment, _):
            run = self.scan(environment).report["run"]["id"]
            self.cut_off()
            base = self.path
            for reason, flags in changes.items():
                with self.subTest(reason):
                    self.path = self.copy(base)
                    self.expect_anew(self.scan(environment, "--resume", *flags), run, reason)
            self.path = self.copy(base)
            result = self.scan(environment, "--resume", "--regions", "us-east-1", "--require-key", "kms")
            self.expect_anew(result, run, 'controls.require_key was "any", now "kms"; regions.include was "enabled", now "us-east-1"',
                             "controls added: neptune-")
            again = self.scan(environment, "--resume", "--regions", "us-east-1", "--require-key", "kms")
            self.assertIn("no unfinished run", again.err)

    def test_settings_by_their_meaning(self):
        """Lists in another order, an item twice, a group for its controls, the severity of what is not selected: the same question."""
        with harness.estate("--accounts", "20", "--regions", "3") as (environment, manifest):
            ids = [account["id"] for account in manifest["accounts"]]
            controls = json.loads(harness.run(["controls", "--format", "json"], environment).out)["controls"]
            hardening = ",".join(control["id"] for control in reversed(controls) if control["group"] == "hardening")
            for first, second in (
                    (("--accounts", f"{ids[0]},{ids[1]}"), ("--accounts", f"{ids[1]},{ids[0]},{ids[1]}")),
                    (("--exclude-accounts", f"{ids[0]},{ids[1]}"), ("--exclude-accounts", f"{ids[1]},{ids[0]}")),
                    (("--ous", "/Prod,/Dev"), ("--ous", "/Dev,/Prod")), (("--exclude-ous", "/Prod,/Dev"), ("--exclude-ous", "/Dev,/Prod")),
                    (("--regions", "us-east-1,eu-west-1"), ("--regions", "eu-west-1,us-east-1")),
                    (("--exclude-regions", "us-east-1,eu-west-1"), ("--exclude-regions", "eu-west-1,us-east-1")),
                    (("--controls", "hardening"), ("--controls", hardening)), ((), ("--severity", "neptune-multi-az=low"))):
                with self.subTest(second):
                    self.path = os.path.join(self.folder, f"{second[0]}.db")
                    run = self.scan(environment, *first).report["run"]["id"]
                    self.cut_off()
                    self.expect_resumed(self.scan(environment, "--resume", *second), run)
                    self.scan(environment, *second)
                    told = harness.run(["diff", "--db", self.path, "--format", "json"], environment)
                    self.assertEqual(json.loads(told.out)["settings"], [], told)

    def test_blind_cells_are_asked_again_when_told(self):
        with harness.estate("--accounts", "20", "--regions", "5", "--port", "0") as (environment, manifest):
            blind = self.scan(environment, "--role-name", "NoSuchRole", "--deadline", "1h")
            self.assertIn("unreached", {cell["state"] for cell in blind.report["cells"]})
            # That night came to its end; as if it had been cut off, with the role wrong only for a while:
            self.edit("UPDATE runs SET state = 'interrupted', meaning = replace(meaning, 'NoSuchRole', ?)",
                      environment["NEPTUNE_SCAN_ROLE_NAME"])
            before = harness.statistics(environment)["operations"]["sts:AssumeRole"]
            kept = self.scan(environment, "--resume")
            self.assertEqual(harness.statistics(environment)["operations"]["sts:AssumeRole"], before)
            self.assertEqual({cell["state"] for cell in kept.report["cells"]},
                             {cell["state"] for cell in blind.report["cells"]})
            self.edit("UPDATE runs SET state = 'interrupted'")
            seen = self.scan(environment, "--resume", "--retry-blind")
        self.assertEqual(reports.differences(manifest, seen.report), [])

    def test_what_is_old_is_not_gone_on_with(self):
        with harness.estate(*ESTATE) as (environment, manifest):
            run = self.scan(environment, *CUT_OFF).report["run"]["id"]
            self.edit("UPDATE runs SET started = started - 7 * 86400")
            self.edit("UPDATE cells SET at = at - 7 * 86400")
            base = self.copy()
            result = self.scan(environment, "--resume")
            self.expect_anew(result, run, "7 days ago, and store.resume_within is 12 h 0 min")
            self.assertEqual(reports.differences(manifest, result.report), [])
            self.assertIsNone(result.report["run"]["note"])
            for flag in (("--resume-within", "11h"), ("--resume-within", "168h")):
                with self.subTest(flag):
                    self.path = self.copy(base)
                    self.edit("UPDATE runs SET started = started + 7 * 86400 - 11.5 * 3600" if "11h" in flag else
                              "UPDATE runs SET started = started + 60")
                    result = self.scan(environment, "--resume", *flag)
                    if "11h" in flag:
                        self.expect_anew(result, run, "11 h 30 min ago, and store.resume_within is 11 h 0 min")
                    else:
                        self.expect_resumed(result, run)
                        self.assertRegex(result.report["run"]["note"], "its oldest cell was assessed at 20.*Z, 7 days before its end")
                        self.assertEqual(self.report()["run"]["note"], result.report["run"]["note"])
            self.path = self.copy(base)
            self.edit("UPDATE runs SET started = started + 8 * 86400")
            result = self.scan(environment, "--resume")
            self.expect_anew(result, run, "ahead of this machine's clock")

    def test_its_age_is_told(self):
        """By every form that has room for a note, and of the oldest cell, not of the run."""
        with harness.estate(*ESTATE) as (environment, _):
            run = self.scan(environment, *CUT_OFF).report["run"]["id"]
            self.edit("UPDATE runs SET started = started - 3 * 3600")
            self.edit("UPDATE cells SET at = at - 2 * 3600 - 240 WHERE account = (SELECT min(account) FROM cells)")
            at = self.query("SELECT strftime('%Y-%m-%dT%H:%M:%SZ', min(at), 'unixepoch') FROM cells")[0][0]
            result = self.scan(environment, "--resume", "--report", "table", "--report", f"html={self.folder}/report.html")
        self.expect_resumed(result, run)
        note = f"a resumed run: its oldest cell was assessed at {at}, 2 h 4 min before its end"
        self.assertEqual(result.report["run"]["note"], note)
        self.assertIn(note, " ".join(result.out.split()))
        with open(f"{self.folder}/report.html", encoding="utf-8") as stream:
            self.assertIn(note, stream.read())

    def test_times_are_those_of_the_earlier_part(self):
        """Also of cells that have no row of their own."""
        with harness.estate("--accounts", "40", "--regions", "9") as (environment, _):
            self.scan(environment)
            self.cut_off()
            self.edit("UPDATE accounts SET at = at - 3600 WHERE is_done")
            expected = dict(self.query("SELECT id, at FROM accounts WHERE is_done AND rest = 'unreached'"))
            self.scan(environment, "--resume")
        self.assertTrue(expected)
        self.assertEqual(dict(self.query("SELECT id, at FROM accounts WHERE is_done AND rest = 'unreached'")), expected)

    def failing_resource(self, environment, manifest):
        finding = next(f for f in manifest["findings"] if f["verdict"] == "fail" and f["control"] == "neptune-encryption-at-rest")
        return finding["account"], finding["resource"]["id"]

    def test_exceptions_by_their_contents(self):
        """Withdrawn, changed or added in the same file; the same ones in another file, in another order, are the same."""
        with harness.estate("--accounts", "30", "--regions", "9") as (environment, manifest):
            account, resource = self.failing_resource(environment, manifest)
            one = EXCEPTION.format(name="one", account=account, resource=resource)
            two = EXCEPTION.format(name="two", account="111111111111", resource="lab-*")
            path = self.exceptions(one, two)
            first = self.scan(environment, "--exceptions", path)
            run = first.report["run"]["id"]
            self.assertIn("one", {finding["exception"] for finding in first.report["findings"]})
            self.cut_off()
            base = self.copy()
            for sections, reason in (((two,), "exceptions removed: one"), ((), "exceptions removed: one, two"),
                                     ((one, two.replace("lab-*", "*-lab")), "exceptions changed: two"),
                                     ((one.replace(harness.LATER, "2026-01-31"), two), "exceptions changed: one"),
                                     ((one, two, two.replace("two", "three")), "exceptions added: three")):
                with self.subTest(reason):
                    self.path = self.copy(base)
                    result = self.scan(environment, "--resume", "--exceptions", self.exceptions(*sections))
                    self.expect_anew(result, run, reason)
                    covered = {finding["exception"] for finding in result.report["findings"]} - {None}
                    self.assertEqual(covered, {"one"} if one in sections else set())
            self.path = self.copy(base)
            self.expect_anew(self.scan(environment, "--resume"), run, "exceptions removed: one, two")
            self.path = self.copy(base)
            other = os.path.join(self.folder, "other.ini")
            shutil.copy(self.exceptions(two, one), other)
            result = self.scan(environment, "--resume", "--exceptions", other)
            self.expect_resumed(result, run)
            self.assertEqual(result.report["exceptions"][1]["findings"], first.report["exceptions"][0]["findings"])

    def test_controls_and_their_version(self):
        with harness.estate("--accounts", "20", "--regions", "5") as (environment, _):
            run = self.scan(environment).report["run"]["id"]
            self.cut_off()
            base = self.copy()
            for sql, reason in (
                    ("DELETE FROM controls WHERE id = 'neptune-key-rotation'", "controls added: neptune-key-rotation"),
                    ("UPDATE controls SET severity = 'low' WHERE id = 'neptune-key-usable'", "controls changed: neptune-key-usable"),
                    ("INSERT INTO controls SELECT run, 'neptune-gone', 'high' FROM runs", "controls removed: neptune-gone"),
                    ("UPDATE runs SET meaning = replace(meaning, 'version of the controls = ', 'version of the controls = 0.0.')",
                     'version of the controls was "0.0.')):
                with self.subTest(reason):
                    self.path = self.copy(base)
                    self.edit(sql)
                    self.expect_anew(self.scan(environment, "--resume"), run, reason)
            self.path = self.copy(base)
            result = self.scan(environment, "--resume", "--severity", "neptune-key-usable=low")
            self.expect_anew(result, run, "controls changed: neptune-key-usable")

    def test_an_older_schema_is_not_gone_on_with(self):
        """Nothing says what its controls and exceptions were in detail."""
        with harness.estate("--accounts", "6", "--regions", "3") as (environment, manifest):
            run = self.scan(environment).report["run"]["id"]
            self.cut_off()
            self.edit("UPDATE runs SET meaning = replace(meaning, 'version of the controls', 'controls.exceptions')")
            harness.age_store(self.path, 4)
            result = self.scan(environment, "--resume")
        self.expect_anew(result, run, 'version of the controls was ""')
        self.assertEqual(reports.differences(manifest, result.report), [])

    def test_another_organization(self):
        """Known only when AWS was asked: nothing of the other one is taken over."""
        with harness.estate("--accounts", "20", "--regions", "3", "--seed", "1") as (environment, _):
            run = self.scan(environment).report["run"]["id"]
        self.cut_off()
        with harness.estate("--accounts", "20", "--regions", "3", "--seed", "2") as (environment, manifest):
            result = self.scan(environment, "--resume")
        self.expect_anew(result, run, "its organization was o-estate0001, now o-estate0002", "its caller was arn:aws:iam::0")
        self.assertEqual(reports.differences(manifest, result.report), [])

    def test_another_caller(self):
        """With accounts named, nobody asks for the organization."""
        with harness.estate("--accounts", "20", "--regions", "3") as (environment, manifest):
            account = next(account["id"] for account in manifest["accounts"] if account["status"] == "ACTIVE")
            run = self.scan(environment, "--accounts", account).report["run"]["id"]
            self.cut_off()
            base = self.copy()
            self.expect_resumed(self.scan(environment, "--resume", "--accounts", account), run)
            self.path = self.copy(base)
            self.edit("UPDATE runs SET caller = 'arn:aws:iam::999999999999:user/other'")
            result = self.scan(environment, "--resume", "--accounts", account)
            self.expect_anew(result, run, "its caller was arn:aws:iam::999999999999:user/other, now arn:aws:iam::")

    def test_accounts_that_left(self):
        with harness.estate("--accounts", "40", "--regions", "9") as (environment, before):
            run = self.scan(environment).report["run"]["id"]
        self.cut_off()
        with harness.estate("--accounts", "35", "--regions", "9") as (environment, manifest):
            result = self.scan(environment, "--resume", "--report", "table")
        there = {account["id"] for account in manifest["accounts"]}
        left = {account["id"] for account in before["accounts"]} - there
        self.assertEqual(len(left), 5)
        expected = {"regions": before["regions"], **{name: [one for one in before[name] if one.get("account", one.get("id")) in there]
                                                     for name in ("accounts", "cells", "findings")}}
        self.expect_resumed(result, run)
        for report in (result.report, self.report()):
            self.assertEqual(reports.differences(expected, report), [])
            self.assertEqual(reports.inconsistencies(report), [])
            self.assertEqual(report["run"]["totals"], result.report["run"]["totals"])
            for account in left:
                self.assertIn(account, report["run"]["note"])
        self.assertRegex(result.err, "warning: left the organization since the run started")
        self.assertEqual(self.query("PRAGMA foreign_key_check"), [])
        left_over = "SELECT count(*) FROM findings WHERE account NOT IN (SELECT account FROM accounts)"
        self.assertEqual(self.query(left_over), [(0,)])

    def test_accounts_that_left_the_scope(self):
        """In the organization still, but suspended or moved: what was found there before is not in the report any more."""
        moved, stays = "111111111111", "222222222222"

        def places(**units):
            """Accounts by the id of the unit that they hang in."""
            return lambda parameters: (200, json.dumps({"Accounts": [{"Id": account} for account in units.get(
                parameters["ParentId"].replace("-", "_"), ())]}))

        def listed(state):
            return 200, json.dumps({"Accounts": [{"Id": moved, "State": state}, {"Id": stays, "State": "ACTIVE"}]})

        units = {"organizations:ListOrganizationalUnitsForParent": lambda parameters: (200, json.dumps(
            {"OrganizationalUnits": [{"Id": "ou-1", "Name": "Prod"}] if parameters["ParentId"] == "r-1" else []}))}
        cases = {
            "SUSPENDED": ((), {"organizations:ListAccountsForParent": places(r_1=[moved, stays])},
                          {"organizations:ListAccounts": listed("SUSPENDED")}),
            "not below organization.ous": (("--ous", "/Prod"), {"organizations:ListAccountsForParent": places(ou_1=[moved, stays])},
                                           {"organizations:ListAccountsForParent": places(ou_1=[stays], r_1=[moved])}),
            "below organization.exclude_ous": (
                ("--exclude-ous", "/Prod"), {"organizations:ListAccountsForParent": places(r_1=[moved, stays])},
                {"organizations:ListAccountsForParent": places(ou_1=[moved], r_1=[stays])})}
        for reason, (flags, before, now) in cases.items():
            with self.subTest(reason):
                self.path = os.path.join(self.folder, reason + ".db")
                answers = {"organizations:ListAccounts": listed("ACTIVE"), **units, **before,
                           f"rds:DescribeDBClusters@{moved}": small_aws.rds("DescribeDBClusters", small_aws.cluster(
                               "graph", "us-east-1", account=moved))}
                with small_aws.serving(answers) as (settings, _):
                    environment = harness.clean_environment(**settings)
                    first = self.scan(environment, *flags)
                    self.assertEqual(first.code, 1, first)
                    self.cut_off()
                    answers.update(now)
                    result = self.scan(environment, "--resume", *flags)
                    self.expect_resumed(result, first.report["run"]["id"])
                    stored = self.report()
                    self.cut_off()
                    answers.update({"organizations:ListAccounts": listed("ACTIVE"), **before})
                    again = self.scan(environment, "--resume", *flags)
                self.assertEqual(result.code, 0, result)
                for report in (result.report, stored):
                    self.assertEqual(reports.inconsistencies(report), [])
                    self.assertEqual(report["findings"], [])
                    self.assertEqual({cell["account"]: cell["state"] for cell in report["cells"]}, {moved: "skipped", stays: "empty"})
                    self.assertIn(reason, next(one for one in report["accounts"] if one["id"] == moved)["reason"])
                    self.assertIn(f"left the scope since the run started, and are no longer part of it: {moved}",
                                  report["run"]["note"])
                self.assertEqual(again.code, 1, "back in the scope, it is scanned")

    def test_a_region_that_was_disabled_since(self):
        """A cell that the earlier part left half seen is not shown where there is none any more."""
        with harness.estate("--accounts", "30", "--regions", "9") as (environment, manifest):
            self.scan(environment)
            cell = next(cell for cell in manifest["cells"] if cell["state"] == "disabled")
            self.cut_off()
            self.edit("INSERT INTO cells SELECT a.account, r.region, 'pending', 'pending', 0, 0, 0, 0, 0, 0, 'cut off', NULL, NULL"
                      " FROM accounts a JOIN regions r USING (run) WHERE a.id = ? AND r.name = ?", cell["account"], cell["region"])
            self.scan(environment, "--resume")
        self.assertEqual(reports.differences(manifest, self.report()), [])

    def test_a_night_that_could_not_start_in_between(self):
        """It is a run of its own, and no reason to scan everything anew."""
        with harness.estate(*ESTATE) as (environment, manifest):
            run = self.scan(environment, *CUT_OFF).report["run"]["id"]
            before = self.query("SELECT * FROM runs")
            failed = self.scan({**environment, "AWS_SECRET_ACCESS_KEY": "over"}, "--resume")
            self.assertEqual(failed.code, 4, failed)
            self.assertEqual(self.query("SELECT * FROM runs ORDER BY run LIMIT 1"), before)
            result = self.scan(environment, "--resume")
            self.expect_resumed(result, run)
            self.assertEqual(reports.differences(manifest, result.report), [])
            self.assertEqual(self.report()["run"]["id"], run)  # the latest
            runs = json.loads(harness.run(["runs", "--db", self.path, "--format", "json"], environment).out)
            self.assertEqual([entry["state"] for entry in runs], ["interrupted", "finished"])
            self.assertEqual(runs[1]["id"], run)
            self.assertIn("no unfinished run", self.scan(environment, "--resume").err)

    def test_interrupted_before_the_organization_is_known(self):
        """Nobody can say whether the earlier run may be gone on with: it stays as it was."""
        with harness.estate(*ESTATE) as (environment, _):
            run = self.scan(environment, *CUT_OFF).report["run"]["id"]
        before = self.query("SELECT * FROM runs")
        with harness.estate(*ESTATE, "--faults", "organizations:DescribeOrganization=hang@100%") as (environment, _):
            result = self.scan(environment, "--resume", *CUT_OFF)
        self.assertEqual(result.code, 3, result)
        self.assertNotEqual(result.report["run"]["id"], run)
        self.assertEqual(self.query("SELECT * FROM runs ORDER BY run LIMIT 1"), before)
        self.assertEqual(len(self.query("SELECT * FROM runs")), 2)

    def copy(self, path=None):
        """Another store with the same runs."""
        self.copies = getattr(self, "copies", 0) + 1
        name = os.path.join(self.folder, f"copy-{self.copies}.db")
        shutil.copy(path or self.path, name)
        return name


class Organizations(Stored):
    def settings(self, environments):
        """One file each."""
        files = []
        with open(f"{self.folder}/credentials", "w", encoding="utf-8") as keys:
            for number, environment in enumerate(environments):
                keys.write(f"[org{number}]\naws_access_key_id = {environment['AWS_ACCESS_KEY_ID']}\n"
                           f"aws_secret_access_key = {environment['AWS_SECRET_ACCESS_KEY']}\n")
                files.append(f"{self.folder}/org{number}.ini")
                with open(files[-1], "w", encoding="utf-8") as stream:
                    stream.write(f"[aws]\nprofile = org{number}\nendpoint_url = {environment['AWS_ENDPOINT_URL']}\n")
        os.chmod(f"{self.folder}/credentials", 0o600)
        return [flag for file in files for flag in ("--config", file)], harness.clean_environment(
            AWS_SHARED_CREDENTIALS_FILE=f"{self.folder}/credentials")

    def scan_both(self, first, second, *flags):
        small = ("--accounts", "12", "--regions", "3")
        with harness.estate(*small, "--seed", str(first)) as (one, truth), harness.estate(*small, "--seed", str(second)) as (two, other):
            files, environment = self.settings([one, two])
            result = self.scan(environment, *files, *flags)
            asked = [harness.statistics(one)["operations"].get("sts:AssumeRole", 0) for one in (one, two)]
        both = {"regions": sorted({*truth["regions"], *other["regions"]}),
                **{name: truth[name] + other[name] for name in ("accounts", "cells", "findings")}}
        self.assertEqual(reports.differences(both, result.report), [], result)
        return result, asked

    def test_names_of_accounts(self):
        """A name is one of an organization's: an exception says by id which account it is for."""
        exceptions = self.exceptions(EXCEPTION.format(name="e", account="account-1", resource="x"))
        with harness.estate("--accounts", "2", "--regions", "1") as (one, _):
            files, environment = self.settings([one, one])
            result = harness.run(["scan", "--db", self.path, *files, "--exceptions", exceptions], environment)
        self.assertEqual(result.code, 2, result)
        self.assertIn("name each account by its id", result.err)

    def test_each_is_compared(self):
        first, _ = self.scan_both(1, 2)
        run = first.report["run"]["id"]
        self.cut_off()
        result, asked = self.scan_both(1, 2, "--resume")
        self.expect_resumed(result, run)
        self.assertEqual(asked, [0, 0])
        self.cut_off()
        result, asked = self.scan_both(1, 3, "--resume")  # the second file is of another organization by now
        self.expect_resumed(result, run)
        self.assertEqual((asked[0], asked[1] > 0), (0, True))
        self.assertEqual({account["organization"] for account in self.report()["accounts"]}, {"o-estate0001", "o-estate0003"})
        self.cut_off()
        result, _ = self.scan_both(4, 3, "--resume")
        self.expect_anew(result, run, "its organization was o-estate0001, o-estate0003, now o-estate0004")


MEMBER = "100000000001"


class StoppedAgain(Stored):
    """A night is cut off with one cell pending, the second one stops before it is asked again, however; nothing is forgotten."""

    @staticmethod
    def aws(slow=None, member="b", **more):
        def late(answer):
            return lambda _: (time.sleep(4), answer)[1]
        regions, failing = small_aws.regions("us-east-1", "us-west-2"), small_aws.cluster("lost", "us-west-2", account=MEMBER)
        answers = {"organizations:ListAccounts": small_aws.told("ListAccounts", {"Accounts": [
                       {"Id": small_aws.HOME, "Name": "a", "State": "ACTIVE"}, {"Id": MEMBER, "Name": member, "State": "ACTIVE"}]}),
                   "organizations:ListOrganizationalUnitsForParent": lambda p: small_aws.told("x", {"OrganizationalUnits": [
                       {"Id": "ou-1", "Name": "P"}] if p["ParentId"] == "r-1" else []}),
                   "organizations:ListAccountsForParent": lambda p: small_aws.told("x", {"Accounts": [
                       {"Id": small_aws.HOME}, {"Id": MEMBER}] if p["ParentId"] == "ou-1" else []}),
                   "ec2:DescribeRegions": late(regions) if slow == "regions" else regions,
                   f"rds:DescribeDBClusters@{MEMBER}/us-west-2": late(small_aws.rds("DescribeDBClusters", "")) if slow == "cell"
                   else small_aws.rds("DescribeDBClusters", failing)}
        return {**answers, **more}

    def night(self, answers, *flags):
        with small_aws.serving(answers) as (settings, asked):
            result = self.scan(harness.clean_environment(**settings), "--max-attempts", "1", *flags)
        check = harness.run(["runs", "--check", "--db", self.path], harness.clean_environment())
        self.assertEqual(check.code, 0, check)
        return result, asked

    def stored_cell(self):
        return {(cell["account"], cell["region"]): cell["state"] for cell in self.report()["cells"]}[MEMBER, "us-west-2"]

    def test_nothing_is_forgotten(self):
        denied, cut = small_aws.refused(400, "AccessDeniedException"), ("--deadline", "2s", "--grace", "0s")
        units, exceptions = ("--ous", "/P"), ("--exceptions", self.exceptions(EXCEPTION.format(name="e", account="a", resource="x")))
        slow_roots = {"organizations:ListRoots": lambda _: (time.sleep(4), small_aws.told("ListRoots", {"Roots": []}))[1]}
        for what, second, code, always, flags in (
                ("a name that two accounts bear", self.aws(member="a"), 2, exceptions, ()),
                ("a tree that may not be read", self.aws(**{"organizations:ListRoots": denied}), 4, units, ()),
                ("a tree that is slow", self.aws(**slow_roots), 3, units, cut),
                ("regions that are slow", self.aws("regions"), 3, (), cut),
                ("accounts that may not be listed", self.aws(**{"organizations:ListAccounts": denied}), 4, (), ())):
            with self.subTest(second=what):
                self.path = os.path.join(self.folder, f"{what}.db")
                always += ("--controls", "neptune-encryption-at-rest")
                self.assertEqual(self.night(self.aws("cell"), *always, *cut)[0].code, 3)
                self.assertEqual(self.stored_cell(), "pending")
                totals = self.query("SELECT cells, failing FROM runs")
                self.assertEqual(self.night(second, *always, "--resume", *flags)[0].code, code)
                self.assertEqual(self.stored_cell(), "pending")
                self.assertEqual(self.query("SELECT cells, failing, could_not_start FROM runs"), [(*totals[0], 0)])
                result, asked = self.night(self.aws(), *always, "--resume")
                self.assertIn("resuming run", result.err)
                self.assertEqual((result.code, self.stored_cell()), (1, "fail"))
                self.assertIn((MEMBER, "us-west-2", "rds:DescribeDBClusters"), asked)

    def test_an_account_that_was_renamed(self):
        """Exceptions go by names: what one covered under another name is evaluated again."""
        flags = ("--controls", "neptune-encryption-at-rest", "--exceptions",
                 self.exceptions(EXCEPTION.format(name="e", account="b", resource="*")))
        self.assertEqual(self.night(self.aws(), *flags)[0].code, 0)
        self.assertEqual(self.stored_cell(), "exempt")
        self.cut_off()
        result, _ = self.night(self.aws(member="c"), *flags, "--resume")
        self.assertIn("resuming run", result.err)
        self.assertEqual((result.code, self.stored_cell()), (1, "fail"))


if __name__ == "__main__":
    unittest.main()
