"""The HTML report in a real browser: opened, filtered, moved through by keyboard, printed, and heard by axe-core.

Needs Chromium, and Playwright in build/python; skips, and says so, where either is missing.
"""
import collections
import csv
import json
import os
import pathlib
import shutil
import tempfile
import unittest

import harness
import small_aws

CHROMIUM = shutil.which("chromium")
if not CHROMIUM:
    harness.skip("there is no chromium")
harness.enter_python("Playwright is")

import html5lib  # noqa: E402  (only in the virtual environment)
from axe_playwright_python.sync_playwright import Axe  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

EXCEPTIONS = f"""[exception graph-lab]
control = neptune-encryption-at-rest
account = *
resource = graph-0*
owner = graph-team@example.com
reason = synthetic data <b>no</b> personal records
expires = {harness.LATER}
"""
# Where pictures of the page shall be left; not by default.
PICTURES = os.environ.get("PAGE_PICTURES")


def make_page(folder, accounts, regions, nights=1):
    """The path of a page, and the report that it tells."""
    exceptions, store = os.path.join(folder, "exceptions.ini"), os.path.join(folder, "runs.db")
    pathlib.Path(exceptions).write_text(EXCEPTIONS, encoding="utf-8")
    for night in range(nights):
        with harness.estate("--accounts", str(accounts), "--regions", str(regions), "--seed", "7", "--night",
                            str(night)) as (environment, _):
            result = harness.scan(environment, "--exceptions", exceptions, "--db", store)
    page = os.path.join(folder, "report.html")
    written = harness.run(["report", "--db", store, "--report", f"html={page}"], environment)
    assert written.code == 0, written
    return page, result.report


