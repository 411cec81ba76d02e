"""plan on clusters with conditions of their own, and what goes wrong in the night: as test_plan.py, in a process beside it."""
import datetime
import json
import os
import re
import shutil
import subprocess
import unittest

from plan_case import OTHER, REGION, PlanCase, phases
from strict_aws import ACCOUNT

import reports

LONG = os.environ.get("NEPTUNE_SCAN_LONG") == "1"  # ./dev test --long plan: every phase twice, backed out after each
NEW, OLD = "dev-neptune-cluster-enc", "dev-neptune-cluster"


class Service(PlanCase):
    """What serves, keeps serving as it did."""

    def test_instances_are_counted_against_aws(self):
        cluster = self.reach("35-instances.sh")
        self.region.create_dbinstance({"DBInstanceIdentifier": "late", "DBInstanceClass": "db.r6g.large", "DBClusterIdentifier": OLD})
        self.world.settle()
        self.refuses(cluster, "40-verify.sh", "instances differ")

    def test_long_names(self):
        ids = ["n" * 62 + end for end in "ab"]
        for name in ids:
            self.make_cluster(name, {"i" * 61 + name[-1]: "a"})
        self.scan()
        made = set()
        for folder in self.plan():
            if "cluster-nnn" in folder.name:
                text = (folder / "observed.sh").read_text(encoding="utf-8")
                names = set(re.findall(r"^(?:NEW_CLUSTER|OLD_RENAMED|[A-Z_]*SNAPSHOT|SOAKED|LAST|TRIAL|CLONE)='(.*)'$", text, re.M))
                names |= {(part / name).read_text(encoding="utf-8") for part in (folder / "instances").iterdir() for name in ("name", "renamed")}
                self.assertEqual(len(names), 10)
                self.assertTrue(all(re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) and len(name) <= 63 for name in names), names)
                self.assertFalse(names & made)
                made |= names
        self.assertEqual(len(made), 20)

    def test_a_stack_comes_first(self):
        self.region.clusters[OLD]["TagList"] = [{"Key": "aws:cloudformation:stack-name", "Value": "graph-prod"}, *self.tags]
        self.world.stack[OLD] = "graph-prod"
        cluster = self.cluster_folder()
        text = (cluster / "README.md").read_text(encoding="utf-8")
        self.assertLess(text.index("## The stack first"), text.index("## Phases, gates and backout"))
        for word in ("Retain", "import", "SnapshotIdentifier"):
            self.assertIn(word, text)
        restored = json.loads((cluster / "restore.json").read_text(encoding="utf-8"))
        self.assertEqual({tag["Key"] for tag in restored["Tags"]}, {"owner", "note"})
        scripts = phases()
        self.run_all(cluster, scripts[:scripts.index("80-delete-old.sh")])
        self.refuses(cluster, "80-delete-old.sh", "the CloudFormation stack graph-prod manages this cluster")
        self.refuses(cluster, "80-delete-old.sh --stack-let-go", "still contains dev-neptune-cluster")
        del self.world.stack[OLD]
        self.run_script(cluster, "80-delete-old.sh --stack-let-go --execute")
        self.region.clusters[NEW]["TagList"] = []

    def test_terraform(self):
        self.region.clusters[OLD]["TagList"] = [{"Key": "ManagedBy", "Value": "terraform"}]
        cluster = self.cluster_folder()
        self.assertIn("## The stack first", (cluster / "README.md").read_text(encoding="utf-8"))
        self.assertIn("STACK='Terraform (tag ManagedBy = terraform)'", (cluster / "observed.sh").read_text(encoding="utf-8"))

    def test_keys(self):
        encrypted = {"StorageEncrypted": True, "KmsKeyId": self.key}
        self.make_cluster("locked", {}, **encrypted)
        self.world.keys[REGION][self.key].update(KeyState="PendingDeletion", DeletionDate=1900000000)
        self.region.clusters["locked"]["Status"] = "inaccessible-encryption-credentials-recoverable"
        self.scan()
        folder = self.of(self.plan(), "key-" + self.key.split("/")[1])
        self.refuses(folder, "backout.sh", "has not enabled the KMS key")
        text = self.run_script(folder, "10-rescue.sh --execute")
        self.assertIn("cluster locked lost its KMS key", text)
        self.assertIn("within seven days", text)
        self.assertIn("the response has no AutomaticRestartTime", text)
        self.assertNotIn("None", text)
        self.region.clusters["locked"]["AutomaticRestartTime"] = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=3, hours=1)
        self.assertRegex(self.run_script(folder, "10-rescue.sh"), "until 20.*, in 3 days")
        self.run_script(folder, "10-rescue.sh --start-clusters --execute")
        self.world.settle()
        self.assertEqual((self.region.clusters["locked"]["Status"], self.world.keys[REGION][self.key]["KeyState"]), ("available", "Enabled"))
        self.assertIn("schedule-key-deletion", self.run_script(folder, "backout.sh --execute"))
        self.assertEqual(self.world.keys[REGION][self.key]["KeyState"], "Disabled")
        # A key that somebody else enabled is not "rescued", and not disabled again.
        self.world.keys[REGION][self.key]["KeyState"] = "Enabled"
        self.assertIn("is enabled: nothing to do", self.run_script(folder, "10-rescue.sh --execute"))
        self.refuses(folder, "backout.sh", "has not enabled the KMS key")
        self.assertEqual(self.world.keys[REGION][self.key]["KeyState"], "Enabled")

    def test_shared_snapshots(self):
        self.region.snapshots["before-release"]["_shared"] = ["222222222222"]
        self.scan()
        snapshot = self.of(self.plan(), "snapshot-before-release")
        self.refuses(snapshot, "10-encrypt.sh", "cannot be shared. Set KEY in choices.sh to a customer managed key")
        snapshot = self.of(self.plan("--create-key", out="with-key"), "snapshot-before-release")
        self.run_script(snapshot, "10-encrypt.sh --execute")
        self.assertIn((REGION, "alias/neptune/before-release"), self.world.aliases)
        self.refuses(snapshot, "80-delete-old.sh", 'gate "shared" is not passed')
        self.assertIn("--they-can-restore", self.run_script(snapshot, "20-share.sh --execute", code=1))
        self.run_script(snapshot, "20-share.sh --they-can-restore --execute")
        self.assertEqual(self.region.snapshots["before-release-enc"]["_shared"], ["222222222222"])
        # Another snapshot of the old one's name is not deleted.
        taken = self.region.snapshots["before-release"]["SnapshotCreateTime"]
        self.region.snapshots["before-release"]["SnapshotCreateTime"] = taken.replace(year=2030)
        self.refuses(snapshot, "80-delete-old.sh", "is not the one of the scan")
        self.region.snapshots["before-release"]["SnapshotCreateTime"] = taken
        self.run_script(snapshot, "80-delete-old.sh --execute")

    def test_a_public_snapshot(self):
        self.region.snapshots["before-release"]["_shared"] = ["all"]
        self.scan()
        snapshot = self.of(self.plan("--key", self.key), "snapshot-before-release")
        self.run_script(snapshot, "10-encrypt.sh --execute")
        self.refuses(snapshot, "20-share.sh", "--public-share-ends")
        self.run_all(snapshot, ["20-share.sh --public-share-ends", "80-delete-old.sh"])

    def test_a_snapshot_of_aws_backup(self):
        self.region.snapshots["before-release"]["SnapshotType"] = "awsbackup"
        self.scan()
        folder = self.of(self.plan(), "snapshot-before-release")
        self.assertEqual([path.name for path in folder.iterdir()], ["README.md"])
        self.assertIn("AWS Backup", (folder / "README.md").read_text(encoding="utf-8"))

    def test_a_cluster_that_is_being_deleted(self):
        self.region.clusters[OLD].update(Status="deleting", DeletionProtection=False, _turns=1000)
        self.scan()
        folders = self.plan()
        self.assertFalse([path for path in folders if path.name.endswith("cluster-" + OLD)])
        self.assertIn("## being deleted", (self.folder / "plan/README.md").read_text(encoding="utf-8").lower())

    def test_a_cluster_without_instances(self):
        self.make_cluster("bare", {})
        self.scan()
        folder = self.of(self.plan("--key", self.key), "cluster-bare")
        self.assertIn("--accept-without-counts", (folder / "README.md").read_text(encoding="utf-8"))
        self.run_all(folder, phases()[:phases().index("50-data-check.sh")])
        self.refuses(folder, "50-data-check.sh", "cluster bare has no instance, so it cannot be queried")
        scripts = [words if not words.startswith(("50", "60")) else f"{words} --accept-without-counts" for words in phases()]
        self.run_all(folder, scripts[scripts.index("50-data-check.sh --accept-without-counts"):])
        self.assertEqual(sorted(self.region.clusters), ["bare-enc", OLD])


