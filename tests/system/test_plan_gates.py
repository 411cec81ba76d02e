"""The gates of a plan: that each proves what it claims. Run as test_plan.py runs plans, in a process of its own, because
both take minutes.
"""
import json
import os
import shutil
import time
import unittest

from plan_case import CUT_OVER, OTHER, REGION, PlanCase, phases
from strict_aws import MAX_DATAPOINTS
from strict_rds import Refused

LONG = os.environ.get("NEPTUNE_SCAN_LONG") == "1"  # ./dev test --long plan: every phase twice, backed out after each
NEW, OLD = "dev-neptune-cluster-enc", "dev-neptune-cluster"


class WayBack(PlanCase):
    """What was written to the new cluster is kept, whoever goes back, and how."""

    CUT_OVER_BY_RENAME = ("60-cut-over.sh", "--cut-over", "rename")

    def new_graph(self):
        return next(one for one in self.region.clusters.values() if one["DbClusterResourceId"] != self.old_id)["_data"]

    def last(self):
        return next((one["_data"].nodes for name, one in self.region.snapshots.items() if "-last-" in name), {})

    def test_a_write_while_it_goes_back(self):
        cluster = self.reach(*self.CUT_OVER_BY_RENAME)

        def write(_, operation, __):
            if operation == "DeleteDBInstance":
                self.world.on_call = None
                self.new_graph().write("late")
        self.world.on_call = write
        self.run_script(cluster, "backout.sh --accept-loss-of-writes --execute")
        self.assertIn("late", self.last())
        self.assertEqual(list(self.region.clusters), [OLD])

    def test_it_goes_on_where_it_stopped(self):
        for operation in ("DeleteDBInstance", "DeleteDBCluster"):
            with self.subTest(operation=operation):
                cluster = self.reach(*self.CUT_OVER_BY_RENAME)
                self.new_graph().write("late")
                self.world.stop_after = (operation, 1)
                self.run_script(cluster, "backout.sh --accept-loss-of-writes --execute", code=1)
                self.refuses(cluster, "70-soak.sh --skip-soak", "backout.sh is not complete")
                self.run_script(cluster, "backout.sh --accept-loss-of-writes --execute")
                self.assertIn("late", self.last())
                self.assertEqual((list(self.region.clusters), sorted(self.region.instances)), ([OLD], ["dev-neptune-1", "dev-neptune-2"]))

    def test_a_copy_of_the_folder_with_its_state(self):
        for cut_over in ("rename", "new-endpoint"):
            with self.subTest(cut_over=cut_over):
                flags = ("--cut-over", "rename") if cut_over == "rename" else ()
                cluster = self.reach("50-data-check.sh", *flags)
                copy = self.folder / f"copy-{cut_over}"
                shutil.copytree(cluster, copy)
                self.run_all(cluster, CUT_OVER[cut_over])
                self.write(OLD if cut_over == "rename" else NEW, "of the application")
                self.refuses(copy, "backout.sh", "it is a copy" if cut_over == "rename" else "If a copy of it has cut over, continue there")
        self.run_script(copy, "backout.sh --accept-loss-of-writes --execute")
        self.assertIn("of the application", self.last())

    def test_it_goes_by_what_was_done(self):
        cluster = self.reach(*self.CUT_OVER_BY_RENAME)
        self.choose(cluster, CUT_OVER="new-endpoint")
        self.refuses(cluster, "60-cut-over.sh", "the cut over was started with rename")
        self.run_script(cluster, "backout.sh --switched-back --accept-loss-of-writes --execute")
        self.assertEqual((self.region.clusters[OLD]["DbClusterResourceId"], list(self.region.clusters), sorted(self.region.instances)),
                         (self.old_id, [OLD], ["dev-neptune-1", "dev-neptune-2"]))

    def test_the_new_cluster_is_gone(self):
        cluster = self.reach(*self.CUT_OVER_BY_RENAME)
        for name in [name for name, one in self.region.instances.items() if one["DBClusterIdentifier"] == OLD]:
            del self.region.instances[name]
        del self.region.clusters[OLD]
        self.refuses(cluster, "backout.sh", "give --accept-loss-of-writes")
        self.run_script(cluster, "backout.sh --accept-loss-of-writes --execute")
        self.assertEqual((list(self.region.clusters), sorted(self.region.instances)), ([OLD], ["dev-neptune-1", "dev-neptune-2"]))

    def test_no_room_for_a_last_snapshot(self):
        """It is told while there are instances."""
        self.reach("60-cut-over.sh --done")
        for last, words in (("60-cut-over.sh --done", "backout.sh --switched-back --accept-loss-of-writes"), ("70-soak.sh --skip-soak", "80-delete-old.sh")):
            cluster = self.reach(last)
            self.region.quota["ManualClusterSnapshots"] = len(self.region.snapshots)
            self.assertIn("no manual snapshot can be taken", self.run_script(cluster, f"{words} --execute", code=1))
            self.assertEqual(len(self.region.instances), 4)

    def test_writes_to_the_new_cluster(self):
        """Before its cut over, within it, and by export with rename."""
        cluster = self.reach("50-data-check.sh")
        self.write(NEW, "early")
        self.refuses(cluster, "60-cut-over.sh", "differ")
        self.refuses(cluster, "backout.sh", "CloudWatch has commits")
        self.reached.clear()
        cluster = self.reach("50-data-check.sh", "--method", "clone-export", "--cut-over", "rename", scripts=phases("clone-export", "rename"))

        def write(_, operation, request):
            if operation == "ModifyDBInstance" and request.get("NewDBInstanceIdentifier") == "dev-neptune-1":
                self.world.on_call = None
                time.sleep(1.1)  # renaming takes minutes: the period of CloudWatch in which the name passed is over
                self.write(OLD, "late")
        self.world.on_call = write
        self.run_script(cluster, "60-cut-over.sh --execute")
        self.assertIsNone(self.world.on_call)
        saved, files = self.world.save(), self.folder / "state-of-60"
        shutil.copytree(cluster / "state", files)
        self.run_script(cluster, "backout.sh --accept-loss-of-writes --execute")
        self.assertIn("late", self.last())
        self.world.load(saved)
        shutil.rmtree(cluster / "state")
        shutil.copytree(files, cluster / "state")
        self.run_all(cluster, ["70-soak.sh --skip-soak", "80-delete-old.sh"])
        self.assertIn("late", self.graph(OLD).nodes)