class Browser(unittest.TestCase):
    @staticmethod
    def make(folder):
        raise NotImplementedError

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.path, cls.report = cls.make(folder.name)
        playwright = sync_playwright().start()
        cls.addClassCleanup(playwright.stop)
        cls.browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        cls.addClassCleanup(cls.browser.close)

    def open(self, fragment="", path=None, **context):
        page = self.browser.new_page(**context)
        self.addCleanup(page.close)
        self.problems = []
        page.on("console", lambda message: self.problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("request", lambda request: self.problems.append(request.url) if not request.url.startswith("file:") else None)
        page.goto(f"file://{path or self.path}{fragment}")
        return page

    def picture(self, page, name):
        if PICTURES:
            page.screenshot(path=os.path.join(PICTURES, f"{name}.png"), full_page=name == "print")

    def download(self, page, section):
        with page.expect_download() as download:
            page.click(f"#{section} .tools button")
        with open(download.value.path(), encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def parse_strictly(self):
        html5lib.HTMLParser(strict=True).parse(pathlib.Path(self.path).read_text(encoding="utf-8"))


class Page(Browser):
    @staticmethod
    def make(folder):
        return make_page(folder, 40, 17, nights=5)

    def test_well_formed(self):
        self.parse_strictly()

    def test_opens(self):
        page = self.open(viewport={"width": 1280, "height": 1000})
        totals = self.report["run"]["totals"]
        self.assertIn(f"{totals['failing_resources']} of {totals['resources']} resources fail", page.inner_text(".verdict"))
        self.assertIn("INCOMPLETE", page.locator(".verdict.part").inner_text())
        self.assertIn("AccessDenied", page.inner_text("#not-assessed"))
        self.assertEqual(page.inner_text("#count"), "40 of 40 accounts")
        self.assertGreater(page.locator("#body td[data-row]").count(), 20 * 17)
        self.assertEqual(page.locator(".chart polyline").count(), 3)
        self.assertIn("graph-lab", page.inner_text("#exceptions table.plain"))
        self.assertIn("<b>no</b>", page.inner_text("#exceptions table.plain"))
        first = page.locator("#body tr").first.inner_text()
        self.assertIn("F", first)  # failing first
        self.assertEqual(self.problems, [])
        self.picture(page, "report")

    def test_filters_and_their_address(self):
        page = self.open()
        failing = {cell["account"] for cell in self.report["cells"] if cell["state"] == "fail"}
        page.check("#states input[value=fail]")
        self.assertEqual(page.inner_text("#count"), f"{len(failing)} of 40 accounts")
        self.assertIn("states=fail", page.url)
        name = next(row["name"] for row in self.report["accounts"] if row["id"] in failing)
        page.fill("#q", name)
        self.assertEqual(page.inner_text("#count"), "1 of 40 accounts")
        again = self.open(page.url[page.url.index("#"):])
        self.assertEqual(again.inner_text("#count"), "1 of 40 accounts")
        self.assertTrue(again.is_checked("#states input[value=fail]"))
        again.click("#reset")
        self.assertEqual(again.inner_text("#count"), "40 of 40 accounts")
        again.select_option("#region", "us-east-1")
        self.assertEqual(again.locator("#head th").count(), 2)
        again.select_option("#region", "")
        again.select_option("#control", "neptune-key-usable")
        told = {f["account"] for f in self.report["findings"] if f["control"] == "neptune-key-usable" and f["verdict"] != "pass"}
        self.assertEqual(again.inner_text("#count"), f"{len(told)} of 40 accounts")
        again.click("#reset")
        again.select_option("#ou", "/Prod")
        below = [row for row in self.report["accounts"] if (row["ou"] + "/").startswith("/Prod/")]
        self.assertEqual(again.inner_text("#count"), f"{len(below)} of 40 accounts")
        again.select_option("#sort", "ou")
        self.assertGreater(again.locator("#body tr.unit").count(), 1)
        self.assertEqual(self.problems, [])

    def test_click_opens_the_evidence(self):
        page = self.open()
        page.locator("#body td.s-fail").first.click()
        text = page.inner_text("#details")
        for word in ("FAILS", "StorageEncrypted", "request ", "arn:aws:"):
            self.assertIn(word, text)
        page.keyboard.press("Escape")
        self.assertTrue(page.is_hidden("#details"))
        page.locator("#body td.s-denied").first.click()
        self.assertIn("AccessDenied", page.inner_text("#details"))

    def test_about_a_control(self):
        """From a finding to the control behind it; each selected control is there once, and readable without scripts."""
        page = self.open()
        page.locator("#body td.s-fail").first.click()
        button = page.locator("#details button", has_text="About this control").first
        control = button.get_attribute("aria-label").split()[-1]
        button.click()
        about = page.locator(f"#about-{control}")
        self.assertTrue(about.evaluate("element => element.open && element.firstElementChild === document.activeElement"))
        text = about.inner_text()
        for word in ("Description", "Rationale", "Default value", "aws ", "Pass: ", "Backout", "Framework requirements"):
            self.assertIn(word, text)
        self.assertEqual(Axe().run(page).violations_count, 0)
        self.assertEqual(self.problems, [])
        self.picture(page, "about")
        source = pathlib.Path(self.path).read_text(encoding="utf-8")
        self.assertEqual(page.locator(".about").count(), len(self.report["controls"]))
        self.assertEqual(source.count("The choice is made once, when the cluster is created"), 1)
        plain = self.open(java_script_enabled=False)
        plain.locator(f"#about-{control} summary").click()
        self.assertIn("Remediation plan", plain.inner_text(f"#about-{control}"))

    def test_cells_assessed_only_in_part(self):
        page = self.open()
        page.locator("#body td.s-fail.part").first.click()
        self.assertIn("Assessed only in part", page.inner_text("#details"))
        self.assertEqual(page.locator("#body td.s-fail:not(.part)").count() + page.locator("#body td.part").count(),
                         page.locator("#body td.s-fail").count())

    def test_keyboard(self):
        page = self.open()
        page.locator("#body td[tabindex='0']").focus()
        for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
            page.keyboard.press(key)
        self.assertEqual(page.evaluate("[document.activeElement.dataset.row, document.activeElement.dataset.place]"), ["1", "2"])
        page.keyboard.press("End")
        self.assertEqual(page.evaluate("document.activeElement.dataset.place"), "16")
        page.keyboard.press("Enter")
        self.assertTrue(page.is_visible("#details"))
        self.assertEqual(page.locator("#body td[tabindex='0']").count(), 1)

    def test_first_screen(self):
        page, totals = self.open(viewport={"width": 1280, "height": 1000}), self.report["run"]["totals"]
        figures = page.locator(".figures a").all_inner_texts()
        in_scope = totals["cells"] - totals["skipped"]
        unassessed = sum(totals[state] for state in ("unknown", "denied", "unreached", "error", "pending"))
        for figure, wanted in zip(figures, ("clusters not encrypted", f"{totals['failing_resources']}\n", f"{unassessed}\n",
                                            f"{totals['exempt_resources']}\n", f"{in_scope - unassessed} of {in_scope} cells in scope")):
            self.assertIn(wanted, figure)
        self.assertIn("since the previous run", figures[1])
        failing = collections.Counter(f["account"] for f in {(f["account"], f["resource"]["arn"]): f for f in self.failing()}.values())
        self.assertEqual([int(cell) for cell in page.locator("#worst td:nth-child(4)").all_inner_texts()],
                         sorted(failing.values(), reverse=True)[:10])
        for row in page.locator("#by-control tbody tr").all():
            cells = row.locator("td").all_inner_texts()
            control = cells[0].split("\n")[-1].strip()
            self.assertEqual(int(cells[2]), sum(f["control"] == control for f in self.failing()), control)
        self.assertEqual(page.locator("#trend tbody tr").count(), 5)
        page.click("#by-control a[href='#control=neptune-key-usable']")
        self.assertEqual(page.input_value("#control"), "neptune-key-usable")
        self.assertEqual(self.problems, [])

    def failing(self):
        return [f for f in self.report["findings"] if f["verdict"] == "fail" and not f["exception"]]

    def test_lists(self):
        """Sorted, filtered, downloaded; all rows are there, not those alone that the page shows first."""
        page = self.open(viewport={"width": 1280, "height": 1000})
        rows = self.download(page, "failing")
        self.assertEqual(sorted(row["ARN"] for row in rows), sorted({f["resource"]["arn"] for f in self.failing()}))
        self.assertEqual(rows[0]["Severity"], "critical")
        first = page.locator("#failing tbody td:first-child")
        self.assertEqual(first.first.inner_text(), "critical")
        page.locator("#failing th button").first.click()
        self.assertEqual(first.first.inner_text(), "low")
        self.assertEqual(page.get_attribute("#failing th", "aria-sort"), "ascending")
        page.fill("#failing input", "neptune-key-rotation us-east-1")
        wanted = [f for f in self.failing() if f["control"] == "neptune-key-rotation" and f["region"] == "us-east-1"]
        self.assertEqual(page.locator("#failing tbody tr").count(), len({f["resource"]["arn"] for f in wanted}))
        self.assertEqual(len(self.download(page, "failing")), page.locator("#failing tbody tr").count())
        page.click(".figures a >> nth=1")  # a link to a list shows all of it
        self.assertEqual(page.input_value("#failing input"), "")
        cells = self.download(page, "not-assessed")
        self.assertEqual(sum(int(row["Cells"]) for row in cells if "in part" not in row["State"]),
                         sum(self.report["run"]["totals"][state] for state in ("unknown", "denied", "unreached", "error", "pending")))
        self.assertEqual(sum(int(row["Accounts"]) for row in self.download(page, "ous")), 40)
        for row in self.download(page, "exceptions"):
            self.assertIn("<b>no</b>", row["Reason"])
        self.assertEqual([problem for problem in self.problems if not problem.startswith("blob:")], [])

    def test_without_javascript(self):
        page = self.open(java_script_enabled=False)
        arns = {f["resource"]["arn"] for f in self.failing()}
        self.assertEqual(page.locator("#failing tbody tr").count(), len(arns))
        for section in ("by-control", "trend", "steps", "worst", "not-assessed", "ous", "exceptions", "scope"):
            self.assertGreater(len(page.inner_text(f"#{section}")), 60, section)
        self.assertIn("SUSPENDED", page.inner_text("#scope"))
        self.assertIn("role.name", page.inner_text("#scope"))
        self.assertEqual(page.locator("th button").count(), 0)

    def test_links_to_controls(self):
        page = self.open()
        page.locator("#failing a[href^='#about-']").first.click()
        page.wait_for_selector("details.about[open]")
        self.assertEqual(page.locator("details.about[open]").count(), 1)
        self.assertEqual(page.inner_text("#count"), "40 of 40 accounts")
        self.assertEqual(self.problems, [])

    def test_print(self):
        page = self.open()
        pages = page.pdf(format="A4")
        self.assertGreater(len(pages), 20000)
        if PICTURES:
            pathlib.Path(PICTURES, "print.pdf").write_bytes(pages)
        page.emulate_media(media="print")
        self.assertFalse(page.is_visible("#filters"))
        self.assertFalse(page.is_visible("#failing .tools"))
        self.assertTrue(page.is_visible("#failing tbody tr"))
        self.picture(page, "print")

    def test_accessible(self):
        for scheme in ("light", "dark"):
            page = self.open(color_scheme=scheme, viewport={"width": 1280, "height": 1000})
            page.locator("#body td.s-fail").first.click()
            found = Axe().run(page)
            self.assertEqual(found.violations_count, 0, found.generate_report())
            page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
            self.picture(page, scheme)

    def test_phone(self):
        page = self.open(viewport={"width": 390, "height": 844})
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 390)
        self.picture(page, "phone")

    def test_large(self):
        """10,000 accounts by 33 regions: opens, scrolls, and draws only what is seen."""
        if "asan" in harness.SCANNER and not os.environ.get("NEPTUNE_SCAN_LONG"):
            accounts, regions = 2000, 33
        else:
            accounts, regions = 10000, 33
        with tempfile.TemporaryDirectory() as folder:
            path, report = make_page(folder, accounts, regions)
            size = os.path.getsize(path)
            page = self.open(path=path)
            self.assertEqual(page.inner_text("#count"), f"{accounts:,} of {accounts:,} accounts")
            self.assertLess(page.locator("#body td[data-row]").count(), 100 * len(report["regions"]))
            frames = page.evaluate("""async () => {
                const viewport = document.getElementById('viewport'), times = [];
                let before = performance.now();
                for (let i = 0; i < 60; i++) {
                    viewport.scrollTop += 4000;
                    await new Promise((done) => requestAnimationFrame(done));
                    await new Promise((done) => requestAnimationFrame(done));
                    const now = performance.now();
                    times.push((now - before) / 2);
                    before = now;
                }
                return times.sort((a, b) => a - b);
            }""")
            page.keyboard.press("End")
            page.evaluate("document.getElementById('viewport').scrollIntoView({behavior: 'instant'})")
            page.wait_for_timeout(500)
            self.picture(page, "large")
            self.assertEqual(self.problems, [])
        print(f"{accounts:,} x {regions}: {size / 1e6:.1f} MB, frame {frames[30]:.1f} ms, worst {frames[-1]:.1f} ms")


class Trend(Browser):
    """Pages with one run, some, and a season of nights: no text of a chart lies on another."""

    RUNS = (1, 4, 90) if PICTURES or os.environ.get("NEPTUNE_SCAN_LONG") else (1, 4)
    OVERLAPS = """() => [...document.querySelectorAll('#trend svg')].flatMap(chart => {
        const boxes = [...chart.querySelectorAll('text')].map(text => [text.textContent, text.getBoundingClientRect()]);
        return boxes.flatMap(([name, a], i) => boxes.slice(i + 1).filter(([, b]) =>
            a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom).map(([other]) => `${name} | ${other}`));
    })"""

    @classmethod
    def make(cls, folder):
        """The folder of the pages, each in one of its number of runs."""
        for runs in cls.RUNS:
            os.mkdir(os.path.join(folder, str(runs)))
            make_page(os.path.join(folder, str(runs)), 12, 5, nights=runs)
        return folder, None

    def test_runs(self):
        for runs in self.RUNS:
            for width in (1280, 390):
                with self.subTest(runs=runs, width=width):
                    self.look(self.open(path=os.path.join(self.path, str(runs), "report.html"), viewport={"width": width, "height": 1000}), runs, width)

    def look(self, page, runs, width):
        self.assertEqual(page.locator("#trend svg").count(), 3 if runs > 1 else 0)
        self.assertEqual(page.locator("#trend tbody tr").count(), runs if runs > 1 else 0)
        self.assertEqual("no earlier run" in page.inner_text("#trend"), runs == 1)
        self.assertEqual(page.evaluate(self.OVERLAPS), [])
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)
        self.assertEqual(self.problems, [])
        if PICTURES:
            page.locator("#trend").screenshot(path=os.path.join(PICTURES, f"trend-{runs}-{width}.png"))


