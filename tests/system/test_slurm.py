"""deploy/slurm on a real Slurm, whose nodes are daemons on this machine in a network namespace of their own.

Three nodes and one night; `./dev test --long slurm` takes eight, and disturbs them: a task is cancelled, a program is
killed, a node dies, one task is run again.
"""
import os
import pathlib
import re
import signal
import sqlite3
import unittest

import harness
import job_engine

job_engine.require("slurm_local.sh", "slurmctld", "slurmd", "munged", "sbatch", "ip", "nsenter")

LONG = os.environ.get("NEPTUNE_SCAN_LONG") == "1"
NODES = 8 if LONG else 3
BATCH = harness.SOURCE / "deploy/slurm"


class Slurm(job_engine.EngineCase):
    if LONG:  # the tasks last long enough to be disturbed
        ESTATE = ("--accounts", "80", "--regions", "9", "--seed", "11", "--latency", "aws")

    @classmethod
    def setUpClass(cls):
        cls.engine = job_engine.Engine("slurm_local.sh", NODES, 2)
        cls.addClassCleanup(cls.engine.close)
        cls.addClassCleanup(cls.engine.call, "down", check=False)
        cls.engine.call("up")
        cls.write_settings(f"[scan]\nconcurrency = {4 if LONG else 100}\n")
        cls.start_estate()
        cls.scan_whole()

    @classmethod
    def write_settings(cls, text):
        (cls.engine.shared / "neptune-scan.ini").write_text(text, encoding="utf-8")

    def render(self, name):
        """The script as a site would have it: its folder, its program, its number of parts, its environment."""
        shared = self.engine.shared
        text = (BATCH / name).read_text(encoding="utf-8")
        for old, new in (("/shared/neptune-scan", str(shared)), ("--array=1-8", f"--array=1-{NODES}"),
                         ("--await 8", f"--await {NODES}"), ("--shard array/8", f"--shard array/{NODES}"), ("#SBATCH --mem=512M\n", ""), ("#SBATCH --mail-type=FAIL\n", ""),
                         ("--deadline 2h", "--deadline 10m"),
                         ("exec /usr/bin/neptune-scan", f"set -a; . {shared}/environment\nexec {harness.SCANNER}")):
            text = text.replace(old, new)
        path = shared / name
        path.write_text(text, encoding="utf-8")
        return path

    def submit(self, name, *arguments, flags=()):
        printed = self.engine.call("in_cluster", "sbatch", "--parsable", *flags, self.render(name), *arguments)
        return printed.strip().splitlines()[-1]

    def job_state(self, job):
        """States of a job's tasks, by task; a job that is not an array has one, without a name."""
        printed = self.engine.call("in_cluster", "scontrol", "--oneliner", "show", "job", job, check=False)
        states = {}
        for line in printed.splitlines():
            task = re.search(r"ArrayTaskId=(\S+)", line)
            found = re.search(r"JobState=(\S+)", line)
            if found:
                states[task[1] if task else ""] = found[1]
        return states

    def exit_code(self, job):
        printed = self.engine.call("in_cluster", "scontrol", "--oneliner", "show", "job", job)
        return int(re.search(r"ExitCode=(\d+):", printed)[1])

    def wait_for(self, job, *states, task="", seconds=400):
        self.wait_until(f"job {job} task {task!r} in {states}", lambda: self.job_state(job).get(task) in states, seconds)

    def state(self):
        return self.engine.call("in_cluster", "squeue", check=False) + super().state()

    def merged_is_whole(self, merge):
        self.wait_for(merge, "COMPLETED", "FAILED", "CANCELLED", "TIMEOUT")
        self.assertEqual(self.exit_code(merge), self.whole_code, self.state())
        self.assert_whole()

    def test_a_night(self):
        """The array and the job that merges it, submitted together, with the command of merge.sbatch."""
        array = self.submit("scan.sbatch")
        self.merged_is_whole(self.submit("merge.sbatch", array))
        for task in range(1, NODES + 1):
            self.wait_for(array, "COMPLETED", task=str(task))

    # ---- disturbed nights ----

    @staticmethod
    def processes(**variables):
        """Ids of the scans that run now with these variables of Slurm."""
        found = []
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                environment = dict(entry.partition("=")[::2] for entry in (folder / "environ").read_text().split("\0"))
                program = os.readlink(folder / "exe")
            except (OSError, UnicodeDecodeError):
                continue
            if program == os.path.realpath(harness.SCANNER) and variables.items() <= environment.items():
                found.append(int(folder.name))
        return found

    def cells_done(self, array, task):
        path = self.engine.shared / array / f"task-{task}.db"
        try:
            return harness.query_store(path, "SELECT count(*) FROM cells")[0][0]
        except sqlite3.Error:
            return 0

    def kill_task(self, array, task):
        for process in self.processes(SLURM_ARRAY_JOB_ID=array, SLURM_ARRAY_TASK_ID=task):
            os.kill(process, signal.SIGKILL)

    def node_dies(self, node):
        """As when a machine loses its power: nothing that ran on it says anything any more."""
        scans = self.processes(SLURMD_NODENAME=f"node{node}")
        keepers = [int(pathlib.Path(f"/proc/{scan}/stat").read_text().rsplit(")", 1)[1].split()[1]) for scan in scans]
        self.engine.call("node_down", node)
        for process in [*keepers, *scans]:
            os.kill(process, signal.SIGKILL)

    def node_of(self, array, task):
        printed = self.engine.call("in_cluster", "squeue", "-h", "-o", "%N", "-j", f"{array}_{task}")
        return printed.strip().removeprefix("node")

    @unittest.skipUnless(LONG, "disturbed nights: ./dev test --long slurm")
    def test_a_disturbed_night(self):
        array = self.submit("scan.sbatch")
        merge = self.submit("merge.sbatch", array)
        cancelled, killed, dead = "2", "3", "5"
        for task in (cancelled, killed, dead):
            self.wait_until(f"task {task} has scanned cells", lambda task=task: self.cells_done(array, task) > 0)
        self.engine.call("in_cluster", "scancel", f"{array}_{cancelled}")
        self.kill_task(array, killed)
        node = self.node_of(array, dead)
        self.node_dies(node)
        self.wait_for(array, "CANCELLED", task=cancelled)
        self.wait_for(array, "FAILED", task=killed)
        self.assertIn(self.job_state(merge)[""], ("PENDING", "RUNNING"))
        for task in (cancelled, killed):  # the same tasks again, by hand
            self.submit("scan.sbatch", array, flags=[f"--array={task}"])
        self.merged_is_whole(merge)
        self.engine.call("node_up", node)
        for task in (cancelled, killed, dead):
            self.assertEqual(harness.query_store(self.engine.shared / array / f"task-{task}.db",
                                                 "SELECT count(*) FROM runs"), [(1,)], f"task {task} did not resume its run")

    @unittest.skipUnless(LONG, "a task alone: ./dev test --long slurm")
    def test_a_task_alone_is_no_array(self):
        """The engine counts one task: without the array's name nothing says which part of how many it is."""
        job = self.submit("scan.sbatch", flags=["--array=5"])
        self.wait_for(job, "FAILED", task="5")
        log = (self.engine.shared / f"scan-{job}-5.log").read_text(encoding="utf-8")
        self.assertIn(f"--shard 5/{NODES}", log)


if __name__ == "__main__":
    unittest.main(verbosity=2 if LONG else 1)
