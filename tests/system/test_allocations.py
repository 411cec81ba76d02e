"""Every allocation fails once: a clear error or the right answer, never a crash, never a store that is not whole.

In short, some of them, spread over a scan; `./dev test --long alloc` fails each.
"""
import collections
import concurrent.futures
import os
import sqlite3
import tempfile
import unittest

import harness
import reports

LONG = os.environ.get("NEPTUNE_SCAN_LONG") == "1"
# One cell passes, one fails; what a crowded cell adds is more of the same.
SMALL = ("--accounts", "2", "--regions", "1", "--clusters", "1", "--seed", "27")
SAMPLES = 150
WRAPPER = os.environ.get("FAILING_MALLOC")
if not WRAPPER or "asan" in harness.SCANNER or "tsan" in harness.SCANNER:
    harness.skip("sanitizers have an allocator of their own")


class Allocations(unittest.TestCase):
    def scan(self, environment, folder, **more):
        path = os.path.join(folder, "report.json")
        # When libcurl loses its place for lack of memory, its own time limit brings it back.
        result = harness.run(["scan", "--db", os.path.join(folder, "runs.db"), "--workers", "1", "--max-attempts", "2",
                              "--timeout", "2s", "--report", f"json={path}"],
                             {**environment, "LD_PRELOAD": WRAPPER, **more}, folder)
        if os.path.exists(path):
            result.report = reports.load(path)
        return result

    def check(self, environment, manifest, number):
        """One word for what came of it; raises when that may not be."""
        with tempfile.TemporaryDirectory() as folder:
            result = self.scan(environment, folder, FAIL_AT=str(number))
            assert result.code in (0, 1, 2, 3, 4), f"allocation {number}: {result}"
            if os.path.exists(os.path.join(folder, "runs.db")):
                database = sqlite3.connect(os.path.join(folder, "runs.db"))
                assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",), f"allocation {number}"
                database.close()
            if result.code in (2, 4):
                assert result.err.strip(), f"allocation {number}: exit {result.code} without a word"
                return "clear error"
            truth = reports.cells_of(manifest)
            for key, cell in reports.cells_of(result.report).items():
                told = truth.get(key, {}).get("state")
                assert cell["state"] == told or cell["state"] in ("error", "unreached", "pending", "unknown"), \
                    f"allocation {number}: {key} is {cell['state']}, the truth is {told}"
            wrong = reports.inconsistencies(result.report)
            assert not wrong, f"allocation {number}: {wrong}"
            return "right answer" if not reports.differences(manifest, result.report) else "blind, and said so"

    def test_each_fails_once(self):
        with harness.estate(*SMALL) as (environment, manifest), \
                tempfile.TemporaryDirectory() as folder:
            counted = os.path.join(folder, "count")
            perfect = self.scan(environment, folder, COUNT_INTO=counted)
            self.assertEqual(reports.differences(manifest, perfect.report), [])
            with open(counted, encoding="ascii") as stream:
                total = int(stream.read())
            step = 1 if LONG else max(1, total // SAMPLES)
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                outcomes = collections.Counter(pool.map(lambda number: self.check(environment, manifest, number),
                                                        range(1, total + 1, step)))
        print(f"{sum(outcomes.values())} of {total} allocations failed: " +
              ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())))


if __name__ == "__main__":
    unittest.main()
