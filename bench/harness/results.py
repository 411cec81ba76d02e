"""What a bench found: a table for people, and a file for the plots and for whoever compares.

A bench returns a dictionary: `columns` (name, heading, format) and `rows` for the table; `targets`, each with
what is claimed, the figure, the most or least that it may be, and whether that was reached; `then` is what will be
asked of it once that is reached everywhere. Anything else it likes. A file keeps the targets of the last run on each
other processor, too: what is reached on one may be missed on another.
"""
import datetime
import json
import statistics

from harness import machine, paths


def median(values):
    return statistics.median(values)


def spread(values):
    """The middle and both ends."""
    return {"median": statistics.median(values), "least": min(values), "most": max(values), "runs": len(values)}


def at_most(claim, value, bound, then=None):
    return {"claim": claim, "value": value, "at_most": bound, "reached": value <= bound, "then": then}


def at_least(claim, value, bound):
    return {"claim": claim, "value": value, "at_least": bound, "reached": value >= bound}


def lower_bound(critical_s, cpus_s, cores):
    """Seconds below which no scan can take: the critical path, or the CPU of both ends on the cores that they share."""
    return max(critical_s, sum(cpus_s) / cores)


def elsewhere(before, processor):
    """What the file says of other processors, its own run among it."""
    runs = {run["machine"]["cpu"]: {name: run[name] for name in ("measured", "commit", "machine", "targets")}
            for run in (*before.get("elsewhere", []), before) if run.get("targets")}
    return sorted((run for cpu, run in runs.items() if cpu != processor), key=lambda run: run["measured"])


def write(name, found):
    here = machine.machine()
    result = {"bench": name, "measured": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
              "commit": machine.commit(), "machine": here, "versions": machine.versions(), **found,
              "elsewhere": elsewhere(load(name) or {}, here["cpu"])}
    paths.RESULTS.mkdir(exist_ok=True)
    path = paths.RESULTS / f"{name}.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def load(name):
    path = paths.RESULTS / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def cell(value, form):
    if value is None:
        return "-"
    if isinstance(value, dict):  # a spread
        return f"{cell(value['median'], form)} ({cell(value['least'], form)} to {cell(value['most'], form)})"
    return format(value, form) if not isinstance(value, str) else value


def table(found):
    """Lines of a table with aligned columns."""
    lines = [[heading for _, heading, _ in found["columns"]]]
    lines += [[cell(row.get(name), form) for name, _, form in found["columns"]] for row in found["rows"]]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return ["  ".join(text.ljust(width) if i == 0 else text.rjust(width)
                      for i, (text, width) in enumerate(zip(line, widths))).rstrip() for line in lines]


def figure(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def against(value, bound):
    """The value, with more digits where three would hide on which side of the bound it is."""
    return f"{value:.5g}" if figure(value) == figure(bound) and value != bound else figure(value)


def verdicts(found):
    for target in found.get("targets", []):
        bound = f"<= {figure(target['at_most'])}" if "at_most" in target else f">= {figure(target['at_least'])}"
        if target.get("then") is not None:
            bound += f"; then <= {figure(target['then'])}: {'reached' if target['value'] <= target['then'] else 'missed'}"
        value = against(target["value"], target.get("at_most", target.get("at_least")))
        yield f"{'reached' if target['reached'] else 'MISSED '}  {target['claim']}: {value} ({bound})"


def has_measured(run, claims):
    """Did another run measure any of these claims?"""
    return any(target["claim"] in claims for target in run["targets"])


def figures(run, claims):
    """What another run found for the same claims, in one line."""
    known = {target["claim"]: target for target in run["targets"]}
    return ", ".join(figure(known[claim]["value"]) + ("" if known[claim]["reached"] else " MISSED") if claim in known
                     else "not measured" for claim in claims)
