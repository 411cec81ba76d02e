"""Whether a cell costs the same in a small organization and in a large one, and whether the answer stays right."""
from harness import results, scanner, servers

SUMMARY = "CPU of a cell and peak memory at 100, 1,000, 10,000 and 100,000 accounts x 33 regions"
REGIONS = 33
SIZES = ((100, 5), (1000, 5), (10000, 5), (100000, 1))  # accounts, runs; the last takes minutes
MEMORY_MIB = {10000: 64, 100000: 256}


def measure(accounts):
    with servers.estate("--accounts", accounts, "--regions", REGIONS, manifest=True) as estate:
        usage, differences = scanner.scan_and_compare(estate, stored=True)
        return usage, len(differences), estate.statistics(), estate.peak_kib()


def run():
    rows = []
    for accounts, runs in SIZES:
        cpus, walls, peaks, wrong, figures, estate_kib = [], [], [], 0, {}, 0
        for _ in range(runs):
            usage, differences, figures, estate_kib = measure(accounts)
            cpus.append(usage.cpu / (accounts * REGIONS) * 1e6)
            walls.append(usage.wall)
            peaks.append(usage.peak_kib / 1024)
            wrong += differences
        rows.append({"accounts": accounts, "cells": accounts * REGIONS, "cpu_us": results.spread(cpus),
                     "wall_s": results.spread(walls), "peak_mib": results.spread(peaks), "differences": wrong,
                     "connections": figures["connections"], "requests": figures["requests"],
                     "estate_mib": estate_kib / 1024})
    of = {row["accounts"]: row for row in rows}
    cpu = {accounts: row["cpu_us"]["median"] for accounts, row in of.items()}
    return {"columns": [("accounts", "accounts", ",d"), ("cells", "cells", ",d"), ("cpu_us", "CPU of a cell, us", ".1f"),
                        ("wall_s", "wall, s", ".2f"), ("peak_mib", "peak, MiB", ".1f"),
                        ("differences", "wrong", "d"), ("connections", "connections", "d"),
                        ("estate_mib", "estate, MiB", ".1f")],
            "rows": rows,
            "targets": [results.at_most("CPU of a cell at 10,000 accounts, times that at 1,000", cpu[10000] / cpu[1000],
                                        1.1),
                        *(results.at_most(f"peak memory at {of[accounts]['cells']:,} cells, MiB",
                                          of[accounts]["peak_mib"]["median"], most)
                          for accounts, most in MEMORY_MIB.items()),
                        results.at_most("differences from the manifest", sum(row["differences"] for row in rows), 0)]}
