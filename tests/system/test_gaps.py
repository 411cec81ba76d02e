"""Accepted gaps: cells that an owner accepts as not assessed. They keep their state, every format names them, and nothing else passes by them."""
import csv
import datetime
import io
import json
import os
import re
import shutil
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

import harness
import reports

ESTATE = ("--accounts", "6", "--regions", "5", "--seed", "7")
FORMATS = ("table", "markdown", "html", "json", "jsonl", "csv", "csv-matrix", "sarif", "junit", "ocsf", "asff", "prometheus")
CLOSED = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:DescribeRegions", "Resource": "*"}]}
OPEN_REGION = "us-east-1"
ONE_OPEN = {"Version": "2012-10-17", "Statement": [*CLOSED["Statement"], {
    "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestedRegion": OPEN_REGION}}}]}
KEYLESS = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "*", "Resource": "*"},
    {"Effect": "Deny", "Action": ["rds:DescribeDBInstances", "rds:ListTagsForResource"], "Resource": "*"}]}
OPEN = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
PAST = (datetime.date.today() - datetime.timedelta(days=3)).isoformat()


def gap(name, **settings):
    given = {"state": "denied", "owner": "platform@example.com", "reason": "closed by policy", "expires": harness.LATER, **settings}
    return f"[gap {name}]\n" + "".join(f"{key} = {value}\n" for key, value in given.items() if value is not None)


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.store = folder.name, os.path.join(folder.name, "runs.db")

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as stream:
            stream.write(text)
        return self.path(name)

    def estate(self, policy, *flags):
        context = harness.estate(*ESTATE, "--policy", self.write("policy.json", json.dumps(policy)), *flags)
        environment, truth = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return environment, truth

    def scan(self, environment, *gaps, flags=()):
        if gaps:
            flags = ("--exceptions", self.write("gaps.ini", "\n".join(gaps)), *flags)
        return harness.scan(environment, "--db", self.store, *flags)

    def command(self, environment, *words):
        return harness.run([*words, "--db", self.store], environment)