class Ownership(PlanCase):
    """Of what this plan makes, and of others'."""

    def test_what_was_refused_was_not_made(self):
        cluster = self.reach("20-snapshot.sh")
        self.region.quota["DBClusters"] = 1
        self.refuses(cluster, "30-create-encrypted.sh", "DB cluster quota exceeded")
        self.region.quota["DBClusters"] = 40
        self.make_cluster(NEW, {"by-hand": "a"}, StorageEncrypted=True, KmsKeyId=self.key)
        self.refuses(cluster, "30-create-encrypted.sh", "this plan did not create it")
        self.assertIn(f"cluster {NEW} exists, and this plan did not create it: not changed", self.run_script(cluster, "backout.sh --execute"))
        self.assertIn(NEW, self.region.clusters)

    def wrapped(self, name, text):
        tools = self.folder / "tools"
        tools.mkdir(exist_ok=True)
        (tools / name).write_text(text, encoding="utf-8")
        (tools / name).chmod(0o700)
        return {"PATH": f"{tools}:{self.environment['PATH']}"}

    def test_a_clock_that_is_ahead(self):
        ahead = self.wrapped("date", '#!/bin/sh\nfor word; do [ "$word" != -d ] || exec /bin/date "$@"; done\nexec /bin/date -d "+3 minutes" "$@"\n')
        cluster = self.reach("10-prepare.sh")
        for words in ("15-stop-writes.sh --fenced --accept-commits-unseen", "20-snapshot.sh --accept-commits-unseen", "20-snapshot.sh --accept-commits-unseen"):
            self.run_script(cluster, f"{words} --execute", **ahead)
        cluster = self.reach("70-soak.sh --skip-soak")
        self.run_script(cluster, "80-delete-old.sh --accept-commits-unseen --execute", **ahead)
        self.assertEqual(list(self.region.clusters), [NEW])

    def test_times_as_the_second_cli_writes_them(self):
        second = self.wrapped("aws", f'#!/bin/bash\nset -o pipefail\n{self.aws}/aws "$@" | sed -E "s/([0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\\.[0-9]+)?)Z/\\1+00:00/g"\n')
        cluster = self.reach("20-snapshot.sh")
        self.run_script(cluster, "30-create-encrypted.sh --execute", **second)
        cluster = self.reach("80-delete-old.sh")
        self.run_script(cluster, "90-delete-leftovers.sh --final-snapshot-is-not-needed --execute", **second)
        self.assertFalse([name for name, one in self.region.snapshots.items() if not one["StorageEncrypted"] and name != "before-release"])


