"""The same estate, the same question, by what a user would take instead. Wrong answers are part of the comparison.

Over plain HTTP, so that the languages' TLS libraries are not what is compared. The slow ones get a small estate; the
scanner is measured on both, and all are compared with what it takes on the large one: what the slow ones take for a
cell does not depend on how many there are.
"""
import json

from harness import process, results, scanner, servers
from harness.peers import ALL, CONCURRENCY, Unavailable, differences

SUMMARY = "CPU of a cell by other tools, and what they get wrong"
LARGE, SMALL = (1000, 5), (5, 3)  # accounts, runs
REGIONS = 17


def scanner_output(report):
    """A report in the peers' form."""
    cells = {(cell["account"], cell["region"]): {"account": cell["account"], "region": cell["region"], "clusters": []}
             for cell in report["cells"] if cell["state"] in ("pass", "fail", "unknown", "empty")}
    told = {"pass": True, "fail": False, "unknown": None}
    for finding in report["findings"]:
        cells[finding["account"], finding["region"]]["clusters"].append(
            {"arn": finding["resource"]["arn"], "encrypted": told[finding["verdict"]]})
    lines = list(cells.values())
    lines += [{"account": cell["account"], "region": cell["region"], "error": cell["reason"]}
              for cell in report["cells"] if cell["state"] == "denied"]
    lines += [{"account": account["id"], "error": account["reason"]} for account in report["accounts"]
              if account["state"] == "unreached"]
    return "\n".join(json.dumps(line) for line in lines)


def run_scanner(variables):
    usage, report = scanner.scan_and_read(variables, "--concurrency", CONCURRENCY, stored=False)
    return usage, scanner_output(report)


def run_peer(peer, command, variables):
    usage = process.run(command, {**variables, "PEER_CONCURRENCY": str(CONCURRENCY), **peer.environment})
    return usage, usage.out


def measure(name, once, accounts, runs):
    """`once` runs it against an estate's environment: usage, output."""
    cpus, walls, peaks, wrong, cells = [], [], [], {}, 0
    for _ in range(runs):
        with servers.estate("--accounts", accounts, "--regions", REGIONS, "--seed", 7, manifest=True) as estate:
            variables = estate.environment(AWS_DEFAULT_REGION=estate.variables["AWS_REGION"])
            usage, output = once(variables)
            manifest = estate.manifest()
        cells = len([cell for cell in manifest["cells"] if cell["state"] not in ("skipped", "unreached", "disabled")])
        cpus.append(usage.cpu / cells * 1e6)
        walls.append(usage.wall)
        peaks.append(usage.peak_kib / 1024)
        wrong = differences(manifest, output)
    return {"name": name, "accounts": accounts, "cells": cells, "cpu_us": results.spread(cpus),
            "wall_s": results.spread(walls), "peak_mib": results.spread(peaks), "differences": wrong,
            "wrong": ", ".join(f"{count} {kind}" for kind, count in wrong.items()) or "nothing"}


def run():
    rows = [measure("neptune-scan", run_scanner, *LARGE), measure("neptune-scan, small estate", run_scanner, *SMALL)]
    missing = []
    for peer in ALL:
        try:
            command = peer.install()
        except Unavailable as why:
            missing.append({"name": peer.name, "why": str(why)})
            print(f"not measured: {peer.name}: {why}", flush=True)
            continue
        rows.append(measure(peer.name, lambda variables, peer=peer, command=command: run_peer(peer, command, variables),
                            *(LARGE if peer.large else SMALL)))
        print(f"measured: {peer.name}", flush=True)
    for row in rows:
        row["times"] = row["cpu_us"]["median"] / rows[0]["cpu_us"]["median"]
    times = {row["name"]: row["times"] for row in rows}
    targets = [results.at_least(f"CPU of a cell by {name}, times ours", times[name], bound)
               for name, bound in (("boto3, shared clients", 25), ("boto3, session per cell", 1000),
                                   ("aws CLI, xargs", 1000), ("Go SDK v2, goroutines", 3), ("Rust SDK, tokio", 1))
               if name in times]
    return {"columns": [("name", "", "s"), ("cells", "cells", ",d"), ("cpu_us", "CPU of a cell, us", ",.0f"),
                        ("times", "times ours", ",.1f"), ("wall_s", "wall, s", ",.2f"),
                        ("peak_mib", "peak, MiB", ",.0f"), ("wrong", "wrong", "s")],
            "rows": rows, "missing": missing, "targets": targets}
