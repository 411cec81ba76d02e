"""What a bad night costs on the clock: one answer in ten goes wrong, behind AWS's distances and rates.

The matrix must be that of the perfect night, to the last finding. Every setting has its default.
"""
from harness import results, scanner, servers

SUMMARY = "a scan in which one answer in ten goes wrong, against a perfect one"
RUNS = 5
KINDS = ("throttle", "internal", "unavailable", "html", "garbage", "no-result", "cut", "length", "reset", "expired")
# The first rule that strikes counts: together 10 %.
FAULTS = ",".join(f"*={kind}@1%" for kind in KINDS) + ",*=clock@10%"


def measure(faults):
    flags = ["--accounts", 1000, "--regions", 17, "--latency", "aws"] + (["--faults", faults] if faults else [])
    with servers.estate(*flags, *scanner.DEFAULT_CONTROLS, manifest=True) as estate:
        usage, report = scanner.scan_and_read_by_default(estate.environment())
        return usage, report["run"]["requests"], len(scanner.differences(estate.manifest(), report))


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
                        ("cpu_s", "CPU, s", ".2f"), ("sent", "requests", ",d"), ("retried", "repeated", ",d"),
                        ("wrong", "differences", "d")],
            "rows": rows,
            "targets": [results.at_most("differences from the manifest", sum(row["wrong"] for row in rows), 0)]}