class Gaps(Browser):
    """Cells in accepted gaps: a service control policy closes two regions, and a partner's account has no role."""

    CLOSED = ("eu-west-1", "us-west-2")
    REASON = "closed by <region> deny & control"
    SCP = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "NotAction": ["iam:*", "sts:*", "organizations:*", "ec2:DescribeRegions"], "Resource": "*",
         "Condition": {"StringEquals": {"aws:RequestedRegion": [*CLOSED, "ap-southeast-2"]}}}]}

    @classmethod
    def make(cls, folder):
        scp, gaps, page = (os.path.join(folder, name) for name in ("scp.json", "gaps.ini", "report.html"))
        pathlib.Path(scp).write_text(json.dumps(cls.SCP), encoding="utf-8")
        with harness.estate("--accounts", "14", "--regions", "7", "--seed", "7", "--scp", scp) as (environment, truth):
            unreached = sorted({cell["account"] for cell in truth["cells"] if cell["state"] == "unreached"})
            assert len(unreached) > 1, unreached
            pathlib.Path(gaps).write_text(
                f"[gap closed-regions]\nregions = {', '.join(cls.CLOSED)}\nstate = denied\nowner = platform@example.com\n"
                f"reason = {cls.REASON}\nticket = OPS-7\nexpires = {harness.LATER}\n"
                f"[gap partner]\naccounts = {unreached[0]}\nstate = unreached\nowner = legal@example.com\nreason = sold\n"
                f"expires = {harness.LATER}\n", encoding="utf-8")
            result = harness.scan(environment, "--exceptions", gaps, "--report", f"html={page}")
        return page, result.report

    def cell(self, page, cell):
        row = page.locator("#body tr").filter(has=page.locator("th", has_text=cell["account"]))
        return row.locator(f"td[data-place='{self.report['regions'].index(cell['region'])}']")

    def test_well_formed(self):
        self.parse_strictly()

    def test_each_cell_names_its_gap(self):
        page = self.open(viewport={"width": 1280, "height": 1000})
        seen = collections.Counter()
        for cell in self.report["cells"]:
            self.cell(page, cell).click()
            text, title = page.inner_text("#details"), self.cell(page, cell).get_attribute("title")
            seen[cell["gap"]] += 1
            if not cell["gap"]:
                self.assertNotIn("gap", text + title, cell)
                continue
            self.assertIn(f"{cell['state']}, accepted gap {cell['gap']}", title)
            self.assertIn({
                "closed-regions": f"Accepted gap closed-regions: accepted by platform@example.com until {harness.LATER}: {self.REASON} (OPS-7)",
                "partner": f"Accepted gap partner: accepted by legal@example.com until {harness.LATER}: sold",
            }[cell["gap"]], text.splitlines())
        self.assertEqual(set(seen), {"closed-regions", "partner", None})
        self.assertEqual(self.problems, [])

    def unassessed(self):
        """(state with its gap, account): the number of cells."""
        cells = collections.Counter()
        for cell in self.report["cells"]:
            if cell["state"] in ("unknown", "denied", "unreached", "error", "pending"):
                cells[cell["state"] + (f", accepted gap {cell['gap']}" if cell["gap"] else ""), cell["account"]] += 1
        return cells

    def test_the_list_of_unassessed_cells(self):
        """The rows that the program wrote, and those that the script makes."""
        page = self.open(viewport={"width": 1280, "height": 1000})
        self.assertGreater(len({state for state, _ in self.unassessed()}), 3)
        written, listed = collections.Counter(), collections.Counter()
        for row in page.locator("#not-assessed tbody tr").all():
            state, account, cells, *_ = row.locator("td").all_inner_texts()
            written[state, account.split()[0]] += int(cells)
        for row in self.download(page, "not-assessed"):
            listed[row["State"], row["Account"].split()[0]] += int(row["Cells"])
        parts = {key for key in listed if "in part" in key[0]}
        self.assertEqual({key: listed[key] for key in listed if key not in parts}, dict(self.unassessed()))
        self.assertEqual(written, listed)
        advice = page.inner_text("#not-assessed .advice")
        for state in ("denied", "unreached"):
            cells = [cell for cell in self.report["cells"] if cell["state"] == state]
            self.assertIn(f"{state}: {len(cells)} cells, {sum(cell['gap'] is not None for cell in cells)} in accepted gaps. ", advice)
        page.fill("#not-assessed input", "gap partner")
        self.assertEqual(page.locator("#not-assessed tbody tr").count(), 1)

    def test_without_javascript(self):
        page = self.open(java_script_enabled=False)
        text = page.inner_text("#accepted-gaps")
        for word in ("closed-regions", "platform@example.com", self.REASON, "OPS-7", harness.LATER, "partner", "legal@example.com", "sold"):
            self.assertIn(word, text)
        self.assertIn("denied, accepted gap closed-regions", page.inner_text("#not-assessed"))

    def test_widths(self):
        for width, height in ((1280, 1000), (390, 844)):
            page = self.open(viewport={"width": width, "height": height})
            page.locator("#body td[title*='gap closed-regions']").first.click()
            self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)
            box = page.locator("#details").bounding_box()
            self.assertLessEqual(box["x"] + box["width"], width)
            self.assertEqual(Axe().run(page).violations_count, 0)
            self.picture(page, f"gaps-{width}")
            for section in ("not-assessed", "accepted-gaps"):
                page.locator(f"#{section}").scroll_into_view_if_needed()
                if PICTURES:
                    page.locator(f"#{section}").screenshot(path=os.path.join(PICTURES, f"gaps-{section}-{width}.png"))


