"""The simulated organization, asked by AWS's own SDKs: they accept its answers and see what its manifest says.

And it is as strict as AWS: each wrong thing is refused with AWS's own code.
"""
import collections
import datetime
import http.client
import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest
import unittest.mock

import harness

harness.enter_python("boto3 and the aws CLI are")

import botocore.auth  # noqa: E402  (only there in the virtual environment)
import botocore.compat  # noqa: E402
import botocore.config  # noqa: E402
import botocore.credentials  # noqa: E402
import botocore.exceptions  # noqa: E402
import botocore.utils  # noqa: E402
import boto3  # noqa: E402

ROLE = "NeptuneScanAudit"
ONCE = botocore.config.Config(retries={"total_max_attempts": 1}, parameter_validation=False)


class Aws:
    """AWS's Python SDK, pointed at an estate."""

    def __init__(self, environment):
        self.url, self.ca = environment["AWS_ENDPOINT_URL"], environment.get("AWS_CA_BUNDLE")
        self.key, self.secret = environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]

    def client(self, service, region="us-east-1", keys=None):
        keys = keys or {"aws_access_key_id": self.key, "aws_secret_access_key": self.secret}
        return boto3.Session(**keys).client(service, region_name=region, endpoint_url=self.url, config=ONCE,
                                            verify=self.ca)

    def enter(self, account, **more):
        given = self.client("sts").assume_role(RoleArn=f"arn:aws:iam::{account}:role/{ROLE}", RoleSessionName="test",
                                               **more)["Credentials"]
        return {"aws_access_key_id": given["AccessKeyId"], "aws_secret_access_key": given["SecretAccessKey"],
                "aws_session_token": given["SessionToken"]}

    def keys_of(self, account, own):
        return None if account == own else self.enter(account)


def pages(client, operation, member, **arguments):
    """All items, by the SDK's own paginator."""
    return [item for page in client.get_paginator(operation).paginate(**arguments) for item in page[member]]


def arns(manifest, kind, cell):
    return {finding["resource"]["arn"] for finding in manifest["findings"]
            if finding["resource"]["type"] == kind and (finding["account"], finding["region"]) == cell}


