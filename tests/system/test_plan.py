"""plan, run as people would run it: by the real aws CLI (loaded once, see ready_aws.py), against moto, phase by phase.

`ctest -V -R system.plan` prints the matrix before and after, and what each script says. What moto lacks is answered by a
stand-in: encryption on restore (moto_encrypting.py), and Neptune's own endpoint for queries and the loader (below).
"""
import contextlib
import http.server
import json
import os
import pathlib
import re
import shutil
import sqlite3
import stat
import subprocess
import tempfile
import threading
import unittest

import harness
import reports
from moto_organization import start
from ready_aws import ready_aws

import boto3  # only in the virtual environment, which moto_organization has entered
import botocore.session

OWNER, REGION = "123456789012", "us-east-1"
CONTROLS = "neptune-encryption-at-rest,neptune-snapshot-encryption,neptune-instance-encryption"
BY_SNAPSHOT = ["10-prepare.sh", "20-snapshot.sh", "30-create-encrypted.sh", "35-instances.sh", "40-verify.sh", "50-data-check.sh",
               "60-cut-over.sh --done", "70-soak.sh --skip-soak", "80-delete-old.sh", "90-delete-leftovers.sh"]
BY_EXPORT = ["10-prepare.sh", "20-export.sh", "20-export.sh --exported", "30-create-encrypted.sh", "35-instances.sh", "38-load.sh",
             *BY_SNAPSHOT[4:]]
LONG = os.environ.get("NEPTUNE_SCAN_LONG") == "1"  # ./dev test --long plan: backed out after every phase of both ways
HOSTILE = "$(touch pwned) `touch pwned`; touch pwned 'x' \"y\" \\ & | > pwned\n*"


class NeptuneEndpoint(http.server.BaseHTTPRequestHandler):
    """Counts and a loader, as a cluster's own endpoint would answer."""
    protocol_version = "HTTP/1.1"
    nodes = 4711

    def log_message(self, *_):
        pass

    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.path.startswith("/loader"):
            assert json.loads(body)["source"].startswith("s3://"), body
            self.answer({"status": "200 OK", "payload": {"loadId": "11111111-2222-3333-4444-555555555555"}})
        else:
            self.answer({"results": [{"count": 99 if "%5B" in body or "[r]" in body else type(self).nodes}]})

    def do_GET(self):
        self.answer({"status": "200 OK", "payload": {"overallStatus": {"status": "LOAD_COMPLETED"}}})


