"""role.narrow sends a session policy with each AssumeRole into an account; organization.role reads the organization.

The simulated organization enforces session policies: a session has the permissions that its role and the policy both allow.
"""
import json
import os
import tempfile
import unittest

import harness
import reports
import rewriting_sts
import small_aws

MEMBER = "111111111111"
READER = f"arn:aws:iam::{small_aws.HOME}:role/OrganizationReader"
LISTED = 200, json.dumps({"Accounts": [{"Id": small_aws.HOME, "Name": "home", "State": "ACTIVE"},
                                       {"Id": MEMBER, "Name": "member", "State": "ACTIVE"}]})
TOO_LARGE = small_aws.refused(400, "PackedPolicyTooLarge", "Packed size of session tags consumes 112% of allotted space.")
MAX_POLICY = 2048  # characters, STS API reference, AssumeRole, Policy


class Sts:
    """Answers AssumeRole as told, and keeps what was sent."""

    def __init__(self, answer=None):
        self.answer, self.sent = answer, []

    def __call__(self, parameters):
        self.sent.append(parameters)
        refusal = self.answer(parameters) if self.answer else None
        if refusal:
            return refusal
        return small_aws.session(parameters["RoleArn"].split(":")[4])

    def policies(self):
        return [parameters.get("Policy") for parameters in self.sent if parameters["RoleArn"].endswith("/NeptuneScanAudit")]


def refuse_policy(parameters):
    return TOO_LARGE if "Policy" in parameters else None


def refuse_all(_):
    return small_aws.refused(403, "AccessDenied", "not authorized to perform: sts:AssumeRole")


class Case(unittest.TestCase):
    def command(self, sts, *arguments, **answers):
        given = {"organizations:ListAccounts": LISTED, "sts:AssumeRole": sts, **answers}
        with small_aws.serving(given) as (variables, asked), tempfile.TemporaryDirectory() as folder:
            environment = harness.clean_environment(**variables)
            path = os.path.join(folder, "report.json")
            more = ("--report", f"json={path}") if arguments[0] == "scan" else ()
            result = harness.run([*arguments, *more], environment, folder)
            if os.path.exists(path):
                with open(path, encoding="utf-8") as stream:
                    result.report = json.load(stream)
            self.asked = list(asked)
        return result

    def scan(self, sts, *flags, **answers):
        return self.command(sts, "scan", "--regions", "us-east-1", *flags, **answers)


