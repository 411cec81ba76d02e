"""What the system tests share: the programs, a clean environment, servers that end with the test."""
import contextlib
import datetime
import json
import os
import pathlib
import signal
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request

SCANNER = os.environ["NEPTUNE_SCAN"]
ESTATE = os.environ["ESTATE"]
SOURCE = pathlib.Path(os.environ["SOURCE_FOLDER"])
PYTHON = SOURCE / "build/python/bin/python"  # where packages of PyPI are
ONBOARDING_PYTHON = SOURCE / "build/onboarding-python/bin/python"  # parliament, policy-sentry and python-hcl2
CHECKOV = SOURCE / "build/checkov/bin/checkov"  # each in an environment of its own
CONSUMERS_PYTHON = SOURCE / "build/consumers/bin/python"  # pandas, DuckDB and junit2html
MINISTACK = SOURCE / "build/ministack/bin/ministack"  # in an environment of its own
TIMEOUT = 600 if os.environ.get("NEPTUNE_SCAN_LONG") == "1" else 120

# The last day of an exception that holds today, as long as these tests are run at all.
LATER = (datetime.date.today() + datetime.timedelta(days=30)).isoformat()


def clean_environment(**more):
    """Nothing of the person who runs the tests may leak into them."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("AWS_", "NEPTUNE_SCAN_", "SLURM_", "JOB_COMPLETION_")) and "proxy" not in name.lower()}
    # A home that no program can make: some would, and then /nonexistent were there.
    kept.update({"HOME": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent/credentials",
                 "AWS_CONFIG_FILE": "/nonexistent/config", "AWS_EC2_METADATA_DISABLED": "true", "NEPTUNE_SCAN_STORE_PATH": ":memory:"})
    kept.update(more)
    return {name: value for name, value in kept.items() if value is not None}


class Result:
    def __init__(self, completed, report):
        self.code = completed.returncode
        self.out = completed.stdout.decode("utf-8")
        self.err = completed.stderr.decode("utf-8")
        self.report = report

    def __str__(self):
        return f"exit {self.code}\n--- out ---\n{self.out}\n--- err ---\n{self.err}"


def run(arguments, environment, folder=None, before=()):
    """Runs the program as its user would."""
    completed = subprocess.run([*before, SCANNER, *arguments], env=environment, cwd=folder, timeout=TIMEOUT,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    result = Result(completed, None)
    assert "Sanitizer" not in result.err and "runtime error" not in result.err, result
    return result


def scan(environment, *flags, before=()):
    """A scan with a JSON report, which is read when there is one."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "report.json")
        result = run(["scan", "--report", f"json={path}", *flags], environment, folder, before)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as stream:
                result.report = json.load(stream)
        left = [name for name in os.listdir(folder) if name not in ("report.json",)]
        assert not left, f"left over: {left}"
    return result


@contextlib.contextmanager
def estate(*flags):
    """The simulated organization, as (environment, manifest)."""
    with tempfile.TemporaryDirectory() as folder:
        manifest = os.path.join(folder, "manifest.json")
        process = subprocess.Popen([ESTATE, "--until-eof", "--manifest", manifest, *flags], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)
        try:
            assignments = {}
            for line in process.stdout:
                name, _, value = line.decode().strip().partition("=")
                if not name:
                    break
                assignments[name] = value
            assert assignments, "the simulated organization did not start"
            with open(manifest, encoding="utf-8") as stream:
                truth = json.load(stream)
            yield clean_environment(**assignments), truth
        finally:
            process.stdin.close()
            process.wait(20)
            process.stdout.close()


def statistics(environment):
    """What the simulated organization has counted."""
    authority = environment.get("AWS_CA_BUNDLE")
    with urllib.request.urlopen(environment["AWS_ENDPOINT_URL"] + "/estate/stats", timeout=10,
                                context=authority and ssl.create_default_context(cafile=authority)) as answer:
        return json.load(answer)


def clusters_asked(environment):
    return statistics(environment)["operations"]["rds:DescribeDBClusters"]


def query_store(path, sql):
    """Never makes the file: one of another owner would be in the scan's way."""
    with contextlib.closing(sqlite3.connect(f"{pathlib.Path(path).absolute().as_uri()}?mode=rw", uri=True)) as database:
        return database.execute(sql).fetchall()


# What is edited is no damage: then nothing says any more what was written.
FORGET_DIGESTS = "UPDATE runs SET contents = NULL, digest = NULL; UPDATE accounts SET digest = NULL;"
# From each schema back to the one before: tables, and columns.
TABLES_OF = {9: ("parts",), 7: ("gaps",)}
BACK_FROM = {
    9: ("runs array",),
    8: ("runs most_in_flight",),
    7: ("runs accepted",),
    6: ("runs contents", "runs digest", "accounts digest"),
    5: ("runs position", "runs could_not_start"),
    4: ("accounts note",),
    3: ("runs shard",),
    2: ("accounts organization", "resources observed"),
}


def edit_store(path, sql, *values):
    """How many rows it changed."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        changed = database.execute(sql, values).rowcount
        database.commit()
        if database.execute("SELECT 1 FROM pragma_table_info('runs') WHERE name = 'digest'").fetchone():
            database.executescript(FORGET_DIGESTS)
        return changed


def age_store(path, schema):
    """As a program of that schema would have left it."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        for version in range(max(BACK_FROM), schema, -1):
            for table in TABLES_OF.get(version, ()):
                database.execute(f"DROP TABLE {table}")
            for table, column in (place.split() for place in BACK_FROM[version]):
                database.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        database.executescript(f"PRAGMA user_version = {schema}")


@contextlib.contextmanager
def running(arguments, **options):
    """A process that ends with the block, whatever happens in it."""
    process = subprocess.Popen(arguments, **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def start_server(arguments, log_name, **environment):
    """(process, address) of a simulated AWS that logs where on loopback it runs; the caller ends it. Skips if it does not start."""
    log_path = SOURCE / "build" / log_name
    with open(log_path, "wb") as log:
        process = subprocess.Popen(arguments, stdout=log, stderr=subprocess.STDOUT,
                                   env=clean_environment(PYTHONUNBUFFERED="1", **environment))
    for _ in range(300):
        text = log_path.read_text(encoding="utf-8", errors="replace")
        if "Running on http://127.0.0.1:" in text:
            return process, "http://127.0.0.1:" + text.split("Running on http://127.0.0.1:")[1].split()[0]
        time.sleep(0.1)
    process.terminate()
    process.wait()
    return skip(f"{pathlib.Path(arguments[0]).name} did not start; see build/{log_name}")


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def enter_python(what, python=PYTHON):
    """Goes on in an environment with packages of PyPI; `what` of them is needed. Before they are imported."""
    environment = python.parent.parent
    if not (environment / "ready").exists():
        skip(f"{what} not in build/{environment.name}; `./dev test` fetches it where PyPI can be reached")
    if sys.prefix != str(environment):
        os.execv(python, [str(python), *sys.argv])
