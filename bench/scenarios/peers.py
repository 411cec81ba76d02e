"""The same estate, the same queries, by what a user would take instead. Wrong answers are part of the comparison.

Over plain HTTP, so that the languages' TLS libraries are not what is compared. The slow ones get a small estate; the
scanner is measured on both. Whatever is measured takes turns with the scanner on the large one, and is compared with
what that took just before: what the slow ones take for a cell does not depend on how many there are.

Twice: with the clusters alone, and with what the scanner queries in every cell by default, clusters and snapshots. Then
the scanner runs without a flag, and its run is stored, as users have it.
"""
import dataclasses
import json

from harness import process, results, scanner, servers
from harness.peers import ALL, CONCURRENCY, Unavailable, differences

SUMMARY = "CPU of a cell by other tools, and what they get wrong"
LARGE, SMALL = (1000, 5), (5, 3)  # accounts, runs
REGIONS = 17


@dataclasses.dataclass
class Queries:
    name: str
    controls: tuple  # whose verdicts are compared
    by_default: bool  # how the scanner is run
    environment: dict  # of peers
    bounds: dict  # of peers: how many times our CPU at least


CLUSTERS = Queries("clusters", ("neptune-encryption-at-rest",), False, {},
                     {"boto3, shared clients": 25, "boto3, session per cell": 1000, "aws CLI, xargs": 1000,
                      "Go SDK v2, goroutines": 3, "Rust SDK, tokio": 1})
DEFAULT = Queries("clusters and snapshots", ("neptune-encryption-at-rest", "neptune-snapshot-encryption"), True,
                    {"PEER_SNAPSHOTS": "1"},
                    {"boto3, shared clients": 25, "boto3, session per cell": 1000, "aws CLI, xargs": 1000,
                     "Go SDK v2, goroutines": 4})


def scanner_output(report, controls):
    """What a report says of these controls, in the peers' form."""
    cells = {(cell["account"], cell["region"]): {"account": cell["account"], "region": cell["region"], "clusters": []}
             for cell in report["cells"] if cell["state"] in ("pass", "fail", "exempt", "unknown", "empty")}
    told = {"pass": True, "fail": False, "unknown": None}
    for finding in report["findings"]:
        if finding["control"] in controls:
            cells[finding["account"], finding["region"]]["clusters"].append(
                {"arn": finding["resource"]["arn"], "encrypted": told[finding["verdict"]]})
    lines = list(cells.values())
    lines += [{"account": cell["account"], "region": cell["region"], "error": cell["reason"]}
              for cell in report["cells"] if cell["state"] == "denied"]
    lines += [{"account": account["id"], "error": account["reason"]} for account in report["accounts"]
              if account["state"] == "unreached"]
    return "\n".join(json.dumps(line) for line in lines)


def run_scanner(queries):
    def once(variables):
        if queries.by_default:
            usage, report = scanner.scan_and_read_by_default(variables)
        else:
            usage, report = scanner.scan_and_read(variables, "--concurrency", CONCURRENCY, stored=False)
        return usage, scanner_output(report, queries.controls)
    return once


def run_peer(peer, command, queries):
    def once(variables):
        usage = process.run(command, {**variables, "PEER_CONCURRENCY": str(CONCURRENCY), **queries.environment,
                                      **peer.environment})
        return usage, usage.out
    return once


def turn(once, accounts, queries):
    """`once` runs it against an estate's environment: what it took, and what it got wrong."""
    with servers.estate("--accounts", accounts, "--regions", REGIONS, "--seed", 7, "--controls",
                        ",".join(queries.controls), manifest=True) as estate:
        variables = estate.environment(AWS_DEFAULT_REGION=estate.variables["AWS_REGION"])
        usage, output = once(variables)
        manifest = estate.manifest()
    cells = len([cell for cell in manifest["cells"] if cell["state"] not in ("skipped", "unreached", "disabled")])
    return {"cells": cells, "cpu_us": usage.cpu / cells * 1e6, "wall_s": usage.wall,
            "peak_mib": usage.peak_kib / 1024, "differences": differences(manifest, output)}


def row_of(name, queries, accounts, turns, times):
    wrong = turns[-1]["differences"]
    return {"name": name, "queries": queries.name, "accounts": accounts, "cells": turns[-1]["cells"],
            "differences": wrong, "times": results.spread(times),
            **{figure: results.spread([one[figure] for one in turns]) for figure in ("cpu_us", "wall_s", "peak_mib")},
            "wrong": ", ".join(f"{count} {kind}" for kind, count in wrong.items()) or "nothing"}


def in_turns(once, queries, accounts, runs):
    """Its turns, one of the scanner's on the large estate just before each, and how many times it takes."""
    turns, ours = [], []
    for _ in range(runs):
        ours.append(turn(run_scanner(queries), LARGE[0], queries))
        turns.append(turn(once, accounts, queries))
    return turns, ours, [theirs["cpu_us"] / mine["cpu_us"] for theirs, mine in zip(turns, ours)]


def commands():
    """(peer, command) of those that can be had here, and why the others cannot."""
    installed, missing = [], []
    for peer in ALL:
        try:
            installed.append((peer, peer.install()))
        except Unavailable as why:
            missing.append({"name": peer.name, "why": str(why)})
            print(f"not measured: {peer.name}: {why}", flush=True)
    return installed, missing


def rows_of(queries, installed):
    small, ours, times = in_turns(run_scanner(queries), queries, *SMALL)
    rows = [row_of("neptune-scan, small estate", queries, SMALL[0], small, times)]
    for peer, command in installed:
        accounts, runs = LARGE if peer.large else SMALL
        turns, beside, times = in_turns(run_peer(peer, command, queries), queries, accounts, runs)
        ours += beside
        rows.append(row_of(peer.name, queries, accounts, turns, times))
        print(f"measured: {peer.name}, {queries.name}", flush=True)
    return [row_of("neptune-scan", queries, LARGE[0], ours, [1.0]), *rows]


def targets_of(queries, rows):
    median = {row["name"]: row["times"]["median"] for row in rows}
    return [results.at_least(f"CPU of a cell by {name}, {queries.name}, times ours", median[name], bound)
            for name, bound in queries.bounds.items() if name in median]


def run():
    installed, missing = commands()
    rows, targets = [], []
    for queries in (CLUSTERS, DEFAULT):
        found = rows_of(queries, installed)
        rows += found
        targets += targets_of(queries, found)
    return {"columns": [("name", "", "s"), ("queries", "queries", "s"), ("cells", "cells", ",d"),
                        ("cpu_us", "CPU of a cell, us", ",.0f"), ("times", "times ours, in turns", ",.1f"),
                        ("wall_s", "wall, s", ",.2f"), ("peak_mib", "peak, MiB", ",.0f"), ("wrong", "wrong", "s")],
            "rows": rows, "missing": missing, "targets": targets}