class Narrow(Case):
    def test_the_policy_is_that_of_the_controls(self):
        """Exactly what `iam-policy member` prints, and the fallbacks of its queries."""
        for controls in ("encryption", "hardening", "all", "neptune-encryption-at-rest"):
            with self.subTest(controls):
                sts = Sts()
                result = self.scan(sts, "--controls", controls)
                self.assertEqual(result.code, 0, result)
                sent, = sts.policies()
                self.assertLessEqual(len(sent), MAX_POLICY)
                statement = json.loads(sent)["Statement"]
                member = json.loads(harness.run(["iam-policy", "member", "--controls", controls], harness.clean_environment()).out)
                wanted = set(member["Statement"][0]["Action"])
                self.assertLessEqual(wanted, set(statement["Action"]))
                self.assertLessEqual(set(statement["Action"]) - wanted, {"kms:ListAliases"})
                self.assertEqual((statement["Effect"], statement["Resource"]), ("Allow", "*"))

    def test_every_call_of_the_scan_is_in_it(self):
        sts = Sts()
        encrypted = small_aws.cluster("one", "us-east-1", True, MEMBER)
        self.scan(sts, "--controls", "all", **{f"rds:DescribeDBClusters@{MEMBER}": small_aws.rds("DescribeDBClusters", encrypted)})
        allowed = {action.lower() for action in json.loads(sts.policies()[0])["Statement"]["Action"]}
        sent = {operation.replace("neptune:", "rds:").lower() for account, _, operation in self.asked if account == MEMBER}
        self.assertTrue(sent)
        self.assertEqual(sent - allowed, set())

    def test_off(self):
        sts = Sts()
        self.assertEqual(self.scan(sts, "--narrow", "off").code, 0)
        self.assertEqual(sts.policies(), [None])

    def test_a_policy_that_is_too_large(self):
        for code in ("PackedPolicyTooLarge", "MalformedPolicyDocument"):
            with self.subTest(code):
                sts = Sts(lambda parameters, code=code: small_aws.refused(400, code) if "Policy" in parameters else None)
                result = self.scan(sts)
                self.assertEqual(result.code, 0, result)
                self.assertEqual([policy is not None for policy in sts.policies()], [True, False])
                self.assertEqual(result.err.count(f"role.narrow: STS refuses the session policy ({code})"), 1)
                self.assertIn("role.narrow: STS refused the session policy", result.report["run"]["note"])

    def test_it_is_logged_once(self):
        many = [{"Id": f"2222222222{i:02}", "Name": "m", "State": "ACTIVE"} for i in range(20)]
        sts = Sts(refuse_policy)
        result = self.scan(sts, **{"organizations:ListAccounts": (200, json.dumps({"Accounts": many}))})
        self.assertEqual(result.err.count("role.narrow: STS refuses"), 1, result)
        self.assertEqual({cell["state"] for cell in result.report["cells"]}, {"empty"})

    def test_required(self):
        sts = Sts(refuse_policy)
        result = self.scan(sts, "--narrow", "require")
        self.assertEqual(result.code, 3, result)
        cell = next(cell for cell in result.report["cells"] if cell["account"] == MEMBER)
        self.assertEqual(cell["state"], "unreached")
        self.assertIn("PackedPolicyTooLarge", cell["reason"])
        self.assertEqual(len(sts.policies()), 1)

    def test_another_refusal_is_final(self):
        sts = Sts(refuse_all)
        result = self.scan(sts)
        self.assertEqual((result.code, len(sts.policies())), (3, 1), result)

    def test_doctor(self):
        sts = Sts(refuse_policy)
        result = self.command(sts, "doctor")
        self.assertRegex(result.out, r"warning +role +role.narrow: STS refuses the session policy")
        self.assertRegex(result.out, r"ok +role +NeptuneScanAudit can be assumed in 1 of 1 account")
        self.assertEqual([policy is not None for policy in sts.policies()], [True, False])

    def test_unknown_word(self):
        result = harness.run(["scan", "--narrow", "yes"], harness.clean_environment())
        self.assertEqual(result.code, 2)
        self.assertIn("auto, off, require", result.err)


