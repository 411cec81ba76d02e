"""Programs that customers read reports with, on the demo's night and on a bad one: their figures are the matrix's."""
import collections
import contextlib
import csv
import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import urllib.request
import xml.etree.ElementTree

import harness
import reports

harness.enter_python("pandas, DuckDB and junit2html are", harness.CONSUMERS_PYTHON)

import duckdb  # noqa: E402  (only in the virtual environment)
import pandas  # noqa: E402
import prometheus_client.parser  # noqa: E402

TOOLS = harness.CONSUMERS_PYTHON.parent
NPM = harness.SOURCE / "build/npm/node_modules"
MULTITOOL = NPM / "@microsoft/sarif-multitool-linux/Sarif.Multitool"
ALLURE = NPM / ".bin/allure"
EXPORTER = shutil.which("prometheus-node-exporter") or harness.SOURCE / "build/node_exporter/node_exporter"

FILES = {"json": "report.json", "jsonl": "report.jsonl", "csv": "report.csv", "csv-matrix": "matrix.csv", "ocsf-lines": "ocsf.jsonl",
         "sarif": "report.sarif", "junit": "junit.xml", "prometheus": "metrics.prom"}
BAD_NIGHT = ("rds:DescribeDBClusterSnapshotAttributes=denied@15%,rds:DescribeDBClusterSnapshots=garbage@10%,"
             "rds:DescribeDBInstances=denied@20%,seed=2")
ACCEPTED = f"""[exception "quoted", with a comma]
control = neptune-multi-az
account = *
region = us-east-1
resource = graph-*
owner = graph-team@example.com
reason = one writer is enough
expires = {harness.LATER}

[gap garbage]
state = error
regions = us-east-2, eu-west-1
owner = platform@example.com
reason = known
expires = {harness.LATER}
"""
NOTE = "=1+1 & <b>what</b> \"limits\" | it's;\nnext line"
LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}

# The rule that asks the network for the address of the schema.
MULTITOOL_CONFIG = """<?xml version="1.0" encoding="utf-8"?>
<Properties>
  <Properties Key="SARIF2006.UrisShouldBeReachable.Options">
    <Property Key="RuleEnabled" Value="Disabled" Type="Driver.RuleEnabledState" />
  </Properties>
</Properties>
"""


class Night:
    """The reports of one run, and its figures from the JSON report's own totals, states and findings."""

    def __init__(self, name, folder):
        self.name, self.folder = name, pathlib.Path(folder) / name
        self.folder.mkdir()
        self.store = str(self.folder / "runs.db")

    def flags(self):
        wanted = [flag for form, name in FILES.items() for flag in ("--report", f"{form}={self.folder / name}")]
        return [*wanted, "--run-name", self.name, "--db", self.store]

    def read(self, report):
        self.totals, findings, cells = report["run"]["totals"], report["findings"], report["cells"]
        self.verdicts = collections.Counter("exempt" if f["exception"] else f["verdict"] for f in findings)
        self.failing = {a: sum(c["failing"] for c in cells if c["account"] == a) for a in {c["account"] for c in cells if c["failing"]}}
        self.unassessed = collections.Counter((c["unassessed"], c["state"]) for c in cells if c["unassessed"])
        self.accepted = sum(c["gap"] is not None for c in cells)
        self.rules = collections.Counter((LEVELS[f["severity"]], f["control"]) for f in findings
                                         if f["verdict"] == "fail" and not f["exception"])
        self.levels = collections.Counter(level for level, _ in self.rules.elements())

    def inconsistencies(self):
        """In which the figures differ from the totals."""
        totals, whole = self.totals, {state for state, at in self.unassessed if state == at}
        said = {"failing_resources": sum(self.failing.values()), "unknown_findings": self.verdicts["unknown"], "accepted": self.accepted,
                "partly_assessed": sum(count for (state, at), count in self.unassessed.items() if state != at),
                **{state: self.unassessed[state, state] for state in {*whole, *reports.BLIND_STATES}}}
        return {name: count for name, count in said.items() if count != totals[name]}

    def rows(self, name, encoding="utf-8"):
        with open(self.folder / name, encoding=encoding, newline="") as stream:
            return list(csv.DictReader(stream))

    def examples(self, language):
        """The blocks of docs/reports.md in this language."""
        section = (harness.SOURCE / "docs/reports.md").read_text(encoding="utf-8").split("\n## pandas and DuckDB\n")[1].split("\n## ")[0]
        return "".join(re.findall(rf"^```{language}\n(.*?)^```$", section, re.M | re.S))


