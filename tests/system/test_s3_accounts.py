"""--accounts-file s3://BUCKET/KEY and `accounts s3://BUCKET/KEY`, against the strict S3 (strict_s3.py): who lists, who waits, what two
writers leave, and what is refused. test_s3.py has the same against moto, test_accounts_file.py has local files.
"""
import datetime
import json
import os
import shutil
import subprocess
import time
import unittest

import harness
import reports
from strict_s3 import Bucket, Lost
from test_s3_conditions import OTHER, InS3

KEY = "night/accounts.json"
FILE = "s3://runs/" + KEY
FLAGS = ("--accounts-file", FILE)
LISTING = "organizations:ListAccounts"


class Accounts(InS3):
    ESTATE = ("--accounts", "30", "--regions", "2", "--seed", "5", "--ous", "2", "--odd-names")

    def setUp(self):
        super().setUp()
        self.environment["NEPTUNE_SCAN_STORE_PATH"] = ":memory:"
        self.objects = self.s3.buckets["runs"].objects

    def scan(self, *flags, before=(), **more):
        return harness.scan({**self.environment, **more}, *flags, before=before)

    def listings(self):
        return harness.statistics(self.plain)["operations"].get(LISTING, 0)

    def listings_of_one(self):
        before = self.listings()
        self.assertEqual(self.scan().code, 3)
        return self.listings() - before

    def outside(self, action):
        """A hook's action that itself sends requests to S3."""
        def act():
            self.s3.lock.release()
            try:
                action()
            finally:
                self.s3.lock.acquire()
        return act

    def whole(self, result):
        self.assertEqual(result.code, 3, result)
        self.assertEqual(reports.differences(self.manifest, result.report), [], result)
        self.assertEqual(self.left(), [])


