"""What a bad night costs on the clock: one answer in ten goes wrong, behind AWS's distances and rates.

The matrix must be that of the perfect night, to the last finding.
"""
import json
import os
import sys
import tempfile

from harness import paths, process, results, servers

sys.path.insert(0, str(paths.SOURCE / "tests/system"))
import reports  # noqa: E402  (the comparison that the tests use)

SUMMARY = "a scan in which one answer in ten goes wrong, against a perfect one"
RUNS = 5
CONCURRENCY = 1200
KINDS = ("throttle", "internal", "unavailable", "html", "garbage", "no-result", "cut", "length", "reset", "expired")
# The first rule that strikes counts: together 10 %.
FAULTS = ",".join(f"*={kind}@1%" for kind in KINDS) + ",*=clock@10%"


def measure(faults):
    flags = ["--accounts", 1000, "--regions", 17, "--latency", "aws"] + (["--faults", faults] if faults else [])
    with servers.estate(*flags, manifest=True) as estate, tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "report.json")
        usage = process.run([paths.SCANNER, "scan", "--quiet", "--concurrency", CONCURRENCY, "--db",
                             os.path.join(folder, "runs.db"), "--report", f"json={report}"], estate.environment(),
                            (0, 1, 3), folder)
        with open(report, encoding="utf-8") as stream:
            found = json.load(stream)
        return usage, found["run"]["requests"], len(reports.differences(estate.manifest(), found))


def run():
    nights = {"perfect": "", "one answer in ten goes wrong": FAULTS}
    figures = {name: [] for name in nights}
    for _ in range(RUNS):
        for name, faults in nights.items():
            figures[name].append(measure(faults))
    rows = [{"name": name, "wall_s": results.spread([usage.wall for usage, _, _ in runs]),
             "cpu_s": results.spread([usage.cpu for usage, _, _ in runs]), "sent": runs[-1][1]["sent"],
             "retried": runs[-1][1]["retried"], "wrong": sum(wrong for _, _, wrong in runs)}
            for name, runs in figures.items()]
    rows[1]["ratio"] = results.spread([bad[0].wall / good[0].wall for good, bad in zip(*figures.values())])
    return {"columns": [("name", "1,000 accounts x 17 regions", "s"), ("wall_s", "wall, s", ".2f"), ("ratio", "ratio", ".2f"),
                        ("cpu_s", "CPU, s", ".2f"), ("sent", "requests", ",d"), ("retried", "asked again", ",d"),
                        ("wrong", "differences", "d")],
            "rows": rows,
            "targets": [results.at_most("differences from the manifest", sum(row["wrong"] for row in rows), 0)]}
