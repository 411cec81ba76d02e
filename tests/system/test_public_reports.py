"""Faults that others reported in public, each as the answers of AWS that cause it: docs/comparison.md, "Against public reports".

Most of these kinds have a test where their subject is tested. Here are those that had none, and a test that the table in the
docs names tests that exist.
"""
import contextlib
import json
import re
import threading
import unittest
import urllib.parse

import harness
import reports
import test_hostile

OWN, OTHER = test_hostile.ACCOUNT, "111122223333"
REGION, OPT_IN = "us-east-1", "me-south-1"
KEY = f"arn:aws:kms:{REGION}:{OWN}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
LISTS = {"DescribeDBClusters": "DBClusters", "DescribeDBClusterSnapshots": "DBClusterSnapshots",
         "DescribeDBInstances": "DBInstances", "DescribeGlobalClusters": "GlobalClusters",
         "DescribeDBClusterAutomatedBackups": "DBClusterAutomatedBackups"}


def xml(operation, inner):
    return 200, f"<{operation}Response><{operation}Result>{inner}</{operation}Result></{operation}Response>"


def clusters(*members, region=REGION):
    """The answer to DescribeDBClusters: one cluster for each text of its members."""
    listed = "".join(f"<DBCluster><DBClusterIdentifier>c{i}</DBClusterIdentifier><Engine>neptune</Engine>"
                     f"<EngineVersion>1.3.2.1</EngineVersion><Status>available</Status>"
                     f"<DBClusterArn>arn:aws:rds:{region}:{OWN}:cluster:c{i}</DBClusterArn>{text}</DBCluster>"
                     for i, text in enumerate(members))
    return xml("DescribeDBClusters", f"<DBClusters>{listed}</DBClusters>")


def encrypted_with(key):
    return f"{test_hostile.ENCRYPTED}<KmsKeyId>{key}</KmsKeyId>"


def regions(**statuses):
    items = "".join(f"<item><regionName>{name.replace('_', '-')}</regionName><optInStatus>{status}</optInStatus></item>"
                    for name, status in statuses.items())
    return 200, f"<DescribeRegionsResponse><regionInfo>{items}</regionInfo></DescribeRegionsResponse>"


def refused(code, message="no", status=400):
    return status, json.dumps({"__type": code, "message": message})


def parameter(name, value):
    return f"<Parameter><ParameterName>{name}</ParameterName><ParameterValue>{value}</ParameterValue></Parameter>"


