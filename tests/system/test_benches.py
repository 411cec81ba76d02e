"""The benches: their arithmetic on known figures, and those that scan on small estates, so that a broken one shows here
and not after hours. Nothing is measured.
"""
import os
import pathlib
import sys
import unittest

SOURCE = pathlib.Path(os.environ["SOURCE_FOLDER"])
sys.path.insert(0, str(SOURCE / "bench"))
from harness import instructions, paths, results, servers  # noqa: E402
from scenarios import ALL, controls, peers, progress, scale, wall  # noqa: E402
import plot  # noqa: E402

paths.SCANNER, paths.ESTATE = (pathlib.Path(os.environ[name]) for name in ("NEPTUNE_SCAN", "ESTATE"))

# Two functions; `update` calls a nameless one, which is SHA-256, and memcpy, which is not.
PROFILE = """\
events: Ir
fn=(1) main
12 100
cfn=(2) SHA256_Update
calls=2 0
* 1060
fn=(2)
+1 10
cob=(1) libcrypto
cfn=(3) 0x00000000000abc
calls=4 0
* 1000
cfn=(4) memcpy
calls=1 0
* 50
fn=(3)
0 1000
fn=(4)
0 50

totals: 1160
"""


class Arithmetic(unittest.TestCase):
    def test_instructions(self):
        self.assertEqual(instructions.read_profile(PROFILE.splitlines(keepends=True)), (1160, 1000))
        self.assertEqual(instructions.of_each(1000, 1600, 3), 200)

    def test_lower_bound(self):
        self.assertEqual(results.lower_bound(1.8, (1.5, 1.1), 2), 1.8)
        self.assertEqual(results.lower_bound(1.8, (3.0, 1.0), 2), 2.0)

    def test_error_of_an_estimate(self):
        """Of the first after a third; the worst of the later ones, of the whole scan; earlier ones do not count."""
        error, worst = progress.errors_of([(1, 90), (4, 9), (8, 2), (9, 4)], 10)
        self.assertAlmostEqual(error, 0.5)
        self.assertAlmostEqual(worst, 0.3)
        with self.assertRaises(RuntimeError):
            progress.errors_of([(1, 9), (10, 0)], 10)

    def test_estimates(self):
        event = '{"event":"scan.progress","elapsed_ms":1500,"left_ms":%d}'
        text = "\n".join((event % -1, "neptune-scan: a sentence", '{"event":"scan.finished"}', event % 3000))
        self.assertEqual(list(progress.estimates(text)), [(1.5, 3.0)])

    def test_tables(self):
        """Of each result that is committed; a page may have those of some queries alone."""
        for name in ALL:
            with self.subTest(name):
                self.assertIn("| ---" if results.load(name) else "not measured yet", plot.markdown(name))
        for name, rows_of in plot.PLOTTED.items():
            self.assertGreater(len(list(rows_of(results.load(name)))), 1)
        found = {"columns": [("name", "", "s"), ("queries", "queries", "s")],
                 "rows": [{"queries": "clusters"}, {"queries": "both"}],
                 "targets": [{"claim": "CPU of X, clusters, times ours"}, {"claim": "CPU of X, both, times ours"}]}
        self.assertEqual(plot.only(found, "both"), {"columns": found["columns"][:1], "rows": found["rows"][1:],
                                                    "targets": found["targets"][1:]})
        self.assertEqual(plot.only(found, None), found)
        self.assertEqual([results.against(value, 3) for value in (2.5, 3, 3.003, 3.1)], ["2.5", "3", "3.003", "3.1"])


class SmallEstates(unittest.TestCase):
    def test_wall(self):
        wall.ACCOUNTS = 6
        for tls, against in ((False, "critical"), (True, "bound")):
            run = wall.measure(tls, wall.NO_FLAG)
            with self.subTest(tls=tls):
                self.assertGreaterEqual(run["bound_s"], run["critical_s"])
                self.assertGreater(run["server_cpu_s"] + run["cpu_s"], 0)
                self.assertGreater(run["of_account"], 1)
                target = wall.target_of(wall.row_of("TLS 1.3" if tls else "plain", wall.NO_FLAG, [run]))
                self.assertEqual(target["value"], run[against])

    def test_scale(self):
        """The default settings find what the manifest of the default controls has."""
        rows = [scale.row_of(settings, accounts, [scale.measure(settings, 8)]) for settings, accounts, _ in scale.SIZES]
        self.assertEqual([row["differences"] for row in rows], [0] * len(rows))
        self.assertEqual(len(scale.targets_of(rows)), 7)

    def test_peers(self):
        """The scanner's output is right, and snapshots that nothing asked for are missing."""
        self.assertEqual(peers.turn(peers.run_scanner(peers.DEFAULT), 20, peers.DEFAULT)["differences"], {})
        self.assertEqual(peers.turn(peers.run_scanner(peers.CLUSTERS), 20, peers.CLUSTERS)["differences"], {})
        self.assertIn("missing", peers.turn(peers.run_scanner(peers.CLUSTERS), 20, peers.DEFAULT)["differences"])

    def test_requests(self):
        """Two lists in an empty cell; an account's role and its regions besides, and the pages that list it."""
        of_cell, besides = controls.requests_without_resources("encryption")
        self.assertEqual(of_cell, 2)
        self.assertGreater(besides, 1.9)
        self.assertLess(besides, 2.1)

    def test_first_failing_finding(self):
        with servers.estate("--accounts", 20, "--regions", 17) as estate:
            self.assertGreater(progress.first_failing(estate.environment()), 0)
        with servers.estate("--accounts", 2, "--regions", 17, "--clusters", 0) as estate:
            with self.assertRaises(RuntimeError):
                progress.first_failing(estate.environment())

    @unittest.skipUnless(os.environ.get("VALGRIND"), "needs valgrind")
    def test_count(self):
        """The same twice; a program that fails is refused."""
        counts = [instructions.count(["true"], dict(os.environ)) for _ in range(2)]
        self.assertGreater(counts[0], 10000)
        self.assertLess(abs(counts[0] - counts[1]) / counts[0], 0.01)
        with self.assertRaises(RuntimeError):
            instructions.count(["false"], dict(os.environ))


if __name__ == "__main__":
    unittest.main()
