"""What the tests of job engines share: a network namespace with a simulated organization in it, and one run beside it.

The engines' own scripts (a Slurm cluster, a Kubernetes control plane) lie beside the project in ../shared/scale.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import harness

SCALE = harness.SOURCE.parent / "shared/scale"
EPHEMERAL = ("request_id", "at", "started", "finished", "requests", "caller", "observed")
REQUEST = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def require(script, *programs):
    """Skips, with the reason, unless a cluster can be had here."""
    if sys.platform != "linux" or os.geteuid() != 0:
        harness.skip("only root can make the network namespace of a cluster")
    if not (SCALE / script).exists():
        harness.skip(f"../shared/scale/{script}, which starts the cluster, is not here")
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        harness.skip(f"{', '.join(missing)} not here; `./dev test` installs Debian's packages where it may")


def timeless(report):
    """A report without what differs between two runs of one organization: ids, times, the number of requests."""
    if (report["run"]["note"] or "").startswith("a resumed run: its oldest cell was assessed at "):
        report["run"]["note"] = None

    def strip(value, inside_run=False):
        if isinstance(value, dict):
            return {key: strip(item, key == "run") for key, item in value.items()
                    if key not in EPHEMERAL and not (inside_run and key in ("id", "array"))}
        if isinstance(value, list):
            return [strip(item) for item in value]
        return REQUEST.sub("request", value) if isinstance(value, str) else value
    return json.dumps(strip(report), indent=1, sort_keys=True)


class Engine:
    """A cluster in a folder of its own; `script` of ../shared/scale is sourced, and its functions are called."""

    def __init__(self, script, *arguments):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="engine-"))
        self.script, self.arguments = script, [str(argument) for argument in arguments]
        self.namespace = f"nscan{os.getpid()}"
        self.environment = {**harness.clean_environment(NEPTUNE_SCAN_STORE_PATH=None), "SCALE_NETNS": self.namespace,
                            "SCALE_HERE": str(SCALE), "HOME": str(self.folder)}  # kubectl keeps a cache there
        self.shared = self.folder / "shared"
        self.shared.mkdir()
        os.chmod(self.folder, 0o755)

    def call(self, *words, check=True):
        """Output of a function of the script, or of a command with its settings."""
        text = f'. {SCALE / self.script} "$CLUSTER" {" ".join(self.arguments)}; "$@"'
        done = subprocess.run(["bash", "-c", text, "bash", *map(str, words)], check=False, timeout=600, cwd=SCALE,
                              env={**self.environment, "CLUSTER": str(self.folder / "cluster")}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        text = done.stdout.decode("utf-8", "replace")
        assert not check or done.returncode == 0, f"{words}: exit {done.returncode}\n{text}"
        return text

    def inside(self, *command):
        return ["nsenter", f"--net=/var/run/netns/{self.namespace}", *map(str, command)]

    def close(self):
        subprocess.run(["ip", "netns", "delete", self.namespace], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.folder, ignore_errors=True)


class EngineCase(unittest.TestCase):
    """One organization, scanned by one process (`whole`) and by the jobs of a test; `engine` is set by the subclass."""

    ESTATE = ("--accounts", "40", "--regions", "6", "--seed", "11", "--latency", "lan")
    engine = None

    @classmethod
    def start_estate(cls, *flags):
        process = subprocess.Popen(cls.engine.inside(harness.ESTATE, "--until-eof", *(flags or cls.ESTATE)),
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        cls.addClassCleanup(cls.stop_estate, process)
        assignments = {}
        for line in process.stdout:
            name, _, value = line.decode().strip().partition("=")
            if not name:
                break
            assignments[name] = value
        assert assignments, "the simulated organization did not start"
        cls.assignments = assignments
        (cls.engine.shared / "environment").write_text(
            "".join(f"{name}={value}\n" for name, value in assignments.items()) + "AWS_EC2_METADATA_DISABLED=true\n",
            encoding="utf-8")

    @staticmethod
    def stop_estate(process):
        process.stdin.close()
        process.wait(20)
        process.stdout.close()

    @classmethod
    def scan_whole(cls, *flags):
        path = cls.engine.shared / "whole.json"
        done = subprocess.run(cls.engine.inside(harness.SCANNER, "scan", "--quiet", "--db", cls.engine.shared / "whole.db",
                                                "--report", f"json={path}", *flags), check=False, timeout=600,
                              env=harness.clean_environment(**cls.assignments, NEPTUNE_SCAN_STORE_PATH=None),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert path.exists(), done.stdout
        cls.whole_code = done.returncode
        cls.whole = timeless(json.loads(path.read_text(encoding="utf-8")))

    def wait_until(self, what, condition, seconds=300):
        end = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), end, f"in {seconds} s: not {what}\n{self.state()}")
            time.sleep(0.5)

    def state(self):
        """For the message of a test that waits in vain."""
        return "\n".join(f"--- {path.name}\n{path.read_text(errors='replace')[-2000:]}"
                         for path in sorted(self.engine.shared.glob("*.log")))

    def assert_whole(self, name="report.json"):
        merged = timeless(json.loads((self.engine.shared / name).read_text(encoding="utf-8")))
        self.assertEqual(merged.splitlines(), self.whole.splitlines())
