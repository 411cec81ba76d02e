"""Scans that an engine runs as a job array: exit codes, which part of which array, paths, what a part reports."""
import os
import pathlib
import tempfile
import unittest

import harness
import reports

ESTATE = ("--accounts", "24", "--regions", "5", "--seed", "11")


class Arrays(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def test_exit_codes_for_engines(self):
        """An engine calls any code but 0 a failed job: done is 0 for a run at its end, whatever it found."""
        with harness.estate(*ESTATE) as (environment, _):
            verdict = harness.scan(environment)
            self.assertEqual((verdict.code, verdict.report["run"]["conclusion"]["exit_code"]), (3, 3))
            for flags, more in ((("--exit", "done"), {}), ((), {"NEPTUNE_SCAN_SCAN_EXIT": "done"}), (("--shard", "1/2"), {})):
                result = harness.scan({**environment, **more}, *flags)
                self.assertEqual(result.code, 0, result)
                self.assertEqual(result.report["run"]["conclusion"]["exit_code"], 0)
                self.assertRegex(result.err, r"Result  .*INCOMPLETE.*\(exit code 0: finished\)\n")
            for flags in (("--shard", "1/2", "--exit", "verdict"), ("--exit", "verdict")):
                self.assertEqual(harness.scan(environment, *flags).code, 3)
            result = harness.scan(environment, "--exit", "dnoe")
            self.assertEqual(result.code, 2)
            self.assertIn('did you mean "done"', result.err.lower())
            stores = []
            for index in (1, 2):
                stores.append(self.path(f"{index}.db"))
                self.assertEqual(harness.scan(environment, "--db", stores[-1], "--shard", f"{index}/2").code, 0)
        for flags, code in (((), 3), (("--exit", "done"), 0)):
            merged = harness.run(["merge", *stores, "--db", "none", *flags], harness.clean_environment())
            self.assertEqual(merged.code, code, merged)
        missing = harness.run(["merge", stores[0], "--db", "none", "--exit", "done"], harness.clean_environment())
        self.assertEqual(missing.code, 3, missing)

    def test_a_part_says_that_it_is_one(self):
        """Also where all of its cells were assessed and nothing fails: it proves nothing about the organization."""
        texts = {name: self.path(name) for name in ("html", "markdown", "table", "prometheus", "csv", "junit", "sarif", "csv-matrix",
                                                    "asff", "ocsf")}
        with harness.estate("--accounts", "4", "--regions", "2", "--seed", "22") as (environment, _):
            whole = harness.scan(environment)
            self.assertEqual((whole.code, whole.report["run"]["conclusion"]["words"]), (0, ["PASS"]), whole)
            part = harness.scan(environment, "--shard", "6/8", *(f"--report={name}={path}" for name, path in texts.items()))
        self.assertEqual(part.code, 0)
        run = part.report["run"]
        self.assertEqual((run["complete"], run["shard"], run["conclusion"]["words"]), (False, "6/8", ["PART"]))
        self.assertEqual(run["conclusion"]["sentences"][0], "6/8, no verdict on the organization.")
        self.assertIn("Result  PART 6/8, no verdict on the organization (exit code 0: finished)", part.err)
        self.assertEqual(reports.inconsistencies(part.report), [])
        texts = {name: pathlib.Path(path).read_text(encoding="utf-8") for name, path in texts.items()}
        self.assertTrue(texts["markdown"].startswith("# PART 6/8: Neptune"), texts["markdown"][:200])
        self.assertIn("**PART:** 6/8, no verdict on the organization.", texts["markdown"])
        self.assertIn("<h1>PART 6/8: Neptune", texts["html"])
        self.assertIn("<title>PART 6/8: Neptune", texts["html"])
        self.assertTrue(texts["table"].startswith("PART 6/8: Neptune"), texts["table"][:200])
        self.assertRegex(texts["prometheus"], r'neptune_scan_complete\{organization="o-[a-z0-9]+",shard="6/8"\} 0\n')
        for name in ("csv", "junit", "sarif", "csv-matrix", "asff", "ocsf"):
            self.assertIn("part 6/8 of the accounts, without a verdict on the organization", texts[name], name)
        for name in ("markdown", "table"):
            self.assertNotIn("PASS", texts[name])

    def test_exit_code_of_what_is_to_be_resumed(self):
        with harness.estate("--accounts", "80", "--regions", "17", "--latency", "aws") as (environment, manifest):
            store = self.path("runs.db")
            left = harness.scan(environment, "--db", store, "--exit", "done", "--deadline", "1s", "--grace", "0s",
                                "--concurrency", "24")
            self.assertEqual(left.code, 3, left)
            self.assertIn("(exit code 3: to be resumed)", left.err)
            resumed = harness.scan(environment, "--db", store, "--exit", "done", "--resume")
            self.assertEqual(resumed.code, 0, resumed)
            self.assertEqual(reports.differences(manifest, resumed.report), [])
            refused = harness.scan({**environment, "AWS_ACCESS_KEY_ID": "AKIAUNKNOWN"}, "--exit", "done")
            self.assertEqual(refused.code, 4, refused)


if __name__ == "__main__":
    unittest.main()