class Proof(PlanCase):
    """Two clusters hold the same only where that was read."""

    def test_a_query_of_rdf_that_fails(self):
        cluster = self.reach("40-verify.sh")
        self.graph(NEW).triples[0] = (*self.graph(NEW).triples[0][:2], "another")
        for part in ("VALUES", "DISTINCT"):
            self.world.on_data = lambda _, __, body, part=part: (500, "application/json", "{}") if part in body else None
            self.refuses(cluster, "50-data-check.sh", "samples at https")

    def test_values_of_other_rows(self):
        for method in ("opencypher", "gremlin"):
            with self.subTest(method=method):
                cluster = self.reach("40-verify.sh")
                self.choose(cluster, DATA_CHECK=method)
                graph = self.graph(NEW)
                saved = dict(graph.nodes), dict(graph.edges)
                graph.nodes["n1"], graph.nodes["n2"] = graph.nodes["n2"], graph.nodes["n1"]
                self.refuses(cluster, "50-data-check.sh", "values differ")
                graph.nodes = saved[0]
                graph.edges["e1"], graph.edges["e2"] = ("n2", "n2"), ("n1", "n3")
                self.refuses(cluster, "50-data-check.sh", "values differ")
                graph.edges = dict(reversed(saved[1].items()))  # the order is nobody's
                graph.nodes = dict(reversed(saved[0].items()))
                self.run_script(cluster, "50-data-check.sh --execute")

    def test_ids_of_every_kind(self):
        names = ["a person|1 \u00e9", "it's", 'a "name"', "a$b", "a\\b"]
        for method in ("opencypher", "gremlin"):
            with self.subTest(method=method):
                cluster = self.reach("40-verify.sh")
                self.choose(cluster, DATA_CHECK=method)
                for graph in (self.graph(OLD), self.graph(NEW)):
                    graph.edges, graph.nodes = {}, {name: {"title": name} for name in names}
                self.graph(NEW).nodes[names[-1]] = {"title": "another"}
                self.refuses(cluster, "50-data-check.sh", "the same 6 samples are not equal")
                self.graph(NEW).nodes[names[-1]] = {"title": names[-1]}
                self.run_script(cluster, "50-data-check.sh --execute")

    def test_named_graphs(self):
        cluster = self.reach("40-verify.sh")
        for name, graph in (("a", self.graph(OLD)), ("b", self.graph(NEW))):
            graph.triples.append(("http://example.com/s", "http://example.com/p", "o", f"http://example.com/{name}"))
        self.refuses(cluster, "50-data-check.sh", "values differ")

    def test_subjects_that_have_no_name(self):
        cluster = self.reach("40-verify.sh")
        for graph in (self.graph(OLD), self.graph(NEW)):
            graph.triples = [("b0", "http://example.com/p", "o")]
        self.refuses(cluster, "50-data-check.sh", "no subject of the 1 triples")

    def test_a_replay_is_not_switched_off(self):
        cluster = self.cluster_folder(choices={"REPLAY": "yes", "REPLAY_TABLE": "leases", "SAMPLES": "2"})
        self.graph().streams = True
        self.run_all(cluster, ["05-preflight.sh", "10-prepare.sh", "20-snapshot.sh", "30-create-encrypted.sh", "35-instances.sh", "40-verify.sh"])
        self.write(OLD, "n5")
        self.choose(cluster, REPLAY="no")
        self.run_script(cluster, "15-stop-writes.sh --fenced --execute")
        self.graph(NEW).nodes["n5"] = {"title": "before"}  # no count shows it
        self.refuses(cluster, "50-data-check.sh", 'gate "replayed" is not passed')
        (cluster / "state/data-checked").write_text("as if\n", encoding="utf-8")
        self.refuses(cluster, "60-cut-over.sh", 'gate "replayed" is not passed')
        self.assertIn("checkpoint", self.run_script(cluster, "45-replay.sh --execute"))
        (cluster / "state/replay-from").unlink()
        self.choose(cluster, REPLAY="yes")
        self.refuses(cluster, "20-snapshot.sh", "was taken for a migration without replay")

    def test_a_key_that_is_going_away(self):
        cluster = self.reach("80-delete-old.sh")
        self.scan()
        snapshot = self.of(self.plan("--key", self.key, out="of-snapshot"), "snapshot-before-release")
        self.run_all(snapshot, ["10-encrypt.sh", "20-share.sh"])
        self.world.keys[REGION][self.key].update(KeyState="PendingDeletion", DeletionDate=1900000000)
        self.refuses(snapshot, "80-delete-old.sh", "is PendingDeletion, and without it the data cannot be read")
        self.world.keys[REGION][self.key].update(KeyState="Disabled")
        self.refuses(cluster, "90-delete-leftovers.sh --final-snapshot-is-not-needed", "is Disabled, and without it the data cannot be read")
        self.world.keys[REGION][self.key].update(KeyState="Enabled")
        self.region.clusters[NEW]["Status"] = "inaccessible-encryption-credentials"
        self.refuses(cluster, "90-delete-leftovers.sh --final-snapshot-is-not-needed", f"cluster {NEW} is inaccessible-encryption-credentials")

    def test_what_differs_from_the_old_cluster(self):
        cluster = self.reach("35-instances.sh")
        saved = self.world.save()
        for name, value in (("VpcSecurityGroups", [{"VpcSecurityGroupId": "sg-2", "Status": "active"}]), ("DeletionProtection", False), ("AssociatedRoles", []),
                            ("EnabledCloudwatchLogsExports", None), ("CopyTagsToSnapshot", False), ("PreferredBackupWindow", "11:00-11:30")):
            with self.subTest(name=name):
                self.region.clusters[NEW][name] = value
                self.assertIn("settings differ", self.run_script(cluster, "40-verify.sh --execute", code=1))
                self.world.load(saved)
        for name, value in (("PubliclyAccessible", True), ("PromotionTier", 15), ("AvailabilityZone", REGION + "c")):
            with self.subTest(name=name):
                self.region.instances["dev-neptune-1-enc"][name] = value
                self.assertIn("instances differ", self.run_script(cluster, "40-verify.sh --execute", code=1))
                self.world.load(saved)

    def test_shares_that_are_not_read_or_change(self):
        self.region.snapshots["before-release"]["_shared"] = ["222222222222"]
        self.scan()
        snapshot = self.of(self.plan("--key", self.key, out="of-snapshot"), "snapshot-before-release")
        self.run_script(snapshot, "10-encrypt.sh --execute")

        def refuse(_, operation, __):
            if operation == "DescribeDBClusterSnapshotAttributes":
                raise Refused("Throttling", "Rate exceeded")
        self.world.on_call = refuse
        self.refuses(snapshot, "20-share.sh --they-can-restore", "Rate exceeded")
        self.world.on_call = None
        self.run_script(snapshot, "20-share.sh --they-can-restore --execute")
        self.region.snapshots["before-release"]["_shared"].append("333333333333")
        self.refuses(snapshot, "80-delete-old.sh", "is shared with 333333333333, and before-release-enc is not")
        self.assertIn("--they-can-restore", self.run_script(snapshot, "20-share.sh --execute", code=1))
        self.run_all(snapshot, ["20-share.sh --they-can-restore", "80-delete-old.sh"])
        self.assertEqual(self.region.snapshots["before-release-enc"]["_shared"], ["222222222222", "333333333333"])


