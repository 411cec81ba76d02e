"""Seven nights of an organization whose automated snapshots rotate: diff reports what changed, and nothing else."""
import contextlib
import html
import json
import os
import re
import sqlite3
import tempfile
import unittest

import harness
import reports
import small_aws

REGION = "us-east-1"
NIGHTS, RETENTION, CLUSTERS = 7, 5, 20
WORSE = ("newly_failing", "newly_blind", "newly_unknown")
LISTS = (*WORSE, "fixed", "seen_again", "appeared", "vanished", "left_scope", "entered_scope")
# The changes of a total that add to it, and those that subtract; "changed" does neither.
MORE = ("new", "rotated_in", "revealed", "entered_scope", "unknown")
LESS = ("fixed", "vanished", "rotated_out", "hidden", "dropped", "left_scope", "known")


def arn(kind, name):
    return f"arn:aws:rds:{REGION}:{small_aws.HOME}:{kind}:{name}"


def is_encrypted(number):
    return number >= 8


class Night:
    """What the account holds; a test changes it before it scans."""

    def __init__(self, number):
        self.clusters = {f"graph-{i:02}": is_encrypted(i) for i in range(CLUSTERS)}
        self.instances = {f"{name}-{i}": name for name in self.clusters for i in (1, 2)}
        self.snapshots = {}  # (cluster, type, encrypted) by id
        for name, encrypted in self.clusters.items():
            for day in range(number, number + RETENTION):
                self.snapshots[f"rds:{name}-2026-11-{day + 1:02}-03-00"] = (name, "automated", encrypted)
            self.snapshots[f"awsbackup:job-{name}-{number}"] = (name, "awsbackup", encrypted)
            self.snapshots[f"manual-{name}"] = (name, "manual", encrypted)

    @staticmethod
    def storage(encrypted):
        key = f"<KmsKeyId>arn:aws:kms:{REGION}:{small_aws.HOME}:key/k-1</KmsKeyId>" if encrypted else ""
        return f"<Engine>neptune</Engine><StorageEncrypted>{str(encrypted).lower()}</StorageEncrypted>{key}<Status>available</Status>"

    def answers(self):
        clusters = "".join(f"<DBCluster><DBClusterIdentifier>{name}</DBClusterIdentifier><DBClusterArn>{arn('cluster', name)}"
                           f"</DBClusterArn><DeletionProtection>false</DeletionProtection>{self.storage(encrypted)}</DBCluster>" for name, encrypted in self.clusters.items())
        instances = "".join(f"<DBInstance><DBInstanceIdentifier>{name}</DBInstanceIdentifier><DBInstanceArn>{arn('db', name)}"
                            f"</DBInstanceArn><DBClusterIdentifier>{cluster}</DBClusterIdentifier><DBInstanceStatus>available"
                            f"</DBInstanceStatus>{self.storage(self.clusters[cluster])}</DBInstance>"
                            for name, cluster in self.instances.items() if cluster in self.clusters)
        snapshots = "".join(f"<DBClusterSnapshot><DBClusterSnapshotIdentifier>{name}</DBClusterSnapshotIdentifier>"
                            f"<DBClusterSnapshotArn>{arn('cluster-snapshot', name)}</DBClusterSnapshotArn><DBClusterIdentifier>{cluster}"
                            f"</DBClusterIdentifier><SnapshotType>{kind}</SnapshotType>{self.storage(encrypted)}</DBClusterSnapshot>"
                            for name, (cluster, kind, encrypted) in self.snapshots.items())
        key = {"KeyId": "k-1", "Arn": f"arn:aws:kms:{REGION}:{small_aws.HOME}:key/k-1", "KeyState": "Enabled", "Enabled": True,
               "KeyManager": "CUSTOMER", "Origin": "AWS_KMS", "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT"}
        return {"ec2:DescribeRegions": small_aws.regions(REGION, "eu-west-1"),
                f"rds:DescribeDBClusters@{REGION}": small_aws.rds("DescribeDBClusters", clusters),
                f"rds:DescribeDBInstances@{REGION}": small_aws.rds("DescribeDBInstances", instances),
                f"rds:DescribeDBClusterSnapshots@{REGION}": small_aws.rds("DescribeDBClusterSnapshots", snapshots),
                "kms:DescribeKey": (200, json.dumps({"KeyMetadata": key})),
                "kms:GetKeyRotationStatus": (200, json.dumps({"KeyRotationEnabled": True}))}


