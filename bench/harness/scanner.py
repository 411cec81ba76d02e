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


def _scan(variables, folder, form, *flags, stored=False, codes=(0, 1, 3)):
    """Its usage, and the report of that form that it wrote into the folder; `stored`: so is the store."""
    report = os.path.join(folder, "report")
    store = () if "--db" in flags else ("--db", "runs.db" if stored else "none")
    usage = process.run([paths.SCANNER, "scan", "--quiet", *store, "--report", f"{form}={report}", *controls(flags),
                         *flags], variables, codes, folder)
    return usage, report


def scan(variables, *flags, codes=(0, 1, 3)):
    """Its usage; the report is a small one, and thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        return _scan(variables, folder, "csv-matrix", *flags, codes=codes)[0]


def scan_and_read(variables, *flags, stored):
    """Its usage, and all that it found; `stored`: in a file that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        usage, report = _scan(variables, folder, "json", *flags, stored=stored)
        return usage, reports.load(report)


def scan_and_compare(estate, *flags, stored):
    """Its usage, and in what it differs from the estate's manifest; neither need fit into memory."""
    with tempfile.TemporaryDirectory() as folder:
        usage, report = _scan(estate.environment(), folder, "json", *flags, stored=stored)
        return usage, reports.differences_of_files(estate.manifest_file, report)
