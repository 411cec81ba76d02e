#!/usr/bin/env python3
"""./dev bench plot: draws docs/pictures from bench/results, and writes the tables of README.md and
of docs/ from the same files. Nothing in these is typed.

In a page, what stands between <!-- bench NAME --> and <!-- end --> is generated; between <!-- bench NAME: QUERIES --> and
that, from the rows and targets of these queries alone.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

from harness import results
from harness.paths import SOURCE

PICTURES = SOURCE / "docs/pictures"
PLOTS = SOURCE / "bench/plots"
PAGES = ("README.md", "docs/performance.md", "docs/reliability.md", "docs/comparison.md",
         "docs/reports.md")


def readable(microseconds):
    for factor, unit in ((1e6, "s"), (1e3, "ms")):
        if microseconds >= factor:
            return f"{microseconds / factor:.1f}".rstrip("0").rstrip(".") + f" {unit}"
    return f"{microseconds:.0f} us"


def rows_of_peers(found):
    """Slowest last: name, CPU of a cell, what stands beside the bar. Of the queries that a scan sends by default."""
    asked = found["rows"][-1].get("queries")
    for row in sorted(found["rows"], key=lambda row: row["cpu_us"]["median"]):
        if not row["name"].endswith("small estate") and row.get("queries") == asked:
            median = row["times"]["median"]
            times = "" if median == 1 else f", {median:,.0f} times ours"
            yield row["name"], row["cpu_us"]["median"], readable(row["cpu_us"]["median"]) + times


def rows_of_cpu(found):
    for row in found["rows"]:
        yield (row["answer"], row["wrk_us"]["median"], row["libcurl_us"]["median"], row["scanner_us"]["median"],
               row["ratio"]["median"])


def rows_of_scale(found):
    """Of one kind of settings, so that the curve shows the size alone."""
    for row in found["rows"]:
        if row.get("settings") == found["rows"][0].get("settings"):
            yield f"{row['cells']:,}", row["cpu_us"]["median"], row["peak_mib"]["median"]


def rows_of_wall(found):
    for row in found["rows"]:
        yield (f"{row['transport']}, {row['concurrency']}", row["critical_s"], row["wall_s"]["median"],
               row["ratio"]["median"])


PLOTTED = {"peers": rows_of_peers, "cpu": rows_of_cpu, "scale": rows_of_scale, "wall": rows_of_wall}


def draw(name):
    """bench/plots/NAME.gnuplot reads the rows as `data` and writes `picture`."""
    found = results.load(name)
    if not found:
        print(f"no bench/results/{name}.json: ./dev bench {name} makes it")
        return
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as data:
        for row in PLOTTED[name](found):
            data.write("\t".join(str(value) for value in row) + "\n")
        data.flush()
        picture = PICTURES / f"{name}.svg"
        subprocess.run(["gnuplot", "-e", f"data='{data.name}'; picture='{picture}'", str(PLOTS / "common.gnuplot"),
                        str(PLOTS / f"{name}.gnuplot")], check=True)
    print(f"drawn: {picture.relative_to(SOURCE)}")


def measured_on(run):
    machine = run["machine"]
    return f"{run['measured']}, commit {run['commit']}, {machine['cpu']}, {machine['cores']} cores, {machine['system']}"


def only(found, queries):
    """Of the rows and targets those of these queries, without the column that names them."""
    if not queries:
        return found
    return {**found, "columns": [column for column in found["columns"] if column[0] != "queries"],
            "rows": [row for row in found["rows"] if row["queries"] == queries],
            "targets": [target for target in found["targets"] if f", {queries}, " in target["claim"]]}


def markdown(name, queries=None):
    found = results.load(name)
    if not found:
        return "\n(not measured yet)\n"
    found = only(found, queries)
    lines = ["| " + " | ".join(heading or " " for _, heading, _ in found["columns"]) + " |",
             "| " + " | ".join("---" if i == 0 else "---:" for i in range(len(found["columns"]))) + " |"]
    lines += ["| " + " | ".join(results.cell(row.get(column), form) for column, _, form in found["columns"]) + " |"
              for row in found["rows"]]
    lines += [f"\nNot measured: {missing['name']}: {missing['why']}." for missing in found.get("missing", [])]
    lines.append("")
    lines += [f"- {line}" for line in results.verdicts(found)]
    lines.append(f"\n{measured_on(found)}. Middle of the runs, least to most in brackets.")
    claims = [target["claim"] for target in found.get("targets", [])]
    elsewhere = [run for run in found.get("elsewhere", []) if results.has_measured(run, claims)]
    if elsewhere:
        lines.append("\nThe same targets, in this order, on other machines and by the program of that day:\n")
        lines += [f"- {results.figures(run, claims)}: {measured_on(run)}" for run in elsewhere]
    return "\n" + "\n".join(lines) + "\n"


def left_by(long_test):
    """What a long test left in build/, as lines of markdown; None: there was none here."""
    path = SOURCE / "build" / long_test
    if not path.exists():
        return None
    text = path.read_text(encoding="utf-8")
    return text if path.suffix == ".md" else "".join(f"- {line}\n" for line in text.splitlines())


def fill(text, marker, made):
    """The text with what was made between its marker and the next end; nothing was made: as it stands."""
    if not made:
        return text
    return re.sub(rf"(<!-- {marker} -->\n).*?(<!-- end -->)", lambda found: f"{found.group(1)}\n{made}\n{found.group(2)}",
                  text, flags=re.DOTALL)


def write_tables(page):
    path = SOURCE / page
    text = path.read_text(encoding="utf-8")
    text = fill(text, "faults", left_by("fault-matrix.md"))
    for kind in ("kill", "alloc"):
        text = fill(text, f"endings {kind}", left_by(f"long-{kind}.txt"))
    made = re.sub(r"(<!-- bench (\w+)(?:: ([\w ]+))? -->\n).*?(<!-- end -->)",
                  lambda found: found.group(1) + markdown(found.group(2), found.group(3)) + "\n" + found.group(4), text,
                  flags=re.DOTALL)
    path.write_text(made, encoding="utf-8")
    print(f"written: {page}")


def main():
    PICTURES.mkdir(exist_ok=True)
    for name in PLOTTED if "tables" not in sys.argv else ():
        draw(name)
    for page in PAGES:
        if pathlib.Path(SOURCE / page).exists():
            write_tables(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