class Nights(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.store = os.path.join(folder.name, "runs.db")
        self.runs = []

    def scan(self, night, *flags, **more):
        with small_aws.serving({**night.answers(), **more}) as (environment, _):
            result = harness.scan(harness.clean_environment(**environment), "--db", self.store, *flags)
        self.assertIsNotNone(result.report, result)
        self.assertEqual(reports.inconsistencies(result.report), [], result)
        self.runs.append(result.report)
        return result.report

    def diff(self, old=-2, new=-1, code=0):
        """As JSON, whose sums are those of the runs, and as a table."""
        runs = [self.runs[old], self.runs[new]]
        told = {}
        for name in ("json", "table", "markdown"):
            told[name] = harness.run(["diff", *(run["run"]["id"] for run in runs), "--format", name, "--db", self.store],
                                     harness.clean_environment())
            self.assertEqual((told[name].code, told[name].err), (code, ""), told[name])
        found, table = json.loads(told["json"].out), told["table"].out
        self.reconcile(found, *(run["run"]["totals"] for run in runs))
        return found, table

    def page(self, new=-1):
        """The list of changes on the page of that run: its rows, and the text of its section. None: there is no section."""
        path = os.path.join(os.path.dirname(self.store), "page.html")
        result = harness.run(["report", "--run", self.runs[new]["run"]["id"], "--report", f"html={path}", "--db", self.store], harness.clean_environment())
        self.assertEqual((result.code, result.err), (0, ""), result)
        with open(path, encoding="utf-8") as stream:
            section = re.search(r'<section id="changes".*?</section>', stream.read(), flags=re.S)
        if not section:
            return None, ""
        rows = [[html.unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, flags=re.S)]
                for row in re.findall(r"<tr><td.*?</tr>", section[0], flags=re.S)]
        return rows, " ".join(html.unescape(re.sub(r"<[^>]+>", " ", section[0])).split())

    def same_as_diff(self):
        """The page of the latest run lists what diff lists, by the same rules and in the same groups."""
        told = harness.run(["diff", "--format", "markdown", "--db", self.store], harness.clean_environment()).out
        rows, title = [], ""
        for line in told.splitlines():
            title = line[3:] if line.startswith("## ") else title
            if re.match(r"\| \d{12} ", line):
                account, *rest = (cell.strip() for cell in line.strip("|").split(" | "))
                rows.append([title, account.strip(), *(text.replace("\\", "") for text in rest)])
        found, text = self.page()
        self.assertEqual([[cell.strip(" |") for cell in row] for row in rows], found, told)
        return text

    def reconcile(self, found, *totals):
        self.assertEqual(found["worse"], any(found[name] for name in WORSE))
        blind = ("unknown", "denied", "unreached", "error", "pending")
        counts = {name: lambda one, name=name: one[name] for name in ("failing_resources", "resources", "partly_assessed")}
        for name, count in {**counts, "blind": lambda one: sum(one.get(state, 0) for state in blind)}.items():
            total = found["totals"][name]
            self.assertEqual([total["old"], total["new"]], [count(one) for one in totals], name)
            change = sum(total["changes"].get(one, 0) for one in MORE) - sum(total["changes"].get(one, 0) for one in LESS)
            self.assertEqual(total["old"] + change, total["new"], (name, total))

    def quiet(self, found):
        self.assertEqual({name: found[name] for name in LISTS if found[name]}, {})

    def test_an_unchanged_organization(self):
        """140 snapshots come and go, 48 of them unencrypted every night: nothing is listed, exit 0."""
        for number in range(NIGHTS):
            self.scan(Night(number))
        for i in range(NIGHTS - 1):
            found, table = self.diff(i, i + 1)
            self.quiet(found)
            self.assertEqual(sum(one["new"] for one in found["rotated_snapshots"]), 2 * CLUSTERS)
            self.assertEqual({(one["cluster"], one["new"], one["gone"]) for one in found["rotated_snapshots"]},
                             {(f"graph-{j:02}", 2, 2) for j in range(CLUSTERS)})
            self.assertEqual(table.splitlines()[0], "No regression (exit code 0)")
            self.assertLessEqual(len(table.splitlines()), 8, table)
            self.assertRegex(table, rf"Resources +\d+ -> \d+    {2 * CLUSTERS} automated snapshots rotated\n")
            self.assertNotIn("rds:graph", table)
        text = self.same_as_diff()
        self.assertIn("No changes.", text)
        self.assertIn(f"Automated snapshots: {2 * CLUSTERS} new, {2 * CLUSTERS} deleted.", text)
        self.assertEqual(self.page(0), (None, ""))  # no run before it
        self.quiet(self.diff(0, NIGHTS - 1)[0])  # a week apart, no snapshot is in both

    def test_what_changed(self):
        self.scan(Night(0))
        night = Night(1)
        for i in (1, 2):  # one cluster more, unencrypted; one deleted; one encrypted instead of not
            night.instances[f"new-{i}"] = "new"
        night.clusters["new"] = False
        night.snapshots["rds:new-2026-11-02-03-00"] = ("new", "automated", False)
        del night.clusters["graph-19"], night.clusters["graph-07"]
        night.snapshots = {name: value for name, value in night.snapshots.items() if value[0] not in ("graph-19", "graph-07")}
        night.clusters["graph-00"] = True
        self.scan(night)
        found, table = self.diff(code=1)
        self.assertEqual(len({item["resource"] for item in found["newly_failing"]}), 4)
        self.assertEqual({item["cluster"] for item in found["newly_failing"]}, {"new"})
        self.assertEqual({item["cluster"] for item in found["vanished"]}, {"graph-07", "graph-19"})
        self.assertTrue(all(item["failing"] == (item["cluster"] == "graph-07") for item in found["vanished"]))
        self.assertEqual(table.splitlines()[0], "WORSE: 4 resources newly failing (exit code 1)")
        self.assertEqual(table.count("    new  "), 1, table)  # once, with what belongs to it
        self.assertRegex(table, r"\n    new  .*StorageEncrypted is false.*, with 2 instances, 1 snapshot \(new resources\)\n")
        self.assertRegex(table, r"\n    graph-07  cluster, failed, with 2 instances, 7 snapshots \(10 of them failing\)\n")
        self.assertRegex(table, r"\n    graph-19  cluster, passed, with 2 instances, 7 snapshots\n")
        self.assertRegex(table, r"Failing resources +80 -> 7\d    4 new, 3 fixed, 10 no longer listed")
        text = self.same_as_diff()
        self.assertIn(f"Previous run {self.runs[0]['run']['id']}", text)
        self.assertIn(f"neptune-scan diff {self.runs[0]['run']['id']} {self.runs[1]['run']['id']} --db {self.store} ", text)

    def test_a_snapshot_that_is_really_worse(self):
        """A rotated snapshot of an encrypted cluster that is not encrypted itself, and a manual one."""
        self.scan(Night(0))
        night = Night(1)
        newest = max(name for name, value in night.snapshots.items() if value[:2] == ("graph-10", "automated"))
        night.snapshots[newest] = ("graph-10", "automated", False)
        night.snapshots["copy-of-graph-11"] = ("graph-11", "manual", False)
        self.scan(night)
        found, table = self.diff(code=1)
        self.assertEqual({item["resource"] for item in found["newly_failing"]},
                         {arn("cluster-snapshot", newest), arn("cluster-snapshot", "copy-of-graph-11")})
        self.assertRegex(table, rf"\n    graph-10  snapshot {newest}: ")
        self.scan(Night(2))  # and the night after: it is rotated out
        found, _ = self.diff()
        self.assertEqual({item["resource"] for item in found["vanished"]}, {arn("cluster-snapshot", "copy-of-graph-11")})

    def test_a_first_snapshot(self):
        """Of a cluster that fails anyway: one more, but no news."""
        first = Night(0)
        first.snapshots = {name: value for name, value in first.snapshots.items() if value[0] != "graph-03"}
        self.scan(first)
        night = Night(1)
        del night.snapshots["manual-graph-03"]
        self.scan(night)
        found, table = self.diff()
        self.quiet(found)
        self.assertIn(f"{2 * (CLUSTERS - 1)} automated snapshots rotated, {RETENTION + 1} more automated snapshots\n", table)

    def test_snapshots_alone(self):
        """No control evaluates clusters: snapshots are rotated by those that were there before."""
        for number in (0, 1):
            self.scan(Night(number), "--controls", "neptune-snapshot-encryption")
        self.quiet(self.diff()[0])

    def test_snapshots_that_cannot_be_listed(self):
        """They are neither gone nor fixed; a failing cell of which nothing is known any more is newly not assessed."""
        self.scan(Night(0))
        self.scan(Night(1), **{f"rds:DescribeDBClusterSnapshots@{REGION}": small_aws.refused(403, "AccessDenied")})
        found, table = self.diff(code=1)
        self.assertEqual((found["vanished"], found["fixed"], len(found["newly_blind"])), ([], [], 1))
        self.assertEqual(table.splitlines()[0], "WORSE: 1 cell now assessed only in part (exit code 1)")
        self.assertIn("140 in cells not assessed now", table)
        self.scan(Night(2), **dict.fromkeys((f"rds:DescribeDB{what}@{REGION}" for what in ("Clusters", "ClusterSnapshots", "Instances")),
                                            small_aws.refused(403, "AccessDenied")))
        found, table = self.diff(code=1)
        self.assertEqual(table.splitlines()[0], "WORSE: 1 cell newly not assessed (exit code 1)")
        self.scan(Night(3))
        found, table = self.diff(code=1)  # what fails is known now
        self.assertEqual(([item["detail"] for item in found["seen_again"]], found["appeared"]), (["was denied"], []))
        self.assertEqual(table.splitlines()[0], "WORSE: 80 resources newly failing (exit code 1)")
        self.assertNotIn("new resource", table)

    def test_a_long_reason(self):
        """Programs get it as it is recorded, which is cut with a mark; people get the cause."""
        self.scan(Night(0))
        self.scan(Night(1), **{f"rds:DescribeDBClusterSnapshots@{REGION}": small_aws.refused(403, "AccessDenied", "long " * 90 + "end")})
        found, table = self.diff(code=1)
        detail, cell = found["newly_blind"][0]["detail"], next(cell for cell in self.runs[-1]["cells"] if cell["region"] == REGION)
        self.assertEqual(detail, f"denied, assessed only in part: {cell['reason']}")
        self.assertTrue(detail.endswith("..."), detail)
        self.assertGreater(len(detail), 350)
        self.assertIn("\n    denied, assessed only in part: AccessDenied on rds:DescribeDBClusterSnapshots\n", table)

    def test_one_cause(self):
        """AWS's message names account and region: cells of all accounts with one cause are one group, in the words of the reports."""
        accounts = [small_aws.HOME, *(f"{i:012}" for i in range(1, 20))]
        message = f"User: arn:aws:iam::{small_aws.HOME}:role/R, explicit deny in a service control policy"
        denied = dict.fromkeys((f"rds:DescribeDB{what}@{REGION}" for what in ("Clusters", "ClusterSnapshots", "Instances")),
                               small_aws.refused(403, "AccessDenied", message))
        night = Night(0)
        night.clusters, night.instances, night.snapshots = {}, {}, {}
        listed = {"organizations:ListAccounts": (200, json.dumps({"Accounts": [
            {"Id": account, "Name": f"name-{account[-2:]}", "State": "ACTIVE"} for account in accounts]}))}
        self.scan(night, **listed)
        self.scan(night, **listed, **denied)
        cause = "an SCP denies rds:DescribeDBClusters and rds:DescribeDBClusterSnapshots"
        found, table = self.diff(code=1)
        self.assertEqual([item["account"] for item in found["newly_blind"]], sorted(accounts))
        for item in found["newly_blind"]:  # in full, for programs
            self.assertIn(f"{message}; rds:DescribeDBClusterSnapshots: ", item["detail"])
        named = ", ".join(f"{account} name-{account[-2:]}" for account in sorted(accounts)[:3])
        self.assertTrue(table.endswith(f"\nNewly not assessed\n  20 accounts: {named} and 17 more, {REGION}\n    denied: {cause}\n"), table)
        self.assertIn(cause, harness.run(["report", "--db", self.store], harness.clean_environment()).out)
        self.assertIn(["Newly not assessed", f"20 accounts: {named} and 17 more", REGION, "", f"denied: {cause}"], self.page()[0])
        self.scan(night, **listed)
        table = self.diff()[1]
        self.assertRegex(table, rf"\nAssessed again\n  20 accounts: .* and 17 more, {REGION}\n    was denied\n$")

    def test_other_settings_and_versions(self):
        """Said before the verdict."""
        self.scan(Night(0))
        self.scan(Night(1), "--controls", "neptune-encryption-at-rest")
        found, table = self.diff()
        self.assertTrue(table.startswith("The runs differ in settings. Only controls that both evaluate are compared.\n  controls removed: neptune-"), table)
        self.assertIn("\n\nNo regression, but the settings differ (exit code 0)\n", table)
        self.assertEqual((found["fixed"], found["vanished"]), ([], []))
        self.assertRegex(self.same_as_diff(), r"The runs differ in settings\. Only controls that both evaluate are compared\. "
                                              r"controls removed: neptune-.* No changes\.")
        self.assertIn("Resources              201 -> 20    181 no longer evaluated\n", table)
        with contextlib.closing(sqlite3.connect(self.store)) as database:
            database.execute("UPDATE runs SET meaning = replace(meaning, 'version of the controls = ', 'version of the controls = 0.0.1-') "
                             "WHERE run = 1")
            database.commit()
            database.executescript(harness.FORGET_DIGESTS)
        self.assertIn('version of the controls was "0.0.1-', self.diff()[1].partition("No regression")[0])

    def test_controls_that_only_the_newer_run_has(self):
        """What they fail entered the scope: it is listed there, and is not worse, also of a resource that both runs evaluate."""
        self.scan(Night(0), "--controls", "neptune-encryption-at-rest")
        self.scan(Night(1), "--controls", "neptune-encryption-at-rest,neptune-deletion-protection,neptune-instance-encryption")
        found, table = self.diff()
        self.assertEqual({name: len(found[name]) for name in LISTS if found[name]}, {"entered_scope": CLUSTERS + 16})
        self.assertEqual({item["control"] for item in found["entered_scope"]}, {"neptune-deletion-protection", "neptune-instance-encryption"})
        self.assertTrue(table.startswith("The runs differ in settings. Only controls that both evaluate are compared.\n  controls added: "), table)
        self.assertIn(f"\n  Entered the scope, not compared: {2 * CLUSTERS} resources, 16 of them failing; "
                      "12 resources that fail only controls of the newer run\n", table)
        self.assertIn("\n\nNo regression, but the settings differ (exit code 0)\n", table)
        self.assertIn("Failing resources        8 -> 36    28 entered the scope\n", table)
        self.assertRegex(table, rf"Resources +{CLUSTERS} -> {3 * CLUSTERS}    {2 * CLUSTERS} entered the scope\n")
        self.assertIn("Entered the scope, not compared: ", self.same_as_diff())
        night = Night(2)
        night.clusters["graph-10"] = night.clusters["new"] = False
        self.scan(night, "--controls", "neptune-deletion-protection,neptune-encryption-at-rest")
        found, table = self.diff(0, -1, code=1)
        self.assertEqual({(item["cluster"], item["control"]) for item in found["newly_failing"]},
                         {(name, "neptune-encryption-at-rest") for name in ("new", "graph-10")})
        self.assertEqual([item["cluster"] for item in found["appeared"]], ["new"])
        self.assertIn("WORSE: 2 resources newly failing (exit code 1)\n", table)
        self.assertNotIn("New resources", table)

    def test_a_new_resource_that_only_new_controls_fail(self):
        self.scan(Night(0), "--controls", "neptune-encryption-at-rest")
        night = Night(1)
        night.clusters["new"] = True
        self.scan(night, "--controls", "neptune-encryption-at-rest,neptune-deletion-protection")
        found, table = self.diff()
        self.assertEqual([item["cluster"] for item in found["appeared"]], ["new"])
        self.assertRegex(table, r"\nNew resources\n.*\n    new  cluster, fails\n")

    def trend(self):
        rows = json.loads(harness.run(["trend", "--db", self.store, "--format", "json"], harness.clean_environment()).out)
        table = harness.run(["trend", "--db", self.store], harness.clean_environment()).out.splitlines()
        return rows, table

    def test_a_trend_of_scopes(self):
        """What left the scope is visible, and raises no coverage; 100 % is of a complete run alone."""
        refused = {f"rds:DescribeDBClusterSnapshots@{REGION}": small_aws.refused(403, "AccessDenied")}
        self.scan(Night(0))
        self.scan(Night(1), "--accounts", f"{small_aws.HOME},111122223333", **{"sts:AssumeRole": small_aws.refused(403, "AccessDenied")})
        self.scan(Night(2), "--regions", REGION)
        other = ("--controls", "neptune-encryption-at-rest,neptune-snapshot-encryption", "--regions", REGION)
        self.scan(Night(3), *other)
        self.scan(Night(4), *other, **refused)
        rows, table = self.trend()
        self.assertEqual([(row["cells_in_scope"], row["scope_change"]) for row in rows],
                         [(2, None), (4, "+1 account"), (1, "-1 account, -1 region"), (1, "other settings"), (1, None)])
        self.assertEqual([row["coverage_percent"] for row in rows], [100, 50, 100, 100, 99.9999])
        self.assertEqual(table[0].split(), ["CELLS", "FAILING"])
        self.assertEqual(table[1].split(), "STARTED IN SCOPE COVERAGE NOT ASSESSED RESOURCES SCOPE".split())
        self.assertRegex(table[3], r"Z +4 +50\.0 % +2 +80  \+1 account$")
        self.assertRegex(table[6], r"Z +1 +99\.9 % +0 +\d+$")
        self.assertNotIn("#", "".join(table))  # bars are for terminals
        self.page()
        with open(os.path.join(os.path.dirname(self.store), "page.html"), encoding="utf-8") as stream:
            trend = re.search(r'<section id="trend".*?</section>', stream.read(), flags=re.S)[0]
        changes = [row["scope_change"] or "" for row in rows]
        self.assertEqual([row[-1] for row in (re.findall(r"<td[^>]*>(.*?)</td>", one) for one in re.findall(r"<tr><td.*?</tr>", trend))], changes[::-1])
        for chart in re.findall(r"<svg.*?</svg>", trend, flags=re.S):
            marks = re.findall(r'<line class="scope".*?<title>[-0-9]+: scope (.*?)</title></line>', chart)
            self.assertEqual(marks, [change for change in changes if change])
            self.assertRegex(chart, r'aria-label="[^"]* The scope changed in 3 runs: \S+ other settings; \S+ -1 account, -1 region; \S+ \+1 account\."')
        self.assertRegex(trend, r"<p[^>]*> ?The scope changed in 3 runs: ")

    def test_a_rounded_coverage(self):
        """One cell of thousands is not rounded away."""
        with harness.estate("--accounts", "2", "--regions", "2") as (environment, _):
            harness.scan(environment, "--db", self.store)
        harness.edit_store(self.store, "UPDATE runs SET cells = 33000, blind = 1")
        rows, table = self.trend()
        self.assertLess(rows[0]["coverage_percent"], 100)
        self.assertIn(" 99.9 % ", table[2])

    def test_nothing_to_delete(self):
        self.scan(Night(0))
        self.scan(Night(1))
        for keep, said in ((9, "Nothing to delete: 2 runs stored, --keep is 9\n"), (1, "1 run deleted, 1 kept\n")):
            result = harness.run(["runs", "prune", "--keep", str(keep), "--db", self.store], harness.clean_environment())
            self.assertEqual((result.code, result.out), (0, said), result)

    def test_errors(self):
        """WHERE: WHAT, then a fix on a line of its own."""
        missing = f"{self.store}.missing"
        self.scan(Night(0))
        for arguments, said in ((["diff"], f"run store {self.store} has only one run that can be compared\n  Fix: scan again, or name two runs"),
                                (["diff", "--db", missing], f"run store {missing} does not exist\n  Fix: scan first"),
                                (["runs", "prune"], "runs: prune needs --keep N, the number of runs to keep\n  Fix: neptune-scan runs prune --keep 30\n"),
                                (["runs", "prune", "--keep", "x"], 'runs: --keep "x": must be a whole number, at least 1\n'),
                                (["diff", "--format", "tabel"], 'diff: --format "tabel": must be table, json or markdown. Did you mean "table"?\n'),
                                (["runs", "prun"], 'runs: unknown argument "prun". Did you mean "prune"?\n  Fix: neptune-scan help runs'),
                                (["show", "000000000043"], 'Did you mean "000000000042"?\n  Fix: neptune-scan show lists the accounts\n'),
                                (["show", "home", "us-east-2"], 'Did you mean "us-east-1"?\n  Fix: neptune-scan show ACCOUNT lists the regions\n')):
            result = harness.run([*arguments, *(() if "--db" in arguments else ("--db", self.store))], harness.clean_environment())
            self.assertIn(result.code, (2, 4), result)
            self.assertTrue(result.err.startswith("neptune-scan: error: "), result)
            self.assertIn(said, result.err)

    def test_a_long_list(self):
        """It has a limit, and names the command that prints the rest."""
        self.scan(Night(0))
        night = Night(0)
        for i in range(30):
            night.clusters[f"more-{i:02}"] = False
        self.scan(night)
        found, table = self.diff(code=1)
        self.assertEqual(len(found["newly_failing"]), 30)
        self.assertEqual(table.count("(new resource)"), 20)
        self.assertRegex(table, r"\n  \.\.\. and 10 more: neptune-scan diff \w+ \w+ --format json\n$")


if __name__ == "__main__":
    unittest.main()