class OrganizationRole(Case):
    ANSWERS = {f"organizations:DescribeOrganization@{small_aws.HOME}": small_aws.refused(400, "AccessDeniedException")}

    def sessions(self, service):
        return {account for account, _, operation in self.asked if operation.startswith(service)}

    def test_it_reads_the_organization(self):
        reader = "arn:aws:iam::222222222222:role/OrganizationReader"
        sts = Sts()
        result = self.scan(sts, "--organization-role", reader, **self.ANSWERS)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.sessions("organizations:"), {"222222222222"})
        first = sts.sent[0]
        self.assertEqual((first["RoleArn"], "Policy" in first, "ExternalId" in first), (reader, False, False))
        self.assertEqual({cell["account"] for cell in result.report["cells"]}, {small_aws.HOME, MEMBER})

    def test_without_it_the_caller_reads(self):
        result = self.scan(Sts(), **self.ANSWERS)
        self.assertEqual(result.code, 4, result)
        self.assertEqual(self.sessions("organizations:"), {small_aws.HOME})

    def test_a_role_that_refuses(self):
        for command in ("scan", "doctor"):
            with self.subTest(command):
                result = self.command(Sts(lambda parameters: refuse_all(parameters) if parameters["RoleArn"] == READER else None), command,
                                      "--organization-role", READER)
                self.assertEqual(result.code, 4, result)
                self.assertRegex(result.err + result.out, f"organization.role {READER}")
                self.assertIn("not authorized to perform: sts:AssumeRole", result.err + result.out)
                self.assertIn("Fix: correct the", result.err + result.out)

    def test_named_accounts_need_none(self):
        sts = Sts(lambda parameters: refuse_all(parameters) if parameters["RoleArn"] == READER else None)
        result = self.scan(sts, "--accounts", MEMBER, "--organization-role", READER)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(len(sts.sent), 1)

    def test_its_session_expires_between_pages(self):
        """The role is assumed once more, and the list goes on at the same page."""
        pages, refused = [], []

        def accounts(parameters):
            token = parameters.get("NextToken")
            if token and not refused:
                refused.append(token)
                return small_aws.refused(400, "ExpiredTokenException")
            pages.append(token)
            body = json.loads(LISTED[1])["Accounts"]
            return 200, json.dumps({"Accounts": body[1:]} if token else {"Accounts": body[:1], "NextToken": "two"})

        sts = Sts()
        result = self.scan(sts, "--organization-role", READER, **{"organizations:ListAccounts": accounts})
        self.assertEqual(result.code, 0, result)
        self.assertEqual(pages, [None, "two"])
        self.assertEqual([parameters["RoleArn"] for parameters in sts.sent].count(READER), 2)

    def test_the_callers_policy(self):
        """It may assume the role, and reads the organization no more."""
        def actions(*flags):
            printed = json.loads(harness.run(["iam-policy", "caller", *flags], harness.clean_environment()).out)
            return [(json.dumps(statement["Resource"]), json.dumps(statement["Action"])) for statement in printed["Statement"]]

        plain, by_role = actions(), actions("--organization-role", READER)
        self.assertTrue(any("organizations:" in action for _, action in plain))
        self.assertFalse(any("organizations:" in action for _, action in by_role))
        self.assertTrue(any(json.dumps(READER) in resource and "sts:AssumeRole" in action for resource, action in by_role))

    def test_bad_values(self):
        for value, message in (("Reader", "must be the ARN of a role"),
                               ("arn:aws-cn:iam::222222222222:role/R", "is not in the partition aws of aws.region")):
            with self.subTest(value):
                result = harness.run(["scan", "--organization-role", value], harness.clean_environment())
                self.assertEqual(result.code, 2, result)
                self.assertIn(message, result.err)


ALL_OF_RDS = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "rds:*", "Resource": "*"}})


def without(action):
    """Changes a session policy: it loses the action."""
    def change(text):
        policy = json.loads(text)
        policy["Statement"]["Action"].remove(action)
        return json.dumps(policy)
    return change


def all_controls():
    return json.loads(harness.run(["controls", "--format", "json"], harness.clean_environment()).out)["controls"]


def management_of(truth):
    return next(row["id"] for row in truth["accounts"] if row["name"] == "management")


def contents(report):
    """What two scans of the same organization have in common."""
    for item in report["cells"] + report["findings"] + report["accounts"]:
        item.pop("at", None), item.pop("request_id", None)
    return {**{name: report[name] for name in ("regions", "accounts", "cells", "findings", "controls")},
            "totals": report["run"]["totals"]}