class GlobalDatabase(PlanCase):
    def setUp(self):
        super().setUp()
        self.region.create_global_cluster({"GlobalClusterIdentifier": "world", "SourceDBClusterIdentifier": self.region.clusters[OLD]["DBClusterArn"]})
        self.other = self.world.region(OTHER)
        self.make_cluster("far", {"far-1": "a"}, region=OTHER, GlobalClusterIdentifier="world")
        self.world.new_key(OTHER)

    def folders(self):
        self.scan(regions=f"{REGION},{OTHER}")
        folders = self.plan("--create-key")
        return (self.of(folders, name) for name in ("global-database-world", "cluster-" + OLD, "cluster-far"))

    UP_TO_CUT_OVER = (("g", "10-prepare.sh"), ("w", "05-preflight.sh"), ("w", "10-prepare.sh"), ("w", "15-stop-writes.sh --fenced"), ("w", "20-snapshot.sh"),
                      ("w", "30-create-encrypted.sh"), ("w", "35-instances.sh"), ("w", "40-verify.sh"), ("w", "50-data-check.sh"), ("g", "20-create-global.sh"),
                      ("s", "05-preflight.sh"), ("s", "10-prepare.sh"), ("s", "30-create-encrypted.sh"), ("s", "35-instances.sh"), ("s", "40-verify.sh"), ("s", "50-data-check.sh"),
                      ("g", "40-verify.sh"))
    CUT_OVER_TO_END = (("w", "60-cut-over.sh --done"), ("s", "60-cut-over.sh --done"), ("w", "70-soak.sh --skip-soak"), ("s", "70-soak.sh --skip-soak"),
                       ("g", "80-dissolve-old.sh"), ("s", "80-delete-old.sh --accept-commits-unseen"), ("w", "80-delete-old.sh"),
                       ("w", "90-delete-leftovers.sh --final-snapshot-is-not-needed"), ("s", "90-delete-leftovers.sh --final-snapshot-is-not-needed"))

    def go(self, folders, steps, times=1):
        for which, words in steps:
            for _ in range(times):
                self.run_script(folders[which], f"{words} --execute")

    def test_to_the_end(self):
        folders = dict(zip("gws", self.folders()))
        self.refuses(folders["g"], "20-create-global.sh", 'gate "prepared" is not passed')
        self.go(folders, self.UP_TO_CUT_OVER[:2])
        self.refuses(folders["g"], "20-create-global.sh", "the new writer is not ready")
        self.run_script(folders["s"], "10-prepare.sh --execute")
        self.refuses(folders["s"], "30-create-encrypted.sh", "the new global database does not exist")
        self.refuses(folders["g"], "80-dissolve-old.sh", "The old global database was not deleted")
        self.go(folders, self.UP_TO_CUT_OVER[2:], times=2)
        self.refuses(folders["s"], "60-cut-over.sh --done", "the writer is not cut over yet")
        self.go(folders, self.CUT_OVER_TO_END, times=2)
        self.assertEqual(list(self.world.globals), ["world-enc"])
        self.assertTrue(self.world.globals["world-enc"]["StorageEncrypted"])
        self.assertEqual((list(self.region.clusters), list(self.other.clusters)), ([NEW], ["far-enc"]))

    def test_backout(self):
        folders = dict(zip("gws", self.folders()))
        before = self.everything()
        stops = range(1, len(self.UP_TO_CUT_OVER) + 1) if LONG else (10, len(self.UP_TO_CUT_OVER))
        for stop in stops:
            with self.subTest(after=self.UP_TO_CUT_OVER[stop - 1]):
                self.go(folders, self.UP_TO_CUT_OVER[:stop])
                self.go(folders, (("s", "backout.sh"), ("g", "backout.sh"), ("w", "backout.sh")), times=2)
                self.assertEqual(self.everything(), before)

    def test_a_secondary_that_lags(self):
        """How far it is behind its writer is seen, at the check of the data and when readers go there."""
        folders = dict(zip("gws", self.folders()))
        self.go(folders, self.UP_TO_CUT_OVER[:-2])
        self.world.lags = (5.0, 90000.0)
        self.refuses(folders["s"], "50-data-check.sh", "is 90000 ms behind the writer of world-enc")
        self.world.lags = ()
        self.refuses(folders["s"], "50-data-check.sh", "its replication lag is not known")
        self.world.lags = (5.0,)
        self.go(folders, self.UP_TO_CUT_OVER[-2:])
        self.assertIn("at most 5 ms behind", (folders["s"] / "state/data-checked").read_text(encoding="utf-8"))
        self.run_script(folders["w"], "60-cut-over.sh --done --execute")
        self.world.lags = ()
        self.refuses(folders["s"], "60-cut-over.sh --done", "its replication lag is not known")
        self.run_script(folders["s"], "60-cut-over.sh --done --accept-lag-unseen --execute")

    def test_another_global_database_of_the_old_ones_name(self):
        folders = dict(zip("gws", self.folders()))
        self.go(folders, self.UP_TO_CUT_OVER)
        self.go(folders, self.CUT_OVER_TO_END[:4])
        mine = dict(self.world.globals["world"])
        self.world.globals["world"].update(GlobalClusterResourceId="cluster-OTHERS", DeletionProtection=True, GlobalClusterMembers=[])
        self.refuses(folders["g"], "80-dissolve-old.sh", "is not the one of 10-prepare.sh (cluster-OTHERS, not ")
        self.world.globals["world"] = mine
        # A member that has left the new global database does not follow the writer any more.
        arn = self.other.clusters["far-enc"]["DBClusterArn"]
        member = next(one for one in self.world.globals["world-enc"]["GlobalClusterMembers"] if one["DBClusterArn"] == arn)
        self.world.globals["world-enc"]["GlobalClusterMembers"].remove(member)
        self.refuses(folders["g"], "80-dissolve-old.sh", "has 1 members")
        self.world.globals["world-enc"]["GlobalClusterMembers"].append(member)
        text = self.run_script(folders["g"], "80-dissolve-old.sh --execute")
        self.assertIn(f"--region {REGION} neptune delete-global-cluster", text)
        self.other.remove_from_global_cluster({"GlobalClusterIdentifier": "world-enc", "DbClusterIdentifier": arn})
        self.refuses(folders["s"], "80-delete-old.sh --accept-commits-unseen", "far-enc is not a secondary of world-enc")

    def test_back_after_the_writers_cut_over(self):
        """In the order that keeps what was written: asked for, before anything goes."""
        folders = dict(zip("gws", self.folders()))
        self.go(folders, self.UP_TO_CUT_OVER)
        self.go(folders, self.CUT_OVER_TO_END[:1])
        self.write(NEW, "late")
        self.assertIn("is a member of the global database world-enc", self.run_script(
            folders["w"], "backout.sh --switched-back --accept-loss-of-writes --execute", code=1))
        self.assertEqual(len(self.region.instances), 4)
        self.refuses(folders["g"], "backout.sh", "applications may write to the successor")
        self.go(folders, (("s", "backout.sh"), ("g", "backout.sh --switched-back"), ("w", "backout.sh --switched-back --accept-loss-of-writes")))
        self.assertEqual((list(self.region.clusters), list(self.other.clusters), list(self.world.globals)), ([OLD], ["far"], ["world"]))
        self.assertIn("late", next(one for name, one in self.region.snapshots.items() if "-last-" in name)["_data"].nodes)

    def test_reported_by_another_region(self):
        """The writer's region was assessed only in part. The database is changed from there all the same."""
        self.region.snapshots["before-release"]["_shared"] = ["222222222222"]
        folders = dict(zip("gws", self.folders()))
        reported = {one["region"] for one in reports.load(self.folder / "report.json")["findings"] if one["control"] == "neptune-global-database-encryption"}
        self.assertEqual(reported, {OTHER})
        self.go(folders, self.UP_TO_CUT_OVER[:self.UP_TO_CUT_OVER.index(("g", "20-create-global.sh")) + 1])
        self.assertTrue(self.world.globals["world-enc"]["StorageEncrypted"])

    def test_a_member_is_not_renamed(self):
        cluster = dict(zip("gws", self.folders()))["w"]
        self.run_all(cluster, phases()[:8])
        self.choose(cluster, CUT_OVER="rename")
        self.refuses(cluster, "60-cut-over.sh", "cannot be renamed")


