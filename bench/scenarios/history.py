"""How quick a year of nights answers: 365 runs of 17,000 cells in one store."""
import os
import sqlite3
import tempfile

from harness import paths, process, results, scanner, servers

SUMMARY = "runs, show, diff and trend on a store of 365 runs of 17,000 cells"
ACCOUNTS, REGIONS, NIGHTS, RUNS = 1000, 17, 365, 3
TARGET = 1.0

# Numbers of a copy are those of the original and a step.
COPIES = (
    "INSERT INTO runs SELECT run + :step, substr(id, 1, 20) || printf('%06d', :step), state, started + 86400 * :step,"
    " finished + 86400 * :step, meaning, partition, organization, management_account, caller, interrupted, note, sent,"
    " retried, throttled, connections, bytes_received, cells, failing + :step % 7, blind FROM runs WHERE run = 1",
    "INSERT INTO accounts SELECT account + :step * 100000, run + :step, id, name, ou, status, rest, reason, request_id, at,"
    " is_done FROM accounts WHERE run = 1",
    "INSERT INTO regions SELECT region + :step * 1000, run + :step, name, shown FROM regions WHERE run = 1",
    "INSERT INTO cells SELECT account + :step * 100000, region + :step * 1000, state, beneath, complete, resources, failing,"
    " exempt, unknown, worst, reason, request_id, at FROM cells WHERE account < 100000",
    "INSERT INTO resources SELECT account + :step * 100000, region + :step * 1000, number, type, id, arn, tags, relations"
    " FROM resources WHERE account < 100000",
    "INSERT INTO findings SELECT account + :step * 100000, region + :step * 1000, number, control, verdict, severity, reason,"
    " evidence, exception, request_id, at FROM findings WHERE account < 100000",
    "INSERT INTO controls SELECT run + :step, id, severity FROM controls WHERE run = 1",
)


def copy_nights(store):
    database = sqlite3.connect(store)
    database.execute("PRAGMA synchronous = OFF")
    for step in range(1, NIGHTS):
        for statement in COPIES:
            database.execute(statement, {"step": step})
    database.commit()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def run():
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        store = os.path.join(folder, "runs.db")
        with servers.estate("--accounts", ACCOUNTS, "--regions", REGIONS) as estate:
            _, report = scanner.scan_and_read(estate.environment(), "--db", store, stored=True)
            account = next(cell["account"] for cell in report["cells"] if cell["state"] == "fail")
            copy_nights(store)
            for command in (["runs"], ["trend"], ["show"], ["show", account], ["diff"], ["report", "--report", "csv"]):
                usages = [process.run([paths.SCANNER, *command, "--db", store], estate.environment(), (0, 1), folder)
                          for _ in range(RUNS)]
                rows.append({"command": " ".join("ACCOUNT" if word == account else word for word in command),
                             "seconds": results.spread([usage.wall for usage in usages]),
                             "peak_mib": max(usage.peak_kib for usage in usages) / 1024})
        size = os.path.getsize(store)
    slowest = max(row["seconds"]["median"] for row in rows)
    return {"columns": [("command", f"{NIGHTS} runs of {ACCOUNTS * REGIONS:,} cells", "s"), ("seconds", "seconds", ".3f"),
                        ("peak_mib", "peak, MiB", ".1f")],
            "rows": rows, "bytes": size, "targets": [results.at_most("seconds of the slowest command", slowest, TARGET)]}