class Accepted(Folder):
    """All member accounts but one deny every query in four of five regions, and that one cannot be entered."""

    def setUp(self):
        super().setUp()
        self.environment, truth = self.estate(ONE_OPEN, "--clusters", "0")
        self.regions = truth["regions"]
        self.closed = [region for region in self.regions if region != OPEN_REGION]
        self.unreached = next(cell["account"] for cell in truth["cells"] if cell["state"] == "unreached")
        self.gaps = (gap("closed-regions", regions=", ".join(self.closed), ticket="OPS-1"),
                     gap("no-role-yet", accounts=self.unreached, state="unreached"))

    def test_the_run_is_complete_and_says_so_with_the_gaps(self):
        before = self.scan(self.environment)
        self.assertEqual(before.code, 3, before)
        result = self.scan(self.environment, *self.gaps)
        totals = result.report["run"]["totals"]
        blind = totals["denied"] + totals["unreached"]
        self.assertEqual((result.code, result.report["run"]["complete"], totals["accepted"]), (0, True, blind), result)
        self.assertEqual(reports.inconsistencies(result.report), [])
        for key, cell in reports.cells_of(result.report).items():
            earlier = reports.cells_of(before.report)[key]
            self.assertEqual((cell["state"], cell["reason"] is None), (earlier["state"], earlier["reason"] is None))
            self.assertEqual(cell["gap"], {"denied": "closed-regions", "unreached": "no-role-yet"}.get(cell["state"]))
        sentences = " ".join(result.report["run"]["conclusion"]["sentences"])
        self.assertIn(f"No Neptune resources in any of the {totals['empty']} cells that were assessed.", sentences)
        for name, count in (("closed-regions", totals["denied"]), ("no-role-yet", totals["unreached"])):
            self.assertIn(f"Accepted gap {name}: {count} cells were not assessed", sentences)
        self.assertIn(f"until {harness.LATER}; it accepts every cell of 1 account: nothing of it was assessed.", sentences)
        self.assertNotIn("All ", sentences)
        self.assertIn(f", {blind} cells in accepted gaps (exit code 0)", result.err)
        self.assertIn("neptune-scan doctor", before.err)
        self.assertNotIn("neptune-scan doctor", result.err)

    def test_first_steps_of_the_page(self):
        """A page from the store is the page of the scan: it warns of a gap that ends soon, and of one that has ended, and asks for no role."""
        soon = (datetime.date.today() + datetime.timedelta(days=5)).isoformat()
        later = (datetime.date.today() + datetime.timedelta(days=90)).isoformat()
        for day, step in ((soon, "1 accepted gap expires within 30 days"), (later, None), (PAST, "1 accepted gap has expired")):
            page = self.path("page.html")
            gaps = (gap("closed-regions", regions=", ".join(self.closed), expires=day), gap("no-role-yet", accounts=self.unreached,
                                                                                              state="unreached", expires=later))
            self.scan(self.environment, *gaps, flags=("--report", f"html={page}"))
            with open(page, encoding="utf-8") as stream:
                texts = stream.read(), self.command(self.environment, "report", "--report", "html").out
            for text in texts:
                steps = text.split('id="steps"', 1)[-1].split("</ol>")[0] if 'id="steps"' in text else ""
                self.assertEqual(re.findall(r"\d accepted gaps? [a-z0-9 ]*", steps), [step] if step else [], day)
                self.assertEqual("cells denied" in steps, day == PAST)
                self.assertNotIn("without the scan role", steps)

    def test_every_format_names_them(self):
        self.scan(self.environment, *self.gaps)
        texts = {}
        for name in FORMATS:
            result = self.command(self.environment, "report", "--report", name)
            self.assertEqual(result.code, 0, result)
            texts[name] = result.out
            for word in ("closed-regions", "no-role-yet", "platform@example.com", harness.LATER):
                self.assertIn(word, result.out, name)
        for name in ("table", "markdown"):
            self.assertRegex(texts[name], r"cells \(one account in one region\): 8 assessed, 17 not \(17 accepted\), 5 out of scope")
        self.expect_columns(texts)
        self.expect_objects(texts)

    def expect_columns(self, texts):
        lines = [line for line in csv.DictReader(io.StringIO(texts["csv"])) if line["unassessed"]]
        self.assertEqual({line["gap"] for line in lines}, {"closed-regions", "no-role-yet"})
        for line in csv.DictReader(io.StringIO(texts["csv-matrix"])):
            accepted = [region for region in self.regions if line[region] in ("denied", "unreached")]
            self.assertEqual([item.split(" ")[0] for item in line["accepted_gaps"].split("; ") if item], accepted)
        self.assertIn("neptune_scan_complete{organization=\"o-estate0007\"} 1", texts["prometheus"])
        self.assertIn("neptune_scan_accepted_cells{organization=\"o-estate0007\"} 17", texts["prometheus"])

    def expect_objects(self, texts):
        invocation = json.loads(texts["sarif"])["runs"][0]["invocations"][0]
        self.assertTrue(invocation["executionSuccessful"])
        self.assertEqual({note["level"] for note in invocation["toolExecutionNotifications"]}, {"note", "warning"})
        suites = ElementTree.fromstring(texts["junit"]).findall("testsuite")
        self.assertEqual({suite.get("errors") for suite in suites}, {"0"})
        self.assertEqual(sum(int(suite.get("skipped")) for suite in suites), 17)
        self.assertEqual([case.get("classname") for suite in suites for case in suite.iter("testcase") if case.get("name") == "assessed"],
                         ["000008000024"])
        for event in json.loads(texts["ocsf"]) if texts["ocsf"].startswith("[") else map(json.loads, texts["ocsf"].splitlines()):
            self.assertEqual(event["status"] == "Suppressed", bool(event["unmapped"].get("gap")))
        listed = {name: [json.loads(line) for line in texts["jsonl"].splitlines() if json.loads(line)["kind"] == name]
                  for name in ("gap", "cell")}
        self.assertEqual([(one["name"], one["state"], one["cells"]) for one in listed["gap"]],
                         [("closed-regions", "used", 12), ("no-role-yet", "used", 5)])
        self.assertEqual(sum(cell["gap"] is not None for cell in listed["cell"]), 17)

    def test_commands_on_stored_runs(self):
        self.scan(self.environment)
        self.scan(self.environment, *self.gaps)
        runs = json.loads(self.command(self.environment, "runs", "--format", "json").out)
        self.assertEqual([(run["blind"], run["accepted"]) for run in runs], [(17, 0), (17, 17)])
        self.assertIn("17 cells in accepted gaps", self.command(self.environment, "runs").out)
        trend = json.loads(self.command(self.environment, "trend", "--format", "json").out)
        self.assertEqual([(point["complete"], point["accepted"], point["coverage_percent"]) for point in trend],
                         [(False, 0, 32.0), (True, 17, 32.0)])
        self.assertIn(f"accepted gap no-role-yet until {harness.LATER}", self.command(self.environment, "show", self.unreached).out)
        told = json.loads(self.command(self.environment, "diff", "--format", "json").out)
        self.assertEqual((told["settings"], told["newly_blind"]), (["gaps added: closed-regions, no-role-yet"], []))
        stored = harness.query_store(self.store, "SELECT name, regions, accounts, cell_state, state, cells FROM gaps ORDER BY name")
        self.assertEqual(stored, [("closed-regions", ", ".join(sorted(self.closed)), "*", "denied", "used", 12),
                                  ("no-role-yet", "*", self.unreached, "unreached", "used", 5)])
        checked = self.command(self.environment, "runs", "--check")
        self.assertIn("2 runs, as written", checked.out)

    def test_a_region_that_closes_between_two_runs(self):
        opened, _ = self.estate(OPEN)
        self.scan(opened)
        closed = [cell for cell in self.scan(self.environment, *self.gaps).report["cells"] if cell["state"] == "denied"]
        result = self.command(self.environment, "diff", "--format", "json")
        told = json.loads(result.out)
        self.assertEqual(told["newly_blind"], [])
        self.assertEqual(len(told["newly_accepted"]), len(closed))
        self.assertTrue(all("accepted gap closed-regions" in item["detail"] for item in told["newly_accepted"]))

    def test_what_is_no_longer_needed(self):
        result = self.scan(self.environment, gap("closed-regions", regions=", ".join((*self.closed, "xx-new-1"))),
                           gap("no-role-yet", accounts=f"{self.unreached}, 000008000024, 999999999999", state="unreached"),
                           gap("never", regions=self.closed[0], state="error"))
        self.assertEqual(result.code, 0, result)
        found = {one["name"]: one for one in result.report["gaps"]}
        self.assertEqual({name: (one["state"], one["unneeded_regions"], one["unneeded_accounts"]) for name, one in found.items()},
                         {"closed-regions": ("used", ["xx-new-1"], []), "never": ("unused", [self.closed[0]], []),
                          "no-role-yet": ("used", [], ["000008000024", "999999999999"])})
        table = " ".join(self.command(self.environment, "report").out.split())
        self.assertIn("no longer needed for region xx-new-1", table)
        self.assertIn("no longer needed for account 000008000024, 999999999999", table)
        self.assertIn("never: 0 cells error", table)
        self.assertIn("no longer needed: it covers no cell", table)
        self.assertEqual(found["closed-regions"]["other_cells"], 4)
        self.assertIn("4 more cells in it have another state or resources, and are not accepted", table)

    def test_expired(self):
        result = self.scan(self.environment, gap("closed-regions", regions=", ".join(self.closed), expires=PAST), self.gaps[1])
        self.assertEqual((result.code, result.report["run"]["totals"]["accepted"]), (3, 5), result)
        self.assertEqual([(one["state"], one["cells"]) for one in result.report["gaps"]], [("expired", 12), ("used", 5)])
        sentences = " ".join(result.report["run"]["conclusion"]["sentences"])
        self.assertIn("12 of 25 cells in scope could not be assessed.", sentences)
        self.assertNotIn("closed-regions", sentences)
        table = " ".join(self.command(self.environment, "report").out.split())
        self.assertIn(f"closed-regions: 12 cells denied, no longer accepted: expired {PAST}", table)
        self.assertIn("Fix: renew expires of [gap closed-regions] in the file of exceptions, or remove it", table)
        doctor = harness.run(["doctor", "--exceptions", self.path("gaps.ini")], self.environment)
        self.assertEqual(doctor.code, 1, doctor)
        self.assertRegex(doctor.out, rf"warning +configuration +gap closed-regions expired {PAST} and accepts nothing any more\n"
                                     rf" +Fix: renew expires in {self.path('gaps.ini')}:1, or remove the section")

    def test_check(self):
        self.scan(self.environment)
        path = self.write("gaps.ini", "\n".join(self.gaps))
        shown = self.command(self.environment, "exceptions", "check", path)
        self.assertEqual(shown.code, 0, shown)
        self.assertIn("17 of 17 cells that could not be assessed are in accepted gaps.", shown.out)
        self.assertIn(f"{self.unreached} (identity-prod-4): {', '.join(self.regions)}", shown.out)
        told = json.loads(self.command(self.environment, "exceptions", "check", path, "--format", "json").out)
        self.assertEqual([(one["name"], len(one["covered"])) for one in told["gaps"]], [("closed-regions", 3), ("no-role-yet", 1)])
        for change in ({"regions": "xx-new-1"}, {"regions": ", ".join(self.regions), "expires": PAST}):
            path = self.write("gaps.ini", gap("closed-regions", **change))
            self.assertEqual(self.command(self.environment, "exceptions", "check", path).code, 1)

    def test_resume_compares_them(self):
        """The same gaps in another order go on with the run, and what was stored stays accepted; other gaps begin a new one."""
        first = self.scan(self.environment, *self.gaps)
        run = first.report["run"]["id"]
        cut_off = "UPDATE runs SET state = 'interrupted', interrupted = 'SIGTERM' WHERE run = (SELECT max(run) FROM runs)"
        backwards = gap("closed-regions", regions=", ".join(reversed(self.closed)), ticket="OPS-1")
        harness.edit_store(self.store, cut_off)
        shutil.copy(self.store, self.path("cut-off.db"))
        resumed = self.scan(self.environment, self.gaps[1], backwards, flags=("--resume",))
        self.assertEqual((resumed.code, resumed.report["run"]["id"], resumed.report["run"]["totals"]["accepted"]), (0, run, 17), resumed)
        for gaps, reason in (((self.gaps[0],), "gaps removed: no-role-yet"),
                             ((self.gaps[0], self.gaps[1].replace("unreached", "error")), "gaps changed: no-role-yet"),
                             ((*self.gaps, gap("more", regions="xx-new-1")), "gaps added: more")):
            with self.subTest(reason):
                shutil.copy(self.path("cut-off.db"), self.store)
                result = self.scan(self.environment, *gaps, flags=("--resume",))
                self.assertNotEqual(result.report["run"]["id"], run)
                self.assertRegex(result.err, f"run {run} is not resumed: .*{reason}")

    def test_shards(self):
        stores = []
        for index in (1, 2):
            stores.append(self.path(f"shard{index}.db"))
            self.store = stores[-1]
            self.scan(self.environment, *self.gaps, flags=("--shard", f"{index}/2"))
        self.store = self.path("merged.db")
        result = self.command(self.environment, "merge", *stores)
        self.assertEqual(result.code, 0, result)
        told = json.loads(self.command(self.environment, "report", "--report", "json").out)
        self.assertEqual([(one["name"], one["state"], one["cells"]) for one in told["gaps"]],
                         [("closed-regions", "used", 12), ("no-role-yet", "used", 5)])
        self.assertEqual(harness.query_store(self.store, "SELECT accepted FROM runs"), [(17,)])
        self.assertEqual(harness.query_store(self.store, "SELECT sum(cells) FROM gaps"), [(17,)])

    def test_by_name(self):
        account = "identity-prod-4"
        result = self.scan(self.environment, self.gaps[0], gap("no-role-yet", accounts=account, state="unreached"))
        self.assertEqual(result.code, 0, result)