class Scripted(test_hostile.Handler):
    """An AWS in which a script answers for some operations, and all other lists are empty."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        target = self.headers.get("X-Amz-Target")
        parameters = json.loads(body) if target else dict(urllib.parse.parse_qsl(body))
        operation = target.split(".")[1] if target else parameters["Action"]
        region = self.headers.get("Authorization", "///").split("/")[2]
        self.server.seen.append((operation, region, parameters))
        script = self.server.script.get(operation, self.quiet)
        self.answer(*(script(operation, region, parameters) if callable(script) else script))

    @staticmethod
    def quiet(operation, _region, _parameters):
        if operation == "GetCallerIdentity":
            return xml(operation, f"<Arn>arn:aws:iam::{OWN}:user/x</Arn><Account>{OWN}</Account>")
        if operation == "DescribeRegions":
            return regions(us_east_1="opt-in-not-required")
        return xml(operation, f"<{LISTS[operation]}/>") if operation in LISTS else refused("UnknownOperationException")


class Reported(unittest.TestCase):
    @contextlib.contextmanager
    def scripted(self, script):
        server = test_hostile.Server(("127.0.0.1", 0), Scripted)
        server.script, server.seen = script, []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def scan(self, script, *flags, account=OWN, controls="neptune-encryption-at-rest", home=REGION, **more):
        """Without an account, those of the organization."""
        accounts = ("--accounts", account) if account else ()
        with self.scripted(script) as server:
            environment = harness.clean_environment(AWS_ACCESS_KEY_ID="AKIA", AWS_SECRET_ACCESS_KEY="s", AWS_REGION=home,
                                                    AWS_ENDPOINT_URL=f"http://127.0.0.1:{server.server_port}", **more)
            result = harness.scan(environment, *accounts, "--controls", controls, "--max-attempts", "1", *flags)
        self.assertEqual(reports.inconsistencies(result.report), [], result)
        self.seen = server.seen
        return result

    @staticmethod
    def states(result):
        return {cell["region"]: cell["state"] for cell in result.report["cells"]}

    def verdicts(self, result):
        return {finding["control"]: finding["verdict"] for finding in result.report["findings"]}

    def test_a_resource_on_two_pages(self):
        """A list that shifts between two requests shows it twice; it is one all the same."""
        def pages(_operation, _region, parameters):
            status, body = clusters(test_hostile.PLAIN)
            return status, body if "Marker" in parameters else body.replace("</DBClusters>", "</DBClusters><Marker>2</Marker>")
        result = self.scan({"DescribeDBClusters": pages}, "--regions", REGION)
        cell = result.report["cells"][0]
        self.assertEqual((cell["state"], cell["resources"], cell["failing"], len(result.report["findings"]), result.code),
                         ("fail", 1, 1, 1, 1), result)

    def opt_in(self, status):
        """Two regions are named; the second, which the account lists with this status, refuses the session."""
        def answer(_operation, region, _parameters):
            return clusters() if region == REGION else (403, test_hostile.error("InvalidClientTokenId"))
        listed = regions(us_east_1="opt-in-not-required", me_south_1=status)
        result = self.scan({"DescribeRegions": listed, "DescribeDBClusters": answer}, "--regions", f"{REGION},{OPT_IN}")
        return self.states(result), result.code

    def test_a_region_that_is_not_enabled(self):
        """It is known from the account's own list, and there can be nothing in it."""
        self.assertEqual(self.opt_in("not-opted-in"), ({REGION: "empty", OPT_IN: "disabled"}, 0))

    def test_an_enabled_region_that_refuses_the_session(self):
        """A session token of version 1, or a region enabled minutes ago: what is there is not known."""
        self.assertEqual(self.opt_in("opted-in"), ({REGION: "empty", OPT_IN: "error"}, 3))

    def test_a_region_of_tomorrow(self):
        """Its name fits no pattern of today; the account's list says that it is there."""
        def answer(_operation, region, _parameters):
            return clusters(*([test_hostile.PLAIN] if region == "nz-north-1" else []), region=region)
        listed = regions(us_east_1="opt-in-not-required", nz_north_1="opted-in")
        result = self.scan({"DescribeRegions": listed, "DescribeDBClusters": answer})
        self.assertEqual((self.states(result), result.code), ({REGION: "empty", "nz-north-1": "fail"}, 1), result)

    def test_a_region_closed_by_a_policy(self):
        """The others are scanned, and the reason says whose the policy is."""
        def answer(operation, region, _parameters):
            denial = (f"User: arn:aws:iam::{OWN}:user/x is not authorized to perform: rds:{operation} on resource: "
                      f"arn:aws:rds:{region}:{OWN}:cluster:* with an explicit deny in a service control policy: "
                      f"arn:aws:organizations::{OTHER}:policy/p-1")
            return clusters() if region == REGION else (403, test_hostile.error("AccessDenied", denial))
        result = self.scan({"DescribeDBClusters": answer}, "--regions", f"{REGION},{OPT_IN}")
        self.assertEqual((self.states(result), result.code), ({REGION: "empty", OPT_IN: "denied"}, 3), result)
        reason = next(cell["reason"] for cell in result.report["cells"] if cell["state"] == "denied")
        self.assertIn("denied by a service control policy", reason)

    def test_a_region_without_the_engine(self):
        """There the filter by engine is refused; the whole list shows that there is none."""
        def answer(_operation, _region, parameters):
            unfiltered = not any(name.startswith("Filters") for name in parameters)
            refusal = test_hostile.error("InvalidParameterValue", "Unrecognized engine name: neptune")
            return clusters() if unfiltered else (400, refusal)
        result = self.scan({"DescribeDBClusters": answer}, "--regions", REGION)
        self.assertEqual((self.states(result), result.code), ({REGION: "empty"}, 0), result)

    def test_a_region_without_the_service(self):
        """Where the name of Neptune Analytics has no address, it is left out."""
        for region, state, code in (("eu-south-1", "empty", 0), ("us-east-1", "error", 3)):  # the latter has it
            result = self.scan({}, "--regions", region, controls="neptune-encryption-at-rest,neptune-analytics-key",
                               AWS_ENDPOINT_URL_NEPTUNE_GRAPH="http://neptune-graph.invalid")
            self.assertEqual((self.states(result), result.code), ({region: state}, code), result)

    def test_one_request_to_organizations_at_a_time(self):
        """A second one would be refused while the first is in progress."""
        under_way, most, lock = [0], [0], threading.Lock()

        def slowly(answer):
            def script(_operation, _region, parameters):
                with lock:
                    under_way[0] += 1
                    most[0] = max(most[0], under_way[0])
                threading.Event().wait(0.05)
                with lock:
                    under_way[0] -= 1
                return 200, json.dumps(nothing if answer is units and parameters["ParentId"] != "r-abcd" else answer)
            return script
        accounts = {"Accounts": [{"Id": OWN, "Name": "own", "State": "ACTIVE"}], "NextToken": None}
        units = {"OrganizationalUnits": [{"Id": f"ou-abcd-0000000{i}", "Name": f"unit-{i}"} for i in range(5)]}
        nothing = {"OrganizationalUnits": []}
        script = {"DescribeOrganization": {"Organization": {"Id": "o-exampleorgid", "MasterAccountId": OWN}},
                  "ListAccounts": accounts, "ListRoots": {"Roots": [{"Id": "r-abcd", "Name": "Root"}]},
                  "ListOrganizationalUnitsForParent": units, "ListAccountsForParent": accounts}
        result = self.scan({name: slowly(answer) for name, answer in script.items()}, "--regions", REGION, account=None)
        self.assertEqual((most[0], result.code), (1, 0), result)
        self.assertGreater(sum(operation in script for operation, _, _ in self.seen), 10)

    def test_sts_switched_off(self):
        """No session, no cells: that says nothing of the region where the clusters are."""
        off = 403, test_hostile.error("RegionDisabledException", f"STS is not activated in this region for account:{OTHER}")
        result = self.scan({"AssumeRole": off}, "--regions", REGION, account=OTHER)
        self.assertEqual((self.states(result), result.code), ({REGION: "unreached"}, 3), result)
        self.assertIn("STS is not activated in this region", result.report["cells"][0]["reason"])

    def test_roles_of_a_partition(self):
        for home, partition in (("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), (REGION, "aws")):
            with self.subTest(home):
                identity = xml("GetCallerIdentity", f"<Arn>arn:{partition}:iam::{OWN}:user/x</Arn><Account>{OWN}</Account>")
                self.scan({"GetCallerIdentity": identity, "AssumeRole": (403, test_hostile.error("AccessDenied"))},
                          "--regions", home, account=OTHER, home=home)
                asked = [(region, parameters["RoleArn"]) for operation, region, parameters in self.seen
                         if operation == "AssumeRole"]
                self.assertEqual(asked, [(home, f"arn:{partition}:iam::{OTHER}:role/NeptuneScanAudit")])

    def key(self, answer, key=KEY, rotation=None):
        """Verdicts on the key of the only cluster, when KMS answers so."""
        script = {"DescribeDBClusters": clusters(encrypted_with(key)), "DescribeKey": answer,
                  "GetKeyRotationStatus": rotation or refused("KMSInvalidStateException"), "ListAliases": (200, '{"Aliases":[]}')}
        result = self.scan(script, "--regions", REGION, controls="neptune-key-usable,neptune-key-rotation")
        return self.verdicts(result), result

    def test_a_key_that_will_be_deleted(self):
        """KMS answers that its rotation is off, whatever was set: that is no second failure."""
        metadata = {"KeyId": KEY.split("/")[1], "Arn": KEY, "KeyState": "PendingDeletion", "KeyManager": "CUSTOMER",
                    "KeySpec": "SYMMETRIC_DEFAULT", "Origin": "AWS_KMS", "DeletionDate": 1900000000.0}
        verdicts, _ = self.key((200, json.dumps({"KeyMetadata": metadata})), rotation=(200, '{"KeyRotationEnabled":false}'))
        self.assertEqual(verdicts, {"neptune-key-usable": "fail"})

    def test_a_key_that_kms_cannot_resolve(self):
        """One code, many wordings: only that the key does not exist says that it is lost."""
        for message, verdict in ((f"Key '{KEY}' does not exist", "fail"), ("Invalid arn us-west-1", "unknown"),
                                 ("Invalid keyId graph", "unknown")):
            with self.subTest(message):
                verdicts, result = self.key(refused("NotFoundException", message))
                self.assertEqual(verdicts["neptune-key-usable"], verdict, result)

    def test_a_key_of_another_account_is_named_by_its_arn(self):
        """By its id alone KMS would look for it in the caller's account, and not find it."""
        key = KEY.replace(OWN, OTHER)
        self.key(refused("AccessDeniedException"), key)
        self.assertEqual({parameters["KeyId"] for operation, _, parameters in self.seen if operation == "DescribeKey"}, {key})

    def test_audit_logs_need_the_export_and_the_parameter(self):
        """On whichever page of the parameters it is."""
        for exports, value, verdict in (("audit", "1", "pass"), ("audit", "0", "fail"), ("slowquery", "1", "fail")):
            def pages(operation, _region, parameters, value=value):
                first = f"<Parameters>{parameter('neptune_query_timeout', '120000')}</Parameters><Marker>2</Marker>"
                last = f"<Parameters>{parameter('neptune_enable_audit_log', value)}</Parameters>"
                return xml(operation, last if "Marker" in parameters else first)
            with self.subTest(exports=exports, value=value):
                cluster = (f"{test_hostile.ENCRYPTED}<DBClusterParameterGroup>graph</DBClusterParameterGroup>"
                           f"<EnabledCloudwatchLogsExports><member>{exports}</member></EnabledCloudwatchLogsExports>")
                result = self.scan({"DescribeDBClusters": clusters(cluster), "DescribeDBClusterParameters": pages}, "--regions",
                                   REGION, controls="neptune-audit-logs")
                self.assertEqual(self.verdicts(result), {"neptune-audit-logs": verdict}, result)


class Table(unittest.TestCase):
    """docs/comparison.md: a row is a kind of fault, where it was reported, what happens here, and the tests that show it."""

    def test_every_row_has_a_source_and_tests_that_exist(self):
        text = (harness.SOURCE / "docs/comparison.md").read_text(encoding="utf-8").split("## Against public reports\n")[1]
        rows = [line.strip("|").split("|") for line in text.split("\n## ")[0].splitlines() if line.startswith("| ")][1:]
        rows = [row for row in rows if not set("".join(row)) <= set("- ")]
        self.assertGreaterEqual(len(rows), 25)
        for row in rows:
            with self.subTest(row[0].strip()):
                self.assertEqual(len(row), 5)
                self.assertRegex(row[2], r"\b[\w.-]+/[\w.-]+#\d+")
                self.check(re.findall(r"`([\w/.]+): (\w+)`", row[4]))

    def check(self, tests):
        self.assertTrue(tests, "no test is named")
        for path, function in tests:
            source = (harness.SOURCE / "tests" / path).read_text(encoding="utf-8")
            definition = f"def {function}(self)" if path.endswith(".py") else f"cmocka_unit_test({function})"
            self.assertIn(definition, source, path)


if __name__ == "__main__":
    unittest.main()
