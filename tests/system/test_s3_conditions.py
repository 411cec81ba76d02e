"""Stores and reports in S3, against a stand-in that is strict where moto is not (strict_s3.py): signatures, checksums, the
condition of every write, owners, regions, lost responses, uploads in parts. test_s3.py is the same against moto.
"""
import json
import os
import pathlib
import shutil
import tempfile
import unittest

import harness
import reports
from strict_s3 import Bucket, Lost, Refused, strict_s3

DB = "s3://runs/nights/runs.db"
STORE = "nights/runs.db"
OTHER = b"of another program"


class InS3(unittest.TestCase):
    """With one small organization, and a new S3 for each test."""

    ESTATE = ("--accounts", "4", "--regions", "3")

    @classmethod
    def setUpClass(cls):
        cls.plain, cls.manifest = cls.enterClassContext(harness.estate(*cls.ESTATE))

    def setUp(self):
        self.s3, self.environment = self.enterContext(strict_s3(self.plain))
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.environment.update({"NEPTUNE_SCAN_STORE_PATH": DB, "TMPDIR": self.folder})

    def run_(self, *arguments, before=(), **more):
        return harness.run(arguments, {**self.environment, **more}, self.folder, before)

    def left(self):
        """Of private files."""
        return [name for name in os.listdir(self.folder) if name.startswith("neptune-scan-")]

    def count(self, operation):
        return sum(1 for name, _ in self.s3.requests if name == operation)

    def once(self, wanted, action, key=STORE):
        """A hook that acts the first time that the operation comes."""
        seen = []

        def hook(operation, name):
            if operation == wanted and name == key and not seen:
                seen.append(operation)
                action()
        return hook


