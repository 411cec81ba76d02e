"""What every machine format says of the matrix, counted from its own records: the same as the JSON report's totals.

A reader of a list takes what is not in it for compliant. So each cell that could not be assessed, and each part of a
failing cell that could not, is a record in every format that lists findings, whatever is left out of the findings.
"""
import collections
import csv
import importlib.util
import io
import json
import os
import tempfile
import unittest
import warnings
import xml.etree.ElementTree

import harness
import reports

harness.enter_python("the validators are")

import botocore.session  # noqa: E402  (only in the virtual environment)
import botocore.validate  # noqa: E402
import prometheus_client.parser  # noqa: E402
import sarif_pydantic  # noqa: E402
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding  # noqa: E402

CASES = harness.SOURCE / "../shared/cases"
SCENE_FLAGS = {"f5-": ("--controls", "neptune-encryption-at-rest", "--require-key", "customer"),
               "f10-": ("--controls", "neptune-global-database-encryption")}
SCOPE_AS_NOTE = ("csv", "ocsf", "asff")  # lists, of which the rest says nothing of what was left out
PARTS = {"not-assessed": False, "partly-assessed": True}
NOTE = "=1+1 & <b>what</b> \"limits\" | it"


class Said:
    """What a report says: cells that could not be assessed, findings by verdict, and what has a note (None: the run)."""

    def __init__(self):
        self.cells, self.verdicts, self.notes = [], collections.Counter(), []

    def cell(self, account, region, state, label):
        self.cells.append((account, region, state, PARTS[label]))

    def finding(self, verdict, exempt):
        self.verdicts["exempt" if exempt else verdict] += 1

    def counts(self):
        return collections.Counter((state, part) for _, _, state, part in self.cells)


# ---- a reader a format ----

def add_objects(said, run, accounts, cells, findings):
    said.notes = [None] * bool(run["note"]) + [None] * bool(run["interrupted"]) + [a["id"] for a in accounts if a["note"]]
    for cell in cells:
        if cell["unassessed"]:
            part = cell["state"] not in reports.BLIND_STATES
            said.cell(cell["account"], cell["region"], cell["unassessed"], "partly-assessed" if part else "not-assessed")
    for finding in findings:
        said.finding(finding["verdict"], finding["exception"])


def read_json(text, said):
    report = json.loads(text)
    add_objects(said, *(report[name] for name in ("run", "accounts", "cells", "findings")))


def read_jsonl(text, said):
    kinds = collections.defaultdict(list)
    for line in text.splitlines():
        item = json.loads(line)
        kinds[item["kind"]].append(item)
    add_objects(said, kinds["run"][0], kinds["account"], kinds["cell"], kinds["finding"])


def read_csv(text, said):
    for row in csv.DictReader(io.StringIO(text, newline="")):
        if row["verdict"] == "note":
            said.notes.append(row["account"] or None)
        elif row["verdict"] in PARTS:
            said.cell(row["account"], row["region"], row["unassessed"], row["verdict"])
        else:
            said.finding(row["verdict"], row["exception"])


def read_csv_matrix(text, said):
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    for row in rows:
        for region, state in row.items():
            if "-" in region and state in reports.BLIND_STATES:
                said.cell(row["account"], region, state, "not-assessed")
        for part in filter(None, row["partly_assessed"].split("; ")):
            region, _, state = part.rstrip(")").partition(" (")
            said.cell(row["account"], region, state, "partly-assessed")
    said.notes = [None] * len(rows[0]["run_note"].split("; ") if rows[0]["run_note"] else ())
    said.notes += [row["account"] for row in rows if row["note"]]
    said.verdicts = None


def read_ocsf(text, said):
    statuses = {1: "pass", 2: "unknown", 3: "fail"}
    for event in json.loads(text):
        read = ComplianceFinding(**event)
        place = event["cloud"]["account"]["uid"], event["cloud"].get("region")
        code = event["metadata"]["event_code"]
        if code == "note":
            said.notes.append(None if event["finding_info"]["uid"].endswith("/run") or "interrupted" in
                              event["finding_info"]["uid"] else place[0])
            assert read.compliance.status_id == 99
        elif code in PARTS:
            said.cell(*place, event["compliance"]["status_code"], code)
            assert (read.compliance.status_id, read.severity_id) == (0, 0)
            assert event["resources"][0]["uid"] == place[0] and event["resources"][0]["region"] == place[1]
        else:
            said.finding(statuses[read.compliance.status_id], event["status"] == "Suppressed")