class Enforced(unittest.TestCase):
    """Scans of the simulated organization; each role may do everything that its session policy lets through."""

    ESTATE = ("--accounts", "16", "--regions", "3", "--seed", "3")
    # Every account is entered by the role, the caller's own as well.
    ENTERED = ("--management-role", "NeptuneScanAudit")
    TAGGED = (f"[exception lab]\ncontrol = neptune-encryption-at-rest\naccount = *\nresource = graph-*\ntag = stage=none\nowner = o@example.com\nreason = r\n"
              f"expires = {harness.LATER}\n")

    def assert_equal_contents(self, one, other, why):
        if one != other:
            self.fail(f"{why}: " + "; ".join(f"{name}: {sum(a != b for a, b in zip(one[name], other[name]))} differ"
                                             for name in one if one[name] != other[name]))

    def assert_narrowed_is_equal(self, environment, *flags):
        """Returns the session policy's actions, as sent."""
        whole = harness.scan(environment, "--narrow", "off", *flags)
        with rewriting_sts.serving(environment) as (narrowing, sent):
            narrowed = harness.scan(narrowing, "--narrow", "require", *flags)
        self.assertEqual(narrowed.code, whole.code, narrowed)
        self.assertNotIn("session policy", json.dumps(narrowed.report))
        self.assert_equal_contents(contents(whole.report), contents(narrowed.report), flags)
        actions = {tuple(json.loads(parameters["Policy"])["Statement"]["Action"]) for parameters in sent
                   if parameters["RoleArn"].endswith("/NeptuneScanAudit")}
        self.assertEqual(len(actions), 1, "each account by the same policy")
        return set(actions.pop())

    def test_every_selection_of_controls(self):
        selections = [control["id"] for control in all_controls()] + sorted({control["group"] for control in all_controls()}) + ["all"]
        self.assertGreater(len(selections), 20)
        with harness.estate(*self.ESTATE) as (environment, _):
            sizes = {controls: len(self.assert_narrowed_is_equal(environment, *self.ENTERED, "--controls", controls))
                     for controls in selections}
        self.assertGreater(len(set(sizes.values())), 3, sizes)

    def test_settings_that_need_more(self):
        with harness.estate(*self.ESTATE, "--tags-apart") as (environment, truth), tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "exceptions.ini")
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(self.TAGGED)
            for flags in (("--require-key", "customer"), ("--require-key", "kms", "--controls", "neptune-analytics-key"),
                          ("--exceptions", path), ("--exceptions", path, "--controls", "all"), ("--regions", ",".join(truth["regions"]))):
                with self.subTest(flags):
                    actions = self.assert_narrowed_is_equal(environment, *self.ENTERED, *flags)
                    self.assertEqual("rds:ListTagsForResource" in actions, path in flags)
            self.assertGreater(harness.statistics(environment)["operations"]["rds:ListTagsForResource"], 0)

    def test_it_has_nothing_to_spare(self):
        """A policy without any one of its actions is noticed: the estate refuses, and a report names the session policy."""
        with harness.estate(*self.ESTATE, "--controls", "all") as (environment, truth):
            flags = (*self.ENTERED, "--controls", "all")
            actions = self.assert_narrowed_is_equal(environment, *flags)
            self.assertGreater(len(actions), 10)
            for action in sorted(actions - {"kms:ListAliases"}):
                with self.subTest(action):
                    result = self.scan_without(action, environment, flags)
                    self.assertRegex(result.err + json.dumps(result.report), f"no session policy allows the {action} action")
                    self.assertNotEqual(reports.differences(truth, result.report), [])

    def test_a_role_that_lacks_a_permission(self):
        """What is called only in place of a refused call is in the policy, too."""
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"},
                                                           {"Effect": "Deny", "Action": "kms:DescribeKey", "Resource": "*"}]}
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "policy.json")
            with open(path, "w", encoding="utf-8") as stream:
                json.dump(document, stream)
            with harness.estate(*self.ESTATE, "--policy", path) as (environment, _):
                for controls in ("neptune-key-managed-as-required", "all"):
                    actions = self.assert_narrowed_is_equal(environment, *self.ENTERED, "--controls", controls)
                    self.assertIn("kms:ListAliases", actions)
                self.assert_narrowed_is_equal(environment, *self.ENTERED, "--require-key", "customer")
                self.assertGreater(harness.statistics(environment)["operations"]["kms:ListAliases"], 0)
                flags = (*self.ENTERED, "--controls", "all")
                whole = contents(harness.scan(environment, *flags).report)
                self.assertNotEqual(contents(self.scan_without("kms:ListAliases", environment, flags).report), whole)

    @staticmethod
    def scan_without(action, environment, flags):
        with rewriting_sts.serving(environment, without(action)) as (changing, _):
            return harness.scan(changing, *flags, "--verbose")

    def test_chains_and_organization_role(self):
        """The hub assumes the roles; its own session, and that which reads the organization, are not narrowed."""
        with harness.estate(*self.ESTATE, "--hub", "audit/Hub") as (environment, truth):
            hub = f"arn:aws:iam::{management_of(truth)}:role/audit/Hub"
            for flags in (("--role-chain", hub), ("--organization-role", hub), ("--role-chain", hub, "--organization-role", hub)):
                with self.subTest(flags):
                    self.assert_narrowed_is_equal(environment, *self.ENTERED, *flags)
                    with rewriting_sts.serving(environment) as (narrowing, sent):
                        result = harness.scan(narrowing, *self.ENTERED, *flags)
                    self.assertEqual(reports.differences(truth, result.report), [], result)
                    self.assertEqual({"Policy" in parameters for parameters in sent if parameters["RoleArn"] == hub}, {False})
                    self.assertEqual({"Policy" in parameters for parameters in sent if parameters["RoleArn"] != hub}, {True})

    def test_doctor(self):
        """It finds the same with the session policy as without it, and a policy that lacks an action."""
        with harness.estate(*self.ESTATE, "--calm") as (environment, _):
            for selected in [control["id"] for control in all_controls()] + ["all"]:
                with self.subTest(selected):
                    flags = ("doctor", *self.ENTERED, "--controls", selected)
                    whole = harness.run([*flags, "--narrow", "off"], environment)
                    narrowed = harness.run([*flags, "--narrow", "require"], environment)
                    said = [[line for line in result.out.splitlines() if not line.startswith(("ok       clock", "ok       configuration"))] for result in (whole, narrowed)]
                    self.assertEqual(whole.code, 0, whole)
                    self.assertEqual(said[0], said[1])
            with rewriting_sts.serving(environment, without("rds:DescribeDBInstances")) as (changing, _):
                result = harness.run(["doctor", *self.ENTERED, "--narrow", "require"], changing)
            self.assertEqual(result.code, 1, result)
            self.assertRegex(result.out, r"warning +permissions +1 of \d+ actions is denied")
            self.assertIn("no session policy allows the rds:DescribeDBInstances action", " ".join(result.out.split()))