class Stored(InS3):
    def test_a_task_that_runs_again(self):
        """The object decides which part that is, as a file does, and is fetched once."""
        first = {"SLURM_ARRAY_TASK_ID": "2", "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_MAX": "4", "SLURM_ARRAY_TASK_COUNT": "4",
                 "SLURM_ARRAY_JOB_ID": "4711"}
        alone = {**first, "SLURM_ARRAY_TASK_MIN": "2", "SLURM_ARRAY_TASK_MAX": "2", "SLURM_ARRAY_TASK_COUNT": "1",
                 "SLURM_ARRAY_JOB_ID": "4799"}
        self.assertEqual(self.run_("scan", "--shard", "array/4", **first).code, 0)
        before = self.count("GetObject")
        again = self.run_("scan", "--shard", "array/4", "--array", "4711", "--report", "json=again.json", **alone)
        self.assertEqual(again.code, 0, again)
        self.assertEqual(json.loads(pathlib.Path(self.folder, "again.json").read_bytes())["run"]["shard"], "2/4")
        self.assertEqual(self.count("GetObject"), before + 1)
        self.s3.denied.add("GetObject")
        denied = self.run_("scan", "--shard", "array/4", "--array", "4711", **alone)
        self.assertEqual(denied.code, 4, denied)
        self.assertIn("s3:GetObject", denied.err)
        self.assertEqual(self.left(), [])

    def test_store_and_report(self):
        key = "arn:aws:kms:us-east-1:123456789012:key/1"
        more = {"NEPTUNE_SCAN_S3_KMS_KEY": key, "NEPTUNE_SCAN_S3_BUCKET_OWNER": "123456789012"}
        for _ in range(2):
            result = self.run_("scan", "--report", "json=s3://runs/r/{date} ü&=+/{run}.json", "--report", "csv=s3://runs/latest.csv", **more)
            self.assertEqual(result.code, 3, result)
        objects = self.s3.buckets["runs"].objects
        written = sorted(name for name in objects if name.startswith("r/"))
        self.assertEqual(len(written), 2)
        report = json.loads(objects[written[-1]].data)
        self.assertEqual(written[-1].rpartition("/")[2], report["run"]["id"] + ".json")
        self.assertEqual(written[-1].split("/")[1], report["run"]["started"][:10] + " ü&=+")
        self.assertEqual(reports.differences(self.manifest, report), [])
        for version in objects.values():
            self.assertEqual(version.headers["x-amz-server-side-encryption"], "aws:kms")
            self.assertEqual(version.headers["x-amz-server-side-encryption-aws-kms-key-id"], key)
        self.assertEqual(len(json.loads(self.run_("runs", "--format", "json").out)), 2)
        self.assertEqual(self.left(), [])

    def test_every_command_reads_it(self):
        self.run_("scan", "--report", "json=s3://runs/report.json")
        local = os.path.join(self.folder, "copy.db")
        with open(local, "wb") as stream:
            stream.write(self.s3.data(STORE))
        writes = self.count("PutObject")
        for command in (["show"], ["trend"], ["runs"], ["runs", "--check"], ["report", "--report", "csv"], ["diff", "--format", "json"],
                        ["exceptions", "check"], ["plan", "--format", "json"]):
            there, here = self.run_(*command), self.run_(*command, "--db", local)
            self.assertEqual((there.code, there.out.replace(DB, "x")), (here.code, here.out.replace(local, "x")), there)
        self.assertEqual(self.count("PutObject"), writes)  # reading writes nothing
        again = self.run_("report", "--report", "json=s3://runs/again.json")
        self.assertEqual(again.code, 0, again)
        self.assertEqual(self.s3.data("again.json"), self.s3.data("report.json"))
        self.assertEqual(self.left(), [])

    def test_merge_waits(self):
        """A finished part is fetched once, another one again when it has changed."""
        for index in (1, 2):
            self.run_("scan", "--shard", f"{index}/2", "--array", "a", "--db", f"s3://runs/{index}.db")
        one, two = self.s3.data("1.db"), self.s3.data("2.db")
        path = os.path.join(self.folder, "2.db")
        with open(path, "wb") as stream:
            stream.write(two)
        harness.edit_store(path, "UPDATE runs SET state = 'interrupted', interrupted = 'by SIGTERM'")
        with open(path, "rb") as stream:
            unfinished = stream.read()
        self.s3.put("2.db", unfinished)
        asked = []

        def finish(operation, key):
            asked.append((operation, key))
            if asked.count(("GetObject", "2.db")) == 4:
                self.s3.put("2.db", two)
        self.s3.before = finish
        self.s3.sent.clear()
        merged = self.run_("merge", "s3://runs/1.db", "s3://runs/2.db", "--array", "a", "--await", "2", "--deadline", "60s", "--db", "none",
                           "--report", "json=s3://runs/merged.json")
        self.assertNotIn("deadline", merged.err)
        self.assertEqual(reports.differences(self.manifest, json.loads(self.s3.data("merged.json"))), [], merged)
        self.assertEqual(asked.count(("GetObject", "1.db")), 1)
        self.assertEqual(self.s3.sent["1.db"], len(one))
        self.assertEqual(self.s3.sent["2.db"], len(unfinished) + len(two) + 3)
        self.assertEqual(self.left(), [])

    def test_merge_waits_for_objects(self):
        """That do not exist yet, cannot be read at first, or are gone again."""
        for index in (1, 2):
            self.run_("scan", "--shard", f"{index}/2", "--array", "a", "--db", f"s3://runs/{index}.db")
        one, two = self.s3.data("1.db"), self.s3.data("2.db")
        del self.s3.buckets["runs"].objects["1.db"]
        self.s3.put("2.db", b"")
        asked = []

        def appear(operation, key):
            asked.append((operation, key))
            rounds = asked.count(("GetObject", "1.db"))
            if key == "1.db" and rounds == 2:
                raise Refused(403, "AccessDenied", "Access Denied")
            if key == "1.db" and rounds == 3:
                self.s3.buckets["runs"].objects.pop("2.db")
            if key == "1.db" and rounds == 4:
                self.s3.put("1.db", one)
                self.s3.put("2.db", two)
        self.s3.before = appear
        merged = self.run_("merge", "s3://runs/1.db", "s3://runs/2.db", "--array", "a", "--await", "2", "--deadline", "60s", "--db", "none",
                           "--report", "json=s3://runs/merged.json")
        self.assertNotIn("deadline", merged.err)
        self.assertEqual(reports.differences(self.manifest, json.loads(self.s3.data("merged.json"))), [], merged)
        self.assertEqual(self.left(), [])

    def test_prune_and_merge(self):
        for shard in ("1/2", "2/2"):
            self.run_("scan", "--shard", shard, "--db", f"s3://runs/shard-{shard[0]}.db")
        merged = self.run_("merge", "s3://runs/shard-1.db", "s3://runs/shard-2.db", "--report", "json=s3://runs/merged.json")
        self.assertEqual(reports.differences(self.manifest, json.loads(self.s3.data("merged.json"))), [], merged)
        self.run_("scan")
        pruned = self.run_("runs", "prune", "--keep", "1")
        self.assertEqual(pruned.code, 0, pruned)
        self.assertEqual(len(json.loads(self.run_("runs", "--format", "json").out)), 1)
        absent = self.run_("merge", "s3://runs/shard-3.db")
        self.assertEqual(absent.code, 4, absent)
        self.assertIn("run store s3://runs/shard-3.db does not exist", absent.err)
        partly = self.run_("merge", "s3://runs/shard-1.db", "s3://runs/shard-3.db", "--db", "none", "--report", "json=s3://runs/part.json")
        self.assertEqual(partly.code, 3, partly)
        self.assertIn("shard 2/2: run store s3://runs/shard-3.db does not exist",
                      json.loads(self.s3.data("part.json"))["run"]["interrupted"])
        refused = self.run_("merge", "s3://runs/shard-1.db", "--db", "s3://runs/shard-1.db")
        self.assertEqual(refused.code, 2, refused)

    def test_private_file(self):
        """Its owner's alone, also what is kept when it cannot be published."""
        self.s3.denied = {"PutObject"}
        self.run_("scan")
        (name,) = self.left()
        self.assertEqual(os.stat(os.path.join(self.folder, name)).st_mode & 0o777, 0o700)
        self.assertEqual(os.stat(os.path.join(self.folder, name, "runs.db")).st_mode & 0o777, 0o600)