class Unread(PlanCase):
    """A gate is never passed on an answer that was not read."""

    def throttle(self, operation, which):
        """Of the calls of that operation, that one fails; the list has how many there were."""
        seen = []

        def refuse(_, called, __):
            if called == operation:
                seen.append(called)
                if len(seen) == which:
                    raise Refused("Throttling", "Rate exceeded")
        self.world.on_call = refuse
        return seen

    def test_one_read_fails_while_somebody_writes(self):
        for last, words, least in (("10-prepare.sh", "15-stop-writes.sh --fenced", 1), ("70-soak.sh --skip-soak", "80-delete-old.sh", 8)):
            cluster = self.reach(last)
            if last.startswith("70"):
                self.write(OLD, "late")
            for which in range(1 if LONG else least, 100):
                with self.subTest(words=words, which=which):
                    self.world.writing = (REGION, OLD) if last.startswith("10") else None
                    seen = self.throttle("DescribeDBClusters", which)
                    self.run_script(cluster, f"{words} --execute", code=1)
                    self.world.on_call = self.world.writing = None
                    self.assertIn(OLD, self.region.clusters)
                if len(seen) < which:
                    break  # none is left

    def test_the_writer_of_today_is_not_read(self):
        cluster = self.reach("30-create-encrypted.sh")
        self.throttle("DescribeDBClusters", 7)  # those before it: whose cluster it is, and that it is available
        self.assertIn("Rate exceeded", self.run_script(cluster, "35-instances.sh --execute", code=1))
        self.world.on_call = None
        self.assertFalse([name for name in self.region.instances if name.endswith("-enc")])

    def test_clusters_that_lost_their_key_are_not_read(self):
        self.make_cluster("locked", {}, StorageEncrypted=True, KmsKeyId=self.key)
        self.world.keys[REGION][self.key].update(KeyState="PendingDeletion", DeletionDate=1900000000)
        self.scan()
        folder = self.of(self.plan(), "key-" + self.key.split("/")[1])
        self.throttle("DescribeDBClusters", 1)
        self.assertIn("Rate exceeded", self.run_script(folder, "10-rescue.sh --start-clusters --execute", code=1))

    def test_the_callers_environment_has_no_say(self):
        cluster = self.reach("20-snapshot.sh")
        self.run_script(cluster, "30-create-encrypted.sh --execute", region=OTHER, old="other", new="other")
        self.assertEqual((list(self.region.clusters), list(self.world.region(OTHER).clusters)), ([OLD, NEW], []))