ASFF = botocore.session.get_session().get_service_model("securityhub").operation_model("BatchImportFindings").input_shape


def read_batch(batch, said):
    statuses = {"PASSED": "pass", "WARNING": "unknown", "FAILED": "fail"}
    problems = botocore.validate.ParamValidator().validate(batch, ASFF)
    assert not problems.has_errors(), problems.generate_report()
    places = {(f["AwsAccountId"], f["Resources"][0]["Region"]) for f in batch["Findings"]}
    assert len(places) == 1 and 0 < len(batch["Findings"]) <= 100, places
    for finding in batch["Findings"]:
        (account, region), other = *places, finding["Resources"][0]["Details"]["Other"]
        assert finding["ProductArn"].split(":")[3:] == ["%s" % region, account, f"product/{account}/default"]
        assert not {"Severity", "Types", "Workflow", "Note", "UserDefinedFields", "VerificationState"} & set(finding)
        assert finding["FindingProviderFields"]["Severity"]["Label"] and finding["FindingProviderFields"]["Types"]
        label = other["neptune-scan/verdict"]
        if label == "note":
            said.notes.append(None if finding["Id"].endswith("/run") else account)
        elif label in PARTS:
            said.cell(account, region, other["neptune-scan/state"], label)
            assert finding["Compliance"]["Status"] == "NOT_AVAILABLE"
            assert finding["Resources"][0]["Id"] == f"AWS::::Account:{account}"
            assert finding["Resources"][0]["Type"] == "AwsAccount"
        else:
            said.finding(statuses[finding["Compliance"]["Status"]], label == "exempt")


def read_asff(text, said):
    ids = []
    for line in text.splitlines():
        batch = json.loads(line)
        read_batch(batch, said)
        ids += [finding["Id"] for finding in batch["Findings"]]
    assert len(set(ids)) == len(ids)


def read_sarif(text, said):
    sarif_pydantic.Sarif.model_validate_json(text)
    run = json.loads(text)["runs"][0]
    described = {one["id"] for one in run["tool"]["driver"]["notifications"]}
    for told in run["invocations"][0]["toolExecutionNotifications"]:
        properties = told["properties"]
        assert told["descriptor"]["id"] in described
        if properties["verdict"] == "note":
            said.notes.append(properties["account"])
        else:
            said.cell(properties["account"], properties["region"], told["descriptor"]["id"], properties["verdict"])
            assert told["level"] == "error"
    for result in run["results"]:
        said.finding(result["kind"], False)
    said.only = {"fail"}  # of the verdicts: what passes is no alert
    said.complete = run["invocations"][0]["executionSuccessful"]


def read_junit(text, said):
    results = {"failure": "fail", "error": "unknown", "skipped": "fail"}
    for suite in xml.etree.ElementTree.fromstring(text):
        lines = [line for line in (suite.findtext("system-out") or "").splitlines() if line]
        said.notes += [None if suite.get("name") == "run" else suite.get("name")[:12] for _ in lines]
        for case in suite.findall("testcase"):
            result = case[0].tag if len(case) else None
            if case.get("name") == "assessed":
                continue
            if case.get("name") in PARTS:
                said.cell(*case.get("classname").split("."), case[0].get("type"), case.get("name"))
            else:
                said.finding(results.get(result, "pass"), result == "skipped")


def read_html(text, said):
    data = json.loads(text.split('id="data">')[1].split("</script>")[0])
    states = {state["mark"]: state["name"] for state in data["states"]}
    for account in data["accounts"]:
        for mark, region in zip(account["cells"], data["regions"]):
            if states[mark] in reports.BLIND_STATES:
                said.cell(account["id"], region, states[mark], "not-assessed")
        for column, mark in account.get("parts", {}).items():
            said.cell(account["id"], data["regions"][int(column)], states[mark], "partly-assessed")
    said.notes = [None] * (text.count("<strong>Note on this run:") + text.count("<strong>The run did not finish:"))
    said.notes += [account["id"] for account in data["accounts"] if account["note"]]
    said.verdicts = None


