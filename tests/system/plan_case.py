"""What the tests of plan share: an account with an unencrypted cluster behind a strict stand-in of AWS, and what people do there.

The scripts are run by the real aws CLI (loaded once, see ready_aws.py), by an operator who has the folder's operator-policy.json and
nothing else.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import harness

harness.enter_python("moto and boto3 are")

import reports  # noqa: E402
from ready_aws import ready_aws  # noqa: E402
from strict_aws import ACCOUNT, OPERATOR, certificate, strict_aws  # noqa: E402

REGION, OTHER = "us-east-1", "eu-west-1"
CONTROLS = "neptune-encryption-at-rest,neptune-snapshot-encryption,neptune-instance-encryption,neptune-global-database-encryption,neptune-key-usable," \
           "neptune-snapshot-not-public"
UP_TO_CHECK = ["35-instances.sh", "40-verify.sh", "50-data-check.sh"]
FROM_CHECK = ["70-soak.sh --skip-soak", "80-delete-old.sh", "90-delete-leftovers.sh --final-snapshot-is-not-needed"]
CUT_OVER = {"rename": ["60-cut-over.sh"], "new-endpoint": ["60-cut-over.sh", "60-cut-over.sh --done"]}
WAY = {"snapshot": ["20-snapshot.sh", "30-create-encrypted.sh", *UP_TO_CHECK],
       "clone-export": ["20-export.sh", "20-export.sh --exported", "30-create-encrypted.sh", "35-instances.sh", "38-load.sh", *UP_TO_CHECK[1:]]}
HOSTILE = "$(touch pwned) `touch pwned`; touch pwned 'x' \"y\" \\ & | > pwned\n*"
LOADER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/loader"


def phases(method="snapshot", cut_over="new-endpoint"):
    return ["05-preflight.sh", "10-prepare.sh", "15-stop-writes.sh --fenced", *WAY[method], *CUT_OVER[cut_over], *FROM_CHECK]


def fill(graph):
    for number in range(1, 6):
        graph.write(f"n{number}", title=f"name {number}")
    for number in range(1, 5):
        graph.link(f"e{number}", f"n{number}", f"n{number + 1}")
    graph.state("http://example.com/s", "http://example.com/p", "o")


class PlanCase(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.reached = {}
        cls.aws = cls.enterClassContext(ready_aws())

    reached = {}  # (flags, number of phases) -> the account and the folder then: the way there is gone once

    def setUp(self):
        """One unencrypted cluster with all that a cluster can have, and a manual snapshot of it."""
        self.world, self.url = self.enterContext(strict_aws())
        self.region = self.world.region(REGION)
        self.key = self.world.new_key(REGION)
        self.tags = [{"Key": "owner", "Value": "graph team"}, {"Key": "note", "Value": HOSTILE}]
        self.make_cluster("dev-neptune-cluster", {"dev-neptune-1": "a", "dev-neptune-2": "b"}, Tags=self.tags)
        self.region.instances["dev-neptune-1"]["_writer"], self.region.instances["dev-neptune-2"]["_writer"] = False, True  # after a failover
        fill(self.graph())
        self.region.create_dbcluster_snapshot({"DBClusterIdentifier": "dev-neptune-cluster", "DBClusterSnapshotIdentifier": "before-release"})
        self.world.settle()
        self.base = self.world.save()
        self.old_id = self.region.clusters["dev-neptune-cluster"]["DbClusterResourceId"]
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.environment = harness.clean_environment(
            AWS_ENDPOINT_URL=self.url, AWS_ACCESS_KEY_ID=OPERATOR, AWS_SECRET_ACCESS_KEY="secret", AWS_REGION=REGION, AWS_DEFAULT_REGION=REGION,
            AWS_CA_BUNDLE=certificate(), CURL_CA_BUNDLE=certificate(), AWS_MAX_ATTEMPTS="1", NEPTUNE_SCAN_STORE_PATH=str(self.folder / "runs.db"),
            TMPDIR=str(self.folder), PATH=f"{self.aws}:{os.environ['PATH']}")

    def make_cluster(self, name, instances, region=REGION, **more):
        place = self.world.region(region)
        place.create_dbcluster({
            "DBClusterIdentifier": name, "Engine": "neptune", "EngineVersion": "1.3.2.1", "Port": self.world.port, "DBSubnetGroupName": "graph",
            "VpcSecurityGroupIds": ["sg-1"], "BackupRetentionPeriod": 14, "PreferredBackupWindow": "02:00-02:30", "DeletionProtection": True,
            "EnableCloudwatchLogsExports": ["audit"], "CopyTagsToSnapshot": True, "EnableIAMDatabaseAuthentication": True, **more})
        self.world.settle()
        place.add_role_to_dbcluster({"DBClusterIdentifier": name, "RoleArn": LOADER_ROLE})
        for number, (instance, zone) in enumerate(instances.items(), 1):
            place.create_dbinstance({"DBInstanceIdentifier": instance, "DBInstanceClass": "db.r6g.large", "Engine": "neptune", "DBClusterIdentifier": name,
                                     "AvailabilityZone": region + zone, "PromotionTier": number, "PubliclyAccessible": number == 2,
                                     "Tags": [{"Key": "number", "Value": str(number)}]})
            self.world.settle()
            place.instances[instance]["CACertificateIdentifier"] = "rds-ca-ecc384-g1"

    def graph(self, name="dev-neptune-cluster"):
        return self.world.graph_of(name)

    def write(self, name, node):
        """An application writes, by the address of that name."""
        self.graph(name).write(node, title="written")
        self.world.committed(REGION, name)

    # ---- what people do ----

    def scan(self, title=None, controls=CONTROLS, regions=REGION):
        self.world.policy = None
        result = harness.run(["scan", "--accounts", ACCOUNT, "--regions", regions, "--controls", controls, "--report",
                              f"json={self.folder}/report.json", "--report", "table"], self.environment, self.folder)
        if title:
            print(f"\n--- {title}\n{result.out}")
        report = reports.load(self.folder / "report.json")
        return report["cells"][0]["state"], report

    def plan(self, *flags, out="plan", choices=None):
        result = harness.run(["plan", "--out", out, *flags], self.environment, self.folder)
        self.assertEqual(result.code, 0, result)
        for path in (self.folder / out).glob("*/choices.sh"):
            self.choose(path.parent, PAUSE="0.02", LIMIT="30", QUIET="0", METRIC_PERIOD="1", COUNT_TIMEOUT="20", EXPORT_S3="s3://bucket/export",
                        LOADER_ROLE=LOADER_ROLE, KEEP_FINAL_DAYS="0", **(choices or {}))
        return sorted(entry for entry in (self.folder / out).iterdir() if entry.is_dir() and entry.name != "prevention")

    @staticmethod
    def choose(folder, **choices):
        text = (folder / "choices.sh").read_text(encoding="utf-8")
        for name, value in choices.items():
            text = re.sub(rf"^{name}=.*", f"{name}={value}", text, flags=re.M)
        (folder / "choices.sh").write_text(text, encoding="utf-8")

    def cluster_folder(self, *flags, **options):
        self.scan()
        return self.of(self.plan("--key", self.key, *flags, **options), "cluster-dev-neptune-cluster")

    @staticmethod
    def of(folders, name):
        return next(path for path in folders if path.name.endswith(name))

    def run_script(self, folder, words, code=0, **environment):
        name, *flags = words.split()
        self.world.policy = self.policy_of(folder)
        done = subprocess.run([str(folder / name), *flags], env={**self.environment, **environment}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=300)
        text = done.stdout.decode("utf-8")
        print(f"$ {words}: exit {done.returncode}\n{text}", end="")
        self.assertEqual(done.returncode, code, text)
        return text

    @staticmethod
    def policy_of(folder):
        """What the operator has; with a replay, the statement on its table, too."""
        policy = json.loads((folder / "operator-policy.json").read_text(encoding="utf-8"))
        table = re.search(r"^REPLAY=yes\nREPLAY_TABLE='?(\w+)", (folder / "choices.sh").read_text(encoding="utf-8"), re.M)
        if table:
            more = (folder / "operator-policy-replay.json").read_text(encoding="utf-8")
            policy["Statement"] += json.loads(more.replace("REPLAY_TABLE", table[1]))["Statement"]
        return policy

    def run_all(self, folder, scripts, times=1):
        for words in scripts:
            for _ in range(times):
                self.run_script(folder, f"{words} --execute")
            if words.startswith("20-export.sh") and "--exported" not in words:
                self.export()

    def reach(self, last, *flags, scripts=None):
        """The cluster's folder, with all phases up to and with `last` done."""
        scripts = scripts or phases("clone-export" if "clone-export" in flags else "snapshot", "rename" if "rename" in flags else "new-endpoint")
        scripts = scripts[:scripts.index(last) + 1]
        done = max((number for number in range(len(scripts) + 1) if (flags, *scripts[:number]) in self.reached), default=None)
        if done is None:
            self.world.load(self.base)
            if "clone-export" in flags:
                self.graph().triples.clear()  # a load is of one data model
            shutil.rmtree(self.folder / "plan", ignore_errors=True)
            folder, done = self.cluster_folder(*flags), 0
        else:
            saved, files = self.reached[(flags, *scripts[:done])]
            self.world.load(saved)
            shutil.rmtree(self.folder / "plan", ignore_errors=True)
            shutil.copytree(files, self.folder, dirs_exist_ok=True)
            folder = self.of(sorted((self.folder / "plan").iterdir()), "cluster-dev-neptune-cluster")
        for number in range(done, len(scripts) + 1):
            if number > done:
                self.run_all(folder, [scripts[number - 1]])
            if (flags, *scripts[:number]) not in self.reached:
                files = self.enterClassContext(tempfile.TemporaryDirectory())
                shutil.copytree(self.folder, files, dirs_exist_ok=True)
                self.reached[(flags, *scripts[:number])] = self.world.save(), files
        return folder

    def refuses(self, folder, words, part, **environment):
        before = self.everything()
        text = self.run_script(folder, f"{words} --execute", code=1, **environment)
        self.assertIn(part, text)
        self.assertEqual(self.everything(), before, f"{words} refused, and changed something")

    def export(self):
        """What neptune-export does: the clone's data are in S3."""
        clone = next(name for name in self.region.clusters if "-clone-" in name)
        self.world.loads.content["graph"] = self.graph(clone)

    def everything(self):
        """What the account holds, without what AWS itself counts or times."""
        self.world.settle()
        dropped = ("ClusterCreateTime", "EarliestRestorableTime", "LatestRestorableTime", "InstanceCreateTime")
        return {region: {kind: {name: {key: value for key, value in one.items() if not key.startswith("_") and key not in dropped}
                                for name, one in store.items()}
                         for kind, store in (("clusters", place.clusters), ("instances", place.instances), ("snapshots", place.snapshots))}
                for region, place in self.world.regions.items()} | {"globals": self.world.globals}
