"""From `./dev demo` to which cluster is encrypted first, and how: each command is printed by the one before it, and works as printed."""
import os
import pathlib
import re
import shutil
import tempfile
import subprocess
import unittest

import harness

PROGRAM = "build/release/neptune-scan"


class Newcomer(unittest.TestCase):
    def setUp(self):
        """A folder in which the program is where ./dev demo builds it."""
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / PROGRAM).parent.mkdir(parents=True)
        (self.folder / "demo").mkdir()
        shutil.copy(harness.SCANNER, self.folder / PROGRAM)

    def shell(self, command, environment):
        return subprocess.run(["sh", "-c", command], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False, timeout=harness.TIMEOUT, text=True)

    def test_three_commands(self):
        demo = (harness.SOURCE / "dev").read_text(encoding="utf-8")
        self.assertRegex(demo, rf"{PROGRAM} scan \\\n(.*\\\n)*.*--db demo/runs\.db")
        with harness.estate("--accounts", "40", "--regions", "17") as (environment, _):
            scanned = self.shell(f"{PROGRAM} scan --regions enabled --report table --report html=demo/report.html --db demo/runs.db", environment)
        self.assertEqual(scanned.returncode, 3, scanned)
        # The second command: the first one that the end of the scan names.
        command = re.search(r"^Next +(.*?)  +", scanned.stderr, flags=re.M)[1]
        self.assertEqual(command, f"{PROGRAM} plan --db demo/runs.db")
        alone = harness.clean_environment(PATH=os.environ["PATH"])
        planned = self.shell(command, alone)
        self.assertEqual(planned.returncode, 0, planned)
        # The third: the page that the plan names, whose first cluster has a folder with a runbook.
        page = re.fullmatch(r"Wrote a plan for \d+ resources \(.*\b\d+ clusters\b.*\)\. Start with (\S+)\n", planned.stdout)[1]
        index = self.shell(f"cat {page}", alone).stdout
        rows = [line.split(" | ") for line in index.splitlines() if re.match(r"\| \d+ \|", line)]
        first = next(row for row in rows if row[4] == "cluster")
        runbook = (self.folder / page).parent / re.search(r"\]\((.*?)\)", first[1])[1]
        text = runbook.read_text(encoding="utf-8")
        self.assertTrue(text.startswith(f"# Encrypt the Neptune cluster {first[5]}\n"), text[:200])
        for script in re.findall(r"^\| `(\d\d-.*?\.sh)` \|", text, flags=re.M):
            self.assertTrue(os.access(runbook.parent / script, os.X_OK), script)

    def test_name_of_the_program(self):
        """A relative path is printed as it was typed; from $PATH, or with the whole path, it is the name alone."""
        with harness.estate("--accounts", "8", "--regions", "4") as (environment, _):
            path = f"{(self.folder / PROGRAM).parent}:{os.environ['PATH']}"
            for name, printed in ((f"./{PROGRAM}", f"./{PROGRAM}"), ("neptune-scan", "neptune-scan"), (str(self.folder / PROGRAM), "neptune-scan")):
                result = self.shell(f"{name} scan --db {len(name)}.db --report csv=findings.csv", {**environment, "PATH": path})
                self.assertRegex(result.stderr, rf"\nNext +{re.escape(printed)} ", result)


if __name__ == "__main__":
    unittest.main()