class Agreement(unittest.TestCase):
    """What the SDK sees is what the manifest says."""

    @classmethod
    def setUpClass(cls):
        cls.context = harness.estate("--accounts", "30", "--regions", "9", "--seed", "7", "--controls", "all")
        cls.environment, cls.manifest = cls.context.__enter__()
        cls.addClassCleanup(cls.context.__exit__, None, None, None)
        cls.aws = Aws(cls.environment)
        cls.own = cls.aws.client("sts").get_caller_identity()["Account"]
        counted = collections.Counter((finding["account"], finding["region"]) for finding in cls.manifest["findings"])
        cls.cells = [cell for cell, _ in counted.most_common(6)]  # the crowded ones
        cls.truth = {(cell["account"], cell["region"]): cell for cell in cls.manifest["cells"]}

    def test_organization(self):
        organizations = self.aws.client("organizations")
        accounts = {account["Id"]: account for account in pages(organizations, "list_accounts", "Accounts")}
        self.assertEqual(set(accounts), {account["id"] for account in self.manifest["accounts"]})
        root = organizations.list_roots()["Roots"][0]["Id"]
        places, units = {}, [(root, "")]
        while units:
            unit, path = units.pop()
            for account in pages(organizations, "list_accounts_for_parent", "Accounts", ParentId=unit):
                places[account["Id"]] = path or "/"
                self.assertEqual(organizations.list_parents(ChildId=account["Id"])["Parents"][0]["Id"], unit)
            units += [(child["Id"], f"{path}/{child['Name']}") for child in
                      pages(organizations, "list_organizational_units_for_parent", "OrganizationalUnits",
                            ParentId=unit)]
        for account in self.manifest["accounts"]:
            told = accounts[account["id"]]
            self.assertEqual((told["Name"], told["State"], places[account["id"]]),
                             (account["name"], account["status"], account["ou"]))
        self.assertEqual(organizations.describe_organization()["Organization"]["MasterAccountId"], self.own)
        self.assertIn("DelegatedAdministrators", organizations.list_delegated_administrators())

    def test_regions(self):
        for account in [account["id"] for account in self.manifest["accounts"]][:6]:
            states = {region: self.truth[account, region]["state"] for region in self.manifest["regions"]}
            if set(states.values()) & {"skipped", "unreached"}:
                continue
            keys = self.aws.keys_of(account, self.own)
            enabled = {region["RegionName"] for region in self.aws.client("ec2", keys=keys).describe_regions()["Regions"]}
            listed = {region["RegionName"] for region in
                      pages(self.aws.client("account", keys=keys), "list_regions", "Regions",
                            RegionOptStatusContains=["ENABLED", "ENABLED_BY_DEFAULT"])}
            expected = {region for region, state in states.items() if state != "disabled"}
            self.assertEqual(enabled & set(states), expected)
            self.assertEqual(listed & set(states), expected)

    def test_everything_that_rests(self):
        """Clusters, snapshots, instances, backups, keys, graphs: each list as the manifest has it."""
        seen = collections.Counter()
        for account, region in self.cells:
            keys, cell = self.aws.keys_of(account, self.own), (account, region)
            rds, graphs = self.aws.client("rds", region, keys), self.aws.client("neptune-graph", region, keys)
            neptune = [{"Name": "engine", "Values": ["neptune"]}]
            clusters = pages(rds, "describe_db_clusters", "DBClusters", Filters=neptune,
                             PaginationConfig={"PageSize": 20})
            every = pages(rds, "describe_db_clusters", "DBClusters")
            self.assertEqual([cluster for cluster in every if cluster["Engine"] == "neptune"], clusters)
            lists = {
                "cluster": [cluster["DBClusterArn"] for cluster in clusters],
                "cluster-snapshot": [one["DBClusterSnapshotArn"] for one in
                                     pages(rds, "describe_db_cluster_snapshots", "DBClusterSnapshots",
                                           Filters=neptune)],
                "instance": [one["DBInstanceArn"] for one in
                             pages(rds, "describe_db_instances", "DBInstances", Filters=neptune)],
                "retained-backup": [one["DBClusterAutomatedBackupsArn"] if "DBClusterAutomatedBackupsArn" in one else
                                    one["DBClusterArn"] for one in
                                    pages(rds, "describe_db_cluster_automated_backups", "DBClusterAutomatedBackups")
                                    if one["Engine"] == "neptune"],
                "graph": [one["arn"] for one in pages(graphs, "list_graphs", "graphs")],
                "graph-snapshot": [one["arn"] for one in pages(graphs, "list_graph_snapshots", "graphSnapshots")],
            }
            for kind, found in lists.items():
                self.assertEqual(len(found), len(set(found)), (kind, cell))
                if kind != "retained-backup":
                    self.assertEqual(set(found), arns(self.manifest, kind, cell), (kind, cell))
                else:
                    self.assertEqual(len(found), len(arns(self.manifest, kind, cell)), (kind, cell))
                seen[kind] += len(found)
            for snapshot in pages(rds, "describe_db_cluster_snapshots", "DBClusterSnapshots",
                                  Filters=neptune)[:5]:
                answer = rds.describe_db_cluster_snapshot_attributes(
                    DBClusterSnapshotIdentifier=snapshot["DBClusterSnapshotIdentifier"])
                self.assertEqual(answer["DBClusterSnapshotAttributesResult"]["DBClusterSnapshotIdentifier"],
                                 snapshot["DBClusterSnapshotIdentifier"])
            for cluster in clusters[:5]:
                self.assertEqual(rds.list_tags_for_resource(ResourceName=cluster["DBClusterArn"])["TagList"],
                                 cluster["TagList"])
                self.assertTrue(pages(rds, "describe_db_cluster_parameters", "Parameters",
                                      DBClusterParameterGroupName=cluster["DBClusterParameterGroup"]))
            self.check_keys(cell, keys, clusters, seen)
            for graph in pages(graphs, "list_graphs", "graphs"):
                self.assertEqual(graphs.get_graph(graphIdentifier=graph["id"])["arn"], graph["arn"])
        for kind in ("cluster", "cluster-snapshot", "instance", "key"):
            self.assertGreater(seen[kind], 5, seen)
        self.assertGreater(seen["imported"], 0)

    def check_keys(self, cell, keys, clusters, seen):
        account, region = cell
        kms = self.aws.client("kms", region, keys)
        aliases = {alias["AliasName"] for alias in pages(kms, "list_aliases", "Aliases")}
        self.assertIn("alias/aws/rds", aliases)
        for arn in {cluster["KmsKeyId"] for cluster in clusters if "KmsKeyId" in cluster}:
            told = {finding["control"]: finding["verdict"] for finding in self.manifest["findings"]
                    if finding["account"] == account and finding["resource"]["arn"] == arn}
            is_foreign = arn.split(":")[4] != account
            if is_foreign and told["neptune-key-usable"] != "pass":
                with self.assertRaises(botocore.exceptions.ClientError) as caught:
                    kms.describe_key(KeyId=arn)
                self.assertEqual(caught.exception.response["Error"]["Code"], "AccessDeniedException")
                continue
            described = kms.describe_key(KeyId=arn)["KeyMetadata"]
            self.assertEqual(described["Arn"], arn)
            self.assertEqual(described["AWSAccountId"], arn.split(":")[4])
            self.assertEqual(described["KeyState"] in ("Enabled", "Updating"), told["neptune-key-usable"] == "pass", described)
            if described["KeyManager"] == "CUSTOMER" and described["Origin"] == "AWS_KMS" and \
                    described["KeyState"] == "Enabled":
                self.assertIn("KeyRotationEnabled", kms.get_key_rotation_status(KeyId=arn))
            if described["Origin"] == "EXTERNAL":
                rotations = pages(kms, "list_key_rotations", "Rotations", KeyId=arn)
                self.assertEqual(bool(rotations), told["neptune-key-rotation"] == "pass", rotations)
                seen["imported"] += 1
            seen["key"] += 1

    def test_global_databases(self):
        found = set()
        for account in {cell["account"] for cell in self.manifest["cells"] if cell["state"] in ("pass", "fail")}:
            rds = self.aws.client("rds", "us-east-1", self.aws.keys_of(account, self.own))
            if self.truth[account, "us-east-1"]["state"] in ("denied", "disabled"):
                continue
            found |= {one["GlobalClusterArn"] for one in pages(rds, "describe_global_clusters", "GlobalClusters")
                      if one["Engine"] == "neptune"}
        self.assertEqual(found, {finding["resource"]["arn"] for finding in self.manifest["findings"]
                                 if finding["resource"]["type"] == "global-database"})

    def test_aws_cli(self):
        account, region = self.cells[0]
        keys = self.aws.keys_of(account, self.own) or {"aws_access_key_id": self.aws.key,
                                                       "aws_secret_access_key": self.aws.secret}
        variables = {**self.environment, **{name.upper(): value for name, value in keys.items()},
                     "AWS_DEFAULT_REGION": region, "AWS_PAGER": ""}
        # The flag, because for us-east-1 this version puts a name of its own before AWS_ENDPOINT_URL.
        done = subprocess.run([str(harness.PYTHON.with_name("aws")), "--endpoint-url", self.aws.url, "neptune",
                               "describe-db-clusters", "--filters", "Name=engine,Values=neptune", "--page-size", "20",
                               "--output", "json"], env=variables, check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.assertEqual({cluster["DBClusterArn"] for cluster in json.loads(done.stdout)["DBClusters"]},
                         arns(self.manifest, "cluster", (account, region)))

    def test_go_sdk(self):
        if not shutil.which("go"):
            self.skipTest("there is no go")
        with tempfile.TemporaryDirectory() as folder:
            program = os.path.join(folder, "peer")
            made = subprocess.run(["go", "build", "-o", program, "."], cwd=harness.SOURCE / "bench/peers/go", check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if made.returncode != 0:
                self.skipTest(f"the Go SDK cannot be had: {made.stdout.decode()[-300:]}")
            done = subprocess.run([program], env={**self.environment, "PEER_CONCURRENCY": "16"}, check=True,
                                  stdout=subprocess.PIPE)
        cells = [json.loads(line) for line in done.stdout.splitlines()]
        found = {cluster["arn"] for cell in cells for cluster in cell["clusters"] or []}
        self.assertEqual(found, {finding["resource"]["arn"] for finding in self.manifest["findings"]
                                 if finding["resource"]["type"] == "cluster"})
        refused = {(cell["account"], cell["region"]) for cell in cells if cell.get("error") and cell.get("region")}
        self.assertEqual(refused, {cell for cell, told in self.truth.items() if told["state"] == "denied"})

    def test_where_machines_find_credentials(self):
        fetcher = botocore.utils.InstanceMetadataFetcher(timeout=5, config={
            "ec2_metadata_service_endpoint": self.aws.url + "/"})
        given = fetcher.retrieve_iam_role_credentials()
        client = self.aws.client("sts", keys={"aws_access_key_id": given["access_key"],
                                              "aws_secret_access_key": given["secret_key"],
                                              "aws_session_token": given["token"]})
        self.assertEqual(client.get_caller_identity()["Account"], self.own)
        container = botocore.utils.ContainerMetadataFetcher().retrieve_full_uri(self.aws.url + "/v2/credentials/estate")
        client = self.aws.client("sts", keys={"aws_access_key_id": container["AccessKeyId"],
                                              "aws_secret_access_key": container["SecretAccessKey"],
                                              "aws_session_token": container["Token"]})
        self.assertEqual(client.get_caller_identity()["Account"], self.own)


class Strictness(unittest.TestCase):
    def expect(self, code, call, *arguments, **named):
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            call(*arguments, **named)
        self.assertEqual(caught.exception.response["Error"]["Code"], code, caught.exception)
        return caught.exception.response

    def setUp(self):
        context = harness.estate("--accounts", "8", "--regions", "3", "--session-seconds", "900", *self.flags())
        self.environment, self.manifest = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        self.aws = Aws(self.environment)
        open_ones = sorted({cell["account"] for cell in self.manifest["cells"]
                            if cell["region"] == "us-east-1" and cell["state"] in ("pass", "fail", "empty", "unknown")})
        self.members = [account for account in open_ones
                        if account != self.aws.client("sts").get_caller_identity()["Account"]]

    def flags(self):
        return ()

    def test_signatures(self):
        wrong = {"aws_access_key_id": self.aws.key, "aws_secret_access_key": "wrong"}
        self.expect("SignatureDoesNotMatch", self.aws.client("sts", keys=wrong).get_caller_identity)
        self.expect("InvalidSignatureException", self.aws.client("kms", keys=wrong).list_aliases)
        unknown = {"aws_access_key_id": "AKIANOBODY", "aws_secret_access_key": "x"}
        self.expect("InvalidClientTokenId", self.aws.client("rds", keys=unknown).describe_db_clusters)
        self.expect("UnrecognizedClientException", self.aws.client("organizations", keys=unknown).list_roots)
        self.expect("AuthFailure", self.aws.client("ec2", keys=unknown).describe_regions)

    def test_dates(self):
        for minutes, good in ((-4, True), (-6, False), (4, True), (6, False)):
            then = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
            with unittest.mock.patch("botocore.auth.get_current_datetime", return_value=then, create=True):
                if good:
                    self.aws.client("sts").get_caller_identity()
                else:
                    answer = self.expect("SignatureDoesNotMatch", self.aws.client("sts").get_caller_identity)
                    self.assertRegex(answer["Error"]["Message"], "Signature (expired|not yet current)")

    def test_sessions(self):
        one, other = self.aws.enter(self.members[0]), self.aws.enter(self.members[1])
        foreign = {**one, "aws_session_token": other["aws_session_token"]}
        self.expect("InvalidClientTokenId", self.aws.client("rds", keys=foreign).describe_db_clusters)
        without = {name: one[name] for name in ("aws_access_key_id", "aws_secret_access_key")}
        self.expect("InvalidClientTokenId", self.aws.client("rds", keys=without).describe_db_clusters)
        # A session in one account is no way into the next.
        chained = self.aws.client("sts", keys=one)
        self.expect("AccessDenied", chained.assume_role, RoleSessionName="test",
                    RoleArn=f"arn:aws:iam::{self.members[1]}:role/{ROLE}")
        self.expect("AccessDenied", self.aws.client("sts").assume_role, RoleSessionName="test",
                    RoleArn=f"arn:aws:iam::{self.members[0]}:role/Other")
        self.expect("ValidationError", self.aws.client("sts").assume_role, RoleSessionName="x",
                    RoleArn=f"arn:aws:iam::{self.members[0]}:role/{ROLE}")
        self.expect("AccessDeniedException", self.aws.client("organizations", keys=one).list_accounts)

    def test_parameters(self):
        rds = self.aws.client("rds")
        for records in (10, 19, 101):
            self.expect("InvalidParameterValue", rds.describe_db_clusters, MaxRecords=records)
        rds.describe_db_clusters(MaxRecords=20)
        self.expect("InvalidParameterValue", rds.describe_db_clusters, Filters=[{"Name": "colour", "Values": ["red"]}])
        self.expect("DBClusterNotFoundFault", rds.describe_db_clusters, DBClusterIdentifier="nobody")
        self.expect("InvalidInputException", self.aws.client("organizations").list_accounts, MaxResults=21)
        self.expect("NotFoundException", self.aws.client("kms").describe_key,
                    KeyId="00000000-0000-4000-8000-000000000000")
        self.expect("ResourceNotFoundException", self.aws.client("neptune-graph").get_graph,
                    graphIdentifier="g-0123456789")

    def test_writing_and_the_unknown(self):
        rds = self.aws.client("rds")
        self.expect("AccessDenied", rds.create_db_cluster, DBClusterIdentifier="x", Engine="neptune")
        self.expect("AccessDenied", rds.delete_db_cluster, DBClusterIdentifier="x")
        self.expect("InvalidAction", rds.describe_orderable_db_instance_options, Engine="neptune")
        self.assertEqual(harness.statistics(self.environment)["writes"], 2)


class ShortSessions(Strictness):
    def flags(self):
        return ("--session-seconds", "1")

    def test_sessions(self):
        keys = self.aws.enter(self.members[0])
        time.sleep(2.1)
        self.expect("ExpiredToken", self.aws.client("rds", keys=keys).describe_db_clusters)
        self.expect("ExpiredTokenException", self.aws.client("kms", keys=keys).list_aliases)


class Permissions(Strictness):
    def flags(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = os.path.join(folder.name, "policy.json")
        with open(path, "w", encoding="utf-8") as stream:
            json.dump({"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": ["rds:DescribeDBCluster*", "ec2:DescribeRegions"], "Resource": "*"},
                {"Effect": "Deny", "Action": "rds:DescribeDBClusterParameters", "Resource": "*"}]}, stream)
        return ("--policy", path)

    def test_permissions(self):
        keys = self.aws.enter(self.members[0])
        rds = self.aws.client("rds", keys=keys)
        rds.describe_db_clusters()
        rds.describe_db_cluster_snapshots()
        answer = self.expect("AccessDenied", rds.describe_db_instances)
        self.assertIn("no identity-based policy allows the rds:DescribeDBInstances action", answer["Error"]["Message"])
        answer = self.expect("AccessDenied", rds.describe_db_cluster_parameters, DBClusterParameterGroupName="x")
        self.assertIn("explicit deny in an identity-based policy", answer["Error"]["Message"])
        self.expect("AccessDeniedException", self.aws.client("kms", keys=keys).list_aliases)
        self.expect("AccessDeniedException", self.aws.client("neptune-graph", keys=keys).list_graphs)
        self.aws.client("sts", keys=keys).get_caller_identity()  # nothing forbids that


class Conditions(unittest.TestCase):
    def test_tls(self):
        with tempfile.TemporaryDirectory() as folder, \
                harness.estate("--tls", "--ca", os.path.join(folder, "ca.pem")) as (environment, _):
            self.assertEqual(environment["AWS_CA_BUNDLE"], os.path.join(folder, "ca.pem"))
            self.assertTrue(Aws(environment).client("sts").get_caller_identity()["Account"])
            distrusting = Aws({**environment, "AWS_CA_BUNDLE": None})
            with self.assertRaises(botocore.exceptions.SSLError):
                distrusting.client("sts").get_caller_identity()

    def test_idle_connections_are_closed(self):
        with harness.estate("--idle", "1") as (environment, _):
            host = environment["AWS_ENDPOINT_URL"].split("//")[1]
            connection = http.client.HTTPConnection(host, timeout=10)
            connection.request("GET", "/estate/stats")
            connection.getresponse().read()
            self.assertEqual(connection.sock.recv(1), b"")  # waits until the other side has had enough
            connection.close()

    def test_the_same_seed_gives_the_same_bytes(self):
        def everything(seed):
            with harness.estate("--accounts", "20", "--regions", "5", "--seed", seed, "--controls",
                                "all") as (environment, manifest):
                aws, answers = Aws(environment), []
                for operation in ("describe_db_clusters", "describe_db_cluster_snapshots", "describe_db_instances"):
                    answer = getattr(aws.client("rds"), operation)()
                    answer.pop("ResponseMetadata")
                    answers.append(json.dumps(answer, default=str))
                answers.append(json.dumps(aws.client("organizations").list_accounts()["Accounts"], default=str))
            return json.dumps(manifest, sort_keys=True), answers
        first = everything("7")
        self.assertEqual(first, everything("7"))
        self.assertNotEqual(first[0], everything("8")[0])

    def test_the_largest_starts_at_once_and_stays_small(self):
        started = time.monotonic()
        process = subprocess.Popen([harness.ESTATE, "--accounts", "100000", "--regions", "34", "--ous", "5",
                                    "--until-eof"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            environment = dict(line.decode().strip().split("=", 1) for line in iter(process.stdout.readline, b"\n"))
            self.assertLess(time.monotonic() - started, 5)  # not in the time that a million cells would take
            aws = Aws(environment)
            accounts = pages(aws.client("organizations"), "list_accounts", "Accounts",
                             PaginationConfig={"MaxItems": 2000})
            self.assertEqual(len({account["Id"] for account in accounts}), 2000)
            harness.statistics(environment)
            with open(f"/proc/{process.pid}/status", encoding="ascii") as stream:
                peak = next(int(line.split()[1]) for line in stream if line.startswith("VmHWM"))
            if "asan" not in harness.ESTATE and "tsan" not in harness.ESTATE:  # sanitizers keep shadows of all memory
                self.assertLess(peak, 64 * 1024)
        finally:
            process.stdin.close()
            process.wait(20)
            process.stdout.close()


if __name__ == "__main__":
    unittest.main()