class Formulas(Browser):
    """A spreadsheet that separates lists by semicolons begins a cell behind each: the page's download is as the csv report."""
    NAME = "a;=HYPERLINK(1)"

    @staticmethod
    def make(folder):
        accounts = {"Accounts": [{"Id": small_aws.HOME, "Name": Formulas.NAME, "State": "ACTIVE"}]}
        denied = small_aws.refused(403, "AccessDenied", "=1;-2;+3;@4; 5")
        store, path = os.path.join(folder, "runs.db"), os.path.join(folder, "report.html")
        with small_aws.serving({"organizations:ListAccounts": (200, json.dumps(accounts)), "rds:DescribeDBClusters": denied}) as (environment, _):
            environment = harness.clean_environment(**environment)
            result = harness.scan(environment, "--db", store)
            harness.run(["report", "--db", store, "--report", f"html={path}"], environment)
        return path, result.report

    def test_download(self):
        page = self.open()
        with page.expect_download() as download:
            page.click("#not-assessed .tools button")
        text = pathlib.Path(download.value.path()).read_text(encoding="utf-8")
        self.assertIn("a;'=HYPERLINK(1)", text)
        self.assertRegex(text, "=1;'-2;'[+]3;'@4; 5")
        self.assertNotRegex(text, "(?m)(?:;|^|\",\")[=+@-]")
        self.assertEqual([problem for problem in self.problems if not problem.startswith("blob:")], [])


if __name__ == "__main__":
    unittest.main()