class Commits(PlanCase):
    """Whenever somebody wrote to the old cluster after writing was stopped, it stays."""

    def refuses_to_delete(self, cluster, part="CloudWatch has commits of its writer", **environment):
        before = self.everything()
        text = self.run_script(cluster, "80-delete-old.sh --execute", code=1, **environment)
        self.assertRegex(text, part)
        self.assertEqual(self.everything(), before)

    def age(self, cluster, seconds):
        """Everything in the folder happened that long ago."""
        for gate in ("writes-stopped", "cut-over-begun", "cut-over"):
            path = cluster / "state" / gate
            first, rest = path.read_text(encoding="utf-8").split(" ", 1)
            path.write_text(f"{int(first) - seconds} {rest}", encoding="utf-8")

    def write_while_the_data_are_compared(self):
        cluster = self.reach("50-data-check.sh")

        def write(there, _, body):
            if there["DBClusterIdentifier"] == NEW and "VALUES" in body:  # the old one was read to its end
                self.world.on_data = None
                self.write(OLD, "late")
        self.world.on_data = write
        self.refuses(cluster, "60-cut-over.sh", "written to")
        self.assertIsNone(self.world.on_data)
        self.assertFalse((cluster / "state/cut-over-begun").exists())


class CommitsByCloudWatch(Commits):
    def test_a_write_while_the_data_are_compared(self):
        self.write_while_the_data_are_compared()

    def test_a_write_while_names_move(self):
        """It is of the name that the cluster had at the time."""
        cluster = self.reach("50-data-check.sh", "--cut-over", "rename")

        def write(_, operation, request):
            if operation == "ModifyDBCluster" and request.get("NewDBClusterIdentifier", "").endswith("-old"):
                self.world.on_call = None
                self.write(OLD, "late")
        self.world.on_call = write
        self.run_all(cluster, ["60-cut-over.sh"])
        self.write(OLD, "of the new one")  # which the old one has nothing to do with
        self.run_all(cluster, ["70-soak.sh --skip-soak"])
        self.refuses_to_delete(cluster)
        self.world.metrics[REGION, OLD] = self.world.metrics[REGION, OLD][1:]
        self.run_all(cluster, ["80-delete-old.sh"])
        self.assertEqual(list(self.region.clusters), [OLD])

    def test_an_old_cluster_that_is_not_available(self):
        cluster = self.reach("70-soak.sh --skip-soak")
        self.write(OLD, "late")
        self.region.clusters[OLD].update(Status="backing-up", _turns=11)
        self.assertRegex(self.run_script(cluster, "80-delete-old.sh --execute", code=1), "is backing-up. Run this script again|CloudWatch has commits")
        self.assertIn("dev-neptune-1", self.region.instances)

    def test_an_old_cluster_without_instances(self):
        """Nothing can write to it now; but somebody did."""
        cluster = self.reach("70-soak.sh --skip-soak")
        self.write(OLD, "late")
        for name in [name for name, one in self.region.instances.items() if one["DBClusterIdentifier"] == OLD]:
            del self.region.instances[name]
        self.refuses_to_delete(cluster)

    def test_more_than_one_answer_of_metrics(self):
        cluster = self.reach("70-soak.sh --skip-soak")
        self.age(cluster, 3 * MAX_DATAPOINTS)
        saved = self.world.save()
        self.world.metrics[REGION, OLD] = [(time.time() - 2 * MAX_DATAPOINTS, 7.0)]
        self.refuses_to_delete(cluster)
        self.world.load(saved)
        self.run_script(cluster, "80-delete-old.sh --execute")


