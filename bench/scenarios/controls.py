"""What the whole control costs: requests, CPU and time of a cell, by what is selected."""
from harness import results, scanner, servers

SUMMARY = "requests and CPU of a cell by the controls that are selected, 1,000 accounts x 17 regions"
ACCOUNTS, REGIONS, RUNS = 1000, 17, 3
GROUPS = ("neptune-encryption-at-rest", "encryption", "hardening", "all")
# Of the way to the cells, not of the cells.
OVERHEAD = ("sts:", "organizations:", "ec2:")


def measure(controls):
    with servers.estate("--accounts", ACCOUNTS, "--regions", REGIONS, "--controls", controls, manifest=True) as estate:
        usage, report = scanner.scan_and_read(estate.environment(), "--controls", controls, stored=True)
        wrong = len(scanner.differences(estate.manifest(), report))
    asked = sum(counts["sent"] for name, counts in report["run"]["requests"]["operations"].items()
                if not name.startswith(OVERHEAD))
    cells = [cell for cell in report["cells"] if cell["state"] not in ("skipped", "unreached", "disabled")]
    empty = [cell for cell in cells if cell["state"] == "empty"]
    return usage, asked / len(cells), len(cells), len(empty), len(report["findings"]), wrong


def requests_without_resources(controls):
    """An estate without a cluster, and what is sent all the same: to each cell, and to each account besides its cells."""
    with servers.estate("--accounts", 200, "--regions", REGIONS, "--clusters", 0) as estate:
        _, report = scanner.scan_and_read(estate.environment(), "--controls", controls, stored=False)
    sent = {name: counts["sent"] for name, counts in report["run"]["requests"]["operations"].items()}
    to_cells = sum(count for name, count in sent.items() if not name.startswith(OVERHEAD))
    cells = [cell for cell in report["cells"] if cell["state"] in ("empty", "denied")]
    accounts = [account for account in report["accounts"] if account["state"] != "skipped"]
    return to_cells / len(cells), (sum(sent.values()) - to_cells) / len(accounts)


def run():
    rows, wrong = [], 0
    for controls in GROUPS:
        runs = [measure(controls) for _ in range(RUNS)]
        usages = [usage for usage, *_ in runs]
        _, requests, cells, _, findings, differences = runs[0]
        wrong += sum(differences for *_, differences in runs)
        of_cell, besides = requests_without_resources(controls)
        rows.append({"controls": controls, "empty": of_cell, "besides": besides, "requests": requests,
                     "findings": findings, "cpu_us": results.spread([usage.cpu / cells * 1e6 for usage in usages]),
                     "seconds": results.spread([usage.wall for usage in usages]), "differences": differences})
    return {"columns": [("controls", "controls", "s"), ("empty", "requests, empty cell", ".2f"),
                        ("requests", "requests, any cell", ".2f"),
                        ("besides", "requests of an account besides its cells", ".2f"), ("findings", "findings", ",d"),
                        ("cpu_us", "CPU of a cell, us", ",.0f"), ("seconds", "seconds", ".2f"),
                        ("differences", "differences", ",d")],
            "rows": rows, "targets": [results.at_most("requests of an empty cell, clusters alone", rows[0]["empty"], 1),
                                      results.at_most("requests of an empty cell, encryption", rows[1]["empty"], 2),
                                      results.at_most("requests of an account besides its cells, encryption", rows[1]["besides"],
                                                      2.1),
                                      results.at_most("differences from the manifest", wrong, 0)]}