READERS = {"json": read_json, "jsonl": read_jsonl, "csv": read_csv, "csv-matrix": read_csv_matrix, "ocsf": read_ocsf,
           "asff": read_asff, "sarif": read_sarif, "junit": read_junit, "html": read_html}


def prometheus_counts(text):
    """Of the format that has counts only: the same as Said.counts, findings by verdict, and whose notes there are."""
    families = {family.name: family for family in prometheus_client.parser.text_string_to_metric_families(text)}
    cells, verdicts = collections.Counter(), collections.Counter()
    for name, part in (("neptune_scan_cells", False), ("neptune_scan_partly_assessed_cells", True)):
        for sample in families[name].samples:
            if sample.labels["state"] in reports.BLIND_STATES and sample.value:
                cells[sample.labels["state"], part] += int(sample.value)
    for sample in families["neptune_scan_findings"].samples:
        verdicts[sample.labels["verdict"]] += int(sample.value)
    notes = [sample.labels.get("account") for sample in families["neptune_scan_notes"].samples if sample.value]
    return cells, +verdicts, notes


# ---- against the matrix ----

class Totals(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.store = os.path.join(self.folder, "runs.db")

    def write_all(self, *flags):
        """Every machine format of the stored run, and the JSON report."""
        paths = {name: os.path.join(self.folder, name) for name in (*READERS, "prometheus")}
        wanted = [flag for name, path in paths.items() for flag in ("--report", f"{name}={path}")]
        result = harness.run(["report", "--db", self.store, *wanted, *flags], harness.clean_environment())
        self.assertIn(result.code, (0, 3), result)  # 3: nothing in it was assessed, as is said first
        texts = {}
        for name, path in paths.items():
            with open(path, encoding="utf-8", newline="") as stream:
                texts[name] = stream.read()
        return texts, json.loads(texts["json"])

    def compare(self, texts, report):
        """Every format with the JSON report, and that with its own totals."""
        totals, expected = report["run"]["totals"], Said()
        add_objects(expected, report["run"], report["accounts"], report["cells"], report["findings"])
        counts = expected.counts()
        self.assertEqual({state: counts[state, False] for state in reports.BLIND_STATES},
                         {state: totals[state] for state in reports.BLIND_STATES})
        self.assertEqual(sum(count for (_, part), count in counts.items() if part), totals["partly_assessed"])
        self.assertEqual(expected.verdicts["unknown"], totals["unknown_findings"])
        for name, read in READERS.items():
            said = Said()
            read(texts[name], said)
            with self.subTest(name):
                self.assertEqual(sorted(said.cells), sorted(expected.cells))
                scope = [None] * (name in SCOPE_AS_NOTE and bool(report["run"]["scope"]))
                self.assertEqual(sorted(said.notes, key=str), sorted(expected.notes + scope, key=str))
                if said.verdicts is not None:
                    only = getattr(said, "only", expected.verdicts)
                    self.assertEqual(said.verdicts, {verdict: count for verdict, count in expected.verdicts.items()
                                                     if verdict in only})
                self.assertEqual(getattr(said, "complete", report["run"]["complete"]), report["run"]["complete"])
        cells, verdicts, notes = prometheus_counts(texts["prometheus"])
        self.assertEqual((cells, verdicts), (counts, expected.verdicts))
        self.assertEqual(sorted(notes, key=str), sorted(expected.notes, key=str))
        return counts

    def scan(self, estate, *flags, controls="all"):
        with harness.estate("--controls", "all", "--seed", "7", *estate) as (environment, _):
            result = harness.scan(environment, "--controls", controls, "--db", self.store, *flags)
        self.assertEqual(result.code, 3, result)

    def test_faults(self):
        self.scan(("--accounts", "30", "--regions", "8", "--faults",
                   "rds:DescribeDBClusterSnapshotAttributes=denied@15%,rds:DescribeDBClusterSnapshots=garbage@10%,"
                   "rds:DescribeDBInstances=denied@20%,seed=2"), "--max-attempts", "1",
                  controls="encryption,neptune-snapshot-not-public,neptune-multi-az")
        counts = self.compare(*self.write_all())
        for cell in [(state, False) for state in ("unreached", "denied", "error", "unknown")] + [("denied", True)]:
            self.assertIn(cell, counts)
        print(f"faults: {sum(counts.values())} cells not assessed, or only in part, the same in {len(READERS) + 1} formats")
        self.filters()
        self.explained()

    def filters(self):
        """Leaving findings out leaves out no cell that could not be assessed; another account is another matter."""
        every = self.compare(*self.write_all())
        for flags in (("--only-failing",), ("--controls", "neptune-multi-az"), ("--only-failing", "--controls", "neptune-multi-az")):
            texts, report = self.write_all(*flags)
            self.assertEqual({finding["verdict"] for finding in report["findings"]} - {"fail", "unknown"},
                             set() if "--only-failing" in flags else {"pass"})
            said = Said()
            read_csv(texts["csv"], said)
            self.assertEqual(said.counts(), every, flags)
        texts, report = self.write_all()
        account = next(cell["account"] for cell in report["cells"] if cell["unassessed"])
        texts, report = self.write_all("--accounts", account)
        self.assertTrue(self.compare(texts, report))
        self.assertEqual({cell["account"] for cell in report["cells"]}, {account})

    def explained(self):
        """Which part of a failing cell could not be assessed and why, where people read."""
        _, report = self.write_all()
        cell = next(cell for cell in report["cells"] if cell["unassessed"] == "denied" and cell["state"] == "fail")
        account, region, action = cell["account"], cell["region"], cell["reason"].split(": ")[0]
        environment = harness.clean_environment(COLUMNS="200")
        for arguments in (("report", "--report", "table", "--accounts", account), ("report", "--report", "markdown", "--accounts", account),
                          ("report", "--report", "html", "--accounts", account), ("show", account), ("show", account, region)):
            told = harness.run([*arguments, "--db", self.store], environment).out
            for word in (region, action, "assessed only in part", "denied", *(["INCOMPLETE"] if "report" in arguments else ())):
                self.assertIn(word, told, arguments)

    def test_deadline(self):
        self.scan(("--accounts", "8", "--regions", "3", "--faults", "kms:DescribeKey=hang@100%"),
                  "--deadline", "3s", "--grace", "1s")
        counts = self.compare(*self.write_all())
        self.assertIn("pending", {state for state, _ in counts})

    def test_notes(self):
        """Foreign text, in every format on what it limits."""
        self.scan(("--accounts", "8", "--regions", "3"))
        harness.edit_store(self.store, "UPDATE runs SET note = ?", NOTE)
        harness.edit_store(self.store, "UPDATE accounts SET note = ? WHERE account % 2", NOTE)
        texts, report = self.write_all()
        self.compare(texts, report)
        self.assertGreater(len([account for account in report["accounts"] if account["note"] == NOTE]), 2)
        for row in csv.DictReader(io.StringIO(texts["csv"], newline="")):
            self.assertEqual(row["reason"] == "'" + NOTE, row["verdict"] == "note")
        tree = xml.etree.ElementTree.fromstring(texts["junit"])
        self.assertTrue(all(NOTE in suite.findtext("system-out") for suite in tree if suite.find("system-out") is not None))
        self.assertNotIn("<b>what</b>", texts["html"])

    def test_scenes(self):
        if not CASES.is_dir():
            print(f"skipped: there is no {CASES}")
            return
        warnings.simplefilter("ignore", ResourceWarning)  # the simulated AWS's own
        spec = importlib.util.spec_from_file_location("fake_aws", CASES / "fake_aws.py")
        fake_aws = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(fake_aws)
        scenes = sorted((CASES / "scenes").glob("*.json"))
        for path in scenes:
            flags = next((flags for start, flags in SCENE_FLAGS.items() if path.name.startswith(start)), ("--controls", "all"))
            with open(path, encoding="utf-8") as stream:
                code, _, errors, _ = fake_aws.scan(json.load(stream), harness.SCANNER, (*flags, "--db", self.store))
            with self.subTest(path.name):
                self.assertIn(code, (0, 1, 3), errors)
                self.compare(*self.write_all())
        print(f"{len(scenes)} scenes: the same totals in {len(READERS) + 1} formats")


if __name__ == "__main__":
    unittest.main()