class TwoWriters(InS3):
    def refuse(self, result, what):
        self.assertEqual(result.code, 4, result)
        self.assertIn(f"another program has {what} since this one started; nothing was overwritten", result.err)
        self.assertEqual(self.s3.data(STORE), OTHER)
        kept = result.err.split("What was to be written is kept: ")[1].splitlines()[0]
        runs = json.loads(self.run_("runs", "--format", "json", "--db", kept).out)
        self.assertEqual([run["state"] for run in runs][-1], "finished")
        shutil.rmtree(os.path.dirname(kept))

    def test_created(self):
        self.s3.before = self.once("PutObject", lambda: self.s3.put(STORE, OTHER))
        self.refuse(self.run_("scan"), "created the object")

    def test_written(self):
        self.run_("scan")
        self.s3.before = self.once("PutObject", lambda: self.s3.put(STORE, OTHER))
        self.refuse(self.run_("scan"), "written or deleted the object")

    def test_deleted(self):
        self.run_("scan")
        self.s3.before = self.once("PutObject", lambda: self.s3.buckets["runs"].objects.pop(STORE))
        result = self.run_("scan")
        self.assertEqual(result.code, 4, result)
        self.assertEqual(self.s3.buckets["runs"].objects, {})

    def test_conflict_in_flight(self):
        def conflict():
            raise Refused(409, "ConditionalRequestConflict")
        self.s3.put(STORE, OTHER)
        self.s3.buckets["runs"].objects.clear()
        self.s3.before = self.once("PutObject", conflict)
        result = self.run_("scan")
        self.assertEqual((result.code, self.s3.buckets["runs"].objects), (4, {}), result)

    def test_report(self):
        self.s3.before = self.once("PutObject", lambda: self.s3.put("r.json", OTHER), key="r.json")
        result = self.run_("scan", "--report", "json=s3://runs/r.json")
        self.assertEqual((result.code, self.s3.data("r.json")), (4, OTHER), result)
        self.assertIn("nothing was overwritten", result.err)
        self.assertIn(STORE, self.s3.buckets["runs"].objects)  # the run is stored all the same

    def test_prune(self):
        for _ in range(2):
            self.run_("scan")
        self.s3.before = self.once("PutObject", lambda: self.s3.put(STORE, OTHER))
        result = self.run_("runs", "prune", "--keep", "1")
        self.assertEqual((result.code, self.s3.data(STORE)), (4, OTHER), result)

    def test_lost_response(self):
        """S3 has written, and the response never comes: what is repeated conflicts with the program's own version."""
        def lose():
            raise Lost
        for after in ("first", "second"):
            self.s3.after = self.once("PutObject", lose)
            result = self.run_("scan")
            self.assertEqual(result.code, 3, (after, result))
        self.assertEqual(len(json.loads(self.run_("runs", "--format", "json").out)), 2)
        self.assertEqual(self.left(), [])