class NothingLeft(Folder):
    """Gaps that name every region, and so leave nothing of most accounts: the run proves nothing about the organization."""
    ALL = "accepts every cell of 3 accounts"

    def setUp(self):
        super().setUp()
        self.environment, truth = self.estate(CLOSED, "--clusters", "0")
        self.regions = truth["regions"]
        self.unreached = next(cell["account"] for cell in truth["cells"] if cell["state"] == "unreached")
        own = "000008000024"
        self.members = sorted({cell["account"] for cell in truth["cells"] if cell["state"] not in ("unreached", "skipped")} - {own})
        self.gaps = (gap("closed-regions", regions=", ".join(self.regions)), gap("no-role-yet", accounts=self.unreached, state="unreached"))

    def test_more_than_half_of_the_accounts(self):
        result = self.scan(self.environment, *self.gaps)
        run = result.report["run"]
        self.assertEqual((result.code, run["complete"], run["totals"]["accepted"], run["totals"]["empty"]), (3, False, 20, 5), result)
        self.assertEqual(run["conclusion"]["words"], ["INCOMPLETE"])
        self.assertEqual(run["conclusion"]["sentences"][0],
                         "Accepted gaps cover every cell of 4 of 5 accounts in scope: nothing of them was assessed.")
        for name in FORMATS:
            text = self.command(self.environment, "report", "--report", name).out
            self.assertIn('complete{organization="o-estate0007"} 0' if name == "prometheus" else self.ALL, text, name)
        trend = json.loads(self.command(self.environment, "trend", "--format", "json").out)
        self.assertEqual([point["complete"] for point in trend], [False])

    def test_check_and_doctor(self):
        self.scan(self.environment, *self.gaps)
        checked = self.command(self.environment, "exceptions", "check", self.path("gaps.ini"))
        self.assertEqual(checked.code, 1, checked)
        self.assertIn(self.ALL, checked.out)
        self.assertIn("The gaps cover every cell of 4 of 5 accounts in scope: a scan is INCOMPLETE", checked.out)
        doctor = harness.run(["doctor", "--exceptions", self.path("gaps.ini")], self.environment)
        self.assertEqual(doctor.code, 1, doctor)
        self.assertRegex(doctor.out, r"warning +gaps +gaps .*closed-regions.* accept every cell of 4 of 5 accounts: nothing of them")
        self.assertNotIn("A scan would work", doctor.out)

    def test_several_together(self):
        parts = [gap(f"part{i}", regions=", ".join(self.regions[i::2])) for i in range(2)]
        result = self.scan(self.environment, *parts, self.gaps[1])
        self.assertEqual(result.code, 3, result)
        self.assertEqual(sum("accepts every cell of 3 accounts, together with other gaps: nothing of them" in sentence
                             for sentence in result.report["run"]["conclusion"]["sentences"]), 2)

    def test_half_of_the_accounts(self):
        """Two of three accounts are more than half, one of two is not."""
        flags = ("--exclude-accounts", ",".join((self.unreached, self.members[0])))
        result = self.scan(self.environment, self.gaps[0], flags=flags)
        self.assertEqual(result.code, 3, result)
        flags = ("--exclude-accounts", ",".join((self.unreached, *self.members[:2])))
        result = self.scan(self.environment, self.gaps[0], flags=flags)
        self.assertEqual((result.code, result.report["run"]["complete"]), (0, True), result)
        self.assertIn("it accepts every cell of 1 account: nothing of it was assessed.", " ".join(result.report["run"]["conclusion"]["sentences"]))
        doctor = harness.run(["doctor", "--exceptions", self.path("gaps.ini"), *flags], self.environment)
        self.assertRegex(doctor.out, r"ok +gaps +gap closed-regions accepts every cell of 1 of 2 accounts: nothing of it would be assessed")

    def test_no_cell_at_all(self):
        """Also of the management account."""
        result = self.scan(self.environment, *self.gaps, flags=("--management-role", "NeptuneScanAudit"))
        self.assertEqual((result.code, result.report["run"]["complete"]), (3, False), result)
        self.assertIn("Accepted gaps leave no cell in which resources could be listed.", result.report["run"]["conclusion"]["sentences"])


