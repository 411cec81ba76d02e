"""The scanner as a bench runs it: quiet, and with nothing stored unless the flags or `stored` say so."""
import os
import sys
import tempfile

from harness import paths, process

sys.path.insert(0, str(paths.SOURCE / "tests/system"))
import reports  # noqa: E402  (the comparison that the tests use)

differences = reports.differences
CLUSTERS = "neptune-encryption-at-rest"  # what benches ask for, where their flags say nothing else


def controls(flags):
    return () if "--controls" in flags else ("--controls", CLUSTERS)


def scan(variables, *flags, codes=(0, 1, 3)):
    """Its usage; the report is a small one, and thrown away."""
    store = () if "--db" in flags else ("--db", "none")
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "matrix.csv")
        return process.run([paths.SCANNER, "scan", "--quiet", *store, "--report", f"csv-matrix={report}",
                            *controls(flags), *flags],
                           variables, codes, folder)


def _report(variables, folder, *flags, stored):
    """Its usage, and the JSON report that it wrote into the folder; `stored`: so is the store."""
    report = os.path.join(folder, "report.json")
    store = () if "--db" in flags else ("--db", "runs.db" if stored else "none")
    usage = process.run([paths.SCANNER, "scan", "--quiet", *store, "--report", f"json={report}", *controls(flags),
                         *flags], variables, (0, 1, 3), folder)
    return usage, report


def scan_and_read(variables, *flags, stored):
    """Its usage, and all that it found; `stored`: in a file that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        usage, report = _report(variables, folder, *flags, stored=stored)
        return usage, reports.load(report)


def scan_and_compare(estate, *flags, stored):
    """Its usage, and in what it differs from the estate's manifest; neither need fit into memory."""
    with tempfile.TemporaryDirectory() as folder:
        usage, report = _report(estate.environment(), folder, *flags, stored=stored)
        return usage, reports.differences_of_files(estate.manifest_file, report)
