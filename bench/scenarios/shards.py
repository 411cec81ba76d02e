"""What shards cost that each list the organization, and what one list in a file saves. All programs run on this machine."""
import subprocess
import tempfile
import time

from harness import paths, servers

SUMMARY = "1 to 100 shards of one organization: requests to Organizations, throttles, and time, without and with --accounts-file"
ACCOUNTS = 5000
SIZES = (1, 8, 32, 100)  # shards


def start(variables, folder, index, count, flags):
    return subprocess.Popen([paths.SCANNER, "scan", "--quiet", "--shard", f"{index}/{count}", "--db", f"{index}.db", "--controls",
                             "neptune-encryption-at-rest", "--report", f"csv-matrix={index}.csv", *flags],
                            env=variables, cwd=folder, stdin=subprocess.DEVNULL)


def measure(count, *flags):
    """Until the last shard is done."""
    with servers.estate("--accounts", ACCOUNTS, "--regions", 1, "--limits", "aws") as estate, tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        codes = [shard.wait() for shard in [start(estate.environment(), folder, index, count, flags) for index in range(1, count + 1)]]
        wall, told = time.monotonic() - started, estate.statistics()
    if not set(codes) <= {0, 1, 3}:
        raise RuntimeError(f"shards ended with {sorted(set(codes))}")
    # Shards keep within the limit of STS, so what was throttled are requests to Organizations; they are not among the operations.
    served = sum(number for name, number in told["operations"].items() if name.startswith("organizations:"))
    return {"requests": served + told["throttled"], "throttled": told["throttled"], "wall_s": wall}


def run():
    rows = []
    for count in SIZES:
        each, shared = measure(count), measure(count, "--accounts-file", "accounts.json")
        rows.append({"shards": count, **each, **{f"shared_{name}": value for name, value in shared.items()}})
    return {"columns": [("shards", "shards", ",d"), ("requests", "Organizations requests", ",d"), ("throttled", "throttled", ",d"),
                        ("wall_s", "all shards done, s", ".1f"), ("shared_requests", "with --accounts-file", ",d"),
                        ("shared_throttled", "throttled", ",d"), ("shared_wall_s", "all shards done, s", ".1f")],
            "rows": rows, "targets": []}
