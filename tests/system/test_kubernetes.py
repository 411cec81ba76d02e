"""deploy/kubernetes/shards.yaml on a real API server with the real Job controller; pods run as local processes.

A night, and a disturbed one: a pod is deleted, a scan is killed. `./dev control-plane` builds the server once.
"""
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import unittest

import harness
import job_engine

CONTROL_PLANE = harness.SOURCE / "build/control-plane/control-plane"

job_engine.require("kube_local.sh", "etcd", "kubectl", "openssl", "ip", "nsenter", "unshare")
if not CONTROL_PLANE.exists():
    harness.skip("the Kubernetes control plane is not built; `./dev control-plane` builds it")
harness.enter_python("PyYAML is")

import yaml  # only in the virtual environment

DEPLOY = harness.SOURCE / "deploy/kubernetes"
IMAGE = "registry.example.com/neptune-scan:0.1.0"


class Kubernetes(job_engine.EngineCase):
    ESTATE = ("--accounts", "80", "--regions", "9", "--seed", "11", "--latency", "aws")

    @classmethod
    def setUpClass(cls):
        cls.engine = job_engine.Engine("kube_local.sh")
        cls.addClassCleanup(cls.engine.close)
        subprocess.run(["ip", "netns", "add", cls.engine.namespace], check=True)
        cluster = cls.engine.folder / "cluster"
        cluster.mkdir()
        (cluster / "control-plane").symlink_to(CONTROL_PLANE)
        # The server's address of documentation, on a device of its own.
        for command in ("link set lo up", "link add away0 type veth peer name away1", "addr add 198.51.100.1/32 dev away0",
                        "link set away0 up", "link set away1 up"):
            subprocess.run(cls.engine.inside("ip", *command.split()), check=True)
        cls.addClassCleanup(cls.engine.call, "kube_down", check=False)
        cls.engine.call("kube_up")
        cls.start_estate()
        cls.scan_whole("--exit", "done")
        cls.start_kubelet()
        cls.prepare()

    @classmethod
    def start_kubelet(cls):
        log = open(cls.engine.folder / "pods.log", "wb")  # noqa: SIM115 the process has it
        process = subprocess.Popen(cls.engine.inside(sys.executable, job_engine.SCALE / "pods_local.py", "--state",
                                                     cls.engine.folder / "pods", "--image", f"{IMAGE}={harness.SCANNER}",
                                                     "--seconds", "1800"), stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        log.close()
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.terminate)

    @classmethod
    def prepare(cls):
        """What cronjob.yaml has and the Jobs need: namespace, service account, settings; and the secrets of this site."""
        for document in yaml.safe_load_all((DEPLOY / "cronjob.yaml").read_text(encoding="utf-8")):
            if document["kind"] == "ConfigMap":  # few requests at a time: there is a night to disturb
                document["data"]["neptune-scan.ini"] += "\n[scan]\nconcurrency = 4\n"
            if document["kind"] != "CronJob":
                cls.apply(document)
        cls.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "neptune-scan", "namespace": "neptune-scan"},
                   "stringData": {"external-id": "external-id-of-the-test"}})
        cls.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "aws", "namespace": "neptune-scan"},
                   "stringData": {**cls.assignments, "AWS_EC2_METADATA_DISABLED": "true"}})

    @classmethod
    def apply(cls, document):
        path = cls.engine.folder / "document.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        cls.engine.call("kube", "apply", "-f", path)

    def setUp(self):
        self.addCleanup(self.engine.call, "kube", "-n", "neptune-scan", "delete", "job", "--all", "--wait", check=False)

    def start_night(self, array):
        """The two Jobs; the site's credentials, and a name for each test instead of the date."""
        text = (DEPLOY / "shards.yaml").read_text(encoding="utf-8").replace("neptune-scan-night", array)
        for document in yaml.safe_load_all(text):
            if document["kind"] == "Job":
                container = document["spec"]["template"]["spec"]["containers"][0]
                container["envFrom"] = [{"secretRef": {"name": "aws"}}]
                container["args"] = ["10m" if word == "5h" else word for word in container["args"]]
            self.apply(document)

    @property
    def state_folder(self):
        return self.engine.folder / "pods/claims/neptune-scan-shards"

    def job(self, name):
        printed = self.engine.call("kube", "-n", "neptune-scan", "get", "job", name, "-o", "json")
        return json.loads(printed[printed.index("{"):])["status"]

    def pods(self, array, index):
        printed = self.engine.call("kube", "-n", "neptune-scan", "get", "pods", "-o", "json", "-l",
                                   f"batch.kubernetes.io/job-name={array},batch.kubernetes.io/job-completion-index={index}")
        return [pod["metadata"]["name"] for pod in json.loads(printed[printed.index("{"):])["items"]]

    def state(self):
        return self.engine.call("kube", "-n", "neptune-scan", "get", "jobs,pods", check=False) + "\n".join(
            f"--- {path.name}\n{path.read_text(errors='replace')[-1500:]}"
            for path in sorted((self.engine.folder / "pods/logs").glob("*")))

    def ends_as_the_whole(self, array):
        self.wait_until("both jobs complete", lambda: self.job(array).get("succeeded") == 8 and
                        self.job(f"{array}-merge").get("succeeded") == 1)
        shutil.copy(self.state_folder / "report.json", self.engine.shared / "report.json")
        self.assert_whole()

    def cells_done(self, array, index):
        try:
            return harness.query_store(self.state_folder / array / f"{index + 1}-of-8.db", "SELECT count(*) FROM cells")[0][0]
        except sqlite3.Error:
            return 0

    def scan_of(self, array, index):
        """The id of the program that runs a part now."""
        for folder in os.listdir("/proc"):
            try:
                with open(f"/proc/{folder}/environ", encoding="utf-8", errors="replace") as stream:
                    variables = stream.read().split("\0")
                with open(f"/proc/{folder}/cmdline", encoding="utf-8", errors="replace") as stream:
                    words = stream.read().split("\0")
            except OSError:
                continue
            if {f"JOB_COMPLETION_INDEX={index}", f"NEPTUNE_SCAN_SCAN_ARRAY={array}"} <= set(variables) and words[0] == harness.SCANNER:
                return int(folder)
        return None

    def test_a_night(self):
        self.start_night("night-1")
        self.ends_as_the_whole("night-1")

    def test_a_disturbed_night(self):
        array, deleted, killed = "night-2", 2, 5
        self.start_night(array)
        for index in (deleted, killed):
            self.wait_until(f"part {index + 1} has scanned cells", lambda index=index: self.cells_done(array, index) > 0)
        os.kill(self.scan_of(array, killed), signal.SIGKILL)
        self.engine.call("kube", "-n", "neptune-scan", "delete", "pod", self.pods(array, deleted)[0], "--wait=false")
        self.ends_as_the_whole(array)
        for index in (deleted, killed):
            self.assertEqual(harness.query_store(self.state_folder / array / f"{index + 1}-of-8.db", "SELECT count(*) FROM runs"),
                             [(1,)], f"part {index + 1} did not resume its run")


if __name__ == "__main__":
    unittest.main(verbosity=2)
