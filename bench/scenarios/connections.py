"""How many TLS handshakes a whole scan makes: by region and connection, never by account and region."""
from harness import results, scanner, servers

SUMMARY = "TLS handshakes of a whole scan"
CASES = ((1000, 17, "none"), (1000, 33, "lan"), (1000, 33, "aws"))
RUNS = 5


def measure(accounts, regions, latency):
    with servers.estate("--accounts", accounts, "--regions", regions, "--latency", latency, "--limits", "none",
                        "--tls") as estate:
        scanner.scan(estate.environment())
        return estate.statistics()


def run():
    rows, targets = [], []
    for accounts, regions, latency in CASES:
        runs = [measure(accounts, regions, latency) for _ in range(RUNS)]
        # A connection for each region and each of the three endpoints at home, more only for what was in flight at once.
        shares = [figures["handshakes"] / (regions + 3 + figures["most_in_flight"]) for figures in runs]
        rows.append({"estate": f"{accounts:,} accounts x {regions} regions, latency {latency}",
                     "requests": runs[0]["requests"],
                     "handshakes": results.spread([figures["handshakes"] for figures in runs]),
                     "most_in_flight": results.spread([figures["most_in_flight"] for figures in runs]),
                     "share": results.spread(shares)})
        targets.append(results.at_most(f"handshakes, times endpoints and exchanges in flight, {regions} regions, "
                                       f"latency {latency}", results.median(shares), 1.1))
    return {"columns": [("estate", "estate", "s"), ("requests", "requests", ",d"), ("handshakes", "handshakes", ",d"),
                        ("most_in_flight", "most in flight", ",d"), ("share", "handshakes, share of what may be", ".2f")],
            "rows": rows, "targets": targets}
