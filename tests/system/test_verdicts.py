"""Whole scans of small AWS organizations, each with one thing that is easily judged wrong."""
import collections
import contextlib
import threading
import unittest

import harness
import reports
import small_aws
from small_aws import HOME, pages

MEMBER, STRANGER, SUSPENDED = "000000000043", "000000000099", "000000000044"
SERVICES = {"kms": ("DescribeKey", "GetKeyRotationStatus", "ListKeyRotations"),
            "organizations": ("DescribeOrganization", "ListAccounts"), "neptune-graph": ("ListGraphs", "ListGraphSnapshots")}
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
TRANSIT, AUDIT, USABLE, ROTATION = ("neptune-encryption-in-transit", "neptune-audit-logs", "neptune-key-usable",
                                    "neptune-key-rotation")
AT_REST = "neptune-encryption-at-rest"


def key_arn(account=HOME, name="key/" + KEY, region="us-east-1", partition="aws"):
    return f"arn:{partition}:kms:{region}:{account}:{name}"


def rds_arn(kind, name, region="us-east-1", partition="aws"):
    return f"arn:{partition}:rds:{region}:{HOME}:{kind}:{name}"


def cluster(name="g", **members):
    return {"DBClusterIdentifier": name, "DBClusterArn": rds_arn("cluster", name), "Engine": "neptune",
            "Status": "available", "EngineVersion": "1.3.2.1", "StorageEncrypted": True, "KmsKeyId": key_arn(),
            "DBClusterParameterGroup": "group", "TagList": [], **members}


def clusters(*listed):
    return {f"DescribeDBClusters@{HOME}": {"DBClusters": list(listed)}}


def metadata(account=HOME, **members):
    return {"KeyMetadata": {"AWSAccountId": account, "KeyId": KEY, "Arn": key_arn(account), "KeyState": "Enabled",
                            "KeyManager": "CUSTOMER", "Origin": "AWS_KMS", "KeySpec": "SYMMETRIC_DEFAULT", **members}}


def parameter(name, value):
    return {"ParameterName": name, "ParameterValue": value}


Refusal = collections.namedtuple("Refusal", "code message status", defaults=("no", 400))


class Aws(contextlib.ExitStack):
    """
    An AWS for the block. `answers`: by operation, optionally @ACCOUNT, the members of a good answer, a Refusal, or a function of
    the request's parameters that gives either.
    """

    def __init__(self, answers, accounts=(HOME, MEMBER), regions=("us-east-1",)):
        super().__init__()
        self.parameters = collections.defaultdict(list)  # of what was told, by operation
        listed = {"Accounts": [{"Id": account, "State": "ACTIVE"} for account in accounts]}
        self.answers = {self.full_name(name): self.teller(name.split("@")[0], told)
                        for name, told in {"ListAccounts": listed, **answers}.items()}
        self.answers["ec2:DescribeRegions"] = small_aws.regions(*regions)

    @staticmethod
    def full_name(name):
        operation = name.split("@")[0]
        return next((service for service, known in SERVICES.items() if operation in known), "rds") + ":" + name

    def teller(self, operation, told):
        def answer(parameters):
            self.parameters[operation].append(parameters)
            what = told(parameters) if callable(told) else told
            if isinstance(what, Refusal):
                return small_aws.refused(what.status, what.code, what.message)
            return small_aws.told(operation, what)
        return answer

    def __enter__(self):
        super().__enter__()
        self.settings, self.calls = self.enter_context(small_aws.serving(self.answers))
        return self

    def count(self, operation):
        return sum(name.split(":")[1] == operation for _, _, name in self.calls)

    def scan(self, *flags):
        return harness.scan(harness.clean_environment(**self.settings), *flags)


