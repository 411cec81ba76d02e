"""What it costs that nothing is lost: the same scan with its store and without."""
import os
import tempfile

from harness import paths, process, results, servers

SUMMARY = "CPU of a scan with its store on disk, against one that keeps nothing"
ACCOUNTS, REGIONS, RUNS = 3000, 33, 11
TARGET, THEN = 1.10, 1.05


def measure(estate, stored):
    with tempfile.TemporaryDirectory() as folder:
        store = os.path.join(folder, "runs.db") if stored else "none"
        usage = process.run([paths.SCANNER, "scan", "--quiet", "--db", store, "--report",
                             "csv-matrix=" + os.path.join(folder, "matrix.csv")], estate.environment(), (0, 1, 3), folder)
        return usage, os.path.getsize(store) if stored else 0


def run():
    with_store, without, ratios, peaks, size = [], [], [], [], 0
    with servers.estate("--accounts", ACCOUNTS, "--regions", REGIONS) as estate:
        for _ in range(RUNS):
            usage, size = measure(estate, True)
            bare, _ = measure(estate, False)
            with_store.append(usage.cpu)
            without.append(bare.cpu)
            ratios.append(usage.cpu / bare.cpu)
            peaks.append((usage.peak_kib / 1024, bare.peak_kib / 1024))
    rows = [{"name": "stored", "cpu_s": results.spread(with_store), "ratio": results.spread(ratios),
             "peak_mib": results.spread([stored for stored, _ in peaks]), "bytes": size},
            {"name": "kept nowhere", "cpu_s": results.spread(without), "ratio": None,
             "peak_mib": results.spread([bare for _, bare in peaks]), "bytes": 0}]
    return {"columns": [("name", f"{ACCOUNTS * REGIONS:,} cells", "s"), ("cpu_s", "CPU, s", ".2f"), ("ratio", "ratio", ".2f"),
                        ("peak_mib", "peak, MiB", ".1f"), ("bytes", "bytes on disk", ",d")],
            "rows": rows,
            "targets": [results.at_most("CPU with a store, times that without", results.median(ratios), TARGET, THEN)]}
