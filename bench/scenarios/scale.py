"""Whether a cell costs the same in a small organization and in a large one, and whether the answer stays right.

First the clusters alone without latencies, where STS's limit decides; then every setting at its default, behind AWS's
distances and rates, as users run it.
"""
from harness import machine, results, scanner, servers

SUMMARY = "CPU of a cell, peak memory and time, 100 to 100,000 accounts x 33 regions"
REGIONS = 33
CLUSTERS, DEFAULT = "clusters alone", "no flag, AWS's latencies"
SIZES = ((CLUSTERS, 100, 5), (CLUSTERS, 1000, 5), (CLUSTERS, 10000, 5), (CLUSTERS, 100000, 1),  # the last takes minutes
         (DEFAULT, 1000, 3), (DEFAULT, 10000, 3))
MEMORY_MIB = {(CLUSTERS, 10000): (64, None), (CLUSTERS, 100000): (256, None), (DEFAULT, 10000): (128, 96)}
STS_A_SECOND = 600  # AssumeRole, for the calling account and region


def measure(settings, accounts):
    flags = ["--accounts", accounts, "--regions", REGIONS]
    if settings == DEFAULT:
        flags += ["--latency", "aws", *scanner.DEFAULT_CONTROLS]
    with servers.estate(*flags, manifest=True) as estate:
        before = estate.cpu()
        if settings == DEFAULT:
            usage, differences = scanner.scan_and_compare_by_default(estate)
        else:
            usage, differences = scanner.scan_and_compare(estate, stored=True)
        server, figures = estate.cpu() - before, estate.statistics()
        estate_mib = estate.peak_kib() / 1024
    bound = results.lower_bound(figures["critical_path_seconds"], (usage.cpu, server), machine.cores())
    return {"cpu_us": usage.cpu / (accounts * REGIONS) * 1e6, "wall_s": usage.wall, "peak_mib": usage.peak_kib / 1024,
            "differences": len(differences), "connections": figures["connections"], "requests": figures["requests"],
            "of_account": figures["requests"] / accounts, "estate_mib": estate_mib,
            "sts_s": figures["operations"]["sts:AssumeRole"] / STS_A_SECOND,
            "critical_s": figures["critical_path_seconds"], "bound_s": bound, "bound": usage.wall / bound}


def row_of(settings, accounts, runs):
    row = {name: results.spread([run[name] for run in runs]) for name in ("cpu_us", "wall_s", "peak_mib", "bound_s", "bound")}
    last = {name: runs[-1][name] for name in ("connections", "requests", "of_account", "sts_s", "critical_s", "estate_mib")}
    return {"settings": settings, "accounts": accounts, "cells": accounts * REGIONS, **row, **last,
            "differences": sum(run["differences"] for run in runs)}


def targets_of(rows):
    of = {(row["settings"], row["accounts"]): row for row in rows}
    large, default = of[CLUSTERS, 10000], of[DEFAULT, 10000]
    return [results.at_most("CPU of a cell at 10,000 accounts, times that at 1,000",
                            large["cpu_us"]["median"] / of[CLUSTERS, 1000]["cpu_us"]["median"], 1.1),
            results.at_most("wall clock at 10,000 accounts, clusters alone, times the limit of one STS endpoint",
                            large["wall_s"]["median"] / large["sts_s"], 0.6, 0.45),
            results.at_most("wall clock at 10,000 accounts, no flag, AWS's latencies, times the lower bound",
                            default["bound"]["median"], 1.5, 1.2),
            *(results.at_most(f"peak memory at {of[key]['cells']:,} cells, {key[0]}, MiB", of[key]["peak_mib"]["median"], *bounds)
              for key, bounds in MEMORY_MIB.items()),
            results.at_most("differences from the manifest", sum(row["differences"] for row in rows), 0)]


def run():
    rows = [row_of(settings, accounts, [measure(settings, accounts) for _ in range(runs)])
            for settings, accounts, runs in SIZES]
    return {"columns": [("settings", "settings", "s"), ("accounts", "accounts", ",d"), ("cells", "cells", ",d"),
                        ("cpu_us", "CPU of a cell, us", ".1f"), ("wall_s", "wall, s", ".2f"),
                        ("critical_s", "critical path, s", ".2f"), ("bound_s", "lower bound, s", ".2f"),
                        ("bound", "ratio", ".2f"), ("peak_mib", "peak, MiB", ".1f"), ("differences", "wrong", "d"),
                        ("connections", "connections", "d"), ("of_account", "requests of an account", ".1f"),
                        ("estate_mib", "estate, MiB", ".1f")],
            "rows": rows, "targets": targets_of(rows)}