class Verdicts(unittest.TestCase):
    def verdicts(self, result, control):
        """{resource: (verdict, reason)}"""
        self.assertIsNotNone(result.report, result)
        self.assertEqual(reports.inconsistencies(result.report), [])
        return {f["resource"]["id"]: (f["verdict"], f["reason"]) for f in result.report["findings"] if f["control"] == control}

    def one(self, answers, control, *flags, **options):
        """The verdict on the only resource, what the cell says, and what was asked."""
        with Aws(answers, **options) as aws:
            result = aws.scan("--controls", control, *flags)
        found = self.verdicts(result, control)
        self.assertLessEqual(len(found), 1, found)
        verdict, reason = next(iter(found.values()), (None, None))
        return verdict, reason, result, aws

    # ---- parameters of a group ----

    def test_engines_and_the_parameter(self):
        for version, value, verdict, asks in (("1.2.1.0.R2", "0", "pass", 0), ("1.0.10.0", "0", "pass", 0),
                                              ("1.0.4.1", None, "pass", 0), ("1.0.3.0", "0", "fail", 1),
                                              ("1.0.3.0", None, "pass", 1), ("1.0.3.0", "true", "unknown", 1),
                                              (None, "0", "unknown", 1), (None, "1", "pass", 1), ("1.x", None, "unknown", 1)):
            with self.subTest(version=version, value=value):
                listed = [] if value is None else [parameter("neptune_enforce_ssl", value)]
                found, reason, _, aws = self.one({**clusters(cluster(EngineVersion=version)),
                                                  "DescribeDBClusterParameters": {"Parameters": listed}}, TRANSIT)
                self.assertEqual(found, verdict, reason)
                self.assertEqual(aws.count("DescribeDBClusterParameters"), asks)

    def test_an_engine_that_says_nothing(self):
        """Absent or empty: it may be Neptune's."""
        for engine, expected in ((None, "unknown"), ("", "unknown"), ("neptune", "fail")):
            verdict, reason, _, _ = self.one(clusters(cluster(Engine=engine, StorageEncrypted=False, KmsKeyId=None)), AT_REST)
            self.assertEqual(verdict, expected, (engine, reason))
        self.assertIsNone(self.one(clusters(cluster(Engine="docdb", StorageEncrypted=False)), AT_REST)[0])

    def test_a_cluster_that_stands_twice(self):
        """On one page, and the same: it is one resource."""
        _, _, result, _ = self.one(clusters(cluster(), cluster()), AT_REST)
        self.assertEqual(result.report["run"]["totals"]["resources"], 1)

    def test_only_what_does_not_apply(self):
        """A cluster that no selected control evaluates is there all the same: the cell is not empty."""
        _, _, result, _ = self.one(clusters(cluster(Status="deleting")), AUDIT)
        states = {cell["account"]: cell["state"] for cell in result.report["cells"]}
        self.assertEqual(states, {HOME: "pass", MEMBER: "empty"})

    def test_a_parameter_on_the_second_page(self):
        """Two parameters, each on a page of its own: one list is read for both."""
        answers = {**clusters(cluster(EngineVersion="1.0.3.0", EnabledCloudwatchLogsExports=["slowquery", "audit"])),
                   "DescribeDBClusterParameters": pages(
                       {"Parameters": [parameter("neptune_enforce_ssl", "0"), parameter("neptune_streams", "0")]},
                       {"Parameters": [parameter("neptune_enable_audit_log", " 1 ")]})}
        with Aws(answers) as aws:
            result = aws.scan("--controls", f"{TRANSIT},{AUDIT}")
        self.assertEqual(self.verdicts(result, TRANSIT)["g"][0], "fail")
        self.assertEqual(self.verdicts(result, AUDIT)["g"][0], "pass")
        self.assertEqual(aws.count("DescribeDBClusterParameters"), 2)

    def test_clusters_that_share_a_group(self):
        """It is read once, for the first of those whose verdict rests on it; the others need nothing of it."""
        exporting = {"EnabledCloudwatchLogsExports": ["audit"]}
        answers = {**clusters(cluster("silent"), cluster("one", **exporting), cluster("two", **exporting),
                              cluster("other", DBClusterParameterGroup="off", **exporting),
                              cluster("none", DBClusterParameterGroup=None, **exporting)),
                   "DescribeDBClusterParameters": lambda parameters: {"Parameters": [parameter(
                       "neptune_enable_audit_log", "0" if parameters["DBClusterParameterGroupName"] == "off" else "1")]}}
        with Aws(answers) as aws:
            found = self.verdicts(aws.scan("--controls", AUDIT), AUDIT)
        self.assertEqual({name: verdict for name, (verdict, _) in found.items()},
                         {"silent": "fail", "one": "pass", "two": "pass", "other": "fail", "none": "unknown"})
        self.assertIn("switched off", found["other"][1])
        self.assertEqual(sorted(asked["DBClusterParameterGroupName"] for asked in aws.parameters["DescribeDBClusterParameters"]),
                         ["group", "off"])

    def test_audit_logs_that_are_not_written(self):
        for value, verdict, reason in (("1", "pass", "exported"), ("0", "fail", "exported, but switched off"),
                                       (None, "fail", "its default is 0"), ("true", "unknown", "is true")):
            with self.subTest(value):
                listed = [] if value is None else [parameter("neptune_enable_audit_log", value)]
                found, said, result, _ = self.one({**clusters(cluster(EnabledCloudwatchLogsExports=["audit"])),
                                                   "DescribeDBClusterParameters": {"Parameters": listed}}, AUDIT)
                self.assertEqual(found, verdict, said)
                self.assertIn(reason, said)
                self.assertEqual(result.report["findings"][0]["evidence"]["neptune_enable_audit_log"], value)

    def test_parameters_that_may_not_be_read(self):
        found, reason, result, _ = self.one({**clusters(cluster(EnabledCloudwatchLogsExports=["audit"])),
                                             "DescribeDBClusterParameters": Refusal("AccessDenied", "no", 403)}, AUDIT)
        self.assertEqual((found, result.code), ("unknown", 3))
        self.assertIn("rds:DescribeDBClusterParameters", reason)

    def test_no_logs_in_china(self):
        arn = rds_arn("cluster", "g", "cn-north-1", "aws-cn")
        found, reason, result, aws = self.one(clusters(cluster(DBClusterArn=arn)), AUDIT, "--region", "cn-north-1",
                                              regions=("cn-north-1",))
        self.assertEqual((found, result.code, aws.count("DescribeDBClusterParameters")), (None, 0, 0), reason)

    # ---- kinds of keys ----

    def test_required_keys_of_one_control_alone(self):
        for require, key, manager, verdict in (("kms", key_arn(), "AWS", "pass"), ("customer", key_arn(), "AWS", "fail"),
                                               ("customer", key_arn(), "CUSTOMER", "pass"), ("customer", key_arn(), None, "unknown"),
                                               ("kms", None, "AWS", "unknown"), ("kms", "", "AWS", "unknown"),
                                               ("customer", None, "AWS", "unknown"), ("customer", "alias/aws/rds", None, "fail")):
            with self.subTest(require=require, key=key, manager=manager):
                found, reason, result, aws = self.one(
                    {**clusters(cluster(KmsKeyId=key)), "DescribeKey": metadata(KeyManager=manager)}, AT_REST,
                    "--require-key", require)
                self.assertEqual(found, verdict, reason)
                self.assertEqual(result.code, {"pass": 0, "fail": 1, "unknown": 3}[verdict])
                self.assertNotIn("alias/aws/rds", [asked["KeyId"] for asked in aws.parameters["DescribeKey"]])

    def test_a_key_that_may_not_be_described_is_not_known(self):
        found, reason, result, _ = self.one(
            {**clusters(cluster()), "DescribeKey": Refusal("AccessDeniedException", "no")}, AT_REST, "--require-key", "customer")
        self.assertEqual((found, result.code), ("unknown", 3))
        self.assertIn("kms:DescribeKey", reason)

    def test_a_key_that_is_not_named_is_a_gap_for_controls_of_keys(self):
        """They have nothing to evaluate, and must not look as if there were nothing."""
        for require, code, state in (("any", 0, "pass"), ("kms", 3, "unknown"), ("customer", 3, "unknown")):
            with Aws(clusters(cluster(KmsKeyId=None)), accounts=(HOME,)) as aws:
                result = aws.scan("--controls", "neptune-key-managed-as-required", "--require-key", require)
            self.assertEqual((result.code, result.report["cells"][0]["state"]), (code, state), require)

    def test_a_global_database_by_its_members(self):
        def member(region, name, writer=False):
            return {"DBClusterArn": f"arn:aws:rds:{region}:{HOME}:cluster:{name}", "IsWriter": writer}
        for members, manager, verdict in (([member("us-east-1", "g", True)], "CUSTOMER", "pass"),
                                          ([member("us-east-1", "g", True)], "AWS", "fail"),
                                          ([member("us-east-1", "g", True), member("eu-west-1", "h")], "CUSTOMER", "unknown"),
                                          ([member("us-east-1", "g", True), member("eu-west-1", "h")], "AWS", "fail")):
            with self.subTest(members=len(members), manager=manager):
                listed = [{"GlobalClusterIdentifier": "all", "GlobalClusterArn": f"arn:aws:rds::{HOME}:global-cluster:all",
                           "Engine": "neptune", "StorageEncrypted": True, "GlobalClusterMembers": members}]
                found, reason, _, _ = self.one({**clusters(cluster()), "DescribeKey": metadata(KeyManager=manager),
                                                "DescribeGlobalClusters": {"GlobalClusters": listed}},
                                               "neptune-global-database-encryption", "--require-key", "customer")
                self.assertEqual(found, verdict, reason)

    # ---- states and owners of keys ----

    def test_a_key_that_kms_does_not_find(self):
        for message, verdict in ((f"Key '{key_arn()}' does not exist", "fail"), ("Invalid arn us-east-1", "unknown"),
                                 (f"Invalid keyId {KEY}", "unknown"), ("Alias graph is not found.", "unknown"),
                                 ("The requested resource does not exist", "unknown")):
            with self.subTest(message):
                found, reason, result, _ = self.one({**clusters(cluster()), "DescribeKey": Refusal("NotFoundException", message)},
                                                    USABLE)
                self.assertEqual((found, result.code), (verdict, 1 if verdict == "fail" else 3), reason)
                if verdict == "unknown":
                    self.assertIn(message, reason)

    def test_states_of_keys(self):
        for state, usable, rotated in (("Updating", "pass", "fail"), ("PendingDeletion", "fail", None),
                                       ("PendingReplicaDeletion", "fail", None), ("Disabled", "fail", "fail")):
            with self.subTest(state):
                with Aws({**clusters(cluster()), "DescribeKey": metadata(KeyState=state),
                          "GetKeyRotationStatus": {"KeyRotationEnabled": False}}) as aws:
                    result = aws.scan("--controls", f"{USABLE},{ROTATION}")
                found = [self.verdicts(result, control).get(KEY, (None,))[0] for control in (USABLE, ROTATION)]
                self.assertEqual(found, [usable, rotated])

    def test_specs_by_the_older_name(self):
        for spec in ({"KeySpec": None, "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT"}, {"KeySpec": None}):
            found, reason, _, _ = self.one({**clusters(cluster()), "DescribeKey": metadata(**spec),
                                            "GetKeyRotationStatus": {"KeyRotationEnabled": False}}, ROTATION)
            self.assertEqual(found, "fail", reason)

    def test_imported_material(self):
        on_demand = {"RotationType": "ON_DEMAND", "RotationDate": 1780272000.5}
        automatic = {"RotationType": "AUTOMATIC", "RotationDate": 1780272000}
        for name, answer, verdict, reason in (
                ("rotated", {"Rotations": [on_demand], "Truncated": False}, "pass", "2026-06-01T00:00:00Z"),
                ("on the second page", pages({"Rotations": [automatic]}, {"Rotations": [on_demand]}), "pass", "2026-06-01"),
                ("never", {"Rotations": [], "Truncated": False}, "fail", "never rotated"),
                ("denied", Refusal("AccessDeniedException", "no"), "unknown", "kms:ListKeyRotations"),
                ("no list", {"Rotations": {}}, "unknown", "Rotations is an object"),
                ("no end", {"Rotations": [], "Truncated": True}, "unknown", "NextMarker is absent"),
                ("not supported", Refusal("UnsupportedOperationException"), None, None)):
            with self.subTest(name):
                found, said, result, aws = self.one({**clusters(cluster()), "DescribeKey": metadata(Origin="EXTERNAL"),
                                                     "ListKeyRotations": answer}, ROTATION)
                self.assertEqual((found, result.code), (verdict, {"fail": 1, "unknown": 3}.get(verdict, 0)), said)
                self.assertIn(reason or "", said or "")
                self.assertEqual(aws.count("GetKeyRotationStatus"), 0)

    def test_a_key_that_is_named_by_an_alias(self):
        """It is described by the alias; its rotation is asked for by the key's own ARN, as KMS wants it."""
        for alias in ("alias/graph", key_arn(name="alias/graph")):
            with Aws({**clusters(cluster(KmsKeyId=alias)), "DescribeKey": metadata(),
                      "GetKeyRotationStatus": {"KeyRotationEnabled": True}}) as aws:
                result = aws.scan("--controls", f"{USABLE},{ROTATION}")
            self.assertEqual((result.code, len(result.report["findings"])), (0, 2), result)
            self.assertEqual([aws.parameters[operation][0]["KeyId"] for operation in ("DescribeKey", "GetKeyRotationStatus")],
                             [alias, key_arn()])

    def test_keys_in_other_partitions(self):
        for partition, region in (("aws-us-gov", "us-gov-west-1"), ("aws-cn", "cn-north-1")):
            for owner, described, verdict in ((MEMBER, True, "pass"), (MEMBER, False, "unknown"), (STRANGER, True, "fail")):
                with self.subTest(partition=partition, owner=owner, described=described):
                    arn = key_arn(owner, "key/mrk-1234abcd12ab34cd56ef1234567890ab", region, partition)
                    answer = metadata(owner, Arn=arn) if described else Refusal("AccessDeniedException", "no")
                    listed = cluster(KmsKeyId=arn, DBClusterArn=rds_arn("cluster", "g", region, partition))
                    found, reason, _, aws = self.one({**clusters(listed), "DescribeKey": answer}, USABLE, "--region", region,
                                                     regions=(region,))
                    self.assertEqual(found, verdict, reason)
                    self.assertEqual([asked["KeyId"] for asked in aws.parameters["DescribeKey"]], [arn])
                    self.assertIn((HOME, region, "kms:DescribeKey"), aws.calls)

    def test_whose_key_it_is(self):
        """A central key account is usual; a stranger's key is not; without the organization's list nobody knows."""
        listed = {"ListAccounts": {"Accounts": [{"Id": HOME, "State": "ACTIVE"}, {"Id": MEMBER, "State": "ACTIVE"},
                                                {"Id": SUSPENDED, "State": "SUSPENDED"}]}}
        for owner, flags, state, verdict in ((MEMBER, (), "Enabled", "pass"), (MEMBER, (), "Disabled", "fail"),
                                             (MEMBER, (), None, "unknown"), (SUSPENDED, (), "Enabled", "pass"),
                                             (SUSPENDED, (), None, "unknown"), (STRANGER, (), "Enabled", "fail"),
                                             (STRANGER, (), None, "fail"), (MEMBER, ("--accounts", HOME), "Enabled", "unknown"),
                                             (MEMBER, ("--accounts", HOME), "Disabled", "fail"),
                                             (STRANGER, ("--accounts", HOME), "Enabled", "unknown"),
                                             (MEMBER, ("--exclude-accounts", MEMBER), "Enabled", "pass")):
            with self.subTest(owner=owner, flags=flags, state=state):
                answer = metadata(owner, KeyState=state) if state else Refusal("AccessDeniedException", "no")
                found, reason, result, _ = self.one({**clusters(cluster(KmsKeyId=key_arn(owner))), **listed,
                                                     "DescribeKey": answer}, USABLE, *flags)
                self.assertEqual((found, result.code), (verdict, {"pass": 0, "fail": 1, "unknown": 3}[verdict]), reason)

    def test_one_id_in_two_accounts(self):
        """An id without an ARN is of this account; the same id in an ARN of a stranger is another key."""
        for keys in ((KEY, key_arn(STRANGER)), (key_arn(STRANGER), KEY), (KEY, key_arn(region="eu-west-1"))):
            with self.subTest(keys=keys), Aws({**clusters(cluster("g", KmsKeyId=keys[0]), cluster("h", KmsKeyId=keys[1])),
                                               "DescribeKey": lambda parameters: metadata(
                                                   STRANGER if STRANGER in parameters["KeyId"] else HOME)}) as aws:
                result = aws.scan("--controls", USABLE)
            found = [f["verdict"] for f in result.report["findings"] if f["control"] == USABLE]
            self.assertEqual(sorted(found), ["fail", "pass"] if STRANGER in str(keys) else ["pass", "pass"])

    def test_one_key_by_id_and_by_arn(self):
        with Aws({**clusters(cluster("g", KmsKeyId=KEY), cluster("h", KmsKeyId=key_arn())), "DescribeKey": metadata()}) as aws:
            result = aws.scan("--controls", USABLE)
        self.assertEqual([f["verdict"] for f in result.report["findings"] if f["control"] == USABLE], ["pass"])

    def test_a_rotation_that_cannot_be_read(self):
        """It is no proof that the material was never rotated."""
        listed = {"Rotations": [{"RotationType": "ON_DEMAND", "RotationDate": "2026-01-01T00:00:00Z"}]}
        found, reason, result, _ = self.one({**clusters(cluster()), "DescribeKey": metadata(Origin="EXTERNAL"),
                                             "ListKeyRotations": listed}, "neptune-key-rotation")
        self.assertEqual((found, result.code), ("unknown", 3), reason)

    def test_a_key_whose_state_hides_its_rotation(self):
        found, reason, _, _ = self.one({**clusters(cluster()), "DescribeKey": metadata(),
                                        "GetKeyRotationStatus": Refusal("KMSInvalidStateException")}, "neptune-key-rotation")
        self.assertEqual(found, "unknown", reason)

    def test_an_account_in_no_organization(self):
        found, reason, _, _ = self.one(
            {**clusters(cluster(KmsKeyId=key_arn(MEMBER))), "DescribeKey": metadata(MEMBER),
             "DescribeOrganization": Refusal("AWSOrganizationsNotInUseException")}, USABLE)
        self.assertEqual(found, "unknown", reason)

    # ---- cells that wait for the list of accounts ----

    def listing(self, second_page):
        """The key's account is on the second page, which comes when the test says so."""
        first = {"Accounts": [{"Id": HOME, "State": "ACTIVE"}], "NextToken": "page-1"}
        return {"ListAccounts": lambda parameters: second_page() if "NextToken" in parameters else first,
                "DescribeKey": metadata(MEMBER), **clusters(cluster(KmsKeyId=key_arn(MEMBER)), cluster("own", KmsKeyId=None))}

    def test_only_verdicts_wait_for_the_list_of_accounts(self):
        """The cell is scanned while the organization is still being listed, and judged by all of it."""
        described, early = threading.Event(), []

        def second_page():
            early.append(described.wait(20))
            return {"Accounts": [{"Id": MEMBER, "State": "ACTIVE"}]}

        def key(_):
            described.set()
            return metadata(MEMBER)
        for controls in (USABLE, "encryption", "all"):
            with self.subTest(controls):
                described.clear()
                with Aws({**self.listing(second_page), "DescribeKey": key}) as aws:
                    result = aws.scan("--controls", controls)
                self.assertTrue(early.pop())
                self.assertEqual(self.verdicts(result, USABLE)[KEY][0], "pass")

    def test_a_share_waits_as_well(self):
        shared = threading.Event()

        def second_page():
            shared.wait(20)
            return {"Accounts": [{"Id": MEMBER, "State": "ACTIVE"}]}

        def attributes(_):
            shared.set()
            return {"DBClusterSnapshotAttributesResult": {"DBClusterSnapshotAttributes": [
                {"AttributeName": "restore", "AttributeValues": [MEMBER]}]}}
        snapshot = {"DBClusterSnapshotIdentifier": "s", "Engine": "neptune", "SnapshotType": "manual", "TagList": [],
                    "DBClusterSnapshotArn": rds_arn("cluster-snapshot", "s")}
        control = "neptune-snapshot-not-public"
        with Aws({**self.listing(second_page), "DescribeDBClusterSnapshotAttributes": attributes,
                  f"DescribeDBClusterSnapshots@{HOME}": {"DBClusterSnapshots": [snapshot]}}) as aws:
            result = aws.scan("--controls", control)
        self.assertTrue(shared.is_set())
        self.assertEqual(self.verdicts(result, control)["s"][0], "pass")

    def test_a_list_of_accounts_that_breaks_off(self):
        with Aws(self.listing(lambda: Refusal("AccessDeniedException", "not you"))) as aws:
            result = aws.scan("--controls", USABLE)
        self.assertEqual(result.code, 3, result)
        verdict, reason = self.verdicts(result, USABLE)[KEY]
        self.assertEqual(verdict, "unknown")
        self.assertIn("not listed", reason)

    def test_a_scan_that_is_stopped_while_a_cell_waits(self):
        """What was not decided is pending; what fails in any case is kept."""
        end = threading.Event()

        def second_page():
            end.wait(20)
            return Refusal("AccessDeniedException")
        with Aws(self.listing(second_page)) as aws:
            try:
                result = aws.scan("--controls", f"{USABLE},{AT_REST}", "--deadline", "2s", "--grace", "0s")
            finally:
                end.set()
        self.assertEqual(result.code, 3, result)
        self.assertEqual({cell["state"] for cell in result.report["cells"]}, {"pending"})
        self.assertEqual(self.verdicts(result, USABLE), {})
        self.assertEqual(result.report["run"]["interrupted"], "the deadline has passed")
        self.assertEqual(len(result.report["cells"]), 1)
        self.assertIn("the deadline (2 s) has passed: not all accounts are listed, and 1 cell is pending\n", result.err)

    # ---- lists that change while they are read ----

    def test_what_stands_on_two_pages_is_one_resource(self):
        """The later page is newer: what it says counts."""
        plain, encrypted = {"StorageEncrypted": False, "KmsKeyId": None}, {"StorageEncrypted": True}
        with Aws({f"DescribeDBClusters@{HOME}": pages(
                {"DBClusters": [cluster("a", **plain), cluster("b", **encrypted), cluster("c", **encrypted)]},
                {"DBClusters": [cluster("c", **plain), cluster("a", **encrypted), cluster("d", **encrypted)]},
                {"DBClusters": [cluster("d", **encrypted), cluster("A", **encrypted)]})}, accounts=(HOME,)) as aws:
            result = aws.scan("--controls", AT_REST)
        found = [(f["resource"]["id"], f["verdict"]) for f in result.report["findings"]]
        self.assertEqual(sorted(found), [("A", "pass"), ("a", "pass"), ("b", "pass"), ("c", "fail"), ("d", "pass")])
        self.assertEqual(result.report["cells"][0]["resources"], 5)

    def test_every_kind_on_two_pages(self):
        listed = {
            "DescribeDBClusters": ("DBClusters", cluster()),
            "DescribeDBClusterSnapshots": ("DBClusterSnapshots", {
                "DBClusterSnapshotIdentifier": "s", "DBClusterSnapshotArn": rds_arn("cluster-snapshot", "s"),
                "Engine": "neptune", "SnapshotType": "automated", "StorageEncrypted": True, "KmsKeyId": key_arn()}),
            "DescribeDBClusterAutomatedBackups": ("DBClusterAutomatedBackups", {
                "DbClusterResourceId": "cluster-B", "Engine": "neptune", "StorageEncrypted": True, "Status": "retained"}),
            "DescribeDBInstances": ("DBInstances", {
                "DBInstanceIdentifier": "i", "DBInstanceArn": rds_arn("db", "i"), "Engine": "neptune",
                "DBClusterIdentifier": "g", "PubliclyAccessible": False, "AutoMinorVersionUpgrade": True}),
            "DescribeGlobalClusters": ("GlobalClusters", {
                "GlobalClusterIdentifier": "all", "GlobalClusterArn": f"arn:aws:rds::{HOME}:global-cluster:all",
                "Engine": "neptune", "StorageEncrypted": True, "GlobalClusterMembers": []}),
            "ListGraphs": ("graphs", {"id": "g-1", "arn": f"arn:aws:neptune-graph:us-east-1:{HOME}:graph/g-1", "kmsKeyIdentifier": key_arn()}),
            "ListGraphSnapshots": ("graphSnapshots", {"id": "gs-1", "kmsKeyIdentifier": key_arn()}),
        }
        answers = {f"{operation}@{HOME}": pages({name: [item]}, {name: [item]}) for operation, (name, item) in listed.items()}
        with Aws({**answers, "DescribeKey": metadata()}, accounts=(HOME,)) as aws:
            result = aws.scan("--controls", "all")
        found = [(f["control"], f["resource"]["type"], f["resource"]["id"]) for f in result.report["findings"]]
        self.assertEqual(len(found), len(set(found)), found)
        self.assertEqual(len({(kind, name) for _, kind, name in found}), len(listed) + 1)  # and the key
        self.assertEqual(result.report["cells"][0]["resources"], len(listed) + 1)
        key = [f for f in result.report["findings"] if f["control"] == USABLE]
        self.assertEqual(len(key[0]["resource"]["relations"]["user"]), 4)

    def test_what_has_no_name_is_not_taken_for_another(self):
        nameless = {"Engine": "neptune", "StorageEncrypted": False}
        with Aws({f"DescribeDBClusters@{HOME}": pages({"DBClusters": [nameless]}, {"DBClusters": [nameless]})},
                 accounts=(HOME,)) as aws:
            result = aws.scan("--controls", AT_REST)
        self.assertEqual(result.report["cells"][0]["failing"], 2)

    # ---- what is being deleted ----

    def test_a_cluster_that_is_being_deleted(self):
        instance = {"DBInstanceIdentifier": "i", "DBInstanceArn": rds_arn("db", "i"), "Engine": "neptune",
                    "DBClusterIdentifier": "g", "DBInstanceStatus": "deleting", "PubliclyAccessible": True}
        with Aws({**clusters(cluster(Status="deleting", StorageEncrypted=False, KmsKeyId=None, EnabledCloudwatchLogsExports=["audit"],
                                     EngineVersion="1.0.3.0", BackupRetentionPeriod=1)),
                  f"DescribeDBInstances@{HOME}": {"DBInstances": [instance]}}) as aws:
            result = aws.scan("--controls", "all")
        self.assertEqual({(f["control"], f["verdict"]) for f in result.report["findings"]},
                         {(AT_REST, "fail"), ("neptune-instance-encryption", "fail")})
        self.assertEqual({f["evidence"]["Status"] for f in result.report["findings"]}, {"deleting"})
        self.assertEqual(aws.count("DescribeDBClusterParameters"), 0)

    # ---- groups ----

    def test_retained_backups_are_asked_for_by_name(self):
        backup = {"DbClusterResourceId": "cluster-B", "Engine": "neptune", "Status": "retained", "StorageEncrypted": False}
        with_key = {**backup, "StorageEncrypted": True, "KmsKeyId": key_arn()}
        for controls, asked in (("encryption", 0), ("hardening", 0), (f"{USABLE},{ROTATION}", 0), ("extended", 1), ("all", 1),
                                ("neptune-retained-backup-encryption", 1)):
            with self.subTest(controls), Aws({f"DescribeDBClusterAutomatedBackups@{HOME}": {
                    "DBClusterAutomatedBackups": [backup]}}, accounts=(HOME,)) as aws:
                result = aws.scan("--controls", controls)
                self.assertEqual((aws.count("DescribeDBClusterAutomatedBackups"), result.code), (asked, asked))
        # Where they are looked at, their keys count.
        with Aws({f"DescribeDBClusterAutomatedBackups@{HOME}": {"DBClusterAutomatedBackups": [with_key]},
                  "DescribeKey": metadata(KeyState="Disabled")}, accounts=(HOME,)) as aws:
            result = aws.scan("--controls", f"extended,{USABLE}")
        self.assertEqual(self.verdicts(result, USABLE)[KEY][0], "fail")


if __name__ == "__main__":
    unittest.main()
