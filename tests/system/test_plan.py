"""plan, run as people would run it: by the real aws CLI (loaded once, see ready_aws.py), against a strict stand-in of AWS
(strict_aws.py), phase by phase, by an operator who has the folder's operator-policy.json and nothing else.

`ctest -V -R system.plan` prints the matrix before and after, and what each script says.
"""
import contextlib
import functools
import json
import os
import pathlib
import re
import shutil
import sqlite3
import stat
import subprocess
import tempfile
import unittest

import harness
from plan_case import CUT_OVER, HOSTILE, OTHER, REGION, UP_TO_CHECK, PlanCase, phases
from strict_aws import ACCOUNT

import botocore.session
import botocore.validate  # only in the virtual environment, which plan_case has entered
import reports

HIDDEN = "\u202e \u200b \u2028 \x9b31m \x7f"  # marks that change the order, no width, the end of a line, CSI, DEL
LONG = os.environ.get("NEPTUNE_SCAN_LONG") == "1"  # ./dev test --long plan: every phase twice, backed out after each
NEW, OLD = "dev-neptune-cluster-enc", "dev-neptune-cluster"


class Way(PlanCase):
    """From an unencrypted cluster to an encrypted one, and back."""

    def test_phase_by_phase(self):
        self.assertEqual(self.scan("before")[0], "fail")
        folders = self.plan("--key", self.key)
        cluster, snapshot = self.of(folders, "cluster-" + OLD), self.of(folders, "snapshot-before-release")
        before = self.everything()
        print("\n--- dry runs: nothing changes")
        scripts = phases()
        for words in scripts[:scripts.index("70-soak.sh --skip-soak") + 1]:
            self.run_script(cluster, words)
        for words in scripts[-2:]:
            self.run_script(cluster, words, code=1)  # deleting asks for its gates in a dry run, too
        self.run_script(snapshot, "10-encrypt.sh")
        self.assertEqual(self.everything(), before)
        self.assertFalse((cluster / "state").exists())
        print("\n--- each phase, twice")
        for words in scripts:
            self.run_script(cluster, f"{words} --execute")
            after = self.everything()
            self.run_script(cluster, f"{words} --execute")
            self.assertEqual(self.everything(), after, f"{words}: a second run changed something")
        self.run_all(snapshot, ["10-encrypt.sh", "20-share.sh", "80-delete-old.sh"], times=2)
        state, report = self.scan("after")
        self.assertEqual(state, "pass", report["findings"])
        self.hold_successor(before, NEW, "-enc")
        self.assertFalse((cluster / "pwned").exists() or (self.folder / "pwned").exists())

    def hold_successor(self, before, cluster, suffix):
        """The new one is what the old one was, and so are its instances."""
        now = self.everything()[REGION]
        old, new = before[REGION]["clusters"][OLD], now["clusters"][cluster]
        for name in ("EngineVersion", "Port", "DBSubnetGroup", "VpcSecurityGroups", "BackupRetentionPeriod", "PreferredBackupWindow", "DeletionProtection",
                     "IAMDatabaseAuthenticationEnabled", "EnabledCloudwatchLogsExports", "CopyTagsToSnapshot", "AssociatedRoles"):
            self.assertEqual(new.get(name), old.get(name), name)
        self.assertEqual((new["StorageEncrypted"], new["KmsKeyId"]), (True, self.key))
        self.assertEqual({tag["Key"]: tag["Value"] for tag in new["TagList"]}, {"owner": "graph team", "note": HOSTILE})
        self.assertEqual(sorted(now["instances"]), [f"dev-neptune-1{suffix}", f"dev-neptune-2{suffix}"])
        for number in (1, 2):
            was, one = before[REGION]["instances"][f"dev-neptune-{number}"], now["instances"][f"dev-neptune-{number}{suffix}"]
            for name in ("DBInstanceClass", "AvailabilityZone", "PromotionTier", "PubliclyAccessible", "CACertificateIdentifier", "PreferredMaintenanceWindow",
                         "TagList"):
                self.assertEqual(one[name], was[name], name)
        self.assertTrue(self.region.instances[f"dev-neptune-2{suffix}"]["_writer"], "the writer of today is not the writer")

    def test_by_export(self):
        self.scan()
        cluster = self.of(self.plan("--create-key", "--method", "clone-export"), "cluster-" + OLD)
        self.graph().triples.clear()  # a load is of one data model
        scripts = phases("clone-export")
        self.run_all(cluster, scripts[:scripts.index("38-load.sh")])
        clone = next(request for operation, request in self.world.calls if operation == "RestoreDBClusterToPointInTime")
        self.assertEqual((clone["DBSubnetGroupName"], clone["VpcSecurityGroupIds"], clone["RestoreType"]), ("graph", ["sg-1"], "copy-on-write"))
        self.world.loads.outcome = "LOAD_FAILED"
        self.assertIn("line 7", self.run_script(cluster, "38-load.sh --execute", code=1))
        self.world.loads.outcome = "LOAD_COMPLETED"
        (cluster / "state/loading.nodes").unlink()
        self.run_all(cluster, scripts[scripts.index("38-load.sh"):], times=2)
        self.assertEqual(list(self.region.clusters), [NEW])
        self.assertEqual(self.region.clusters[NEW]["KmsKeyId"], self.world.aliases[REGION, "alias/neptune/" + OLD])
        self.assertEqual((len(self.graph(NEW).nodes), len(self.graph(NEW).edges)), (5, 4))

    def test_by_rename(self):
        self.scan()
        cluster = self.of(self.plan("--key", self.key, "--cut-over", "rename"), "cluster-" + OLD)
        before = self.everything()
        address = before[REGION]["clusters"][OLD]["Endpoint"]
        self.run_all(cluster, phases("snapshot", "rename"), times=2)
        self.hold_successor(before, OLD, "")
        self.assertEqual(self.region.clusters[OLD]["Endpoint"], address)
        self.assertNotEqual(self.region.clusters[OLD]["DbClusterResourceId"], self.old_id)
        self.assertEqual(list(self.region.clusters), [OLD])

    def test_rename_goes_on_where_it_stopped(self):
        """After every call that renames; and back from there."""
        cluster = self.reach("50-data-check.sh", "--cut-over", "rename")
        saved, begin = self.world.save(), self.everything()
        for renamed in range(1, 7) if LONG else (1, 4):
            with self.subTest(renamed=renamed):
                self.world.load(saved)
                shutil.rmtree(cluster / "state")
                files = self.reached[(("--cut-over", "rename"), *phases("snapshot", "rename")[:8])][1]
                shutil.copytree(pathlib.Path(files) / "plan" / cluster.name / "state", cluster / "state")
                self.world.stop_after = ("Modify", renamed)
                self.run_script(cluster, "60-cut-over.sh --execute", code=1)
                if renamed % 2:
                    self.run_script(cluster, "60-cut-over.sh --execute")
                    self.assertEqual(sorted(self.region.instances), ["dev-neptune-1", "dev-neptune-1-old", "dev-neptune-2", "dev-neptune-2-old"])
                    self.assertNotEqual(self.region.clusters[OLD]["DbClusterResourceId"], self.old_id)
                else:
                    self.run_script(cluster, "backout.sh --accept-loss-of-writes --execute")
                    self.assertEqual(self.everything()[REGION]["instances"], {name: one for name, one in begin[REGION]["instances"].items() if "-enc" not in name})
                    self.assertEqual(self.region.clusters[OLD]["DbClusterResourceId"], self.old_id)

    def test_backout_from_every_phase(self):
        """In short, after those that leave most behind."""
        self.reached.clear()  # what other tests reached began in another account than `before`
        self.scan()
        before = self.everything()
        ways = ((("snapshot", "rename"), (8, 10)), (("clone-export", "new-endpoint"), (4,)), (("snapshot", "new-endpoint"), ()), (("clone-export", "rename"), ()))
        for (method, cut_over), short in ways:
            scripts = phases(method, cut_over)
            last = scripts.index("80-delete-old.sh")
            begun = scripts.index("60-cut-over.sh")
            for number in range(1, last + 1) if LONG else short:
                with self.subTest(method=method, cut_over=cut_over, phases=scripts[:number]):
                    cluster = self.reach(scripts[number - 1], "--method", method, "--cut-over", cut_over, scripts=scripts)
                    print(f"\n--- {method}, {cut_over}: backed out after {scripts[number - 1]}")
                    flags = ""
                    if number > begun:
                        flags = "--accept-loss-of-writes" + (" --switched-back" if cut_over == "new-endpoint" else "")
                        self.refuses(cluster, "backout.sh", "switch them back" if cut_over == "new-endpoint" else "--accept-loss-of-writes")
                    for _ in range(2):
                        self.run_script(cluster, f"backout.sh {flags} --execute")
                    after = self.everything()
                    kept = {name: one for name, one in after[REGION]["snapshots"].items() if "-last-" in name or "-soaked-" in name}
                    self.assertEqual([one["StorageEncrypted"] for one in kept.values()], [True] * len(kept))
                    self.assertEqual(len(kept), (number > begun) + (number > scripts.index("70-soak.sh --skip-soak")))
                    for name in kept:
                        del after[REGION]["snapshots"][name]
                    self.assertEqual(after, before)
        snapshot = self.of(self.plan("--key", self.key, out="of-snapshot"), "snapshot-before-release")
        self.world.load(self.world.save())
        now = self.everything()
        self.run_all(snapshot, ["10-encrypt.sh", "20-share.sh"])
        self.run_all(snapshot, ["backout.sh"], times=2)
        self.assertEqual(self.everything(), now)

    def test_a_write_between_any_two_phases(self):
        """It is in the new cluster, or refused, or reported as lost: never lost without a word."""
        ways = [("snapshot", "new-endpoint"), ("snapshot", "rename")] + ([("clone-export", "new-endpoint")] if LONG else [])
        short = {"10-prepare.sh", "15-stop-writes.sh --fenced", "50-data-check.sh", "70-soak.sh --skip-soak"}
        for method, cut_over in ways:
            scripts = phases(method, cut_over)
            end = scripts.index("80-delete-old.sh")
            for number in range(1, end + 1):
                if not LONG and (scripts[number - 1] not in short or cut_over == "rename" and "15" not in scripts[number - 1]):
                    continue
                for where in ("old", "new") if scripts[number - 1].startswith("70") else ("old",):
                    with self.subTest(method=method, cut_over=cut_over, after=scripts[number - 1], where=where):
                        cluster = self.reach(scripts[number - 1], "--method", method, "--cut-over", cut_over, scripts=scripts)
                        self.write_late(cluster, scripts[number:end + 1], where)

    def write_late(self, cluster, rest, where):
        of_old = next(name for name, one in self.region.clusters.items() if one["DbClusterResourceId"] == self.old_id)
        of_new = next((name for name in self.region.clusters if name not in (of_old,) and "-clone-" not in name), None)
        graph = self.graph(of_old if where == "old" else of_new)
        self.write(of_old if where == "old" else of_new, "late")
        for words in rest:
            self.world.policy = json.loads((cluster / "operator-policy.json").read_text(encoding="utf-8"))
            done = subprocess.run([str(cluster / words.split()[0]), *words.split()[1:], "--execute"], env=self.environment, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            text = done.stdout.decode()
            print(f"$ {words}: exit {done.returncode}\n{text}", end="")
            if done.returncode == 0 and words == "20-export.sh":
                self.export()
            if done.returncode != 0:
                self.assertRegex(text, "written to|differ")
                self.assertIn("late", graph.nodes)  # refused: it is where it was written
                self.assertTrue(any(one["DbClusterResourceId"] == self.old_id for one in self.region.clusters.values()))
                return
        self.assertIn("late", self.graph(next(name for name, one in self.region.clusters.items() if one["DbClusterResourceId"] != self.old_id)).nodes)


class Data(PlanCase):
    """What must never be lost."""

    def test_backout_after_the_cut_over_keeps_what_was_written(self):
        for cut_over, flags in (("new-endpoint", " --switched-back"), ("rename", "")):
            with self.subTest(cut_over=cut_over):
                cluster = self.reach(CUT_OVER[cut_over][-1], "--cut-over", cut_over, scripts=phases("snapshot", cut_over))
                new = OLD if cut_over == "rename" else NEW
                self.write(new, "after the cut over")
                if cut_over == "new-endpoint":
                    self.refuses(cluster, "backout.sh --accept-loss-of-writes", "switch them back")
                text = self.run_script(cluster, f"backout.sh{flags} --execute", code=1)
                self.assertRegex(text, r"may have been written to since .*, for 0 h 0 min. Those writes are not in")
                self.assertIn("--accept-loss-of-writes", text)
                self.run_script(cluster, f"backout.sh{flags} --accept-loss-of-writes --execute")
                last = next(one for name, one in self.region.snapshots.items() if "-last-" in name)
                self.assertIn("after the cut over", last["_data"].nodes)
                self.assertTrue(last["StorageEncrypted"])
                self.assertEqual(list(self.region.clusters), [OLD])
                self.assertIn("backed out after its cut over", self.run_script(cluster, "10-prepare.sh --execute", code=1))

    def replace_old(self, encrypted):
        """Somebody deletes the old cluster, and makes another of its name."""
        for name in [name for name, one in self.region.instances.items() if one["DBClusterIdentifier"] == OLD]:
            del self.region.instances[name]
        del self.region.clusters[OLD]
        self.make_cluster(OLD, {"dev-neptune-1": "a", "dev-neptune-2": "b"}, **({"StorageEncrypted": True, "KmsKeyId": self.key} if encrypted else {}))

    def test_another_cluster_of_the_same_name(self):
        for encrypted in (True, False):
            with self.subTest(encrypted=encrypted):
                cluster = self.reach("70-soak.sh --skip-soak")
                self.replace_old(encrypted)
                for words in ("10-prepare.sh", "20-snapshot.sh", "backout.sh --switched-back --accept-loss-of-writes"):
                    self.refuses(cluster, words, "is not the one of the scan")
                # The one that was to be deleted is gone already, and nothing else is taken for it.
                before = self.everything()
                self.run_script(cluster, "80-delete-old.sh --execute", code=1)
                self.assertEqual(self.everything(), before)

    def test_an_encrypted_old_cluster(self):
        cluster = self.reach("70-soak.sh --skip-soak")
        self.region.clusters[OLD]["StorageEncrypted"] = True
        for words in ("10-prepare.sh", "80-delete-old.sh", "backout.sh --switched-back --accept-loss-of-writes"):
            self.refuses(cluster, words, "This plan changes unencrypted resources only")

    def test_another_new_cluster_or_snapshot_of_the_same_name(self):
        cluster = self.reach("70-soak.sh --skip-soak")
        self.region.clusters[NEW]["DbClusterResourceId"] = "cluster-OTHER"
        for words in ("80-delete-old.sh", "70-soak.sh --skip-soak"):
            self.refuses(cluster, words, "no longer exists")
        cluster = self.reach("80-delete-old.sh")
        taken = {}
        for name, one in self.region.snapshots.items():
            if "-plan-" in name or "-final-" in name:
                taken[name] = one["SnapshotCreateTime"] = one["SnapshotCreateTime"].replace(year=2030)
        text = self.run_script(cluster, "90-delete-leftovers.sh --final-snapshot-is-not-needed --execute", code=1)
        self.assertEqual(text.count("this plan did not create it: not changed"), 2)
        self.assertIn("not clean: it is not known whether this plan created", text)
        self.assertLessEqual(set(taken), set(self.region.snapshots))

    def test_a_data_check_that_cannot_be_empty(self):
        cluster = self.reach("40-verify.sh")
        old, new = (f"https://{self.region.clusters[name]['Endpoint']}:{self.region.clusters[name]['Port']}" for name in (OLD, NEW))
        self.choose(cluster, OLD_DATA_URL=f"'{old}'", NEW_DATA_URL=f"'{old}'")
        self.refuses(cluster, "50-data-check.sh", "must lead to two clusters")
        self.choose(cluster, NEW_DATA_URL=f"'{old}/'")  # the same cluster by another text
        self.refuses(cluster, "50-data-check.sh", "lead to the same instance")
        self.world.roles[new.split("/")[2].split(":")[0]] = "reader"
        self.choose(cluster, NEW_DATA_URL=f"'{new}'")
        self.refuses(cluster, "50-data-check.sh", "is not the writer of a healthy cluster")
        self.world.roles.clear()
        graphs = self.graph(OLD), self.graph(NEW)
        for name, change in (("nodes differ", lambda one: one.nodes.pop("n5")), ("edges differ", lambda one: one.edges.pop("e4")),
                             ("triples differ", lambda one: one.triples.pop()), ("values differ", lambda one: one.nodes.update(n5={"title": "another"})),
                             ("values differ", lambda one: one.edges.update(e4=("n4", "n1"))),
                             ("values differ", lambda one: one.triples.__setitem__(0, ("http://example.com/s", "http://example.com/p", "other")))):
            for method in ("opencypher", "gremlin") if "triples" not in name else ("opencypher",):
                with self.subTest(name=name, method=method):
                    self.choose(cluster, DATA_CHECK=method)
                    kept = dict(graphs[1].nodes), dict(graphs[1].edges), list(graphs[1].triples)
                    change(graphs[1])
                    self.refuses(cluster, "50-data-check.sh", name)
                    graphs[1].nodes, graphs[1].edges, graphs[1].triples = kept
        for graph in graphs:
            graph.statistics = False  # not computed yet, or a small instance class
        self.run_script(cluster, "50-data-check.sh --execute")
        (cluster / "state/data-checked").unlink()
        for graph in graphs:
            graph.nodes, graph.edges, graph.triples = {}, {}, []
        self.refuses(cluster, "50-data-check.sh", "0 = 0")
        self.run_script(cluster, "50-data-check.sh --the-cluster-is-empty --execute")

    def test_a_count_is_not_asked_again(self):
        cluster = self.reach("40-verify.sh")
        self.world.broken = "/opencypher"
        self.refuses(cluster, "50-data-check.sh", "counting the nodes at", AWS_MAX_ATTEMPTS="5")
        self.assertEqual(self.world.broken_calls, 1)

    def test_writing_goes_on(self):
        """One way with streams and one without; whenever somebody writes, what comes next refuses."""
        stops = (("10-prepare.sh", "15-stop-writes.sh --fenced"), ("15-stop-writes.sh --fenced", "20-snapshot.sh"), ("50-data-check.sh", "60-cut-over.sh"),
                 ("70-soak.sh --skip-soak", "80-delete-old.sh"))
        for streams in (True, False):
            self.world.load(self.base)
            self.graph().streams = streams
            cluster, scripts, done = self.cluster_folder(out=f"streams-{streams}"), phases(), 0
            for last, words in stops:
                with self.subTest(streams=streams, words=words):
                    self.run_all(cluster, scripts[done:scripts.index(last) + 1])
                    done = scripts.index(last) + 1
                    quiet = self.world.save()
                    if last == "10-prepare.sh":
                        self.world.writing = (REGION, OLD)  # between any two looks
                    else:
                        self.write(OLD, "late")
                    before = self.everything()
                    self.assertRegex(self.run_script(cluster, f"{words} --execute", code=1), "is being written to|was written to")
                    self.world.writing = None
                    self.assertEqual(self.everything(), before)
                    self.world.load(quiet)

    def test_a_rehearsal_is_no_migration(self):
        cluster = self.reach("10-prepare.sh")
        self.refuses(cluster, "20-snapshot.sh", 'gate "writes-stopped" is not passed')
        self.run_all(cluster, ["20-snapshot.sh --rehearsal", "30-create-encrypted.sh", *UP_TO_CHECK])
        self.refuses(cluster, "60-cut-over.sh", "this was a rehearsal")
        self.refuses(cluster, "15-stop-writes.sh --fenced", "this was a rehearsal")
        # Even if somebody takes its mark away.
        (cluster / "state/rehearsal").unlink()
        self.write(OLD, "of the day")
        self.world.metrics.clear()
        self.run_script(cluster, "15-stop-writes.sh --fenced --execute")
        self.refuses(cluster, "20-snapshot.sh", "before writing stopped")
        self.refuses(cluster, "60-cut-over.sh", "nodes differ")
        self.run_script(cluster, "backout.sh --execute")
        self.assertEqual(list(self.region.clusters), [OLD])
        self.run_all(cluster, phases()[1:4])

    def test_the_final_snapshot_stays(self):
        cluster = self.reach("80-delete-old.sh")
        final = next(name for name in self.region.snapshots if "-final-" in name)
        self.choose(cluster, KEEP_FINAL_DAYS="30")
        self.assertIn("is kept until", self.run_script(cluster, "90-delete-leftovers.sh --final-snapshot-is-not-needed --execute", code=1))
        self.choose(cluster, KEEP_FINAL_DAYS="0")
        self.assertIn("--final-snapshot-is-not-needed", self.run_script(cluster, "90-delete-leftovers.sh --execute", code=1))
        self.assertIn(final, self.region.snapshots)
        self.assertIn("unknown flag", self.run_script(cluster, "80-delete-old.sh --skip-final-snapshot --execute", code=2))
        self.assertIn("Point-in-time history", (cluster / "README.md").read_text(encoding="utf-8"))

    def test_deleting_wants_every_gate(self):
        cluster = self.reach("70-soak.sh --skip-soak")
        state = cluster / "state"
        for gate in ("verified", "data-checked", "cut-over", "soaked"):
            text = (state / gate).read_text(encoding="utf-8")
            (state / gate).unlink()
            self.refuses(cluster, "80-delete-old.sh", f'gate "{gate}" is not passed')
            (state / gate).write_text(text, encoding="utf-8")
        self.region.clusters[NEW]["StorageEncrypted"] = False
        self.refuses(cluster, "80-delete-old.sh", 'StorageEncrypted is "False"')
        self.region.clusters[NEW]["StorageEncrypted"] = True
        (state / "verified").write_text(f"{NEW} cluster-OTHER StorageEncrypted=true\n", encoding="utf-8")
        self.refuses(cluster, "80-delete-old.sh", "is not the cluster that was verified")
        self.refuses(cluster, "90-delete-leftovers.sh", "its snapshots may be needed")

    def test_gates(self):
        cluster = self.reach("10-prepare.sh")
        (cluster / "state/prepared").unlink()
        self.refuses(cluster, "15-stop-writes.sh --fenced", 'gate "prepared" is not passed')
        cluster = self.reach("40-verify.sh")
        self.refuses(cluster, "60-cut-over.sh", 'gate "data-checked" is not passed')
        cluster = self.reach("60-cut-over.sh --done")
        self.refuses(cluster, "70-soak.sh", "the soak lasts another")
        self.region.clusters[OLD]["EngineVersion"] = "1.4.0.0"
        self.refuses(cluster, "10-prepare.sh", "Scan again and create a new plan")

    def test_names_of_others(self):
        """What bears a name of the plan, and is not of its making, is neither used nor changed nor deleted."""
        self.scan()
        by_snapshot, by_export = self.plan("--key", self.key), self.plan("--key", self.key, "--method", "clone-export", out="export")
        folder = self.of(by_snapshot, "cluster-" + OLD)
        names = dict(re.findall(r"^(\w+)='(.*)'$", (folder / "observed.sh").read_text(encoding="utf-8"), re.M))
        for name in (names["NEW_CLUSTER"], names["CLONE"]):
            self.make_cluster(name, {})
        for name in (names["SNAPSHOT"], names["SOAKED"], "before-release-enc"):
            self.region.create_dbcluster_snapshot({"DBClusterIdentifier": NEW, "DBClusterSnapshotIdentifier": name})
            self.world.settle()
        for folders, scripts in ((by_snapshot, ("10-prepare.sh", "20-snapshot.sh --rehearsal", "30-create-encrypted.sh", "35-instances.sh")),
                                 (by_export, ("10-prepare.sh", "20-export.sh --rehearsal", "30-create-encrypted.sh", "35-instances.sh"))):
            folder = self.of(folders, "cluster-" + OLD)
            subprocess.run(["sh", "-c", 'cd "$1" && . ./observed.sh && mkdir state && echo "2 $RUN $ACCOUNT $REGION $RESOURCE $OLD_RESOURCE_ID" >state/subject && '
                            'for gate in prepared snapshot exported created; do echo "as if" >state/$gate; done', "sh", str(folder)], check=True)
            (folder / "state/exported").unlink()
            for words in scripts:
                if words == "30-create-encrypted.sh":
                    (folder / "state/exported").write_text("as if\n", encoding="utf-8")
                self.refuses(folder, words, "this plan did not create it")
            before = self.everything()
            self.assertIn("not changed", self.run_script(folder, "backout.sh --execute"))
            self.assertEqual(self.everything(), before)
        snapshot = self.of(by_snapshot, "snapshot-before-release")
        self.refuses(snapshot, "10-encrypt.sh", "this plan did not create it")

    def test_an_instance_of_others(self):
        cluster = self.reach("30-create-encrypted.sh")
        self.make_cluster("other", {"dev-neptune-2-enc": "a"})
        self.refuses(cluster, "35-instances.sh", "instance dev-neptune-2-enc exists, and belongs to other")


class Examples(PlanCase):
    """docs/examples/ holds runbooks of six clusters as they are written; UPDATE_GOLDEN=1 writes them anew. runbook.md, the plain one, is
    of the simulated organization (Scripts)."""

    def hold(self, name, folder):
        text = (folder / "README.md").read_text(encoding="utf-8")
        run = reports.load(self.folder / "report.json")["run"]["id"]
        text = text.replace(run, "01M84T7CP8E4Q6N3J2V1X0Z9YA").replace(run[-8:].lower(), "2v1x0z9y").replace(str(self.world.port), "8182")
        for (region, cluster), address in sorted(self.world.addresses.items(), key=lambda pair: -len(pair[1])):
            text = text.replace(address, f"{cluster}.cluster-example.{region}.neptune.amazonaws.com")
        text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*Z", "2026-11-24T02:00:00Z", text)
        example = harness.SOURCE / "docs/examples" / name
        if os.environ.get("UPDATE_GOLDEN"):
            example.write_text(text, encoding="utf-8")
        self.assertEqual(example.read_text(encoding="utf-8"), text)

    def test_examples(self):
        self.region.clusters.clear()
        self.region.instances.clear()
        serverless = {"ServerlessV2ScalingConfiguration": {"MinCapacity": 2.5, "MaxCapacity": 64.0}}
        self.region.create_dbcluster({"DBClusterIdentifier": "shop", "Engine": "neptune", "Port": self.world.port, "StorageType": "iopt1", **serverless})
        self.world.settle()
        self.region.create_dbinstance({"DBInstanceIdentifier": "shop-1", "DBInstanceClass": "db.serverless", "DBClusterIdentifier": "shop"})
        self.make_cluster("archive", {})
        self.make_cluster("orders", {"orders-1": "a", "orders-2": "b"})
        self.region.clusters["orders"]["TagList"] = [{"Key": "aws:cloudformation:stack-name", "Value": "orders-prod"}, {"Key": "owner", "Value": "orders team"}]
        self.make_cluster("map", {"map-1": "a"})
        self.region.create_global_cluster({"GlobalClusterIdentifier": "world", "SourceDBClusterIdentifier": self.region.clusters["map"]["DBClusterArn"]})
        self.make_cluster("map-far", {"map-far-1": "a"}, region=OTHER, GlobalClusterIdentifier="world")
        self.region.snapshots["before-release"]["_shared"] = ["222222222222", "333333333333"]
        self.world.settle()
        self.scan(regions=f"{REGION},{OTHER}")
        folders = self.plan("--create-key", "--cut-over", "rename")
        for name, folder in (("serverless.md", "cluster-shop"), ("no-instance.md", "cluster-archive"), ("stack-managed.md", "cluster-orders"),
                             ("global-database.md", "global-database-world"), ("global-member.md", "cluster-map"), ("shared-snapshot.md", "snapshot-before-release")):
            with self.subTest(name=name):
                self.hold(name, self.of(folders, folder))
        Scripts().check(self.folder / "plan")  # the simulated organization has no failing global database


class Forms(PlanCase):
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
        refuse('has no failing resource "dev-neptune-clutser". Did you mean "dev-neptune-cluster"?', "--resource", "dev-neptune-clutser")
        refuse('has no account "999999999999"', "--account", "999999999999")
        refuse('--region "eu-west-9": run ', "--region", "eu-west-9")
        refuse('--method "copy": must be snapshot or clone-export', "--method", "copy")
        refuse('--cut-over "dns": must be rename or new-endpoint', "--cut-over", "dns")
        refuse("--key and --create-key exclude each other", "--key", "x", "--create-key")
        refuse('--format "pdf": must be', "--format", "pdf")
        refuse("no run", "--run", "01AAAAAAAAAAAAAAAAAAAAAAAA")
        (self.folder / "full").mkdir()
        (self.folder / "full/mine").touch()
        refuse("is not empty. Choose a new folder", "--out", "full")
        refuse("is not a folder", "--out", "report.json")
        refuse("cannot write", "--out", "no/such/folder", code=4)
        self.assertEqual(sorted(entry.name for entry in (self.folder / "full").iterdir()), ["mine"])
        refuse("the name of the folder is empty", "--out", "")
        # A slash or a dot at its end, an empty folder, the one that the user stands in: each becomes the plan, and nobody else may read it.
        (self.folder / "empty").mkdir(mode=0o755)
        (self.folder / "linked").symlink_to("by-link")
        (self.folder / "by-link").mkdir()
        for out in ("new-one/", "empty//", "linked", "dotted/.", "dots/././/"):
            self.plan(out=out)
            plan = self.folder / out
            self.assertTrue((plan / "plan.json").exists(), out)
            for entry in (plan, *plan.rglob("*")):
                self.assertEqual(stat.S_IMODE(entry.stat().st_mode) & 0o077, 0, entry)
        self.assertTrue((self.folder / "linked").is_symlink())
        # A run that did not ask for instances.
        harness.run(["scan", "--accounts", ACCOUNT, "--regions", REGION, "--controls", "neptune-encryption-at-rest"], self.environment, self.folder)
        refuse("has no instances, which the plan of dev-neptune-cluster needs. Scan with `--controls encryption`")
        # A run of an older program.
        with contextlib.closing(sqlite3.connect(self.folder / "runs.db")) as database:
            database.execute("UPDATE resources SET observed = NULL")
            database.commit()
            database.executescript(harness.FORGET_DIGESTS)
        refuse("an older neptune-scan wrote it). Scan again", "--run", run)

    def test_nothing_fails(self):
        for store in (self.region.clusters, self.region.instances, self.region.snapshots):
            store.clear()
        self.assertEqual(self.scan()[0], "empty")
        result = harness.run(["plan"], self.environment, self.folder)
        self.assertEqual(result.code, 0, result)
        self.assertIn("No failing resource needs a remediation plan.", result.out)
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
        self.assertIn("| dev-neptune-1 | reader | db.r6g.large | us-east-1a | 1 |", text)

    def test_a_ready_cli_is_the_cli(self):
        for words in ("--version", "rds nonsense", f"--endpoint-url {self.url} neptune describe-db-clusters",
                      f"--endpoint-url {self.url} neptune describe-db-clusters --db-cluster-identifier none"):
            answers = [subprocess.run([*aws, *words.split()], env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
                                      capture_output=True, check=False)
                       for aws in ([pathlib.Path(self.aws, "aws")], [harness.PYTHON, harness.PYTHON.with_name("aws")])]
            self.assertEqual(*((done.returncode, done.stdout, done.stderr) for done in answers))


class Scripts(unittest.TestCase):
    """Of an estate with every kind of failing resource, and of names that would be commands."""

    @staticmethod
    def distinct(plan):
        """Scripts are the same in all folders of a kind: those of one folder each, and what differs of all."""
        texts, paths = set(), []
        for folder in sorted(path for path in plan.iterdir() if path.is_dir()):
            scripts = sorted(folder.glob("*.sh"))
            known = frozenset((path.name, path.read_text(encoding="utf-8")) for path in scripts if path.name not in ("observed.sh", "choices.sh"))
            paths += [str(path) for path in scripts if known not in texts or path.name in ("observed.sh", "choices.sh")]
            texts.add(known)
        return paths

    def check(self, plan):
        scripts = self.distinct(plan)
        self.assertGreater(len(scripts), 50)
        for path in scripts:
            subprocess.run(["sh", "-n", path], check=True)
        if shutil.which("shellcheck"):
            done = subprocess.run(["shellcheck", *scripts], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            print(f"\nshellcheck over {len(scripts)} scripts: {done.stdout.decode()[-2000:] or 'nothing to say'}")
            self.assertEqual(done.returncode, 0, done.stdout.decode()[-3000:])
        for path in plan.glob("*/operator-policy.json"):
            self.hold_policy(path)
        self.hold_calls(plan)
        self.hold_inputs(plan)
        for path in plan.rglob("*"):
            self.assertEqual(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), 0, path)
        for path in plan.rglob("*.json"):
            json.loads(path.read_text(encoding="utf-8"))

    # ---- what the scripts call ----

    SERVICES = {"neptune": "rds", "rds": "rds", "kms": "kms", "cloudwatch": "cloudwatch", "iam": "iam", "cloudformation": "cloudformation",
                "dynamodb": "dynamodb", "neptunedata": "neptune-db", "sts": None}
    GENERAL = {"query", "output", "cli-input-json"}  # of every command of the CLI, and not of an operation
    DATA = {"ExecuteOpenCypherQuery": "ReadDataViaQuery", "ExecuteGremlinQuery": "ReadDataViaQuery", "GetPropertygraphSummary": "GetGraphSummary",
            "GetRDFGraphSummary": "GetGraphSummary", "GetPropertygraphStream": "GetStreamRecords", "GetSparqlStream": "GetStreamRecords"}

    @staticmethod
    @functools.cache
    def operation(service, command):
        known = botocore.session.get_session().get_service_model(service)
        return next((known.operation_model(name) for name in known.operation_names if botocore.xform_name(name, "-") == command), None)

    @classmethod
    def calls(cls, text):
        """[(service, command, the flags that follow)] of a script."""
        text = re.sub(r"^\s*#.*", "", text, flags=re.M).replace("\\\n", " ")
        text = re.sub(r'data "\$\w+" (?:\d+|"\$COUNT_TIMEOUT") ', "neptunedata ", text)
        text = re.sub(r"\b(say|fail|trouble) \"[^\"]*(?:\\\"[^\"]*)*\"", "", text)  # what people are told
        found = re.findall(r"(?<![\w./-])(?<!aws )(" + "|".join(cls.SERVICES) + r") ([a-z]+(?:-[a-z]+)+|scan)\b([^\n]*)", text)
        return [(service, command, re.findall(r"(?<=\s)--([a-z0-9-]+)", re.split(r"\|\| (?:fail|stream|\()|;;|\s\|\s", rest)[0])) for service, command, rest in found]

    def hold_calls(self, plan):
        """Each is a call that botocore's model of the service has, with its parameters: the CLI's first and second version take their words
        from these models."""
        seen = set()
        for script in map(pathlib.Path, self.distinct(plan)):
            for service, command, flags in self.calls(script.read_text(encoding="utf-8")):
                with self.subTest(script=script.name, command=command):
                    operation = self.operation(service, command)
                    self.assertIsNotNone(operation, f"{service} {command}")
                    shape = operation.input_shape
                    members = {botocore.xform_name(name, "-"): member for name, member in shape.members.items()} if shape else {}
                    known = set(members) | {"no-" + name for name, member in members.items() if member.type_name == "boolean"} | self.GENERAL
                    self.assertLessEqual(set(flags), known, f"{service} {command}")
                    required = {botocore.xform_name(name, "-") for name in (shape.required_members if shape else ())}
                    if "cli-input-json" not in flags:
                        self.assertLessEqual(required, set(flags), f"{service} {command}")
                    seen.add((service, command))
        self.assertGreaterEqual(len(seen), 40)
        return seen

    INPUTS = {"restore.json": "RestoreDBClusterFromSnapshot", "trial.json": "RestoreDBClusterFromSnapshot", "create.json": "CreateDBCluster",
              "clone.json": "RestoreDBClusterToPointInTime", "modify.json": "ModifyDBCluster", "snapshot.json": "CreateDBClusterSnapshot",
              "instances/create.json": "CreateDBInstance", "instances/modify.json": "ModifyDBInstance"}

    def hold_inputs(self, plan):
        known = botocore.session.get_session().get_service_model("neptune")
        checked = set()
        for path in plan.rglob("*.json"):
            name = ("instances/" if "instances" in path.parts else "") + path.name
            if name in self.INPUTS:
                problems = botocore.validate.ParamValidator().validate(json.loads(path.read_text(encoding="utf-8")), known.operation_model(self.INPUTS[name]).input_shape)
                self.assertFalse(problems.has_errors(), f"{path}: {problems.generate_report()}")
                checked.add(name)
        return checked

    # IAM holds none of these to a resource (Service Authorization Reference).
    UNSCOPED = {"rds:DescribeOrderableDBInstanceOptions", "rds:DescribePendingMaintenanceActions", "rds:DescribeAccountAttributes",
                "cloudwatch:GetMetricStatistics", "kms:CreateKey"}

    def hold_policy(self, path):
        """Each call of the scripts is allowed, and what is allowed is called; or it is what such a call needs beside itself."""
        libraries = "".join(lib.read_text(encoding="utf-8") for lib in path.parent.glob("lib*.sh"))
        functions = dict(re.findall(r"^(\w+)\(\) \{\n(.*?)^\}", libraries, re.M | re.S))

        def called(text, seen):
            found = set()
            for service, command, _ in self.calls(text):
                name = self.operation(service, command).name
                if self.SERVICES[service]:
                    found.add(f"{self.SERVICES[service]}:{self.DATA.get(name, name)}")
            if "sparql " in text:
                found.add("neptune-db:ReadDataViaQuery")
            text = re.sub(r"^\s*#.*", "", text, flags=re.M)
            for name, body in functions.items():
                if name not in seen and re.search(rf"(?:^|[;&|(!{{)]|then|do|if|until|while|else|attempt)[ \t]*{name}(?:[ )]|$)", text, re.M):
                    seen.add(name)
                    found |= called(body, seen)
            return found

        scripts = [script for script in path.parent.glob("*.sh") if script.name not in ("observed.sh", "choices.sh") and not script.name.startswith("lib")]
        calls = set().union(*(called(script.read_text(encoding="utf-8"), set()) for script in scripts))
        statements = json.loads(path.read_text(encoding="utf-8"))["Statement"]
        for more in path.parent.glob("operator-policy-replay.json"):
            statements += json.loads(more.read_text(encoding="utf-8"))["Statement"]
        allowed = {action for statement in statements for action in statement["Action"]}
        for statement in statements:
            if "*" in statement["Resource"]:
                self.assertLessEqual(set(statement["Action"]), self.UNSCOPED, path)
            if "dynamodb:Scan" in statement["Action"]:
                self.assertRegex(statement["Resource"][0], ":table/REPLAY_TABLE$")
            if "neptune-db:GetStreamRecords" in statement["Action"]:
                self.assertNotIn("cluster-*", statement["Resource"][0])
        observed = (path.parent / "observed.sh").read_text(encoding="utf-8")
        if "NEW_GLOBAL=''" in observed:
            calls -= {"rds:DescribeGlobalClusters"}
        if "CREATE_KEY='no'" in observed:
            calls -= {"kms:CreateKey", "kms:CreateAlias", "kms:EnableKeyRotation"}
        if "OLD_SNAPSHOT=" in observed:
            calls -= {"rds:DeleteDBInstance", "rds:DescribeDBInstances"}  # its temporary cluster has none
        self.assertEqual(calls - allowed - ({"rds:StartDBCluster"} if "BROKEN_KEY" in observed else set()), set(), path)
        beside = {"kms:CreateGrant", "rds:AddTagsToResource", "iam:PassRole"}
        self.assertEqual(allowed - calls - beside, set(), path)

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
                foreign = HOSTILE + HIDDEN
                hostile = json.dumps({"owner": foreign, foreign: foreign})
                database.execute("UPDATE resources SET id = ? || number, tags = ? WHERE observed IS NOT NULL", (foreign, hostile))
                for number, observed in database.execute("SELECT rowid, observed FROM (SELECT account || '/' || region || '/' || number AS rowid, "
                                                         "observed FROM resources WHERE observed IS NOT NULL)").fetchall():
                    account, region, place = number.split("/")
                    values = {name: foreign for name in json.loads(observed)}
                    values.update({"SnapshotType": "manual", "DBClusterIdentifier": foreign})
                    database.execute("UPDATE resources SET observed = ? WHERE account = ? AND region = ? AND number = ?",
                                     (json.dumps(values), account, region, place))
                database.commit()
                database.executescript(harness.FORGET_DIGESTS)
            result = harness.run(["plan", "--out", "hostile"], environment, folder)
            self.assertEqual(result.code, 0, result)
            self.check(folder / "hostile")
            self.hold_shown((folder / "hostile").rglob("*"), environment, folder)
            self.run_all(folder / "hostile")
            self.assertEqual(list(folder.rglob("pwned")), [])

    def hold_shown(self, paths, environment, folder):
        """Nothing of it changes the order of what a reader sees, or drives a terminal."""
        texts = [path.read_text(encoding="utf-8") for path in paths if path.is_file()]
        for command in ("plan", "show"):
            texts.append(harness.run([command, "--format", "json"], environment, folder).out)
        self.assertTrue(any("\\u202e" in text for text in texts))
        for text in texts:
            self.assertNotRegex(text, "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u202e\u200b]")

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
            self.assertTrue(values[1].startswith(HOSTILE + HIDDEN), values)
            subprocess.run(["sh", "-c", '. "$1"; cd "$2"; mkdir -p state/claims; printf "%s\\n" "2 $RUN $ACCOUNT $REGION $RESOURCE ${OLD_RESOURCE_ID:-}" >state/subject; '
                            'for gate in prepared snapshot created verified data-checked cut-over soaked rescued shared; do echo "0 as if" >state/$gate; done; '
                            'for name in "${NEW_CLUSTER:-}" "${TEMPORARY:-}" "${CLONE:-}"; do echo "0 available" >"state/claims/cluster.$name"; done; '
                            'for name in "${SNAPSHOT:-}" "${NEW_SNAPSHOT:-}" "${SOAKED:-}"; do echo "0 available" >"state/claims/snapshot.$name"; done',
                            "sh", str(observed), str(folder)], check=True)  # as if all that is there were of the plan's own making
            text = (folder / "choices.sh").read_text(encoding="utf-8")
            (folder / "choices.sh").write_text(text.replace("LIMIT=7200", "LIMIT=0").replace("PAUSE=15", "PAUSE=0").replace("QUIET=60", "QUIET=0"), encoding="utf-8")
            for script in sorted(folder.glob("[0-9b]*.sh")):
                subprocess.run([str(script), "--execute"], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env={"PATH": f"{tool}:{os.environ['PATH']}", "TMPDIR": str(plan.parent), "ACCOUNT_ID": values[0]},
                               check=False, timeout=60)
                seen += 1
        self.assertGreater(seen, 50)


if __name__ == "__main__":
    unittest.main()