def output_of(*arguments, folder=None):
    completed = subprocess.run([str(one) for one in arguments], cwd=folder, check=False, timeout=harness.TIMEOUT, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               env=harness.clean_environment(DOTNET_SYSTEM_GLOBALIZATION_INVARIANT="1"))
    text = completed.stdout.decode()
    assert completed.returncode == 0, text
    return text


def each_night(test):
    @functools.wraps(test)
    def run(self):
        for night in self.nights:
            with self.subTest(night.name):
                test(self, night)
    return run


class Consumers(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.nights = [cls.demo(Night("demo", folder.name)), cls.bad(Night("bad", folder.name))]
        for night in cls.nights:
            bom = [flag for name in ("csv", "csv-matrix") for flag in ("--report", f"{name}={night.folder / ('bom-' + FILES[name])}")]
            result = harness.run(["report", "--db", night.store, "--csv-bom", *bom], harness.clean_environment())
            assert result.code == 0, result
            night.read(reports.load(night.folder / FILES["json"]))

    @staticmethod
    def demo(night):
        """As `./dev demo`; reports written by the scan."""
        with harness.estate("--accounts", "40", "--regions", "17") as (environment, _):
            result = harness.run(["scan", "--regions", "enabled", *night.flags()], environment)
        assert result.code == 3, result
        return night

    @staticmethod
    def bad(night):
        """Denied, broken, unreached and partly assessed cells, exceptions, an accepted gap, notes, and names that are hard to read."""
        accepted = night.folder / "accepted.ini"
        accepted.write_text(ACCEPTED, encoding="utf-8")
        with harness.estate("--controls", "all", "--seed", "7", "--accounts", "30", "--regions", "8", "--odd-names",
                            "--faults", BAD_NIGHT) as (environment, _):
            result = harness.run(["scan", "--max-attempts", "1", "--controls", "encryption,neptune-snapshot-not-public,neptune-multi-az",
                                  "--exceptions", str(accepted), "--db", night.store], environment)
        assert result.code == 3, result
        harness.edit_store(night.store, "UPDATE runs SET note = ?", NOTE)
        harness.edit_store(night.store, "UPDATE accounts SET note = ? WHERE account % 2", NOTE)
        failing = "SELECT account FROM cells WHERE failing ORDER BY account LIMIT 1"
        assert harness.edit_store(night.store, f"UPDATE accounts SET name = 'NA' WHERE account = ({failing})")
        result = harness.run(["report", *night.flags()], harness.clean_environment())
        assert result.code == 0, result
        return night

    def need(self, program, name):
        if not os.access(program, os.X_OK):
            self.skipTest(f"{name} is not here; `./dev test` fetches it where it can be had")

    @each_night
    def test_figures(self, night):
        """The figures that the consumers are compared with are the totals', and there is something to compare."""
        self.assertEqual(night.inconsistencies(), {})
        self.assertGreater(len(night.failing), 3)
        self.assertTrue(any(account.startswith("0") for account in night.failing))

    def test_bad_night_is_bad(self):
        _, bad = self.nights
        self.assertTrue({("denied", "denied"), ("error", "error"), ("unreached", "unreached"), ("unknown", "unknown"), ("denied", "fail")}
                        <= set(bad.unassessed), bad.unassessed)
        self.assertEqual(set(bad.levels), {"error", "warning", "note"})
        self.assertTrue(bad.accepted and all(bad.verdicts[verdict] for verdict in ("pass", "fail", "unknown", "exempt")))

    # ---- pandas ----

    @each_night
    def test_pandas(self, night):
        """The lines of docs/reports.md."""
        names = {}
        with contextlib.chdir(night.folder):
            exec(night.examples("python"), names)  # pylint: disable=exec-used
        self.assertEqual(names["failing"].to_dict(), night.failing)
        self.assertEqual(names["not_assessed"].to_dict(), night.unassessed)
        for name, frame in (("report.csv", names["findings"]), ("matrix.csv", names["matrix"])):
            self.assertEqual(frame.to_dict("records"), night.rows(name))
            marked = pandas.read_csv(night.folder / f"bom-{name}", dtype=str, keep_default_na=False)
            self.assertTrue(marked.equals(frame), name)
        self.csv_figures(night, names["findings"], names["matrix"])
        self.json_figures(night, names["records"], names["report"])
        print(f"pandas: {len(names['findings'])} rows and {len(names['records'])} records of the {night.name} night")

    def csv_figures(self, night, rows, matrix):
        findings = rows[rows.control != ""]
        self.assertEqual(findings.verdict.where(findings.exception == "", "exempt").value_counts().to_dict(), night.verdicts)
        parts = rows[rows.verdict.isin(["not-assessed", "partly-assessed"])]
        self.assertEqual(parts.groupby(["unassessed", "verdict"]).size().to_dict(), self.labelled(night))
        states = matrix.filter(regex=r"-\d$").stack().value_counts().to_dict()
        self.assertEqual(states, {state: night.totals[state] for state in states})
        self.assertEqual(sum(states.values()), night.totals["cells"])
        guessed = pandas.read_csv(night.folder / "report.csv")
        self.assertTrue(pandas.api.types.is_numeric_dtype(guessed.account))  # so the types have to be named

    @staticmethod
    def labelled(night):
        labels = collections.Counter()
        for (state, at), count in night.unassessed.items():
            labels[state, "not-assessed" if state == at else "partly-assessed"] += count
        return labels

    def json_figures(self, night, records, report):
        written = [json.loads(line) for line in (night.folder / "report.jsonl").read_text(encoding="utf-8").splitlines()]
        for member in ("account", "id", "request_id", "region", "management_account", "at"):
            self.assertEqual([value if isinstance(value, str) else None for value in records[member]],
                             [one.get(member) for one in written], member)
        found = {"jsonl": records[records.kind == "finding"], "json": pandas.DataFrame(report["findings"])}
        cells = {"jsonl": records[records.kind == "cell"], "json": pandas.DataFrame(report["cells"])}
        for form, findings in found.items():
            counts = findings.verdict.where(findings.exception.isna(), "exempt").value_counts().to_dict()
            self.assertEqual(counts, night.verdicts, form)
            by_account = cells[form].groupby("account").failing.sum()
            self.assertEqual(by_account[by_account > 0].to_dict(), night.failing, form)
            blind = cells[form][cells[form].unassessed.notna()]
            self.assertEqual(blind.groupby(["unassessed", "state"]).size().to_dict(), night.unassessed, form)
            states = cells[form].state.value_counts().to_dict()
            self.assertEqual(states, {state: night.totals[state] for state in states}, form)

    # ---- DuckDB ----

    @each_night
    def test_duckdb(self, night):
        """The statements of docs/reports.md, and the verdicts of each file."""
        with contextlib.chdir(night.folder):
            failing, unassessed, events = (duckdb.sql(one).fetchall() for one in night.examples("sql").split(";") if one.strip())
            for name in ("report.csv", "matrix.csv", "bom-report.csv", "bom-matrix.csv"):
                table = duckdb.sql(f"FROM read_csv('{name}', all_varchar = true, delim = ',', quote = '\"')")
                read = [dict(zip(table.columns, (value or "" for value in row))) for row in table.fetchall()]
                self.assertEqual(read, night.rows(name, "utf-8-sig"))
            verdicts = [duckdb.sql(
                f"SELECT CASE WHEN exception IS NULL THEN verdict ELSE 'exempt' END, count(*) FROM {source} "
                "WHERE control IS NOT NULL AND verdict IS NOT NULL GROUP BY ALL").fetchall()
                        for source in ("read_csv('report.csv', all_varchar = true)", "read_json_auto('report.jsonl', sample_size = -1)")]
        self.assertEqual(dict(failing), night.failing)
        self.assertEqual({(state, at): count for state, at, count in unassessed}, night.unassessed)
        self.assertEqual([dict(one) for one in verdicts], [night.verdicts] * 2)
        self.assertEqual({(status, accepted): count for status, accepted, count in events if status != "Note"}, self.statuses(night))
        print(f"duckdb: {sum(count for *_, count in events)} events of the {night.name} night")

    @staticmethod
    def statuses(night):
        """Of OCSF events: findings and cells by status, and whether an exception or a gap accepts them."""
        return +collections.Counter({
            ("Pass", False): night.verdicts["pass"], ("Warning", False): night.verdicts["unknown"], ("Fail", False): night.verdicts["fail"],
            ("Fail", True): night.verdicts["exempt"], ("Unknown", True): night.accepted,
            ("Unknown", False): sum(night.unassessed.values()) - night.accepted})

    # ---- JUnit ----

    def cases(self, night):
        """Test cases of the JUnit report by result; those that pass are the others of the file."""
        every = len(xml.etree.ElementTree.parse(night.folder / "junit.xml").findall(".//testcase"))
        results = {"failed": night.verdicts["fail"], "skipped": night.verdicts["exempt"] + night.accepted,
                   "broken": night.verdicts["unknown"] + sum(night.unassessed.values()) - night.accepted}
        return {**results, "passed": every - sum(results.values())}

    @each_night
    def test_junit2html(self, night):
        """Its page counts errors as failures."""
        page = night.folder / "junit.html"
        output_of(TOOLS / "junit2html", night.folder / "junit.xml", page)
        counts = collections.Counter(re.findall(r"<th>Outcome:</th><td>(\w+)</td>", page.read_text(encoding="utf-8")))
        cases = self.cases(night)
        self.assertEqual(counts, +collections.Counter({"Failed": cases["failed"] + cases["broken"], "Skipped": cases["skipped"],
                                                       "Passed": cases["passed"]}))
        self.assertGreaterEqual(cases["passed"], night.verdicts["pass"])
        print(f"junit2html: {sum(counts.values())} cases of the {night.name} night")

    @each_night
    def test_allure(self, night):
        self.need(ALLURE, "Allure")
        results = night.folder / "results"
        results.mkdir()
        shutil.copy(night.folder / "junit.xml", results)
        output_of(ALLURE, "generate", results, "-o", night.folder / "allure", folder=night.folder)
        counts = reports.load(night.folder / "allure/widgets/statistic.json")
        cases = self.cases(night)
        self.assertEqual(counts, {**+collections.Counter(cases), "total": sum(cases.values())})
        print(f"allure: {counts}")

    # ---- SARIF ----

    @each_night
    def test_multitool_validates(self, night):
        """No error by SARIF 2.1.0 and by what GitHub requires; its one warning is that the tool has no address of its own."""
        self.need(MULTITOOL, "the SARIF Multitool")
        config = night.folder / "multitool.xml"
        config.write_text(MULTITOOL_CONFIG, encoding="utf-8")
        output_of(MULTITOOL, "validate", night.folder / "report.sarif", "--rule-kind", "Sarif;Ghas", "--config", config,
                  "--output", night.folder / "checked.sarif")
        run = reports.load(night.folder / "checked.sarif")["runs"][0]
        self.assertTrue(run["invocations"][0]["executionSuccessful"])
        told = {(result["ruleId"], result.get("level", "warning"), result["message"]["id"]) for result in run["results"]}
        self.assertEqual(told, {("SARIF2005", "warning", "Warning_ProvideToolnformationUri")})
        print(f"SARIF Multitool: {sum(night.levels.values())} results of the {night.name} night, no error")

    @each_night
    def test_multitool_counts(self, night):
        self.need(MULTITOOL, "the SARIF Multitool")
        for level in ("Error", "Warning", "Note"):
            told = output_of(MULTITOOL, "query", night.folder / "report.sarif", "--expression", f"Level == {level}")
            self.assertIn(f"Found {night.levels[level.lower()]} of {sum(night.levels.values())} results", told)

    def test_multitool_merges(self):
        self.need(MULTITOOL, "the SARIF Multitool")
        folder = self.nights[0].folder
        output_of(MULTITOOL, "merge", *(night.folder / "report.sarif" for night in self.nights), "--output-directory", folder,
                  "--output-file", "merged.sarif")
        results = [result for run in reports.load(folder / "merged.sarif")["runs"] for result in run["results"]]
        self.assertEqual(collections.Counter((result.get("level", "warning"), result["ruleId"]) for result in results),
                         sum((night.rules for night in self.nights), collections.Counter()))

    # ---- Prometheus ----

    def test_node_exporter(self):
        """Metrics of two scans in one folder: what is served is what the files say, and the totals."""
        self.need(EXPORTER, "the node exporter")
        with tempfile.TemporaryDirectory() as folder:
            for night in self.nights:
                shutil.copy(night.folder / "metrics.prom", os.path.join(folder, f"{night.name}.prom"))
            with harness.running([EXPORTER, "--collector.disable-defaults", "--collector.textfile",
                                  f"--collector.textfile.directory={folder}",
                                  "--web.listen-address=127.0.0.1:0", "--web.disable-exporter-metrics"], env=harness.clean_environment(),
                                 stderr=subprocess.PIPE) as exporter:
                address = next(re.search(rb"address=(127\S+)", line)[1].decode() for line in exporter.stderr if b"address=127" in line)
                with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://{address}/metrics", timeout=10) as answer:
                    served = self.samples(answer.read().decode())
                exporter.stderr.close()
        self.assertEqual(served.pop(("node_textfile_scrape_error", ())), 0)
        written = {}
        for night in self.nights:
            samples = self.samples((night.folder / "metrics.prom").read_text(encoding="utf-8"))
            self.assertFalse(set(samples) & set(written))
            self.assertTrue(all(("run_name", night.name) in labels for _, labels in samples))
            written.update(samples)
            self.assertEqual(self.summed(samples, "neptune_scan_findings", "verdict"), night.verdicts)
            self.assertEqual(self.summed(samples, "neptune_scan_partly_assessed_cells", "state"),
                             +collections.Counter({state: count for (state, at), count in night.unassessed.items() if state != at}))
            states = self.summed(samples, "neptune_scan_cells", "state")
            self.assertEqual(states, {state: night.totals[state] for state in states})
            self.assertEqual(sum(states.values()), night.totals["cells"])
        self.assertEqual({key: value for key, value in served.items() if key[0].startswith("neptune_scan_")}, written)
        print(f"node_exporter: {len(written)} series of {len(self.nights)} scans")

    @staticmethod
    def samples(text):
        """By name and labels; an empty label is no label, and the exporter adds it."""
        return {(sample.name, tuple(sorted((name, value) for name, value in sample.labels.items() if value))): sample.value
                for family in prometheus_client.parser.text_string_to_metric_families(text) for sample in family.samples}

    @staticmethod
    def summed(samples, name, label):
        sums = collections.Counter()
        for (metric, labels), value in samples.items():
            if metric == name:
                sums[dict(labels)[label]] += int(value)
        return +sums


if __name__ == "__main__":
    unittest.main()