class CommitsByStreams(Commits):
    def setUp(self):
        super().setUp()
        self.graph().streams = True
        self.base = self.world.save()

    def test_a_write_while_the_data_are_compared(self):
        self.write_while_the_data_are_compared()

    def test_streams_that_were_not_there_when_writing_stopped(self):
        """Where they are now tells nothing of the time since."""
        cluster = self.reach("50-data-check.sh")
        path = cluster / "state/writes-stopped"
        path.write_text(path.read_text(encoding="utf-8").split("|")[0] + "|\n", encoding="utf-8")
        self.world.metrics[REGION, OLD] = [(time.time(), 7.0)]
        self.refuses(cluster, "60-cut-over.sh", "CloudWatch has commits of its writer")

    def test_streams_that_hold_no_record_any_more(self):
        cluster = self.reach("70-soak.sh --skip-soak")
        self.choose(cluster, COMMITS="streams", METRIC_PERIOD="10")
        self.age(cluster, 90000)
        code = "StreamRecordsNotFoundException"
        self.world.on_data = lambda _, path, __: (404, "application/json", json.dumps(
            {"code": code, "requestId": "1", "detailedMessage": "no", "message": "no"})) if "/stream" in path else None
        self.refuses_to_delete(cluster, "COMMITS in choices.sh is streams, and those of .* hold no record")
        self.choose(cluster, COMMITS="auto")
        saved = self.world.save()
        self.world.metrics[REGION, OLD] = [(time.time() - 80000, 7.0)]
        self.refuses_to_delete(cluster)
        self.world.load(saved)
        code = "ExpiredStreamException"
        self.run_script(cluster, "80-delete-old.sh --execute")

    def test_addresses_lead_to_names(self):
        """What choices.sh leads to the old name leads to the new cluster once that has it."""
        cluster = self.reach("70-soak.sh --skip-soak", "--cut-over", "rename")
        self.choose(cluster, **{choice: f"'https://{self.world.addresses[REGION, name]}:{self.world.port}'"
                                for choice, name in (("OLD_DATA_URL", OLD), ("NEW_DATA_URL", NEW))})
        self.write(OLD + "-old", "late")
        self.refuses_to_delete(cluster, "was written to: its streams are at")


if __name__ == "__main__":
    unittest.main()