class Shared(Accounts):
    def test_written_and_read(self):
        more = {"NEPTUNE_SCAN_S3_KMS_KEY": "alias/runs", "NEPTUNE_SCAN_S3_BUCKET_OWNER": "123456789012"}
        first = self.scan(*FLAGS, **more)
        self.whole(first)
        self.assertIn(f"{len(self.manifest['accounts'])} accounts of", first.err)
        version, listed = self.objects[KEY], self.listings()
        self.assertEqual(version.headers["x-amz-server-side-encryption-aws-kms-key-id"], "alias/runs")
        self.assertEqual(json.loads(version.data)["schema"], "neptune-scan/accounts/1")
        second = self.scan(*FLAGS)
        self.whole(second)
        self.assertEqual(second.report["accounts"], first.report["accounts"])
        self.assertEqual((self.listings(), self.objects), (listed, {KEY: version}))
        local = os.path.join(self.folder, "accounts.json")
        self.run_("accounts", local)
        with open(local, encoding="utf-8") as stream:
            self.assertEqual({**json.load(stream), "when": None}, {**json.loads(version.data), "when": None})

    def test_another_writer(self):
        """It creates the object while this scan lists: nothing is overwritten, and one line says so."""
        others = []
        self.s3.before = self.once("PutObject", self.outside(lambda: others.append(self.scan(*FLAGS))), key=KEY)
        first = self.scan(*FLAGS)
        self.whole(first)
        self.whole(others[0])
        self.assertIn("another program has written " + FILE + " meanwhile; nothing was overwritten, and this scan used its own list", first.err)
        self.assertIn("written to " + FILE, others[0].err)
        self.assertNotIn("written to " + FILE, first.err)
        self.assertEqual(self.count("PutObject"), 2)

    def test_foreign_writer(self):
        self.s3.before = self.once("PutObject", lambda: self.s3.put(KEY, OTHER), key=KEY)
        self.whole(self.scan(*FLAGS))
        self.assertEqual(self.s3.data(KEY), OTHER)

    def test_shards_list_once(self):
        """The second shard comes first, and waits for the first one."""
        one = self.listings_of_one()
        before = self.listings()
        stores = [os.path.join(self.folder, f"{index}.db") for index in (1, 2)]
        with harness.running([harness.SCANNER, "scan", *FLAGS, "--shard", "2/2", "--db", stores[1], "--report", "json"],
                             env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            until = time.monotonic() + harness.TIMEOUT
            while not self.count("GetObject") and time.monotonic() < until:
                time.sleep(0.05)
            first = self.run_("scan", *FLAGS, "--shard", "1/2", "--db", stores[0], "--report", "json")
            said = process.communicate(timeout=harness.TIMEOUT)[1].decode()
        self.assertEqual((first.code, process.returncode), (0, 0), (first, said))
        self.assertIn(f"waiting for {FILE}, which another program is to write", said)
        self.assertEqual(self.listings() - before, one)
        merged = self.run_("merge", *stores, "--report", f"json={self.folder}/merged.json")
        self.assertEqual(reports.differences(self.manifest, reports.load(self.folder + "/merged.json")), [], merged)
        self.assertEqual(self.left(), [])

    def test_a_first_shard_that_never_comes(self):
        """The wait has a limit; then the other shard lists, and writes the object for the rest."""
        result = self.scan(*FLAGS, "--shard", "2/2", "--deadline", "2s")
        self.assertIn("was not written within 2 s: this program lists the organization", result.err)
        self.assertIn("written to " + FILE, result.err)
        self.assertEqual(len(json.loads(self.s3.data(KEY))["accounts"]), len(self.manifest["accounts"]))

    def test_waiting_meets_a_refusal(self):
        self.s3.before = self.once("GetObject", lambda: self.s3.denied.add("GetObject"), key=KEY)
        result = self.scan(*FLAGS, "--shard", "2/2")
        self.assertEqual(result.code, 4, result)
        self.assertIn("s3:GetObject: AccessDenied", result.err)
        self.assertEqual(self.left(), [])

    def test_lost_response(self):
        def lose():
            raise Lost
        self.s3.after = self.once("PutObject", lose, key=KEY)
        result = self.scan(*FLAGS)
        self.whole(result)
        self.assertIn("written to " + FILE, result.err)

    def test_not_written(self):
        """The scan does not depend on it."""
        self.s3.denied = {"PutObject"}
        result = self.scan(*FLAGS)
        self.whole(result)
        self.assertIn("s3:PutObject: AccessDenied", result.err)
        self.assertNotIn("is kept", result.err)
        self.assertEqual(self.objects, {})

    def test_organizations(self):
        """Each has a list of its own; how objects are kept is set in the first file."""
        names = [os.path.join(self.folder, name) for name in ("a.ini", "b.ini")]
        for owner, code in (("999999999999", 4), ("123456789012", 3)):
            for name, text in zip(names, (f"[s3]\nbucket_owner = {owner}\n", f"[organization]\naccounts_file = {FILE}\n")):
                with open(name, "w", encoding="utf-8") as stream:
                    stream.write(text)
            files = ("--config", names[0], "--config", names[1])
            result, doctor = self.scan(*files), self.run_("doctor", *files)
            self.assertEqual(result.code, code, result)
            self.assertEqual(KEY in self.objects, code == 3)
            self.assertEqual(f"{FILE} can be read and written" in " ".join(doctor.out.split()), code == 3, doctor)
            self.assertEqual("the bucket does not belong to the account of s3.bucket_owner" in " ".join(doctor.out.split()), code == 4, doctor)


class WhileItIsWritten(Accounts):
    """The list is complete long before the scan."""

    ESTATE = ("--accounts", "200", "--regions", "2", "--ous", "1")

    def test_the_scan_goes_on_while_it_is_written(self):
        before = harness.clusters_asked(self.plain)
        self.whole(self.scan())
        one, seen = harness.clusters_asked(self.plain) - before, []

        def hold():
            until = time.monotonic() + 20
            while time.monotonic() < until and harness.clusters_asked(self.plain) < before + 2 * one:
                time.sleep(0.05)
            seen.append(harness.clusters_asked(self.plain) - before)
        self.s3.before = self.once("PutObject", hold, key=KEY)
        self.whole(self.scan(*FLAGS, "--concurrency", "1", "--workers", "1"))
        self.assertEqual(seen, [2 * one])
        self.assertIn(KEY, self.objects)


class ByHand(Accounts):
    def test_replaced(self):
        for _ in range(2):
            made = self.run_("accounts", FILE)
            self.assertEqual(made.code, 0, made)
            self.assertRegex(made.out, rf"^{len(self.manifest['accounts'])} accounts of o-[a-z0-9]+ written to {FILE}\n$")
        self.assertEqual(self.run_("accounts", NEPTUNE_SCAN_ORGANIZATION_ACCOUNTS_FILE=FILE).code, 0)
        listed = self.listings()
        self.whole(self.scan(*FLAGS))
        self.assertEqual((self.listings(), self.count("PutObject")), (listed, 3))

    def test_another_writer(self):
        """If it created, wrote or deleted the object since this program began, nothing is overwritten."""
        for there, action, left, what in (
                (False, lambda: self.s3.put(KEY, OTHER), OTHER, "created the object"),
                (True, lambda: self.s3.put(KEY, OTHER), OTHER, "written or deleted the object"),
                (True, self.objects.clear, None, "written or deleted the object")):
            self.objects.clear()
            if there:
                self.assertEqual(self.run_("accounts", FILE).code, 0)
            self.s3.before = self.once("PutObject", action, key=KEY)
            result = self.run_("accounts", FILE)
            self.assertEqual(result.code, 4, result)
            self.assertIn(f"another program has {what} since this one started; nothing was overwritten", result.err)
            self.assertEqual(self.objects[KEY].data if left else self.objects, left or {})
            kept = result.err.split("What was to be written is kept: ")[1].splitlines()[0]
            self.assertEqual(harness.run(["scan", "--accounts-file", kept, "--db", "none", "--report", "json"], self.plain).code, 3)
            shutil.rmtree(os.path.dirname(kept))

    def test_not_written(self):
        self.s3.denied = {"PutObject"}
        result = self.run_("accounts", FILE)
        self.assertEqual((result.code, self.objects), (4, {}), result)
        self.assertIn("s3:PutObject: AccessDenied", result.err)


class Refusals(Accounts):
    def check(self, code, *texts, commands=("scan", "accounts", "doctor"), name=FILE, before=(), **more):
        """With these words; nothing was written, and nothing is listed instead."""
        objects = {bucket: dict(self.s3.buckets[bucket].objects) for bucket in self.s3.buckets}
        writes, listed = self.count("PutObject"), self.listings()
        for command in commands:
            more["NEPTUNE_SCAN_ORGANIZATION_ACCOUNTS_FILE"] = name
            result = self.run_(command, *(["--report", "json"] if command == "scan" else []), before=before, **more)
            self.assertEqual(result.code, 4 if command == "doctor" else code, (command, result))
            for text in texts:
                self.assertIn(text, result.err + " ".join(result.out.split()), command)
            if command == "scan":
                self.assertEqual(self.listings(), listed)
        self.assertEqual({bucket: dict(self.s3.buckets[bucket].objects) for bucket in self.s3.buckets}, objects)
        self.assertEqual((self.count("PutObject"), self.left()), (writes, []))

    def test_denied(self):
        self.s3.denied = {"GetObject"}
        self.check(4, FILE + ": s3:GetObject: AccessDenied: Access Denied", "or the object does not exist, and s3:ListBucket is not allowed",
                   "neptune-scan iam-policy caller lists what the caller needs")

    def test_no_bucket(self):
        self.check(2, "s3://nowhere/a.json: the bucket nowhere does not exist", name="s3://nowhere/a.json")

    def test_other_region(self):
        self.s3.buckets["far"] = Bucket("eu-central-1")
        self.check(2, "the bucket is not in the region us-east-1", "set s3.region to eu-central-1", name="s3://far/a.json")
        result = self.scan("--accounts-file", "s3://far/a.json", NEPTUNE_SCAN_S3_REGION="eu-central-1")
        self.whole(result)
        self.assertEqual(list(self.s3.buckets["far"].objects), ["a.json"])

    def test_other_owner(self):
        self.s3.buckets["runs"].owner = "999999999999"
        self.check(4, "the bucket does not belong to the account of s3.bucket_owner, 123456789012",
                   NEPTUNE_SCAN_S3_BUCKET_OWNER="123456789012")

    def test_written_while_it_is_fetched(self):
        self.run_("accounts", FILE)
        self.objects[KEY].data += b" " * (3 << 20)
        reads = []

        def meanwhile(operation, _key):
            reads.append(operation)
            if len(reads) % 2 == 0:
                self.s3.put(KEY, self.s3.data(KEY) + b" ")
        self.s3.before = meanwhile
        result = self.scan(*FLAGS, "--max-answer", "1048576")
        self.assertEqual((result.code, self.left()), (4, []), result)
        self.assertIn(FILE + " was written while it was fetched", result.err)

    def test_full_disk(self):
        self.run_("accounts", FILE)
        self.assertGreater(len(self.s3.data(KEY)), 2048)
        self.check(4, "cannot write its local copy", "set TMPDIR to a folder with free space", commands=("scan", "accounts"),
                   before=("sh", "-c", 'ulimit -f 2; exec "$@"', "--"), NEPTUNE_SCAN_STORE_PATH="none")
        self.check(4, "cannot create a folder for its local copy", commands=("scan", "accounts"), TMPDIR=self.folder + "/none")

    def test_contents(self):
        """What a local file is refused for: another organization, too old, no accounts file."""
        self.run_("accounts", FILE)
        good = json.loads(self.s3.data(KEY))
        old = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=13)).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.s3.put(KEY, json.dumps({**good, "when": old}).encode())
        self.check(2, f"accounts file {FILE}: it is of", "more than twelve hours ago", f"neptune-scan accounts {FILE}", commands=("scan",))
        self.assertEqual(self.run_("accounts", FILE).code, 0)  # of the same organization
        self.assertNotEqual(json.loads(self.s3.data(KEY))["when"], old)
        self.s3.put(KEY, json.dumps({**good, "organization": "o-other"}).encode())
        self.check(2, f"accounts file {FILE} is of organization o-other, and the caller's", commands=("scan", "accounts"))
        for data in (OTHER, b""):
            self.s3.put(KEY, data)
            self.check(2, FILE + ": line 1", commands=("scan",))
            self.check(2, FILE + " exists and is no accounts file", commands=("accounts",))

    def test_names(self):
        for flags, text in ((("--accounts-file", "s3://Runs/x"), '"s3://Runs/x": a bucket\'s name has'),
                            (("--accounts-file", "s3://runs/x/"), "the key must not end in a slash"),
                            ((*FLAGS, "--db", FILE), f'"{FILE}" is the run store as well'),
                            ((*FLAGS, "--report", "json=" + FILE), "is named in them\n  Fix: name another file for the report")):
            result = self.run_("scan", *flags)
            self.assertEqual(result.code, 2, result)
            self.assertIn(text, result.err)
        wrong = self.run_("accounts", "s3://runs")
        self.assertEqual(wrong.code, 2, wrong)
        self.assertIn("the key of an object must follow the bucket", wrong.err)
        self.assertEqual(self.s3.requests, [])

    def test_policy_and_doctor(self):
        """The permissions for its bucket, only where the settings name it; doctor tries them, and changes nothing."""
        self.assertNotIn("s3:", self.run_("iam-policy", "caller", "--accounts-file", "accounts.json").out)
        policy = json.loads(self.run_("iam-policy", "caller", "--accounts-file", "s3://lists/{array}.json", "--db", "s3://lists/runs.db").out)
        statements = {statement["Sid"]: statement for statement in policy["Statement"]}
        self.assertEqual(statements["NeptuneScanKeepsItsFiles"]["Resource"],
                         ["arn:aws:s3:::lists/runs.db", "arn:aws:s3:::lists/*.json"])
        self.assertEqual(statements["NeptuneScanSeesWhatIsAbsent"]["Resource"], ["arn:aws:s3:::lists"])
        good = self.run_("doctor", *FLAGS)
        self.assertIn(f"ok s3 {FILE} can be read and written; it does not exist yet", " ".join(good.out.split()))
        self.assertEqual((self.objects, self.s3.buckets["runs"].uploads), ({}, {}))


if __name__ == "__main__":
    unittest.main()
