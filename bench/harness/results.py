"""What a bench found: a table for people, and a file for the plots and for whoever compares.

A bench returns a dictionary: `columns` (name, heading, format) and `rows` for the table; `targets`, each with
what is claimed, the figure, the most or least that it may be, and whether that was reached; `then` is what will be
asked of it once that is reached everywhere. Anything else it likes.
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


def write(name, found):
    result = {"bench": name, "measured": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
              "commit": machine.commit(), "machine": machine.machine(), "versions": machine.versions(), **found}
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


def verdicts(found):
    for target in found.get("targets", []):
        bound = f"<= {target['at_most']:g}" if "at_most" in target else f">= {target['at_least']:g}"
        if target.get("then") is not None:
            bound += f"; then <= {target['then']:g}: {'reached' if target['value'] <= target['then'] else 'missed'}"
        yield f"{'reached' if target['reached'] else 'MISSED '}  {target['claim']}: {target['value']:.3g} ({bound})"