class Plan(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        process, cls.url = start(("python", str(harness.SOURCE / "tests/system/moto_encrypting.py")), "moto-plan.log")
        cls.addClassCleanup(process.wait, 20)
        cls.addClassCleanup(process.terminate)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), NeptuneEndpoint)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)
        cls.aws = cls.enterClassContext(ready_aws())
        cls.endpoint = f"http://127.0.0.1:{server.server_port}"
        cls.session = boto3.Session("AKIAOPERATOR00000000", "secret", region_name=REGION)

    def client(self, service):
        return self.session.client(service, endpoint_url=self.url)

    def setUp(self):
        """One unencrypted cluster with all that a cluster can have, and a manual snapshot of it."""
        self.client("rds")._endpoint.http_session.close()  # nothing is kept from the test before
        import urllib.request  # pylint: disable=import-outside-toplevel
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/moto-api/reset", method="POST")).close()
        ec2, neptune = self.client("ec2"), self.client("neptune")
        vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]][:2]
        group = ec2.create_security_group(GroupName="graph", Description="graph", VpcId=vpc)["GroupId"]
        neptune.create_db_subnet_group(DBSubnetGroupName="graph", DBSubnetGroupDescription="graph", SubnetIds=subnets)
        self.key = self.client("kms").create_key()["KeyMetadata"]["Arn"]
        tags = [{"Key": "owner", "Value": "graph team"}, {"Key": "note", "Value": HOSTILE}]
        neptune.create_db_cluster(DBClusterIdentifier="dev-neptune-cluster", Engine="neptune", EngineVersion="1.3.2.1", Port=8182,
                                  DBSubnetGroupName="graph", VpcSecurityGroupIds=[group], BackupRetentionPeriod=14,
                                  PreferredBackupWindow="02:00-02:30", DeletionProtection=True,
                                  EnableCloudwatchLogsExports=["audit"], CopyTagsToSnapshot=True, Tags=tags)
        for number, zone in ((1, "us-east-1a"), (2, "us-east-1b")):
            neptune.create_db_instance(DBInstanceIdentifier=f"dev-neptune-{number}", DBInstanceClass="db.r6g.large", Engine="neptune",
                                       DBClusterIdentifier="dev-neptune-cluster", AvailabilityZone=zone, PromotionTier=number)
        neptune.create_db_cluster_snapshot(DBClusterIdentifier="dev-neptune-cluster", DBClusterSnapshotIdentifier="before-release", Tags=tags)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.environment = harness.clean_environment(
            AWS_ENDPOINT_URL=self.url, AWS_ACCESS_KEY_ID="AKIAOPERATOR00000000", AWS_SECRET_ACCESS_KEY="secret", AWS_REGION=REGION,
            AWS_DEFAULT_REGION=REGION, AWS_MAX_ATTEMPTS="1", NEPTUNE_SCAN_STORE_PATH=str(self.folder / "runs.db"),
            PATH=f"{self.aws}:{os.environ['PATH']}")

    # ---- what people do ----

    def scan(self, title=None):
        result = harness.run(["scan", "--accounts", OWNER, "--regions", REGION, "--controls", CONTROLS, "--report",
                              f"json={self.folder}/report.json", "--report", "table"], self.environment, self.folder)
        if title:
            print(f"\n--- {title}\n{result.out}")
        report = reports.load(self.folder / "report.json")
        return report["cells"][0]["state"], report

    def plan(self, *flags, out="plan"):
        result = harness.run(["plan", "--out", out, *flags], self.environment, self.folder)
        self.assertEqual(result.code, 0, result)
        path = self.folder / out
        for choices in path.glob("*/choices.sh"):
            text = choices.read_text(encoding="utf-8")
            text = text.replace("PAUSE=15", "PAUSE=1").replace("LIMIT=7200", "LIMIT=20")
            text = text.replace("DATA_ENDPOINT_URL=''", f"DATA_ENDPOINT_URL='{self.endpoint}'")
            text = text.replace("EXPORT_S3=''", "EXPORT_S3='s3://bucket/export'").replace("LOADER_ROLE=''", "LOADER_ROLE='arn:aws:iam::1:role/l'")
            choices.write_text(text, encoding="utf-8")
        return {re.sub(r"^\d+-", "", entry.name).split("-", 4)[-1]: entry for entry in path.iterdir() if entry.is_dir()}

    def run_script(self, folder, words, code=0, **environment):
        name, *flags = words.split()
        done = subprocess.run([str(folder / name), *flags], env={**self.environment, **environment}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=120)
        text = done.stdout.decode("utf-8")
        print(f"$ {words}: exit {done.returncode}\n{text}", end="")
        self.assertEqual(done.returncode, code, text)
        return text

    def everything(self):
        """What the account holds, without what AWS itself counts or times."""
        neptune = self.client("neptune")

        def plain(items, name):
            return {item[name]: {key: value for key, value in item.items() if not hasattr(value, "isoformat") and key not in
                                 ("PercentProgress", "DBClusterMembers")} for item in items}

        return {"clusters": plain(neptune.describe_db_clusters()["DBClusters"], "DBClusterIdentifier"),
                "members": {cluster["DBClusterIdentifier"]: sorted(member["DBInstanceIdentifier"] for member in cluster["DBClusterMembers"])
                            for cluster in neptune.describe_db_clusters()["DBClusters"]},
                "instances": plain(neptune.describe_db_instances()["DBInstances"], "DBInstanceIdentifier"),
                "snapshots": plain([snapshot for snapshot in neptune.describe_db_cluster_snapshots()["DBClusterSnapshots"]
                                    if snapshot["SnapshotType"] == "manual"], "DBClusterSnapshotIdentifier")}

    @staticmethod
    def cluster_of(folders):
        return next(path for name, path in folders.items() if "cluster-dev-neptune-cluster" in path.name and "snapshot" not in path.name)

    @staticmethod
    def snapshot_of(folders):
        return next(path for path in folders.values() if path.name.endswith("snapshot-before-release"))

    # ---- the tests ----

    def test_a_ready_cli_is_the_cli(self):
        for words in ("--version", "rds nonsense", f"--endpoint-url {self.url} neptune describe-db-subnet-groups",
                      f"--endpoint-url {self.url} neptune describe-db-clusters --db-cluster-identifier none"):
            answers = [subprocess.run([*aws, *words.split()], env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
                                      capture_output=True, check=False)
                       for aws in ([pathlib.Path(self.aws, "aws")], [harness.PYTHON, harness.PYTHON.with_name("aws")])]
            self.assertEqual(*((done.returncode, done.stdout, done.stderr) for done in answers))

    def test_phase_by_phase(self):
        state, _ = self.scan("before")
        self.assertEqual(state, "fail")
        folders = self.plan("--key", self.key)
        cluster, snapshot = self.cluster_of(folders), self.snapshot_of(folders)
        before = self.everything()
        print("\n--- dry runs: nothing changes")
        for words in BY_SNAPSHOT[:8]:
            self.run_script(cluster, words)
        for words in BY_SNAPSHOT[8:]:
            self.run_script(cluster, words, code=1)  # deleting asks for proofs, in a dry run, too
        self.run_script(snapshot, "10-encrypt.sh")
        self.assertEqual(self.everything(), before)
        self.assertFalse((cluster / "state").exists())
        print("\n--- each phase, twice")
        for words in BY_SNAPSHOT:
            self.run_script(cluster, f"{words} --execute")
            after = self.everything()
            self.run_script(cluster, f"{words} --execute")
            self.assertEqual(self.everything(), after, f"{words}: a second run changed something")
        for words in ("10-encrypt.sh", "80-delete-old.sh"):
            self.run_script(snapshot, f"{words} --execute")
            after = self.everything()
            self.run_script(snapshot, f"{words} --execute")
            self.assertEqual(self.everything(), after)
        state, report = self.scan("after")
        self.assertEqual(state, "pass", report["findings"])
        # The new one is what the old one was.
        old, new = before["clusters"]["dev-neptune-cluster"], self.everything()["clusters"]["dev-neptune-cluster-enc"]
        for name in ("EngineVersion", "Port", "DBSubnetGroup", "VpcSecurityGroups", "BackupRetentionPeriod", "PreferredBackupWindow",
                     "DeletionProtection", "IAMDatabaseAuthenticationEnabled", "EnabledCloudwatchLogsExports", "CopyTagsToSnapshot"):
            self.assertEqual(new.get(name), old.get(name), name)
        self.assertEqual((new["StorageEncrypted"], new["KmsKeyId"]), (True, self.key))
        tags = self.client("neptune").list_tags_for_resource(ResourceName=new["DBClusterArn"])["TagList"]
        self.assertEqual({tag["Key"]: tag["Value"] for tag in tags}, {"owner": "graph team", "note": HOSTILE})
        instances = self.everything()["instances"]
        self.assertEqual(sorted(instances), ["dev-neptune-1-enc", "dev-neptune-2-enc"])
        for number, zone in ((1, "us-east-1a"), (2, "us-east-1b")):
            one = instances[f"dev-neptune-{number}-enc"]
            self.assertEqual((one["DBInstanceClass"], one["AvailabilityZone"], one["PromotionTier"]), ("db.r6g.large", zone, number))
        self.assertFalse((cluster / "pwned").exists() or (self.folder / "pwned").exists())

    def test_by_export(self):
        self.scan()
        folders = self.plan("--create-key", "--method", "clone-export")
        cluster = self.cluster_of(folders)
        for words in BY_EXPORT:
            for _ in range(2):
                self.run_script(cluster, f"{words} --execute")
        new = self.everything()["clusters"]
        self.assertEqual(list(new), ["dev-neptune-cluster-enc"])
        aliases = {alias["AliasName"]: alias.get("TargetKeyId") for alias in self.client("kms").list_aliases()["Aliases"]}
        self.assertTrue(new["dev-neptune-cluster-enc"]["KmsKeyId"].endswith(aliases["alias/neptune/dev-neptune-cluster"]))

    def test_backout_from_every_phase(self):
        """In short, after those that leave most behind."""
        self.scan()
        before = self.everything()
        shorter = {"snapshot": (3, 8), "clone-export": (2,)}
        for method, phases in (("snapshot", BY_SNAPSHOT), ("clone-export", BY_EXPORT)):
            last = next(number for number, words in enumerate(phases) if words.startswith("80"))
            for number in range(1, last + 1) if LONG else shorter[method]:
                with self.subTest(method=method, phases=phases[:number]):
                    out = f"{method}-{number}"
                    folders = self.plan("--key", self.key, "--method", method, out=out)
                    cluster = self.cluster_of(folders)
                    print(f"\n--- {method}: backed out after {phases[number - 1]}")
                    for words in phases[:number]:
                        self.run_script(cluster, f"{words} --execute")
                    if number > phases.index("60-cut-over.sh --done"):
                        self.assertIn("switch them back", self.run_script(cluster, "backout.sh --execute", code=1))
                    for _ in range(2):
                        self.run_script(cluster, "backout.sh --switched-back --execute")
                    self.assertEqual(self.everything(), before)
        self.assertEqual(self.scan("after all backouts")[0], "fail")
        snapshot = self.snapshot_of(self.plan("--key", self.key, out="of-snapshot"))
        self.run_script(snapshot, "10-encrypt.sh --execute")
        for _ in range(2):
            self.run_script(snapshot, "backout.sh --execute")
        self.assertEqual(self.everything(), before)

    def test_deleting_wants_every_proof(self):
        self.scan()
        cluster = self.cluster_of(self.plan("--key", self.key))
        for words in BY_SNAPSHOT[:8]:
            self.run_script(cluster, f"{words} --execute")
        state = cluster / "state"
        for proof in ("verified", "data-checked", "cut-over", "soaked"):
            text = (state / proof).read_text(encoding="utf-8")
            (state / proof).unlink()
            self.assertIn(f'there is no proof "{proof}"', self.run_script(cluster, "80-delete-old.sh --execute", code=1))
            (state / proof).write_text(text, encoding="utf-8")
        # Another cluster of the same name is not the one that was verified.
        (state / "verified").write_text("dev-neptune-cluster-enc cluster-OTHER StorageEncrypted=true KmsKeyId=x\n", encoding="utf-8")
        self.assertIn("is not the cluster that was verified", self.run_script(cluster, "80-delete-old.sh --execute", code=1))
        self.assertIn("dev-neptune-cluster", self.everything()["clusters"])
        self.assertIn("its snapshots may be needed", self.run_script(cluster, "90-delete-leftovers.sh --execute", code=1))
        snapshot = self.snapshot_of(self.plan("--key", self.key, out="again"))
        self.assertIn('there is no proof "verified"', self.run_script(snapshot, "80-delete-old.sh --execute", code=1))

    def test_names_of_others(self):
        """What bears a name of the plan, and is not of its making, is neither used nor changed nor deleted."""
        neptune = self.client("neptune")
        neptune.create_db_cluster(DBClusterIdentifier="dev-neptune-cluster-enc", Engine="neptune")
        neptune.create_db_cluster(DBClusterIdentifier="dev-neptune-cluster-clone", Engine="neptune")
        neptune.create_db_cluster_snapshot(DBClusterIdentifier="dev-neptune-cluster-enc", DBClusterSnapshotIdentifier="before-release-enc")
        neptune.create_db_cluster_snapshot(DBClusterIdentifier="dev-neptune-cluster-enc",
                                           DBClusterSnapshotIdentifier="dev-neptune-cluster-soaked")
        self.scan()
        before = self.everything()
        by_snapshot, by_export = self.plan("--key", self.key), self.plan("--key", self.key, "--method", "clone-export", out="export")
        for folders, scripts in ((by_snapshot, ("10-prepare.sh", "30-create-encrypted.sh", "35-instances.sh")),
                                 (by_export, ("10-prepare.sh", "20-export.sh", "30-create-encrypted.sh", "35-instances.sh"))):
            folder = self.cluster_of(folders)
            (folder / "state").mkdir()
            for proof in ("prepared", "snapshot", "created"):
                (folder / "state" / proof).write_text("as if\n", encoding="utf-8")
            for words in scripts:
                if words == "30-create-encrypted.sh":
                    (folder / "state/exported").write_text("as if\n", encoding="utf-8")
                self.assertIn("this plan did not make it", self.run_script(folder, f"{words} --execute", code=1))
            self.assertIn("left alone", self.run_script(folder, "backout.sh --execute"))
        snapshot = self.snapshot_of(by_snapshot)
        self.assertIn("this plan did not make it", self.run_script(snapshot, "10-encrypt.sh --execute", code=1))
        self.assertIn("left alone", self.run_script(snapshot, "backout.sh --execute"))
        self.assertEqual(self.everything(), before)

    def test_an_instance_of_others(self):
        neptune = self.client("neptune")
        neptune.create_db_cluster(DBClusterIdentifier="other", Engine="neptune")
        neptune.create_db_instance(DBInstanceIdentifier="dev-neptune-2-enc", DBInstanceClass="db.r6g.large", Engine="neptune",
                                   DBClusterIdentifier="other")
        self.scan()
        cluster = self.cluster_of(self.plan("--resource", "dev-neptune-cluster"))
        before = self.everything()
        for words in BY_SNAPSHOT[:3]:
            self.run_script(cluster, f"{words} --execute")
        self.assertIn("instance dev-neptune-2-enc is there, and belongs to other", self.run_script(cluster, "35-instances.sh --execute", code=1))
        self.run_script(cluster, "backout.sh --execute")
        self.assertEqual(self.everything(), before)

    def test_gates(self):
        self.scan()
        cluster = self.cluster_of(self.plan("--key", self.key))
        self.assertIn('no proof "prepared"', self.run_script(cluster, "20-snapshot.sh --execute", code=1))
        for words in BY_SNAPSHOT[:5]:
            self.run_script(cluster, f"{words} --execute")
        self.assertIn('no proof "data-checked"', self.run_script(cluster, "60-cut-over.sh --execute", code=1))
        # Counts that differ.
        text = (cluster / "50-data-check.sh").read_text(encoding="utf-8")
        (cluster / "50-data-check.sh").write_text(text.replace('after=$(count "$NEW_CLUSTER" $what)', "after='{\"results\":[{\"count\":1}]}'"), encoding="utf-8")
        self.assertIn("they differ", self.run_script(cluster, "50-data-check.sh --execute", code=1))
        (cluster / "50-data-check.sh").write_text(text, encoding="utf-8")
        self.run_script(cluster, "50-data-check.sh --execute")
        self.run_script(cluster, "60-cut-over.sh --done --execute")
        self.assertIn("the soak lasts another", self.run_script(cluster, "70-soak.sh --execute", code=1))
        # A cluster that is not as it was seen.
        self.client("neptune").modify_db_cluster(DBClusterIdentifier="dev-neptune-cluster", EngineVersion="1.4.0.0")
        self.assertIn("scan again, and make a new plan", self.run_script(cluster, "10-prepare.sh --execute", code=1))

    def test_the_wrong_account(self):
        self.scan()
        cluster = self.cluster_of(self.plan())
        keys = self.client("sts").assume_role(RoleArn="arn:aws:iam::222222222222:role/x", RoleSessionName="wrong")["Credentials"]
        for words in ("10-prepare.sh --execute", "80-delete-old.sh --execute", "backout.sh --execute"):
            text = self.run_script(cluster, words, code=1, AWS_ACCESS_KEY_ID=keys["AccessKeyId"],
                                   AWS_SECRET_ACCESS_KEY=keys["SecretAccessKey"], AWS_SESSION_TOKEN=keys["SessionToken"])
            self.assertIn(f"these credentials are of account 222222222222; this plan is for {OWNER}", text)

    def test_unknown_flags(self):
        self.scan()
        cluster = self.cluster_of(self.plan())
        self.assertIn("is no flag", self.run_script(cluster, "10-prepare.sh execute", code=2))
        self.assertIn("Is everything there", self.run_script(cluster, "10-prepare.sh --help"))

    def test_bad_input(self):
        state, report = self.scan()
        self.assertEqual(state, "fail")
        run = report["run"]["id"]

        def refuse(part, *flags, code=2):
            result = harness.run(["plan", *flags], self.environment, self.folder)
            self.assertEqual(result.code, code, result)
            self.assertIn(part, result.err)
            self.assertFalse((self.folder / f"plan-{run}").exists())

        refuse("is not in the region and account of dev-neptune-cluster", "--key", "arn:aws:kms:eu-west-1:123456789012:key/x")
        refuse("is not in the region and account of", "--key", "arn:aws:kms:us-east-1:999999999999:key/x")
        refuse('has no failing resource "dev-neptune-clutser"; did you mean "dev-neptune-cluster"?', "--resource", "dev-neptune-clutser")
        refuse('has no account "999999999999"', "--account", "999999999999")
        refuse('has no region "eu-west-9"', "--region", "eu-west-9")
        refuse('"copy" is neither snapshot nor clone-export', "--method", "copy")
        refuse("keep one", "--key", "x", "--create-key")
        refuse("unknown format", "--format", "pdf")
        refuse("no run", "--run", "01AAAAAAAAAAAAAAAAAAAAAAAA")
        (self.folder / "full").mkdir()
        (self.folder / "full/mine").touch()
        refuse("is not empty; name a new folder", "--out", "full")
        refuse("is no folder", "--out", "report.json")
        refuse("cannot write", "--out", "no/such/folder", code=4)
        self.assertEqual(sorted(entry.name for entry in (self.folder / "full").iterdir()), ["mine"])
        (self.folder / "empty").mkdir()
        self.plan(out="empty")
        # A run that did not ask for instances.
        harness.run(["scan", "--accounts", OWNER, "--regions", REGION, "--controls", "neptune-encryption-at-rest"], self.environment, self.folder)
        refuse("did not ask for instances, which the plan of dev-neptune-cluster must build anew: scan with `--controls encryption`")
        # A run of an older program.
        with contextlib.closing(sqlite3.connect(self.folder / "runs.db")) as database:
            database.execute("UPDATE resources SET observed = NULL")
            database.commit()
        refuse("an older neptune-scan wrote it): scan again", "--run", run)

    def test_nothing_fails(self):
        neptune = self.client("neptune")
        neptune.modify_db_cluster(DBClusterIdentifier="dev-neptune-cluster", DeletionProtection=False)
        for number in (1, 2):
            neptune.delete_db_instance(DBInstanceIdentifier=f"dev-neptune-{number}", SkipFinalSnapshot=True)
        neptune.delete_db_cluster(DBClusterIdentifier="dev-neptune-cluster", SkipFinalSnapshot=True)
        neptune.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="before-release")
        for snapshot in neptune.describe_db_cluster_snapshots()["DBClusterSnapshots"]:
            neptune.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier=snapshot["DBClusterSnapshotIdentifier"])
        self.assertEqual(self.scan()[0], "empty")
        result = harness.run(["plan"], self.environment, self.folder)
        self.assertEqual(result.code, 0, result)
        self.assertIn("Nothing fails that needs a new resource.", result.out)
        self.assertEqual([entry.name for entry in self.folder.glob("plan-*")], [])

    def test_forms(self):
        self.scan()
        document = json.loads(harness.run(["plan", "--format", "json"], self.environment, self.folder).out)
        self.assertEqual(document["schema"], "neptune-scan/plan/1")
        cluster = next(item for item in document["items"] if item["kind"] == "cluster")
        self.assertEqual((cluster["id"], cluster["owner"], cluster["observed"]["EngineVersion"]), ("dev-neptune-cluster", "graph team", "1.3.2.1"))
        self.assertEqual([one["id"] for one in cluster["instances"]], ["dev-neptune-1", "dev-neptune-2"])
        text = harness.run(["plan", "--format", "markdown", "--resource", "dev-neptune-cluster"], self.environment, self.folder).out
        self.assertIn("# Encrypt the Neptune cluster dev-neptune-cluster", text)
        self.assertIn("| dev-neptune-1 | db.r6g.large | us-east-1a | 1 |", text)