class Night(PlanCase):
    """What goes wrong at two in the morning."""

    def test_preflight(self):
        cluster = self.cluster_folder("--cut-over", "rename")
        before = self.everything()
        self.assertNotIn("shares:", self.run_script(cluster, "05-preflight.sh --trial --execute"))
        self.assertEqual(self.everything(), before)
        self.assertIn("encrypted restore", (cluster / "README.md").read_text(encoding="utf-8"))
        self.region.offers["db.r6g.large"] = ["b"]
        self.region.quota.update(DBClusters=1, ManualClusterSnapshots=2)
        self.region.pending_maintenance = [{"ResourceIdentifier": self.region.clusters[OLD]["DBClusterArn"],
                                            "PendingMaintenanceActionDetails": [{"Action": "system-update"}]}]
        self.region.clusters[OLD]["PendingModifiedValues"] = {"EngineVersion": "1.4.0.0"}
        self.region.snapshots["before-release"]["_shared"] = ["222222222222", "333333333333"]
        text = self.run_script(cluster, "05-preflight.sh --execute", code=1)
        for part in ("snapshot before-release of this cluster is shared with: 222222222222 333333333333. ",
                     "db.r6g.large with engine 1.3.2.1 is not available in us-east-1a", "quota of clusters: 1 of 1", "quota of manual snapshots", "system-update",
                     "pending changes", "requirements not met: 5"):
            self.assertIn(part, text)

    def test_what_preflight_misses_stops_the_night(self):
        cluster = self.cluster_folder()
        self.run_script(cluster, "05-preflight.sh --execute")
        self.region.pending_maintenance = [{"ResourceIdentifier": self.region.arn("db", name), "PendingMaintenanceActionDetails": [{"Action": action}]}
                                           for name, action in (("dev-neptune-1", "os-upgrade"), ("dev-neptune-10", "of-another"))]
        text = self.run_script(cluster, "05-preflight.sh --execute", code=1)
        self.assertIn("maintenance is pending, which may restart the cluster during the migration: os-upgrade\n", text)
        self.run_script(cluster, "10-prepare.sh --execute")
        self.refuses(cluster, "15-stop-writes.sh --fenced", 'gate "preflight" is not passed')

    def test_ends_of_a_load(self):
        cluster = self.reach("35-instances.sh", "--method", "clone-export", scripts=phases("clone-export"))
        for outcome in ("LOAD_UNEXPECTED_ERROR", "LOAD_DATA_DEADLOCK", "LOAD_COMMITTED_W_WRITE_CONFLICTS", "LOAD_S3_READ_ERROR"):
            self.world.loads.outcome = outcome
            (cluster / "state/loading.nodes").unlink(missing_ok=True)
            self.assertIn(f"is {outcome}, and cannot become LOAD_COMPLETED", self.run_script(cluster, "38-load.sh --execute", code=1))

    def test_a_state_that_does_not_end(self):
        cluster = self.reach("20-snapshot.sh")
        self.region.fate = "incompatible-parameters"
        self.assertIn("is incompatible-parameters, and cannot become available", self.run_script(cluster, "30-create-encrypted.sh --execute", code=1))

    def test_a_stopped_cluster_is_named(self):
        cluster = self.reach("10-prepare.sh")
        self.region.clusters[OLD]["Status"] = "stopped"
        for words in ("10-prepare.sh", "backout.sh"):
            self.refuses(cluster, words, "aws neptune start-db-cluster --db-cluster-identifier dev-neptune-cluster")

    def test_credentials_end_in_a_wait(self):
        cluster = self.reach("20-snapshot.sh")
        self.world.expires_after = 5
        text = self.run_script(cluster, "30-create-encrypted.sh --execute", code=1)
        self.world.expires_after = None
        self.assertIn("the credentials have expired. Renew them", text)
        self.assertIn("(ExpiredToken)", (cluster / "state/log").read_text(encoding="utf-8"))
        self.run_script(cluster, "30-create-encrypted.sh --execute")
        self.assertEqual(sorted(self.region.clusters), [OLD, NEW])

    def test_an_answer_that_was_lost(self):
        """AWS made the cluster, and the script never heard of it: the next run knows it as its own."""
        cluster = self.reach("20-snapshot.sh")
        self.world.stop_after = ("Restore", 1)
        self.run_script(cluster, "30-create-encrypted.sh --execute", code=1)
        self.run_script(cluster, "30-create-encrypted.sh --execute")
        self.run_script(cluster, "backout.sh --execute")
        self.assertEqual(list(self.region.clusters), [OLD])

    def test_a_refusal(self):
        cluster = self.reach("20-snapshot.sh")
        policy = json.loads((cluster / "operator-policy.json").read_text(encoding="utf-8"))
        for statement in policy["Statement"]:
            statement["Action"] = [action for action in statement["Action"] if action != "rds:RestoreDBClusterFromSnapshot"] or ["x:none"]
        (cluster / "operator-policy.json").write_text(json.dumps(policy), encoding="utf-8")
        self.refuses(cluster, "30-create-encrypted.sh", "a permission is missing (operator-policy.json)")

    def test_deleting_goes_on(self):
        for operation in ("DeleteDBInstance", "DeleteDBCluster"):
            with self.subTest(operation=operation):
                cluster = self.reach("70-soak.sh --skip-soak")
                self.world.stop_after = (operation, 1)
                self.run_script(cluster, "80-delete-old.sh --execute", code=1)
                self.run_script(cluster, "80-delete-old.sh --execute")
                self.assertEqual(list(self.region.clusters), [NEW])
                self.assertTrue(any("-final-" in name for name in self.region.snapshots))

    def test_replay(self):
        """Writing goes on after the snapshot, and what was written is replayed."""
        cluster = self.cluster_folder(choices={"REPLAY": "yes", "REPLAY_TABLE": "leases"})
        self.run_script(cluster, "10-prepare.sh --execute")
        self.refuses(cluster, "20-snapshot.sh", "has no streams")
        self.graph().streams = True
        self.run_all(cluster, ["20-snapshot.sh", "30-create-encrypted.sh", "35-instances.sh", "40-verify.sh", "45-replay.sh"])
        self.write(OLD, "late")
        self.refuses(cluster, "50-data-check.sh", 'gate "replayed" is not passed')
        self.run_all(cluster, ["05-preflight.sh", "15-stop-writes.sh --fenced"])
        self.world.leases["leases"] = [{"checkpoint": {"N": str(self.graph().commits - 1)}}]
        self.refuses(cluster, "45-replay.sh --caught-up", "the replay is 1 commits behind")
        self.graph(NEW).write("late", title="written")
        self.world.leases["leases"] = [{"checkpoint": {"N": str(self.graph().commits)}}]
        self.run_all(cluster, ["45-replay.sh --caught-up", "50-data-check.sh", "60-cut-over.sh --done"])
        self.assertIn("late", self.graph(NEW).nodes)

    def test_no_secret_on_a_command_line(self):
        cluster = self.reach("40-verify.sh")
        tools = self.folder / "tools"
        tools.mkdir()
        for name in ("curl", "aws"):
            real = shutil.which(name, path=self.environment["PATH"])
            (tools / name).write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >>{self.folder}/words\nexec {real} "$@"\n', encoding="utf-8")
            (tools / name).chmod(0o700)
        self.run_script(cluster, "50-data-check.sh --execute", PATH=f"{tools}:{self.environment['PATH']}", AWS_SECRET_ACCESS_KEY="wJalrXUtnFEMI", AWS_SESSION_TOKEN="FwoGZXIv")
        words = (self.folder / "words").read_text(encoding="utf-8")
        self.assertIn("-K", words)
        for secret in ("wJalrXUtnFEMI", "FwoGZXIv"):
            self.assertNotIn(secret, words)
            self.assertNotIn(secret, (cluster / "state/log").read_text(encoding="utf-8"))


