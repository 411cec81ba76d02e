"""Scans that an engine runs as a job array: exit codes, which part of which array, paths, what a part reports."""
import os
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
