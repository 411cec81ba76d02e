"""Two runs that do not cover the same: diff says so before anything else, and claims nothing of what only one of them covers."""
import csv
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

ESTATE = ("--accounts", "40", "--regions", "9", "--seed", "7")
WORSE = ("newly_failing", "newly_blind", "newly_unknown")
SCOPE = ("settings", "accounts_left", "accounts_joined", "regions_left", "regions_joined", "left_scope", "entered_scope")
OUT_OF_SCOPE = ("skipped", "disabled", "unsupported")


class Scope(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.base = os.path.join(folder.name, "base.db")
        context = harness.estate(*ESTATE)
        cls.environment, cls.truth = context.__enter__()
        cls.addClassCleanup(context.__exit__, None, None, None)
        cls.whole = harness.scan(cls.environment, "--db", cls.base).report
        cls.failing = next(f for f in cls.truth["findings"] if f["verdict"] == "fail" and f["control"] == "neptune-encryption-at-rest")
        cls.blind = next(cell["account"] for cell in cls.truth["cells"] if cell["state"] == "unreached")

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.store = folder.name, os.path.join(folder.name, "runs.db")
        shutil.copy(self.base, self.store)

    def scan(self, *flags, environment=None):
        return harness.scan(environment or self.environment, "--db", self.store, *flags).report

    def diff(self, *runs, code=0):
        """As JSON, as a table, as Markdown."""
        told = []
        for name in ("json", "table", "markdown"):
            result = harness.run(["diff", *runs, "--format", name, "--db", self.store], self.environment)
            self.assertEqual((result.code, result.err), (code, ""), result)
            told.append(json.loads(result.out) if name == "json" else result.out)
        return told

    def expect_left(self, told, old, new):
        """Cells that were in scope and are not any more, by account."""
        states = {key: cell["state"] for key, cell in reports.cells_of(new).items()}
        left = {}
        for (account, region), cell in reports.cells_of(old).items():
            if cell["state"] not in OUT_OF_SCOPE and states.get((account, region), "skipped") in OUT_OF_SCOPE:
                counts = left.setdefault(account, [0, 0, 0])
                for i, value in enumerate((1, cell["resources"], cell["failing"])):
                    counts[i] += value
        for item in told["left_scope"]:
            cells, resources, failing = left.pop(item["account"])
            self.assertRegex(item["detail"], rf"^{cells} cells? with {resources} resources?, {failing} of them failing: ")
        self.assertEqual(left, {})

    def expect_entered(self, told, old, new):
        """Cells that were not in scope: counted by account, and neither compared nor worse."""
        states = {key: cell["state"] for key, cell in reports.cells_of(old).items()}
        entered = {}
        for (account, region), cell in reports.cells_of(new).items():
            if cell["state"] not in OUT_OF_SCOPE and states.get((account, region), "skipped") in OUT_OF_SCOPE:
                counts = entered.setdefault(account, [0, 0, 0])
                for i, value in enumerate((1, cell["resources"], cell["failing"])):
                    counts[i] += value
        self.assertTrue(any(failing for _, _, failing in entered.values()))
        for item in told["entered_scope"]:
            cells, resources, failing = entered.pop(item["account"])
            self.assertRegex(item["detail"], rf"^{cells} cells? with {resources} resources?, {failing} of them failing(, \d+ cells? not assessed)?$")
        self.assertEqual(entered, {})
        for name in (*WORSE, "fixed", "seen_again", "appeared", "vanished"):
            self.assertEqual(told[name], [], name)
        self.assertFalse(told["worse"])

    def test_the_same(self):
        self.scan()
        told, table, markdown = self.diff()
        self.assertEqual([told[name] for name in SCOPE], [[]] * len(SCOPE))
        self.assertTrue(table.startswith("No regression (exit code 0)\nfrom "), table)
        self.assertTrue(markdown.startswith("# Neptune: what changed\n\nNo regression (exit code 0)\n\n- from "), markdown)

    def test_other_settings(self):
        exceptions = os.path.join(self.folder, "exceptions.ini")
        with open(exceptions, "w", encoding="utf-8") as stream:
            stream.write("[exception lab]\ncontrol = neptune-multi-az\naccount = *\nresource = lab-*\nowner = o\nreason = r\n"
                         f"expires = {harness.LATER}\n")
        self.scan("--exceptions", exceptions, "--severity", "neptune-key-usable=low", "--role-name", "NeptuneScanAudit")
        told, table, markdown = self.diff()
        words = ["controls changed: neptune-key-usable", "exceptions added: lab"]
        self.assertEqual(told["settings"], words)
        for word in words:
            self.assertIn(f"\n  {word}\n", table)
            self.assertIn(f"\n- {word}\n", markdown)
        self.assertTrue(table.startswith("The runs differ in settings.\n"), table)
        self.assertIn("\n\nNo regression, but the settings differ (exit code 0)\n", table)
        self.scan("--controls", "neptune-snapshot-encryption")
        told, table, _ = self.diff()
        self.assertIn("exceptions removed: lab", told["settings"])
        self.assertTrue(any(word.startswith("controls removed: neptune-") for word in told["settings"]))
        self.assertTrue(table.startswith("The runs differ in settings. Only controls that both evaluate are compared.\n"), table)
        self.assertEqual(told["vanished"], [])  # what no control evaluates any more is still there

    def test_accounts_that_left_and_came(self):
        with harness.estate("--accounts", "33", *ESTATE[2:]) as (environment, _):
            smaller = self.scan(environment=environment)
        gone = {account["id"]: account["name"] for account in self.whole["accounts"]
                if account["id"] not in {account["id"] for account in smaller["accounts"]}}
        self.assertEqual(len(gone), 7)
        result = harness.run(["diff", "--format", "json", "--db", self.store], self.environment)
        told = json.loads(result.out)
        self.assertEqual(result.code, int(any(told[name] for name in WORSE)))
        self.assertEqual({account["account"]: account["name"] for account in told["accounts_left"]}, gone)
        self.assertEqual(told["accounts_joined"], [])
        self.expect_left(told, self.whole, smaller)
        for name in (*WORSE, "fixed", "seen_again", "appeared", "vanished"):
            self.assertFalse([item for item in told[name] if item["account"] in gone], name)
        table = harness.run(["diff", "--db", self.store], self.environment).out
        self.assertTrue(table.startswith("The runs differ in scope. Only cells that both cover are compared.\n"
                                         "  Accounts only in the older run: 7 ("), table)
        for account in gone:
            self.assertIn(f"\n  {account} ", table)
        cells = sum(int(item["detail"].split()[0]) for item in told["left_scope"])
        self.assertIn(f"\n  Cells that left the scope: {cells}, that entered it: 0\n", table)
        self.assertIn("\n\nNo regression in the cells that both runs cover (exit code 0)\n", table)
        back = harness.run(["diff", smaller["run"]["id"], self.whole["run"]["id"], "--format", "json", "--db", self.store], self.environment)
        told = json.loads(back.out)
        self.assertEqual(back.code, 0, back)
        self.expect_entered(told, smaller, self.whole)
        self.assertEqual({account["account"] for account in told["accounts_joined"]}, set(gone))
        self.assertEqual((told["accounts_left"], told["left_scope"]), ([], []))

    def test_what_was_excluded(self):
        """Neither its failures nor its blind cells are gone, though every exit code is 0."""
        account = self.failing["account"]
        smaller = self.scan("--exclude-accounts", f"{account},{self.blind}")
        told, table, markdown = self.diff()
        self.expect_left(told, self.whole, smaller)
        self.assertEqual({item["account"] for item in told["left_scope"]}, {account, self.blind})
        for name in (*WORSE, "fixed", "seen_again", "appeared", "vanished", "accounts_left"):
            self.assertEqual(told[name], [], name)
        self.assertIn(r"excluded by organization.exclude\_accounts", markdown)
        self.assertRegex(table, r"(?s)^The runs differ in scope and settings\. Only cells that both cover are compared\.\n"
                                r"  organization.exclude_accounts was .*\n\nNo regression in the cells that both runs cover \(exit code 0\)\n"
                                r".*Failing resources +\d+ -> \d+    \d+ left the scope\n.*Accounts in scope +38 -> 36    2 left\n"
                                r".*\nLeft the scope\n")

    def test_fewer_regions(self):
        region = self.failing["region"]
        smaller = self.scan("--exclude-regions", region)
        told, table, _ = self.diff()
        self.assertEqual((told["regions_left"], told["regions_joined"]), ([region], []))
        self.expect_left(told, self.whole, smaller)
        self.assertEqual(told["vanished"], [])
        self.assertIn(f"\n  Regions only in the older run: 1 ({region})\n", table)
        told, table, markdown = self.diff(smaller["run"]["id"], self.whole["run"]["id"])
        self.assertEqual(told["regions_joined"], [region])
        self.expect_entered(told, smaller, self.whole)
        cells = [cell for cell in self.whole["cells"] if cell["region"] == region]
        resources, failing = (sum(cell[name] for cell in cells) for name in ("resources", "failing"))
        unassessed = sum(cell["state"] in ("unknown", "denied", "unreached", "error", "pending") for cell in cells)
        line = f"Entered the scope, not compared: {resources} resources, {failing} of them failing; {unassessed} cells not assessed\n"
        self.assertIn(f"\n  {line}", table)
        self.assertIn(f"\n- {line}", markdown)
        self.assertIn("\n\nNo regression in the cells that both runs cover (exit code 0)\n", table)
        self.assertRegex(table, rf"Failing resources +\d+ -> \d+    {failing} entered the scope\n")
        self.assertIn("\nEntered the scope\n", table)
        self.assertNotIn("New resources", table)

    def test_another_organization(self):
        with harness.estate("--accounts", "6", "--regions", "2", "--seed", "8") as (environment, _):
            self.scan(environment=environment)
        result = harness.run(["diff", "--format", "json", "--db", self.store], self.environment)
        self.assertIn("the organization was o-estate0007, now o-estate0008", json.loads(result.out)["settings"])

    def test_runs_of_an_older_schema(self):
        """What they were asked in detail is not known: that is a difference, too."""
        self.scan()
        harness.edit_store(self.store, "UPDATE runs SET meaning = substr(meaning, 1, instr(meaning, 'version of') - 1) WHERE run = 1")
        told, _, _ = self.diff()
        self.assertEqual([word.split(" was ")[0] for word in told["settings"]], ["version of the controls"])


class InEveryFormat(unittest.TestCase):
    """A scope that settings narrow is said in the head of every format: two runs that both pass are told apart."""
    FORMATS = ("table", "markdown", "html", "json", "jsonl", "csv", "csv-matrix", "sarif", "junit", "ocsf", "asff", "prometheus")
    REGIONS = "ap-southeast-2, us-west-2"

    @classmethod
    def setUpClass(cls):
        context = harness.estate("--accounts", "12", "--regions", "5", "--seed", "7")
        cls.environment, cls.truth = context.__enter__()
        cls.addClassCleanup(context.__exit__, None, None, None)
        cls.excluded = [account["id"] for account in cls.truth["accounts"]][1:]

    def reports(self, *flags):
        with tempfile.TemporaryDirectory() as folder:
            paths = {name: os.path.join(folder, name) for name in self.FORMATS}
            harness.run(["scan", "--db", os.path.join(folder, "runs.db"), *flags,
                         *(word for name, path in paths.items() for word in ("--report", f"{name}={path}"))], self.environment)
            texts, stored = {}, {}
            for name, path in paths.items():
                with open(path, encoding="utf-8") as stream:
                    texts[name] = stream.read()
                stored[name] = harness.run(["report", "--db", os.path.join(folder, "runs.db"), "--report", name], self.environment).out
        self.assertEqual(texts["table"], stored["table"])
        self.assertEqual(json.loads(texts["json"])["run"]["scope"], json.loads(stored["json"])["run"]["scope"])
        return texts

    def scopes(self, texts):
        """From each format that programs read."""
        lines = [json.loads(line) for line in texts["jsonl"].splitlines()]
        junit = ElementTree.fromstring(texts["junit"])
        return {
            "json": json.loads(texts["json"])["run"]["scope"],
            "jsonl": next(line["scope"] for line in lines if line["kind"] == "run"),
            "sarif": json.loads(texts["sarif"])["runs"][0]["properties"]["scope"],
            "junit": {one.get("name"): one.get("value") for one in junit.iter("property")},
            "prometheus": dict(re.findall(r'scope_info\{.*setting="([^"]*)",value="([^"]*)"\} 1', texts["prometheus"])),
        }

    def short_scopes(self, texts):
        findings = [one for line in texts["asff"].splitlines() for one in json.loads(line)["Findings"]]
        return {
            "csv": {line["scope"] for line in csv.DictReader(io.StringIO(texts["csv"]))},
            "csv-matrix": {line["scope"] for line in csv.DictReader(io.StringIO(texts["csv-matrix"]))},
            "ocsf": {event["unmapped"]["scope"] for event in json.loads(texts["ocsf"])},
            "asff": {finding["ProductFields"].get("neptune-scan/scope", "") for finding in findings},
        }

    def test_narrowed(self):
        texts = self.reports("--exclude-regions", self.REGIONS.replace(" ", ""), "--exclude-accounts", self.excluded[0])
        scope = {"organization.exclude_accounts": self.excluded[0], "regions.exclude": self.REGIONS}
        for name, found in self.scopes(texts).items():
            self.assertEqual(found, scope, name)
        short = f"organization.exclude_accounts = {self.excluded[0]}; regions.exclude = {self.REGIONS}"
        for name, found in self.short_scopes(texts).items():
            self.assertEqual(found, {short}, name)
        for name in ("table", "markdown", "html"):
            plain = " ".join(texts[name].replace("\\", "").split())
            self.assertIn(f"Scope narrowed by settings: {short}", plain, name)
            self.assertLess(plain.index("Scope narrowed"), plain.index("INCOMPLETE" if name == "table" else "by control" if name == "html" else "| state |"))

    def test_nothing_to_list(self):
        """A file without a finding says that the scope is narrowed, and no more than that; the whole has no such record."""
        with harness.estate("--accounts", "3", "--regions", "3", "--seed", "1", "--clusters", "0") as (environment, truth):
            own = truth["accounts"][0]["id"]
            for flags in (("--regions", "us-east-1"), ("--regions", "us-east-1", "--only-failing")):
                texts = {}
                for name in ("csv", "ocsf", "ocsf-lines", "asff"):
                    result = harness.run(["scan", "--quiet", "--accounts", own, *flags, "--report", f"{name}=-"], environment)
                    self.assertEqual(result.code, 0, result)
                    texts[name] = result.out
                words = f"Scope narrowed by settings: organization.accounts = {own}; regions.include = us-east-1"
                lines = list(csv.DictReader(io.StringIO(texts["csv"])))
                self.assertEqual([(line["verdict"], line["reason"]) for line in lines], [("note", words)])
                events = json.loads(texts["ocsf"])
                self.assertEqual([(event["message"], event["finding_info"]["uid"]) for event in events], [(words, "neptune-scan/scope/run")])
                self.assertEqual(json.loads(texts["ocsf-lines"])["message"], words)
                findings = [one for line in texts["asff"].splitlines() for one in json.loads(line)["Findings"]]
                self.assertEqual([(one["Title"], one["Description"]) for one in findings], [("Scope of this run", words)])
            result = harness.run(["scan", "--quiet", "--report", "csv=-"], environment)
            self.assertEqual([line for line in csv.DictReader(io.StringIO(result.out)) if "Scope" in line["reason"]], [])

    def test_each_setting(self):
        account = self.truth["accounts"][0]["id"]
        for flags, scope in ((("--accounts", account), {"organization.accounts": account}),
                             (("--ous", "/Prod"), {"organization.ous": "/Prod"}),
                             (("--exclude-ous", "/Prod"), {"organization.exclude_ous": "/Prod"}),
                             (("--regions", "us-east-1"), {"regions.include": "us-east-1"}),
                             (("--shard", "1/2"), {"scan.shard": "1/2"})):
            with self.subTest(flags):
                self.assertEqual(harness.scan(self.environment, *flags).report["run"]["scope"], scope)

    def test_the_whole(self):
        texts = self.reports()
        for name, found in self.scopes(texts).items():
            self.assertEqual(found, {}, name)
        for name, found in self.short_scopes(texts).items():
            self.assertEqual(found, {""}, name)
        for name in ("table", "markdown", "html"):
            self.assertIn("Scope: every active account, and every region that is enabled in one", texts[name].replace("\\", ""), name)

    def filtered(self, store, *flags):
        """Reports of a stored run that have a part of it."""
        texts = {name: harness.run(["report", "--db", store, "--report", name, *flags], self.environment).out
                 for name in (*self.FORMATS, "ocsf-lines")}
        events = json.loads(texts["ocsf"])
        self.assertEqual([json.loads(line)["unmapped"]["scope"] for line in texts["ocsf-lines"].splitlines()],
                         [event["unmapped"]["scope"] for event in events])
        return texts

    def test_a_filtered_report(self):
        """Accounts, controls and verdicts that a report leaves out are said in every format, beside the settings."""
        control = "neptune-key-rotation"
        account = next(f["account"] for f in self.truth["findings"] if f["control"] == control and f["region"] in ("us-east-1", "us-west-2"))
        cases = ((("--accounts", account), {"filter.accounts": account}, "1 of 12 accounts"),
                 (("--controls", control), {"filter.controls": control}, f"findings of {control} alone; totals and states are those of all controls"),
                 (("--only-failing",), {"filter.only_failing": "true"}, "findings that pass are left out"))
        with tempfile.TemporaryDirectory() as folder:
            store = os.path.join(folder, "runs.db")
            harness.scan(self.environment, "--db", store, "--regions", "us-east-1,us-west-2")
            settings = {"regions.include": "us-east-1, us-west-2"}
            for flags, filters, words in cases:
                with self.subTest(flags):
                    texts, scope = self.filtered(store, *flags), {**settings, **filters}
                    for name, found in self.scopes(texts).items():
                        self.assertEqual(found, scope, name)
                    for name, found in self.short_scopes(texts).items():
                        self.assertEqual(found, {"; ".join(" = ".join(one) for one in scope.items())}, name)
                    for name in ("table", "markdown", "html"):
                        plain = re.sub(r"<[^>]*>|[\\*]", "", texts[name])
                        self.assertRegex(plain, rf"Filtered(?: report)?: {words}\n", name)
                        self.assertRegex(plain, r"Scope narrowed by settings: regions.include = us-east-1, us-west-2\.?\n", name)

    def test_metrics_of_a_filtered_report(self):
        """No series of it is one of the whole run, and none counts what was left out."""
        account = self.truth["accounts"][0]["id"]
        with tempfile.TemporaryDirectory() as folder:
            store = os.path.join(folder, "runs.db")
            harness.scan(self.environment, "--db", store)
            series = [{line.rpartition(" ")[0] for line in self.filtered(store, *flags)["prometheus"].splitlines() if line[0] != "#"}
                      for flags in ((), ("--accounts", account), ("--controls", "encryption", "--accounts", account), ("--only-failing",))]
        for i, one in enumerate(series):
            for other in series[:i]:
                self.assertEqual(one & other, set())
        self.assertFalse([line for line in series[0] if "filter=" in line])
        for i, words in ((1, f"accounts = {account}"), (3, "only_failing = true")):
            self.assertEqual([line for line in series[i] if f',filter="{words}"' not in line], [])
        self.assertTrue([line for line in series[1] if 'verdict="pass"' in line])
        self.assertFalse([line for line in series[3] if 'verdict="pass"' in line])

    def test_alerts_of_a_filtered_report(self):
        """GitHub closes alerts that the latest upload of a category does not have: the category is what stands before the last slash."""
        first, second = (account["id"] for account in self.truth["accounts"][:2])
        choices = ((), ("--accounts", first), ("--accounts", second), ("--controls", "neptune-key-rotation"),
                   ("--accounts", first, "--controls", "neptune-key-rotation"))
        with tempfile.TemporaryDirectory() as folder:
            store, categories = os.path.join(folder, "runs.db"), []
            for _ in range(2):
                run = harness.scan(self.environment, "--db", store).report["run"]
                ids = [json.loads(self.filtered(store, *flags)["sarif"])["runs"][0]["automationDetails"]["id"] for flags in (*choices, ("--only-failing",))]
                self.assertEqual({one.rpartition("/")[2] for one in ids}, {run["id"]})
                categories.append([one.rpartition("/")[0] for one in ids])
        self.assertEqual(categories[0], categories[1])
        self.assertEqual(len(set(categories[0])), len(choices))
        self.assertEqual(categories[0][0], f"neptune-scan/{run['organization']}")
        self.assertEqual(categories[0][-1], categories[0][0])  # what passes is in no SARIF

    def test_a_long_list(self):
        """Formats for people show ten; programs get all."""
        texts = self.reports("--exclude-accounts", ",".join(self.excluded))
        self.assertIn(", ".join(self.excluded[:10]) + f" and {len(self.excluded) - 10} more", " ".join(texts["table"].split()))
        self.assertEqual(json.loads(texts["json"])["run"]["scope"]["organization.exclude_accounts"], ", ".join(self.excluded))


if __name__ == "__main__":
    unittest.main()
