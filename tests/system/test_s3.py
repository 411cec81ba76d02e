"""Stores and reports in S3 against moto, read back by boto3 and the aws CLI. moto checks the condition of a PutObject and the
order of parts, but neither If-Match of a completed upload nor owners and regions: test_s3_conditions.py does.
"""
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

import harness

harness.enter_python("moto and boto3 are")

import boto3  # noqa: E402  (only there in the virtual environment)

import moto_organization  # noqa: E402
import reports  # noqa: E402

STORE = "nights/runs.db"
DB = "s3://neptune-scan.runs/" + STORE  # a bucket with a dot


class AgainstMoto(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        process, cls.url = moto_organization.start(log_name="moto-s3.log")
        cls.addClassCleanup(process.wait, 20)
        cls.addClassCleanup(process.terminate)

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.client = boto3.client("s3", endpoint_url=self.url, region_name="us-east-1", aws_access_key_id="key",
                                   aws_secret_access_key="secret")
        self.client.create_bucket(Bucket="neptune-scan.runs")
        self.addCleanup(self.empty)

    def empty(self):
        for item in self.client.list_objects_v2(Bucket="neptune-scan.runs").get("Contents", []):
            self.client.delete_object(Bucket="neptune-scan.runs", Key=item["Key"])

    def read(self, key):
        return self.client.get_object(Bucket="neptune-scan.runs", Key=key)["Body"].read()

    def in_s3(self, environment):
        return {**environment, "AWS_ENDPOINT_URL_S3": self.url, "NEPTUNE_SCAN_STORE_PATH": DB, "TMPDIR": self.folder}

    def cli(self, *arguments):
        """The aws CLI of the environment."""
        return subprocess.run([harness.PYTHON.with_name("aws"), "--endpoint-url", self.url, *arguments], check=True, timeout=harness.TIMEOUT,
                              env=harness.clean_environment(AWS_ACCESS_KEY_ID="key", AWS_SECRET_ACCESS_KEY="secret",
                                                            AWS_DEFAULT_REGION="us-east-1"), stdout=subprocess.PIPE).stdout

    def test_store_and_report(self):
        with harness.estate("--accounts", "6", "--regions", "4") as (environment, manifest):
            result = harness.run(["scan", "--report", "json=s3://neptune-scan.runs/{date}/report.json"], self.in_s3(environment))
            self.assertEqual(result.code, 3, result)
            again = harness.run(["report", "--report", "json"], self.in_s3(environment))
        (key,) = [item["Key"] for item in self.client.list_objects_v2(Bucket="neptune-scan.runs")["Contents"] if item["Key"] != STORE]
        report = json.loads(self.read(key))
        self.assertEqual(key, report["run"]["started"][:10] + "/report.json")
        self.assertEqual(reports.differences(manifest, report), [])
        self.assertEqual((again.code, json.loads(again.out)), (0, report))

        # What the CLI copies is the whole store: one file, without a log.
        copy = os.path.join(self.folder, "copy.db")
        self.cli("s3", "cp", "--no-progress", DB, copy)
        self.assertEqual(harness.query_store(copy, "SELECT id FROM runs"), [(report["run"]["id"],)])
        self.assertEqual(harness.run(["runs", "--check", "--db", copy], harness.clean_environment()).code, 0)
        self.assertEqual(json.loads(self.cli("s3", "cp", f"s3://neptune-scan.runs/{key}", "-")), report)

        # What the CLI puts there, the program reads.
        self.cli("s3", "cp", "--no-progress", copy, "s3://neptune-scan.runs/put.db")
        put = harness.run(["runs", "--format", "json", "--db", "s3://neptune-scan.runs/put.db"], self.in_s3(environment))
        self.assertEqual([run["id"] for run in json.loads(put.out)], [report["run"]["id"]])

    def test_two_writers(self):
        """Two scans begin without a store; one of them is stored, the other one says so and keeps its own."""
        with harness.estate("--accounts", "6", "--regions", "4", "--latency", "aws") as (environment, _):
            both = [subprocess.Popen([harness.SCANNER, "scan", "--report", "json"], env=self.in_s3(environment),
                                     stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(2)]
            said = [process.communicate(timeout=harness.TIMEOUT)[1].decode() for process in both]
        self.assertEqual(sorted(process.returncode for process in both), [3, 4], said)
        (loser,) = [text for text in said if "another program has created the object since this one started" in text]
        kept = pathlib.Path(loser.split("What was to be written is kept: ")[1].splitlines()[0])
        stored = os.path.join(self.folder, "stored.db")
        pathlib.Path(stored).write_bytes(self.read(STORE))
        runs = [harness.query_store(path, "SELECT id FROM runs") for path in (stored, kept)]
        self.assertEqual([len(ids) for ids in runs], [1, 1])
        self.assertNotEqual(*runs)

    def test_resumed_after_sigterm(self):
        with harness.estate("--accounts", "12", "--regions", "6", "--latency", "aws") as (environment, manifest):
            environment = self.in_s3(environment)
            process = subprocess.Popen([harness.SCANNER, "scan", "--report", "json=s3://neptune-scan.runs/report.json", "--grace", "0s",
                                        "--concurrency", "2"], env=environment, stderr=subprocess.PIPE)
            until = time.monotonic() + 60
            while time.monotonic() < until and harness.clusters_asked(environment) < 12:
                time.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            said = process.communicate(timeout=harness.TIMEOUT)[1].decode()
            self.assertEqual(process.returncode, 3, said)
            first = json.loads(self.read("report.json"))
            self.assertGreater(first["run"]["totals"]["pending"], 0)
            self.assertEqual([name for name in os.listdir(self.folder) if name.startswith("neptune-scan-")], [])
            with tempfile.TemporaryDirectory() as elsewhere:
                resumed = harness.run(["scan", "--resume", "--report", "json=s3://neptune-scan.runs/report.json"],
                                      {**environment, "TMPDIR": elsewhere})
        last = json.loads(self.read("report.json"))
        self.assertEqual(last["run"]["id"], first["run"]["id"], resumed)
        self.assertEqual(reports.differences(manifest, last), [])

    def test_in_parts(self):
        """Too large for one request: an upload in parts, whose checksum boto3 sees."""
        with harness.estate("--accounts", "8", "--regions", "12", "--clusters", "60") as (environment, manifest):
            result = harness.run(["scan", "--report", "json=s3://neptune-scan.runs/report.json"], self.in_s3(environment))
            self.assertEqual(result.code, 3, result)
            self.assertEqual(harness.run(["runs", "--check"], self.in_s3(environment)).code, 0)
        self.assertEqual(reports.differences(manifest, json.loads(self.read("report.json"))), [])
        for key in (STORE, "report.json"):
            head = self.client.head_object(Bucket="neptune-scan.runs", Key=key, ChecksumMode="ENABLED")
            self.assertGreater(head["ContentLength"], 8 << 20)
            self.assertRegex(head["ETag"], r"-\d+\"$")
        self.assertEqual(self.client.list_multipart_uploads(Bucket="neptune-scan.runs").get("Uploads", []), [])

    def test_accounts(self):
        """Written by the first scan, read by the next one, and by boto3 and the CLI; replaced by `accounts`."""
        name = "s3://neptune-scan.runs/night/accounts.json"
        with harness.estate("--accounts", "6", "--regions", "2") as (environment, manifest):
            first = harness.scan(self.in_s3(environment), "--accounts-file", name, "--db", ":memory:")
            self.assertEqual(reports.differences(manifest, first.report), [], first)
            self.assertIn(f"{len(manifest['accounts'])} accounts of", first.err)
            listed = harness.statistics(environment)["operations"]["organizations:ListAccounts"]
            second = harness.scan(self.in_s3(environment), "--accounts-file", name, "--db", ":memory:")
            self.assertEqual(second.report["accounts"], first.report["accounts"], second)
            self.assertEqual(harness.statistics(environment)["operations"]["organizations:ListAccounts"], listed)
            written = json.loads(self.cli("s3", "cp", name, "-"))
            self.assertEqual(json.loads(self.read("night/accounts.json")), written)
            self.assertEqual({account["id"] for account in written["accounts"]}, {account["id"] for account in manifest["accounts"]})
            # What the CLI puts there is replaced by hand, and no other version than the one that was read.
            copy = os.path.join(self.folder, "copy.json")
            pathlib.Path(copy).write_text(json.dumps({**written, "accounts": written["accounts"][:1]}), encoding="utf-8")
            self.cli("s3", "cp", "--no-progress", copy, name)
            made = harness.run(["accounts", name], self.in_s3(environment))
            self.assertEqual(made.code, 0, made)
            again = json.loads(self.read("night/accounts.json"))
        self.assertEqual({**again, "when": None}, {**written, "when": None})

    def test_accounts_of_two_writers(self):
        """Both begin without the object: one creates it, the other one says so, and both are complete scans."""
        with harness.estate("--accounts", "6", "--regions", "2", "--latency", "aws") as (environment, manifest):
            paths = [os.path.join(self.folder, f"{index}.json") for index in range(2)]
            both = [subprocess.Popen([harness.SCANNER, "scan", "--accounts-file", "s3://neptune-scan.runs/a.json", "--db", ":memory:",
                                      "--report", f"json={path}"], env=self.in_s3(environment), stderr=subprocess.PIPE)
                    for path in paths]
            said = "".join(process.communicate(timeout=harness.TIMEOUT)[1].decode() for process in both)
        self.assertEqual([reports.differences(manifest, reports.load(path)) for path in paths], [[], []], said)
        self.assertIn("written to s3://neptune-scan.runs/a.json", said)
        self.assertEqual(len(json.loads(self.read("a.json"))["accounts"]), len(manifest["accounts"]))

    def test_doctor(self):
        with harness.estate("--accounts", "3", "--regions", "2") as (environment, _):
            result = harness.run(["doctor"], self.in_s3(environment))
        self.assertIn(f"ok       s3             {DB} can be read and written; it does not exist yet", result.out.replace("\n" + " " * 24, " "))
        self.assertEqual(self.client.list_multipart_uploads(Bucket="neptune-scan.runs").get("Uploads", []), [])
        self.assertNotIn("Contents", self.client.list_objects_v2(Bucket="neptune-scan.runs"))


if __name__ == "__main__":
    unittest.main()
