"""How long a scan takes, against the shortest time in which anybody could have made it.

The estate answers as late as AWS's regions would answer us-east-1, lets 600 sessions a second be made and lists the
organization one page at a time. From its own latencies and limits it computes the critical path: what a scanner
without any cost of its own, on a machine without end, would need. Here scanner and estate share the cores of one
machine, so their CPU over the cores is a second lower bound.

A scan without a flag is what users run: all controls of the default group, as many exchanges in flight as the program
finds to pay, the run stored. The others ask for the clusters alone, and store nothing.
"""
from harness import machine, results, scanner, servers

SUMMARY = "wall clock of 1,000 accounts x 17 regions behind AWS's distances and rates"
RUNS = 5
ACCOUNTS, REGIONS = 1000, 17
NO_FLAG = "no flag"
CONCURRENCIES = (NO_FLAG, 256, 1200)
# Of the scans without a flag, by transport: against what, at most how many times, and then.
DEFAULT_TARGETS = {"plain": ("critical", 1.5, 1.2), "TLS 1.3": ("bound", 1.3, 1.15)}
TARGET, THEN = 1.2, 1.05  # of those with most in flight, times the critical path


def measure(tls, concurrency):
    flags = ["--accounts", ACCOUNTS, "--regions", REGIONS, "--latency", "aws"] + (["--tls"] if tls else [])
    with servers.estate(*flags) as estate:
        before = estate.cpu()
        if concurrency == NO_FLAG:
            usage = scanner.scan_by_default(estate.environment())
        else:
            usage = scanner.scan(estate.environment(), "--concurrency", concurrency)
        figures = estate.statistics()
        server = estate.cpu() - before
    critical = figures["critical_path_seconds"]
    bound = results.lower_bound(critical, (usage.cpu, server), machine.cores())
    return {"wall_s": usage.wall, "critical": usage.wall / critical, "bound_s": bound, "bound": usage.wall / bound,
            "cpu_s": usage.cpu, "server_cpu_s": server, "critical_s": critical, "connections": figures["connections"],
            "requests": figures["requests"], "of_account": figures["requests"] / ACCOUNTS}


def row_of(transport, concurrency, runs):
    row = {name: results.spread([run[name] for run in runs])
           for name in ("wall_s", "critical", "cpu_s", "server_cpu_s", "bound_s", "bound")}
    last = {name: runs[-1][name] for name in ("critical_s", "connections", "requests", "of_account")}
    return {"transport": transport, "concurrency": str(concurrency), "ratio": row["critical"], **row, **last}


def target_of(row):
    """None: there is none for this row."""
    if row["concurrency"] == NO_FLAG:
        kind, *bounds = DEFAULT_TARGETS[row["transport"]]
        against = {"critical": "the critical path", "bound": "the lower bound"}[kind]
        return results.at_most(f"wall clock over {row['transport']}, no flag, times {against}", row[kind]["median"], *bounds)
    if row["concurrency"] == str(CONCURRENCIES[-1]):
        return results.at_most(f"wall clock over {row['transport']}, {row['concurrency']} in flight, times the critical path",
                               row["critical"]["median"], TARGET, THEN)
    return None


def run():
    rows = [row_of("TLS 1.3" if tls else "plain", concurrency, [measure(tls, concurrency) for _ in range(RUNS)])
            for tls in (False, True) for concurrency in CONCURRENCIES]
    return {"columns": [("transport", "transport", "s"), ("concurrency", "in flight", "s"), ("wall_s", "wall, s", ".2f"),
                        ("critical_s", "critical path, s", ".2f"), ("ratio", "ratio", ".2f"),
                        ("cpu_s", "CPU of the scanner, s", ".2f"), ("server_cpu_s", "of the estate, s", ".2f"),
                        ("bound_s", "lower bound, s", ".2f"), ("bound", "ratio", ".2f"),
                        ("connections", "connections", "d"), ("requests", "requests", "d"),
                        ("of_account", "of an account", ".1f")],
            "rows": rows, "targets": [target for target in map(target_of, rows) if target]}
