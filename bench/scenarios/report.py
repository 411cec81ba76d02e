"""Every format from a stored run of 330,000 cells."""
import os
import tempfile

from harness import paths, process, results, scanner, servers

SUMMARY = "CPU and memory of each report format, 330,000 cells"
ACCOUNTS, REGIONS, RUNS = 10000, 33, 3
FORMATS = ("table", "json", "jsonl", "csv", "csv-matrix", "html", "markdown", "ocsf", "asff", "sarif", "junit", "prometheus")
TARGET = 3.0


def run():
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        store = os.path.join(folder, "runs.db")
        with servers.estate("--accounts", ACCOUNTS, "--regions", REGIONS) as estate:
            scanner.scan(estate.environment(), "--db", store)
            for form in FORMATS:
                path = os.path.join(folder, "report")
                usages = [process.run([paths.SCANNER, "report", "--db", store, "--report", f"{form}={path}"],
                                      estate.environment(), (0,), folder) for _ in range(RUNS)]
                rows.append({"format": form, "cpu_s": results.spread([usage.cpu for usage in usages]),
                             "peak_mib": max(usage.peak_kib for usage in usages) / 1024, "bytes": os.path.getsize(path)})
    slowest = max(row["cpu_s"]["median"] for row in rows)
    return {"columns": [("format", f"{ACCOUNTS * REGIONS:,} cells", "s"), ("cpu_s", "CPU, s", ".2f"),
                        ("peak_mib", "peak, MiB", ".1f"), ("bytes", "bytes", ",d")],
            "rows": rows, "targets": [results.at_most("CPU of the slowest format, s", slowest, TARGET)]}
