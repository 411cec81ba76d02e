"""Comparing a report of neptune-scan with the truth, whoever tells it."""
import json

CELL_MEMBERS = ("state", "complete", "resources", "failing")
ACCOUNT_MEMBERS = ("name", "ou", "status")


def load(path):
    with open(path, encoding="utf-8") as stream:
        return json.load(stream)


def cells_of(report):
    return {(cell["account"], cell["region"]): cell for cell in report["cells"]}


def findings_of(report):
    return {(finding["control"], finding["account"], finding["region"], finding["resource"]["arn"]): finding
            for finding in report["findings"]}


def _compare(kind, expected, found, members, differences):
    for key in sorted(set(expected) | set(found)):
        if key not in found:
            differences.append(f"{kind} {key} is missing")
        elif key not in expected:
            differences.append(f"{kind} {key} should not be there: {found[key]}")
        else:
            for member in members:
                if expected[key][member] != found[key].get(member):
                    differences.append(f"{kind} {key}: {member} is {found[key].get(member)!r}, "
                                       f"expected {expected[key][member]!r}")


def differences(manifest, report):
    """Everything in which the report differs from the manifest, in words."""
    found = []
    if manifest["regions"] != report["regions"]:
        found.append(f"regions are {report['regions']}, expected {manifest['regions']}")
    _compare("account", {account["id"]: account for account in manifest["accounts"]},
             {account["id"]: account for account in report["accounts"]}, ACCOUNT_MEMBERS, found)
    _compare("cell", cells_of(manifest), cells_of(report), CELL_MEMBERS, found)
    expected, actual = findings_of(manifest), findings_of(report)
    _compare("finding", expected, actual, ("account", "region", "verdict", "severity"), found)
    for key in set(expected) & set(actual):
        if any(actual[key]["resource"].get(name) != value for name, value in expected[key]["resource"].items()):
            found.append(f"finding {key}: resource is {actual[key]['resource']}")
        for name, value in expected[key]["evidence"].items():
            if actual[key]["evidence"].get(name, "(none)") != value:
                found.append(f"finding {key}: evidence {name} is {actual[key]['evidence'].get(name)!r}")
    return found + inconsistencies(report)


def inconsistencies(report):
    """What no report may contain, whatever the estate: totals that do not add up, order, cells missing."""
    found = []
    totals = report["run"]["totals"]
    states = [cell["state"] for cell in report["cells"]]
    if totals["cells"] != len(states) or totals["cells"] != totals["accounts"] * totals["regions"]:
        found.append(f"cells: {len(states)} listed, totals say {totals}")
    for state in set(states):
        if totals[state] != states.count(state):
            found.append(f"state {state}: {states.count(state)} cells, totals say {totals[state]}")
    keys = [(cell["account"], cell["region"]) for cell in report["cells"]]
    if keys != sorted(set(keys)):
        found.append("cells are not sorted, or stand there twice")
    order = [(f["account"], f["region"], f["resource"]["arn"] or "", f["control"]) for f in report["findings"]]
    if order != sorted(order):
        found.append("findings are not sorted")
    blind = any(cell["state"] in ("unknown", "denied", "unreached", "error", "pending") or not cell["complete"]
                for cell in report["cells"])
    interrupted = report["run"].get("interrupted")
    if report["run"]["complete"] != (not blind and not interrupted):
        found.append(f"run.complete is {report['run']['complete']}, but blind cells: {blind}, interrupted: {interrupted}")
    return found
