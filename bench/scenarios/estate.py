"""How fast the simulated organization is, so that it is not what the other benches measure."""
import os
import urllib.parse

from harness import results, servers, signing, wrk
from scenarios.cpu import request_parameters

SUMMARY = "signed requests a second that one core of the simulated organization answers"
RUNS = 5
SECONDS = 3
TARGET = 30000


def run():
    rows = []
    cores = sorted(os.sched_getaffinity(0))
    for clusters in (0, 2, 100):
        rates, cpus = [], []
        for _ in range(RUNS):
            os.sched_setaffinity(0, cores[:1])
            with servers.estate("--accounts", 1000, "--regions", 33, "--clusters", clusters) as estate:
                os.sched_setaffinity(0, cores[1:] or cores)
                url = estate.variables["AWS_ENDPOINT_URL"]
                headers, body = signing.sign(estate.variables, "rds", "us-east-1", request_parameters(),
                                             urllib.parse.urlsplit(url).netloc)
                before = estate.cpu()
                usage, sent = wrk.run(url + "/", headers, body, 64, SECONDS, 1)
                rates.append(sent / usage.wall)
                cpus.append((estate.cpu() - before) / sent * 1e6)
            os.sched_setaffinity(0, cores)
        rows.append({"answer": f"{clusters} clusters", "rate": results.spread(rates), "cpu_us": results.spread(cpus)})
    return {"columns": [("answer", "answer", "s"), ("rate", "requests a second", ",.0f"),
                        ("cpu_us", "CPU of a request, us", ".1f")],
            "rows": rows,
            "targets": [results.at_least("signed requests a second, empty answers, one core",
                                         rows[0]["rate"]["median"], TARGET)]}