class Refusals(InS3):
    def check(self, code, *texts, **more):
        """A scan, a reader and doctor are refused with these words; nothing was written."""
        objects = {name: dict(bucket.objects) for name, bucket in self.s3.buckets.items()}
        for arguments in (["scan"], ["scan", "--report", "json=" + more.get("NEPTUNE_SCAN_STORE_PATH", DB) + ".json", "--db", "none"],
                          ["report", "--report", "csv"], ["doctor"]):
            result = self.run_(*arguments, **more)
            expected = code if arguments[-1] != "none" and arguments[0] != "doctor" else 4 if arguments[0] == "doctor" else 2
            self.assertEqual(result.code, expected, (arguments, result))
            for text in texts:
                self.assertIn(text, result.err + " ".join(result.out.split()), arguments)
        self.assertEqual({name: dict(bucket.objects) for name, bucket in self.s3.buckets.items()}, objects)
        self.assertEqual({self.count(name) for name in ("PutObject", "UploadPart", "CompleteMultipartUpload")}, {0})
        self.assertEqual(self.left(), [])

    def test_denied(self):
        self.s3.denied = {"GetObject"}
        self.check(4, "s3:GetObject: AccessDenied: Access Denied", "neptune-scan iam-policy caller lists what the caller needs")

    def test_no_bucket(self):
        self.check(2, "the bucket nowhere does not exist", NEPTUNE_SCAN_STORE_PATH="s3://nowhere/runs.db")

    def test_other_region(self):
        self.s3.buckets["far"] = Bucket("eu-central-1")
        self.check(2, "the bucket is not in the region us-east-1", "set s3.region to eu-central-1",
                   NEPTUNE_SCAN_STORE_PATH="s3://far/runs.db")
        result = self.run_("scan", NEPTUNE_SCAN_STORE_PATH="s3://far/runs.db", NEPTUNE_SCAN_S3_REGION="eu-central-1")
        self.assertEqual((result.code, list(self.s3.buckets["far"].objects)), (3, ["runs.db"]), result)

    def test_other_owner(self):
        self.s3.buckets["runs"].owner = "999999999999"
        self.check(4, "the bucket does not belong to the account of s3.bucket_owner, 123456789012",
                   NEPTUNE_SCAN_S3_BUCKET_OWNER="123456789012")

    def test_doctor(self):
        good = self.run_("doctor", "--report", "json=s3://runs/r.json")
        text = " ".join(good.out.split())
        self.assertIn(f"ok s3 {DB} can be read and written; it does not exist yet", text)
        self.assertIn("ok s3 s3://runs/r.json can be read and written", text)
        self.assertEqual((self.s3.buckets["runs"].objects, self.s3.buckets["runs"].uploads), ({}, {}))
        self.run_("scan")
        known = " ".join(self.run_("doctor").out.split())
        self.assertIn(f"ok s3 {DB} can be read and written", known)
        self.assertIn(f"ok store {DB} passes the integrity check", known)
        self.assertEqual(self.left(), [])
        for operation, permission in (("CreateMultipartUpload", "s3:PutObject"), ("AbortMultipartUpload", "s3:AbortMultipartUpload")):
            self.s3.denied = {operation}
            result = self.run_("doctor")
            self.assertEqual(result.code, 4, result)
            self.assertIn(f"{permission}: AccessDenied", " ".join(result.out.split()))

    def test_unpublished(self):
        self.s3.denied = {"PutObject"}
        result = self.run_("scan")
        self.assertEqual((result.code, self.s3.buckets["runs"].objects), (4, {}), result)
        self.assertIn("s3:PutObject: AccessDenied", result.err)
        self.assertIn("What was to be written is kept: " + self.folder, result.err)

    def test_full_disk(self):
        self.run_("scan")
        before = self.s3.data(STORE)
        for command in (["scan"], ["report", "--report", "csv"]):
            result = self.run_(*command, before=("sh", "-c", 'ulimit -f 8; exec "$@"', "--"))
            self.assertEqual(result.code, 4, result)
            self.assertIn("cannot write its local copy", result.err)
            self.assertIn("set TMPDIR to a folder with free space", result.err)
        self.assertEqual((self.s3.data(STORE), self.left()), (before, []))
        nowhere = self.run_("scan", TMPDIR=self.folder + "/none")
        self.assertEqual(nowhere.code, 4, nowhere)
        self.assertIn("cannot create a folder for its local copy", nowhere.err)

    def test_empty_object(self):
        """Like an empty file: a scan makes its tables in it, in place of this very version."""
        self.s3.put(STORE, b"")
        self.assertEqual(self.run_("runs").code, 2)
        result = self.run_("scan")
        self.assertEqual(result.code, 3, result)
        self.assertEqual(len(json.loads(self.run_("runs", "--format", "json").out)), 1)

    def test_foreign_object(self):
        self.s3.put(STORE, OTHER)
        result = self.run_("scan")
        self.assertEqual((result.code, self.s3.data(STORE), self.left()), (4, OTHER, []), result)
        self.assertIn("not a database", result.err)

    def test_names(self):
        result = self.run_("scan", "--db", "s3://Runs/x", "--report", "json=s3://runs", "--report", "csv=s3://runs/x/",
                           NEPTUNE_SCAN_S3_BUCKET_OWNER="12")
        self.assertEqual(result.code, 2, result)
        for text in ('"s3://Runs/x": a bucket\'s name has', '"s3://runs": the key of an object must follow',
                     '"s3://runs/x/": the key must not end in a slash', "allowed is an account id of twelve digits"):
            self.assertIn(text, result.err)
        same = self.run_("scan", "--report", "json=" + DB)
        self.assertEqual(same.code, 2, same)
        self.assertIn("belongs to the run store", same.err)
        self.assertEqual(self.s3.requests, [])

    def test_no_credentials(self):
        result = self.run_("scan", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
        self.assertEqual((result.code, self.s3.requests), (4, []), result)

    def test_policy(self):
        """Writing stands in the policy only when something is written."""
        self.assertNotIn("s3:", self.run_("iam-policy", "caller", NEPTUNE_SCAN_STORE_PATH="runs.db").out)
        self.assertNotIn("s3:", self.run_("iam-policy", "member").out)
        policy = json.loads(self.run_("iam-policy", "caller", "--report", "json=s3://reports/{date}/r.json").out)
        statements = {statement["Sid"]: statement for statement in policy["Statement"]}
        self.assertEqual(statements["NeptuneScanKeepsItsFiles"]["Action"], ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"])
        self.assertEqual(statements["NeptuneScanKeepsItsFiles"]["Resource"],
                         [f"arn:aws:s3:::runs/{STORE}", "arn:aws:s3:::reports/*/r.json"])
        self.assertEqual(statements["NeptuneScanSeesWhatIsAbsent"]["Resource"], ["arn:aws:s3:::runs", "arn:aws:s3:::reports"])


class InParts(InS3):
    """A store that is larger than one part of an upload (8 MiB)."""

    ESTATE = ("--accounts", "8", "--regions", "12", "--clusters", "60")

    def test_in_parts(self):
        result = self.run_("scan", NEPTUNE_SCAN_S3_KMS_KEY="alias/runs")
        self.assertEqual(result.code, 3, result)
        first = self.s3.buckets["runs"].objects[STORE]
        self.assertGreater(len(first.data), 8 << 20)
        self.assertRegex(first.etag, "-2\"$")
        self.assertEqual(first.headers["x-amz-server-side-encryption-aws-kms-key-id"], "alias/runs")
        self.assertEqual((self.count("CreateMultipartUpload"), self.count("PutObject")), (1, 0))

        # Read in parts as small as the limit of a response; all of one version.
        small = self.run_("runs", "--format", "json", "--check", "--max-answer", "1048576")
        self.assertEqual(small.code, 0, small)
        self.assertGreater(self.count("GetObject"), 8)
        reads = []

        def meanwhile(operation, _key):
            reads.append(operation)
            if len(reads) == 4:
                self.s3.put(STORE, first.data + OTHER)
        self.s3.before = meanwhile
        changed = self.run_("runs", "--max-answer", "1048576")
        self.assertEqual(changed.code, 4, changed)
        self.assertIn(f"{DB} was written while it was fetched", changed.err)
        self.assertEqual(self.left(), [])

        for hook, what in ((self.once("CompleteMultipartUpload", lambda: self.s3.put(STORE, OTHER)), "nothing was overwritten"),
                           (self.once("UploadPart", self.deny), "s3:PutObject: AccessDenied")):
            self.s3.buckets["runs"].objects[STORE] = first
            self.s3.before = hook
            failed = self.run_("scan")
            self.assertEqual(failed.code, 4, failed)
            self.assertIn(what, failed.err)
            self.assertEqual(self.s3.buckets["runs"].uploads, {})  # aborted
            shutil.rmtree(os.path.join(self.folder, self.left()[0]))
        self.assertIs(self.s3.buckets["runs"].objects[STORE], first)

        # Errors that S3 reports after the status 200, and a response that is lost.
        for before, after in ((self.once("CompleteMultipartUpload", self.fail_late), None),
                              (None, self.once("CompleteMultipartUpload", self.lose))):
            nothing = lambda operation, key: None  # noqa: E731
            self.s3.before, self.s3.after = before or nothing, after or nothing
            good = self.run_("scan")
            self.assertEqual((good.code, self.left()), (3, []), good)

    @staticmethod
    def deny():
        raise Refused(403, "AccessDenied")

    @staticmethod
    def fail_late():
        raise Refused(200, "InternalError", "We encountered an internal error. Please try again.")

    @staticmethod
    def lose():
        raise Lost


class WithoutMemory(InS3):
    """Some allocations fail, one at a time, spread over a command that fetches and publishes."""

    ESTATE = ("--accounts", "2", "--regions", "1", "--clusters", "1", "--seed", "27")
    SAMPLES = 60

    def setUp(self):
        super().setUp()
        wrapper = os.environ.get("FAILING_MALLOC")
        if not wrapper or "asan" in harness.SCANNER or "tsan" in harness.SCANNER:
            self.skipTest("sanitizers have an allocator of their own")
        self.environment["LD_PRELOAD"] = wrapper
        self.environment["NEPTUNE_SCAN_SCAN_TIMEOUT"] = "2s"
        self.environment["AWS_MAX_ATTEMPTS"] = "2"

    def each(self, arguments, key):
        """Either the whole command is done, or there is an error, and the object is what it was."""
        objects = self.s3.buckets["runs"].objects
        before = dict(objects)
        counted = os.path.join(self.folder, "count")
        self.assertEqual(self.run_(*arguments, COUNT_INTO=counted).code, 0)
        with open(counted, encoding="ascii") as stream:
            total = int(stream.read())
        after, outcomes = objects[key].data, set()
        for number in range(1, total + 1, max(1, total // self.SAMPLES)):
            objects.clear()
            objects.update(before)
            self.s3.buckets["runs"].uploads.clear()
            result = self.run_(*arguments, FAIL_AT=str(number))
            self.assertIn(result.code, (0, 2, 4), (number, result))
            outcomes.add(result.code)
            if result.code == 0:
                self.assertEqual(len(objects[key].data), len(after), number)
            else:
                self.assertTrue(result.err.strip(), (number, result))
            self.assertIn(objects.get(key) and len(objects[key].data), (len(after), key in before and len(before[key].data) or None), number)
            for name in self.left():
                self.assertIn(name, result.err, number)  # kept, and named
                shutil.rmtree(os.path.join(self.folder, name))
        self.assertEqual(outcomes & {0, 4}, {0, 4})

    def test_each(self):
        for _ in range(3):
            self.run_("scan")
        self.each(["report", "--report", "json=s3://runs/again.json"], "again.json")
        self.each(["runs", "prune", "--keep", "1"], STORE)
        self.each(["accounts", "s3://runs/accounts.json"], "accounts.json")


if __name__ == "__main__":
    unittest.main()
