"""Every report format, read by somebody else's tool: a schema, a parser, or the service's own validation."""
import csv
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

import harness
import reports

harness.enter_python("the validators are")

import botocore.session  # noqa: E402  (only in the virtual environment)
import botocore.validate  # noqa: E402
import jsonschema  # noqa: E402
import junitparser  # noqa: E402
import prometheus_client.parser  # noqa: E402
import sarif_pydantic  # noqa: E402
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding  # noqa: E402

EXCEPTIONS = f"""[exception hostile </script>]
control = neptune-multi-az
account = *
resource = graph-*
owner = =cmd()|' /C calc'!A0
reason = <img src=x onerror=alert(1)>
expires = {harness.LATER}
"""


class Formats(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.store = os.path.join(folder.name, "runs.db")
        exceptions = os.path.join(folder.name, "exceptions.ini")
        with open(exceptions, "w", encoding="utf-8") as stream:
            stream.write(EXCEPTIONS)
        with harness.estate("--accounts", "25", "--regions", "9", "--seed", "7", "--controls", "all") as (cls.environment, _):
            scanned = harness.scan(cls.environment, "--controls", "all", "--exceptions", exceptions, "--db", cls.store)
        cls.report = scanned.report

    def text(self, form, *flags):
        result = harness.run(["report", "--db", self.store, "--report", form, *flags], self.environment)
        self.assertEqual(result.code, 0, result)
        return result.out

    def verdicts(self):
        return sorted((f["control"], f["account"], f["region"], f["resource"]["arn"], f["verdict"])
                      for f in self.report["findings"])

    def test_json(self):
        read = json.loads(self.text("json"))
        with open(harness.SOURCE / "docs/report.schema.json", encoding="utf-8") as stream:
            schema = json.load(stream)
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(read, schema)
        self.assertEqual(read, self.report)  # from the store as from the scan
        print(f"json: valid by its schema, {len(read['findings'])} findings")

    def test_jsonl(self):
        kinds = {}
        for line in self.text("jsonl").splitlines():
            item = json.loads(line)
            kinds.setdefault(item.pop("kind"), []).append(item)
        self.assertEqual(reports.findings_of({"findings": kinds["finding"]}), reports.findings_of(self.report))
        self.assertEqual(len(kinds["exception"]), 1)

    def test_csv(self):
        rows = list(csv.DictReader(io.StringIO(self.text("csv"), newline="")))
        findings = [row for row in rows if row["control"]]
        self.assertEqual(sorted((r["control"], r["account"], r["region"], r["resource_arn"], r["verdict"]) for r in findings),
                         self.verdicts())
        self.assertEqual({row["verdict"] for row in rows if not row["control"]}, {"not-assessed", "partly-assessed"})
        self.assertEqual(list(rows[0])[-4:], ["organization", "unassessed", "gap", "scope"])  # what comes later stands behind
        self.assertIn("hostile </script>", {row["exception"] for row in rows})
        for row in rows:
            self.assertFalse([value for value in row.values() if re.search(r"(\A|;)[=+\-@\t]", value)])

    def test_ocsf(self):
        events = json.loads(self.text("ocsf"))
        for event in events:
            read = ComplianceFinding(**event)
            self.assertEqual((read.class_uid, read.type_uid), (2003, 200301))
        self.assertEqual(sum("control" in event["compliance"] for event in events), len(self.report["findings"]))
        self.assertEqual(len({event["finding_info"]["uid"] for event in events}), len(events))
        self.assertEqual([json.loads(line) for line in self.text("ocsf-lines").splitlines()], events)
        print(f"ocsf: {len(events)} events taken by py-ocsf-models")

    def test_asff(self):
        shape = botocore.session.get_session().get_service_model("securityhub").operation_model("BatchImportFindings").input_shape
        batches = [json.loads(line) for line in self.text("asff").splitlines()]
        for batch in batches:
            problems = botocore.validate.ParamValidator().validate(batch, shape)
            self.assertFalse(problems.has_errors(), problems.generate_report())
            self.assertLessEqual(len(batch["Findings"]), 100)
        findings = [finding for batch in batches for finding in batch["Findings"]]
        self.assertEqual(len({finding["Id"] for finding in findings}), len(findings))
        told = {(f["Compliance"]["Status"], f["Resources"][0]["Details"]["Other"]["neptune-scan/verdict"]) for f in findings}
        self.assertEqual(told, {("PASSED", "pass"), ("FAILED", "fail"), ("FAILED", "exempt"), ("WARNING", "unknown"),
                                ("NOT_AVAILABLE", "not-assessed"), ("NOT_AVAILABLE", "partly-assessed")})
        self.assertFalse([f for f in findings if "Workflow" in f])  # an import cannot update it
        again = [finding["Id"] for line in self.text("asff").splitlines() for finding in json.loads(line)["Findings"]]
        self.assertEqual(again, [finding["Id"] for finding in findings])
        print(f"asff: {len(batches)} batches valid by botocore's model of Security Hub")

    def test_sarif(self):
        text = self.text("sarif")
        read = sarif_pydantic.Sarif.model_validate_json(text)
        run = json.loads(text)["runs"][0]
        results = run["results"]
        failing = [f for f in self.report["findings"] if f["verdict"] == "fail" and not f["exception"]]
        self.assertEqual(len(read.runs[0].results), len(failing))
        # GitHub shows each result as an alert: one that fails, somewhere, told apart by text and hash
        self.assertEqual({(result["kind"], "suppressions" in result) for result in results}, {("fail", False)})
        self.assertEqual(len({result["message"]["text"] for result in results}), len(failing))
        self.assertEqual(len({result["partialFingerprints"]["primaryLocationLineHash"] for result in results}), len(failing))
        for result in results:
            location = result["locations"][0]["physicalLocation"]
            self.assertRegex(location["artifactLocation"]["uri"], r"\Aaws/\d{12}/[\w-]+/[\w-]+/[\w.~%-]+\Z")
            self.assertEqual(location["region"], {"startLine": 1})
        self.assertEqual(run["automationDetails"]["id"], f"neptune-scan/{self.report['run']['organization']}/"
                         f"{self.report['run']['id']}")
        print(f"sarif: {len(results)} results taken by sarif-pydantic")

    def test_junit(self):
        text = self.text("junit")
        read = junitparser.JUnitXml.fromstring(text.encode())
        tree = xml.etree.ElementTree.fromstring(text)
        for suite in tree:
            self.assertEqual(int(suite.get("tests")), len(suite.findall("testcase")))
            self.assertEqual(int(suite.get("failures")), len(suite.findall("testcase/failure")))
            self.assertEqual(int(suite.get("errors")), len(suite.findall("testcase/error")))
        failing = sum(f["verdict"] == "fail" and not f["exception"] for f in self.report["findings"])
        self.assertEqual(sum(suite.failures for suite in read), failing)
        for failure in tree.iter("failure"):
            self.assertIn("\nfix: ", failure.text)
            self.assertIn(failure.get("message"), failure.text)
            self.assertIn(failure.get("type"), ("low", "medium", "high", "critical"))
        print(f"junit: {sum(suite.tests for suite in read)} cases taken by junitparser")

    def test_prometheus(self):
        families = {family.name: family for family in
                    prometheus_client.parser.text_string_to_metric_families(self.text("prometheus"))}
        promtool = reports.promtool()
        if promtool:
            checked = subprocess.run([promtool, "check", "metrics"], input=self.text("prometheus").encode(), check=False,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertEqual(checked.returncode, 0, checked.stdout.decode())
        print(f"prometheus: promtool {'agrees' if promtool else 'is not here'}")
        cells = {sample.labels["state"]: sample.value for sample in families["neptune_scan_cells"].samples}
        totals = self.report["run"]["totals"]
        self.assertEqual(cells, {state: totals[state] for state in cells})
        self.assertEqual(sum(sample.value for sample in families["neptune_scan_findings"].samples),
                         len(self.report["findings"]))
        print(f"prometheus: {len(families)} metrics taken by prometheus_client")

    def test_rules(self):
        """Alerts on these metrics: each name is one of the report, and each alert fires when it should."""
        folder = harness.SOURCE / "deploy/prometheus"
        rules = (folder / "neptune-scan.rules.yaml").read_text(encoding="utf-8")
        metrics = self.text("prometheus")
        pages = "".join(path.read_text(encoding="utf-8") for path in [*(harness.SOURCE / "docs").glob("*.md"), harness.SOURCE / "README.md"])
        names = set(re.findall(r"\bneptune_scan_\w+", rules + pages))
        self.assertGreater(len(names), 4)
        for name in names:
            self.assertIn(f"# TYPE {name} ", metrics)
        promtool = reports.promtool()
        if not promtool:
            self.skipTest("promtool is not here")
        for words in (("check", "rules", "neptune-scan.rules.yaml"), ("test", "rules", "neptune-scan.rules.test.yaml")):
            checked = subprocess.run([promtool, *words], cwd=folder, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertEqual(checked.returncode, 0, checked.stdout.decode())
        print("prometheus: rules checked and tested by promtool")

    def test_two_organizations_on_one_host(self):
        """No series of one file is a series of another organization's."""
        series = set(re.findall(r"^(neptune_scan\S+)", self.text("prometheus"), re.M))
        self.assertTrue(all(f'organization="{self.report["run"]["organization"]}"' in name for name in series))

    def test_markdown(self):
        text = self.text("markdown")
        self.assertIn(f"{self.report['run']['totals']['failing_resources']} of", text)
        self.assertNotIn("<b>", text.replace("\\<b\\>", ""))
        self.assertIn("**INCOMPLETE:**", text)
        width = 0
        for line in text.splitlines():
            if line.startswith("|"):
                width = width or line.count("|")
                self.assertEqual(line.replace("\\|", "").count("|"), width, line)
            else:
                width = 0

    def test_html_is_harmless(self):
        text = self.text("html")
        self.assertEqual(text.count("</script>"), 3)
        self.assertNotIn("<img", text)
        data = json.loads(text.split('id="data">')[1].split("</script>")[0])
        self.assertEqual(len(data["accounts"]), len(self.report["accounts"]))
        cells = reports.cells_of(self.report)
        marks = {state["mark"]: state["name"] for state in data["states"]}
        for account in data["accounts"]:
            self.assertEqual([marks[mark] for mark in account["cells"]],
                             [cells[account["id"], region]["state"] for region in data["regions"]])
        failing = {(f[0], r["arn"]) for detail in data["details"].values() for r in detail.get("resources", ())
                   for f in r["findings"] if f[1] == 1}
        self.assertEqual({(data["controls"][control]["id"], arn) for control, arn in failing},
                         {(f["control"], f["resource"]["arn"]) for f in self.report["findings"] if f["verdict"] == "fail"})

    def test_filters(self):
        account = next(f["account"] for f in self.report["findings"] if f["verdict"] == "fail")
        read = json.loads(self.text("json", "--accounts", account, "--controls", "neptune-multi-az", "--only-failing"))
        self.assertEqual({row["id"] for row in read["accounts"]}, {account})
        self.assertEqual({(f["account"], f["control"]) for f in read["findings"]}, {(account, "neptune-multi-az")})
        self.assertNotIn("pass", {f["verdict"] for f in read["findings"]})

    def test_paths(self):
        run = self.report["run"]
        path = os.path.join(self.folder, "{date}-{run}.csv")
        result = harness.run(["report", "--db", self.store, "--report", f"csv={path}", "--report",
                              f"json={os.path.join(self.folder, 'again.json')}"], self.environment)
        self.assertEqual(result.code, 0, result)
        self.assertIn(f"{run['started'][:10]}-{run['id']}.csv", os.listdir(self.folder))
        path = os.path.join(self.folder, "nights", "{date}", "of-{run}", "report.csv")
        failed = harness.run(["report", "--db", self.store, "--report", f"csv={path}"], self.environment)
        self.assertEqual(failed.code, 2, failed)  # what has no placeholder must be there
        self.assertIn("there is no folder", failed.err)
        os.mkdir(os.path.join(self.folder, "nights"))
        for _ in range(2):  # the folders are there at the second time
            result = harness.run(["report", "--db", self.store, "--report", f"csv={path}", "--report",
                                  f"json={path.replace('csv', 'json')}"], self.environment)
            self.assertEqual(result.code, 0, result)
        night = os.path.join(self.folder, "nights", run["started"][:10], f"of-{run['id']}")
        self.assertEqual(sorted(os.listdir(night)), ["report.csv", "report.json"])
        self.assertEqual(os.listdir(os.path.join(self.folder, "nights")), [run["started"][:10]])  # nothing is left over

    def test_bad_input(self):
        for arguments, code, words in (
                (["report", "--run", "01J0"], 2, "has no run 01J0"),
                (["report", "--accounts", "111111111111"], 2, "has no account \"111111111111\""),
                (["report", "--controls", "nothing"], 2, "has no control \"nothing\""),
                (["report", "--report", "jsom"], 2, "Did you mean \"json\"?"),
                (["report", "--report", "json=/nonexistent/x"], 2, "there is no folder /nonexistent"),
                (["report", "--report", "json", "--report", "csv"], 2, "two reports go to standard output"),
                (["show", "nobody"], 2, "has no account \"nobody\""),
                (["runs", "prune"], 2, "--keep N"), (["runs", "prune", "--keep", "0"], 2, '--keep "0": must be a whole number'),
                (["runs", "purge"], 2, "purge"), (["diff", "x"], 2, "has no run x"),
                (["diff"], 2, "has only one run that can be compared"), (["trend", "--format", "xml"], 2, '--format "xml": must be table, csv or json')):
            result = harness.run([*arguments, "--db", self.store], self.environment)
            self.assertEqual(result.code, code, result)
            self.assertIn(words, result.err)
        newer, empty = os.path.join(self.folder, "newer.db"), os.path.join(self.folder, "empty.db")
        for path, change in ((newer, "PRAGMA user_version = 99"), (empty, "DELETE FROM runs")):
            shutil.copy(self.store, path)
            database = sqlite3.connect(path)
            database.execute(change)
            database.commit()
            database.close()
        for command in ("report", "show", "diff"):
            result = harness.run([command, "--db", newer], self.environment)
            self.assertEqual(result.code, 4, result)
            self.assertIn("newer than", result.err)
            result = harness.run([command, "--db", empty], self.environment)
            self.assertEqual(result.code, 2, result)
            self.assertIn("is empty" if command != "diff" else "empty", result.err)
        for command in ("report", "runs", "show", "diff", "trend"):
            result = harness.run([command, "--db", "/nonexistent/runs.db"], self.environment)
            self.assertEqual(result.code, 2, result)
            self.assertIn("does not exist", result.err)


if __name__ == "__main__":
    unittest.main()
