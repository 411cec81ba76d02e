"""The fault matrix: every kind of fault at every operation that a scan needs.

Recoverable faults must leave the matrix as it is on a perfect night; the others end in the state that is named for them.
Never may a cell be looked at that could not be, or pass that does not. Drawn from a seed, so a failure can be repeated.

In short, 10 % of the answers at the operations that matter most. `./dev test --long faults` does all of them, also at
100 %, and writes the table of docs/reliability.md.
"""
import concurrent.futures
import os
import sys
import time
import unittest

import harness
import reports

LONG = os.environ.get("NEPTUNE_SCAN_LONG") == "1"
ESTATE = ("--accounts", "14", "--regions", "5", "--seed", "5")
SCAN = ("--timeout", "1500ms", "--connect-timeout", "1s", "--workers", "2")
LOOKED_AT = {"pass", "fail", "empty", "disabled", "skipped", "unsupported"}

OPERATIONS = ["sts:GetCallerIdentity", "sts:AssumeRole", "organizations:DescribeOrganization",
              "organizations:ListAccounts", "organizations:ListRoots", "organizations:ListOrganizationalUnitsForParent",
              "ec2:DescribeRegions", "rds:DescribeDBClusters"]
# What is asked only for the whole control: lists, and then questions about single resources.
LISTS = ["rds:DescribeDBClusterSnapshots", "rds:DescribeDBClusterAutomatedBackups", "rds:DescribeDBInstances",
         "rds:DescribeGlobalClusters", "neptune-graph:ListGraphs", "neptune-graph:ListGraphSnapshots"]
DETAILS = ["rds:DescribeDBClusterSnapshotAttributes", "rds:DescribeDBClusterParameters", "kms:DescribeKey",
           "kms:GetKeyRotationStatus", "kms:ListKeyRotations"]
OPERATIONS += LISTS + DETAILS
SHORT = {"sts:AssumeRole", "organizations:ListAccounts", "ec2:DescribeRegions", "rds:DescribeDBClusters",
         "rds:DescribeDBClusterSnapshots", "kms:DescribeKey"}
PAGED = {"organizations:ListAccounts", "organizations:ListOrganizationalUnitsForParent", "organizations:ListRoots",
         "rds:DescribeDBClusters", "rds:DescribeDBClusterParameters", "kms:ListKeyRotations", *LISTS}

# Those after which a request may be asked again.
RECOVERABLE = ["throttle", "internal", "unavailable", "html", "garbage", "no-result", "cut", "length", "drip", "hang",
               "reset", "alert", "expired", "clock"]


def outcome(kind, operation, share):
    """What must come of it: "same", "fails" (exit 4), or the state that cells may have instead of their own."""
    whole = share == "100%"
    if kind in ("empty-page", "repeated-token", "shifted-page") and operation not in PAGED:
        return None  # there are no pages
    if kind == "shifted-page" or (kind == "empty-page" and not whole):
        return "same"
    if kind == "clock" or (kind in RECOVERABLE and not whole):
        return "same"
    if operation in ("sts:GetCallerIdentity", "organizations:DescribeOrganization"):
        return "fails" if whole else "either"
    if operation in ("organizations:ListRoots", "organizations:ListOrganizationalUnitsForParent"):
        return "same"  # places are not known, nothing else
    if operation == "organizations:ListAccounts":
        return "fails" if whole and kind != "repeated-token" else "either"
    if operation == "sts:AssumeRole":
        return {"unreached"}
    if operation == "ec2:DescribeRegions":
        return "every region"  # it is not known which are enabled: each is asked
    if kind == "denied":
        return {"denied", "unknown"} if operation in DETAILS else {"denied"}
    return {"error", "unknown"} if operation in DETAILS else {"error"}


def controls_for(operation):
    return "all" if operation in LISTS + DETAILS else "neptune-encryption-at-rest"


def spec(kind, operation, share):
    """A clock belongs to an endpoint: all that is asked there goes by it."""
    service = operation.split(":")[0]
    return f"{service}:*=clock@{share}" if kind == "clock" and operation in LISTS + DETAILS else f"{operation}={kind}@{share}"


def cells_and_findings(report):
    return reports.cells_of(report), reports.findings_of(report)


