"""The scanner as a bench runs it: quiet, and with nothing stored unless the flags or `stored` say so; or as users do."""
import os
import sys
import tempfile

from harness import paths, process

sys.path.insert(0, str(paths.SOURCE / "tests/system"))
import reports  # noqa: E402  (the comparison that the tests use)

differences = reports.differences
CLUSTERS = "neptune-encryption-at-rest"  # what benches ask for, where their flags say nothing else
DEFAULT_CONTROLS = ("--controls", "encryption")  # of a scan without a flag, for a manifest


def controls(flags):
    return () if "--controls" in flags else ("--controls", CLUSTERS)


def command(*flags, stored, report):
    """The words of a scan; what it finds goes to `report`, FORMAT=FILE."""
    store = () if "--db" in flags else ("--db", "runs.db" if stored else "none")
    return [paths.SCANNER, "scan", "--quiet", *store, "--report", report, *controls(flags), *flags]


def _scan(variables, folder, form, *flags, stored=False, codes=(0, 1, 3)):
    """Its usage, and the report of that form that it wrote into the folder; `stored`: so is the store."""
    report = os.path.join(folder, "report")
    usage = process.run(command(*flags, stored=stored, report=f"{form}={report}"), variables, codes, folder)
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


def _scan_by_default(variables, folder, *flags):
    return process.run([paths.SCANNER, "scan", *flags], variables, (0, 1, 3), folder)


def scan_by_default(variables, *flags):
    """Its usage when it is run as users run it: every setting has its default, and the run is stored."""
    with tempfile.TemporaryDirectory() as folder:
        return _scan_by_default(variables, folder, *flags)


def _scan_and_report(variables, folder):
    """The usage of the scan alone, and its report, which is written from the store afterwards."""
    usage, report = _scan_by_default(variables, folder), os.path.join(folder, "report")
    process.run([paths.SCANNER, "report", "--report", f"json={report}"], variables, (0, 1, 3), folder)
    return usage, report


def scan_and_read_by_default(variables):
    """Its usage, and all that it found."""
    with tempfile.TemporaryDirectory() as folder:
        usage, report = _scan_and_report(variables, folder)
        return usage, reports.load(report)


def scan_and_compare_by_default(estate):
    """Its usage, and in what it differs from the estate's manifest, which must be of DEFAULT_CONTROLS."""
    with tempfile.TemporaryDirectory() as folder:
        usage, report = _scan_and_report(estate.environment(), folder)
        return usage, reports.differences_of_files(estate.manifest_file, report)
