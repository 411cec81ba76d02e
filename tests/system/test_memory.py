"""The whole program under valgrind: no error, no byte and no descriptor left over."""
import os
import re
import unittest

import harness

VALGRIND = os.environ.get("VALGRIND") or harness.skip("valgrind is not installed")
CHECK = [VALGRIND, "--quiet", "--leak-check=full", "--show-leak-kinds=all", "--errors-for-leak-kinds=all",
         "--track-fds=yes", "--error-exitcode=99", "--suppressions=" + str(harness.SOURCE / "tests/data/valgrind.supp")]


class Memory(unittest.TestCase):
    def check(self, result, code):
        self.assertEqual(result.code, code, result)
        inherited = len(re.findall("<inherited from parent>", result.err))
        left = [line for line in result.err.splitlines() if "Open file descriptor" in line or "Open AF_" in line]
        self.assertLessEqual(len(left), inherited, result.err)

    def test_scan(self):
        with harness.estate("--accounts", "12", "--regions", "8") as (environment, _):
            self.check(harness.scan(environment, before=CHECK), 3)

    def test_scan_that_cannot_start(self):
        environment = harness.clean_environment(AWS_ACCESS_KEY_ID="AKIA", AWS_SECRET_ACCESS_KEY="s",
                                                AWS_ENDPOINT_URL="http://127.0.0.1:1")
        self.check(harness.scan(environment, "--max-attempts", "1", before=CHECK), 4)

    def test_deadline(self):
        with harness.estate("--accounts", "300", "--regions", "17") as (environment, _):
            self.check(harness.scan(environment, "--deadline", "1s", "--grace", "0s", before=CHECK), 3)

    def test_bad_settings(self):
        environment = harness.clean_environment()
        self.check(harness.run(["scan", "--regoin", "x", "--accounts", "1", "--report", "json=/nonexistent/x"],
                               environment, before=CHECK), 2)


if __name__ == "__main__":
    unittest.main()
