"""What the user sees before the end: how good the estimate of the time left is, and when the first failure is printed.

Both with every setting at its default, behind AWS's distances and rates.
"""
import json
import subprocess
import tempfile
import time

from harness import paths, results, scanner, servers

SUMMARY = "the estimate of the time left, and the time to the first failing finding, behind AWS's distances"
RUNS = 5
SIZES = (1000, 5000)  # accounts
REGIONS = 17
TARGET, THEN = 0.25, 0.1
FIRST_FAILING_S = 1.0


def estimates(errors):
    """(elapsed, left) in seconds, of each event that has an estimate."""
    for line in errors.splitlines():
        event = json.loads(line) if line.startswith("{") else {}
        if event.get("event") == "scan.progress" and event["left_ms"] >= 0:
            yield event["elapsed_ms"] / 1000, event["left_ms"] / 1000


def errors_of(found, wall):
    """Of the time left, after a third, as a share of what it was; and the worst from then on, as a share of the scan."""
    later = [(elapsed, left) for elapsed, left in found if wall / 3 <= elapsed < wall]
    if not later:
        raise RuntimeError("the scan wrote no estimate after a third of its time")
    elapsed, left = later[0]
    return (abs(left - (wall - elapsed)) / (wall - elapsed),
            max(abs(elapsed + left - wall) / wall for elapsed, left in later))


def measure_estimate(variables):
    usage = scanner.scan_by_default(variables, "--progress", "always", "--log-format", "json")
    return usage.wall, *errors_of(list(estimates(usage.errors)), usage.wall)


def is_failing(line):
    found = json.loads(line)
    return found.get("kind") == "finding" and found["verdict"] == "fail"


def first_failing(variables):
    """Seconds from the start of the program to the first failing finding in JSONL on its standard output."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        with subprocess.Popen([paths.SCANNER, "scan", "--report", "jsonl=-"], env=variables, cwd=folder,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as scan:
            first = next((time.monotonic() - started for line in scan.stdout if is_failing(line)), None)
            scan.stdout.read()
    if first is None:
        raise RuntimeError("the scan printed no failing finding")
    return first


def measure(accounts):
    with servers.estate("--accounts", accounts, "--regions", REGIONS, "--latency", "aws") as estate:
        wall, error, worst = measure_estimate(estate.environment())
    with servers.estate("--accounts", accounts, "--regions", REGIONS, "--latency", "aws") as estate:
        return {"wall_s": wall, "error": error, "worst": worst, "first_s": first_failing(estate.environment())}


def run():
    rows = []
    for accounts in SIZES:
        runs = [measure(accounts) for _ in range(RUNS)]
        rows.append({"estate": f"{accounts:,} accounts x {REGIONS} regions",
                     **{name: results.spread([one[name] for one in runs]) for name in runs[0]}})
    return {"columns": [("estate", "estate", "s"), ("wall_s", "wall, s", ".2f"),
                        ("error", "error of the time left, after a third", ".0%"),
                        ("worst", "worst error from then on, of the whole", ".0%"),
                        ("first_s", "first failing finding, s", ".2f")],
            "rows": rows,
            "targets": [results.at_most("error of the estimate after a third of a scan",
                                        max(row["error"]["median"] for row in rows), TARGET, THEN),
                        results.at_most("seconds to the first failing finding, 1,000 accounts", rows[0]["first_s"]["median"],
                                        FIRST_FAILING_S)]}
