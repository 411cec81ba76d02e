#!/usr/bin/env python3
"""./dev bench NAME...: runs benches, prints their tables, writes bench/results/NAME.json."""
import sys

from harness import results
import scenarios


def main(names):
    if names == ["all"]:
        names = list(scenarios.ALL)
    unknown = [name for name in names if name not in scenarios.ALL]
    if unknown or not names:
        print("usage: ./dev bench NAME... | all | plot\n", file=sys.stderr)
        for name, scenario in scenarios.ALL.items():
            print(f"  {name:12} {scenario.SUMMARY}", file=sys.stderr)
        return 2
    for name in names:
        print(f"== {name}: {scenarios.ALL[name].SUMMARY}", flush=True)
        found = scenarios.ALL[name].run()
        path = results.write(name, found)
        print("\n".join(results.table(found)))
        for line in results.verdicts(found):
            print(line)
        print(f"written: {path.relative_to(results.paths.SOURCE)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