def check(expected, result, truth):
    """What is wrong, in words; empty: nothing."""
    if expected == "fails" or (expected == "either" and result.code == 4):
        return "" if result.code == 4 else f"exit {result.code}, expected 4"
    if expected == "either" and result.report["run"].get("interrupted"):
        return "" if result.code == 3 and not result.report["run"]["complete"] else f"exit {result.code}, expected 3"
    if result.report is None:
        return f"no report, exit {result.code}: {result.err[-300:]}"
    wrong = reports.inconsistencies(result.report)
    if wrong:
        return wrong[0]
    cells, findings = cells_and_findings(result.report)
    true_cells, true_findings = cells_and_findings(truth)
    allowed = expected if isinstance(expected, set) else set()
    for key, cell in true_cells.items():
        if key not in cells:
            return f"{key} is missing"
        state = cells[key]["state"]
        if state != cell["state"] and state not in allowed:
            return f"{key} is {state} ({cells[key]['reason']}), the truth is {cell['state']}"
        if state in ("pass", "empty") and state != cell["state"]:
            return f"{key}: a false {state}"
    for key in set(cells) - set(true_cells):
        if expected != "every region" or cells[key]["state"] not in ("disabled", "unreached", "skipped", "pending",
                                                                       "denied", "error"):
            return f"{key} should not be there: {cells[key]}"
    for key, finding in findings.items():
        told = true_findings[key]["verdict"] if key in true_findings else "not applicable"
        if finding["verdict"] != told and not (finding["verdict"] == "unknown" and allowed):
            return f"finding {key} is {finding['verdict']}"
    if expected == "same" and set(findings) != set(true_findings):
        return f"{len(set(true_findings) - set(findings))} findings are missing"
    return ""


def strike(kind, operation, share, truths):
    """One scan under one fault: what is wrong, and the row of the table."""
    expected, controls = outcome(kind, operation, share), controls_for(operation)
    truth = truths[controls]
    flags = ("--tls",) if kind == "alert" else ()
    scan = SCAN if share != "100%" else (*SCAN, "--max-attempts", "2")
    with harness.estate(*ESTATE, *flags, "--faults", f"{spec(kind, operation, share)},seed=11") as (environment, _):
        started = time.monotonic()
        result = harness.scan(environment, *scan, "--controls", controls)
        seconds = time.monotonic() - started
    told = expected if isinstance(expected, str) else "/".join(sorted(expected))
    retried = result.report["run"]["requests"]["retried"] if result.report else "-"
    return (f"{kind} {operation} {share}", check(expected, result, truth), result.err[-1500:],
            (kind, operation, share, told, result.code, retried, f"{seconds:.1f}"))