class SimulatedSessions(unittest.TestCase):
    """The estate's session policies, by requests of another client's hand."""

    def test_what_sts_refuses(self):
        with harness.estate("--accounts", "3", "--regions", "2", "--calm") as (environment, truth):
            account = next(row["id"] for row in truth["accounts"] if row["id"] != management_of(truth))
            common = {"Action": "AssumeRole", "RoleArn": f"arn:aws:iam::{account}:role/NeptuneScanAudit", "RoleSessionName": "one"}
            conditional = ALL_OF_RDS.replace('"Resource"', '"Condition": {"NumericLessThan": {"a:b": "1"}}, "Resource"')
            principal = ALL_OF_RDS.replace('"Resource"', '"Principal": "*", "Resource"')
            for policy, code in ((ALL_OF_RDS, None), (ALL_OF_RDS + " " * (2048 - len(ALL_OF_RDS)), None),
                                 (ALL_OF_RDS + " " * (2049 - len(ALL_OF_RDS)), "ValidationError"), ("{", "MalformedPolicyDocument"),
                                 ("", "MalformedPolicyDocument"), ("{}", "MalformedPolicyDocument"),
                                 (conditional, "MalformedPolicyDocument"), (principal, "MalformedPolicyDocument")):
                with self.subTest(policy[:90]):
                    status, text = rewriting_sts.post(environment, {**common, "Policy": policy})
                    self.assertEqual((status, f"<Code>{code}</Code>" in text), (400, True) if code else (200, False), text)

    def test_the_scanner_falls_back(self):
        """A policy that the estate does not understand: as where AWS refuses it."""
        with harness.estate("--accounts", "5", "--regions", "2") as (environment, truth), \
                rewriting_sts.serving(environment, lambda _: "{") as (changing, _):
            result = harness.scan(changing)
            self.assertEqual(reports.differences(truth, result.report), [], result)
            self.assertIn("STS refuses the session policy (MalformedPolicyDocument)", result.err)
            doctor = harness.run(["doctor"], changing)
            self.assertRegex(doctor.out, r"warning +role +role.narrow: STS refuses the session policy")


if __name__ == "__main__":
    unittest.main()