class BadInput(PlanCase):
    """Named, and nothing changed."""

    def test_the_wrong_account(self):
        cluster = self.cluster_folder()
        self.world.assumed["AKIAOTHER00000000000"] = "222222222222"
        for words in ("10-prepare.sh", "80-delete-old.sh", "backout.sh"):
            self.refuses(cluster, words, f"wrong account: the credentials belong to 222222222222, the plan is for {ACCOUNT}", AWS_ACCESS_KEY_ID="AKIAOTHER00000000000")

    def test_credentials_that_end_soon(self):
        cluster = self.cluster_folder()
        soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=10)
        self.refuses(cluster, "10-prepare.sh", "in less than 15 minutes. Renew them first", AWS_CREDENTIAL_EXPIRATION=soon.strftime("%Y-%m-%dT%H:%M:%SZ"))
        later = (soon + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S+00:00")
        self.run_script(cluster, "10-prepare.sh --execute", AWS_CREDENTIAL_EXPIRATION=later)

    def test_when_credentials_end(self):
        cluster = self.cluster_folder()
        soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=10)
        east = soon.astimezone(datetime.timezone(datetime.timedelta(hours=2))).strftime("%Y-%m-%dT%H:%M:%S+02:00")
        self.refuses(cluster, "10-prepare.sh", "in less than 15 minutes. Renew them first", AWS_CREDENTIAL_EXPIRATION=east)
        self.assertIn("it is not known when the credentials expire", self.run_script(cluster, "10-prepare.sh --execute", AWS_SESSION_TOKEN="t"))

    def test_a_lock_that_is_left_is_taken_once(self):
        cluster = self.reach("10-prepare.sh")
        (cluster / "state/lock").mkdir()
        me = subprocess.run(["sh", "-c", 'echo "$(id -un)@$(uname -n)"'], stdout=subprocess.PIPE, check=True).stdout.decode().strip()
        ended = subprocess.Popen(["true"])
        ended.wait()
        (cluster / "state/lock/holder").write_text(f"{me} {ended.pid}\n", encoding="utf-8")
        self.world.policy = None
        running = [subprocess.Popen([cluster / "15-stop-writes.sh", "--fenced", "--execute"], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                   for _ in range(4)]
        texts = [process.communicate()[0].decode() for process in running]
        print(*texts, sep="---\n")
        codes = [process.returncode for process in running]
        self.assertEqual((codes.count(0), codes.count(1)), (1, 3))
        for text, code in zip(texts, codes):
            self.assertIn("is running a script of this folder" if code else "writes-stopped: ", text)
        self.assertFalse((cluster / "state/lock").exists())

    def test_a_copied_folder(self):
        cluster = self.reach("20-snapshot.sh")
        self.make_cluster("twin", {})
        self.scan()
        other = self.of(self.plan("--key", self.key, out="twin"), "cluster-twin")
        shutil.copytree(cluster / "state", other / "state")
        for words in ("10-prepare.sh", "30-create-encrypted.sh", "backout.sh"):
            self.refuses(other, words, "it was copied")

    def test_choices(self):
        cluster = self.reach("40-verify.sh")
        for name, bad in (("DATA_CHECK", "sql"), ("CUT_OVER", "dns"), ("COMMITS", "logs"), ("REPLAY", "maybe"), ("LIMIT", "2h"), ("SOAK_DAYS", "week"),
                          ("LIMIT", "1.5"), ("SOAK_DAYS", "0.5"), ("SOAK_DAYS", "08"), ("SOAK_DAYS", ""), ("KEEP_FINAL_DAYS", ""), ("METRIC_PERIOD", "5m"),
                          ("METRIC_PERIOD", ""), ("METRIC_PERIOD", "0"), ("METRIC_PERIOD", "90"), ("SAMPLES", "0"), ("SAMPLES", ""), ("PAUSE", ".")):
            good = re.search(rf"^{name}=(.*)", (cluster / "choices.sh").read_text(encoding="utf-8"), re.M)[1]
            self.choose(cluster, **{name: bad})
            self.refuses(cluster, "50-data-check.sh", f'choices.sh: {name} is "{bad}"')
            self.choose(cluster, **{name: good})

    def test_a_second_operator(self):
        cluster = self.cluster_folder()
        (cluster / "state/lock").mkdir(parents=True)
        subject = subprocess.run(["sh", "-c", '. "$1/observed.sh"; echo "2 $RUN $ACCOUNT $REGION $RESOURCE $OLD_RESOURCE_ID"', "sh", str(cluster)],
                                 stdout=subprocess.PIPE, check=True).stdout
        (cluster / "state/subject").write_bytes(subject)
        me = subprocess.run(["sh", "-c", 'echo "$(id -un)@$(uname -n)"'], stdout=subprocess.PIPE, check=True).stdout.decode().strip()
        for holder in (f"{me} {os.getpid()}", "maria@bastion 4711"):
            (cluster / "state/lock/holder").write_text(holder + "\n", encoding="utf-8")
            self.refuses(cluster, "10-prepare.sh", f"{holder} is running a script of this folder")
        ended = subprocess.Popen(["true"])
        ended.wait()
        (cluster / "state/lock/holder").write_text(f"{me} {ended.pid}\n", encoding="utf-8")
        self.run_script(cluster, "10-prepare.sh --execute")
        self.assertFalse((cluster / "state/lock").exists())

    def test_a_folder_of_an_older_version(self):
        cluster = self.cluster_folder()
        (cluster / "state").mkdir()
        (cluster / "state/prepared").write_text("2026-01-01T00:00:00Z\n", encoding="utf-8")
        self.refuses(cluster, "15-stop-writes.sh --fenced", "written by another version")
        shutil.rmtree(cluster / "state")
        text = (cluster / "observed.sh").read_text(encoding="utf-8")
        (cluster / "observed.sh").write_text(text.replace("PLAN_FORMAT=2\n", ""), encoding="utf-8")
        self.refuses(cluster, "10-prepare.sh", "observed.sh was written by another version")
        self.assertFalse((cluster / "state").exists())

    def test_unknown_flags(self):
        cluster = self.cluster_folder()
        for words in ("10-prepare.sh execute", "10-prepare.sh --exceute", "80-delete-old.sh --done"):
            self.assertIn("unknown flag", self.run_script(cluster, words, code=2))
        self.assertIn("Checks what the migration starts from", self.run_script(cluster, "10-prepare.sh --help"))


if __name__ == "__main__":
    unittest.main()