class Faults(unittest.TestCase):
    def truths(self):
        """By controls; each is what a scan of a perfect night says."""
        truths = {}
        for controls in ("all", "neptune-encryption-at-rest"):
            with harness.estate(*ESTATE, "--controls", controls) as (environment, truths[controls]):
                perfect = harness.scan(environment, *SCAN, "--controls", controls)
            self.assertEqual(reports.differences(truths[controls], perfect.report), [])
        return truths

    def strike_all(self, cases, truths):
        """Several at a time: they mostly wait."""
        cases = [case for case in cases if outcome(*case) is not None]
        rows = []
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            for label, wrong, errors, row in pool.map(lambda case: strike(*case, truths), cases):
                with self.subTest(label):
                    self.assertEqual(wrong, "", f"{label}: {wrong}\n{errors}")
                rows.append(row)
        return rows

    def test_matrix(self):
        operations = OPERATIONS if LONG else [name for name in OPERATIONS if name in SHORT]
        kinds = [*RECOVERABLE, "denied", "empty-page", "repeated-token", "shifted-page"]
        cases = [(kind, operation, "10%") for kind in kinds for operation in operations]
        if LONG:  # a list of nothing but empty pages never ends; the cap is tested by itself
            cases += [(kind, operation, "100%") for kind in kinds if kind != "empty-page" for operation in operations]
        write_table(self.strike_all(cases, self.truths()))

    def test_named_states(self):
        """At 100 %, in short: what cannot be recovered is named."""
        self.strike_all([(kind, operation, "100%") for kind, operation in (
            ("throttle", "rds:DescribeDBClusters"), ("garbage", "rds:DescribeDBClusters"),
            ("expired", "rds:DescribeDBClusters"), ("denied", "rds:DescribeDBClusters"), ("reset", "sts:AssumeRole"),
            ("expired", "ec2:DescribeRegions"), ("clock", "rds:DescribeDBClusters"), ("clock", "sts:AssumeRole"),
            ("repeated-token", "rds:DescribeDBClusters"), ("internal", "organizations:ListAccounts"),
            ("denied", "rds:DescribeDBClusterSnapshots"), ("denied", "rds:DescribeDBClusterAutomatedBackups"),
            ("denied", "rds:DescribeDBInstances"), ("denied", "rds:DescribeDBClusterSnapshotAttributes"),
            ("denied", "rds:DescribeDBClusterParameters"), ("denied", "kms:DescribeKey"),
            ("denied", "kms:GetKeyRotationStatus"), ("denied", "kms:ListKeyRotations"),
            ("repeated-token", "kms:ListKeyRotations"), ("repeated-token", "rds:DescribeDBClusterParameters"), ("html", "rds:DescribeGlobalClusters"),
            ("clock", "kms:DescribeKey"), ("reset", "kms:DescribeKey"))], self.truths())

    def test_lists_that_change_while_they_are_read(self):
        """Each later page begins with what the one before ended with: nothing is counted twice."""
        shifted = ("--faults", "rds:*=shifted-page@100%,neptune-graph:*=shifted-page@100%,organizations:*=shifted-page@100%")
        with harness.estate("--accounts", "60", "--regions", "5", "--controls", "all", *shifted) as (environment, manifest):
            result = harness.scan(environment, "--controls", "all")
            struck = harness.statistics(environment)["faults"]
        self.assertEqual(reports.differences(manifest, result.report), [])
        self.assertGreater(max(cell["resources"] for cell in result.report["cells"]), 100)  # more than a page
        self.assertGreater(struck["shifted-page"], 10)

    def test_all_at_once(self):
        """A bad night: 10 % of everything, mixed."""
        mixed = ",".join(f"*={kind}@1%" for kind in RECOVERABLE if kind not in ("drip", "hang", "clock")) + \
            ",*=clock@10%,seed=3"
        with harness.estate("--accounts", "40", "--regions", "9", "--faults", mixed) as (environment, manifest):
            result = harness.scan(environment, *SCAN)
        self.assertEqual(reports.differences(manifest, result.report), [])
        self.assertGreater(result.report["run"]["requests"]["retried"], 10)

    def test_names_that_do_not_resolve(self):
        """Half of the lookups fail; then all of them."""
        resolver = os.environ.get("FAILING_RESOLVER")
        if not resolver or "asan" in harness.SCANNER or "tsan" in harness.SCANNER:
            self.skipTest("sanitizers do not like to be preloaded")
        with harness.estate(*ESTATE, "--host", "estate.test") as (environment, manifest):
            half = harness.scan({**environment, "LD_PRELOAD": resolver, "NAME_FAULTS": "50"}, *SCAN)
            self.assertEqual(reports.differences(manifest, half.report), [])
            self.assertGreater(half.report["run"]["requests"]["retried"], 0)
            none = harness.scan({**environment, "LD_PRELOAD": resolver, "NAME_FAULTS": "100"}, *SCAN,
                                "--max-attempts", "2")
        self.assertEqual(none.code, 4, none)
        self.assertIn("resolve", none.err)

    def test_refused_though_listed(self):
        """A region that the account's list calls enabled is an error when it refuses the session, never disabled."""
        with harness.estate(*ESTATE, "--controls", "all", "--faults", "rds:*=disabled@20%") as (environment, manifest):
            result = harness.scan(environment, *SCAN, "--controls", "all")
            refused = [cell for cell in manifest["cells"] if cell["state"] == "error"]
            named = harness.scan(environment, *SCAN, "--accounts", refused[0]["account"], "--regions", refused[0]["region"])
        self.assertEqual(reports.differences(manifest, result.report), [])
        self.assertEqual(result.code, 3)
        self.assertGreater(len(refused), 3)
        cells = reports.cells_of(result.report)
        for cell in (*(cells[one["account"], one["region"]] for one in refused), *named.report["cells"]):
            self.assertEqual(cell["state"], "error", cell)
            for part in ("InvalidClientTokenId", "list has the region as enabled", "Scan again later",
                         "regional STS endpoint", "SetSecurityTokenServicePreferences"):
                self.assertIn(part, cell["reason"])

    def test_sessions_end_while_cells_wait(self):
        """Sessions of two seconds and a region that throttles: renewed as often as needed, once for all who wait."""
        with harness.estate("--accounts", "8", "--regions", "17", "--session-seconds", "3", "--faults",
                            "rds:*=throttle@40%") as (environment, manifest):
            result = harness.scan(environment, "--max-attempts", "20")
        self.assertEqual(reports.differences(manifest, result.report), [])

    def test_keys_that_are_no_good(self):
        """An account whose keys every region refuses is given up after a few, and never taken for empty."""
        with harness.estate("--accounts", "6", "--regions", "17", "--faults", "rds:*=expired@100%") as (environment, _):
            result = harness.scan(environment)
        states = {cell["state"] for cell in result.report["cells"]}
        self.assertLessEqual(states, {"error", "denied", "unreached", "skipped", "disabled"})
        self.assertEqual(reports.inconsistencies(result.report), [])



def write_table(rows):
    path = os.environ.get("RELIABILITY_TABLE")
    lines = ["| fault | operation | share | outcome | exit | retries | seconds |", "|---|---|---|---|---|---:|---:|"]
    lines += ["| " + " | ".join(str(value) for value in row) + " |" for row in rows]
    if path:
        with open(path, "w", encoding="utf-8") as stream:
            stream.write("\n".join(lines) + "\n")
    print(f"{len(rows)} faults struck")


if __name__ == "__main__":
    unittest.main(verbosity=1 if "-v" not in sys.argv else 2)
