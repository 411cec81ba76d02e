"""How long a scan takes, against the shortest time in which anybody could have made it.

The estate answers as late as AWS's regions would answer us-east-1, lets 600 sessions a second be made and lists the
organization one page at a time. From its own latencies and limits it computes the critical path: what a scanner
without any cost of its own, on a machine without end, would need.
"""
from harness import results, scanner, servers

SUMMARY = "wall clock of 1,000 accounts x 17 regions behind AWS's distances and rates"
RUNS = 5
CONCURRENCIES = (256, 1200)
TARGET, THEN = 1.2, 1.05


def run():
    rows, targets = [], []
    for tls in (False, True):
        for concurrency in CONCURRENCIES:
            walls, ratios, figures = [], [], {}
            for _ in range(RUNS):
                flags = ["--accounts", 1000, "--regions", 17, "--latency", "aws"] + (["--tls"] if tls else [])
                with servers.estate(*flags) as estate:
                    usage = scanner.scan(estate.environment(), "--concurrency", concurrency)
                    figures = estate.statistics()
                walls.append(usage.wall)
                ratios.append(usage.wall / figures["critical_path_seconds"])
            rows.append({"transport": "TLS 1.3" if tls else "plain", "concurrency": concurrency,
                         "wall_s": results.spread(walls), "critical_s": figures["critical_path_seconds"],
                         "ratio": results.spread(ratios), "connections": figures["connections"],
                         "requests": figures["requests"]})
            if concurrency == CONCURRENCIES[-1]:
                targets.append(results.at_most(
                    f"wall clock over {rows[-1]['transport']}, {concurrency} in flight, times the critical path",
                    results.median(ratios), TARGET, THEN))
    return {"columns": [("transport", "transport", "s"), ("concurrency", "in flight", "d"),
                        ("wall_s", "wall, s", ".2f"), ("critical_s", "critical path, s", ".2f"),
                        ("ratio", "ratio", ".2f"), ("connections", "connections", "d"),
                        ("requests", "requests", "d")],
            "rows": rows, "targets": targets}