class Scripts(unittest.TestCase):
    """Of an estate with every kind of failing resource, and of names that would be commands."""

    def check(self, plan):
        scripts = sorted(str(path) for path in plan.rglob("*.sh"))
        self.assertGreater(len(scripts), 100)
        for path in scripts:
            subprocess.run(["sh", "-n", path], check=True)
        if shutil.which("shellcheck"):
            done = subprocess.run(["shellcheck", *scripts], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            print(f"\nshellcheck over {len(scripts)} scripts: {done.stdout.decode()[-2000:] or 'nothing to say'}")
            self.assertEqual(done.returncode, 0, done.stdout.decode()[-3000:])
        for path in plan.glob("*/operator-policy.json"):
            self.hold_policy(path)
        for path in plan.rglob("*"):
            self.assertEqual(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), 0, path)
        for path in plan.rglob("*.json"):
            json.loads(path.read_text(encoding="utf-8"))

    def hold_policy(self, path):
        """Each call of the scripts is allowed, and what is allowed is called; or it is what such a call needs beside itself."""
        operations = {}
        for service, prefix in (("neptune", "rds"), ("rds", "rds"), ("kms", "kms"), ("service-quotas", "servicequotas")):
            for name in botocore.session.get_session().get_service_model(service).operation_names:
                operations[service, botocore.xform_name(name, "-")] = f"{prefix}:{name}"
        operations |= {("neptunedata", name): f"neptune-db:{action}" for name, action in
                       (("execute-open-cypher-query", "ReadDataViaQuery"), ("execute-gremlin-query", "ReadDataViaQuery"),
                        ("start-loader-job", "StartLoaderJob"), ("get-loader-job-status", "GetLoaderJobStatus"))}
        functions = dict(re.findall(r"^(\w+)\(\) \{\n(.*?)^\}", (path.parent / "lib.sh").read_text(encoding="utf-8"), re.M | re.S))

        def called(text, seen):
            text = re.sub(r"^\s*#.*", "", text, flags=re.M)
            found = {operations[pair] for pair in re.findall(r"\b(neptune|rds|kms|service-quotas|neptunedata) ([a-z]+-[a-z-]+)", text)}
            for name, body in functions.items():
                if name not in seen and re.search(rf"\b{name}\b", text):
                    seen.add(name)
                    found |= called(body, seen)
            return found

        scripts = [script for script in path.parent.glob("*.sh") if script.name not in ("lib.sh", "observed.sh", "choices.sh")]
        calls = set().union(*(called(script.read_text(encoding="utf-8"), set()) for script in scripts))
        statements = json.loads(path.read_text(encoding="utf-8"))["Statement"]
        allowed = {action for statement in statements for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])}
        self.assertEqual(calls - allowed, set(), path)
        beside = {"kms:CreateGrant", "kms:GetParametersForImport", "rds:AddTagsToResource", "iam:PassRole"}
        other_way = {"rds:CreateDBCluster", "rds:RestoreDBClusterToPointInTime", "rds:RestoreDBClusterFromSnapshot",
                     "neptune-db:StartLoaderJob", "neptune-db:GetLoaderJobStatus"}
        self.assertEqual(allowed - calls - beside - other_way, set(), path)

    def test_every_kind_and_hostile_names(self):
        with harness.estate("--accounts", "40", "--regions", "17", "--controls", "all") as (environment, truth), \
                tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            environment["NEPTUNE_SCAN_STORE_PATH"] = str(folder / "runs.db")
            harness.run(["scan", "--controls", "all"], environment, folder)
            for method in ("snapshot", "clone-export"):
                result = harness.run(["plan", "--out", method, "--method", method, "--create-key"], environment, folder)
                self.assertEqual(result.code, 0, result)
                self.check(folder / method)
            self.hold_example(folder / "snapshot")
            document = reports.load(folder / "snapshot/plan.json")
            failing = {(finding["resource"]["arn"] or finding["resource"]["id"]) for finding in truth["findings"]
                       if finding["verdict"] == "fail" and finding["control"] in
                       ("neptune-encryption-at-rest", "neptune-snapshot-encryption", "neptune-retained-backup-encryption",
                        "neptune-global-database-encryption", "neptune-key-usable")}
            self.assertEqual({item["arn"] or item["id"] for item in document["items"]}, failing)
            print({kind: sum(item["kind"] == kind for item in document["items"]) for kind in
                   ("key", "global-database", "cluster", "snapshot", "retained-backup")}, len(document["settings"]), "settings")
            order = [item["kind"] for item in document["items"]]
            self.assertEqual(order, sorted(order, key=["key", "global-database", "cluster", "snapshot", "retained-backup"].index))
            # AWS would not allow such names; a plan must not depend on that.
            with contextlib.closing(sqlite3.connect(folder / "runs.db")) as database:
                hostile = json.dumps({"owner": HOSTILE, HOSTILE: HOSTILE})
                database.execute("UPDATE resources SET id = ? || number, tags = ? WHERE observed IS NOT NULL", (HOSTILE, hostile))
                for number, observed in database.execute("SELECT rowid, observed FROM (SELECT account || '/' || region || '/' || number AS rowid, "
                                                         "observed FROM resources WHERE observed IS NOT NULL)").fetchall():
                    account, region, place = number.split("/")
                    values = {name: HOSTILE for name in json.loads(observed)}
                    values.update({"SnapshotType": "manual", "DBClusterIdentifier": HOSTILE})
                    database.execute("UPDATE resources SET observed = ? WHERE account = ? AND region = ? AND number = ?",
                                     (json.dumps(values), account, region, place))
                database.commit()
            result = harness.run(["plan", "--out", "hostile"], environment, folder)
            self.assertEqual(result.code, 0, result)
            self.check(folder / "hostile")
            self.run_all(folder / "hostile")
            self.assertEqual(list(folder.rglob("pwned")), [])

    def hold_example(self, plan):
        """docs/examples/runbook.md is one of these, but for the run's id. UPDATE_GOLDEN=1 writes it anew."""
        made = next(plan.glob("*-cluster-graph-0010-9c12f95e/README.md")).read_text(encoding="utf-8")
        made = made.replace(reports.load(plan / "plan.json")["run"], "01M84T7CP8E4Q6N3J2V1X0Z9YA")
        example = harness.SOURCE / "docs/examples/runbook.md"
        if os.environ.get("UPDATE_GOLDEN"):
            example.parent.mkdir(exist_ok=True)
            example.write_text(made, encoding="utf-8")
        self.assertEqual(example.read_text(encoding="utf-8"), made)

    def run_all(self, plan):
        """With an aws that agrees to everything, and writes down what it was given."""
        tool = plan.parent / "bin"
        tool.mkdir()
        (tool / "aws").write_text('#!/bin/sh\nprintf "%s\\n" "$@" >>"$TMPDIR/asked"\ncase "$*" in *get-caller-identity*) echo "$ACCOUNT_ID" ;; '
                                  '*) echo available ;; esac\n', encoding="utf-8")
        (tool / "aws").chmod(0o700)
        seen = 0
        for observed in sorted(plan.glob("*/observed.sh"))[:24]:
            folder = observed.parent
            values = subprocess.run(["sh", "-c", '. "$1"; printf "%s\\0" "$ACCOUNT" "$RESOURCE"', "sh", str(observed)], cwd=folder,
                                    stdout=subprocess.PIPE, check=True).stdout.decode().split("\0")
            self.assertTrue(values[1].startswith(HOSTILE), values)
            (folder / "state").mkdir(exist_ok=True)  # as if all that is there were of the plan's own making
            subprocess.run(["sh", "-c", '. "$1"; for name in "${NEW_CLUSTER:-}" "${TEMPORARY:-}" "${CLONE:-}"; do echo "cluster $name"; done; '
                            'for name in "${SNAPSHOT:-}" "${NEW_SNAPSHOT:-}" "${SOAKED:-}"; do echo "snapshot $name"; done',
                            "sh", str(observed)], stdout=(folder / "state/claims").open("wb"), check=True)
            for script in sorted(folder.glob("[0-9b]*.sh")):
                subprocess.run([str(script)], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env={"PATH": f"{tool}:{os.environ['PATH']}", "TMPDIR": str(plan.parent), "ACCOUNT_ID": values[0]},
                               check=False, timeout=60)
                seen += 1
        self.assertGreater(seen, 50)


if __name__ == "__main__":
    unittest.main()
