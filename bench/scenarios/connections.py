"""How many TLS handshakes a whole scan makes: by region and lane, never by account and region."""
from harness import results, scanner, servers

SUMMARY = "TLS handshakes of a whole scan"
CASES = ((1000, 17, "none"), (1000, 33, "lan"), (1000, 33, "aws"))


def run():
    rows, targets = [], []
    for accounts, regions, latency in CASES:
        with servers.estate("--accounts", accounts, "--regions", regions, "--latency", latency, "--limits", "none",
                            "--tls") as estate:
            scanner.scan(estate.environment())
            figures = estate.statistics()
        rows.append({"estate": f"{accounts:,} accounts x {regions} regions, latency {latency}",
                     "requests": figures["requests"], "handshakes": figures["handshakes"],
                     "most_in_flight": figures["most_in_flight"],
                     "requests_each": figures["requests"] / figures["handshakes"]})
        # A lane for each region and each of the three endpoints at home, more only for what was in flight at once.
        lanes = regions + 3 + figures["most_in_flight"]
        targets.append(results.at_most(f"handshakes, times endpoints and exchanges in flight, {regions} regions, "
                                       f"latency {latency}", figures["handshakes"] / lanes, 1.1))
    return {"columns": [("estate", "estate", "s"), ("requests", "requests", ",d"), ("handshakes", "handshakes", ",d"),
                        ("most_in_flight", "most in flight", ",d"), ("requests_each", "requests each", ".1f")],
            "rows": rows, "targets": targets}