class ClosedRegions(Folder):
    """A service control policy closes two of five regions: doctor prints the gap, and with it the nights are complete."""
    CLOSED = ("eu-central-1", "us-west-2")
    SCP = {"Version": "2012-10-17", "Statement": [{
        "Sid": "RegionDeny", "Effect": "Deny", "NotAction": ["iam:*", "sts:*", "organizations:*"], "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "eu-west-1", "ap-southeast-2"]}}}]}

    def test_the_gap_that_doctor_prints(self):
        environment, truth = self.estate(OPEN, "--scp", self.write("scp.json", json.dumps(self.SCP)), "--clusters", "0")
        unreached = next(cell["account"] for cell in truth["cells"] if cell["state"] == "unreached")
        flags = ("--exclude-accounts", unreached)
        before = self.scan(environment, flags=flags)
        self.assertEqual(before.code, 3, before)
        doctor = harness.run(["doctor", *flags], environment)
        self.assertEqual(doctor.code, 1, doctor)
        printed = "[gap" + doctor.out.split("[gap", 1)[1].split("\n\n", 1)[0]
        filled = "".join(f"{line.strip()}\n" for line in printed.splitlines())
        filled = filled.replace("owner =", "owner = platform@example.com").replace("expires =", f"expires = {harness.LATER}")
        result = self.scan(environment, filled, flags=flags)
        totals = result.report["run"]["totals"]
        self.assertTrue(result.report["run"]["complete"], result)
        self.assertEqual(result.code, 0, result)
        self.assertEqual({cell["region"] for cell in result.report["cells"] if cell["gap"]}, set(self.CLOSED))
        self.assertEqual(totals["accepted"], totals["denied"])
        after = harness.run(["doctor", *flags, "--exceptions", self.path("gaps.ini")], environment)
        self.assertEqual(after.code, 0, after)
        self.assertRegex(after.out, "ok +regions +2 regions are in accepted gaps")


class PastedSections(Folder):
    """What doctor prints is pasted as it is: the closed ones of 33 regions, one more beside a gap in force, and beside one that has expired."""

    def site(self, regions, count):
        """Closed to all members but the first `count` regions."""
        scp = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Deny", "Action": "rds:*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": regions[:count]}}}]}
        context = harness.estate("--accounts", "5", "--regions", str(len([name for name in regions if name != "xx-new-1"])), "--seed", "7", "--clusters", "0", "--policy",
                                 self.write("policy.json", json.dumps(OPEN)), "--scp", self.write("scp.json", json.dumps(scp)))
        environment, truth = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        unreached = {cell["account"] for cell in truth["cells"] if cell["state"] == "unreached"}
        return {**environment, "NEPTUNE_SCAN_ORGANIZATION_EXCLUDE_ACCOUNTS": ",".join(unreached)}

    @staticmethod
    def regions(count):
        with harness.estate("--accounts", "5", "--regions", str(count), "--seed", "7") as (_, truth):
            return truth["regions"]

    def pasted(self, environment, *before, flags=()):
        """(doctor, the section, filled in)"""
        flags = (*flags, *(("--exceptions", self.write("gaps.ini", "\n".join(before))) if before else ()))
        doctor = harness.run(["doctor", "--format", "json", *flags], environment)
        checks = json.loads(doctor.out)["checks"]
        section = next(line["section"] for line in checks if line["section"])
        return checks, section.replace("owner =", "owner = me").replace("expires =", f"expires = {harness.LATER}")

    def test_many_regions(self):
        regions = self.regions(33)
        environment = self.site(regions, 1)
        _, section = self.pasted(environment)
        self.assertLess(max(map(len, section.splitlines())), 100)
        result = self.scan(environment, section)
        closed = {cell["region"] for cell in result.report["cells"] if cell["state"] == "denied"}
        self.assertEqual((result.code, set(result.report["gaps"][0]["regions"])), (0, closed), result)
        self.assertGreater(len(", ".join(closed)), 199)

    def test_a_name_that_is_free(self):
        regions = self.regions(5)
        environment = self.site(regions, 2)
        for expires in (harness.LATER, PAST):
            first = gap("closed-regions", regions=regions[4], expires=expires)
            checks, second = self.pasted(environment, first)
            self.assertIn("[gap closed-regions-2]\n", second)
            advice = next(line["advice"] for line in checks if line["section"])
            self.assertEqual("or add these regions to [gap closed-regions] there" in advice, expires != PAST)
            self.assertEqual(any("gap closed-regions expired" in line["text"] for line in checks), expires == PAST)
            result = self.scan(environment, first, second)
            self.assertEqual(result.code, 0, result)
        _, third = self.pasted(environment, first, second.replace(regions[4], "xx-new-1"))
        self.assertIn("[gap closed-regions-3]\n", third)

    def test_no_section_that_leaves_nothing(self):
        regions = self.regions(3)
        environment = self.site(["xx-new-1", *regions], 1)
        doctor = harness.run(["doctor"], environment)
        self.assertEqual(doctor.code, 1, doctor)
        self.assertRegex(doctor.out, r"warning +regions +(\d) of \1 regions are closed by a policy of the organization in ")
        self.assertNotIn("[gap", doctor.out)


class Truth(Folder):
    def test_where_a_resource_is_nothing_is_accepted(self):
        environment, truth = self.estate(KEYLESS, "--clusters", "1")
        regions = ", ".join(truth["regions"])
        result = self.scan(environment, *(gap(state, state=state, regions=regions) for state in ("denied", "error")))
        cells = [cell for cell in result.report["cells"] if cell["resources"] and not cell["complete"]]
        self.assertTrue(cells)
        self.assertEqual({cell["gap"] for cell in cells}, {None})
        self.assertEqual(result.code, 3, result)


class BadInput(Folder):
    def test_each_is_refused_by_name(self):
        regions = {"regions": "eu-west-1"}
        cases = {
            gap("all"): "gap all: covers everything: a scan that can see nothing would pass\n  Fix: name regions or accounts",
            gap("all", regions="*", accounts="*"): "gap all: covers everything",
            gap("g", **regions) + gap("g", **regions): "gap g: a gap before has the same name",
            gap("g", region="eu-west-1"): 'a gap has no key "region"',
            gap("g", **regions, state=None): "gap g: state is missing",
            gap("g", **regions, owner=None): "gap g: owner is missing",
            gap("g", **regions, reason=None): "gap g: reason is missing",
            gap("g", **regions, expires=None): "gap g: expires is missing",
            gap("g", **regions, expires="soon"): 'gap g: expires "soon": must be a day such as 2027-03-31',
            gap("g", **regions, expires="2099-01-01"): "days ahead (exceptions.max_days)",
            gap("g", **regions, state="pending"): 'gap g: state is "pending", which was not scanned: scan --resume continues it',
            gap("g", **regions, state="unknown"): 'gap g: state is "unknown", a response that must be read',
            gap("g", **regions, state="pass"): 'gap g: state is "pass", which is no gap',
            gap("g", **regions, state="denid"): 'gap g: state is "denid"; a gap accepts denied, unreached or error',
            gap("g", regions="eu-west-1, *"): 'gap g: regions: "*" is no region',
            gap("g", regions="eu-west-1,,eu-west-2"): 'gap g: regions: "" is no region',
            gap("g", regions="EU West"): 'gap g: regions: "EU West" is no region',
            gap("a b", **regions): "gap a b: a name has at most 64 letters, digits and the characters . _ -",
            "[gaps g]\nstate = denied\n": "[gaps g] is not an exception; expected [exception NAME] or [gap NAME]",
            "[gap half]\n": "gap half: state is missing",
            gap("g", regions=", ".join(f"us-west-{i}" for i in range(30))): "line longer than 199 bytes\n  Fix: continue in the next line, indented",
        }
        for text, message in cases.items():
            with self.subTest(text):
                result = harness.run(["scan", "--exceptions", self.write("gaps.ini", text)], harness.clean_environment())
                self.assertEqual(result.code, 2, result)
                self.assertIn(message, result.err)
                self.assertFalse("line longer" in message and "covers everything" in result.err)


if __name__ == "__main__":
    unittest.main()
